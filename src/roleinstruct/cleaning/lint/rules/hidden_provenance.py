"""Script lines that stand in another corpus."""

from collections.abc import Iterator, Sequence
from itertools import chain, islice

from roleinstruct.cleaning.lint.material import Corpus, Person
from roleinstruct.cleaning.lint.reference import Reference
from roleinstruct.cleaning.lint.rule import Finding, Rule, excerpt
from roleinstruct.grams import normalise

__all__ = ["RULE"]

_SHARE, _LEAST = 0.05, 20
"""Fewer lines are alike by chance: "我不知道你在说什么" is nobody's."""


def _find(_: Corpus, gathered: Sequence[list[Finding]]) -> Iterator[Finding]:
    return chain.from_iterable(gathered)


def _gather(person: Person, corpus: Corpus) -> list[Finding]:
    return list(_compare(person, corpus.reference)) if corpus.reference else []


def _compare(person: Person, reference: Reference) -> Iterator[Finding]:
    lines = [u for _, u in person.utterances() if len(normalise(u.text)) >= reference.size]
    found = [
        (line, place)
        for line, place in zip(lines, reference.find_all([line.text for line in lines]), strict=True)
        if place is not None
    ]
    if len(found) < max(_LEAST, _SHARE * len(lines)):
        return
    first = ", ".join(f"{line.place or excerpt(line.text, 20)} is {place}" for line, place in islice(found, 3))
    message = (
        f"{len(found)} of the {len(lines)} longer lines of {person.name or 'nobody in particular'} "
        f"({len(found) / len(lines):.0%}) stand in {reference.name}: {first}"
    )
    line = found[0][0]
    yield Finding(message, str(line.place or ""), "", person.name, excerpt(line.text), rows=len(found))


RULE = Rule(
    id="hidden-provenance",
    severity="error",
    summary="Lines of the script stand in a reference corpus, word for word.",
    why="Its licence and its authors go with them, and a test on the one is spoilt by training on the other.",
    example="710 of the 710 longer lines of a character stand in a published corpus that the card does not name",
    mend="Name the corpus and its licence in the card, or leave these characters out.",
    gather=_gather,
    corpus=_find,
)
