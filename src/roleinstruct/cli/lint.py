"""The command that finds flaws in a data set or a source, explains them, and mends what can be mended safely."""

import json
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.markup import escape
from rich.table import Table

from roleinstruct import __version__
from roleinstruct.cleaning.lint.catalogue import all_rules, choose, find_rule
from roleinstruct.cleaning.lint.report import Report, lint
from roleinstruct.cleaning.lint.rule import SEVERITIES, Rule
from roleinstruct.cleaning.lint.sarif import sarif
from roleinstruct.cli.talk import listening, out, print_json, say
from roleinstruct.errors import ConfigError
from roleinstruct.files import expect_writable, whole
from roleinstruct.pipeline.config import BuildConfig
from roleinstruct.pipeline.data_blocks import SourceConfig
from roleinstruct.pipeline.linting import is_data_set, open_corpus, read_reference, record
from roleinstruct.pipeline.mending import mend

__all__ = ["register"]

FailOn = Literal["error", "warning", "note", "never"]
Only = Annotated[list[str] | None, typer.Option("--only", metavar="RULE", help="May be given again.")]
Without = Annotated[list[str] | None, typer.Option("--without", metavar="RULE", help="May be given again.")]
Drop = Annotated[
    list[str] | None,
    typer.Option("--drop", metavar="RULE", help="With --fix: also leave out rows with this flaw; may be given again."),
]
Reference = Annotated[
    Path | None, typer.Option("--reference", help="A corpus that the text should not have been taken from.")
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("lint")(_lint)


def _lint(
    path: Annotated[Path | None, typer.Argument(metavar="PATH", help="A data set folder, or raw dialogue.")] = None,
    explain: Annotated[str | None, typer.Option("--explain", metavar="RULE", help="Say what a rule means.")] = None,
    rules: Annotated[bool, typer.Option("--rules", help="List the rules.")] = False,
    only: Only = None,
    without: Without = None,
    reference: Reference = None,
    show: Annotated[int, typer.Option("--show", min=0, help="Findings to print of each rule.")] = 3,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout, every finding in it.")] = False,
    sarif_file: Annotated[
        Path | None, typer.Option("--sarif", help="Also write the findings for code hosts into this file.")
    ] = None,
    fail_on: Annotated[
        FailOn, typer.Option("--fail-on", help="The least severity that makes the exit code 1.")
    ] = "error",
    into_card: Annotated[
        bool, typer.Option("--record", help="Put the result into the data set's card and reports.")
    ] = False,
    fix: Annotated[bool, typer.Option("--fix", help="Mend what can be mended safely, and say what was.")] = False,
    drop: Drop = None,
    source_format: Annotated[
        str | None, typer.Option("--format", help="Of a source: a reader's name, or auto.")
    ] = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="Of a source: so many rows of each file.")] = None,
) -> None:
    """Find the flaws of a role-play data set, or of the raw dialogue for one, before others do."""
    if explain is not None or rules:
        _explain(find_rule(explain)) if explain else _list_rules()
        return
    if path is None:
        raise typer.BadParameter("say which folder or file to lint, or --rules, or --explain RULE.")
    chosen = choose(only or (), without or ())
    _expect_possible(path, fix=fix, drop=bool(drop), into_card=into_card, sarif_file=sarif_file)
    source = _how_to_read(path, source_format, limit)
    known = read_reference(reference) if reference else None
    with listening() as listener:
        if fix:
            for rule, mended in mend(path, chosen, drop or (), listener).items():
                say(f"{rule}: {mended:,} mended or left out")
        with open_corpus(path, source=source, limit=limit, reference=known, listener=listener) as corpus:
            report = lint(corpus, chosen)
    if into_card:
        record(path, report)
    if sarif_file is not None:
        _write_sarif(sarif_file, path, report)
    print_json(report.as_json()) if as_json else _show(report, show)
    if _is_bad(report, fail_on):
        raise typer.Exit(1)


