"""The figures of an adapter, put into one file of its folder, from which its card and the Hub's entries are made."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from roleinstruct.dataset.folder import DataFolder
from roleinstruct.errors import ConfigError
from roleinstruct.evaluation.answers import read_answers
from roleinstruct.evaluation.benchmark import AVERAGE
from roleinstruct.evaluation.items import read_items
from roleinstruct.evaluation.local_model import weights_of
from roleinstruct.evaluation.report.hub import Result
from roleinstruct.pipeline.scoring import score_files

__all__ = ["RESULTS", "gather_results", "results_for_hub"]

RESULTS = "results.json"
"""The file."""


def gather_results(
    adapter: Path,
    scores: Sequence[Path] = (),
    answers: Sequence[Path] = (),
    *,
    data: Path | None = None,
    dataset: str = "",
    system: str = "",
) -> dict[str, Any]:
    """Put together what is known of how well an adapter answers.

    Args:
        adapter: Its folder.
        scores: Files of `score --json`, `report.json`, and of `forgetting --json`.
        answers: Files of answers, which are scored here, the adapter's and those of others beside it.
        data: The data set folder that was answered; needed with answers.
        dataset: Its id on the Hub, "owner/name", or "".
        system: The adapter's name in these files; "" finds it by its weights, or where there is but one.

    Returns:
        "system", "dataset", "tables" (a metric each), "forgetting" or null, and "samples".

    Raises:
        ConfigError: A file holds no figures, or the adapter is not found in them.
    """
    if answers and data is None:
        raise ConfigError("answers can be scored beside their questions alone: name the data set folder with --data.")
    documents = [_read(path) for path in scores]
    if answers and data is not None:
        documents.append(score_files(list(answers), DataFolder(data)).as_json())
    found = [table for document in documents for table in _tables(document)]
    lost = [document for document in documents if _is_forgetting(document)]
    if not found and not lost:
        raise ConfigError("no file holds figures: give files of score --json, report.json or forgetting --json.")
    name = _system(found, documents, adapter, system) if found else system
    return {
        "system": name,
        "dataset": {"id": dataset, "name": data.resolve().name if data else dataset.rpartition("/")[2]},
        "tables": found,
        "forgetting": lost[-1] if lost else None,
        "samples": _samples(answers, data, name) if data else [],
    }


def results_for_hub(found: Mapping[str, Any]) -> list[Result]:
    """The adapter's own figures, an average and one a task of each metric, with signature, interval, floor and n."""
    results: list[Result] = []
    for table in found["tables"]:
        metric, name = ("rouge", "Rouge-L") if table["signature"].startswith("rougeL") else ("rpcs", "RPCS")
        told = {"signature": table["signature"], "items_sha256": table["digest"]}
        for one in (row for row in table["systems"] if row["system"] == found["system"]):
            average = {**told, **_rounded(one), "n": table["items"]}
            results.append(Result(AVERAGE, metric, f"{name}, mean of the tasks", one["average"], average))
            for task, score in one["tasks"].items():
                settings = {**told, **_rounded(score), "n": score["n"]}
                results.append(Result(task, metric, f"{name}, {task.upper()}", score["value"], settings))
    return results


def _rounded(score: Mapping[str, Any]) -> dict[str, Any]:
    floor = score["floor"]
    interval = [round(end, 6) for end in score["interval"]]
    return {"interval": interval, "floor": None if floor is None else round(floor, 6)}


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path} cannot be read ({error.strerror}); expected a file of score --json.") from error
    except ValueError as error:
        raise ConfigError(f"{path} is no JSON ({error}); expected a file of score --json, or report.json.") from error
    if not isinstance(found, dict) or not (_whole(found) or _is_forgetting(found)):
        raise ConfigError(f"{path} holds no figures; expected score --json, report.json or forgetting --json.")
    return found


def _whole(document: Mapping[str, Any]) -> list[Any]:
    """The tables of a document, of `score` itself or in a report."""
    found = [document] if "systems" in document else [document.get("scores"), document.get("rpcs")]
    return [one for one in found if isinstance(one, dict) and {"systems", "signature", "items"} <= one.keys()]


def _tables(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Without paths and settings of the machine on which it was scored."""
    return [
        {
            **{key: table[key] for key in ("signature", "items", "digest")},
            "systems": [
                {
                    **{key: one[key] for key in ("system", "average", "interval", "floor")},
                    "tasks": {
                        task: {key: score[key] for key in ("value", "interval", "floor", "n")}
                        for task, score in one["tasks"].items()
                    },
                }
                for one in table["systems"]
            ],
        }
        for table in _whole(document)
    ]


def _is_forgetting(document: Mapping[str, Any]) -> bool:
    return {"base", "adapter", "loss", "interval", "budget", "questions"} <= document.keys()


def _system(
    tables: Sequence[Mapping[str, Any]], documents: Sequence[Mapping[str, Any]], adapter: Path, system: str
) -> str:
    names = list(dict.fromkeys(one["system"] for table in tables for one in table["systems"]))
    weights, settings = weights_of(str(adapter)), dict[str, Any]()
    for document in documents:
        settings |= document.get("settings", {})
        settings |= {one["system"]: one.get("settings", {}) for one in document.get("systems", [])}
    known = [name for name in names if weights and settings.get(name, {}).get("weights") == weights]
    chosen = system or (known[0] if len(known) == 1 else names[0] if len(names) == 1 else adapter.resolve().name)
    if chosen not in names:
        raise ConfigError(
            f"no figures are of {chosen}, there are those of {', '.join(names)}: say with --system which is {adapter}."
        )
    return chosen


def _samples(answers: Sequence[Path], data: Path, system: str) -> list[dict[str, str]]:
    """A few of the adapter's answers beside what was right, of every task and of different characters in turn."""
    said = next((file.texts for file in map(read_answers, answers) if file.system == system), {})
    items = [item for item in read_items(DataFolder(data)) if item.id in said and item.references]
    found: list[dict[str, str]] = []
    seen: set[tuple[str, str]] = set()
    for item in items:
        places = {(item.task, item.character), ("", item.instruction)}  # RAW and CUS have one answer to one question
        if not places & seen and len(found) < _SAMPLES:
            seen |= places
            row = {"task": item.task, "character": item.character, "question": item.instruction}
            found.append({**row, "answer": said[item.id], "reference": item.references[0]})
    return found


_SAMPLES = 8
