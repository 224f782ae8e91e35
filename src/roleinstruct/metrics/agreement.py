"""How well two annotators agree: accuracy, macro-F1 and Cohen's kappa."""

from collections import Counter
from collections.abc import Hashable, Sequence

from roleinstruct.errors import RecordError

__all__ = ["accuracy", "cohen_kappa", "macro_f1"]


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


def _check(gold: Sequence[Hashable], predicted: Sequence[Hashable]) -> None:
    if len(gold) != len(predicted):
        raise RecordError(
            f"{len(gold)} reference labels and {len(predicted)} predicted ones: give one of each an item."
        )
    if not gold:
        raise RecordError("there are no labels to compare: give at least one item.")
