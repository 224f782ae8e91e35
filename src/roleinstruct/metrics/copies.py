"""How many answers are taken from the texts that a model was trained on."""

from collections.abc import Sequence

import numpy as np

from roleinstruct.errors import ConfigError
from roleinstruct.grams import GramIndex, normalise
from roleinstruct.metrics.pairing import listed
from roleinstruct.metrics.score import Score, score_of
from roleinstruct.metrics.signature import signature

__all__ = ["copy_rate"]

_SIZE = 5


def copy_rate(predictions: Sequence[str], training: Sequence[str], *, share: float = 0.8) -> Score:
    """The share of answers that stand in a training text, whole or nearly so.

    An answer is copied if one training text has at least `share` of its distinct 5-character sequences; one of fewer
    than five characters, if it is a whole training text. Case, width, blanks and punctuation do not count.

    Args:
        predictions: One text an item, 1 or more.
        training: The texts trained on, in any number: time and memory grow with their length, some 35 bytes a character
            while it runs.
        share: Above 0, to 1.

    Returns:
        The values are 1 for a copied answer, else 0; there is no floor. `parts` has "whole", the share of answers that
        stand in a training text from end to end.

    Raises:
        RecordError: See `listed`.
        ConfigError: The share is none.
    """
    if not 0 < share <= 1:
        raise ConfigError(f"share is {share}; give a number above 0, to 1.")
    answers = [normalise(answer) for answer in listed(predictions, predictions)[0]]
    texts = list(dict.fromkeys(map(normalise, training)))
    short, index = {text for text in texts if len(text) < _SIZE}, GramIndex.of(texts, _SIZE)
    copied, whole = np.zeros(len(answers)), np.zeros(len(answers))
    for item, (answer, known) in enumerate(zip(answers, index.known(answers), strict=True)):
        if len(answer) < _SIZE:
            copied[item] = whole[item] = answer in short and answer != ""
        elif known:
            best, held = index.holder(answer)
            copied[item], whole[item] = held >= share, held >= share and answer in texts[best]
    how = signature("copy-rate", ngrams=_SIZE, share=f"{share:g}", version=_VERSION)
    return score_of(copied, how, whole=float(whole.mean()))


_VERSION = 1
