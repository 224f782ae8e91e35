"""A batch of which rows of one character are folded, as torch wants it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch

from roleinstruct.training.encoding import MASKED
from roleinstruct.training.folding import fold_all

__all__ = ["FoldingCollator"]


class FoldingCollator:
    """Folds the rows of a batch that begin alike, and pads what comes out.

    Its `attention_mask` holds of how many rows a token is, so that TRL, which counts tokens by its sum, counts those of
    the rows as they were; who sees whom is made of `segments` (see `answer_head`).

    Args:
        plain: Makes a batch of which nothing can be folded.
        pad: The token for padding.
    """

    def __init__(self, plain: Callable[[Any], dict[str, Any]], pad: int) -> None:
        self._plain, self._pad = plain, pad

    def __call__(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Make a batch."""
        folded = fold_all(rows)
        if folded is None:
            return self._plain(rows)
        return {
            "input_ids": _padded([one.input_ids for one in folded], self._pad),
            "labels": _padded([one.labels for one in folded], MASKED),
            "position_ids": _padded([one.position_ids for one in folded], 0),
            "segments": _padded([one.segments for one in folded], -1),
            "attention_mask": _padded([one.rows for one in folded], 0),
        }


def _padded(rows: Sequence[Sequence[int]], filling: int) -> torch.Tensor:
    width = max(map(len, rows))
    return torch.tensor([[*row, *[filling] * (width - len(row))] for row in rows])
