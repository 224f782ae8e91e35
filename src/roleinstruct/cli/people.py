"""The commands that give dialogues to people to label, and read what comes back."""

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table
from typer.core import TyperCommand, TyperGroup

from roleinstruct.cli.annotate import annotate_folder
from roleinstruct.cli.options import Folder, Json
from roleinstruct.cli.talk import listening, out, print_json, say
from roleinstruct.emotions import Emotion
from roleinstruct.errors import ConfigError
from roleinstruct.generate.sheets.disputes import disputed
from roleinstruct.generate.sheets.measuring import Between
from roleinstruct.generate.sheets.sheet import people_of
from roleinstruct.metrics.bootstrap import Estimate
from roleinstruct.pipeline.agreeing import Outcome, agree, write_disputes
from roleinstruct.pipeline.merging import merge
from roleinstruct.pipeline.people import sample_sheets

__all__ = ["register"]

_DEFAULT = "folder"
_MORE = (
    "People label too: annotate sample DIR --out SHEETS writes sheets for them, annotate agree SHEET... reads these "
    "back; each has its own --help. A folder that bears one of these names is reached as ./sample."
)


def register(app: typer.Typer) -> None:
    """Add the commands: `annotate DIR`, `annotate sample` and `annotate agree`."""
    group = typer.Typer(cls=_Annotate, help=annotate_folder.__doc__)
    group.command(_DEFAULT, cls=_Folder, hidden=True, epilog=_MORE)(annotate_folder)
    group.command("sample")(_sample)
    group.command("agree")(_agree)
    app.add_typer(group, name="annotate")


