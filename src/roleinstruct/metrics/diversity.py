"""How much answers repeat themselves and each other."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from roleinstruct.errors import ConfigError, RecordError, needs_extra
from roleinstruct.metrics.pairing import listed
from roleinstruct.metrics.score import CorpusScore, Score, score_of
from roleinstruct.metrics.signature import signature
from roleinstruct.metrics.tokenize import Tokenizer, tokenizer_of

__all__ = ["distinct_n", "self_bleu"]


def distinct_n(predictions: Sequence[str], *, n: int = 2, tokenizer: str | Tokenizer = "char") -> CorpusScore:
    """Different n-grams of all answers, as a share of all their n-grams.

    It falls with the amount of text: compare sets of one size only (Li et al. 2016, "A Diversity-Promoting Objective
    Function for Neural Conversation Models").

    Args:
        predictions: 1 or more.
        n: Tokens in a row, 1 or more.
        tokenizer: See `tokenizer_of`.

    Returns:
        0 to 1; 0 where no answer has `n` tokens. There is no interval: answers that are drawn twice repeat themselves.

    Raises:
        RecordError: There is no answer, or something that is no text.
        ConfigError: `n` is below 1, or the tokenizer is unknown.
    """
    if n < 1:
        raise ConfigError(f"n is {n}; give 1 or more.")
    answers, _ = listed(predictions, predictions)
    name, cut = tokenizer_of(tokenizer)
    grams = Counter(gram for answer in answers for gram in _grams(cut(answer), n))
    share = len(grams) / grams.total() if grams else 0.0
    return CorpusScore(share, len(answers), signature(f"distinct-{n}", tokenizer=name, version=_VERSION))


def self_bleu(predictions: Sequence[str], *, tokenizer: str | Tokenizer = "char", most: int = 500) -> Score:
    """BLEU of each answer against the others: high where all say the same (Zhu et al. 2018, "Texygen").

    BLEU is sacrebleu's, up to 4-grams, with its exponential smoothing.

    Args:
        predictions: 2 or more.
        tokenizer: See `tokenizer_of`.
        most: Of more answers so many are taken, evenly spaced: the work grows with the square.

    Returns:
        The values are 0 to 1, one for each answer that was taken; there is no floor.

    Raises:
        RecordError: There are fewer than two answers, or something that is no text.
        MissingExtraError: sacrebleu is not installed.
    """
    needs_extra("metrics", "sacrebleu")
    from sacrebleu.metrics.bleu import BLEU

    answers, _ = listed(predictions, predictions)
    if len(answers) < 2:
        raise RecordError("one answer cannot repeat another: give two or more.")
    name, cut = tokenizer_of(tokenizer)
    step = max(1.0, len(answers) / most)
    taken = [" ".join(cut(answers[int(number * step)])) for number in range(min(most, len(answers)))]
    bleu = BLEU(tokenize="none", effective_order=True)
    values = [
        bleu.sentence_score(one, taken[:position] + taken[position + 1 :]).score / 100
        for position, one in enumerate(taken)
    ]
    how = signature("self-bleu", tokenizer=name, taken=len(taken), version=_VERSION)
    return score_of(np.array(values), how)


_VERSION = 1


def _grams(tokens: Sequence[str], n: int) -> list[tuple[str, ...]]:
    return [tuple(tokens[start : start + n]) for start in range(len(tokens) - n + 1)]
