"""How the commands talk: notices and tables for people on stderr and stdout, JSON for programs."""

import json
import sys
from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

__all__ = ["accounting_table", "emotions_table", "out", "print_json", "say", "statistics_table"]


def out() -> Console:
    """The console of what was asked for."""
    return Console(file=sys.stdout, highlight=False, soft_wrap=not sys.stdout.isatty())


def say(message: str) -> None:
    """A line of talk on stderr."""
    Console(file=sys.stderr, highlight=False, markup=False, soft_wrap=True).print(message)


def print_json(value: Mapping[str, Any]) -> None:
    """One JSON document on stdout."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def accounting_table(accounts: Mapping[str, Mapping[str, Any]]) -> Table:
    """Source rows by unit, with the reasons for what was rejected."""
    table = _table("Every source row", "unit", "read", "kept", "merged", "rejected", "reasons")
    for unit, counts in accounts.items():
        if counts["read"]:
            rejected: Mapping[str, int] = counts["rejected"]
            reasons = ", ".join(f"{reason} {n:,}" for reason, n in sorted(rejected.items(), key=lambda r: -r[1]))
            numbers = (counts["read"], counts["kept"], counts["merged"], sum(rejected.values()))
            table.add_row(unit, *(f"{n:,}" for n in numbers), reasons)
    return table


def statistics_table(summary: Mapping[str, Any]) -> Table:
    """The rows of the paper's Table 1."""
    table = _table("Beside the paper's Table 1", "", "this data set", "paper v1", "paper v2")
    for row in summary["table_1"]:
        table.add_row(row["name"], *(_figure(row[column]) for column in ("value", "paper_v1", "paper_v2")))
    return table


def emotions_table(summary: Mapping[str, Any]) -> Table:
    """Shares of the ten emotions."""
    table = _table("Emotions, percent of labelled turns", "", "this data set", "paper v1")
    for emotion, share in summary["emotions_percent"].items():
        table.add_row(emotion, f"{share:.1f}", f"{summary['emotions_percent_paper_v1'][emotion]:.1f}")
    return table


def _table(title: str, first: str, *others: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold")
    table.add_column(first)
    for name in others:
        table.add_column(name, justify="left" if name == "reasons" else "right")
    return table


def _figure(number: float | None) -> str:
    return "–" if number is None else f"{number:,.2f}" if isinstance(number, float) else f"{number:,}"
