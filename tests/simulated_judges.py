"""Verdicts of judges whose merits and weaknesses are known, for tests of the statistics."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import log2

import numpy as np

from roleinstruct.evaluation.orders import Orders, orders_of
from roleinstruct.evaluation.verdicts import Judge, Verdict, Verdicts

__all__ = ["SimulatedJudge"]


@dataclass(frozen=True, slots=True)
class SimulatedJudge:
    """Ranks by merit plus chance, and by what it should not.

    With Gumbel noise the log odds that one system is ranked above another are the difference of their sums, so that
    every planted figure is the one that a Bradley-Terry model has to find.

    Attributes:
        merit: Log odds of each system against one of merit 0.
        lengths: Mean tokens of each system's answers.
        place: Log odds of a system for each place that it is shown earlier.
        doubling: Log odds for being twice as long.
        kin: Log odds for being the judge's own.
        own: The judge's own systems.
        name: Of the judge.
    """

    merit: Mapping[str, float]
    lengths: Mapping[str, float] = field(default_factory=dict)
    place: float = 0.0
    doubling: float = 0.0
    kin: float = 0.0
    own: Sequence[str] = ()
    name: str = "judge"

    def verdicts(self, items: int, seed: int, orders: Orders = "2", repeats: int = 1) -> Verdicts:
        """Judge items "i0", "i1", ... of two characters."""
        rng = np.random.default_rng(seed)
        systems = sorted(self.merit)
        rows = []
        for number in range(items):
            means = [self.lengths.get(name, 40) for name in systems]
            lengths = dict(
                zip(systems, (int(x) for x in np.maximum(1, rng.lognormal(np.log(means), 0.6))), strict=True)
            )
            for order in orders_of(f"i{number}", systems, orders):
                for sample in range(repeats):
                    rows.append(self._verdict(f"i{number}", "甲乙"[number % 2], sample, order, lengths, rng))
        return Verdicts(self._head(systems, orders, repeats), tuple(rows))

    def _verdict(
        self,
        item: str,
        character: str,
        sample: int,
        order: tuple[str, ...],
        lengths: dict[str, int],
        rng: np.random.Generator,
    ) -> Verdict:
        liked = {
            name: self.merit[name]
            + self.doubling * log2(lengths[name] + 1)
            + self.kin * (name in self.own)
            - self.place * where
            + rng.gumbel()
            for where, name in enumerate(order)
        }
        best = sorted(order, key=lambda name: -liked[name])
        ranks = {name: float(best.index(name) + 1) for name in order}
        points = {name: int(np.clip(round(3 + liked[name]), 1, 5)) for name in order}
        scores = {name: {"style": points[name], "memory": points[name]} for name in order}
        return Verdict(item, character, sample, order, lengths, ranks, scores)

    def _head(self, systems: Sequence[str], orders: Orders, repeats: int) -> Judge:
        return Judge(self.name, self.name, "p", "", dict.fromkeys(systems, ""), tuple(self.own), "i", orders, repeats)
