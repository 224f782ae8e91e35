"""The benchmark as a task of the LM evaluation harness: what is written, and, slowly, what the harness makes of it."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from little_benchmark import PEOPLE, little_benchmark, tiny_model
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.dataset.persona import persona
from roleinstruct.errors import ConfigError
from roleinstruct.evaluation.harness import write_harness
from roleinstruct.evaluation.items import digest_of, read_items
from roleinstruct.pipeline.scoring import score_files


class Loader(yaml.SafeLoader):
    """Reads what only the harness can run."""


Loader.add_constructor("!function", lambda loader, node: loader.construct_scalar(node))


def read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader)
    return found


def test_the_task_holds_every_item_and_the_score_of_score(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = little_benchmark(tmp_path / "data")
    assert write_harness(DataFolder(data), tmp_path / "made") == 8
    task = (tmp_path / "made").rename(tmp_path / "moved")
    group = read(task / "roleinstruct.yaml")
    assert group["task"] == ["roleinstruct_raw", "roleinstruct_cus", "roleinstruct_spe"]
    assert group["aggregate_metric_list"][0]["weight_by_size"] is False
    part = read(task / "roleinstruct_spe.yaml")
    items = [item for item in read_items(DataFolder(data)) if item.task == "spe"]
    assert part["metadata"]["items"] == digest_of(items)
    assert part["generation_kwargs"]["top_p"] == 0.7

    found = importlib.util.spec_from_file_location("roleinstruct_items", task / "roleinstruct_items.py")
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "cache"))
    rows = list(module.items(task="spe", version=1)["test"])
    assert [row["id"] for row in rows] == [item.id for item in items]
    assert {row["system"] for row in rows} == {persona(profile) for profile in PEOPLE.values()}
    assert module.scored(rows[0], [rows[0]["references"][0]]) == {"rouge_l": 1.0}


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    data = little_benchmark(tmp_path / "data")
    with pytest.raises(ConfigError, match="new folder"):
        write_harness(DataFolder(data), data)


@pytest.mark.slow
def test_the_harness_itself_comes_to_the_scores_of_score(tmp_path: Path) -> None:
    pytest.importorskip("lm_eval")
    data, model = little_benchmark(tmp_path / "data"), tiny_model(tmp_path / "model")
    write_harness(DataFolder(data), tmp_path / "task")
    command = (
        f"-m lm_eval --model hf --model_args pretrained={model} --device cpu --tasks roleinstruct --include_path "
        f"{tmp_path / 'task'} --apply_chat_template --gen_kwargs max_gen_toks=40 --log_samples --output_path "
        f"{tmp_path / 'out'}"
    )
    ran = subprocess.run([sys.executable, *command.split()], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    [results] = (tmp_path / "out").rglob("results_*.json")
    found = json.loads(results.read_text(encoding="utf-8"))["results"]

    answers = tmp_path / "harness.jsonl"
    with answers.open("w", encoding="utf-8") as file:
        for path in (tmp_path / "out").rglob("samples_*.jsonl"):
            for line in path.read_text(encoding="utf-8").splitlines():
                sample = json.loads(line)
                doc, prompt = sample["doc"], sample["arguments"]["gen_args_0"]["arg_0"]
                wanted = f"<|system|>{doc['system']}<|over|><|user|>{doc['instruction']}<|over|><|assistant|>"
                assert prompt == wanted
                row = {"id": doc["id"], "answer": sample["filtered_resps"][0]}
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
    [ours] = score_files([answers], DataFolder(data)).table.systems
    for task, score in ours.tasks.items():
        assert found[f"roleinstruct_{task}"]["rouge_l,none"] == pytest.approx(score.value, abs=1e-12)
    assert found["roleinstruct"]["rouge_l,none"] == pytest.approx(ours.average, abs=1e-12)
    assert 0 < ours.average < 1