class _Annotate(TyperGroup):
    """A group whose first argument, where it names no command of it, is the folder to annotate."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - typer has two classes of that name
        named = bool(args) and args[0] in self.commands and args[0] != _DEFAULT
        return super().parse_args(ctx, args if named else [_DEFAULT, *args])

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # noqa: ANN401 - as above
        name, command, rest = super().resolve_command(ctx, args)
        return (None if name == _DEFAULT else name), command, rest


class _Folder(TyperCommand):
    """The command without a name; its usage line has no gap in the place of one."""

    def format_usage(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 - as above
        formatter.write_usage(ctx.command_path.rstrip(), " ".join(self.collect_usage_pieces(ctx)))


def _sample(
    folder: Folder,
    sheets: Annotated[Path, typer.Option("--out", metavar="SHEETS", help="The folder to write the sheets into.")],
    dialogues: Annotated[int, typer.Option("--dialogues", min=1, help="How many to draw, whole.")] = 1000,
    people: Annotated[
        str, typer.Option("--annotators", metavar="NAMES|N", help="Such as anna,ben,cho, or how many.")
    ] = "3",
    seed: Annotated[int, typer.Option("--seed", help="The same seed draws the same dialogues.")] = 0,
    overlap: Annotated[
        float, typer.Option("--overlap", min=0, max=1, help="Share of the dialogues that everybody gets.")
    ] = 1.0,
    as_json: Annotated[bool, typer.Option("--json", help="What the sample is made of, as a JSON document.")] = False,
) -> None:
    """Draw dialogues for people to label, and write a sheet for each: page, CSV, Label Studio, Argilla."""
    names = people_of(people)
    with listening() as listener:
        found = sample_sheets(folder, sheets, names, dialogues=dialogues, overlap=overlap, seed=seed, listener=listener)
    if as_json:
        print_json(found)
        return
    out().print(_composition(found))
    say(
        f"{found['dialogues']:,} of {found['of_dialogues']:,} dialogues, {found['common']:,} of them for everybody; "
        f"sheets of {', '.join(names)} are in {sheets}: give each their .html, or one of the other formats. When they "
        f"come back:\n  roleinstruct annotate agree RETURNED_FILES --data {folder}"
    )


def _agree(
    sheets: Annotated[list[Path], typer.Argument(metavar="SHEET...", help="Filled sheets, in any of the formats.")],
    data: Annotated[
        Path | None, typer.Option("--data", metavar="DIR", help="Compare with the labels of this data set folder.")
    ] = None,
    target: Annotated[
        Path | None,
        typer.Option("--out", metavar="AGAIN", help="Write the lines in dispute, and new sheets for the ties."),
    ] = None,
    merges: Annotated[
        bool, typer.Option("--merge", help="Put the majority's labels into the folder, and the agreement on its card.")
    ] = False,
    seed: Annotated[int, typer.Option("--seed", help="Of the intervals.")] = 0,
    as_json: Json = False,
) -> None:
    """Read filled sheets: how well people agree with each other and the data set with them, and what is in dispute."""
    if merges and data is None:
        raise ConfigError("--merge needs the folder to write into: say --data DIR as well.")
    outcome = agree(sheets, data=data, seed=seed)
    for problem in (*map(str, outcome.returned.misread), *outcome.returned.refused):
        say(f"left out: {problem}")
    for notice in outcome.mixed:
        say(notice)
    if target:
        write_disputes(outcome, target, seed=seed)
    merged = merge(outcome, data) if merges and data else None
    if as_json:
        print_json({**outcome.as_json(), "merged": merged})
        return
    for table in _tables(outcome):
        out().print(table)
    say(_told(outcome, merged, target))


def _told(outcome: Outcome, merged: int | None, target: Path | None) -> str:
    left = {name: n for name, n in outcome.returned.open.items() if n}
    told = [f"{len(outcome.verdicts):,} lines labelled, {len(outcome.ties):,} of them tied"]
    if outcome.concord is None:
        told.append(_alone(outcome))
    told += [f"{name} has left {n:,} open" for name, n in sorted(left.items())]
    if merged is not None:
        told.append(f"{merged:,} labels by people are in the folder now")
    if target:
        told.append(f"the lines in dispute are in {target / 'disputes.csv'}")
    if outcome.ties:
        told.append(
            f"give the new sheets in {target} out, and read all sheets together"
            if target
            else "say --out AGAIN for sheets that ask again about the ties"
        )
    return "; ".join(told)


def _alone(outcome: Outcome) -> str:
    """Why there is no agreement to be shown."""
    people = outcome.returned.people
    if len(people) > 1:
        return "no two people have labelled the same line, so nothing is said of their agreement"
    return f"{people[0]} is one person, who has no agreement with anybody: name the sheets of two or more"


def _tables(outcome: Outcome) -> Iterator[Table]:
    concord = outcome.concord
    if concord:
        title = f"{len(concord.people)} annotators, {concord.lines:,} lines labelled by two or more"
        table = _table(title, "", "value", "95 %", "lines")
        table.add_row("agreement", *_cells(concord.percent))
        table.add_row("Krippendorff's alpha", *_cells(concord.alpha))
        if concord.fleiss:
            table.add_row("Fleiss' kappa", *_cells(concord.fleiss))
        for pair in concord.pairs:
            table.add_row(escape(f"Cohen's kappa {pair.first}, {pair.second}"), *_cells(pair.kappa))
        table.caption = "intervals: bootstrap over dialogues"
        yield table
        yield _confusion("Who was given which label beside which, pairs counted from both sides", concord.confusion)
    for name, found in outcome.labels.items():
        yield from _compared(name, found, "people's majority" if concord else "people's labels")
    if lines := disputed(outcome.verdicts):
        yield _disputes(outcome, lines[:_SHOWN], len(lines))


_SHOWN, _EXCERPT = 10, 50
"""Lines in dispute to be shown, and characters of each; all are in the table that --out writes."""


def _compared(name: str, found: Between, beside: str) -> Iterator[Table]:
    table = _table(f"Labels by {escape(name)} beside {beside}", "", "value", "95 %", "lines")
    for title, figure in (
        ("agreement", found.percent),
        ("Cohen's kappa", found.kappa),
        ("Krippendorff's alpha", found.alpha),
    ):
        table.add_row(title, *_cells(figure))
    yield table
    table = _table("", "emotion", "precision", "recall", "F1", "people", escape(name))
    for label in (label for label in Emotion if label in found.by_label):
        score = found.by_label[label]
        numbers = (f"{x:.3f}" for x in (score.precision, score.recall, score.f1))
        table.add_row(f"{label.value} {label.zh}", *numbers, f"{score.gold:,}", f"{score.predicted:,}")
    yield table
    yield _confusion(f"Rows as people have it, columns as {escape(name)} has it", found.confusion)


def _confusion(title: str, counts: Mapping[tuple[Emotion, Emotion], int]) -> Table:
    used = [label for label in Emotion if any(label in pair for pair in counts)]
    table = _table(title, "", *(label.zh for label in used))
    table.box, table.show_edge = None, False
    for row in used:
        table.add_row(f"{row.value} {row.zh}", *(f"{counts.get((row, column), 0):,}" for column in used))
    return table


def _disputes(outcome: Outcome, lines: list[Any], number: int) -> Table:
    people = outcome.returned.people
    table = _table(f"Lines in dispute, {len(lines)} of {number:,}", "line", "text", "majority", *map(escape, people))
    table.columns[0].no_wrap = True
    for verdict in lines:
        votes = (verdict.votes[person].zh if person in verdict.votes else "" for person in people)
        said = f"{verdict.line.speaker}: {verdict.line.text}"
        said = said if len(said) <= _EXCERPT else f"{said[:_EXCERPT]}…"
        cells = (verdict.line.id, said, verdict.emotion.zh if verdict.emotion else "tie", *votes)
        table.add_row(*map(escape, cells))
    return table


def _composition(found: Mapping[str, Any]) -> Table:
    """Turns of the sample by character, by emotion and by annotator; the cells themselves are in sample.json."""
    table = _table("Turns in the sample, of those in the data set", "", "turns", "of")
    for column, absent in (("character", ""), ("emotion", "no label"), ("annotator", "labelled by nobody")):
        turns, total = Counter[str](), Counter[str]()
        for cell in found["composition"]:
            turns[cell[column] or absent] += cell["turns"]
            total[cell[column] or absent] += cell["of_turns"]
        for name in sorted(total):
            shown = f"labelled by {name}" if column == "annotator" and name != absent else name
            table.add_row(escape(shown), f"{turns[name]:,}", f"{total[name]:,}")
        table.add_section()
    return table


def _cells(figure: Estimate) -> tuple[str, str, str]:
    return f"{figure.value:.3f}", f"{figure.low:.3f} to {figure.high:.3f}", f"{figure.n:,}"


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title or None, title_justify="left", title_style="bold")
    for number, name in enumerate(columns):
        table.add_column(name, justify="right" if number and name not in _TEXT else "left")
    return table


_TEXT = ("text", "majority")
