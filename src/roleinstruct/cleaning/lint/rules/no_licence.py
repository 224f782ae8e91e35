"""A data set that nobody may use."""

from collections.abc import Iterator, Sequence

from roleinstruct.cleaning.lint.material import Corpus
from roleinstruct.cleaning.lint.rule import Finding, Rule

__all__ = ["RULE"]


def _find(corpus: Corpus, _: Sequence[None]) -> Iterator[Finding]:
    if corpus.license == "unknown":
        yield Finding("the card states no licence, so that nobody may use the data set", "README.md:1")


RULE = Rule(
    id="no-licence",
    severity="warning",
    summary="The card of the data set states no licence.",
    why="Without one nobody may copy, train on or pass on the data, and careful users do not.",
    example="license: unknown",
    mend="Find out who owns the text, and state the licence as card.license in the builder; publish nothing without.",
    corpus=_find,
)
