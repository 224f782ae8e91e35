"""The accounting of a stage: how many source rows came in, were merged, were rejected and why.

What was kept is never written down by the stage that keeps it: it is counted in the finished tables, so that the sum is
a check and not a definition.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from roleinstruct.dataset.features import features
from roleinstruct.dataset.folder import WORK, DataFolder
from roleinstruct.dataset.rows import Row, instruction_of, rejected_row
from roleinstruct.dataset.tables import TableWriter
from roleinstruct.errors import AccountingError, RecordError
from roleinstruct.generate.answering import NEUTRAL
from roleinstruct.records import Instruction, Place, Rejected

__all__ = [
    "GUESSES",
    "NO_MODEL",
    "PEOPLE",
    "STAGES",
    "UNITS",
    "Ledger",
    "answers_in",
    "close_accounts",
    "open_ledger",
    "place_of",
]

STAGES = ("import", "clean", "annotate", "profile", "ask", "answer", "lint", "lint-asked", "lint-answered", "mix")
"""The stages that may leave something out, in order."""

UNITS = ("utterance", "profile", "specific", "general", "answer", "question", "label")
"""What is counted. Source rows: utterance, profile, specific, general; then the single answers of general rows
("answer": those of the source in character, and those that a model was asked for, in character and neutral), pairs of
turns that could become a question and answer, or ones that a model made ("question"), and emotion labels that a model
was asked for, or of the source that people overruled ("label")."""


GUESSES = ("extractive", "fitted")
"""The annotators that are this package's own; a model is asked again about what they have labelled."""

PEOPLE = "human"
"""The annotator of labels that people gave on sheets."""

NO_MODEL = (None, "source", PEOPLE, *GUESSES)


def place_of(evidence: Iterable[str]) -> Place:
    """The first source place that a row rests on; its evidence also names dialogues, and "profile"."""
    for text in evidence:
        with suppress(RecordError):
            return Place.parse(text)
    return Place("", 0, 0)


def answers_in(item: Instruction) -> int:
    """How many of the unit "answer" a general instruction holds."""
    return len(item.responses) + any(text.startswith(NEUTRAL) for text in item.evidence)


class Ledger:
    """Counts for one stage, and the rows that it rejected."""

    def __init__(self, writer: TableWriter) -> None:
        self._writer = writer
        self._read: Counter[str] = Counter()
        self._merged: Counter[str] = Counter()
        self._rejected: dict[str, Counter[str]] = {unit: Counter() for unit in UNITS}

    def read(self, unit: str, rows: int = 1) -> None:
        """Count rows that came in."""
        self._read[unit] += rows

    def merged(self, unit: str, rows: int = 1) -> None:
        """Count rows that became part of another row."""
        self._merged[unit] += rows

    def reject(self, rejected: Rejected) -> None:
        """Keep a rejected row with its reason, and count it."""
        self._rejected[rejected.unit][rejected.reason] += rejected.lines
        self._writer.write(rejected_row(rejected))

    def count_rejected(self, unit: str, reason: str, rows: int) -> None:
        """Count parts of a rejected row, such as its answers, which have no row of their own."""
        self._rejected[unit][reason] += rows

    def take_over(self, rows: Iterable[Row], counts: Mapping[str, Mapping[str, Any]]) -> None:
        """Go on with the rejected rows and the `summary` of an earlier run."""
        for unit, given in counts.items():
            self._read[unit] += given["read"]
            self._merged[unit] += given["merged"]
            self._rejected[unit].update(given["rejected"])
        for row in rows:
            self._writer.write(row)

    def summary(self) -> dict[str, dict[str, Any]]:
        """The counts by unit."""
        return {
            unit: {
                "read": self._read[unit],
                "merged": self._merged[unit],
                "rejected": dict(sorted(self._rejected[unit].items())),
            }
            for unit in UNITS
        }


@contextmanager
def open_ledger(folder: DataFolder, stage: str, *, go_on: bool = False) -> Iterator[Ledger]:
    """Keep a stage's accounts.

    Args:
        folder: The data set folder.
        stage: One of `STAGES`.
        go_on: Add to the accounts of an earlier run of the stage, which are else replaced.
    """
    table, accounts = f"rejected/{stage}", f"{WORK}/accounts/{stage}.json"
    go_on = go_on and (folder.root / accounts).is_file()
    earlier = list(folder.rows(table)) if go_on and folder.has(table) else []
    with folder.writer(table, features("rejected").arrow_schema) as writer:
        ledger = Ledger(writer)
        if go_on:
            ledger.take_over(earlier, folder.read_json(accounts))
        yield ledger
    folder.write_json(accounts, ledger.summary())


def close_accounts(folder: DataFolder) -> dict[str, Any]:
    """Add up the stages and hold them against what is in the tables.

    Returns:
        By unit: read, kept, merged, and rejected by reason.

    Raises:
        AccountingError: Some rows are nowhere.
    """
    kept = _count_kept(folder)
    accounts: dict[str, Any] = {}
    for unit in UNITS:
        read = merged = 0
        rejected: Counter[str] = Counter()
        for stage in STAGES:
            if (folder.root / WORK / "accounts" / f"{stage}.json").is_file():
                counts = folder.read_json(f"{WORK}/accounts/{stage}.json")[unit]
                read += counts["read"]
                merged += counts["merged"]
                rejected.update(counts["rejected"])
        merged += kept.merged_lines if unit == "utterance" else 0
        accounts[unit] = {
            "read": read,
            "kept": kept.rows[unit],
            "merged": merged,
            "rejected": dict(sorted(rejected.items())),
        }
        found = kept.rows[unit] + merged + rejected.total()
        if read != found:
            raise AccountingError(
                f"{unit}: {read} rows were read, but {kept.rows[unit]} kept + {merged} merged + {rejected.total()} "
                f"rejected make {found}; this is a bug of roleinstruct: report it."
            )
    return accounts


class _Kept:
    def __init__(self) -> None:
        self.rows: Counter[str] = Counter()
        self.merged_lines = 0


def _count_kept(folder: DataFolder) -> _Kept:
    """Count source rows in the tables; rows that were made here are no source rows."""
    kept = _Kept()
    if folder.has("dialogues"):
        for row in folder.rows("dialogues", columns=["turns"]):
            kept.rows["utterance"] += len(row["turns"])
            kept.merged_lines += sum(turn["lines"] - 1 for turn in row["turns"])
            kept.rows["label"] += sum(turn["annotator"] not in NO_MODEL for turn in row["turns"])
    if folder.has("profiles"):
        kept.rows["profile"] = sum(1 for row in folder.rows("profiles", columns=["evidence"]) if _is_source(row))
    for config in ("specific", "general"):
        if not folder.has(config):
            continue
        for item in map(instruction_of, folder.rows(config)):
            kept.rows["answer"] += answers_in(item) if config == "general" else 0
            if item.provenance == "source":
                kept.rows[config] += 1
            elif config == "specific":
                kept.rows["question"] += 1
    return kept


def _is_source(profile: dict[str, Any]) -> bool:
    return any(item.startswith("source: ") for item in profile["evidence"])
