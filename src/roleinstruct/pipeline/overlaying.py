"""A text-free release: what was made of a script, for those who have the script themselves."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from roleinstruct import __version__
from roleinstruct.cleaning.lint.catalogue import choose
from roleinstruct.cleaning.lint.report import lint
from roleinstruct.cleaning.privacy.names import People
from roleinstruct.dataset.features import PUBLISHED
from roleinstruct.dataset.folder import WORK, DataFolder
from roleinstruct.dataset.overlay import named
from roleinstruct.dataset.overlay_tables import OVERLAY, overlay_features
from roleinstruct.dataset.rows import Row
from roleinstruct.dataset.tables import TableWriter
from roleinstruct.errors import ConfigError, FolderError
from roleinstruct.pipeline.concealing import Concealer
from roleinstruct.pipeline.config import BuildConfig
from roleinstruct.pipeline.kept_card import read_card
from roleinstruct.pipeline.ledger import STAGES
from roleinstruct.pipeline.linting import open_corpus
from roleinstruct.pipeline.listener import Listener
from roleinstruct.pipeline.mixing import MIXED
from roleinstruct.pipeline.overlay_card import write_overlay_card
from roleinstruct.pipeline.overlay_leaks import expect_silent
from roleinstruct.pipeline.pseudonyms import known_people, map_beside
from roleinstruct.pipeline.remembering import expect_folder, remembered
from roleinstruct.pipeline.replacing import replacing
from roleinstruct.pipeline.script_lines import Script, read_script
from roleinstruct.publish.staging import CARD

__all__ = ["FORMAT", "Overlaid", "digests", "make_overlay"]

FORMAT = 1
"""Of the overlay's layout."""

_REPORTS = ("sources", "privacy", "mixture", "generation", "agreement")
"""The reports that say nothing of what was said."""


@dataclass(frozen=True, slots=True)
class Overlaid:
    """What an overlay holds.

    Attributes:
        rows: By table.
        lines: Lines of the script that it names.
    """

    rows: Mapping[str, int]
    lines: int


def make_overlay(data: Path, out: Path, *, source: Path | None = None, listener: Listener | None = None) -> Overlaid:
    """Write the overlay of a data set folder: all of it but the words of the script.

    What a model has written stands as it is, but for runs that the script could be recognised by. Names stand as in the
    data set, and so pseudonyms do. The same folder gives the same bytes, and a card that is there keeps what people
    wrote in it.

    Args:
        data: A finished data set folder, built here.
        out: The overlay's folder: a new one, an empty one, or an overlay, which is replaced.
        source: Where the script lies, if no longer where the build found it.
        listener: Hears what is done.

    Raises:
        FolderError: The data set is not finished, or something else lies in `out`.
        PublishError: The YAML of the card that lies in `out` cannot be read.
        ConfigError: The script is not the one that the data set was made of.
        SourceError: The script cannot be read.
        GateError: A cell would hold a run of the script's words.
    """
    heard = listener or Listener()
    folder = DataFolder(expect_folder(data))
    folder.read_json("reports/builder.json")  # it is there when all is done
    config = remembered(data)
    config = config if source is None else config.with_source(path=source.absolute())
    script = _as_the_folder_names_it(read_script(config, heard), folder)
    _expect_replaceable(out)
    with replacing(out) as root:
        heard.say("overlay …")
        concealer = Concealer(script, _people(config, data), _replacements(folder))
        rows = _conceal(folder, root, concealer, by_model=bool(config.model.name))
        salt = hashlib.sha256("".join(digests(folder).values()).encode()).hexdigest()[:32]
        rows["lines"] = _write_lines(root, script, concealer, salt)
        report = _report(folder, salt, rows)
        DataFolder(root).write_json(OVERLAY, report)
        for name in _REPORTS:
            if (folder.root / f"reports/{name}.json").is_file():
                DataFolder(root).write_json(f"reports/{name}.json", folder.read_json(f"reports/{name}.json"))
        write_overlay_card(root, config.card, report, out.resolve().name, read_card(out / CARD))
        expect_silent(root, concealer.quotes)
    return Overlaid(rows, rows["lines"])


def digests(folder: DataFolder) -> dict[str, str]:
    """The SHA-256 of every published table of a data set folder, by its name there."""
    files = [file for config in PUBLISHED for file in sorted(folder.table(config).glob("*.parquet"))]
    return {f.relative_to(folder.root).as_posix(): hashlib.sha256(f.read_bytes()).hexdigest() for f in files}


