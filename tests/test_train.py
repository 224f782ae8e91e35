import json
import math
import os
import subprocess
import sys
import warnings
from pathlib import Path

import pyarrow.parquet as parquet
import pytest
import torch
from accelerate.data_loader import BatchSamplerShard
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.utils.data import BatchSampler
from trl import SFTTrainer

from little_benchmark import little_benchmark
from little_training import examples_and_validation, little_examples, little_recipe, same_weights, weights
from roleinstruct.cli.main import main
from roleinstruct.errors import ConfigError, MissingExtraError
from roleinstruct.training.arguments import arguments, timetable
from roleinstruct.training.order import batching, epoch_order
from roleinstruct.training.quiet import quiet
from roleinstruct.training.reporting import reports
from roleinstruct.training.sampler import EpochOrder
from roleinstruct.training.sft import Hearing, fit
from roleinstruct.training.templates import load_config

LENGTHS = st.lists(st.integers(1, 500), min_size=1, max_size=80)


def record(adapter: Path) -> dict:
    return json.loads((adapter / "training.json").read_text(encoding="utf-8"))


def test_the_adapter_folder_holds_what_it_needs_and_nothing_that_leaks(whole_run: Path) -> None:
    assert {path.name for path in whole_run.iterdir()} == {
        "adapter_config.json",
        "adapter_model.safetensors",
        "chat_template.jinja",
        "checkpoints",
        "recipe.yaml",
        "runs",
        "tokenizer.json",
        "tokenizer_config.json",
        "training.json",
    }
    assert not list(whole_run.rglob("training_args.bin"))
    assert not list((whole_run / "checkpoints").glob("README.md"))
    assert "local_files_only" not in (whole_run / "tokenizer_config.json").read_text(encoding="utf-8")


def test_peft_opens_the_folder_and_computes_what_was_trained(whole_run: Path, glm_base: Path) -> None:
    from peft import AutoPeftModelForCausalLM, PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # peft calls what transformers will rename
        opened = AutoPeftModelForCausalLM.from_pretrained(whole_run)
        best = whole_run / "checkpoints" / f"checkpoint-{record(whole_run)['report']['kept_step']}"
        trained = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(glm_base), best)
    tokenizer = AutoTokenizer.from_pretrained(whole_run)
    tokens = tokenizer.apply_chat_template(
        [{"role": "user", "content": "你早上几点起来？"}], return_tensors="pt", return_dict=True
    )
    with torch.no_grad():
        ours, theirs, bare = (model(**tokens).logits for model in (opened, trained, trained.get_base_model()))
        with trained.disable_adapter():
            bare = trained(**tokens).logits
    assert torch.equal(ours, theirs)
    assert not torch.allclose(ours, bare, atol=1e-3)


def test_the_record_says_what_the_weights_are_of(whole_run: Path, glm_base: Path) -> None:
    found = record(whole_run)
    assert found["base"]["name"] == str(glm_base)
    assert found["base"]["is_local"] is True
    assert len(found["base"]["digest"]) == 16
    config = json.loads((whole_run / "adapter_config.json").read_text(encoding="utf-8"))
    assert config["base_model_name_or_path"] == str(glm_base)
    assert config["target_modules"] == sorted(config["target_modules"])
    assert found["settings"]["learning_rate"] == 0.05
    assert found["settings"]["seed"] == 42
    assert set(found["versions"]) >= {"torch", "trl", "peft", "transformers"}
    losses = [entry["loss"] for entry in found["history"] if "loss" in entry]
    assert len(losses) == 8
    assert losses[-1] < losses[0]
    assert all("learning_rate" in entry for entry in found["history"] if "loss" in entry)
    assert found["report"]["tokens_per_second"] > 0


def test_each_evaluation_keeps_answers_and_a_rouge_l(whole_run: Path) -> None:
    found = record(whole_run)
    steps = [entry["step"] for entry in found["history"] if "eval_rouge_l" in entry]
    assert steps == [3, 6, 8]  # the last too
    assert [sample["step"] for sample in found["samples"]] == [step for step in steps for _ in range(2)]
    validation = {example.prompt[-1].content: example.completion.content for example in little_examples(9)}
    for sample in found["samples"]:
        assert validation[sample["question"]] == sample["reference"]
        assert sample["character"] in ("老方", "Nora")


