"""A system's figures in the two forms that the Hugging Face Hub takes: for a model card, and as result files."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from roleinstruct.evaluation.benchmark import AVERAGE, SystemScores, Table

__all__ = ["Result", "eval_results", "file_name", "model_index", "results_of"]


@dataclass(frozen=True, slots=True)
class Result:
    """One figure of one system.

    Attributes:
        task: One of the benchmark's tasks, or "avg".
        metric: Its type, such as "rouge".
        name: Of the metric, for people.
        value: The figure.
        settings: Signature, interval, floor and n.
    """

    task: str
    metric: str
    name: str
    value: float
    settings: Mapping[str, Any]


def results_of(
    tables: Sequence[Table], people: Mapping[str, Any] | None, judges: Sequence[Mapping[str, Any]]
) -> dict[str, list[Result]]:
    """All figures by system.

    Args:
        tables: The benchmark, one or more metrics of the same systems.
        people: As `human.outcome.outcome` makes it.
        judges: As `JudgeSummary.as_json` makes them.
    """
    found: dict[str, list[Result]] = {}
    for table in tables:
        for one in table.systems:
            found.setdefault(one.system, []).extend(_scored(table, one))
    for judge in judges:
        for row in judge["systems"]:
            settings = {
                "judge": judge["judge"]["judge"],
                "prompt_sha256": judge["judge"]["prompt_sha256"],
                "interval": row["rank"]["interval"],
                "n": row["rank"]["groups"],
                "systems": sorted(judge["judge"]["systems"]),
            }
            name = f"Mean rank among {len(judge['systems'])} by {judge['judge']['judge']}"
            found.get(row["system"], []).append(Result(AVERAGE, "mean_rank", name, row["rank"]["value"], settings))
    for row in people["systems"] if people else ():
        for column, mean in row.items():
            if column != "system":
                settings = {"interval": mean["interval"], "n": mean["n"], "scale": [1, 5]}
                name = f"People: {column.replace('_', ' ')}"
                found.get(row["system"], []).append(Result(AVERAGE, column, name, mean["value"], settings))
    return found


def model_index(system: str, results: Sequence[Result], dataset: str, name: str) -> str:
    """The YAML block `model-index` of a model card.

    Args:
        system: The model's name.
        results: Its figures.
        dataset: The data set's id on the Hub, or a name where it is on none.
        name: The data set's name for people.
    """
    from huggingface_hub import EvalResult, ModelCardData

    entries = [
        EvalResult(
            task_type="text-generation",
            task_name=f"Role-play, {one.task.upper()}" if one.task != AVERAGE else "Role-play",
            dataset_type=dataset,
            dataset_name=name,
            dataset_config="benchmark",
            dataset_split="test",
            metric_type=one.metric,
            metric_name=one.name,
            metric_value=round(one.value, 6),
            # Not as arguments of the data set: the client unites results that differ in those alone, under the first.
            metric_args={"task": one.task, **one.settings},
        )
        for one in results
    ]
    text: str = ModelCardData(model_name=system, eval_results=entries).to_yaml()
    return text + "\n"


def eval_results(results: Sequence[Result], dataset: str) -> str:
    """A file for `.eval_results/` of a model's repository: the benchmark's own metric alone, an entry a task.

    Args:
        results: The model's figures.
        dataset: The data set's id on the Hub.
    """
    import yaml
    from huggingface_hub import EvalResultEntry, eval_result_entries_to_yaml

    entries = [
        EvalResultEntry(dataset_id=dataset, task_id=one.task, value=round(one.value, 6), notes=_notes(one))
        for one in results
        if one.metric == "rouge"
    ]
    return yaml.safe_dump(eval_result_entries_to_yaml(entries), sort_keys=False, allow_unicode=True)


def file_name(system: str) -> str:
    """A name for a system's files that no path, blank or mark can hide in."""
    plain = re.sub(r"[^\w.-]+", "-", system).strip("-.")
    if plain and plain == system and len(plain) < 100:
        return plain
    return f"{plain[:60] or 'system'}-{blake2b(system.encode('utf-8', 'surrogatepass'), digest_size=4).hexdigest()}"


def _scored(table: Table, one: SystemScores) -> list[Result]:
    rouge = table.signature.startswith("rougeL")
    metric, name = ("rouge", "Rouge-L") if rouge else ("rpcs", "RPCS")
    told = {"signature": table.signature, "items_sha256": table.digest}
    average = {**told, "interval": _round(one.interval), "floor": _floor(one.floor), "n": table.items}
    found = [Result(AVERAGE, metric, f"{name}, mean of the tasks", one.average, average)]
    for task, score in one.tasks.items():
        settings = {**told, "interval": _round(score.interval), "floor": _floor(score.floor), "n": score.n}
        found.append(Result(task, metric, f"{name}, {task.upper()}", score.value, settings))
    return found


def _notes(one: Result) -> str:
    low, high = one.settings["interval"]
    return f"{one.name}; {one.settings['signature']}; n={one.settings['n']}; 95% [{low:.4f}, {high:.4f}]"


def _round(interval: tuple[float, float]) -> list[float]:
    return [round(end, 6) for end in interval]


def _floor(floor: float | None) -> float | None:
    return None if floor is None else round(floor, 6)
