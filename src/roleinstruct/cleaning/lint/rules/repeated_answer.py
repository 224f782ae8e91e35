"""One answer to many questions."""

import re
from collections.abc import Iterable, Iterator

from roleinstruct.cleaning.lint.material import Asked, Person
from roleinstruct.cleaning.lint.rule import Finding, Rule, excerpt
from roleinstruct.cleaning.lint.texts import Text
from roleinstruct.cleaning.ngrams import Grams, jaccard, pack

__all__ = ["RULE"]


def _find(person: Person) -> Iterator[Finding]:
    given: dict[str, list[tuple[Asked, str]]] = {}
    for asked in person.asked:
        for answer in asked.item.responses:
            if len(key := _bare(answer)) >= _SHORTEST:
                given.setdefault(key, []).append((asked, answer))
    for key, rows in given.items():
        if len(rows) < _TIMES:
            continue
        instructions = _unlike(asked.item.instruction for asked, _ in rows if key not in _bare(asked.item.instruction))
        if len(instructions) >= _TIMES:
            asked, answer = rows[0]
            shown = ", ".join(repr(excerpt(text, 24)) for text in instructions[:_TIMES])
            message = f"{len(instructions)} different instructions have this one answer, such as {shown}"
            yield Text(person.name, "answer", answer, asked).finding(message, len(rows))


def _unlike(instructions: Iterable[str]) -> list[str]:
    """One of each kind: a question that is put in other words may well have the same answer."""
    kept: list[tuple[str, Grams]] = []
    for instruction in dict.fromkeys(instructions):
        grams = pack(_bare(instruction))
        if all(jaccard(grams, other) < _ALIKE for _, other in kept):
            kept.append((instruction, grams))
    return [instruction for instruction, _ in kept]


def _bare(text: str) -> str:
    """A text without case, blanks and punctuation; coarser than `ngrams.normalise`, and quick enough for them all."""
    return _PUNCTUATION.sub("", text).casefold()


_TIMES = 3
_SHORTEST = 8
_ALIKE = 0.15
"""Shared 3-grams of two instructions that ask the same."""
_PUNCTUATION = re.compile(r"[\W_]+")


RULE = Rule(
    id="repeated-answer",
    severity="warning",
    summary="A character gives the same answer to three or more different instructions.",
    why="The answer hardly fits all of them; a model learns it as the thing to say when in doubt.",
    example='{"instruction": "你怕黑吗？", "generated": "这个问题我以后再回答你。"}',
    mend="Keep the one row that it answers, and ask the others again.",
    person=_find,
)
