"""A question about the character's life that is put to nobody."""

import re
from collections.abc import Iterator

from roleinstruct.cleaning.lint.material import Person
from roleinstruct.cleaning.lint.names import names_of
from roleinstruct.cleaning.lint.rule import Finding, Rule, excerpt
from roleinstruct.grams import normalise

__all__ = ["RULE"]

_MANY = 0.2
"""From this share of the questions on it is a manner, and is told once."""

_ADDRESS = re.compile(
    r"[你您妳]|自己|自我|阁下|(?<![a-z])(?:you|your|yours|yourself|yourselves|u|ur|ya|yer|y['’]all)(?![a-z])",
    re.IGNORECASE,
)


def _find(person: Person) -> Iterator[Finding]:
    asked = [one for one in person.asked if one.item.kind == "specific"]
    names = names_of(person)
    open_ones = [one for one in asked if not _is_addressed(one.item.instruction, names)]
    if len(open_ones) > max(1, _MANY * len(asked)):
        places = ", ".join(one.row or one.where for one in open_ones[:3])
        message = f"{len(open_ones)} of {len(asked)} specific questions address nobody, first at {places}"
        first = open_ones[0]
        yield Finding(
            message, first.where, first.row, person.name, excerpt(first.item.instruction), rows=len(open_ones)
        )
        return
    for one in open_ones:
        message = f"{excerpt(one.item.instruction, 30)!r} names nobody and says 'you' to nobody"
        yield Finding(message, one.where, one.row, person.name, excerpt(one.item.instruction))


def _is_addressed(question: str, names: frozenset[str]) -> bool:
    if _ADDRESS.search(question):
        return True
    # A Chinese name stands anywhere; another one as words, so that Young is not meant by "youngest".
    parts = (*re.findall(r"[^\W_]+", question.casefold()), *map(normalise, re.sub(r"['’]s\b", "", question).split()))
    words = f" {' '.join(parts)} "
    return any(f" {name} " in words or (not name.isascii() and name in words) for name in names)


RULE = Rule(
    id="unaddressed-question",
    severity="note",
    summary="A question about the character's life neither names the character nor says 'you'.",
    why="It reads as general knowledge: a model learns to answer it in character whoever is asked, or not at all.",
    example='{"instruction": "图书馆几点开门？", "generated": "我们八点开门，我七点半就到。"}',
    mend="Put the character's name in front of the question, or move the row to the general instructions.",
    person=_find,
)