def _as_the_folder_names_it(script: Script, folder: DataFolder) -> Script:
    """A name of a file may be a name of a person, which was replaced."""
    names = [file["file"] for file in folder.read_json("reports/import.json")["files"]]
    if len(names) != len(script.files):
        raise ConfigError(
            f"{folder.root} was made of {len(names)} files, and the script now has {len(script.files)}: say where the "
            "same script lies with --source, or build again."
        )
    return script.renamed(dict(zip(script.files, names, strict=True)))


def _people(config: BuildConfig, data: Path) -> People | None:
    """Whose names were replaced."""
    if config.privacy.names != "replace":
        return None
    if not map_beside(data).is_file():
        raise ConfigError(
            f"{map_beside(data)} is not there, which says who bears which pseudonym in {data}: without it nobody can "
            "say which lines would give a name away; put it back, or build again."
        )
    return known_people(map_beside(data))


def _replacements(folder: DataFolder) -> set[str]:
    if not folder.has("masked"):
        return set()
    return {row["replacement"] for row in folder.rows("masked", columns=["replacement"])}


def _conceal(folder: DataFolder, root: Path, concealer: Concealer, *, by_model: bool) -> dict[str, int]:
    """Write all tables but the lines; returns their numbers of rows."""
    order = {name: number for number, name in enumerate(_ids(folder))}

    def of_instruction(row: Row) -> Row:
        return concealer.instruction(row, order.get(row["id"], len(order)))

    def of_rejected(row: Row) -> Row:
        # What a model wrote and was left out for has been refused a place in the data set: only that it was is told.
        return concealer.left_out({**row, "payload": "{}"} if by_model and row["stage"] not in _READ else row)

    hide: dict[str, Callable[[Row], Row]] = {
        "dialogues": concealer.dialogue,
        "profiles": concealer.profile,
        "specific": of_instruction,
        "general": of_instruction,
        "rejected": of_rejected,
    }
    return {_NAMES.get(table, table): _write(folder, root, table, hidden) for table, hidden in hide.items()}


_READ = ("import", "clean", "lint")
"""The stages that leave out what was read, and nothing that was made."""

_NAMES = {"rejected": "left_out"}


def _write(folder: DataFolder, root: Path, table: str, hide: Callable[[Row], Row]) -> int:
    name = _NAMES.get(table, table)
    rows = 0
    with TableWriter(root / name, overlay_features(name).arrow_schema) as writer:
        for split in folder.splits(table):
            for row in folder.rows(table, split):
                writer.write(hide(row), split)
                rows += 1
    return rows


def _ids(folder: DataFolder) -> Iterator[str]:
    for table in MIXED:
        if folder.has(table):
            yield from (row["id"] for row in folder.rows(table, columns=["id"]))


def _write_lines(root: Path, script: Script, concealer: Concealer, salt: str) -> int:
    with TableWriter(root / "lines", overlay_features("lines").arrow_schema) as writer:
        for line in script.lines:
            hashed = None if line.number in concealer.open_lines else named(line.text, salt)
            writer.write({"line": line.number, "hash": hashed, "source": str(line.place)})
    return len(script.lines)


def _report(folder: DataFolder, salt: str, rows: Mapping[str, int]) -> dict[str, Any]:
    accounts = {
        stage: folder.read_json(f"{WORK}/accounts/{stage}.json")
        for stage in STAGES
        if (folder.root / f"{WORK}/accounts/{stage}.json").is_file()
    }
    with open_corpus(folder.root) as corpus:
        score = lint(corpus, choose(), most=0).score
    return {
        "format": FORMAT,
        "roleinstruct": __version__,
        "hash": "blake2b, 12 bytes, keyed with the salt, of the line after NFKC, without case, blanks and punctuation",
        "salt": salt,
        "settings": folder.read_json("reports/builder.json"),
        "rows": dict(rows),
        "accounts": accounts,
        "lint_score": round(score, 2),
        "built": digests(folder),
    }


def _expect_replaceable(out: Path) -> None:
    if out.exists() and not (out / OVERLAY).is_file() and not (out.is_dir() and not any(out.iterdir())):
        raise FolderError(f"{out} holds something else than an overlay; choose a new folder for it.")
