"""Traps of TRL, PEFT, transformers and accelerate that would pass in silence: each is stepped around, or told.

Those that belong to a module are tested beside it: `completion_only_loss` that is ignored for messages (test_encoding),
answers that truncation eats (test_inspect, test_train), bf16 on a CPU (test_train), the two names of checkpointing and
the modules that PEFT does not know for GLM (test_recipe), the reference of DPO (test_dpo), a base's path in what is
published (test_adapter_card).
"""

import json
import shutil
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch
from accelerate.commands.launch import launch_command_parser
from accelerate.utils.launch import prepare_simple_launcher_cmd_env
from transformers import AutoTokenizer

from little_benchmark import little_benchmark
from little_training import little_examples, little_recipe
from roleinstruct.errors import ConfigError, MissingExtraError, TrainingError
from roleinstruct.pipeline.training import train
from roleinstruct.records import Example, Message
from roleinstruct.training.encoding import Encoded, encode_all, prompt_ids
from roleinstruct.training.loading import load_base
from roleinstruct.training.padding import packed_rows
from roleinstruct.training.processes import is_first
from roleinstruct.training.recipe import Recipe
from roleinstruct.training.sft import Hearing, fit, heard_by_first
from roleinstruct.training.templates import load_config, load_tokenizer, read_format

LONGEST = 128


def rows_of(recipe: Recipe) -> tuple[Encoded, ...]:
    tokenizer = load_tokenizer(recipe)
    style = read_format(recipe, load_config(recipe), tokenizer)
    rows, unfit = encode_all(little_examples(), tokenizer, max_length=LONGEST, end=style.added_end)
    assert not unfit
    return rows


# What is trained


@pytest.mark.parametrize(
    ("key", "value"), [("assistant_only_loss", True), ("completion_only_loss", False), ("report_to", "wandb")]
)
def test_a_key_that_would_be_passed_over_is_refused(glm_base: Path, tmp_path: Path, key: str, value: object) -> None:
    with pytest.raises(ConfigError, match=rf"r\.yaml: sft\.{key} is not for a recipe to say: "):
        little_recipe(tmp_path / "r.yaml", glm_base, **{key: value})


def test_a_template_without_marks_of_what_is_generated_is_trained_on_the_answers_alone(
    glm_base: Path, tmp_path: Path
) -> None:
    recipe = little_recipe(tmp_path / "r.yaml", glm_base)
    assert "generation %}" not in str(load_tokenizer(recipe).chat_template)
    for row in rows_of(recipe):
        assert row.labels.count(-100) == row.start
    assert fit(recipe, little_examples(), [], tmp_path / "out", report_to=(), probe=0).rows == 12


def test_a_prompt_is_made_of_numbers_whatever_apply_chat_template_returns(glm_base: Path, tmp_path: Path) -> None:
    tokenizer = load_tokenizer(little_recipe(tmp_path / "r.yaml", glm_base))
    said = [{"role": "user", "content": "Is the oven old?"}]
    assert not isinstance(tokenizer.apply_chat_template(said), list), "it is a list again: this test can go"
    ids = prompt_ids(little_examples()[0].prompt, tokenizer)
    assert len(ids) > 10
    assert all(type(token) is int for token in ids)


def test_the_length_of_a_recipe_that_says_none_is_trls_own(glm_base: Path, tmp_path: Path) -> None:
    recipe = little_recipe(tmp_path / "r.yaml", glm_base)
    del recipe.sft["max_length"]
    most = recipe.sft_config(tmp_path).max_length
    assert most == 1024
    with pytest.raises(ConfigError, match=r"none of 1 examples makes a row .*too_long"):
        fit(recipe, [with_answer("No. " * most)], [], tmp_path / "out", report_to=())