def _expect_possible(path: Path, *, fix: bool, drop: bool, into_card: bool, sarif_file: Path | None) -> None:
    """Say what cannot be done before anything is."""
    if drop and not fix:
        raise ConfigError("--drop leaves rows out of a data set only together with --fix: add --fix.")
    for option, wanted in (("--fix", fix), ("--record", into_card)):
        if wanted:
            _need_data_set(path, option)
    if sarif_file is not None:
        expect_writable(sarif_file)


def _how_to_read(path: Path, source_format: str | None, limit: int | None) -> SourceConfig:
    """How to read a source; a data set is read as it is."""
    if (source_format or limit) and is_data_set(path):
        raise ConfigError(f"--format and --limit say how to read a source, and {path} is a data set: leave them out.")
    return BuildConfig().with_source(format=source_format or "auto").source


def _is_bad(report: Report, fail_on: FailOn) -> bool:
    """Whether the worst finding is at least as severe as the user will not have."""
    if report.worst is None or fail_on == "never":
        return False
    return SEVERITIES.index(report.worst) <= SEVERITIES.index(fail_on)


def _write_sarif(target: Path, path: Path, report: Report) -> None:
    document = sarif(report.results(), root=_root(path), version=__version__)
    with whole(target) as file:
        file.write((json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode("utf-8", "replace"))


def _root(path: Path) -> str:
    """The folder that findings are relative to, from the working folder if it lies there."""
    folder = (path if path.is_dir() else path.parent).resolve()
    here = Path.cwd().resolve()
    return folder.relative_to(here).as_posix() if folder.is_relative_to(here) else folder.name


def _need_data_set(path: Path, option: str) -> None:
    if not is_data_set(path):
        raise ConfigError(
            f"{option} works on a data set folder, and {path} is none; a source is never changed: build it with "
            "roleinstruct build, whose readers mend what can be mended, and lint what comes out."
        )


def _show(report: Report, show: int) -> None:
    console = out()
    table = Table(title=f"{report.rows:,} rows, score {report.score}", title_justify="left", title_style="bold")
    for name in ("rule", "severity"):
        table.add_column(name)
    for name in ("findings", "rows"):
        table.add_column(name, justify="right")
    table.add_column("what it is")
    for rule in report.rules:
        if report.counts[rule.id]:
            counts = (f"{n[rule.id]:,}" for n in (report.counts, report.touched))
            table.add_row(rule.id, rule.severity, *counts, escape(rule.summary))
    if report.worst:
        console.print(table)
    else:
        console.print(f"{report.rows:,} rows, nothing found by {len(report.rules)} rules: score {report.score}")
    for rule in report.rules:
        _show_findings(rule, report, show)


def _show_findings(rule: Rule, report: Report, show: int) -> None:
    console = out()
    found = report.findings.get(rule.id, [])
    for finding in found[:show]:
        place = finding.where or finding.row or finding.character or "the whole"
        text = f"  «{finding.excerpt}»" if finding.excerpt else ""
        console.print(f"{place}: {rule.id}: {finding.message}{text}", markup=False)
    if show and report.counts[rule.id] > show:
        console.print(f"  … and {report.counts[rule.id] - show:,} more of {rule.id}", markup=False)


def _explain(rule: Rule) -> None:
    console = out()
    mended = ["safely mended by --fix"] if rule.mend_text or rule.mend_turn else []
    dropped = [f"left out by --fix --drop {rule.id}"] if rule.drops else []
    for line in (
        f"{rule.id} ({rule.severity})",
        rule.summary,
        f"Why: {rule.why}",
        f"Example: {rule.example}",
        f"Mend: {rule.mend}{''.join(f' ({how})' for how in (*mended, *dropped))}",
    ):
        console.print(line, markup=False)


def _list_rules() -> None:
    table = Table()
    for name in ("rule", "severity", "--fix", "what it is"):
        table.add_column(name)
    for rule in all_rules():
        how = "mends" if rule.mend_text or rule.mend_turn else "can drop" if rule.drops else ""
        table.add_row(rule.id, rule.severity, how, escape(rule.summary))
    out().print(table)
