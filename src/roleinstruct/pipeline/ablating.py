"""The paper's ablations, from a recipe and a data set folder to its Tables 5 and 6 with intervals."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from roleinstruct.dataset.folder import DataFolder
from roleinstruct.errors import RecordError
from roleinstruct.evaluation.ablation import BASE, SHEETS, Verdict, verdicts
from roleinstruct.evaluation.answers import Answers, read_answers
from roleinstruct.evaluation.contrasts import Findings, compare, values_of
from roleinstruct.evaluation.forgetting import Forgetting, forgetting
from roleinstruct.evaluation.items import Item, read_items
from roleinstruct.evaluation.paper import paper_table
from roleinstruct.pipeline.cells import Plan, Ran, run_cells
from roleinstruct.pipeline.listener import Listener
from roleinstruct.pipeline.recipes import mixture_config
from roleinstruct.pipeline.scoring import ScoreOptions
from roleinstruct.training.adapter import RECORD
from roleinstruct.training.recipe import Recipe

__all__ = ["Ablation", "SheetFindings", "ablate", "answers_of", "emotion_of", "forgotten", "scored"]


@dataclass(frozen=True, slots=True)
class SheetFindings:
    """One of the paper's tables, of this data set.

    Attributes:
        findings: The settings, and the base; without those of which every run failed.
        verdicts: Answers to its questions.
        seeds: Those that all of its settings were run with.
    """

    findings: Findings
    verdicts: Sequence[Verdict]
    seeds: Sequence[int]


@dataclass(frozen=True, slots=True)
class Ablation:
    """What came of an ablation.

    Attributes:
        sheets: By the names of `SHEETS`, those that could be filled.
        forgetting: By setting, where neutral questions were asked.
        trained: By setting how long it was trained, "steps", "rows" and "seconds" of the first run.
        failed: By the name of a cell why it is missing.
        signature: How answers were scored.
    """

    sheets: Mapping[str, SheetFindings]
    forgetting: Mapping[str, Forgetting]
    trained: Mapping[str, Mapping[str, float]]
    failed: Mapping[str, str]
    signature: str

    def as_json(self) -> dict[str, Any]:
        """As a JSON document."""
        return {
            "signature": self.signature,
            "tables": {
                name: {
                    **sheet.findings.as_json(),
                    "seeds": list(sheet.seeds),
                    "verdicts": [
                        {"question": one.question, "answer": one.answer, "because": one.because}
                        for one in sheet.verdicts
                    ],
                    "paper": paper_table(SHEETS[name].paper).as_json(),
                }
                for name, sheet in self.sheets.items()
            },
            "forgetting": {name: one.as_json() for name, one in self.forgetting.items()},
            "trained": {name: dict(told) for name, told in self.trained.items()},
            "failed": dict(self.failed),
        }


def ablate(
    plan: Plan, sheets: Sequence[str], *, budget: float | None = None, listener: Listener | None = None
) -> Ablation:
    """Run what is not done, and hold the settings against each other.

    Args:
        plan: What is run; see `settings_of` for the settings that the sheets need.
        sheets: Names of `SHEETS`.
        budget: The loss of neutral RAW that is bearable, see `forgetting`; None does not look at it.
        listener: Hears how far it is.

    Raises:
        RecordError: No table can be filled, because cells failed.
        RoleInstructError: See `run_cells`.
    """
    ran = run_cells(plan, listener=listener)
    found: dict[str, SheetFindings] = {}
    signature = ""
    for name in sheets:
        names = [one for one in (BASE, *SHEETS[name].rows.values()) if ran.seeds([one])]
        if (seeds := ran.seeds(names)) and len(names) > 1:
            findings, signature = scored(plan, names, seeds, SHEETS[name].pairs)
            found[name] = SheetFindings(findings, verdicts(SHEETS[name], findings), seeds)
    if not found:
        cell, why = next(iter(ran.failed.items()))
        raise RecordError(f"no table can be filled, for {len(ran.failed):,} trainings failed, first {cell}: {why}")
    lost = {} if budget is None else forgotten(plan, ran, budget)
    trained = {setting.name: _told(plan, setting.name, ran) for setting in plan.settings if ran.seeds([setting.name])}
    return Ablation(found, lost, trained, ran.failed, signature)


def emotion_of(recipe: str, words: Sequence[str]) -> str:
    """How emotion enters in the settings that have it: as the recipe says, or as a tag where it says that none does."""
    said = mixture_config(Recipe.load(recipe, words)).emotion
    return "tag" if said == "none" else said


def scored(
    plan: Plan, names: Sequence[str], seeds: Sequence[int], pairs: Sequence[tuple[str, str]]
) -> tuple[Findings, str]:
    """Score the answers of settings, and hold pairs of them against each other.

    Args:
        plan: What was run.
        names: The settings.
        seeds: Those that all of them were run with.
        pairs: Which settings are held against each other.

    Returns:
        What was found, and how it was scored.
    """
    items, measure = read_items(DataFolder(plan.data), limit=plan.limit), ScoreOptions().measure()
    values = {name: values_of(items, answers_of(plan, name, seeds), measure) for name in names}
    return compare(items, values, pairs), measure(["x"], [["x"]]).signature


def forgotten(plan: Plan, ran: Ran, budget: float) -> dict[str, Forgetting]:
    """What each setting has lost of neutral RAW; nothing where the benchmark has no neutral answers.

    Args:
        plan: What was run, with `neutral`.
        ran: What came of it.
        budget: See `forgetting`.
    """
    items = [item for item in read_items(DataFolder(plan.data), limit=plan.limit) if item.task == "raw"]
    return {
        setting.name: _lost(plan, setting.name, ran.seeds([BASE, setting.name]), items, budget)
        for setting in plan.settings
        if items and ran.seeds([BASE, setting.name])
    }


def answers_of(plan: Plan, name: str, seeds: Sequence[int], *, neutral: bool = False) -> list[Answers]:
    """The answers of the runs of a setting."""
    cells = [cell for cell in plan.cells if cell.setting.name == name and cell.seed in seeds]
    return [read_answers(plan.asked(cell)[neutral].out) for cell in cells]


def _lost(plan: Plan, name: str, seeds: Sequence[int], items: Sequence[Item], budget: float) -> Forgetting:
    base, adapter = (answers_of(plan, one, seeds, neutral=True) for one in (BASE, name))
    return forgetting(items, base, adapter, ScoreOptions().measure(), budget)


def _told(plan: Plan, name: str, ran: Ran) -> dict[str, float]:
    cell = next(cell for cell in ran.cells if cell.setting.name == name)
    record = json.loads((plan.out / cell.name / "adapter" / RECORD).read_text(encoding="utf-8"))
    return {key: record["report"][key] for key in ("steps", "rows", "seconds")}