@pytest.mark.parametrize("packing", [True, False])
def test_packed_rows_do_not_read_each_other(packing: bool, glm_base: Path, tmp_path: Path) -> None:
    rows = rows_of(little_recipe(tmp_path / "r.yaml", glm_base))
    count = len(packed_rows([len(row.input_ids) for row in rows], LONGEST)) if packing else len(rows)
    assert count < len(rows) or not packing
    said = {"per_device_train_batch_size": count, "gradient_accumulation_steps": 1, "max_steps": 1, "packing": packing}
    recipe = little_recipe(tmp_path / "r.yaml", glm_base, {"lora_dropout": 0.0}, **said)
    report = fit(recipe, little_examples(), [], tmp_path / "out", report_to=(), probe=0)
    alone = loss_of(recipe, [(row.input_ids, row.labels) for row in rows])
    assert report.loss == pytest.approx(alone, abs=2e-5)
    behind = tuple(token for row in rows[:6] for token in row.input_ids)
    leaking = [((*behind, *row.input_ids), (-100,) * len(behind) + row.labels) for row in rows]
    assert abs(loss_of(recipe, leaking) - alone) > 2e-4, "it would not be seen here"


def loss_of(recipe: Recipe, rows: list[tuple[tuple[int, ...], tuple[int, ...]]]) -> float:
    """The mean over the tokens that are learnt, of rows that go through the base one by one."""
    model, _ = load_base(recipe)
    total = count = 0.0
    with torch.no_grad():
        for ids, labels in rows:
            logits, wanted = model(torch.tensor([ids])).logits[0, :-1], torch.tensor(labels[1:])
            total += float(torch.nn.functional.cross_entropy(logits, wanted, reduction="sum"))
            count += int((wanted >= 0).sum())
    return total / count


def with_answer(said: str) -> Example:
    return Example("Nora-1", "Nora", "general", (Message("user", "And then?"),), Message("assistant", said))


# The model


def test_the_types_name_that_transformers_passes_over_is_refused_and_its_new_one_heeded(
    glm_base: Path, tmp_path: Path
) -> None:
    little_recipe(tmp_path / "r.yaml", glm_base)
    for setting, sentence in (
        ("model.torch_dtype=bfloat16", r"model\.torch_dtype is no key of a recipe; the nearest is dtype"),
        ("sft.model_init_kwargs={torch_dtype: bfloat16}", r"model_init_kwargs is not for a recipe .* model block"),
    ):
        with pytest.raises(ConfigError, match=sentence):
            Recipe.load(str(tmp_path / "r.yaml"), [setting])
    for said, found in (("bfloat16", torch.bfloat16), ("float32", torch.float32), ("auto", torch.float32)):
        model, _ = load_base(Recipe.load(str(tmp_path / "r.yaml"), [f"model.dtype={said}", "sft.use_cpu=true"]))
        assert {weights.dtype for weights in model.parameters()} == {found}


@pytest.mark.parametrize(
    ("lora", "sft", "sentence"),
    [
        ({"target_modules": ["q_proj", "lm_head"]}, {}, "`lm_head` is not supported"),
        ({"target_modules": ["query_key_value"]}, {}, "query_key_value"),  # PEFT's own, of ChatGLM3
        ({}, {"padding_free": True}, "`max_length` is not enforced"),
        ({}, {"packing": True, "max_length": None}, "`max_length` can't be `None`"),
    ],
)
def test_blocks_that_trl_or_peft_refuse_are_told_with_the_file(
    lora: dict[str, object], sft: dict[str, object], sentence: str, glm_base: Path, tmp_path: Path
) -> None:
    recipe = little_recipe(tmp_path / "r.yaml", glm_base, lora, **sft)
    with pytest.raises(ConfigError) as told:
        fit(recipe, little_examples(), [], tmp_path / "out", report_to=())
    assert str(told.value).startswith(str(recipe.path))
    assert sentence in str(told.value)


