"""The intraclass correlation of several raters who have all rated the same targets."""

import numpy as np
from numpy.typing import NDArray

from roleinstruct.errors import RecordError

__all__ = ["icc_from", "icc_parts", "intraclass_correlation"]

Values = NDArray[np.float64]


def intraclass_correlation(ratings: Values, *, average: bool = False) -> float:
    """Absolute agreement of raters who stand for others like them, at most 1; 0 is none, below 0 is worse.

    Source: Shrout and Fleiss 1979, "Intraclass correlations: uses in assessing rater reliability", case 2. With the
    mean squares of targets (B), of raters (J) and of what is left (E), n targets and k raters: ICC(2,1) =
    (B - E) / (B + (k - 1) E + k (J - E) / n), and ICC(2,k) = (B - E) / (B + (J - E) / n).

    Args:
        ratings: Shape (targets, raters), none missing.
        average: ICC(2,k), of the mean of these k raters, and not ICC(2,1), of a single one.

    Raises:
        RecordError: There are fewer than two targets or raters, a rating is missing, or all are the same.
    """
    if ratings.ndim != 2 or min(ratings.shape) < 2 or np.isnan(ratings).any():
        raise RecordError(
            f"ratings of shape {ratings.shape}: the intraclass correlation needs two or more targets, each rated by "
            "all of two or more raters; use Krippendorff's alpha where some are missing."
        )
    value = float(icc_from(icc_parts(ratings).sum(axis=0), average=average))
    if np.isnan(value):
        raise RecordError("all ratings are the same, so there is nothing for raters to agree on.")
    return value


def icc_parts(ratings: Values) -> Values:
    """What each target adds to `icc_from`: 1, sum of squares, squared sum, ratings; shape (targets, 3 + raters)."""
    return np.column_stack([np.ones(len(ratings)), (ratings**2).sum(axis=1), ratings.sum(axis=1) ** 2, ratings])


def icc_from(sums: Values, *, average: bool = False) -> Values:
    """ICC(2,1) or ICC(2,k) from sums of `icc_parts`, shape (..., 3 + raters) to (...); NaN where nothing varies."""
    n, squares, by_target, by_rater = sums[..., 0], sums[..., 1], sums[..., 2], sums[..., 3:]
    k = by_rater.shape[-1]
    correction = by_rater.sum(axis=-1) ** 2 / (n * k)
    targets = by_target / k - correction
    raters = (by_rater**2).sum(axis=-1) / n - correction
    rest = squares - correction - targets - raters
    degrees = np.maximum(n - 1, 1)
    between, judges, error = targets / degrees, raters / (k - 1), rest / (degrees * (k - 1))
    errors, terms = (0, 1) if average else (k - 1, k)
    below = between + errors * error + terms * (judges - error) / n
    icc: Values = np.divide(between - error, below, out=np.full(n.shape, np.nan), where=below > _NOTHING * squares)
    return icc


_NOTHING = 1e-12
"""Of the sum of squares: what rounding leaves where there is no variance."""
