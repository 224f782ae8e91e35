"""Parts of the benchmark in a report: by character, by emotion, and what Rouge-L does not see."""

from collections import Counter
from collections.abc import Mapping, Sequence
from statistics import fmean

import numpy as np

from roleinstruct.emotions import Emotion
from roleinstruct.evaluation.answers import Answers
from roleinstruct.evaluation.benchmark import SystemScores, Table
from roleinstruct.evaluation.beside import BESIDE, EmotionOf
from roleinstruct.evaluation.items import Item
from roleinstruct.evaluation.report.cells import NOTHING, figure, number, word
from roleinstruct.evaluation.report.charts import heat_map
from roleinstruct.evaluation.report.document import Cell, Chart, Grid, Section
from roleinstruct.metrics.grouped import grouped_interval
from roleinstruct.metrics.score import CorpusScore, Score

__all__ = ["beside_section", "characters_section", "emotions_section", "values_of"]

Beside = Mapping[str, Mapping[str, Score | CorpusScore]]


def values_of(one: SystemScores, items: Sequence[Item]) -> dict[str, float]:
    """What a system got for each item, by id; `items` are those that were scored, in their order."""
    by_task = {task: iter(score.values.tolist()) for task, score in one.tasks.items()}
    return {item.id: next(by_task[item.task]) for item in items}


def characters_section(table: Table, items: Sequence[Item]) -> Section:
    """Each system by character: the mean of the character's tasks."""
    names = list(dict.fromkeys(item.character for item in items))
    values = [values_of(one, items) for one in table.systems]
    systems = [one.system for one in table.systems]
    rows = [(name, [_mean(found, [i for i in items if i.character == name]) for found in values]) for name in names]
    counts = Counter(item.character for item in items)
    by_task = [
        [
            word(name),
            word(task.upper()),
            number(part.n),
            *(figure(s.characters[name, task].value) for s in table.systems),
        ]
        for (name, task), part in table.systems[0].characters.items()
    ]
    return Section(
        "characters",
        "By character",
        "The mean of the tasks that a character has, as in the first column above.",
        (
            heat_map("Score by character and system", systems, rows, "The deeper, the higher."),
            Grid(
                "",
                ("character", *systems, "n, items"),
                [[word(name), *cells, number(counts[name])] for name, cells in rows],
            ),
            Grid("By character and task", ("character", "task", "n, items", *systems), by_task, look="folded"),
        ),
    )


def emotions_section(
    table: Table, items: Sequence[Item], systems: Sequence[Answers], emotion_of: EmotionOf, annotator: str
) -> Section:
    """The emotion that is expected of a reply, and the one it has."""
    asked = [item for item in items if item.emotion is not None]
    title = "Emotions"
    if not asked:
        lead = (
            "No item says which emotion its reference has: label the data set (roleinstruct annotate) and build again."
        )
        return Section("emotions", title, lead)
    blocks: list[Grid | Chart] = [_by_emotion(table)]
    for one in systems:
        pairs = Counter((item.emotion, emotion_of(item, one.texts[item.id])) for item in asked)
        blocks.extend(_confusion(one.system, pairs))
    return Section(
        "emotions",
        title,
        f"Items whose reference has a label: {len(asked):,}. The score by this emotion, and which emotion the "
        f"replies have (labelled by: {annotator}).",
        blocks,
    )


def beside_section(systems: Sequence[str], found: Beside) -> Section:
    """What stands beside the scores; the means among it with their intervals."""
    shown = [name for name in BESIDE if any(name in scores for scores in found.values())]
    rows = [
        [word(system), *(_beside(found[system].get(name)) for name in shown), number(found[system]["empty"].n)]
        for system in systems
    ]
    return Section(
        "beside",
        "What Rouge-L does not see",
        "Of the answers in character (CUS and SPE): length beside the references (1 is as long), variety of pairs, "
        "answers that speak as a machine, language as asked, text copied from the training part, emotion as expected, "
        "and empty answers. Best is 1 of language and emotion, and 0 of machine, copied and empty.",
        (Grid("", ("system", *(_TITLES[name] for name in shown), "n, items"), rows),),
    )


_TITLES = {
    "length_ratio": "length",
    "distinct_2": "distinct-2",
    "self_reference": "machine",
    "language_match": "language",
    "copy_rate": "copied",
    "emotion_match": "emotion",
    "empty": "empty",
}


def _mean(values: Mapping[str, float], items: Sequence[Item]) -> Cell:
    groups: dict[str, list[float]] = {}
    for item in items:
        groups.setdefault(item.task, []).append(values[item.id])
    interval = grouped_interval([np.array(group) for group in groups.values()])
    return figure(fmean(fmean(group) for group in groups.values()), interval, places=3, n=len(items))


def _by_emotion(table: Table) -> Grid:
    first = table.systems[0].emotions
    rows = [
        [
            word(f"{emotion.zh} {emotion.value}"),
            number(first[emotion.value].n),
            *(figure(one.emotions[emotion.value].value, places=3) for one in table.systems),
        ]
        for emotion in Emotion
        if emotion.value in first
    ]
    return Grid("Score by the expected emotion", ("emotion", "n, items", *(one.system for one in table.systems)), rows)


def _confusion(system: str, pairs: Mapping[tuple[Emotion | None, Emotion], int]) -> tuple[Chart, Grid]:
    expected = [emotion for emotion in Emotion if any(one == emotion for one, _ in pairs)]
    got = [emotion for emotion in Emotion if any(other == emotion for _, other in pairs)]
    rows = [
        (f"{e.zh} {e.value}", [number(pairs[e, g]) if pairs.get((e, g)) else Cell("", None) for g in got])
        for e in expected
    ]
    head = [f"{emotion.zh} {emotion.value}" for emotion in got]
    title = f"Emotions of {system}: rows as expected, columns as replied"
    most = max((count for count in pairs.values()), default=1)
    # Counts are skewed by neutral replies; the depth stays linear, for the count is written in each cell.
    chart = heat_map(title, [f"{emotion.zh}\n{emotion.value}" for emotion in got], rows, scale=(0, most))
    table = [[word(name), *(cell if cell.value is not None else NOTHING for cell in cells)] for name, cells in rows]
    return chart, Grid(f"{title}, in numbers", ("expected", *head), table, look="folded")


def _beside(score: Score | CorpusScore | None) -> Cell:
    return NOTHING if score is None else figure(score.value, score.interval, places=3, n=score.n)
