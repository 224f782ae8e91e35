"""What every encoder can do."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["Encoder", "Vectors", "unit"]

Vectors = NDArray[np.float32]
"""One row a text, of shape (texts, dimensions)."""


class Encoder(Protocol):
    """Turns texts into vectors of length 1, so that the product of two is their cosine."""

    @property
    def name(self) -> str:
        """What tells its vectors from those of another, such as "ngrams-v1" or "BAAI/bge-small-zh-v1.5"."""
        ...

    def encode(self, texts: Sequence[str], *, query: bool = False) -> Vectors:
        """Vectors of texts, of shape (texts, dimensions); a row is of length 1, or 0 for a text without content.

        Args:
            texts: Any number of them, 0 too.
            query: They are questions that are asked, not passages among which the answer is sought; some models are
                trained to be told.
        """
        ...


def unit(vectors: NDArray[np.floating]) -> Vectors:
    """The same directions at length 1; rows of length 0 stay as they are."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors / np.where(lengths == 0, 1, lengths)).astype(np.float32)
