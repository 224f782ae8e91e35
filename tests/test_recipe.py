"""Recipes: what they may say, what they go into, and where they are looked for."""

import warnings
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from accelerate.commands.config.config_args import load_config_from_file
from accelerate.commands.launch import launch_command_parser
from peft import get_peft_model
from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedModel

from roleinstruct import assets
from roleinstruct.errors import ConfigError, MissingExtraError
from roleinstruct.pipeline.recipes import mixture_config
from roleinstruct.settings import with_keys
from roleinstruct.training.architectures import end_of_turn, target_modules
from roleinstruct.training.config_keys import checked, renamed
from roleinstruct.training.precision import device_type, precision_for
from roleinstruct.training.recipe import Recipe

WHOLE: dict[str, Any] = {
    "model": {"name_or_path": "someone/something"},
    "lora": {"r": 4},
    "sft": {"max_steps": 3},
    "data": {},
}
ACCELERATE = [name for name in assets.listing("recipes") if name.startswith("accelerate/")]


def written(folder: Path, **blocks: object) -> str:
    """A recipe of the user's; a block that is None is left out."""
    path = folder / "my.yaml"
    words = {key: value for key, value in {**WHOLE, **blocks}.items() if value is not None}
    path.write_text(yaml.safe_dump(words), encoding="utf-8")
    return str(path)


def tiny(model_type: str) -> PreTrainedModel:
    experts = {"n_routed_experts": 2, "num_experts_per_tok": 1, "moe_intermediate_size": 16}
    config = AutoConfig.for_model(
        model_type, hidden_size=32, intermediate_size=32, num_hidden_layers=2, num_attention_heads=2, head_dim=16,
        num_key_value_heads=2, vocab_size=64, pad_token_id=0, **(experts if model_type.endswith("moe") else {}),
    )  # fmt: skip
    return AutoModelForCausalLM.from_config(config)


# Where a recipe is looked for


@pytest.mark.parametrize(
    "name", ["glm4-9b-lora", "glm4-9b-lora.yaml", "recipes/glm4-9b-lora", "recipes/glm4-9b-lora.yaml"]
)
def test_a_bundled_recipe_is_known_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    recipe = Recipe.load(name)
    assert (recipe.name, recipe.model.name_or_path) == ("glm4-9b-lora", "zai-org/glm-4-9b-chat-hf")


def test_the_bundled_recipes_have_the_papers_settings(tmp_path: Path) -> None:
    recipe = Recipe.load("glm4-9b-lora")
    lora, sft = recipe.lora_config("glm"), recipe.sft_config(tmp_path)
    assert (lora.r, lora.lora_alpha, lora.lora_dropout, lora.task_type) == (8, 32, 0.1, "CAUSAL_LM")
    assert (sft.learning_rate, sft.adam_beta1, sft.adam_beta2) == (2e-4, 0.9, 0.999)
    assert sft.per_device_train_batch_size == 4
    assert sft.gradient_accumulation_steps > 1


