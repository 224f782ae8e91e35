"""Items of a benchmark that stand in the training part, so that a good answer may be one learnt by heart."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from roleinstruct.dataset.folder import DataFolder
from roleinstruct.dataset.rows import Row
from roleinstruct.evaluation.items import Item
from roleinstruct.grams import GramIndex, normalise, weight

__all__ = ["SHARE", "Contaminated", "Learnt", "contaminated", "training_answers", "training_texts"]

SHARE = 0.8
"""The share of the distinct 5-character sequences of a text that make it known, if one training text has them."""

_SIZE = 5

_LEAST = 6.0
"""What an answer must weigh to prove something, in Chinese characters: "不知道。" is in every script."""


@dataclass(frozen=True, slots=True)
class Learnt:
    """A text of the training part.

    Attributes:
        text: As it is.
        row: The id of its row.
    """

    text: str
    row: str


@dataclass(frozen=True, slots=True)
class Contaminated:
    """An item that is known from training.

    Attributes:
        item: Its id.
        character: Whose it is.
        task: One of `TASKS`.
        what: "instruction" or "reference".
        text: The instruction, or the reference.
        share: How much of it the training text has, `SHARE` to 1.
        row: The id of the training row.
    """

    item: str
    character: str
    task: str
    what: str
    text: str
    share: float
    row: str


def contaminated(items: Sequence[Item], folder: DataFolder, *, share: float = SHARE) -> list[Contaminated]:
    """Find the items whose instruction, or one of whose references, stands in the training part.

    Instructions are held against instructions of the same character, references against answers of the same character:
    the same question to another person is another question. Case, width, blanks and punctuation do not count; a text of
    fewer than five characters must be the whole of the other. A reference that weighs less than six Chinese characters
    (18 letters) is nobody's own, and passed over.

    Args:
        items: Of the folder's benchmark.
        folder: Its training part: the splits "train" of `chat`, `specific` and `general`. Memory holds the texts of one
            character at a time.
        share: See `SHARE`.

    Returns:
        In the order of the items, the instruction before the references, of each the first that is found.
    """
    by_character: dict[str, list[Item]] = {}
    for item in items:
        by_character.setdefault(item.character, []).append(item)
    found: dict[str, list[Contaminated]] = {}
    for name, some in by_character.items():
        asked, answered = training_texts(folder, name)
        instructions, answers = _Texts(asked), _Texts(answered)
        for item, (what, text, held, row) in _known(some, instructions, answers, share):
            found.setdefault(item.id, []).append(
                Contaminated(item.id, item.character, item.task, what, text, held, row)
            )
    return [one for item in items for one in found.get(item.id, ())]


def training_texts(folder: DataFolder, character: str) -> tuple[list[Learnt], list[Learnt]]:
    """The instructions and the answers of a character's training rows, each text once."""
    asked, answered = dict[str, str](), dict[str, str]()
    for table in ("chat", "specific", "general"):
        for row in folder.by_character(table, "train").rows(character):
            instruction, answers = _parts(row)
            asked.setdefault(instruction, row["id"])
            for answer in answers:
                answered.setdefault(answer, row["id"])
    return [Learnt(*pair) for pair in asked.items()], [Learnt(*pair) for pair in answered.items()]


def training_answers(folder: DataFolder) -> list[str]:
    """Every answer of the training part, of all characters, each once."""
    found: dict[str, None] = {}
    for table in ("chat", "specific", "general"):
        if "train" in folder.splits(table):
            found.update(dict.fromkeys(answer for row in folder.rows(table, "train") for answer in _parts(row)[1]))
    return list(found)


def _parts(row: Row) -> tuple[str, list[str]]:
    """Instruction and answers of a row of `chat`, `specific` or `general`."""
    if "completion" in row:
        return row["prompt"][-1]["content"], [message["content"] for message in row["completion"]]
    if "response" in row:
        return row["instruction"], [row["response"]]
    raw = row["raw_response"]
    return row["instruction"], [*row["responses"], *([raw] if raw else [])]


class _Texts:
    """Texts of the training part, by their n-grams."""

    def __init__(self, learnt: Sequence[Learnt]) -> None:
        self._rows: dict[str, str] = {}
        for one in learnt:
            self._rows.setdefault(normalise(one.text), one.row)
        self._texts = list(self._rows)
        self._index = GramIndex.of(self._texts, _SIZE)

    def nearest(self, texts: Sequence[str], share: float) -> list[tuple[float, str] | None]:
        """For each text the share of it in one training text and that one's row, or None where it is below `share`."""
        plain = [normalise(text) for text in texts]
        known = self._index.known(plain)
        return [self._of(text, float(most), share) for text, most in zip(plain, known, strict=True)]

    def _of(self, text: str, most: float, share: float) -> tuple[float, str] | None:
        if text in self._rows:
            return (1.0, self._rows[text]) if text else None
        if len(text) < _SIZE or most == 0:
            return None
        best, held = self._index.holder(text)
        return (held, self._rows[self._texts[best]]) if held >= share else None


def _known(
    items: Iterable[Item], instructions: _Texts, answers: _Texts, share: float
) -> Iterator[tuple[Item, tuple[str, str, float, str]]]:
    some = list(items)
    for item, near in zip(some, instructions.nearest([item.instruction for item in some], share), strict=True):
        if near is not None:
            yield item, ("instruction", item.instruction, *near)
    pairs = [(item, text) for item in some for text in item.references if weight(normalise(text)) >= _LEAST]
    told: set[str] = set()
    for (item, text), near in zip(pairs, answers.nearest([text for _, text in pairs], share), strict=True):
        if near is not None and item.id not in told:
            told.add(item.id)
            yield item, ("reference", text, *near)
