"""Rouge-L: how much of two texts is the same in the same order (Lin 2004, "ROUGE", section 3).

With LCS the length of the longest common subsequence of tokens: precision = LCS / tokens of the answer, recall = LCS /
tokens of the reference, F = (1 + b^2) P R / (R + b^2 P). Two empty texts have nothing in common and score 0, as has one
empty text with any other; so does a text of which the tokenizer leaves nothing.
"""

from collections.abc import Sequence
from itertools import chain
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import LCSseq

from roleinstruct.errors import ConfigError
from roleinstruct.metrics.pairing import References, listed, shuffled
from roleinstruct.metrics.score import Score, score_of
from roleinstruct.metrics.signature import signature
from roleinstruct.metrics.tokenize import Tokenizer, tokenised, tokenizer_of

__all__ = ["Compat", "rouge_l"]

Measure = Literal["f", "precision", "recall"]
Aggregate = Literal["max", "mean"]
Compat = Literal["authors-release", "authors-intent", "llamafactory"]

Columns = NDArray[np.float64]
"""Precision, recall and F by pair or item: (3, n)."""


def rouge_l(
    predictions: Sequence[str],
    references: References,
    *,
    tokenizer: str | Tokenizer = "char",
    measure: Measure = "f",
    beta: float = 1.0,
    aggregate: Aggregate = "max",
    compat: Compat | None = None,
    floor: bool = True,
) -> Score:
    """Score answers against references.

    Args:
        predictions: One text an item, 1 or more.
        references: One text an item, or a sequence of texts an item, which may differ in number.
        tokenizer: See `tokenizer_of`.
        measure: Which of the three is the value.
        beta: How many times as much recall counts as precision in F.
        aggregate: Of several references the one by which the measure is greatest gives all three numbers ("max"), or
            they are averaged ("mean").
        compat: Score as other programs do, with a tokenizer and a measure of their own: "authors-release" the script of
            RoleCraft-GLM as it runs, which takes every character of a reference for a reference; "authors-intent" as it
            was meant, recall by character; "llamafactory" F by jieba's words, as LLaMA-Factory logs it divided by 100.
        floor: Score the answers against references of other items too, which takes twice the time.

    Returns:
        `parts` has "precision", "recall" and "f", each 0 to 1.

    Raises:
        RecordError: See `listed`.
        ConfigError: A setting has no meaning, or does not go with `compat`.
    """
    name, tokens, chosen = _settings(tokenizer, measure, beta, aggregate, compat)
    answers, targets = listed(predictions, references)
    cut = tokenised(chain(answers, chain.from_iterable(targets)), tokens)
    mine = [cut[answer] for answer in answers]

    def score(wanted: Sequence[tuple[str, ...]]) -> Columns:
        theirs = [[cut[text] for text in some] for some in wanted]
        if compat == "authors-release":  # it walks through a text as if it were a list of references
            theirs = [[character for text in some for character in text] or [""] for some in theirs]
        return _united(_scores(mine, theirs, beta, compat), list(map(len, theirs)), aggregate, _COLUMNS.index(chosen))

    found, others, column = score(targets), shuffled(targets) if floor else None, _COLUMNS.index(chosen)
    chance = None if others is None else float(score(others)[column].mean())
    mode, kind = {"compat": compat} if compat else {}, chosen if beta == 1 or chosen != "f" else f"f{beta:g}"
    how = signature("rougeL", **mode, measure=kind, tokenizer=name, references=aggregate, version=_VERSION)
    means = dict(zip(_COLUMNS, map(float, found.mean(axis=1)), strict=True))
    return score_of(found[column].copy(), how, floor=chance, **means)


_COLUMNS: tuple[Measure, ...] = ("precision", "recall", "f")

_VERSION = 1
"""To be raised whenever any text scores differently from before."""


def _settings(
    tokenizer: str | Tokenizer, measure: Measure, beta: float, aggregate: Aggregate, compat: Compat | None
) -> tuple[str, Tokenizer, Measure]:
    """The tokenizer with its name, and what is measured."""
    if measure not in _COLUMNS or aggregate not in ("max", "mean") or not 0 < beta < float("inf"):
        raise ConfigError(
            f"measure {measure!r}, aggregate {aggregate!r} and beta {beta} were given; expected f, precision or "
            "recall, max or mean, and a number above 0."
        )
    if compat is None:
        return (*tokenizer_of(tokenizer), measure)
    if compat not in _COMPAT:
        raise ConfigError(f"there is no compat {compat!r}; there are {', '.join(_COMPAT)}.")
    if (tokenizer, measure, beta, aggregate) != ("char", "f", 1.0, "max"):
        raise ConfigError(f"compat {compat!r} brings its own tokenizer and measure: give no other settings with it.")
    name, own = _COMPAT[compat]
    return (*tokenizer_of(name), own)


_COMPAT: dict[str, tuple[str, Measure]] = {
    "authors-release": ("char-all", "recall"),
    "authors-intent": ("char-all", "recall"),
    "llamafactory": ("rouge_chinese", "f"),
}


def _scores(
    answers: Sequence[Sequence[str]],
    references: Sequence[Sequence[Sequence[str]]],
    beta: float,
    compat: Compat | None,
) -> Columns:
    """Precision, recall and F of each answer against each of its references, all as tokens."""
    mine = [answer for answer, some in zip(answers, references, strict=True) for _ in some]
    theirs = list(chain.from_iterable(references))
    sizes = np.array([list(map(len, mine)), list(map(len, theirs))], dtype=np.float64)
    common = np.array(list(map(LCSseq.similarity, mine, theirs)), dtype=np.float64)
    shares = np.divide(common, sizes, out=np.zeros_like(sizes), where=sizes > 0)
    precision, recall = shares
    weight = beta * beta
    below = recall + weight * precision
    if compat == "llamafactory":  # the 1e-8 is what keeps `rouge_chinese` from dividing by 0
        logged = 2 * (precision * recall) / (below + 1e-8) * 100
        f = np.array([round(percent, 4) / 100 for percent in logged.tolist()])
    else:
        f = np.divide((1 + weight) * precision * recall, below, out=np.zeros_like(below), where=below > 0)
    return np.stack([precision, recall, f])


def _united(found: Columns, references: Sequence[int], aggregate: Aggregate, column: int) -> Columns:
    """One column an item, of those of its references."""
    if all(count == 1 for count in references):
        return found
    ends = np.cumsum(references)
    groups = [found[:, end - count : end] for end, count in zip(ends, references, strict=True)]
    if aggregate == "mean":
        return np.stack([group.mean(axis=1) for group in groups], axis=1)
    return np.stack([group[:, int(group[column].argmax())] for group in groups], axis=1)
