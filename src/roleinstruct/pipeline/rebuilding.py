"""The full data set of an overlay and the script that it was made of."""

import heapq
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from roleinstruct.dataset.draft import draft
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.dataset.matching import match_lines
from roleinstruct.dataset.overlay import Line, named
from roleinstruct.dataset.overlay_tables import OVERLAY
from roleinstruct.dataset.rows import Row
from roleinstruct.dataset.tables import read_rows
from roleinstruct.errors import ConfigError, FolderError, SourceError
from roleinstruct.pipeline.carding import set_aside
from roleinstruct.pipeline.config import BuildConfig
from roleinstruct.pipeline.finishing import run_finish
from roleinstruct.pipeline.ledger import Ledger, open_ledger
from roleinstruct.pipeline.listener import Listener
from roleinstruct.pipeline.mixing import write_mixed
from roleinstruct.pipeline.overlaying import FORMAT, digests
from roleinstruct.pipeline.restoring import Restorer
from roleinstruct.pipeline.script_lines import read_script
from roleinstruct.records import Instruction, Place

__all__ = ["Rebuilt", "rebuild"]


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What came of it.

    Attributes:
        lines: Lines that the overlay names.
        missing: Where those stood that the script does not have.
        unknown: Where lines of the script stand that the overlay does not name.
        left_out: Rows by unit and reason, such as "utterance not_in_your_source".
        is_same: Whether every table is, byte for byte, the one that the overlay was made of.
    """

    lines: int
    missing: tuple[str, ...]
    unknown: tuple[str, ...]
    left_out: Mapping[str, int]
    is_same: bool

    def as_json(self) -> dict[str, Any]:
        """The report."""
        return {
            "lines": self.lines,
            "matched": self.lines - len(self.missing),
            "same_tables": self.is_same,
            "left_out": dict(self.left_out),
            "not_in_your_source": list(self.missing),
            "not_in_the_overlay": list(self.unknown),
        }


def rebuild(overlay: Path, source: Path, out: Path, *, listener: Listener | None = None) -> Rebuilt:
    """Build the data set that an overlay was made of, from one's own copy of the script.

    Splits, ids, labels and pseudonyms are those of the overlay; places are those of the script at hand. What each line
    that is missing takes with it is a rejected row; `chat`, `benchmark`, statistics and accounting are made anew.

    Args:
        overlay: Its folder.
        source: The script: a file or folder as the maker had it.
        out: The data set folder to write; what was there is replaced.
        listener: Hears what is done.

    Raises:
        FolderError: There is no overlay, or something else lies in `out`.
        ConfigError: The overlay is of another version, or damaged.
        SourceError: The script cannot be read, or has none of the lines.
    """
    heard = listener or Listener()
    report = _report_of(overlay)
    config = BuildConfig.checked(report["settings"], str(overlay / OVERLAY)).with_source(path=source.absolute())
    wanted = list(_lines(overlay))
    names = {row["line"]: row["hash"] for row in read_rows(overlay / "lines") if row["hash"]}
    script = read_script(config, heard)
    places = match_lines(names, [named(line.text, report["salt"]) for line in script.lines])
    if names and not places:
        raise SourceError(
            f"{source} has none of the {len(names):,} lines that {overlay} names: it is another script, or was read in "
            "another way; see its README.md for what it was made of."
        )
    found = _with_open(wanted, names, places, len(script.lines))
    missing = [line for line in wanted if line.number in names and line.number not in places]
    known = set(found.values())
    files = {script.lines[found[line.number]].place.file: line.place.file for line in wanted if line.number in found}
    unknown = [_renamed(line, files) for number, line in enumerate(script.lines) if number not in known]
    there = [line for line in wanted if line.number in names or line.number in found]
    restorer = Restorer(there, {number: script.lines[place] for number, place in found.items()})
    with draft(out, keep=False) as folder:
        set_aside(out, folder)
        heard.say("rebuild …")
        _write(overlay, folder, config, restorer)
        _account(overlay, folder, report, restorer)
        run_finish(folder, config, out.resolve().name)
        rebuilt = _told(missing, unknown, restorer, len(names), same=digests(folder) == report["built"])
        folder.write_json("reports/overlay.json", rebuilt.as_json())
    return rebuilt


def _report_of(overlay: Path) -> dict[str, Any]:
    if not (overlay / OVERLAY).is_file():
        raise FolderError(
            f"{overlay} has no {OVERLAY}, so that it is no overlay; roleinstruct build CONFIG --out DIR --overlay "
            "makes one."
        )
    report = DataFolder(overlay).read_json(OVERLAY)
    if report.get("format") != FORMAT:
        raise ConfigError(
            f"{overlay} is an overlay of format {report.get('format')!r}, and this roleinstruct reads format {FORMAT}: "
            f"use the version that it was made with, {report.get('roleinstruct', 'unknown')}."
        )
    if missing := sorted({"settings", "salt", "accounts", "built"} - report.keys()):
        raise ConfigError(f"{overlay / OVERLAY} lacks {', '.join(missing)}, so that it is damaged: download it again.")
    return report


def _lines(overlay: Path) -> Iterator[Line]:
    for row in read_rows(overlay / "lines"):
        yield Line(row["line"], "", Place.parse(row["source"]))


def _rows(overlay: Path, table: str) -> Iterator[Row]:
    if (overlay / table).is_dir():
        yield from read_rows(overlay / table)


def _write(overlay: Path, folder: DataFolder, config: BuildConfig, restorer: Restorer) -> None:
    kept = 0
    with folder.writer("dialogues") as writer:
        for row in map(restorer.dialogue, _rows(overlay, "dialogues")):
            if row is not None:
                writer.write(row)
                kept += 1
    if restorer.dropped and not kept:
        raise SourceError(
            f"of the {len(restorer.dropped):,} dialogues that {overlay} names your script has none whole: it is "
            "another script, or too small a part of it."
        )
    with folder.writer("profiles") as writer:
        for row in _rows(overlay, "profiles"):
            writer.write(restorer.profile(row))
    for name in ("mixture", "privacy", "generation", "agreement"):
        if (overlay / f"reports/{name}.json").is_file():
            folder.write_json(f"reports/{name}.json", DataFolder(overlay).read_json(f"reports/{name}.json"))
    unseen = frozenset(folder.read_json("reports/mixture.json")["held_out_characters"])
    write_mixed(folder, _items(overlay, restorer), config.splits, unseen)


def _items(overlay: Path, restorer: Restorer) -> Iterator[tuple[Instruction, str]]:
    """The instructions with their splits, in the order in which they were mixed."""
    for table in ("specific", "general"):
        splits = {file.name.split("-", 1)[0] for file in (overlay / table).glob("*.parquet")}
        streams = [_numbered(overlay / table, split) for split in sorted(splits)]
        for _, split, row in heapq.merge(*streams, key=lambda one: one[0]):
            item = restorer.instruction(row)
            if item is not None:
                yield item, split


def _numbered(table: Path, split: str) -> Iterator[tuple[int, str, Row]]:
    for row in read_rows(table, split):
        yield row["number"], split, row


def _account(overlay: Path, folder: DataFolder, report: Mapping[str, Any], restorer: Restorer) -> None:
    """Go on with the accounts of the build that the overlay was made of."""
    left_out: dict[str, list[Row]] = {}
    for row in _rows(overlay, "left_out"):
        left_out.setdefault(row["stage"], []).append(restorer.left_out(row))
    for stage, counts in report["accounts"].items():
        with open_ledger(folder, stage) as ledger:
            ledger.take_over(left_out.pop(stage.partition("-")[0], []), counts)
            if stage == "import":
                _reject(ledger, restorer)


def _reject(ledger: Ledger, restorer: Restorer) -> None:
    for rejected in restorer.rejected:
        ledger.reject(rejected)


def _with_open(wanted: list[Line], names: Mapping[int, str], places: Mapping[int, int], count: int) -> dict[int, int]:
    """Add the lines that have no hash, where the line before them has one that was found, and nothing else is there."""
    found, taken = dict(places), set(places.values())
    for line in wanted:
        place = found.get(line.number - 1, -2) + 1
        if line.number not in names and 0 <= place < count and place not in taken:
            found[line.number] = place
            taken.add(place)
    return found


def _renamed(line: Line, files: Mapping[str, str]) -> Line:
    """With the name that the overlay gives the file: in the user's own, somebody may be named who has a pseudonym."""
    return replace(line, place=replace(line.place, file=files.get(line.place.file, "another file")))


def _told(missing: list[Line], unknown: list[Line], restorer: Restorer, lines: int, *, same: bool) -> Rebuilt:
    return Rebuilt(
        lines=lines,
        missing=tuple(str(line.place) for line in missing),
        unknown=tuple(str(line.place) for line in unknown),
        left_out=dict(Counter(f"{one.unit} {one.reason}" for one in restorer.rejected)),
        is_same=same,
    )
