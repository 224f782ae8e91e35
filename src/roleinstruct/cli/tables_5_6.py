"""The tables of `ablate`: settings and tasks as in the paper's Tables 5 and 6, who beats whom, what was forgotten."""

from collections.abc import Iterator, Sequence

from rich.markup import escape
from rich.table import Table

from roleinstruct.evaluation.ablation import BASE, SHEETS, Sheet
from roleinstruct.evaluation.benchmark import AVERAGE
from roleinstruct.evaluation.contrasts import Contrast, Figure
from roleinstruct.evaluation.paper import paper_table
from roleinstruct.pipeline.ablating import Ablation, SheetFindings

__all__ = ["ablation_tables"]


def ablation_tables(found: Ablation) -> Iterator[Table]:
    """What `ablate` prints."""
    for name, sheet in found.sheets.items():
        yield _settings(SHEETS[name], sheet, found.signature)
        yield _contrasts(SHEETS[name], sheet)
    if found.forgetting:
        yield _forgetting(found)


def _settings(sheet: Sheet, found: SheetFindings, signature: str) -> Table:
    findings = found.findings
    counts = ", ".join(f"{count:,} of {task.upper()}" for task, count in findings.items.items())
    title = f"{sheet.title}: the mean of {findings.runs} runs (seeds {', '.join(map(str, found.seeds))}); {signature}"
    table = _table(title, sheet.columns)
    for label, setting in {"base, untrained": BASE, **sheet.rows}.items():
        figures = findings.figures.get(setting, {})
        table.add_row(label, *(_figure(figures.get(column)) for column in sheet.columns))
    table.add_section()
    published = paper_table(sheet.paper)
    for label, row in published.systems.items():
        table.add_row(f"paper: {label}", *(f"{row[column]:.4f}" for column in sheet.columns))
    table.caption = (
        f"Items: {counts}. Below each its 95 % interval, runs and questions being drawn anew, and ± the standard "
        f"deviation over the runs. {sheet.note} The paper's rows ({published.source}) are there for their size alone: "
        f"{'; '.join(published.why)}."
    )
    return table


def _figure(figure: Figure | None) -> str:
    if figure is None:
        return "–"
    low, high = figure.interval
    spread = "" if figure.spread is None else f" ±{figure.spread:.3f}"
    return f"{figure.value:.4f}\n{low:.3f}–{high:.3f}{spread}"


def _contrasts(sheet: Sheet, found: SheetFindings) -> Table:
    findings = found.findings
    table = _table("Who beats whom, run against run", sheet.columns)
    for first, second in sheet.pairs:
        by_column = {c.column: c for c in findings.contrasts if (c.first, c.second) == (first, second)}
        table.add_row(f"{first} – {second}", *(_difference(by_column.get(column)) for column in sheet.columns))
    table.caption = (
        "p by the bootstrap over runs and questions, corrected for the pairs of a column (Holm); * below .05."
    )
    return table


def _difference(contrast: Contrast | None) -> str:
    if contrast is None:
        return "–"
    low, high = contrast.interval
    mark = "*" if contrast.is_decided else ""
    return f"{contrast.difference:+.4f}{mark}\n{low:+.3f} to {high:+.3f}\np {contrast.p:.4f}"


def _forgetting(found: Ablation) -> Table:
    table = Table(title="Neutral RAW, asked without a persona", title_justify="left", title_style="bold")
    for name in ("", "before", "after", "loss", "budget", ""):
        table.add_column(name, justify="right" if name else "left")
    for setting, one in found.forgetting.items():
        low, high = one.interval
        loss = f"{one.loss:+.4f}\n{low:+.3f} to {high:+.3f}"
        table.add_row(setting, f"{one.base:.4f}", f"{one.adapter:.4f}", loss, f"{one.budget:g}", one.verdict)
    return table


def _table(title: str, columns: Sequence[str]) -> Table:
    table = Table(title=escape(title), title_justify="left", title_style="bold", caption_justify="left")
    table.add_column("")
    for column in columns:
        table.add_column("Avg" if column == AVERAGE else column.upper(), justify="right")
    return table
