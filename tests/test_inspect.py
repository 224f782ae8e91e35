import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from chat_tokenizers import GLM_4, make_tokenizer
from little_benchmark import PEOPLE, little_benchmark
from little_models import make_folder, write_recipe
from roleinstruct.cli.main import app
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.dataset.rows import dialogue_row, profile_row
from roleinstruct.errors import ConfigError, RoleInstructError
from roleinstruct.pipeline.inspecting import inspect
from roleinstruct.records import Dialogue, Place, Utterance
from roleinstruct.training.encoding import Encoded
from roleinstruct.training.inspection import Inspection, inspect_examples
from roleinstruct.training.memory import estimate_memory
from roleinstruct.training.padding import packed_rows, padding
from roleinstruct.training.pieces import pieces_of
from roleinstruct.training.recipe import Recipe
from roleinstruct.training.templates import load_config


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("data")
    little_benchmark(path)
    return path


@pytest.fixture(scope="module")
def recipe_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("glm")
    return write_recipe(path / "little.yaml", make_folder(path / "model", "glm-4"), max_length=400)


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(app, ["inspect", *map(str, words)])


def complaint(result: Result) -> str:
    """The one sentence that the command line shows."""
    assert isinstance(result.exception, RoleInstructError)
    assert "\n" not in str(result.exception)
    return str(result.exception)


@pytest.fixture(scope="module")
def found(recipe_file: Path, data: Path) -> Inspection:
    return inspect(Recipe.load(str(recipe_file)), data, show=99)


def test_what_is_shown_adds_up(found: Inspection) -> None:
    assert found.tokens is not None
    assert found.examples == len(found.rows) == sum(rows for _, _, rows in found.tokens.histogram) == 3
    sizes = [sum(len(piece.ids) for piece in row.pieces) for row in found.rows]
    trained = [sum(len(piece.ids) for piece in row.pieces if piece.is_trained) for row in found.rows]
    assert found.tokens.total == sum(sizes)
    assert found.tokens.trained == sum(trained)
    assert found.tokens.longest == max(sizes)
    assert found.problems == ()


def test_each_row_is_masked_up_to_the_answer_and_ends_with_the_stop_token(found: Inspection) -> None:
    for row in found.rows:
        marks = [piece.is_trained for piece in row.pieces]
        assert marks == sorted(marks)
        assert (row.pieces[-1].text, row.pieces[-1].is_special, row.pieces[-1].is_trained) == ("<|user|>", True, True)
    said = {row.id: "".join(piece.text for piece in row.pieces if piece.is_trained) for row in found.rows}
    assert said["老方-specific-00001"] == "\n是我师傅临走时塞给我的，木柄换过三回。<|user|>"


def test_rows_of_every_kind_are_shown_first(recipe_file: Path, data: Path) -> None:
    two = inspect(Recipe.load(str(recipe_file)), data, show=2)
    assert {row.kind for row in two.rows} == {"specific", "general"}


@pytest.mark.parametrize("text", ["老渡工摆渡三十年。", "naïve 🚣 ferry", "今天风大,船先不开了"])
def test_tokens_that_are_parts_of_characters_are_shown_as_whole_characters(text: str) -> None:
    tokenizer = make_tokenizer("glm-4")
    ids = tuple(tokenizer(text, add_special_tokens=False)["input_ids"])
    pieces = pieces_of(Encoded("a", ids, 0), tokenizer)
    assert "".join(piece.text for piece in pieces) == text
    assert tuple(n for piece in pieces for n in piece.ids) == ids


def test_the_command_prints_plain_marks_where_there_is_no_colour(recipe_file: Path, data: Path) -> None:
    result = run(recipe_file, "--data", data, "--row", "Nora-specific-00004")
    assert result.exit_code == 0, result.exception
    lines = result.stdout.splitlines()
    masked = next(line for line in lines if line.startswith("masked"))
    trained = next(line for line in lines if line.startswith("TRAINED"))
    assert masked.startswith("masked ")
    assert "|[gMASK]|<sop>|<|system|>|⏎|" in masked
    assert masked.endswith("|<|assistant|>|")
    assert trained.endswith("|<|user|>|")
    assert trained.replace("|", "").endswith("At four, long before the birds do.<user>")
    assert "\x1b" not in result.stdout
    assert "is put behind every answer" in result.stderr


