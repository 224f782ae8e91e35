"""Where a report's figures come from: settings, contamination, cost, digests of the files, and versions."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from roleinstruct.dataset.features import TASKS
from roleinstruct.evaluation.answers import Answers
from roleinstruct.evaluation.contamination import SHARE, Contaminated
from roleinstruct.evaluation.report.cells import NOTHING, figure, number, word
from roleinstruct.evaluation.report.document import Cell, Grid, Section
from roleinstruct.evaluation.verdicts import Verdicts

__all__ = ["Spent", "contamination_section", "cost_section", "origins_section", "settings_section"]

_SHOWN = 20
"""Known items to be shown one by one."""


@dataclass(frozen=True, slots=True)
class Spent:
    """What models took at one stage, as the journals of the data set and of the answers say.

    Attributes:
        stage: Such as "respond".
        model: Its name.
        requests: Replies.
        prompt_tokens: Sent.
        completion_tokens: Received.
        usd: What it cost; None where nobody knows the price.
    """

    stage: str
    model: str
    requests: int
    prompt_tokens: int
    completion_tokens: int
    usd: float | None


def contamination_section(known: Sequence[Contaminated], items: int, excluded: int) -> Section:
    """Items that stand in the training part."""
    distinct = {one.item: one.task for one in known}
    rows = [[word(task.upper()), number(sum(one == task for one in distinct.values()))] for task in TASKS]
    grids = [Grid("Items that stand in the training part", ("task", "items"), rows)]
    if known:
        found = [
            [word(one.item), word(one.what), Cell(f"{one.share:.0%}", one.share), word(one.row), word(one.text)]
            for one in known[:_SHOWN]
        ]
        title = f"The first {len(found):,} of {len(known):,} findings"
        grids.append(Grid(title, ("item", "what", "share", "training row", "text"), found, look="folded"))
    what = (
        f"{excluded:,} items were left out for it." if excluded else "None was left out (--exclude-contaminated does)."
    )
    return Section(
        "contamination",
        "Contamination",
        f"An item is known if one training text of the same character has {SHARE:.0%} of its character sequences. "
        f"{what} Scored: {items:,}.",
        grids,
    )


def settings_section(systems: Sequence[Answers]) -> Section:
    """How each system answered, as its file says."""
    settings = [_flat(one.settings) for one in systems]
    names = list(dict.fromkeys(name for found in settings for name in found))
    title, head = "Settings of the systems", ("", *(one.system for one in systems))
    rows = [[word(name), *(word(found[name]) if name in found else NOTHING for found in settings)] for name in names]
    rows.append([word("answers"), *(number(len(one.texts)) for one in systems)])
    lead = "As the first line of each file of answers says."
    if not names:
        lead = "No file of answers says how it came about: roleinstruct respond writes it into the first line."
    return Section("settings", title, lead, (Grid("", head, rows, look="wide"),))


def cost_section(verdicts: Sequence[Verdicts], spent: Sequence[Spent]) -> Section:
    """What the models took, as far as anybody wrote it down."""
    rows = [_cost("judge", f"{one.judge.judge} ({one.judge.model})", one.judge) for one in verdicts] + [
        _cost(one.stage, one.model, one) for one in spent
    ]
    if not rows:
        return Section(
            "cost",
            "Cost",
            "Nothing is known of any: verdicts tell, and the journals in the data set folder and beside the answers.",
        )
    head = ("stage", "model", "replies", "tokens sent", "tokens received", "USD")
    note = "Judges by the heads of their files, all else by the journals; – : nobody knows the price."
    return Section("cost", "Cost", "", (Grid("", head, rows, note),))


def origins_section(signatures: Mapping[str, str], digests: Mapping[str, str], versions: Mapping[str, str]) -> Section:
    """What must be the same for figures to be comparable.

    Args:
        signatures: By metric.
        digests: SHA-256 by what it is of.
        versions: By package.
    """
    return Section(
        "origins",
        "Signatures, digests and versions",
        "Two reports may be compared where the signatures and the digest of the items are the same.",
        (
            Grid("Signatures", ("metric", "signature"), _pairs(signatures), look="wide"),
            Grid("Digests (SHA-256)", ("of", "digest"), _pairs(digests), look="wide"),
            Grid("Versions", ("package", "version"), _pairs(versions)),
        ),
    )


def _pairs(found: Mapping[str, str]) -> list[list[Cell]]:
    return [[word(name), word(value)] for name, value in found.items()]


def _cost(stage: str, model: str, of: Any) -> list[Cell]:  # noqa: ANN401 - a Judge or a Spent: the same four fields
    tokens = (number(of.requests), number(of.prompt_tokens), number(of.completion_tokens))
    return [word(stage), word(model), *tokens, figure(of.usd)]


def _flat(settings: Mapping[str, Any], above: str = "") -> dict[str, str]:
    """Settings within settings by their path."""
    found: dict[str, str] = {}
    for name, value in settings.items():
        if isinstance(value, Mapping):
            found.update(_flat(value, f"{above}{name}."))
        else:
            found[f"{above}{name}"] = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return found