def test_the_weights_of_the_least_loss_on_validation_rows_are_kept(glm_base: Path, tmp_path: Path) -> None:
    words = {"learning_rate": 1.0e4, "lr_scheduler_type": "constant_with_warmup", "warmup_steps": 2}  # worse and worse
    recipe = little_recipe(tmp_path / "r.yaml", glm_base, max_steps=4, save_steps=1, save_total_limit=1, **words)
    report = fit(recipe, *examples_and_validation(), tmp_path / "out", report_to=(), probe=0)
    losses = {
        entry["step"]: entry["eval_loss"] for entry in record(tmp_path / "out")["history"] if "eval_loss" in entry
    }
    assert list(losses) == [1, 2, 3, 4]
    assert losses[1] == min(losses.values()) == report.eval_loss
    assert (report.kept_step, report.steps) == (1, 4)
    checkpoints = tmp_path / "out" / "checkpoints"
    assert sorted(path.name for path in checkpoints.glob("checkpoint-*")) == ["checkpoint-1", "checkpoint-4"]
    assert same_weights(tmp_path / "out", checkpoints / "checkpoint-1")


def test_tensorboard_gets_the_log_and_the_answers(whole_run: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    seen = EventAccumulator(str(whole_run / "runs"))
    seen.Reload()
    assert {"train/loss", "train/learning_rate", "eval/loss", "eval/rouge_l"} <= set(seen.Tags()["scalars"])
    assert any(tag.startswith(("老方", "Nora")) for tag in seen.Tags()["tensors"])


def test_progress_is_told_step_by_step(glm_base: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    heard: list[tuple[str, int, int | None]] = []
    said: list[str] = []
    recipe = little_recipe(
        tmp_path / "r.yaml", glm_base, max_steps=2, save_strategy="no", gradient_accumulation_steps=1
    )
    hearing = Hearing(said.append, lambda *step: heard.append(step))
    report = fit(recipe, little_examples(0, 4), [], tmp_path / "out", report_to=(), probe=0, hearing=hearing)
    assert [(done, total) for _, done, total in heard] == [(1, 2), (2, 2)]
    assert report.eval_loss is None
    assert report.kept_step == 2
    assert any("writes no end of turn" in sentence for sentence in said)
    captured = capfd.readouterr()
    assert captured.out == ""
    assert captured.err == ""


@given(LENGTHS, st.integers(1, 9), st.integers(0, 3), st.integers(0, 3), st.booleans())
@settings(max_examples=60, deadline=None)
def test_an_epoch_has_every_row_and_full_steps(
    lengths: list[int], batch: int, seed: int, epoch: int, by_length: bool
) -> None:
    order = epoch_order(lengths, batch=batch, seed=seed, epoch=epoch, by_length=by_length)
    assert set(order) == set(range(len(lengths)))
    assert len(order) == math.ceil(len(lengths) / batch) * batch
    assert order == epoch_order(lengths, batch=batch, seed=seed, epoch=epoch, by_length=by_length)
    if by_length:
        assert lengths[order[0]] == max(lengths)


def test_epochs_and_seeds_have_orders_of_their_own_and_like_lengths_meet() -> None:
    lengths = [10 * (row % 7) + 10 for row in range(700)]
    orders = [
        tuple(epoch_order(lengths, batch=4, seed=seed, epoch=epoch, by_length=True))
        for seed in (0, 1)
        for epoch in (0, 1)
    ]
    assert len(set(orders)) == 4
    spans = [max(step) - min(step) for step in (
        [lengths[row] for row in orders[0][begin : begin + 4]] for begin in range(0, 700, 4)
    )]  # fmt: skip
    assert sum(spans) / len(spans) < 5


@pytest.mark.parametrize("processes", [1, 2, 4])
def test_processes_share_each_step_of_one(processes: int) -> None:
    def sampler() -> EpochOrder:
        return EpochOrder([3, 9, 4, 1, 7], batch=4, seed=0, epoch=lambda: 1, by_length=True)

    shards = [
        BatchSamplerShard(BatchSampler(sampler(), 4 // processes, False), processes, rank) for rank in range(processes)
    ]
    whole = list(BatchSampler(sampler(), 4, False))
    shared = [[row for batch in step for row in batch] for step in zip(*shards, strict=True)]
    assert shared == whole
    assert len(whole) == 2


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({"max_steps": 100}, {"save_steps": 10, "eval_steps": 10, "save_strategy": "steps"}),
        ({"num_train_epochs": 2, "per_device_train_batch_size": 4}, {"save_steps": 5}),  # 2 x 25 steps
        ({"save_steps": 7}, {"eval_steps": 7}),
        ({"eval_steps": 7}, {"save_steps": 7}),
        ({"save_strategy": "epoch"}, {"eval_strategy": "epoch", "load_best_model_at_end": True}),
        ({"save_strategy": "no"}, {"eval_strategy": "no", "load_best_model_at_end": False}),
        ({"save_strategy": "best"}, {"eval_strategy": "steps", "load_best_model_at_end": True}),
        ({"eval_strategy": "no"}, {"save_strategy": "steps", "load_best_model_at_end": False}),
        ({"max_steps": 3}, {"save_steps": 1, "logging_steps": 1}),
    ],
)
def test_the_best_can_be_kept_whatever_half_of_the_timetable_is_said(said: dict, found: dict) -> None:
    assert found.items() <= timetable(said, 100, 5).items()


def test_processes_that_share_the_steps_evaluate_and_save_as_often(
    glm_base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert timetable({}, 10_000, 5)["save_steps"] == 375  # a tenth of 3 x 1,250 steps of 8 rows
    monkeypatch.setenv("WORLD_SIZE", "8")
    assert timetable({}, 10_000, 5)["save_steps"] == 48  # of 3 x 157
    monkeypatch.delenv("WORLD_SIZE")
    recipe = little_recipe(tmp_path / "r.yaml", glm_base, packing=True, max_length=100)
    words = {"max_steps": -1, "save_steps": None}
    recipe = recipe.model_copy(update={"sft": {k: v for k, v in recipe.sft.items() if k not in words}})
    with quiet():  # 1,000 rows of 10 tokens are 100 packed ones, and 3 epochs of them 75 steps
        made = arguments(recipe, load_config(recipe), tmp_path, lengths=[10] * 1000, validation=3, report_to=())
    assert made.save_steps == 8


def test_rows_that_are_not_packed_are_grouped_by_length_unless_the_recipe_says() -> None:
    assert batching({}, [3, 9]) == {"train_sampling_strategy": "group_by_length"}
    assert batching({"packing": True}, [3, 9]) == {}
    assert batching({"train_sampling_strategy": "random"}, [3, 9]) == {}
    assert batching({}, [9, 9]) == {}


def test_traps_of_the_trainers_defaults_are_stepped_around(glm_base: Path, tmp_path: Path) -> None:
    recipe = little_recipe(tmp_path / "r.yaml", glm_base)
    with quiet():
        made = arguments(recipe, load_config(recipe), tmp_path, lengths=[9, 5], validation=3, report_to=())
    assert (made.bf16, made.fp16, made.use_cpu) == (False, False, True)  # bf16 is TRL's default, on a CPU too
    assert not made.gradient_checkpointing  # on is TRL's default; here there is memory enough
    assert made.logging_nan_inf_filter is False
    assert made.average_tokens_across_devices
    assert made.report_to == []
    assert not made.push_to_hub
    assert made.load_best_model_at_end
    assert hasattr(SFTTrainer, "_send_telemetry"), "nothing to be kept from: take CourseTrainer._send_telemetry out"


def test_checkpointing_is_on_where_the_memory_would_not_do(glm_base: Path, tmp_path: Path) -> None:
    recipe = little_recipe(tmp_path / "r.yaml", glm_base, per_device_train_batch_size=10**7)
    with quiet():
        made = arguments(recipe, load_config(recipe), tmp_path, lengths=[100], validation=0, report_to=())
    assert made.gradient_checkpointing


def test_without_validation_rows_nothing_is_evaluated_whatever_the_recipe_says(glm_base: Path, tmp_path: Path) -> None:
    recipe = little_recipe(tmp_path / "r.yaml", glm_base, eval_strategy="steps", load_best_model_at_end=True)
    with quiet():
        made = arguments(recipe, load_config(recipe), tmp_path, lengths=[9, 5], validation=0, report_to=())
    assert (made.eval_strategy, made.load_best_model_at_end) == ("no", False)


def test_blocks_that_do_not_go_together_are_told_in_a_sentence(glm_base: Path, tmp_path: Path) -> None:
    recipe = little_recipe(tmp_path / "r.yaml", glm_base, {"target_modules": ["query_key_value"]})
    with pytest.raises(ConfigError, match=r"r\.yaml.*query_key_value"):
        fit(recipe, little_examples(), [], tmp_path / "out", report_to=())


def test_reports_that_cannot_be_had_are_refused_or_told() -> None:
    said: list[str] = []
    assert reports(("tensorboard", "none"), said.append) == ("tensorboard",)
    with pytest.raises(ConfigError, match="expected some of tensorboard, wandb"):
        reports(("mlflow",), said.append)
    with pytest.raises(MissingExtraError, match="pip install trackio"):
        reports(("trackio",), said.append)
    assert said == []


def test_examples_of_which_none_fits_are_refused(glm_base: Path, tmp_path: Path) -> None:
    recipe = little_recipe(tmp_path / "r.yaml", glm_base, max_length=8)
    with pytest.raises(ConfigError, match=r"none of 12 examples makes a row .*too_long"):
        fit(recipe, little_examples(), [], tmp_path / "out", report_to=())


def test_the_command_trains_on_a_data_set_folder(
    glm_base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    data, out = little_benchmark(tmp_path / "data"), tmp_path / "out"
    little_recipe(tmp_path / "r.yaml", glm_base)
    words = ["train", str(tmp_path / "r.yaml"), "--data", str(data), "--out", str(out), "--set", "sft.max_steps=1"]
    monkeypatch.setattr(sys, "argv", ["roleinstruct", *words, "--report-to", "none", "--json"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    captured = capsys.readouterr()
    assert f"roleinstruct score answers.jsonl --data {data}\n" in captured.err
    assert f"roleinstruct push adapter {out} OWNER/NAME" in captured.err
    printed = json.loads(captured.out)
    assert (printed["steps"], printed["rows"]) == (1, 3)
    found = record(out)
    assert found["mixture"]["train"]["rows"] == 3
    assert "木匠" in found["personas"]["老方"] or "修了一辈子桌椅" in found["personas"]["老方"]
    assert "max_steps: 1" in (out / "recipe.yaml").read_text(encoding="utf-8")
    assert json.loads((out / "personas.json").read_text(encoding="utf-8")) == found["personas"]
    mixed = parquet.read_table(out / "mixture.parquet").to_pylist()
    assert len(mixed) == found["mixture"]["train"]["rows"]
    assert all(row["source"].startswith(("specific/", "general/")) for row in mixed)


@pytest.mark.slow
def test_two_processes_come_to_the_weights_of_one(glm_base: Path, tmp_path: Path) -> None:
    data = little_benchmark(tmp_path / "data")
    little_recipe(tmp_path / "r.yaml", glm_base, {"lora_dropout": 0.0})  # masks would differ
    words = ["-m", "roleinstruct", "train", str(tmp_path / "r.yaml"), "--data", str(data), "--json"]
    one, two = tmp_path / "one", tmp_path / "two"
    several = ["-m", "torch.distributed.run", "--nproc_per_node", "2", "--master_port", "29533"]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    ran = [
        subprocess.run([sys.executable, *command], capture_output=True, text=True, env=environment, check=False)
        for command in (
            [*words, "--out", str(one)],
            [*several, *words, "--out", str(two), "--set", "sft.gradient_accumulation_steps=1"],
        )
    ]
    assert [done.returncode for done in ran] == [0, 0], ran[1].stderr
    assert json.loads(ran[1].stdout)["steps"] == 8  # one process alone has printed
    assert record(two)["settings"]["processes"] == 2
    ours, theirs = weights(one), weights(two)
    assert all(torch.allclose(ours[name], theirs[name], atol=1e-5) for name in ours)
