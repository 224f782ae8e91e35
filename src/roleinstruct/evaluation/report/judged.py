"""Judges in a report: the paper's Table 3 with intervals, how far each judge can be trusted, and how far they agree."""

import json
from collections.abc import Iterator, Sequence

from roleinstruct.evaluation.bradley_terry import Effect, Strengths
from roleinstruct.evaluation.concord import Concord
from roleinstruct.evaluation.control import odds_of
from roleinstruct.evaluation.judge_report import JudgeReport, JudgeSummary
from roleinstruct.evaluation.paper import paper_table
from roleinstruct.evaluation.report.cells import NOTHING, figure, number, percent, sure, word
from roleinstruct.evaluation.report.charts import Panel, heat_map, interval_plot
from roleinstruct.evaluation.report.document import Cell, Chart, Grid, Section
from roleinstruct.evaluation.rubric import DIMENSIONS
from roleinstruct.evaluation.verdicts import Judge

__all__ = ["judge_sections"]


def judge_sections(report: JudgeReport, systems: Sequence[str]) -> Iterator[Section]:
    """A section a judge, then one of all judges together.

    Args:
        report: What they say.
        systems: In the order of the report's other charts.
    """
    for number_, judged in enumerate(report.judges, 1):
        yield _judge(judged, f"judge-{number_}", systems)
    if report.pooled is not None or report.concords:
        yield _together(report)


def _judge(judged: JudgeSummary, name: str, systems: Sequence[str]) -> Section:
    judge = judged.judge
    blocks: list[Grid | Chart] = [_places(judged), _ranks(judged, systems)]
    if len(judged.places) > 1:
        blocks += [_meetings_chart(judged), _meetings(judged)]
    blocks += [_health(judged), _asked(judged.judge), _characters(judged), _paper()]
    told = f", in UTC from {judge.date}" if judge.date else ""
    return Section(
        name,
        f"Judged by {judge.judge}",
        f"{judged.judgements:,} judgements in balanced orders, of which {sum(judged.unscored.values()):,} could not be "
        f"read and count for nothing; the model is {judge.model or 'not named'}{told}. A mean rank of 1 is the best. "
        f"{_decided(judged.controlled)}",
        blocks,
    )


def _places(judged: JudgeSummary) -> Grid:
    rows = [
        [
            word(place.system),
            sure(place.rank, n=place.rank.groups),
            *(sure(place.scores[part], n=place.scores[part].groups) for part in DIMENSIONS),
            percent(judged.raw.wins[place.system]),
            percent(judged.controlled.wins[place.system]),
            number(place.rank.groups),
        ]
        for place in judged.places
    ]
    return Grid(
        "The shape of the paper's Table 3",
        ("system", "mean rank", *DIMENSIONS, "wins", "wins, controlled", "n, items"),
        rows,
        "Style and memory: 1 to 5. Wins: the probability of winning against a system of mean strength (Bradley-Terry), "
        "as ranked, and at equal place, length and kinship with the judge.",
    )


def _ranks(judged: JudgeSummary, systems: Sequence[str]) -> Chart:
    ranks = {place.system: sure(place.rank) for place in judged.places}
    names = [name for name in systems if name in ranks]
    names += [name for name in ranks if name not in names]
    panel = Panel("mean rank, 1 is the best", [ranks[name] for name in names])
    return interval_plot(f"Mean ranks by {judged.judge.judge}", names, [panel], (1, max(len(names), 2)))


def _meetings_chart(judged: JudgeSummary) -> Chart:
    names = [place.system for place in judged.places]
    rows = [(name, [_met(judged, name, other) for other in names]) for name in names]
    note = "The share that the row has won against the column, ties as halves: the deeper, the more."
    return heat_map("Who wins against whom", names, rows, note, scale=(0, 1))


def _meetings(judged: JudgeSummary) -> Grid:
    rows = [
        [word(f"{one.first} – {one.second}"), percent(one.share), number(one.won), number(one.tied), number(one.lost)]
        for one in judged.meetings
    ]
    head = ("first – second", "share won by the first", "won", "tied", "lost")
    return Grid("Meetings", head, rows, "Judgements; the interval draws items anew.", "folded")


def _met(judged: JudgeSummary, name: str, other: str) -> Cell:
    for one in judged.meetings:
        if (one.first, one.second) == (name, other):
            return percent(one.share)
        if (one.second, one.first) == (name, other):
            share = one.share
            found = (1 - share.value, 1 - share.high, 1 - share.low)
            return Cell(f"{found[0]:.1%}", *found, None, f"[{found[1]:.1%}, {found[2]:.1%}]")
    return Cell("", None)


