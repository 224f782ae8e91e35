"""Whether answers have the emotion that was expected of them, each for itself and all of them together."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from roleinstruct.emotions import Emotion
from roleinstruct.metrics.agreement import accuracy, macro_f1
from roleinstruct.metrics.divergence import jensen_shannon
from roleinstruct.metrics.resampling import cyclic
from roleinstruct.metrics.score import Score, score_of
from roleinstruct.metrics.signature import signature

__all__ = ["emotion_match"]


def emotion_match(
    found: Sequence[Emotion | str], expected: Sequence[Emotion | str], *, annotator: str = "given"
) -> Score:
    """Score the emotions of answers against those expected.

    Args:
        found: What an annotator or a classifier says of each answer, 1 or more.
        expected: One an item, such as the emotion of the reference or of the turn that it replaces.
        annotator: Who found them, such as a model's name: scores of two annotators are not alike.

    Returns:
        The values are 1 where both agree, else 0. `parts` has "macro_f1", see `macro_f1`, and "divergence", see
        `jensen_shannon`: how far the emotions of all answers are from all expected ones, in whichever order. For the
        distance to a whole set of dialogues call `jensen_shannon` with the counts of both.

    Raises:
        RecordError: The two differ in length, or there is no item.
        LabelError: A word is no emotion label.
    """
    mine, wanted = [Emotion.parse(label) for label in found], [Emotion.parse(label) for label in expected]
    macro = macro_f1(wanted, mine)
    floor = accuracy([wanted[other] for other in cyclic(len(wanted))], mine) if len(wanted) > 1 else None
    return score_of(
        np.array([float(one is other) for one, other in zip(mine, wanted, strict=True)]),
        signature("emotion-match", annotator=annotator, version=_VERSION),
        floor=floor,
        macro_f1=macro,
        divergence=jensen_shannon(Counter(mine), Counter(wanted)),
    )


_VERSION = 1
