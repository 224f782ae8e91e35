"""Sheets that came back: how well people agree, how well a data set agrees with them, and what is still in dispute."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

from roleinstruct.dataset.folder import DataFolder
from roleinstruct.dataset.rows import dialogue_of
from roleinstruct.emotions import Emotion
from roleinstruct.errors import ConfigError, FolderError
from roleinstruct.files import whole
from roleinstruct.generate.sheets.answers import Answer, Misread
from roleinstruct.generate.sheets.consensus import Returned, Verdict, collect, settle
from roleinstruct.generate.sheets.disputes import disputes_csv, sheets_again
from roleinstruct.generate.sheets.measuring import Between, Concord, among_people, with_labels
from roleinstruct.generate.sheets.reading import read_sheet
from roleinstruct.generate.sheets.writing import expect_unused, write_sheets
from roleinstruct.pipeline.ledger import PEOPLE
from roleinstruct.pipeline.remembering import expect_folder

__all__ = ["BEFORE", "Outcome", "agree", "write_disputes"]

BEFORE = "people"
"""The working table of the labels that people's labels took the place of."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What some sheets come to.

    Attributes:
        returned: What they say.
        verdicts: One a line that somebody has labelled.
        concord: How well people agree; None where no two have labelled the same line.
        labels: By annotator, how well the labels of the data set agree with people; {} without one.
        mixed: Sentences on tables that hold rows of several people's sheets.
    """

    returned: Returned
    verdicts: tuple[Verdict, ...]
    concord: Concord | None
    labels: Mapping[str, Between]
    mixed: tuple[str, ...] = ()

    @property
    def ties(self) -> list[Verdict]:
        """The lines for which there is no majority."""
        return [verdict for verdict in self.verdicts if verdict.emotion is None]

    def as_json(self) -> dict[str, Any]:
        """As a JSON document, names included."""
        return {
            "labelled": len(self.verdicts),
            "settled": len(self.verdicts) - len(self.ties),
            "ties": len(self.ties),
            "by_one_alone": sum(len(verdict.votes) == 1 for verdict in self.verdicts),
            "open": sum(self.returned.open.values()),
            "misread": len(self.returned.misread),
            "refused": len(self.returned.refused),
            "mixed": list(self.mixed),
            "people": self.concord.as_json() if self.concord else None,
            "labels": {name: found.as_json() for name, found in self.labels.items()},
        }

    def nameless(self) -> "Outcome":
        """The same with numbers for people's names, fit to be published."""
        if self.concord is None:
            return self
        called = {name: f"person {number}" for number, name in enumerate(self.concord.people, 1)}
        pairs = tuple(replace(p, first=called[p.first], second=called[p.second]) for p in self.concord.pairs)
        return replace(self, concord=replace(self.concord, people=tuple(called.values()), pairs=pairs))


def agree(sheets: Sequence[Path], *, data: Path | None = None, seed: int = 0) -> Outcome:
    """Read filled sheets and measure.

    Args:
        sheets: Files in any of the formats, of any number of people.
        data: The data set folder that they were drawn from, whose labels are to be compared with theirs. Lines that
            it does not hold, or that read otherwise in it, are refused.
        seed: Of the intervals.

    Raises:
        SourceError: A file is no sheet.
        ConfigError: There is no label in any of them.
        FolderError: There is no such folder, or it has no dialogues.
    """
    read = {path: list(read_sheet(path)) for path in dict.fromkeys(sheets)}
    returned = collect(chain.from_iterable(read.values()))
    labels = _labels(DataFolder(expect_folder(data)), returned) if data else {}
    verdicts = tuple(settle(returned))
    if not verdicts:
        first = [*map(str, returned.misread), *returned.refused][:1]
        why = f" ({first[0]})" if first else ""
        raise ConfigError(f"there is no label in {', '.join(path.name for path in sheets)}{why}: name filled sheets.")
    mixed = tuple(filter(None, (_mixed(path, items) for path, items in read.items())))
    return Outcome(returned, verdicts, among_people(returned, seed), with_labels(verdicts, labels, seed), mixed)


def write_disputes(outcome: Outcome, out: Path, *, seed: int = 0) -> list[Path]:
    """Write "disputes.csv", all lines that were labelled in more than one way, and new sheets for the ties.

    Args:
        outcome: What the sheets came to.
        out: A folder without filled sheets.
        seed: Of the order of the dialogues.

    Returns:
        The files.

    Raises:
        ConfigError: A sheet is there already.
    """
    expect_unused(out, outcome.returned.people)
    with whole(out / "disputes.csv") as file:
        file.write(disputes_csv(outcome.returned, outcome.verdicts))
    again = sheets_again(outcome.returned, outcome.ties, seed)
    return [out / "disputes.csv", *(write_sheets(again, out) if again else ())]


def _mixed(path: Path, items: Sequence[Answer | Misread]) -> str:
    """What to say of a CSV with rows of several sheets; other formats are made to hold several people's labels."""
    rows = Counter(item.person for item in items if item.person)
    if path.suffix.casefold() == ".json" or len(rows) < 2:
        return ""
    held = " and ".join(f"{name} ({count:,})" for name, count in rows.most_common())
    return f"{path.name} holds rows of the sheets of {held}, who count as {len(rows)} people: is a cell changed there?"


def _labels(folder: DataFolder, returned: Returned) -> dict[str, tuple[Emotion, str]]:
    """The folder's labels of the lines, those that people's took the place of included; strange lines are refused."""
    if not folder.has("dialogues"):
        raise FolderError(f"{folder.root} has no dialogues to compare with: name the folder of the sample.")
    before = {row["line"]: row for row in folder.rows(BEFORE)} if folder.has(BEFORE) else {}
    wanted = {line.dialogue for line in returned.lines.values()}
    dialogues = {d.id: d for d in map(dialogue_of, folder.rows("dialogues")) if d.id in wanted}
    labels: dict[str, tuple[Emotion, str]] = {}
    for name, line in list(returned.lines.items()):
        turns = dialogues[line.dialogue].utterances if line.dialogue in dialogues else ()
        said = turns[line.turn - 1] if line.turn <= len(turns) else None
        if said is None or _plain(said.text) != _plain(line.text):
            what = "is not in" if said is None else "reads otherwise in"
            if returned.votes.pop(name, None):
                returned.refused.append(f"{name} {what} {folder.root}")
            continue
        row = before.get(name, {}) if said.annotator == PEOPLE else {}
        emotion = Emotion(row["emotion"]) if row.get("emotion") else said.emotion
        annotator = row.get("annotator", said.annotator)
        if emotion is not None and annotator is not None:
            labels[name] = (emotion, annotator)
    return labels


def _plain(text: str) -> str:
    """A text without what programs change in passing: white space and line ends."""
    return "".join(text.split())
