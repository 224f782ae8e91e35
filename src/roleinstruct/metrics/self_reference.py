"""How often answers fall out of character and speak as a language model."""

from collections.abc import Sequence

import numpy as np

from roleinstruct.machine import speaks_as_machine
from roleinstruct.metrics.pairing import listed
from roleinstruct.metrics.score import Score, score_of
from roleinstruct.metrics.signature import signature

__all__ = ["self_reference_rate"]


def self_reference_rate(predictions: Sequence[str], questions: Sequence[str] | None = None) -> Score:
    """The share of answers that say to be a model, an assistant or a part that is played.

    Args:
        predictions: One text an item, 1 or more.
        questions: What each answers: words that stand there too do not count. None for answers without them.

    Returns:
        The values are 1 for such an answer, else 0: less is better. There is no floor.

    Raises:
        RecordError: See `listed`.
    """
    answers, asked = listed(predictions, [""] * len(predictions) if questions is None else questions)
    values = [float(bool(speaks_as_machine(answer, one))) for answer, (one, *_) in zip(answers, asked, strict=True)]
    known = "given" if questions is not None else "none"
    return score_of(np.array(values), signature("ai-self-reference", questions=known, version=_VERSION))


_VERSION = 1
