"""What of a data set folder may be mixed: the candidates of a split, without what is held out."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from roleinstruct.dataset.candidates import (
    Candidate,
    bundled_neutral,
    instruction_candidates,
    neutral_candidates,
    turn_candidates,
)
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.dataset.leaks import Held, held_of
from roleinstruct.dataset.rows import dialogue_of, instruction_of
from roleinstruct.dataset.splits import UNSEEN
from roleinstruct.records import Instruction

__all__ = ["Pool", "items_of"]


@dataclass(slots=True)
class Pool:
    """The candidates of one split of a data set folder.

    Attributes:
        folder: The data set folder.
        split: Which split.
        characters: Only these; None for all.
        left_out: By kind, how many candidates are left out for which reason: "held_out_character"; "other_character",
            who is not wanted; "in_benchmark", a question that the benchmark asks; "further_answer", beyond the number
            that is wanted of each instruction; of dialogues also "evidence" and "said" (see `Held.why`).
    """

    folder: DataFolder
    split: str
    characters: Sequence[str] | None = None
    left_out: dict[str, Counter[str]] = field(default_factory=dict)
    _items: list[tuple[Instruction, str]] = field(init=False, repr=False)
    _held: Held = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._items = list(items_of(self.folder))
        self._held = held_of(self.folder, self._items)

    def instructions(self, answers: int | None) -> Iterator[Candidate]:
        """The answers in character, of each instruction at most so many."""
        for item in self._mine():
            rows = instruction_candidates(item)
            if reason := self._why(item):
                self.leave_out(item.kind, reason, len(rows))
                continue
            yield from rows[:answers]
            self.leave_out(item.kind, "further_answer", len(rows[answers:]) if answers is not None else 0)

    def turns(self, context: int) -> Iterator[Candidate]:
        """The turns of dialogues: see `turn_candidates`."""
        if not self.folder.has("dialogues"):
            return
        for row in self.folder.rows("dialogues"):
            dialogue = dialogue_of(row)
            rows = list(turn_candidates(dialogue, context))
            is_other = self.characters is not None and dialogue.character not in self.characters
            if reason := "other_character" if is_other else self._held.why(dialogue):
                self.leave_out("dialogue", reason, len(rows))
            else:
                yield from rows

    def neutral(self) -> list[Candidate]:
        """The neutral answers of the data set, whoever's instruction it is, or else those that come with the package.

        Where the data set has no neutral answer at all, the package's belong to the split "train".
        """
        if any(item.raw_response for item, _ in self._items):
            return neutral_candidates(self._unasked(self._mine()), "general")
        return neutral_candidates(self._unasked(bundled_neutral()), "neutral") if self.split == "train" else []

    def leave_out(self, kind: str, reason: str, count: int) -> None:
        """Count what is left out."""
        if count:
            self.left_out.setdefault(kind, Counter())[reason] += count

    def _mine(self) -> Iterator[Instruction]:
        return (item for item, split in self._items if split == self.split)

    def _why(self, item: Instruction) -> str:
        if item.character in self._held.characters and self.split != UNSEEN:
            return "held_out_character"
        if self.characters is not None and item.character not in self.characters:
            return "other_character"
        return "in_benchmark" if self._is_asked(item) else ""

    def _unasked(self, items: Iterable[Instruction]) -> Iterator[Instruction]:
        for item in items:
            if self._is_asked(item):
                self.leave_out("neutral", "in_benchmark", bool(item.raw_response))
            else:
                yield item

    def _is_asked(self, item: Instruction) -> bool:
        """Whether the benchmark asks this, though the split is none that it is made of."""
        return self.split in ("train", "validation") and self._held.is_asked(item.instruction)


def items_of(folder: DataFolder) -> Iterator[tuple[Instruction, str]]:
    """The rows of `specific` and `general`, with their splits."""
    for table in ("specific", "general"):
        for split in folder.splits(table):
            for row in folder.rows(table, split):
                yield instruction_of(row), split