def _health(judged: JudgeSummary) -> Grid:
    bias = judged.bias
    rows = [[word("judgements"), number(judged.judgements)]]
    rows += [[word(f"not scored: {why}"), number(count)] for why, count in judged.unscored.items()]
    if not judged.unscored:
        rows.append([word("not scored"), number(0)])
    for name, found in (
        ("won by the answer shown earlier (50 % without a bias)", bias.earlier),
        ("flip rate: the winner turns with the order", bias.flipped),
        ("winner or tie changes with the order", bias.changed),
        ("won by the longer answer", bias.longer),
        ("won by the judge's own systems", bias.own),
        ("same winner when asked again", bias.repeated),
    ):
        rows.append([word(name), percent(found)])
    rows.append([word("correlation of winning with length"), sure(bias.length)])
    for name, effect in judged.controlled.covariates.items():
        rows.append([word(odds_of(name)), _effect(effect, endless=name in judged.controlled.endless)])
    untold = "cannot be told from the systems' strength by this judge alone"
    rows += [[word(odds_of(name)), word(untold)] for name in judged.controlled.untold]
    parts = judged.self_alpha or dict.fromkeys(DIMENSIONS)
    rows += [[word(f"alpha with itself, {part}"), figure(alpha, places=3)] for part, alpha in parts.items()]
    return Grid(
        f"Can {judged.judge.judge} be trusted?",
        ("", "figure"),
        rows,
        "Length and kinship may go with merit: the log odds, fitted together with the strengths, hold them apart. – : "
        "nothing was judged that could tell (repeats: judge --repeats; own systems: judge --own).",
    )


def _asked(judge: Judge) -> Grid:
    found = {
        "model": judge.model,
        "answered by": ", ".join(judge.answered_by),
        "orders of an item": judge.orders,
        "repeats": f"{judge.repeats}",
        "parameters": json.dumps(judge.parameters, ensure_ascii=False),
        "its own systems": ", ".join(judge.own),
        "prompt (SHA-256)": judge.prompt_sha256,
        "items (SHA-256)": judge.items,
    }
    rows = [[word(name), word(value or "–")] for name, value in found.items()]
    return Grid(f"How {judge.judge} was asked", ("", "setting"), rows, look="folded")


def _characters(judged: JudgeSummary) -> Grid:
    systems = [place.system for place in judged.places]
    names = list(dict.fromkeys(name for name, _ in judged.characters))
    rows = [[word(name), *(sure(judged.characters.get((name, one))) for one in systems)] for name in names]
    return Grid("Mean rank by character", ("character", *systems), rows, look="folded")


def _paper() -> Grid:
    rows = [
        [word(f"* {system}"), figure(rank, places=2)] for system, rank in paper_table(3).column("mean_rank").items()
    ]
    return Grid(
        "* Not comparable: the paper's own mean ranks (arXiv 2401.09432v2, Table 3)",
        ("system", "mean rank"),
        rows,
        "Another judge, other answers, and ranks among more systems than the table names.",
        "folded",
    )


def _together(report: JudgeReport) -> Section:
    blocks: list[Grid | Chart] = []
    if report.pooled is not None:
        blocks.append(_strengths(report.pooled))
    if report.concords:
        blocks.append(_agreement(report.concords))
    return Section(
        "judges",
        "Judges and people together",
        "How far any two agree on the items that both have seen, people being one of them where they rated.",
        blocks,
    )


def _strengths(found: Strengths) -> Grid:
    rows = [
        [word(name), _effect(one, endless=not found.is_finite and one.low == one.high), percent(found.wins[name])]
        for name, one in found.strengths.items()
    ]
    rows += [
        [word(odds_of(name)), _effect(one, endless=name in found.endless), NOTHING]
        for name, one in found.covariates.items()
    ]
    rows += [[word(odds_of(name)), word("cannot be told from the rest"), NOTHING] for name in found.untold]
    title = "Strengths by all together, at equal place, length and kinship"
    return Grid(title, ("", "log odds", "wins"), rows, _decided(found))


def _effect(found: Effect, *, endless: bool) -> Cell:
    """Log odds; where no figure is great enough, what that means."""
    return word("no end: always" if found.value > 0 else "no end: never") if endless else sure(found, sign=True)


def _agreement(concords: Sequence[Concord]) -> Grid:
    parts = sorted({part for one in concords for part in one.alpha})
    rows = [
        [
            word(f"{one.first} – {one.second}"),
            percent(one.winner),
            sure(one.tau),
            *(figure(one.alpha.get(part), places=3) for part in parts),
        ]
        for one in concords
    ]
    head = ("", "same winner", "Kendall's tau", *(f"alpha, {part}" for part in parts))
    return Grid("Agreement", head, rows, "Tau of the order of two systems on an item: 1 the same, 0 as by chance.")


def _decided(found: Strengths) -> str:
    decided = [f"{lead.first} over {lead.second} (p {_p(lead.p)})" for lead in found.leads if lead.is_decided]
    text = f"Decided at equal place and length: {', '.join(decided)}." if decided else "No two systems are told apart."
    if not found.is_told:
        text += " Length or place alone says who wins, or goes with the systems: strength cannot be told from it."
    if found.is_finite:
        return text
    return f"{text} Somebody always wins, so that the size of the strengths means nothing, only their order."


def _p(p: float) -> str:
    return "below .0001" if p < 0.0001 else f"{p:.4f}"
