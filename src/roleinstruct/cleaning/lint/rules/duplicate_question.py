"""A question that the same character is asked twice."""

from collections.abc import Iterator

from roleinstruct.cleaning.duplicates import find_duplicates
from roleinstruct.cleaning.lint.material import Person
from roleinstruct.cleaning.lint.rule import Finding, Rule, excerpt

__all__ = ["RULE"]

_ALIKE = 0.9
"""As a build drops them."""


def _find(person: Person) -> Iterator[Finding]:
    asked = [one for one in person.asked if one.item.kind == "specific"]
    numbered = ((str(number), one.item.instruction) for number, one in enumerate(asked))
    for pair in find_duplicates(numbered, _ALIKE).pairs:
        first, again = asked[int(pair.kept_id)], asked[int(pair.dropped_id)]
        alike = "the same" if pair.exact else f"nearly the same ({pair.similarity:.0%})"
        message = f"{excerpt(again.item.instruction, 30)!r} asks {alike} as {first.row or first.where}"
        yield Finding(message, again.where, again.row, person.name, excerpt(again.item.instruction))


RULE = Rule(
    id="duplicate-question",
    severity="warning",
    summary="A character is asked the same question twice, to the letter or nearly.",
    why="What is asked twice counts twice in training, and leaks when one of the two falls into the test.",
    example='{"instruction": "李明，你最怕什么？", …} in line 4, and the same with other answers in lines 90 and 212',
    mend="Keep the better answer of the two; a build keeps the first question and says which it left out.",
    person=_find,
    drops=True,
)
