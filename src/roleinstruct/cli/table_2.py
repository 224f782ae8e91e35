"""The tables of `score`: systems and tasks as in the paper's Table 2, who beats whom, and what stands beside it."""

from collections.abc import Iterator, Mapping, Sequence

from rich.markup import escape
from rich.table import Table

from roleinstruct.evaluation.benchmark import AVERAGE, Duel, Part, SystemScores
from roleinstruct.evaluation.benchmark import Table as Scores
from roleinstruct.evaluation.beside import BESIDE
from roleinstruct.evaluation.contamination import SHARE
from roleinstruct.evaluation.paper import paper_table
from roleinstruct.metrics.score import CorpusScore, Score
from roleinstruct.pipeline.scoring import Scored

__all__ = ["contamination_table", "systems_tables"]


def systems_tables(found: Scored, by: str | None = None) -> Iterator[Table]:
    """What `score` prints.

    Args:
        found: What was scored.
        by: "character", "emotion" or None.
    """
    tasks = list(found.table.systems[0].tasks)
    yield _systems(found, tasks)
    if found.table.duels:
        yield _duels(found.table, tasks)
    yield _beside(found)
    if by is not None:
        yield _parts(found.table.systems, by)
    if found.table.signature.startswith("rougeL"):
        yield _paper(tasks)


def contamination_table(found: Scored) -> Table:
    """The items that stand in the training part, and where."""
    title = f"Items of which {SHARE:.0%} or more stand in one training text of the same character"
    table = _table(title, "item", "what", "share", "training row", "text")
    for one in found.known:
        table.add_row(escape(one.item), one.what, f"{one.share:.0%}", escape(one.row), escape(one.text))
    return table


def _systems(found: Scored, tasks: Sequence[str]) -> Table:
    scores = found.table
    table = _table(f"{scores.items:,} items; {scores.signature}", "system", "Avg", *(task.upper() for task in tasks))
    for one in scores.systems:
        values = [(one.average, one.interval), *((s.value, s.interval) for s in one.tasks.values())]
        table.add_row(escape(one.system), *(f"{value:.4f}\n{low:.3f}–{high:.3f}" for value, (low, high) in values))
    table.add_section()
    for one in scores.systems:
        floors = [one.floor, *(score.floor for score in one.tasks.values())]
        table.add_row(escape(f"floor of {one.system}"), *("–" if f is None else f"{f:.4f}" for f in floors))
    table.add_section()
    table.add_row("items", f"{scores.items:,}", *(f"{score.n:,}" for score in scores.systems[0].tasks.values()))
    known, what = found.contaminated, "left out, for being" if found.excluded else "of them"
    counts = (sum(known.values()), *(known[task] for task in tasks))
    table.add_row(f"{what} in the training part", *(f"{n:,}" for n in counts))
    table.caption = "Below each its 95 % interval; floor: the same answers against the references of other questions."
    return table


def _duels(scores: Scores, tasks: Sequence[str]) -> Table:
    """A row a pair, the one that is ahead on average first."""
    duels = {(frozenset((duel.first, duel.second)), duel.task): duel for duel in scores.duels}
    table = _table("Who beats whom", "", "Avg", *(task.upper() for task in tasks))
    for duel in scores.duels:
        if duel.task == AVERAGE:
            pair = frozenset((duel.first, duel.second))
            cells = (_difference(duels[pair, task], duel.first) for task in (AVERAGE, *tasks))
            table.add_row(escape(f"{duel.first} – {duel.second}"), *cells)
    table.caption = "p by approximate randomisation, corrected for all pairs (Holm); * below .05."
    return table


def _difference(duel: Duel, first: str) -> str:
    difference = duel.comparison.difference if duel.first == first else -duel.comparison.difference
    mark = "*" if duel.is_decided else ""
    return f"{difference:+.4f}{mark}\np {duel.p:.4f}"


def _beside(found: Scored) -> Table:
    shown = [name for name in BESIDE if any(name in scores for scores in found.beside.values())]
    table = _table("Beside it, of the answers in character", "system", *(_TITLES[name] for name in shown))
    for system, scores in found.beside.items():
        most = max(score.n for score in scores.values())
        cells = (_cell(scores[name], most) if name in scores else "–" for name in shown)
        table.add_row(escape(system), *cells)
    floors = [score.floor for scores in found.beside.values() for score in scores.values() if score.floor is not None]
    table.caption = (
        "Length: tokens over those of the references; AI: answers that speak as a machine; copied: from the "
    )
    table.caption += "training part"
    if floors:  # of the emotions alone
        table.caption += f"; emotion: as expected, of which chance makes {', '.join(f'{x:.3f}' for x in floors)}"
    return table


def _cell(score: Score | CorpusScore, most: int) -> str:
    """The value, and of how many items where it is not of all."""
    return f"{score.value:.3f}" if score.n == most else f"{score.value:.3f}\nof {score.n:,}"


_TITLES = {
    "length_ratio": "length",
    "distinct_2": "distinct-2",
    "self_reference": "AI",
    "language_match": "language",
    "copy_rate": "copied",
    "emotion_match": "emotion",
    "empty": "empty",
}


def _parts(systems: Sequence[SystemScores], by: str) -> Table:
    def parts(one: SystemScores) -> Mapping[str, Part]:
        if by == "emotion":
            return one.emotions
        return {f"{name}, {task.upper()}": part for (name, task), part in one.characters.items()}

    table = _table(f"By {by}", by, "items", *(escape(one.system) for one in systems))
    for name, first in parts(systems[0]).items():
        table.add_row(escape(name), f"{first.n:,}", *(f"{parts(one)[name].value:.4f}" for one in systems))
    return table


def _paper(tasks: Sequence[str]) -> Table:
    published = paper_table(2)
    table = _table("For the size alone, not to be compared", published.source, "Avg", *(t.upper() for t in tasks))
    for name, figures in published.systems.items():
        table.add_row(name, *(f"{figures[task]:.4f}" for task in (AVERAGE, *tasks)))
    table.caption = f"Why not: {'; '.join(published.why)}."
    return table


def _table(title: str, first: str, *others: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", caption_justify="left")
    table.add_column(first)
    for name in others:
        table.add_column(name, justify="left" if name in ("text", "what", "training row") else "right")
    return table