def test_the_command_colours_what_is_trained_on_a_terminal(
    recipe_file: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    result = run(recipe_file, "--data", data, "--rows", "1")
    assert "\x1b[1;32m" in result.stdout  # bold green
    assert "\x1b[2m" in result.stdout  # dim


def test_json_is_one_document_with_everything_in_it(recipe_file: Path, data: Path) -> None:
    document = json.loads(run(recipe_file, "--data", data, "--json").stdout)
    assert document["tokens"]["trained"] > 0
    assert document["memory"]["weights"] > 0
    assert set(document["padding"]) == {"random", "grouped", "packed"}
    assert document["format"]["end"] == "<|user|>"


def test_it_fails_when_nothing_would_be_trained(recipe_file: Path, data: Path) -> None:
    result = run(recipe_file, "--data", data, "--set", "sft.max_length=16")
    assert result.exit_code == 1
    assert complaint(result).startswith(
        "nothing would be trained: of 3 examples, 3 are longer than sft.max_length (16)"
    )


def test_a_folder_of_dialogues_without_questions_is_told_how_to_be_trained_on(
    recipe_file: Path, tmp_path: Path
) -> None:
    folder = DataFolder(tmp_path)
    with folder.writer("profiles") as writer:
        writer.write(profile_row(PEOPLE["Nora"]))
    turns = [Utterance("Ann", "Is the oven old?", None, None), Utterance("Nora", "Older than me.", None, None)]
    with folder.writer("dialogues") as writer:
        writer.write(dialogue_row(Dialogue("Nora-1", "Nora", "Ann", tuple(turns), Place("a.txt", 1, 2), "")))
    result = run(recipe_file, "--data", tmp_path)
    assert "has dialogues and no questions with answers" in complaint(result)
    assert "--set data.dialogues=200" in complaint(result)
    assert run(recipe_file, "--data", tmp_path, "--set", "data.dialogues=200").exit_code == 0


def test_it_fails_when_truncation_eats_answers_and_says_how_many(recipe_file: Path, data: Path) -> None:
    result = run(recipe_file, "--data", data, "--set", "sft.max_length=80")
    assert result.exit_code == 1
    assert "truncation would eat the answers of 1 of 3 examples (33.3 %)" in complaint(result)
    assert "TRAINED" in result.stdout


def test_prompts_that_were_cut_are_counted_and_told(recipe_file: Path, data: Path) -> None:
    cut = inspect(Recipe.load(str(recipe_file), ["sft.max_length=110"]), data)
    assert cut.tokens is not None
    assert (cut.tokens.cut_rows, cut.problems) == (1, ())
    assert any("the prompts of 1 of 3 rows were shortened" in notice for notice in cut.notices)


@pytest.mark.parametrize(
    ("shape", "template", "message"),
    [
        # Of an architecture whose end of turn nobody knows.
        ("chatml", GLM_4.replace("[gMASK]<sop>", ""), "writes no end of turn"),
        ("glm-4", GLM_4.replace("%}<|assistant|>{%", "%}<|observation|>{%"), "as it opens one"),
    ],
)
def test_it_fails_where_the_template_does_not_do(
    shape: str, template: str, message: str, data: Path, tmp_path: Path
) -> None:
    file = write_recipe(tmp_path / "r.yaml", make_folder(tmp_path / "m", shape, template=template))
    result = run(file, "--data", data)
    assert result.exit_code == 1
    assert message in complaint(result)


def test_a_model_that_is_not_there_and_a_row_that_is_not_there_are_told(
    recipe_file: Path, data: Path, tmp_path: Path
) -> None:
    away = run(write_recipe(tmp_path / "r.yaml", "nobody/no-such-model"), "--data", data)
    assert "cannot be had" in complaint(away)
    assert "there is no row 'x'; there are 3" in complaint(run(recipe_file, "--data", data, "--row", "x"))


def test_an_answer_that_stops_too_early_is_told(recipe_file: Path) -> None:
    from roleinstruct.records import Example, Message

    one = Example("a", "Ada", "specific", (Message("user", "Hm?"),), Message("assistant", "Well<|user|> yes."))
    found = inspect_examples(Recipe.load(str(recipe_file)), [one])
    assert any("1 answers hold a token at which the model stops" in notice for notice in found.notices)


def test_a_tokenizer_of_another_model_is_a_problem(data: Path, tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "m", "glm-4")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"vocab_size": 50}))
    result = run(write_recipe(tmp_path / "r.yaml", folder), "--data", data)
    assert "they do not belong together" in complaint(result)


