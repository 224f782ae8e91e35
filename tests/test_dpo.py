import json
import math
import os
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from little_benchmark import little_benchmark
from little_training import little_examples, little_recipe, same_weights, weights
from roleinstruct.cli.main import app
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.errors import ConfigError, StoppedError, TrainingError
from roleinstruct.evaluation.answers import AnswerFile
from roleinstruct.evaluation.items import read_items
from roleinstruct.publish.adapter_card import write_adapter_card
from roleinstruct.records import Message
from roleinstruct.training.encoding import encode, prompt_ids
from roleinstruct.training.preference import prefer, with_preference
from roleinstruct.training.preference_rows import Preference, PreferenceRow, preference_rows
from roleinstruct.training.quiet import quiet
from roleinstruct.training.recipe import Recipe
from roleinstruct.training.sft import Hearing

torch = pytest.importorskip("torch")

SETTINGS = (
    "preference.learning_rate=0.02",
    "preference.max_steps=4",
    "preference.save_steps=2",
    "preference.logging_steps=1",
)


def preferences() -> list[Preference]:
    """What each person said, before what another one said to another question."""
    examples = little_examples()
    return [
        Preference(one.id, one.character, one.prompt, one.completion.content, other.completion.content)
        for one, other in zip(examples, [*examples[5:], *examples[:5]], strict=True)
    ]


def recipe_of(adapter: Path, *settings: str) -> Recipe:
    return Recipe.load(str(adapter / "recipe.yaml"), [*SETTINGS, *settings])


def run(adapter: Path, out: Path, *settings: str, resume: bool = False, hearing: Hearing | None = None) -> Any:  # noqa: ANN401
    pairs = preferences()
    return prefer(
        recipe_of(adapter, *settings), adapter, pairs[:9], pairs[9:], out, report_to=(), resume=resume, hearing=hearing
    )


