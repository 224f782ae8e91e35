"""The rules for the card of a model: what it was made of, and its results."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from roleinstruct.publish.card_problem import Problem, listed, named

__all__ = ["model_problems"]

_RELATIONS = ("adapter", "finetune", "merge", "quantized")


def model_problems(metadata: Mapping[str, Any]) -> Iterator[Problem]:
    """What is wrong with the YAML of a model's card."""
    for key in ("base_model", "datasets"):
        yield from named(metadata, key)
    relation = metadata.get("base_model_relation")
    if relation is not None and relation not in _RELATIONS:
        yield Problem("base_model_relation", f"{relation!r} is none", f"write one of {', '.join(_RELATIONS)}")
    for key in ("library_name", "pipeline_tag"):
        if key in metadata and not isinstance(metadata[key], str):
            yield Problem(key, f"{metadata[key]!r} is no text", "put it in quotes")
    if "model-index" in metadata:
        yield from _results(metadata["model-index"])


def _results(index: Any) -> Iterator[Problem]:  # noqa: ANN401 - YAML
    where = "model-index"
    if not isinstance(index, list) or not all(isinstance(one, dict) and "name" in one for one in index):
        yield Problem(where, "it is no list of models with their names", "see the Hub's page on model cards")
        return
    for model in index:
        results = model.get("results")
        if not isinstance(results, list):
            yield Problem(where, f"{model['name']} has no list of results", "write results")
            continue
        for result in results:
            yield from _result(result, f"{where} of {model['name']}")


def _result(result: Any, where: str) -> Iterator[Problem]:  # noqa: ANN401 - YAML
    if not isinstance(result, dict) or not result.get("task", {}).get("type"):
        yield Problem(where, "a result has no task.type", "write it, such as text-generation")
        return
    dataset = result.get("dataset", {})
    if not dataset.get("type") or not dataset.get("name"):
        yield Problem(where, "a result has no dataset.type and dataset.name", "write both")
    for metric in listed(result.get("metrics")):
        value = metric.get("value")
        if not metric.get("type") or value is None:
            yield Problem(where, "a metric has no type or value", "write both")
        elif isinstance(value, float) and not math.isfinite(value):
            yield Problem(where, f"{metric['type']} is {value}, which is no figure", "leave this metric out")
