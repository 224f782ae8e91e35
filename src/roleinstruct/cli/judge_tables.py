"""What judges say, as tables."""

from collections.abc import Iterator

from rich.markup import escape
from rich.table import Table

from roleinstruct.evaluation.bradley_terry import Effect, Strengths
from roleinstruct.evaluation.concord import Concord
from roleinstruct.evaluation.control import odds_of
from roleinstruct.evaluation.judge_report import JudgeReport, JudgeSummary
from roleinstruct.evaluation.paper import paper_table
from roleinstruct.evaluation.ranking import Meeting
from roleinstruct.evaluation.rubric import DIMENSIONS
from roleinstruct.metrics.bootstrap import Estimate

__all__ = ["judge_tables"]


def judge_tables(report: JudgeReport) -> Iterator[Table]:
    """The tables of a report: for each judge the systems, their meetings and how it judges; then all judges."""
    for judged in report.judges:
        yield _systems(judged)
        yield _meetings(judged)
        yield _health(judged)
    if report.pooled is not None:
        yield _strengths("All judges and people together, at equal place, length and kinship", report.pooled)
    if report.concords:
        yield _agreement(report)


def _systems(judged: JudgeSummary) -> Table:
    table = _table(f"Judged by {judged.judge.judge}", "system", "mean rank", *DIMENSIONS, "wins", "wins, controlled")
    for place in judged.places:
        wins = (judged.raw.wins[place.system], judged.controlled.wins[place.system])
        table.add_row(
            escape(place.system),
            _figure(place.rank),
            *(_figure(place.scores[part]) for part in DIMENSIONS),
            *(_percent(win) for win in wins),
        )
    paper = ", ".join(f"{system} {rank}" for system, rank in paper_table(3).column("mean_rank").items())
    table.caption = (
        "wins: the probability of winning against a system of mean strength (Bradley-Terry), as ranked and at equal "
        f"place and length; {_decided(judged.controlled)}.\nThe paper's mean ranks ({paper}) are of other answers by "
        "another judge, and not comparable."
    )
    return table


def _meetings(judged: JudgeSummary) -> Table:
    names = [place.system for place in judged.places]
    table = _table("Share won by the row against the column (won/tied/lost)", "", *map(escape, names))
    for name in names:
        table.add_row(escape(name), *(_meeting(judged, name, other) for other in names))
    return table


def _meeting(judged: JudgeSummary, name: str, other: str) -> str:
    for one in judged.meetings:
        if (one.first, one.second) == (name, other):
            return _won(one, one.won, one.lost, one.share.value)
        if (one.second, one.first) == (name, other):
            return _won(one, one.lost, one.won, 1 - one.share.value)
    return ""


def _won(one: Meeting, won: int, lost: int, share: float) -> str:
    return f"{share:.0%} ({won}/{one.tied}/{lost})"


def _health(judged: JudgeSummary) -> Table:
    judge, bias = judged.judge, judged.bias
    table = _table(f"How {judge.judge} judges", "", "")
    unscored = ", ".join(f"{reason} {count:,}" for reason, count in judged.unscored.items()) or "none"
    table.add_row("judgements, not scored", f"{judged.judgements:,}, {unscored}")
    for name, found in (
        ("won by the answer shown earlier", bias.earlier),
        ("winner turns with the order", bias.flipped),
        ("winner or tie changes with the order", bias.changed),
        ("won by the longer answer", bias.longer),
        ("won by the judge's own", bias.own),
        ("same winner when asked again", bias.repeated),
    ):
        if found is not None:
            table.add_row(name, _percent(Effect(found.value, found.low, found.high)))
    if bias.length is not None:
        table.add_row("correlation of winning with length", _figure(bias.length))
    for name, effect in judged.controlled.covariates.items():
        table.add_row(escape(odds_of(name)), _effect(effect, endless=name in judged.controlled.endless))
    for name in judged.controlled.untold:
        table.add_row(escape(odds_of(name)), "cannot be told from strength by this judge alone")
    for part, alpha in judged.self_alpha.items():
        table.add_row(f"alpha with itself, {part}", f"{alpha:.3f}")
    cost = "an unknown price" if judge.usd is None else f"{judge.usd:.4f} USD"
    tokens = f"{judge.prompt_tokens:,} tokens sent, {judge.completion_tokens:,} received"
    table.add_row("cost", f"{judge.requests:,} replies, {tokens}, {cost}")
    table.add_row("model, date, prompt", escape(f"{judge.model}, {judge.date}, {judge.prompt_sha256[:12]}"))
    return table


def _strengths(title: str, found: Strengths) -> Table:
    table = _table(title, "", "log odds", "wins")
    for name, effect in found.strengths.items():
        endless = not found.is_finite and effect.low == effect.high
        table.add_row(escape(name), _effect(effect, endless=endless), _percent(found.wins[name]))
    for name, effect in found.covariates.items():
        table.add_row(escape(name), _effect(effect, endless=name in found.endless))
    for name in found.untold:
        table.add_row(escape(name), "cannot be told from the rest")
    table.caption = _decided(found)
    return table


def _agreement(report: JudgeReport) -> Table:
    parts = sorted({part for one in report.concords for part in one.alpha})
    table = _table("Agreement", "", "same winner", "Kendall's tau", *(f"alpha, {part}" for part in parts))
    for one in report.concords:
        alphas = (f"{one.alpha[part]:.3f}" if part in one.alpha else "" for part in parts)
        table.add_row(_names(one), _share(one.winner), "" if one.tau is None else _figure(one.tau), *alphas)
    return table


def _names(one: Concord) -> str:
    return escape(f"{one.first}, {one.second}")


def _share(found: Estimate | None) -> str:
    return "nothing in common" if found is None else _percent(Effect(found.value, found.low, found.high))


def _decided(found: Strengths) -> str:
    decided = [f"{lead.first} over {lead.second}" for lead in found.leads if lead.is_decided]
    text = f"decided at p < .05: {escape(', '.join(decided))}" if decided else "no two systems are told apart (p < .05)"
    if not found.is_told:
        text += "; length or place alone says who wins, or goes with the systems: strength cannot be told from it"
    return text if found.is_finite else f"{text}; somebody always wins, so that the size of strengths means nothing"


def _figure(found: Estimate) -> str:
    return f"{found.value:.2f} [{found.low:.2f}, {found.high:.2f}]".replace("[", "\\[")


def _effect(found: Effect, *, endless: bool) -> str:
    if endless:
        return "no end: always" if found.value > 0 else "no end: never"
    return f"{found.value:+.2f} \\[{found.low:+.2f}, {found.high:+.2f}]"


def _percent(found: Effect) -> str:
    return f"{found.value:.0%} \\[{found.low:.0%}, {found.high:.0%}]"


def _table(title: str, first: str, *others: str) -> Table:
    table = Table(title=escape(title), title_justify="left", title_style="bold", caption_justify="left")
    table.add_column(first)
    for name in others:
        table.add_column(name, justify="right")
    return table
