"""An answer that was cut out of the script."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from roleinstruct.cleaning.lint.material import Person
from roleinstruct.cleaning.lint.rule import Finding, Rule, excerpt
from roleinstruct.grams import GramIndex, normalise, weight
from roleinstruct.records import Place, Utterance

__all__ = ["RULE"]

_LEAST = 15
"""Characters, see `weight`: shorter answers are alike by chance."""

_SIZE, _SHARED = 5, 0.8
_LINES = 40
"""A scene is looked at in pieces of as many lines, each overlapping half of the next."""


def _find(person: Person) -> Iterator[Finding]:
    answers = [(asked, answer) for asked, answer in person.answers() if asked.item.provenance != "extractive"]
    if not answers:
        return
    pieces = [piece for scene in person.scenes for piece in _cut(scene.utterances)]
    plain = [normalise(answer) for _, answer in answers]
    index = GramIndex.of([piece.joined for piece in pieces], _SIZE)
    for number, known in enumerate(index.known(plain)):
        if known < _SHARED or weight(plain[number]) < _LEAST:
            continue
        best, share = index.holder(plain[number])
        if share < _SHARED:
            continue
        asked, answer = answers[number]
        is_whole = plain[number] in pieces[best].joined
        what = "stands word for word" if is_whole else f"has {share:.0%} of its {_SIZE}-character sequences"
        message = f"the answer to {excerpt(asked.item.instruction, 30)!r} {what} in the script"
        place = pieces[best].place_of(plain[number])
        yield Finding(f"{message}{place and f', {place}'}", asked.where, asked.row, person.name, excerpt(answer))


def _cut(utterances: Sequence[Utterance]) -> Iterator["_Piece"]:
    places = tuple(utterance.place for utterance in utterances)
    lines = tuple(normalise(utterance.text) for utterance in utterances)
    for start in range(0, max(1, len(utterances) - _LINES // 2), _LINES // 2):
        yield _Piece(places[start : start + _LINES], lines[start : start + _LINES])


@dataclass(frozen=True, slots=True)
class _Piece:
    places: tuple[Place | None, ...]
    lines: tuple[str, ...]

    @property
    def joined(self) -> str:
        return "".join(self.lines)

    def place_of(self, text: str) -> Place | str:
        """The lines that hold a text, or the one that has most of it; "" where no file is known."""
        start = self.joined.find(text)
        if start < 0:
            return self.places[GramIndex.of(self.lines, _SIZE).holder(text)[0]] or ""
        ends = list(accumulate(map(len, self.lines)))
        first, last = bisect_right(ends, start), bisect_left(ends, start + len(text))
        begin, end = self.places[first], self.places[last]
        return begin.to(end) if begin and end else ""


RULE = Rule(
    id="copied-answer",
    severity="warning",
    summary="An answer that is said to be written for its question stands in the script, whole or nearly so.",
    why="It answers something else that was said there, and a test on it measures memory of the script.",
    example='the answer "我昨天去了一趟医院，排了三个小时的队" beside the same words in line 812 of the script',
    mend="Have the question answered anew; answers that are cut out on purpose have the provenance 'extractive'.",
    person=_find,
    drops=True,
)
