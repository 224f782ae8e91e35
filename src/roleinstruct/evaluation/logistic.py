"""Logistic regression on shares of wins, again and again on items drawn anew."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

__all__ = ["Rows", "fit", "refits"]

Values = NDArray[np.float64]
Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Rows:
    """Games that are the same in all but who won, as one row.

    Attributes:
        design: What speaks for a win, shape (rows, figures).
        wins: Of the row's games, halves for ties.
        games: How many the row stands for.
        item: The number of the item that they were on.
        items: How many items there are.
    """

    design: Values
    wins: Values
    games: Values
    item: Numbers
    items: int

    @classmethod
    def of(cls, design: Values, win: Values, items: Numbers) -> Self:
        """Put games together.

        Args:
            design: Shape (games, figures).
            win: 0 to 1, one a game.
            items: Any number for the item of each game.
        """
        names, numbers = np.unique(items, return_inverse=True)
        rows, same = np.unique(np.column_stack([numbers, design]), axis=0, return_inverse=True)
        wins = np.bincount(same.ravel(), win, len(rows)).astype(np.float64)
        games = np.bincount(same.ravel(), minlength=len(rows)).astype(np.float64)
        return cls(np.ascontiguousarray(rows[:, 1:]), wins, games, rows[:, 0].astype(np.int64), len(names))


def fit(rows: Rows) -> Values:
    """The log odds that each figure adds, where the penalised likelihood is greatest.

    The penalty is 0.005 for each squared figure, as weak as a hundredth of a game: what is decided throughout comes out
    great and finite, and of figures that only their sum or difference can be told of, none is great.
    """
    return _climb(rows, np.ones(rows.items), np.zeros(rows.design.shape[1]))


def refits(rows: Rows, found: Values, resamples: int, seed: int) -> Values:
    """The fit to as many items drawn with replacement, again and again, shape (resamples, figures).

    Args:
        rows: The games.
        found: What `fit` found, from where each climb begins; with one item it is all that is given.
        resamples: How often.
        seed: The same seed gives the same fits.
    """
    if rows.items < 2:
        return np.tile(found, (2, 1))
    rng, shares = np.random.default_rng(seed), np.full(rows.items, 1 / rows.items)
    return np.stack([_climb(rows, rng.multinomial(rows.items, shares).astype(float), found) for _ in range(resamples)])


def _climb(rows: Rows, weights: Values, start: Values) -> Values:
    """Newton's steps, each halved until it does not lead down."""
    games, wins = rows.games * weights[rows.item], rows.wins * weights[rows.item]

    def height(at: Values) -> float:
        odds = rows.design @ at
        return float(wins @ odds - games @ np.logaddexp(0, odds) - _RIDGE / 2 * (at @ at))

    found, reached = start, height(start)
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-(rows.design @ found)))
        slope = rows.design.T @ (wins - games * chance) - _RIDGE * found
        bend = (rows.design.T * (games * chance * (1 - chance))) @ rows.design + _RIDGE * np.eye(len(found))
        step, reached = _upwards(np.linalg.solve(bend, slope).astype(np.float64), reached, height, found)
        found = found + step
        if np.abs(step).max() < _NEAR:
            break
    return found


def _upwards(step: Values, from_: float, height: Callable[[Values], float], at: Values) -> tuple[Values, float]:
    """The step, halved until it does not lead down, and the height that it leads to."""
    while (reached := height(at + step)) < from_ - _FLAT and np.abs(step).max() > _NEAR:
        step = step / 2
    return step, reached


_RIDGE = 0.01
_STEPS = 50
_NEAR = 1e-7
_FLAT = 1e-9
"""What rounding may take from the likelihood."""
