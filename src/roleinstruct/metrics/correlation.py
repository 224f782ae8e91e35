"""Pearson's correlation from sums, so that it can be drawn again and again."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["correlation_from", "correlation_parts"]

Values = NDArray[np.float64]


def correlation_parts(first: Values, second: Values) -> Values:
    """What each item adds to `correlation_from`, shape (items, 6); nothing where either is NaN."""
    there = ~(np.isnan(first) | np.isnan(second))
    x, y = np.where(there, first, 0), np.where(there, second, 0)
    return np.column_stack([there, x, y, x * y, x * x, y * y]).astype(np.float64)


def correlation_from(sums: Values) -> Values:
    """The correlation, -1 to 1, shape (..., 6) to (...); 0 where one side does not vary: it says nothing of the other.

    NaN with fewer than two items.
    """
    n, x, y, xy, xx, yy = np.moveaxis(sums, -1, 0)
    together, alone, other = n * xy - x * y, n * xx - x * x, n * yy - y * y
    varied = (alone > _NOTHING * n * xx) & (other > _NOTHING * n * yy)
    unvaried = np.where(n > 1, 0.0, np.nan)
    under = np.sqrt(np.where(varied, alone * other, 1))
    found: Values = np.divide(together, under, out=unvaried, where=varied & (n > 1))
    return found


_NOTHING = 1e-12
"""Of the sum of squares: what rounding leaves where there is no variance."""
