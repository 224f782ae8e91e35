"""Which rows are taken, and how often: by what they say, so that a grown data set keeps the rows that it had."""

from collections.abc import Sequence

from roleinstruct.dataset.candidates import Candidate

__all__ = ["amount", "balanced", "chosen"]


def chosen(rows: Sequence[Candidate], count: int, most: int) -> list[tuple[Candidate, int]]:
    """Take so many rows, in an order that does not depend on theirs.

    Where there are more, those with the least digests are taken: first one answer of each instruction, then second
    answers, and so on. Where there are fewer, every row is used equally often, to within one.

    Args:
        rows: To choose from.
        count: How many are wanted.
        most: How often one row may be used.

    Returns:
        `count` rows, or as many as can be had, each with the number of times that it was taken before, 0 to most - 1.
    """
    ordered = sorted(rows, key=lambda row: (row.rank, row.key, row.id))
    whole, rest = divmod(min(count, most * len(ordered)), len(ordered)) if ordered else (0, 0)
    return [(row, time) for time in range(whole) for row in ordered] + [(row, whole) for row in ordered[:rest]]


def balanced(specific: int, general: int, share: float, most: int) -> tuple[int, int]:
    """How many rows of two kinds make up a share.

    The scarcer kind is repeated as often as it may be; where that is not enough, less is taken of the other.

    Args:
        specific: How many there are.
        general: Likewise.
        share: Of the specific ones in what is taken, more than 0 and less than 1.
        most: How often one row may be used.

    Returns:
        Specific and general ones to take; where there are none of one kind, all of the other.

    Examples:
        >>> balanced(100, 900, 0.5, 4), balanced(100, 900, 0.1, 4), balanced(300, 100, 0.5, 2)
        ((400, 400), (100, 900), (200, 200))
    """
    if not specific or not general:
        return specific, general
    odds = share / (1 - share)
    if general * odds >= specific:
        wanted = min(round(general * odds), specific * most)
        return wanted, min(general, max(1, round(wanted / odds)))
    wanted = min(round(specific / odds), general * most)
    return min(specific, max(1, round(wanted * odds))), wanted


def amount(wanted: float, others: int) -> int:
    """How many rows are wanted beside others: a count of 1 or more, or a share of the whole, less than 1."""
    return round(others * wanted / (1 - wanted)) if wanted < 1 else int(wanted)
