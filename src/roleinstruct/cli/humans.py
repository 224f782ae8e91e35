"""The commands that have people rate what systems answered, and read what comes back."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from roleinstruct.cli.options import Benchmark, Json
from roleinstruct.cli.talk import out, print_json, say
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.dataset.rows import profile_of
from roleinstruct.errors import ConfigError
from roleinstruct.evaluation.answers import read_answers
from roleinstruct.evaluation.human.agreeing import FEWEST
from roleinstruct.evaluation.human.collecting import collect, expect_free, write_ratings
from roleinstruct.evaluation.human.dimensions import DIMENSIONS
from roleinstruct.evaluation.human.guide import Language
from roleinstruct.evaluation.human.key import KEY, read_key
from roleinstruct.evaluation.human.outcome import outcome
from roleinstruct.evaluation.human.sheets import write_sheets
from roleinstruct.evaluation.human.standings import AVERAGE, COLUMNS
from roleinstruct.evaluation.human.study import draw
from roleinstruct.evaluation.items import read_items
from roleinstruct.evaluation.responses import questions_of
from roleinstruct.generate.sheets.sheet import people_of
from roleinstruct.pipeline.scoring import strange

__all__ = ["register"]

_TASKS = ("cus", "spe")
"""Answers in character; a plain answer (raw) has no character to be consistent with."""

_HEADS = {AVERAGE: "Avg"} | {dimension.name: dimension.short for dimension in DIMENSIONS}
"""Heads of columns, in the order of the paper's Table 4."""


def register(app: typer.Typer) -> None:
    """Add the commands: `humans sheet` and `humans collect`."""
    group = typer.Typer(help="Have people rate the answers of systems.", no_args_is_help=True)
    group.command("sheet")(_sheet)
    group.command("collect")(_collect)
    app.add_typer(group, name="humans")


def _sheet(
    answers: Annotated[list[Path], typer.Argument(metavar="ANSWERS...", help="Files of answers, one a system.")],
    data: Benchmark,
    sheets: Annotated[Path, typer.Option("--out", metavar="SHEETS", help="The folder to write the sheets into.")],
    raters: Annotated[
        str, typer.Option("--raters", metavar="NAMES|N", help="Such as anna,ben,cho, or how many.")
    ] = "3",
    items: Annotated[int, typer.Option("--items", min=1, help="Questions to draw, over all characters.")] = 100,
    seed: Annotated[int, typer.Option("--seed", help="The same seed draws the same questions and orders.")] = 0,
    language: Annotated[Language, typer.Option("--language", help="What raters read.")] = "both",
) -> None:
    """Write blind, shuffled sheets of the answers: a page and a CSV for each rater, and the key that stays with you."""
    names = _raters_of(raters)
    folder = DataFolder(data)
    systems = [read_answers(path) for path in answers]
    asked = read_items(folder, questions=questions_of(systems))
    for warning in (text for one in systems for text in strange(one, asked)):
        say(f"warning: {warning}")
    study = draw(
        [item for item in asked if item.task in _TASKS],
        systems,
        {row["character"]: profile_of(row) for row in folder.rows("profiles")} if folder.has("profiles") else {},
        number=items,
        seed=seed,
    )
    write_sheets(study, names, sheets, seed=seed, language=language)
    if study.passed:
        say(f"{study.passed:,} items are not answered by every system, and could not be drawn.")
    say(
        f"{len(study.questions):,} questions with {len(study.systems):,} answers, for {', '.join(names)}. Give each "
        f"their .html, or their .csv with guide.md; keep {sheets / KEY} to yourself: it says whose answer is whose. "
        f"When they come back:\n  roleinstruct humans collect RETURNED_FILES --key {sheets / KEY}"
    )


def _collect(
    sheets: Annotated[list[Path], typer.Argument(metavar="SHEET...", help="Filled sheets: CSV, or the page's JSON.")],
    key: Annotated[
        Path | None, typer.Option("--key", metavar="FILE", help=f"The {KEY} of the sheets; else looked for beside.")
    ] = None,
    target: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write the ratings as JSON Lines, by system.")
    ] = None,
    without: Annotated[str, typer.Option("--without", metavar="NAMES", help="Raters to leave out.")] = "",
    seed: Annotated[int, typer.Option("--seed", help="Of the intervals.")] = 0,
    as_json: Json = False,
) -> None:
    """Read filled sheets: what each system was given, how sure that is, and how well people agree."""
    dropped = _raters_of(without) if without else ()
    key = key or sheets[0].parent / KEY
    if target is not None:
        expect_free(target, [*sheets, key])
    found = collect(sheets, read_key(key), without=dropped)
    for problem in found.problems:
        say(f"left out: {problem}")
    if target is not None:
        write_ratings(found, target)
    document = outcome(found, seed)
    if as_json:
        print_json(document)
    else:
        for table in _tables(document):
            out().print(table)
    for line in _remarks(document):
        say(line)


def _raters_of(said: str) -> tuple[str, ...]:
    """Their names; those who label emotions are called annotators, and these are not."""
    try:
        return people_of(said)
    except ConfigError as error:
        raise ConfigError(str(error).replace("annotator", "rater")) from error


