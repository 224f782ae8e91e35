"""What must not be trained on, because the benchmark asks it or the validation part holds it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from roleinstruct.dataset.folder import DataFolder
from roleinstruct.dataset.splits import UNSEEN, plain
from roleinstruct.errors import RecordError
from roleinstruct.grams import weight
from roleinstruct.records import Dialogue, Instruction, Place

__all__ = ["Held", "held_of"]

_LEAST = 6.0
"""What a text must weigh (see `grams.weight`) to be looked for in the midst of a turn: "不知道" is in every script."""

_WINDOW = 6
"""Characters by which it is looked for; no text of that weight is shorter."""


@dataclass(frozen=True, slots=True)
class Held:
    """What is held out.

    Attributes:
        characters: Held out whole.
        questions: The benchmark's instructions, normalised.
        texts: What the benchmark asks and takes for right, and the questions and answers in character of the splits
            that are not for training, normalised; without the short ones that prove nothing.
        dialogues: The ids of the dialogues that a row of such a split was taken from.
        places: The source lines that one was taken from, by file.
    """

    characters: frozenset[str] = frozenset()
    questions: frozenset[str] = frozenset()
    texts: frozenset[str] = frozenset()
    dialogues: frozenset[str] = frozenset()
    places: Mapping[str, tuple[Place, ...]] = field(default_factory=dict)
    _windows: Mapping[str, tuple[str, ...]] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        windows: dict[str, list[str]] = {}
        for text in sorted(self.texts):
            windows.setdefault(text[:_WINDOW], []).append(text)
        object.__setattr__(self, "_windows", {start: tuple(texts) for start, texts in windows.items()})

    def why(self, dialogue: Dialogue) -> str:
        """Why a dialogue must not be trained on, or "".

        "held_out_character": one of the two is held out. "evidence": a held-out row was taken from it. "said": a
        held-out question or answer is said in it, alone or within a turn; case, width, blanks and punctuation do not
        count, nor does a text that weighs less than six Chinese characters (18 letters), which anybody says.
        """
        if {dialogue.character, dialogue.partner} & self.characters:
            return "held_out_character"
        if dialogue.id in self.dialogues or any(self._is_near(place) for place in _places(dialogue)):
            return "evidence"
        return "said" if any(self.is_said(turn.text) for turn in dialogue.utterances) else ""

    def is_said(self, text: str) -> bool:
        """Whether a text holds a held-out question or answer, word for word."""
        bare = plain(text)
        return any(
            bare.startswith(held, start)
            for start in range(len(bare) - _WINDOW + 1)
            for held in self._windows.get(bare[start : start + _WINDOW], ())
        )

    def is_asked(self, instruction: str) -> bool:
        """Whether the benchmark asks this."""
        return plain(instruction) in self.questions

    def _is_near(self, place: Place) -> bool:
        return any(one.first <= place.last and place.first <= one.last for one in self.places.get(place.file, ()))


def held_of(folder: DataFolder, items: Iterable[tuple[Instruction, str]]) -> Held:
    """Find what a data set folder holds out; its tables are enough.

    Args:
        folder: The folder.
        items: The rows of `specific` and `general`, with their splits.
    """
    held = [(item, split) for item, split in items if split != "train"]
    benchmark = list(folder.rows("benchmark")) if folder.has("benchmark") else []
    questions = [row["instruction"] for row in benchmark]
    texts = [text for row in benchmark for text in row["references"]]
    texts += [text for item, _ in held for text in (item.instruction, *item.responses)]
    evidence = [line for item, _ in held for line in item.evidence]
    places: dict[str, list[Place]] = {}
    for place in _parsed(evidence):
        places.setdefault(place.file, []).append(place)
    return Held(
        frozenset(item.character for item, split in held if split == UNSEEN).union(_reported(folder)),
        frozenset(map(plain, questions)),
        frozenset(text for text in map(plain, (*questions, *texts)) if weight(text) >= _LEAST),
        frozenset(line.removeprefix(_DIALOGUE) for line in evidence if line.startswith(_DIALOGUE)),
        {file: tuple(some) for file, some in places.items()},
    )


_DIALOGUE = "dialogue: "


def _reported(folder: DataFolder) -> list[str]:
    """The held-out characters by the folder's own account: one whose questions others share leaves no other trace."""
    known: list[str] = []
    if (folder.root / "reports/mixture.json").is_file():
        known = folder.read_json("reports/mixture.json")["held_out_characters"]
    return known


def _parsed(evidence: Iterable[str]) -> Iterator[Place]:
    for line in evidence:
        if line.startswith((_DIALOGUE, "example: ")):
            continue
        try:
            yield Place.parse(line)
        except RecordError:  # evidence may be anything, such as "profile"
            continue


def _places(dialogue: Dialogue) -> Iterator[Place]:
    yield dialogue.source
    yield from (turn.place for turn in dialogue.utterances if turn.place is not None)