@pytest.mark.parametrize("key", ["warmup_ratio", "max_seq_length", "dataset_batch_size"])
def test_keys_that_are_gone_are_refused_before_anything_is_loaded(key: str, glm_base: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=rf"sft\.{key} is no key of SFTConfig"):
        little_recipe(tmp_path / "r.yaml", glm_base, **{key: 1})


@pytest.mark.skipif(find_spec("bitsandbytes") is not None, reason="says what is missing, and nothing is")
def test_an_optimizer_without_its_library_is_told(glm_base: Path, tmp_path: Path) -> None:
    recipe = little_recipe(tmp_path / "r.yaml", glm_base, optim="paged_adamw_8bit")
    with pytest.raises(MissingExtraError, match=r"^the sft block needs what is not installed: .*bitsandbytes"):
        fit(recipe, little_examples(), [], tmp_path / "out", report_to=(), probe=0)


def test_weights_that_were_cut_off_are_told(glm_base: Path, tmp_path: Path) -> None:
    base = Path(shutil.copytree(glm_base, tmp_path / "base"))
    whole = (base / "model.safetensors").read_bytes()
    (base / "model.safetensors").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ConfigError, match=r"base cannot be loaded \(.*incomplete"):
        load_base(little_recipe(tmp_path / "r.yaml", base))


# Models that others have tuned


def test_a_word_to_pad_with_that_the_model_lacks_is_no_obstacle(glm_base: Path, tmp_path: Path) -> None:
    base = shutil.copytree(glm_base, tmp_path / "base")
    tokenizer = AutoTokenizer.from_pretrained(base)
    tokenizer.add_special_tokens({"pad_token": "<|pad|>"})
    tokenizer.save_pretrained(base)
    recipe = little_recipe(tmp_path / "r.yaml", base, max_steps=1)
    assert fit(recipe, little_examples(), [], tmp_path / "out", report_to=(), probe=0).steps == 1
    assert AutoTokenizer.from_pretrained(tmp_path / "out").pad_token == "<|user|>", "the end of a turn"


def test_words_that_the_model_lacks_and_places_that_it_was_not_made_for_are_told(
    glm_base: Path, tmp_path: Path
) -> None:
    base = shutil.copytree(glm_base, tmp_path / "base")
    words = json.loads((base / "config.json").read_text(encoding="utf-8"))
    (base / "config.json").write_text(json.dumps(words | {"max_position_embeddings": 24}), encoding="utf-8")
    recipe, said = little_recipe(tmp_path / "r.yaml", base, max_steps=1), list[str]()
    fit(recipe, little_examples(), [], tmp_path / "out", report_to=(), probe=0, hearing=Hearing(said.append))
    assert any("longer than the 24 tokens that the model was made for" in sentence for sentence in said)
    tokenizer = AutoTokenizer.from_pretrained(base)
    tokenizer.add_tokens(["锤子", "hammer"])
    tokenizer.save_pretrained(base)
    with pytest.raises(ConfigError, match=r"the tokenizer makes token .* they do not belong together"):
        fit(recipe, little_examples(), [], tmp_path / "other", report_to=(), probe=0)


# Several processes