def _tables(document: Mapping[str, Any]) -> Iterator[Table]:
    yield _standings(document)
    if document["differences"]:
        yield _differences(document)
    if len(document["raters"]) > 1:
        yield _agreement(document)
        yield _raters(document)


def _standings(document: Mapping[str, Any]) -> Table:
    """The shape of the paper's Table 4, its own figures below."""
    drawn = " and ".join(document["drawn"])
    table = _table(f"What people gave, 1 to 5, with 95 % intervals over {drawn}", "", *_HEADS.values(), "n")
    for row in document["systems"]:
        found = [row.get(column) for column in COLUMNS]
        n = sum(one["n"] for one in found[1:] if one)
        table.add_row(escape(row["system"]), *(_cell(one) for one in found), f"{n:,}")
    table.add_section()
    for name, row in document["paper_table_4"]["systems"].items():
        table.add_row(f"* {name}", *(f"{row[column]:.2f}" for column in COLUMNS), "")
    table.caption = "* the paper's own, not to be compared: " + document["paper_table_4"]["why"][0]
    return table


def _differences(document: Mapping[str, Any]) -> Table:
    table = _table("Who is ahead, in the mean of the three", "", "of", "by")
    for row in document["differences"]:
        if row["column"] == AVERAGE:
            unsure = "" if row["interval"][0] > 0 else " (may be chance)"
            table.add_row(escape(row["first"]), escape(row["second"]), _estimate(row) + unsure)
    return table


def _agreement(document: Mapping[str, Any]) -> Table:
    measures = {
        "krippendorff_alpha_ordinal": "alpha",
        "icc_2_1": "ICC(2,1)",
        "icc_2_k": "ICC(2,k)",
        "fleiss_kappa": "Fleiss",
    }
    table = _table("Do people agree?", "", *measures.values(), "shared", "all")
    table.caption = (
        "alpha is ordinal, of the answers that two or more have rated (shared); the others of those that all have"
    )
    for name, found in document["agreement"].items():
        cells = [_cell(found[measure]) for measure in measures]
        table.add_row(_HEADS[name], *cells, f"{found['shared']:,}", f"{found['complete']:,}")
    return table


def _raters(document: Mapping[str, Any]) -> Table:
    heads = [_HEADS[dimension.name] for dimension in DIMENSIONS]
    table = _table("Each beside the others", "", "given", "missing", "correlation", *(f"mean {head}" for head in heads))
    for row in document["raters"]:
        means = [row["means"].get(dimension.name) for dimension in DIMENSIONS]
        table.add_row(
            escape(row["rater"]) + (" (!)" if row["flagged"] else ""),
            f"{row['ratings']:,}",
            f"{row['missing']:,}",
            _cell(row["correlation"]),
            *("" if mean is None else f"{mean:.2f}" for mean in means),
        )
    return table


def _remarks(document: Mapping[str, Any]) -> Iterator[str]:
    """What somebody should look at."""
    if document["absent"]:
        yield f"nothing came back from {', '.join(document['absent'])}."
    if document["notes"]:
        yield f"notes that raters wrote: {len(document['notes']):,}; --json shows them."
    if len(document["raters"]) > 1 and document["items"] < FEWEST:
        yield (
            f"agreement is over {document['items']} questions, which is too few: alpha, ICC and Fleiss say little with "
            f"fewer than {FEWEST}."
        )
    for row in document["raters"]:
        if row["same"]:
            heads = ", ".join(_HEADS[name] for name in row["same"])
            yield f"{row['rater']} gave the same score to everything in {heads}; it correlates with nobody's."
        if row["flagged"]:
            yield _flag(row, document["agreement"])
    missing = sum(row["missing"] for row in document["raters"])
    if missing:
        yield f"scores that are missing: {missing:,}; the means are of those that are there."


def _flag(row: Mapping[str, Any], agreement: Mapping[str, Any]) -> str:
    now = {name: found["krippendorff_alpha_ordinal"] for name, found in agreement.items()}
    alphas = "; ".join(
        f"{_HEADS[name]} {now[name]['value']:.2f}, without them {alpha:.2f}"
        for name, alpha in row["alpha_without"].items()
        if now[name]
    )
    return (
        f"{row['rater']} agrees with nobody: correlation with the others {_estimate(row['correlation'])}"
        f"{f'; alpha {alphas}' if alphas else ''}. Ask how they read the scale, or see --without {row['rater']}."
    )


def _estimate(found: Mapping[str, Any] | None) -> str:
    return f"{found['value']:.2f} [{found['interval'][0]:.2f}, {found['interval'][1]:.2f}]" if found else "–"


def _cell(found: Mapping[str, Any] | None) -> str:
    """As narrow as it goes: a terminal has 80 columns."""
    return f"{found['value']:.2f}\n{found['interval'][0]:.2f}…{found['interval'][1]:.2f}" if found else "–"


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold")
    for number, name in enumerate(columns):
        table.add_column(name, justify="right" if number else "left", overflow="fold")
    return table
