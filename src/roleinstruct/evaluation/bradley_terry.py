"""How strong systems are, from games of two, with what else decides games held apart.

Bradley and Terry 1952, "Rank Analysis of Incomplete Block Designs": the log odds that one wins are the difference of
two strengths. What is not merit (place, length, kinship with the judge) enters as covariates, as in the style control
of Chatbot Arena (Li, Angelopoulos and Chiang 2024, "Does Style Matter?"), and the strengths are those at equal place,
length and kinship. A tie is half a win for each.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from roleinstruct.errors import RecordError
from roleinstruct.evaluation.logistic import Rows, fit, refits
from roleinstruct.metrics.resampling import holm

__all__ = ["Effect", "Lead", "Strengths", "bradley_terry"]

Values = NDArray[np.float64]
Numbers = NDArray[np.int64]

_SEED = 12345
_OWN = 0.1
"""A covariate of which the rest explains all but so much of its size (R squared above .99) adds nothing."""


@dataclass(frozen=True, slots=True)
class Effect:
    """A figure and its 95 % interval, the items being drawn anew; with one item both ends are the figure."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Lead:
    """Two systems.

    Attributes:
        first: The stronger one.
        second: The other.
        difference: Of the strengths.
        p: Two-sided, from the bootstrap's standard error, corrected for all pairs (Holm 1979); 1 where the strengths
            cannot be told, see `Strengths.is_told`.
    """

    first: str
    second: str
    difference: Effect
    p: float

    @property
    def is_decided(self) -> bool:
        """Whether the difference is more than chance makes: p below .05."""
        return self.p < 0.05


@dataclass(frozen=True, slots=True)
class Strengths:
    """What was fitted.

    Attributes:
        strengths: By system, the strongest first: log odds against a system of mean strength; they sum to 0.
        wins: By system: the same as the probability of winning against one of mean strength, 0 to 1.
        covariates: By name: log odds for each unit of it.
        untold: Covariates that the games cannot tell from the strengths or from each other, and that are left out.
        leads: Every pair of systems.
        is_finite: Whether every system has won, if only by way of others, against every other. Where not, no strengths
            fit best (Ford 1957, "Solution of a Ranking Problem from Binary Comparisons"), and those given are as great
            as the penalty lets them be: the order holds, the size means nothing.
        games: How many there were.
        items: How many items were drawn from.
        endless: Covariates that every game of theirs goes with, or goes against: no figure is great enough for them.
        is_told: Whether the strengths can be told from the covariates; where not, no lead is decided.
    """

    strengths: Mapping[str, Effect]
    wins: Mapping[str, Effect]
    covariates: Mapping[str, Effect]
    untold: tuple[str, ...]
    leads: tuple[Lead, ...] = field(repr=False)
    is_finite: bool
    games: int
    items: int
    endless: tuple[str, ...] = ()
    is_told: bool = True


def bradley_terry(
    systems: Sequence[str],
    first: Numbers,
    second: Numbers,
    win: Values,
    items: Numbers,
    covariates: Mapping[str, Values] | None = None,
    *,
    resamples: int = 500,
    seed: int = _SEED,
) -> Strengths:
    """Fit strengths.

    The penalty of `logistic` keeps the strength of a system that always wins finite.

    Args:
        systems: Their names.
        first: The number of one system of each game.
        second: That of the other.
        win: 1 where the first has won, 0 where the second has, 0.5 for a tie.
        items: The number of the item that each game was on; whole items are drawn for the intervals, since games on
            one item resemble each other.
        covariates: By name, one value a game: what speaks for the first, and with the other sign for the second.
        resamples: How often as many items are drawn as there are.
        seed: The same seed gives the same intervals.

    Raises:
        RecordError: There is no game, or a column is of another length.
    """
    told = covariates or {}
    if not len(first) or len({len(column) for column in (first, second, win, items, *told.values())}) > 1:
        raise RecordError(f"{len(first)} games, or columns of different lengths: give one game or more.")
    design, kept = _design(len(systems), first, second, told)
    rows = Rows.of(design, win, items)
    found = fit(rows)
    drawn = refits(rows, found, resamples, seed)
    strengths = _ranked(systems, found, drawn)
    return Strengths(
        strengths,
        {name: _chances(effect) for name, effect in strengths.items()},
        {name: _effect(found[n], drawn[:, n]) for n, name in enumerate(kept, len(systems))},
        tuple(name for name in told if name not in kept),
        _leads(systems, list(strengths), found, drawn),
        _is_finite(len(systems), first, second, win),
        len(first),
        rows.items,
        tuple(name for name in kept if _is_endless(told[name], win)),
    )


def _design(systems: int, first: Numbers, second: Numbers, told: Mapping[str, Values]) -> tuple[Values, list[str]]:
    """A column for each system and each covariate that adds something, and the names of these."""
    made = np.zeros((len(first), systems))
    made[np.arange(len(first)), first] += 1
    made[np.arange(len(first)), second] -= 1
    kept = list[str]()
    for name, column in told.items():
        rest = column - made @ np.linalg.lstsq(made, column, rcond=None)[0]
        if np.linalg.norm(rest) > _OWN * np.linalg.norm(column):
            made = np.column_stack([made, column])
            kept.append(name)
    return made, kept


def _is_endless(column: Values, win: Values) -> bool:
    """Whether who wins always goes with the sign of a covariate, or always against it."""
    ways = (np.sign(column) * np.sign(win - 0.5))[column != 0]
    return len(set(ways.tolist())) == 1 and 0 not in ways


def _ranked(systems: Sequence[str], found: Values, drawn: Values) -> dict[str, Effect]:
    order = sorted(range(len(systems)), key=lambda number: (-found[number], systems[number]))
    return {systems[number]: _effect(found[number], drawn[:, number]) for number in order}


def _leads(systems: Sequence[str], ranked: Sequence[str], found: Values, drawn: Values) -> tuple[Lead, ...]:
    number = {name: place for place, name in enumerate(systems)}
    pairs = list(combinations(ranked, 2))
    apart = [drawn[:, number[a]] - drawn[:, number[b]] for a, b in pairs]
    values = [float(found[number[a]] - found[number[b]]) for a, b in pairs]
    errors = [float(some.std(ddof=1)) for some in apart]
    p = holm({f"{n}": _p(value, error) for n, (value, error) in enumerate(zip(values, errors, strict=True))})
    return tuple(
        Lead(a, b, _effect(value, some), p[f"{n}"])
        for n, ((a, b), value, some) in enumerate(zip(pairs, values, apart, strict=True))
    )


def _is_finite(systems: int, first: Numbers, second: Numbers, win: Values) -> bool:
    beaten = np.eye(systems, dtype=bool)
    beaten[first[win > 0], second[win > 0]] = True
    beaten[second[win < 1], first[win < 1]] = True
    for _ in range(systems):
        beaten = beaten @ beaten
    return bool(beaten.all())


def _chances(effect: Effect) -> Effect:
    """Log odds as probabilities."""
    return Effect(*(1 / (1 + math.exp(-odds)) for odds in (effect.value, effect.low, effect.high)))


def _effect(value: float, drawn: Values) -> Effect:
    low, high = np.percentile(drawn, [2.5, 97.5])
    return Effect(float(value), float(low), float(high))


def _p(difference: float, error: float) -> float:
    return math.erfc(abs(difference) / error / math.sqrt(2)) if error > 0 else 1.0
