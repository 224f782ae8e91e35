"""RPCS: how near an answer is to the expected one in meaning, by the cosine of their embeddings (RoleCraft-GLM, 4.1).

A cosine alone says little: with common encoders texts that have nothing to do with each other reach 0.8. So the score
brings its floor, the mean of the same answers against references of other items, and the value on the scale from that
floor to 1 (the rescaling of Zhang et al. 2020, "BERTScore", with a floor of the data's own).
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from roleinstruct.encoders.encoder import Encoder, Vectors
from roleinstruct.metrics.pairing import References, listed, shuffled
from roleinstruct.metrics.score import Score, score_of
from roleinstruct.metrics.signature import signature

__all__ = ["rpcs"]


def rpcs(
    predictions: Sequence[str],
    references: References,
    *,
    encoder: Encoder,
    aggregate: Literal["max", "mean"] = "max",
) -> Score:
    """Score answers against references.

    Args:
        predictions: One text an item, 1 or more.
        references: One text an item, or a sequence of texts an item.
        encoder: Whose vectors; every distinct text is encoded once.
        aggregate: Of several references the nearest, or the mean.

    Returns:
        The values are cosines, -1 to 1; an empty text is at 0 from every other. `parts` has "rescaled": (value - floor)
        / (1 - floor), 0 for answers no nearer than chance and 1 for the expected ones; it is left out where there is no
        floor below 1.

    Raises:
        RecordError: There are more or fewer references than predictions, no item, an item without a reference, or
            something that is no text.
        ConfigError: The encoder cannot be used, as it says.
    """
    answers, targets = listed(predictions, references)
    others = shuffled(targets)
    rows, vectors = _encoded([*answers, *(text for some in targets for text in some)], encoder)

    def cosines(wanted: Sequence[tuple[str, ...]]) -> NDArray[np.float64]:
        counts = [len(some) for some in wanted]
        mine = np.repeat([rows[answer] for answer in answers], counts)
        near = _products(vectors, mine, np.array([rows[text] for some in wanted for text in some]))
        begins = np.concatenate(([0], np.cumsum(counts)[:-1]))
        if aggregate == "max":
            return np.maximum.reduceat(near, begins)
        return np.add.reduceat(near, begins) / counts

    floor = None if others is None else float(cosines(others).mean())
    how = signature("rpcs", encoder=encoder.name, references=aggregate, version=_VERSION)
    score = score_of(cosines(targets), how, floor=floor)
    if floor is None or floor >= 1:
        return score
    return replace(score, parts={"rescaled": (score.value - floor) / (1 - floor)})


_VERSION = 1
"""To be raised whenever any text scores differently from before."""


_AT_ONCE = 4096


def _encoded(texts: Iterable[str], encoder: Encoder) -> tuple[dict[str, int], Vectors]:
    """The row of each distinct text, and the rows, which take four bytes a dimension."""
    distinct = list(dict.fromkeys(texts))
    blocks = [encoder.encode(distinct[begin : begin + _AT_ONCE]) for begin in range(0, len(distinct), _AT_ONCE)]
    return {text: row for row, text in enumerate(distinct)}, np.concatenate(blocks)


def _products(vectors: Vectors, left: NDArray[np.int64], right: NDArray[np.int64]) -> NDArray[np.float64]:
    """The cosines of pairs of rows; what rounding adds to them is cut off."""
    found = np.empty(len(left))
    for begin in range(0, len(left), _AT_ONCE):
        part = slice(begin, begin + _AT_ONCE)
        found[part] = np.einsum("ij,ij->i", vectors[left[part]], vectors[right[part]], dtype=np.float64)
    return np.clip(found, -1, 1)