LENGTHS = st.lists(st.integers(1, 64), min_size=1, max_size=60)


@settings(max_examples=30, deadline=None)
@given(lengths=LENGTHS, batch=st.integers(1, 8))
def test_padding_is_a_share_and_packing_leaves_what_is_left(lengths: Sequence[int], batch: int) -> None:
    found = padding(lengths, batch=batch, max_length=64, seed=1)
    assert all(0 <= share < 1 for share in (found.random, found.grouped, found.packed))
    left = packed_rows(lengths, 64)
    assert sum(left) == 64 * len(left) - sum(lengths)
    assert len(left) >= -(-sum(lengths) // 64)


def test_rows_of_like_length_waste_less() -> None:
    found = padding([10, 50] * 40, batch=4, max_length=64, seed=0)
    assert found.grouped == 0 < found.random


def test_packing_is_trls_own() -> None:
    from datasets import Dataset
    from trl import pack_dataset

    lengths = [7, 31, 12, 60, 5, 5, 44, 23, 18, 2, 39, 64]
    packed = pack_dataset(Dataset.from_dict({"input_ids": [[1] * n for n in lengths]}), 64, "bfd")
    assert sorted(64 - len(row) for row in packed["input_ids"]) == packed_rows(lengths, 64)


def saved_bytes(recipe: Recipe, batch: int, length: int) -> tuple[int, int]:
    """What a real forward pass keeps, and the adapter's parameters, counted on a model with weights."""
    import torch
    from peft import get_peft_model
    from transformers import GlmConfig, GlmForCausalLM

    config = load_config(recipe)
    assert isinstance(config, GlmConfig)
    model = get_peft_model(GlmForCausalLM(config), recipe.lora_config("glm")).train()
    own = {tensor.untyped_storage().data_ptr() for tensor in (*model.parameters(), *model.buffers())}
    kept: dict[int, torch.Tensor] = {}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        if tensor.untyped_storage().data_ptr() not in own:
            kept[tensor.untyped_storage().data_ptr()] = tensor
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        out = model.get_base_model().model(torch.zeros((batch, length), dtype=torch.long), use_cache=False)
    assert out.last_hidden_state.requires_grad
    trainable = sum(p.numel() for p in model.parameters() if p.requires_grad)
    return sum(tensor.untyped_storage().nbytes() for tensor in kept.values()), trainable


@pytest.mark.filterwarnings("ignore:.*is_gradient_checkpointing.*:FutureWarning")
def test_estimated_activations_are_those_that_torch_keeps(recipe_file: Path, tmp_path: Path) -> None:
    recipe = Recipe.load(str(recipe_file))
    config = load_config(recipe)
    plain = recipe.sft_config(tmp_path, gradient_checkpointing=False)
    estimate = estimate_memory(recipe, config, plain, length=96)
    kept, trainable = saved_bytes(recipe, 2, 96)
    assert estimate.trainable == trainable
    assert estimate.activations == pytest.approx(kept, rel=0.02)
    twice = estimate_memory(recipe, config, recipe.sft_config(tmp_path, gradient_checkpointing=True), length=96)
    assert (twice.has_checkpointing, estimate.has_checkpointing) == (True, False)
    assert twice.activations < estimate.activations
    assert twice.total - twice.activations == estimate.total - estimate.activations


def test_four_bits_and_eager_attention_are_counted(recipe_file: Path, tmp_path: Path) -> None:
    plain = Recipe.load(str(recipe_file))
    config, said = load_config(plain), plain.sft_config(tmp_path, gradient_checkpointing=False)
    usual = estimate_memory(plain, config, said, length=96)
    small = Recipe.load(str(recipe_file), ["model.quantization={load_in_4bit: true}"])
    eager = Recipe.load(str(recipe_file), ["model.attn_implementation=eager"])
    assert estimate_memory(small, config, said, length=96).weights < usual.weights
    grown = estimate_memory(eager, config, said, length=96).activations - usual.activations
    assert grown >= 2 * 2 * 4 * 96 * 96 * 4  # layers, rows, heads, and a matrix of float32


def test_a_lora_block_that_does_not_fit_is_told(recipe_file: Path, data: Path) -> None:
    with pytest.raises(ConfigError, match="the lora block does not fit glm"):
        inspect(Recipe.load(str(recipe_file), ["lora.target_modules=[no_such]"]), data)
