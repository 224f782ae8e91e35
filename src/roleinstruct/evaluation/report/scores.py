"""The benchmark in a report: the paper's Table 2 with intervals and floors, who beats whom, and the paper's figures."""

from collections.abc import Iterator, Sequence

from roleinstruct.evaluation.benchmark import AVERAGE, Duel, Table
from roleinstruct.evaluation.paper import Published, paper_table
from roleinstruct.evaluation.report.cells import NOTHING, figure, number, word
from roleinstruct.evaluation.report.charts import Panel, interval_plot
from roleinstruct.evaluation.report.document import Cell, Chart, Grid, Section

__all__ = ["published", "scores_section"]


def scores_section(table: Table, *, name: str = "table-2", title: str = "Rouge-L", paper: bool = True) -> Section:
    """The systems on the benchmark.

    Args:
        table: Of one metric.
        name: The anchor.
        title: What the metric is called.
        paper: Whether the paper's Table 2 is of this metric.
    """
    tasks = list(table.systems[0].tasks)
    lead = (
        "The mean of the tasks first; each figure with its 95 % interval, items being drawn anew. "
        f"Counted as {table.signature}."
    )
    blocks: list[Grid | Chart] = [_systems(table, tasks, paper=paper), _chart(table, tasks, title)]
    if table.duels:
        blocks.append(_duels(table, tasks))
    if paper:
        blocks.append(published(paper_table(2), {AVERAGE: "Avg"} | {task: task.upper() for task in tasks}, 4))
    return Section(name, f"{title} on RAW, CUS and SPE", lead, blocks)


def published(found: Published, columns: dict[str, str], places: int) -> Grid:
    """Figures of the paper, marked as what they are.

    Args:
        found: The figures.
        columns: Heads by name.
        places: Of the figures.
    """
    rows = [
        [word(f"* {system}"), *(figure(values[column], places=places) for column in columns)]
        for system, values in found.systems.items()
    ]
    return Grid(
        f"* Not comparable: the paper's own figures, {found.source}",
        ("system", *columns.values()),
        rows,
        f"For their size alone. Why not: {'; '.join(found.why)}.",
        "folded",
    )


def _systems(table: Table, tasks: Sequence[str], *, paper: bool) -> Grid:
    rows: list[list[Cell]] = []
    for one in table.systems:
        scores = (figure(s.value, s.interval, n=s.n) for s in one.tasks.values())
        rows.append([word(one.system), figure(one.average, one.interval, n=table.items), *scores])
    for one in table.systems:
        floors = [one.floor, *(score.floor for score in one.tasks.values())]
        rows.append([word(f"floor of {one.system}"), *map(figure, floors)])
    counts = [table.items, *(score.n for score in table.systems[0].tasks.values())]
    rows.append([word("n, items"), *map(number, counts)])
    return Grid(
        "The shape of the paper's Table 2" if paper else "In the shape of the table above",
        ("system", "Avg", *(task.upper() for task in tasks)),
        rows,
        "Floor: the same answers held against the references of other questions, which is what chance and style make.",
    )


def _chart(table: Table, tasks: Sequence[str], title: str) -> Chart:
    systems = table.systems
    panels = [Panel("Avg", [figure(one.average, one.interval) for one in systems], [one.floor for one in systems])]
    for task in tasks:
        scores = [one.tasks[task] for one in systems]
        cells = [figure(score.value, score.interval) for score in scores]
        panels.append(Panel(task.upper(), cells, [score.floor for score in scores]))
    return interval_plot(
        f"{title} with 95 % intervals",
        [one.system for one in systems],
        panels,
        (0, 1),
        "Each system has a shape of its own; the line through it is the interval, the dashed stroke its floor.",
    )


def _duels(table: Table, tasks: Sequence[str]) -> Grid:
    """A row a pair, the one that is ahead on average first."""
    known = {(frozenset((duel.first, duel.second)), duel.task): duel for duel in table.duels}
    rows = [
        [word(f"{duel.first} – {duel.second}"), *_differences(known, duel, tasks)]
        for duel in table.duels
        if duel.task == AVERAGE
    ]
    head = [text for task in ("Avg", *(task.upper() for task in tasks)) for text in (task, "p")]
    return Grid(
        "Who beats whom",
        ("ahead – behind", *head),
        rows,
        "Paired item by item; p by approximate randomisation, corrected for all pairs (Holm); * below .05.",
    )


def _differences(known: dict[tuple[frozenset[str], str], Duel], row: Duel, tasks: Sequence[str]) -> Iterator[Cell]:
    for task in (AVERAGE, *tasks):
        duel = known.get((frozenset((row.first, row.second)), task))
        if duel is None:
            yield from (NOTHING, NOTHING)
            continue
        turned = duel.first != row.first
        low, high = duel.comparison.interval
        value, ends = (
            (-duel.comparison.difference, (-high, -low)) if turned else (duel.comparison.difference, (low, high))
        )
        yield figure(value, ends, sign=True, mark="*" if duel.is_decided else "")
        yield figure(duel.p)