@pytest.fixture(scope="module")
def preferring(whole_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The adapter of `whole_run`, tuned by preferences in a run without a break."""
    out = tmp_path_factory.mktemp("preferring") / "adapter"
    run(whole_run, out)
    return out


def record_of(adapter: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((adapter / "training.json").read_text(encoding="utf-8"))
    return found


def opened(folder: Path) -> Any:  # noqa: ANN401 - of PEFT
    from peft import AutoPeftModelForCausalLM

    with quiet():
        return AutoPeftModelForCausalLM.from_pretrained(str(folder)).eval()


def rows_of(folder: Path, some: Sequence[Preference]) -> tuple[PreferenceRow, ...]:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    return preference_rows(some, tokenizer, max_length=None, end="<|user|>")[0]


def log_likelihood(model: Any, prompt: Sequence[int], answer: Sequence[int]) -> float:  # noqa: ANN401
    with torch.no_grad():
        logits = model(torch.tensor([[*prompt, *answer]])).logits[0].log_softmax(-1)
    return float(sum(logits[len(prompt) + place - 1, token] for place, token in enumerate(answer)))


def margins(folder: Path, *, without_adapter: bool = False) -> list[float]:
    """By how much the chosen answers are likelier than the rejected ones, in nats."""
    model = opened(folder)
    model = model.unload() if without_adapter else model
    return [
        log_likelihood(model, row.prompt_ids, row.chosen_ids) - log_likelihood(model, row.prompt_ids, row.rejected_ids)
        for row in rows_of(folder, preferences()[:9])
    ]


def test_the_first_loss_is_that_of_a_model_that_is_its_own_reference(preferring: Path, whole_run: Path) -> None:
    first = record_of(preferring)["history"][0]
    assert first["loss"] == pytest.approx(math.log(2), abs=1e-6)  # logged to six digits
    assert first["rewards/margins"] == 0.0
    tuned, bare = margins(whole_run), margins(whole_run, without_adapter=True)
    assert max(abs(a - b) for a, b in zip(tuned, bare, strict=True)) > 0.1  # against the bare base it were another


def test_the_chosen_answers_become_likelier_than_the_rejected_ones(preferring: Path, whole_run: Path) -> None:
    before, after = margins(whole_run), margins(preferring)
    assert sum(after) / len(after) > sum(before) / len(before) + 0.5
    logged = [entry["rewards/margins"] for entry in record_of(preferring)["history"] if "rewards/margins" in entry]
    assert logged[-1] > 0


def test_what_is_written_is_an_adapter_folder_like_that_of_train(preferring: Path, whole_run: Path) -> None:
    wanted = {path.name for path in whole_run.iterdir()} - {"personas.json", "runs"}
    assert {path.name for path in preferring.iterdir()} == wanted
    assert weights(preferring).keys() == weights(whole_run).keys()
    assert not same_weights(preferring, whole_run)
    assert not list(preferring.rglob("ref"))
    record, before = record_of(preferring), record_of(whole_run)
    assert (record["stage"], before["stage"]) == ("preference", "sft")
    assert record["base"] == before["base"]
    assert record["before"]["data"] == before["data"]
    assert {key: record["settings"][key] for key in ("beta", "learning_rate", "max_steps")} == {
        "beta": 0.1,
        "learning_rate": 0.02,
        "max_steps": 4,
    }
    assert {len(digest) for digest in record["data"].values()} == {16}
    assert [entry for entry in record["history"] if "eval_loss" in entry]
    assert opened(preferring).generate(torch.tensor([[1, 2, 3]]), max_new_tokens=2).shape[0] == 1


def test_a_run_that_was_stopped_comes_to_the_same_weights(preferring: Path, whole_run: Path, tmp_path: Path) -> None:
    pressed: list[int] = []

    def progress(_work: str, done: int, _total: int | None) -> None:
        if done == 2 and not pressed:
            pressed.append(done)
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(StoppedError, match=r"stopped after step 2 of 4: .*goes on with --resume"):
        run(whole_run, tmp_path / "adapter", hearing=Hearing(progress=progress))
    with pytest.raises(ConfigError, match=r"begun otherwise: preference\.beta was 0\.1 and is 0\.3"):
        run(whole_run, tmp_path / "adapter", "preference.beta=0.3", resume=True)
    run(whole_run, tmp_path / "adapter", resume=True)
    assert same_weights(tmp_path / "adapter", preferring)  # the reference is the adapter, not the checkpoint
    steps = [entry["step"] for entry in record_of(tmp_path / "adapter")["history"] if "loss" in entry]
    assert steps == [1, 2, 3, 4]


def test_pairs_are_written_as_examples_are(whole_run: Path) -> None:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(whole_run)
    (row,) = rows_of(whole_run, preferences()[:1])
    example = little_examples(0, 1)[0]
    encoded = encode(example, tokenizer, max_length=None, end="<|user|>")
    assert row.prompt_ids == prompt_ids(example.prompt, tokenizer)
    assert row.prompt_ids + row.chosen_ids == encoded.input_ids  # type: ignore[union-attr]
    assert tokenizer.convert_ids_to_tokens([row.chosen_ids[-1], row.rejected_ids[-1]]) == ["<|user|>", "<|user|>"]


def test_both_answers_get_the_prompt_that_the_longer_one_leaves_room_for(whole_run: Path) -> None:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(whole_run)
    prompt = (Message("system", "You are Nora. You bake. You live in a village."), Message("user", "Do you rest?"))
    long = Preference("x", "Nora", prompt, "On Mondays.", "White. " * 6)
    (whole,), _ = preference_rows([long], tokenizer, max_length=None, end="<|user|>")
    (row,), unfit = preference_rows([long], tokenizer, max_length=whole.length - 3, end="<|user|>")
    assert unfit == {}
    assert (row.chosen_ids, row.rejected_ids) == (whole.chosen_ids, whole.rejected_ids)
    assert len(row.prompt_ids) <= len(whole.prompt_ids) - 3
    rows, unfit = preference_rows([long], tokenizer, max_length=8, end="<|user|>")
    assert (rows, unfit) == ((), {"too_long": 1})


@pytest.mark.parametrize(
    ("block", "found"),
    [
        ({}, {"beta": 0.1, "learning_rate": 5.0e-6, "num_train_epochs": 1, "per_device_train_batch_size": 2}),
        ({"beta": 0.3, "per_device_train_batch_size": 1}, {"beta": 0.3, "per_device_train_batch_size": 1}),
    ],
)
def test_what_the_recipe_leaves_unsaid_is_known(
    block: Mapping[str, float], found: Mapping[str, float], glm_base: Path, tmp_path: Path
) -> None:
    little_recipe(tmp_path / "recipe.yaml", glm_base, learning_rate=2.0e-4)
    settings = [f"preference.{key}={value}" for key, value in block.items()]
    recipe = with_preference(Recipe.load(str(tmp_path / "recipe.yaml"), settings))
    assert recipe.preference is not None
    assert {key: recipe.preference[key] for key in found} == found
    assert recipe.dpo_config(tmp_path).beta == found["beta"]


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ("preference.bata=1", r"preference\.bata is no key of DPOConfig; the nearest is beta"),
        ("preference.sync_ref_model=true", r"cannot be trained: .*sync_ref_model"),
        ("preference.max_length=8", r"none of 9 pairs makes a row to train on \({'too_long': 9}\)"),
        ("model.name_or_path=elsewhere/glm", r"is an adapter for .*, and .* is for elsewhere/glm"),
    ],
)
def test_what_cannot_be_done_is_said(setting: str, sentence: str, whole_run: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=sentence):
        run(whole_run, tmp_path / "adapter", setting)


def test_a_loss_that_is_no_number_names_the_key_of_its_own_block(whole_run: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"begin anew with a lower preference\.learning_rate \(it was 1e\+30\)"):
        run(whole_run, tmp_path / "adapter", "preference.learning_rate=1.0e+30", "preference.max_grad_norm=0")


def test_the_command_learns_from_what_people_have_said(whole_run: Path, tmp_path: Path) -> None:
    data = little_benchmark(tmp_path / "data")
    asked = [item for item in read_items(DataFolder(data), questions="train") if item.task == "spe"]
    answers = {"near": "{}", "far": "{} {}"}
    for system, form in answers.items():
        with AnswerFile(tmp_path / f"{system}.jsonl", system, {"questions": "train"}, "") as file:
            for item in asked:
                file.add(item.id, form.format(item.references[0], "…"))
    ratings = [
        {
            "item": item.id,
            "system": system,
            "dimension": "consistency",
            "rater": "wang",
            "score": 2 if system == "near" else 5,
        }
        for item in asked
        for system in answers
    ]
    (tmp_path / "people.jsonl").write_text("\n".join(map(json.dumps, ratings)), encoding="utf-8")
    out = tmp_path / "adapter"
    command = ["prefer", str(whole_run / "recipe.yaml"), "--adapter", str(whole_run), "--data", str(data)]
    command += ["--answers", str(tmp_path / "near.jsonl"), "--answers", str(tmp_path / "far.jsonl")]
    command += ["--ratings", str(tmp_path / "people.jsonl"), "--out", str(out), "--report-to", "none", "--json"]
    result = CliRunner().invoke(app, [*command, "--set", "preference.max_steps=1", "--margin", "0.5"])
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["rows"] == len(asked)
    write_adapter_card(out)
    assert "people found one better by 0.5 points or more" in (out / "README.md").read_text(encoding="utf-8")
    found = record_of(out)["preferences"]
    assert (found["train"], found["by_people"]) == ({"pairs": len(asked), "left_out": {}}, True)
