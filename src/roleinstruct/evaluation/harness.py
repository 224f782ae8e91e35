"""The benchmark as a task of EleutherAI's LM evaluation harness: a folder of YAML, data, and a few lines of Python."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from roleinstruct.dataset.features import TASKS
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.errors import ConfigError
from roleinstruct.evaluation.items import Item, digest_of, read_items
from roleinstruct.evaluation.responses import personas_of, queries_of
from roleinstruct.evaluation.sampling import Sampling

__all__ = ["GROUP", "write_harness"]

GROUP = "roleinstruct"
"""What `lm_eval --tasks` is told; its parts are "roleinstruct_raw" and so on."""


def write_harness(data: DataFolder, out: Path) -> int:
    """Write the task; the folder may be moved as a whole.

    Its Rouge-L is that of `roleinstruct score`, and its mean is that of the tasks, each counting the same.

    Args:
        data: The data set folder.
        out: A folder that is new or empty.

    Returns:
        How many items there are.

    Raises:
        ConfigError: There is something in the folder.
        FolderError: There is no benchmark, or a character has no profile.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ConfigError(f"{out} is there and not empty: name a new folder for the task of the harness.")
    items, personas = read_items(data), personas_of(data)
    systems = {name: query.messages[0].content for query in queries_of(items, personas) for name in query.items}
    out.mkdir(parents=True, exist_ok=True)
    (out / f"{_MODULE}.py").write_text(_CODE, encoding="utf-8")
    tasks = [task for task in TASKS if any(item.task == task for item in items)]
    for task in tasks:
        some = [item for item in items if item.task == task]
        rows = (json.dumps(_document(item, systems[item.id]), ensure_ascii=False) for item in some)
        (out / f"{task}.jsonl").write_text("\n".join([*rows, ""]), encoding="utf-8")
        (out / f"{GROUP}_{task}.yaml").write_text(_yaml(_task(task, some)), encoding="utf-8")
    (out / f"{GROUP}.yaml").write_text(_yaml(_group(tasks)), encoding="utf-8")
    return len(items)


def _document(item: Item, system: str) -> dict[str, Any]:
    return {
        "id": item.id,
        "character": item.character,
        "system": system,
        "instruction": item.instruction,
        "references": list(item.references),
    }


class _Function(str):
    """The name of a function, which the harness looks up beside the file."""

    __slots__ = ()


def _task(task: str, items: Sequence[Item]) -> dict[str, Any]:
    sampling = Sampling()
    return {
        "task": f"{GROUP}_{task}",
        "custom_dataset": _Function(f"{_MODULE}.items"),
        "dataset_kwargs": {"task": task},
        "test_split": "test",
        "output_type": "generate_until",
        "description": "system",  # a column; with --apply_chat_template it is the system prompt
        "doc_to_text": "instruction",
        "doc_to_target": "{{references[0]}}",
        "num_fewshot": 0,
        "generation_kwargs": {
            "until": [],
            "do_sample": True,
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "max_gen_toks": sampling.max_tokens,
        },
        "process_results": _Function(f"{_MODULE}.scored"),
        "metric_list": [{"metric": "rouge_l", "aggregation": "mean", "higher_is_better": True}],
        "metadata": {"version": 1, "items": digest_of(items)},
    }


def _group(tasks: Sequence[str]) -> dict[str, Any]:
    return {
        "group": GROUP,
        "task": [f"{GROUP}_{task}" for task in tasks],
        "aggregate_metric_list": [{"metric": "rouge_l", "aggregation": "mean", "weight_by_size": False}],
        "metadata": {"version": 1},
    }


_MODULE = "roleinstruct_items"

_CODE = '''"""The items of the benchmark, and their score."""

from pathlib import Path

from datasets import load_dataset

from roleinstruct.metrics.rouge_l import rouge_l


def items(task, **_):
    return load_dataset("json", data_files={"test": str(Path(__file__).parent / f"{task}.jsonl")})


def scored(doc, results):
    return {"rouge_l": rouge_l([results[0]], [doc["references"]], floor=False).value}
'''


class _Dumper(yaml.SafeDumper):
    """Writes a `_Function` as the harness wants it."""


_Dumper.add_representer(_Function, lambda dumper, name: dumper.represent_scalar("!function", str(name)))


def _yaml(document: dict[str, Any]) -> str:
    return yaml.dump(document, Dumper=_Dumper, allow_unicode=True, sort_keys=False)
