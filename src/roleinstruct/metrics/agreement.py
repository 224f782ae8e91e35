"""How well two annotators agree: accuracy, macro-F1, Cohen's kappa, and precision and recall of each label."""

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from roleinstruct.errors import RecordError

__all__ = ["LabelScore", "accuracy", "cohen_from", "cohen_kappa", "cohen_parts", "label_scores", "macro_f1"]

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LabelScore:
    """How well one label is found.

    Attributes:
        precision: Of the items predicted to have the label, the share that has it, 0 to 1; 0 where there is none.
        recall: Of the items that have it, the share predicted so; 0 where there is none.
        f1: Their harmonic mean.
        gold: Items that have the label.
        predicted: Items predicted to have it.
    """

    precision: float
    recall: float
    f1: float
    gold: int
    predicted: int


def accuracy(gold: Sequence[Hashable], predicted: Sequence[Hashable]) -> float:
    """The share of items that both label alike, 0 to 1.

    Args:
        gold: Labels of the reference, one an item.
        predicted: Labels to be measured, in the same order.

    Raises:
        RecordError: The two differ in length, or there is no item.
    """
    _check(gold, predicted)
    return sum(a == b for a, b in zip(gold, predicted, strict=True)) / len(gold)


def macro_f1(gold: Sequence[Hashable], predicted: Sequence[Hashable]) -> float:
    """The mean over labels of F1, 0 to 1; every label that either side uses counts once.

    A label that only one side uses has an F1 of 0.

    Args:
        gold: Labels of the reference, one an item.
        predicted: Labels to be measured, in the same order.

    Raises:
        RecordError: The two differ in length, or there is no item.
    """
    _check(gold, predicted)
    both = Counter(a for a, b in zip(gold, predicted, strict=True) if a == b)
    used = Counter(gold) + Counter(predicted)
    return sum(2 * both[label] / count for label, count in used.items()) / len(used)


def cohen_kappa(gold: Sequence[Hashable], predicted: Sequence[Hashable]) -> float:
    """Agreement beyond chance, -1 to 1: 0 is what two who know only how often each label comes would reach.

    kappa = (observed - expected) / (1 - expected), expected = sum over labels of the product of the two shares
    (Cohen 1960, "A coefficient of agreement for nominal scales"). Where both use one and the same label throughout,
    chance explains all and kappa is 0 over 0; this returns 1.

    Args:
        gold: Labels of the reference, one an item.
        predicted: Labels to be measured, in the same order.

    Raises:
        RecordError: The two differ in length, or there is no item.
    """
    observed = accuracy(gold, predicted)
    first, second = Counter(gold), Counter(predicted)
    agreed_by_chance = sum(first[label] * second[label] for label in first)
    if agreed_by_chance == len(gold) ** 2:
        return 1.0
    expected = agreed_by_chance / len(gold) ** 2
    return (observed - expected) / (1 - expected)


def label_scores(gold: Sequence[Hashable], predicted: Sequence[Hashable]) -> Mapping[Hashable, LabelScore]:
    """Precision, recall and F1 of every label that either side uses, the most frequent of the reference first.

    Args:
        gold: Labels of the reference, one an item.
        predicted: Labels to be measured, in the same order.

    Raises:
        RecordError: The two differ in length, or there is no item.
    """
    _check(gold, predicted)
    both = Counter(a for a, b in zip(gold, predicted, strict=True) if a == b)
    has, said = Counter(gold), Counter(predicted)
    return {
        label: LabelScore(
            both[label] / said[label] if said[label] else 0.0,
            both[label] / has[label] if has[label] else 0.0,
            2 * both[label] / (has[label] + said[label]),
            has[label],
            said[label],
        )
        for label in sorted(has.keys() | said.keys(), key=lambda label: (-has[label], str(label)))
    }


def cohen_parts(gold: Sequence[Hashable], predicted: Sequence[Hashable]) -> Values:
    """What each item adds to `cohen_from`: its cell of the table of both sides' labels; shape (items, labels ** 2).

    Raises:
        RecordError: The two differ in length, or there is no item.
    """
    _check(gold, predicted)
    names = {label: number for number, label in enumerate(dict.fromkeys((*gold, *predicted)))}
    cells = [names[a] * len(names) + names[b] for a, b in zip(gold, predicted, strict=True)]
    parts = np.zeros((len(gold), len(names) ** 2))
    parts[np.arange(len(gold)), cells] = 1
    return parts


def cohen_from(sums: Values) -> Values:
    """Cohen's kappa from sums of `cohen_parts`, shape (..., labels ** 2) to (...); as `cohen_kappa` has it."""
    labels = round(sums.shape[-1] ** 0.5)
    table = sums.reshape(*sums.shape[:-1], labels, labels)
    total = table.sum(axis=(-2, -1))
    by_chance = (table.sum(axis=-1) * table.sum(axis=-2)).sum(axis=-1)
    alike = np.trace(table, axis1=-2, axis2=-1) * total
    possible = total**2 - by_chance
    kappa: Values = np.divide(alike - by_chance, possible, out=np.ones_like(total), where=possible > 0)
    return kappa


def _check(gold: Sequence[Hashable], predicted: Sequence[Hashable]) -> None:
    if len(gold) != len(predicted):
        raise RecordError(
            f"{len(gold)} reference labels and {len(predicted)} predicted ones: give one of each an item."
        )
    if not gold:
        raise RecordError("there are no labels to compare: give at least one item.")
