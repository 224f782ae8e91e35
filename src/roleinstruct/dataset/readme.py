"""The README of a data set folder: the YAML that `load_dataset` reads, and the page that a person reads."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from roleinstruct.dataset.card_metadata import CardFacts, metadata
from roleinstruct.dataset.columns import COLUMNS, TABLES
from roleinstruct.dataset.features import PUBLISHED
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.dataset.statistics import figure
from roleinstruct.emotions import Emotion

__all__ = ["dataset_card"]


def dataset_card(
    folder: DataFolder, template: Path, card: CardFacts, *, name: str, version: str
) -> tuple[dict[str, Any], str]:
    """The card of a folder, every part of it in a marked region.

    Args:
        folder: A folder whose tables and `reports/*.json` are finished.
        template: The Jinja template of the page.
        card: What the builder says.
        name: The path in the loading snippet.
        version: Of roleinstruct.

    Returns:
        The YAML's keys and values, and the page.
    """
    report = folder.read_json("reports/statistics.json")
    made, answered = _provenance(folder), _answered(folder)
    models = [*(name for name in made if name not in ("source", "extractive")), *answered]
    head = metadata(folder, card, labelled_by=report["labelled_by"], has_made_text=bool(models))
    page = _environment().from_string(template.read_text(encoding="utf-8"))
    text: str = page.render(
        card=card,
        characters=list(report["characters"]),
        columns=COLUMNS,
        configs=[c for c in PUBLISHED if folder.has(c)],
        labelled=report["labelled_by"],
        made=made,
        answered=answered,
        unseen=folder.read_json("reports/mixture.json")["held_out_characters"],
        path=name,
        rows=report["rows"],
        statistics=report["table_1"],
        tables=TABLES,
        emotions={Emotion(name): share for name, share in report["emotions_percent"].items()},
        paper_emotions=report["emotions_percent_paper_v1"],
        accounting=folder.read_json("reports/accounting.json"),
        figures=_report(folder, "figures").get("drawn", []),
        version=version,
        **{name: _report(folder, name) for name in _REPORTS},
    )
    return head, _BLANKS.sub("\n\n", text)


_REPORTS = ("agreement", "contamination", "generation", "lint", "privacy", "sources")
_BLANKS = re.compile(r"\n{3,}")


def _environment() -> Any:  # noqa: ANN401 - of Jinja, imported late
    from jinja2 import Environment, StrictUndefined

    environment = Environment(undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False)
    environment.filters.update(
        {"thousands": _thousands, "figure": figure, "reasons": _reasons, "interval": _interval, "cell": _cell}
    )
    return environment


def _report(folder: DataFolder, name: str) -> dict[str, Any]:
    """A report that a folder need not have; {} where it has not."""
    path = f"reports/{name}.json"
    return folder.read_json(path) if (folder.root / path).is_file() else {}


def _provenance(folder: DataFolder) -> dict[str, int]:
    counts = {"source": 0, "extractive": 0}
    if folder.has("specific"):
        for row in folder.rows("specific", columns=["provenance"]):
            counts[row["provenance"]] = counts.get(row["provenance"], 0) + 1
    return counts


def _answered(folder: DataFolder) -> dict[str, dict[str, int]]:
    """By model: the general instructions that it has answered in character, and its answers to them."""
    counts: dict[str, dict[str, int]] = {}
    if folder.has("general"):
        for row in folder.rows("general", columns=["responses", "provenance"]):
            if row["provenance"] != "source":
                one = counts.setdefault(row["provenance"], {"rows": 0, "answers": 0})
                one["rows"] += 1
                one["answers"] += len(row["responses"])
    return counts


def _thousands(number: int) -> str:
    return f"{number:,}"


def _reasons(rejected: Mapping[str, int]) -> str:
    return ", ".join(f"{n:,} {reason}" for reason, n in rejected.items()) or "0"


def _interval(found: Mapping[str, Any]) -> str:
    """Cells of a table: a figure, its interval, and what it is of."""
    low, high = found["interval"]
    return f"{found['value']:.3f} | {low:.3f} to {high:.3f} | {found['n']:,}"


def _cell(text: object) -> str:
    """A text in a cell of a Markdown table, where a bar or a line end would begin another."""
    return " ".join(str(text).split()).replace("|", "\\|")