def test_a_copied_recipe_runs_from_where_it_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "my recipes 我的"
    home.mkdir()
    copied = assets.copy("recipes/qwen3-8b-lora.yaml", home / "mine.yaml")
    (home / "turns.jinja").write_text("{{ messages }}", encoding="utf-8")
    (home / "base").mkdir()
    words = yaml.safe_load(copied.read_text(encoding="utf-8"))
    words["model"] |= {"chat_template": "turns.jinja", "name_or_path": "base"}
    copied.write_text(yaml.safe_dump(words), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    recipe = Recipe.load("my recipes 我的/mine.yaml")
    assert recipe.model.chat_template == home / "turns.jinja"
    assert Path(recipe.model.name_or_path) == home / "base"
    monkeypatch.setenv("HOME", str(home))
    assert Path(Recipe.load("tiny-glm", ["model.name_or_path=~/base"]).model.name_or_path) == home / "base"
    assert yaml.safe_load(recipe.text()) == words, "the text names the files as the user did, and no folder of theirs"


# What a recipe may say


@pytest.mark.parametrize(
    ("blocks", "message"),
    [
        ({"sft": {"lerning_rate": 1}}, "sft.lerning_rate is no key of SFTConfig; the nearest is learning_rate."),
        ({"sft": {"max_seq_length": 8}}, "sft.max_seq_length is no key of SFTConfig; the nearest is max_length."),
        ({"sft": {"evaluation_strategy": "no"}}, "sft.evaluation_strategy is no key of SFTConfig; the nearest is "),
        ({"lora": {"alpha": 8}}, "lora.alpha is no key of LoraConfig; the nearest is lora_alpha."),
        ({"lora": {"xxxxxxxx": 8}}, "lora.xxxxxxxx is no key of LoraConfig."),
        ({"preference": {"betta": 1}}, "preference.betta is no key of DPOConfig; the nearest is beta."),
        (
            {"model": {"name_or_path": "a/b", "torch_dtype": "auto"}},
            "model.torch_dtype is no key of a recipe; the nearest is dtype.",
        ),
        (
            {"model": {"name_or_path": "a/b", "quantization": {"load_4bit": True}}},
            "model.quantization.load_4bit is no key of BitsAndBytesConfig; the nearest is load_in_4bit.",
        ),
        ({"optimizer": {}}, "optimizer is no key of a recipe."),
        ({"model": {}}, "model.name_or_path is missing; a recipe has model (with name_or_path), lora, sft and data."),
        ({"data": None}, "data is missing; a recipe has"),
        ({"sft": [1]}, "sft is [1]: input should be a valid dictionary."),
        ({"sft": {"learning_rate": "fast"}}, "sft.learning_rate is 'fast': input should be a valid number"),
        ({"sft": {"learning_rate": None}}, "sft.learning_rate is None: input should be a valid number."),
        ({"sft": {"max_steps": [1]}}, "sft.max_steps is [1]: input should be a valid integer."),
        ({"sft": {"packing": "perhaps"}}, "sft.packing is 'perhaps': input should be a valid boolean"),
        ({"sft": {"per_device_train_batch_size": 0}}, "sft.per_device_train_batch_size is 0: input should be greater"),
        ({"lora": {"target_modules": 3}}, "lora.target_modules is 3: input should be a valid list."),
        ({"lora": {"r": 0}}, "lora.r is 0: input should be greater than or equal to 1."),
        ({"lora": {"lora_dropout": 2}}, "lora.lora_dropout is 2: input should be less than 1."),
        ({"sft": {"output_dir": "here"}}, "sft.output_dir is not for a recipe to say: it is --out."),
        ({"sft": {"hub_token": "hf_x"}}, "sft.hub_token is not for a recipe to say: what is published goes through"),
        ({"model": {"name_or_path": "a/b", "dtype": "half"}}, "model.dtype is 'half': input should be 'auto', "),
        (
            {"model": {"name_or_path": "a/b", "chat_template": "none.jinja"}},
            "model.chat_template is none.jinja, and",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_when_the_file_is_loaded(
    tmp_path: Path, blocks: dict[str, Any], message: str
) -> None:
    path = written(tmp_path, **blocks)
    with pytest.raises(ConfigError) as error:
        Recipe.load(path)
    said = str(error.value)
    assert said.startswith(f"{path}: {message}")
    assert "\n" not in said
    assert said.endswith(".")
    assert not said.endswith("..")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty, and a recipe's blocks were expected"),
        (b"- 1", "holds a list, and a recipe's blocks were expected"),
        (b"model: [", "is no YAML: "),
        (b"when: 2024-13-01", "is no YAML: "),
        ("模型: 1".encode("gbk"), "is not UTF-8 ("),
        (b"distributed_type: FSDP", "is a config of accelerate, no recipe: use it as accelerate launch --config_file"),
    ],
)
def test_a_file_that_is_no_recipe_is_refused_in_one_sentence(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "my.yaml"
    path.write_bytes(content)
    with pytest.raises(ConfigError) as error:
        Recipe.load(str(path))
    assert str(error.value).startswith(f"{path} {message}")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nothing", "nothing is no file, and no recipe of the package; there are glm4-0414-9b-lora, glm4-9b-lora, "),
        ("glm4-9b-lor", "no recipe of the package; the nearest is glm4-9b-lora; there are "),
        ("qwen2.5-0.5b-lor.yaml", "no recipe of the package; the nearest is qwen2.5-0.5b-lora; there are "),
        ("no/such/glm4-9b-lora", "no/such/glm4-9b-lora is no file, and a recipe was expected: check the path."),
        ("accelerate/fsdp", "is a config of accelerate, no recipe"),
        ("recipes/accelerate/ddp.yaml", "is a config of accelerate, no recipe"),
    ],
)
def test_a_name_that_is_no_recipe_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match="recipe") as error:
        Recipe.load(name)
    assert message in str(error.value)
    assert "accelerate/" not in str(error.value).partition("there are")[2]


