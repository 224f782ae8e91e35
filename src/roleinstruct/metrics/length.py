"""How long answers are beside their references."""

from collections.abc import Sequence
from itertools import chain

import numpy as np

from roleinstruct.errors import RecordError
from roleinstruct.metrics.pairing import References, listed
from roleinstruct.metrics.score import Score, score_of
from roleinstruct.metrics.signature import signature
from roleinstruct.metrics.tokenize import Tokenizer, tokenised, tokenizer_of

__all__ = ["length_ratio"]


def length_ratio(predictions: Sequence[str], references: References, *, tokenizer: str | Tokenizer = "char") -> Score:
    """Tokens of all answers over the tokens of all references.

    Args:
        predictions: One text an item, 1 or more.
        references: One text an item, or a sequence of texts, of which the one nearest in length counts (the shorter of
            two).
        tokenizer: See `tokenizer_of`.

    Returns:
        1 where they are as long as their references. The values are the tokens of each answer over the mean tokens of
        all references, so that an empty reference is no harm and their mean is the ratio; there is no floor.

    Raises:
        RecordError: See `listed`; or no reference has a token.
        ConfigError: There is no such tokenizer.
    """
    name, tokens = tokenizer_of(tokenizer)
    answers, targets = listed(predictions, references)
    cut = tokenised(chain(answers, chain.from_iterable(targets)), tokens)
    mine = [len(cut[answer]) for answer in answers]
    theirs = [
        min((len(cut[text]) for text in some), key=lambda length: (abs(length - size), length))
        for size, some in zip(mine, targets, strict=True)
    ]
    if not any(theirs):
        raise RecordError("no reference has a token, so that nothing can be as long: give references with words.")
    how = signature("length-ratio", tokenizer=name, references="nearest", version=_VERSION)
    return score_of(np.array(mine) / np.mean(theirs), how)


_VERSION = 1
