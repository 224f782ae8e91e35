"""Answers side by side in a report: items on which systems did best, worst, middling, and most unlike each other."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean, median

from roleinstruct.evaluation.answers import Answers
from roleinstruct.evaluation.items import Item
from roleinstruct.evaluation.report.cells import NOTHING, figure, word
from roleinstruct.evaluation.report.document import Cell, Grid, Section

__all__ = ["Marks", "samples_section"]


@dataclass(frozen=True, slots=True)
class Marks:
    """What one who scores gave to single answers.

    Attributes:
        name: Of the row.
        values: By item and system.
        places: Of the figures.
    """

    name: str
    values: Mapping[tuple[str, str], float] = field(default_factory=dict)
    places: int = 2


def samples_section(
    items: Sequence[Item], systems: Sequence[Answers], marks: Sequence[Marks], each: int = 2
) -> Section:
    """Some answers with their scores; always the same ones of the same run.

    Args:
        items: That every system has answered.
        systems: Their answers.
        marks: The scores; those of the first one, which has all items, choose the samples.
        each: How many of each kind.
    """
    grids = [_sample(kind, item, systems, marks) for kind, item in _chosen(items, systems, marks[0].values, each)]
    return Section(
        "samples",
        "Answers side by side",
        f"Items by the mean score of all systems ({marks[0].name}): the best, middling and worst ones, and those on "
        "which systems are furthest apart; of each kind from different characters.",
        grids,
    )


def _chosen(
    items: Sequence[Item], systems: Sequence[Answers], values: Mapping[tuple[str, str], float], each: int
) -> list[tuple[str, Item]]:
    scores = {item.id: [values[item.id, one.system] for one in systems] for item in items}
    middle = median(fmean(some) for some in scores.values())
    orders: dict[str, Callable[[Item], float]] = {
        "best": lambda item: -fmean(scores[item.id]),
        "furthest apart": lambda item: min(scores[item.id]) - max(scores[item.id]),
        "middling": lambda item: abs(fmean(scores[item.id]) - middle),
        "worst": lambda item: fmean(scores[item.id]),
    }
    taken: dict[str, tuple[str, Item]] = {}
    for kind, order in orders.items():
        if kind == "furthest apart" and len(systems) < 2:
            continue
        left = sorted((item for item in items if item.id not in taken), key=lambda item: (order(item), item.id))
        taken.update({item.id: (kind, item) for item in _spread(left, each)})
    return list(taken.values())


def _spread(items: Sequence[Item], number: int) -> list[Item]:
    """The first ones, of as many characters as there are."""
    found: list[Item] = []
    for item in items:
        if item.character not in {one.character for one in found}:
            found.append(item)
    return [*found, *(item for item in items if item not in found)][:number]


def _sample(kind: str, item: Item, systems: Sequence[Answers], marks: Sequence[Marks]) -> Grid:
    rows: list[list[Cell]] = [[word("answer"), *(word(one.texts[item.id]) for one in systems)]]
    for mark in marks:
        found = [mark.values.get((item.id, one.system)) for one in systems]
        if any(value is not None for value in found):
            rows.append(
                [word(mark.name), *(figure(v, places=mark.places) if v is not None else NOTHING for v in found)]
            )
    emotion = f" · expected emotion: {item.emotion.zh} {item.emotion.value}" if item.emotion else ""
    return Grid(
        f"{kind.capitalize()}: {item.character}, {item.task.upper()}: {item.instruction}",
        ("", *(one.system for one in systems)),
        rows,
        f"Reference: {' / '.join(item.references)}{emotion} · item {item.id}",
        "sample",
    )