@pytest.mark.parametrize(
    ("sft", "message"),
    [
        ({"optim": "adamw_9bit"}, "adamw_9bit is not a valid OptimizerNames"),
        (
            {"save_steps": 5, "eval_steps": 3, "eval_strategy": "steps", "load_best_model_at_end": True},
            "round multiple",
        ),
        ({"warmup_steps": -1}, "warmup_steps"),
        ({"fsdp": True, "fsdp_config": "none.json"}, "No such file or directory"),
    ],
)
def test_what_trl_refuses_is_one_sentence_with_the_file(tmp_path: Path, sft: dict[str, Any], message: str) -> None:
    path = written(tmp_path, sft=sft)
    with pytest.raises(ConfigError) as error:
        Recipe.load(path).sft_config(tmp_path)
    assert str(error.value).startswith(f"{path}: sft is refused by SFTConfig: ")
    assert message in str(error.value)


def test_what_peft_refuses_is_one_sentence_with_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, lora={"task_type": "CAUSAL"})
    with pytest.raises(ConfigError, match=r"my\.yaml: lora is refused by LoraConfig: Invalid task type"):
        Recipe.load(path).lora_config("glm")


# Settings


def test_settings_are_set_in_the_recipe_and_in_its_text(tmp_path: Path) -> None:
    recipe = Recipe.load(written(tmp_path), ["sft.learning_rate=2e-4", "lora.r=16", "preference.beta=0.2"])
    assert recipe.sft_config(tmp_path).learning_rate == 2e-4, "which YAML takes for a word"
    assert recipe.lora_config("llama").r == 16
    assert recipe.preference == {"beta": 0.2}
    again = tmp_path / "again.yaml"
    again.write_text(recipe.text(), encoding="utf-8")
    assert Recipe.load(str(again)).model_dump() == recipe.model_dump()


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("sft.max_step=2", "--set: sft.max_step is no key of SFTConfig; the nearest is max_steps."),
        ("sft.max_steps", "--set sft.max_steps says nothing; expected KEY=VALUE"),
        ("sft.max_steps=[", "--set sft.max_steps=[: the value is no YAML"),
        ("sft.max_steps.x=1", "--set sft.max_steps.x: max_steps is 3 and holds no keys"),
        ("max_steps=2", "--set: max_steps is no key of a recipe; the nearest is sft.max_steps."),
        ("epochs=2", "--set: epochs is no key of a recipe; the nearest is sft.num_train_epochs."),
        ("lora.rank=8", "--set: lora.rank is no key of LoraConfig; the nearest is r."),
        ("sft.batch_size=8", "--set: sft.batch_size is no key of SFTConfig; the nearest is per_device_train_batch_si"),
        ("lora=8", "--set: lora is 8: input should be a valid dictionary."),
    ],
)
def test_a_setting_that_has_no_meaning_is_refused_as_one(tmp_path: Path, setting: str, message: str) -> None:
    with pytest.raises(ConfigError) as error:
        Recipe.load(written(tmp_path), [setting])
    assert str(error.value).startswith(message)


def test_a_setting_is_blamed_for_what_shows_later_and_the_file_for_its_own(tmp_path: Path) -> None:
    recipe = Recipe.load(written(tmp_path), ["sft.optim=adamw_9bit", "data={strategy: hybird}"])
    with pytest.raises(ConfigError, match=r"^--set: sft is refused by SFTConfig: adamw_9bit"):
        recipe.sft_config(tmp_path)
    with pytest.raises(ConfigError, match=r"^--set: data\.strategy is 'hybird': input should be 'general', "):
        mixture_config(recipe)
    own = Recipe.load(written(tmp_path, data={"strategy": "hybird"}), ["data.neutral=2", "lora.r=2"])
    with pytest.raises(ConfigError, match=r"^.*my\.yaml: data\.strategy is 'hybird'"):
        mixture_config(own)


def test_settings_leave_the_words_that_they_are_given_alone() -> None:
    words = {"sft": {"seed": 1}}
    assert with_keys(words, ["sft.seed=2", "data.kind=a"]) == {"sft": {"seed": 2}, "data": {"kind": "a"}}
    assert words == {"sft": {"seed": 1}}


# Architectures


@pytest.mark.filterwarnings("ignore:.*is_gradient_checkpointing.*:FutureWarning")  # peft 0.21's, of transformers 5.23
@pytest.mark.parametrize("model_type", ["glm", "glm4", "llama", "qwen2", "qwen3", "glm4_moe", "gemma"])
def test_auto_adapts_modules_that_the_architecture_has(tmp_path: Path, model_type: str) -> None:
    model = tiny(model_type)
    linear = {name.rpartition(".")[2] for name, m in model.named_modules() if isinstance(m, torch.nn.Linear)}
    adapted = get_peft_model(model, Recipe.load(written(tmp_path)).lora_config(model_type))
    found = {name.split(".lora_A")[0].rpartition(".")[2] for name, _ in adapted.named_modules() if ".lora_A" in name}
    attention_only = {"q_proj", "k_proj", "v_proj", "o_proj"}
    assert found == (attention_only if model_type == "glm4_moe" else linear - {"lm_head"})


