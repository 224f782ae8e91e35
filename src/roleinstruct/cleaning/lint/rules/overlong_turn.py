"""Utterances and answers of unusual length."""

from collections.abc import Iterator

from roleinstruct.cleaning.lint.material import Person
from roleinstruct.cleaning.lint.rule import Finding, Rule
from roleinstruct.cleaning.lint.texts import Part, search

__all__ = ["RULE"]


def _find(person: Person) -> Iterator[Finding]:
    for part, limit in _LIMITS:
        for text, length in search(person, (part,), len):
            if length > limit:
                yield text.finding(f"the {part} has {length:,} characters, more than {limit:,}")


_LIMITS: tuple[tuple[Part, int], ...] = (("utterance", 1_000), ("answer", 2_000))


RULE = Rule(
    id="overlong-turn",
    severity="note",
    summary="An utterance has more than 1,000 characters, or an answer more than 2,000.",
    why="It is cut in training without a word, and is often several turns or a whole document.",
    example='{"role": "小林", "content": "（一千多字）"}',
    mend="Look whether turns ran together in the source; else shorten it.",
    person=_find,
)
