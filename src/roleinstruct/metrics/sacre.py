"""BLEU and chrF by sacrebleu, the library whose figures others report."""

from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

from roleinstruct.errors import ConfigError, needs_extra
from roleinstruct.metrics.pairing import References, listed, shuffled
from roleinstruct.metrics.score import CorpusScore

__all__ = ["bleu", "chrf"]


def bleu(predictions: Sequence[str], references: References, *, tokenize: str = "zh") -> CorpusScore:
    """BLEU of all answers together (Papineni et al. 2002).

    Args:
        predictions: One text an item, 1 or more.
        references: One text an item, or a sequence of texts, which may differ in number.
        tokenize: Of sacrebleu: "zh" cuts Chinese into characters and the rest into words, "13a" is for English.

    Returns:
        0 to 1, a hundredth of what sacrebleu prints, with its signature. The interval is the one it draws itself.

    Raises:
        RecordError: See `listed`.
        ConfigError: sacrebleu has no such tokenizer.
        MissingExtraError: sacrebleu is not installed.
    """
    needs_extra("metrics", "sacrebleu")
    from sacrebleu.metrics.bleu import BLEU

    if tokenize not in BLEU.TOKENIZERS:
        raise ConfigError(f"sacrebleu has no tokenizer {tokenize!r}; it has {', '.join(sorted(BLEU.TOKENIZERS))}.")
    return _scored(BLEU(tokenize=tokenize), predictions, references)


def chrf(predictions: Sequence[str], references: References, *, words: int = 0) -> CorpusScore:
    """Chrf of all answers together: F2 by character n-grams, one to six (Popović 2015).

    Args:
        predictions: One text an item, 1 or more.
        references: One text an item, or a sequence of texts, which may differ in number.
        words: Also count n-grams of so many words: 2 is chrF++.

    Returns:
        As `bleu` does.

    Raises:
        RecordError: See `listed`.
        MissingExtraError: sacrebleu is not installed.
    """
    needs_extra("metrics", "sacrebleu")
    from sacrebleu.metrics.chrf import CHRF

    return _scored(CHRF(word_order=words), predictions, references)


_RESAMPLES = 1000


def _scored(metric: Any, predictions: Sequence[str], references: References) -> CorpusScore:  # noqa: ANN401 - either
    answers, targets = listed(predictions, references)
    others = shuffled(targets)
    floor = None if others is None else metric.corpus_score(answers, _streams(others)).score / 100
    found = metric.corpus_score(answers, _streams(targets), n_bootstrap=_RESAMPLES if len(answers) > 1 else 1)
    value, how = found.score / 100, str(metric.get_signature())
    if len(answers) == 1:
        return CorpusScore(value, 1, how, (value, value), floor)
    middle, away = found._mean / 100, found._ci / 100
    return CorpusScore(value, len(answers), how, (middle - away, middle + away), floor)


def _streams(references: Sequence[tuple[str, ...]]) -> list[list[str | None]]:
    """All first references, all second ones; None where an item has no more."""
    return [list(stream) for stream in zip_longest(*references)]