@pytest.mark.parametrize(
    ("words", "is_told"),
    [(["--cpu", "--num_processes", "2"], True), (["--cpu", "--num_processes", "1"], False)],
)
def test_an_accelerate_that_starts_one_process_of_several_is_told_of(
    words: list[str], is_told: bool, glm_base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = launch_command_parser().parse_args(
        [*words, "--num_machines", "1", "--mixed_precision", "no", "--dynamo_backend", "no", "train.py"]
    )
    command, environment = prepare_simple_launcher_cmd_env(asked)
    assert command[-1] == "train.py", "it is started once, and by itself"
    for name in ("ACCELERATE_MIXED_PRECISION", "MASTER_ADDR", "MASTER_PORT", "RANK", "WORLD_SIZE"):
        monkeypatch.delenv(name, raising=False)
        if name in environment:
            monkeypatch.setenv(name, environment[name])
    said: list[str] = []
    (tmp_path / "out").mkdir()
    heard_by_first(Hearing(said.append), tmp_path / "out", resume=False)
    assert any("has started this one alone" in sentence for sentence in said) is is_told


@pytest.mark.parametrize("name", ["RANK", "PMI_RANK", "OMPI_COMM_WORLD_RANK"])
def test_one_process_of_those_of_torchrun_or_mpi_is_the_first(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "0")
    assert is_first()
    monkeypatch.setenv(name, "1")
    assert not is_first()


# Paths


def test_nothing_is_made_where_an_adapter_cannot_lie(tmp_path: Path) -> None:
    data = little_benchmark(tmp_path / "data")
    recipe = Recipe.load("tiny-glm")
    (tmp_path / "file").touch()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letters.txt").touch()
    for out, sentence in (
        (data, "lie in one another"),
        (data / "adapter", "lie in one another"),
        (tmp_path, "lie in one another"),
        (tmp_path / "file" / "adapter", "file is a file, so that"),
        (tmp_path / "mine", "holds letters.txt, and a new folder"),
    ):
        with pytest.raises(ConfigError, match=sentence):
            train(recipe, data, out)
    with pytest.raises(ConfigError, match="expected some of tensorboard"):
        train(recipe, data, tmp_path / "out", report_to=("mlflow",))
    for setting, sentence in (("characters=[Maud]", "names Maud"), ("strategy=specific", "has nothing to train on")):
        recipe = Recipe.load("tiny-glm", [f"data.{setting}", "data.specific=0"])
        with pytest.raises(ConfigError, match=sentence):
            train(recipe, data, tmp_path / "out")
    with pytest.raises(ConfigError, match=r"^--set: the lora block does not fit glm: .*no_such"):
        train(Recipe.load("tiny-glm", ["lora.target_modules=[no_such]"]), data, tmp_path / "out")
    with pytest.raises(ConfigError, match="adamw_9bit"):
        train(Recipe.load("tiny-glm", ["sft.optim=adamw_9bit"]), data, tmp_path / "out")
    assert not (tmp_path / "out").exists(), "no base was made"


def test_an_adapter_without_its_personas_is_not_taken_for_finished(glm_base: Path, tmp_path: Path) -> None:
    def fails(folder: Path) -> None:
        (folder / "personas.json").write_text("{}", encoding="utf-8")
        raise OSError(28, "No space left on device")

    recipe, out = little_recipe(tmp_path / "r.yaml", glm_base, max_steps=1), tmp_path / "out"
    with pytest.raises(TrainingError, match=r"could not be written \(No space left on device; .*--resume\.$"):
        fit(recipe, little_examples(), [], out, report_to=(), probe=0, write_more=fails)
    assert not (out / "training.json").exists()
    fit(recipe, little_examples(), [], out, report_to=(), resume=True, write_more=lambda at: (at / "more").touch())
    assert {"more", "training.json", "adapter_config.json"} <= {path.name for path in out.iterdir()}


def test_an_adapter_of_a_base_on_this_machine_says_so(whole_run: Path, glm_base: Path) -> None:
    config = json.loads((whole_run / "adapter_config.json").read_text(encoding="utf-8"))
    record = json.loads((whole_run / "training.json").read_text(encoding="utf-8"))
    assert config["base_model_name_or_path"] == record["base"]["name"] == str(glm_base)
    assert record["base"]["is_local"] is True


@pytest.mark.parametrize("count", [1, 2])
def test_a_data_set_of_a_row_or_two_is_trained_on(count: int, glm_base: Path, tmp_path: Path) -> None:
    recipe = little_recipe(tmp_path / "r.yaml", glm_base, max_steps=1)
    report = fit(recipe, little_examples(0, count), little_examples(2, 3), tmp_path / "out", report_to=(), probe=1)
    assert (report.rows, report.steps) == (count, 1)
