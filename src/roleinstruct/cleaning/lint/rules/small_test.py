"""A test that is too small to tell anything."""

from collections import Counter
from collections.abc import Iterator, Sequence

from roleinstruct.cleaning.lint.material import Corpus, Person
from roleinstruct.cleaning.lint.rule import Finding, Rule

__all__ = ["RULE"]

_LEAST = 30
"""Items. With 30, a share of right answers of one half has a 95 % interval of 18 points to either side."""

_TESTS = ("test", "unseen")


def _find(corpus: Corpus, gathered: Sequence[tuple[str, Counter[str]] | None]) -> Iterator[Finding]:
    if corpus.kind == "source":
        return
    tested = dict(one for one in gathered if one)
    in_all = sum(tested.values(), Counter[str]()).total()
    if tested and in_all < _LEAST:
        yield Finding(f"the test has {in_all} items in all; scores on fewer than {_LEAST} are noise")
        return
    for name, counts in tested.items():
        if counts.total() < _LEAST:
            message = (
                f"the test has {counts.total()} items of {name or 'nobody in particular'} ({counts['specific']} "
                f"specific, {counts['general']} general); scores on fewer than {_LEAST} are noise"
            )
            yield Finding(message, character=name)


def _gather(person: Person, _: Corpus) -> tuple[str, Counter[str]] | None:
    counts = Counter[str](asked.item.kind for asked in person.asked if asked.split in _TESTS)
    return (person.name, counts) if person.asked else None


RULE = Rule(
    id="small-test",
    severity="note",
    summary="The test has fewer than 30 items for a character, or in all.",
    why="The interval of a score on so few is wider than any difference that one hopes to see.",
    example="8 test items of a character among 70 questions",
    mend="Give the test a larger share in the builder, ask more questions, or report no score a character.",
    gather=_gather,
    corpus=_find,
)