def test_an_architecture_that_is_not_known_is_adapted_whole_and_a_recipe_has_the_last_word(tmp_path: Path) -> None:
    assert target_modules("something_new") == "all-linear"
    chosen = Recipe.load(written(tmp_path, lora={"target_modules": ["q_proj"]})).lora_config("glm4")
    assert chosen.target_modules == {"q_proj"}


def test_only_templates_that_close_no_turn_have_an_end_of_turn() -> None:
    assert [end_of_turn(kind) for kind in ("glm", "glm4", "qwen3")] == ["<|user|>", "<|user|>", None]


# Device, precision, versions


def test_device_and_precision_are_the_machines_where_the_recipe_is_silent(tmp_path: Path) -> None:
    silent = Recipe.load(written(tmp_path)).sft_config(tmp_path)
    assert (silent.use_cpu, silent.bf16) == (device_type() == "cpu", precision_for(device_type()) == "bf16")
    on_cpu = Recipe.load(written(tmp_path, sft={"use_cpu": True})).sft_config(tmp_path)
    assert (on_cpu.use_cpu, on_cpu.bf16, on_cpu.fp16) == (True, False, False)
    chosen = Recipe.load(written(tmp_path, sft={"use_cpu": True, "bf16": True})).sft_config(tmp_path)
    assert (chosen.bf16, chosen.fp16) == (True, False)


def test_what_the_run_decides_goes_before_the_recipe(tmp_path: Path) -> None:
    recipe = Recipe.load(written(tmp_path, sft={"seed": 1, "activation_checkpointing": True}))
    config = recipe.sft_config(tmp_path / "run", seed=2, gradient_checkpointing=False)
    assert (config.seed, config.gradient_checkpointing, config.output_dir) == (2, False, str(tmp_path / "run"))


@pytest.mark.parametrize("key", ["gradient_checkpointing", "activation_checkpointing"])
@pytest.mark.parametrize("on", [True, False])
def test_either_name_of_checkpointing_works_without_a_warning(tmp_path: Path, key: str, on: bool) -> None:
    recipe = Recipe.load(written(tmp_path, sft={key: on, f"{key}_kwargs": {"use_reentrant": False}}))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        config = recipe.sft_config(tmp_path)
    assert config.gradient_checkpointing is on
    assert config.gradient_checkpointing_kwargs == {"use_reentrant": False}


def test_checkpointing_is_on_as_in_trl_where_nothing_is_said(tmp_path: Path) -> None:
    assert Recipe.load(written(tmp_path)).sft_config(tmp_path).gradient_checkpointing is True


@dataclass
class Older:
    """The half of a class of transformers 5.10 that matters here."""

    gradient_checkpointing: bool = True


@pytest.mark.parametrize("key", ["gradient_checkpointing", "activation_checkpointing"])
def test_an_older_version_gets_the_name_that_it_knows(key: str) -> None:
    assert checked({key: "false"}, Older, "my.yaml: sft") == {key: False}
    assert renamed({key: False}, Older) == {"gradient_checkpointing": False}


def test_only_a_recipe_that_says_so_is_quantised(tmp_path: Path) -> None:
    assert Recipe.load(written(tmp_path)).quantization_config() is None


@pytest.mark.skipif(find_spec("bitsandbytes") is not None, reason="says what is missing, and nothing is")
def test_quantisation_says_what_it_needs() -> None:
    with pytest.raises(MissingExtraError, match=r"glm4-9b-qlora\.yaml: bitsandbytes is not installed .* ends in -lora"):
        Recipe.load("glm4-9b-qlora").quantization_config()


# Configurations of accelerate


@pytest.mark.parametrize("name", ACCELERATE)
def test_every_accelerate_config_is_read_by_accelerate(name: str) -> None:
    config = load_config_from_file(str(assets.find(name, "recipes")))
    options = {action.dest for action in launch_command_parser()._actions}
    assert config.mixed_precision == "bf16", "what the recipes train in on the GPUs that these are for"
    assert {*config.fsdp_config, *config.deepspeed_config} <= options


def test_nested_assets_are_listed_found_and_copied(tmp_path: Path) -> None:
    names = ("ddp", "deepspeed-zero2", "deepspeed-zero3", "fsdp")
    assert [f"accelerate/{name}.yaml" for name in names] == ACCELERATE
    assert assets.find("accelerate/ddp", "recipes") == assets.find("recipes/accelerate/ddp.yaml")
    assert assets.copy("recipes/accelerate/fsdp.yaml", tmp_path).read_text(encoding="utf-8").startswith("# The model")
    assert "sample/raw/苏小棠/profile.txt" not in assets.listing("builders")
