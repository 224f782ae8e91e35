"""What the readers had to say about a source."""

from collections.abc import Iterator, Sequence

from roleinstruct.cleaning.lint.material import Corpus
from roleinstruct.cleaning.lint.rule import Finding, Rule

__all__ = ["RULE"]


def _find(corpus: Corpus, _: Sequence[None]) -> Iterator[Finding]:
    for notice in corpus.notices:
        yield Finding(notice)


RULE = Rule(
    id="reader-notice",
    severity="note",
    summary="The reader of a file guessed something, or left a file out.",
    why="A guess may be wrong, and a file that was left out is missing in all that follows.",
    example="李明 speaks as 明明 in the script: the profile gives this name.",
    mend="Check the guess; say in the builder what the columns, labels and characters are where it is wrong.",
    corpus=_find,
)
