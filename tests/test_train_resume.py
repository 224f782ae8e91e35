import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

from little_benchmark import little_benchmark
from little_training import examples_and_validation, little_examples, little_recipe, same_weights
from roleinstruct.errors import ConfigError, StoppedError, TrainingError
from roleinstruct.training.checkpoints import is_whole, last_whole, rotate, seal
from roleinstruct.training.history import TrainReport
from roleinstruct.training.recipe import Recipe
from roleinstruct.training.sft import Hearing, fit


def interrupting(after: int) -> Hearing:
    """A listener that presses Ctrl-C once, when a step has been told of."""
    pressed: list[int] = []

    def progress(_work: str, done: int, _total: int | None) -> None:
        if done == after and not pressed:
            pressed.append(done)
            os.kill(os.getpid(), signal.SIGINT)

    return Hearing(progress=progress)


def run(recipe: Recipe, out: Path, resume: bool = False, hearing: Hearing | None = None) -> TrainReport:
    return fit(
        recipe, *examples_and_validation(), out, report_to=(), probe=0, resume=resume, hearing=hearing or Hearing()
    )


@pytest.fixture(scope="module")
def stopped(glm_base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that was stopped in the middle of its second epoch."""
    folder = tmp_path_factory.mktemp("stopped")
    with pytest.raises(
        StoppedError, match=r"stopped after step 5 of 8: .*checkpoint-5, from which the same command goes on"
    ):
        run(little_recipe(folder / "recipe.yaml", glm_base), folder / "adapter", hearing=interrupting(4))
    return folder


@pytest.fixture
def halted(stopped: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    shutil.copytree(stopped, tmp_path / "run")
    return tmp_path / "run"


def test_a_run_that_was_stopped_comes_to_the_same_weights(halted: Path, whole_run: Path) -> None:
    report = run(Recipe.load(str(halted / "recipe.yaml")), halted / "adapter", resume=True)
    assert report.resumed_from == 5
    assert same_weights(halted / "adapter", whole_run)  # bit for bit: dropout, order and the optimizer's state
    last = "checkpoints/checkpoint-8"
    assert same_weights(halted / "adapter" / last, whole_run / last)
    ours, theirs = (
        json.loads((folder / "training.json").read_text(encoding="utf-8")) for folder in (halted / "adapter", whole_run)
    )
    steps = [entry["step"] for entry in ours["history"] if "loss" in entry]
    assert steps == list(range(1, 9))
    kept = [{k: entry.get(k) for k in ("step", "loss", "eval_loss", "learning_rate")} for entry in ours["history"]]
    whole = [
        {k: entry.get(k) for k in ("step", "loss", "eval_loss", "learning_rate")}
        for entry in theirs["history"]
        if "eval_rouge_l" not in entry
    ]
    assert kept == whole


def test_packed_rows_are_gone_on_with_too(glm_base: Path, tmp_path: Path) -> None:
    words = {
        "packing": True,
        "max_length": 200,
        "per_device_train_batch_size": 1,
        "save_steps": 4,
        "eval_strategy": "no",
    }
    recipe = little_recipe(tmp_path / "recipe.yaml", glm_base, **words)
    with pytest.raises(StoppedError):
        run(recipe, tmp_path / "halted", hearing=interrupting(3))
    run(recipe, tmp_path / "halted", resume=True)
    run(recipe, tmp_path / "whole")
    assert same_weights(tmp_path / "halted", tmp_path / "whole")


def test_a_checkpoint_that_is_not_whole_is_skipped_for_the_one_before(halted: Path, whole_run: Path) -> None:
    checkpoints = halted / "adapter" / "checkpoints"
    (checkpoints / "checkpoint-5" / "optimizer.pt").write_bytes(b"half")
    shutil.copytree(checkpoints / "checkpoint-3", checkpoints / "checkpoint-7")
    (checkpoints / "checkpoint-7" / "whole.json").unlink()
    found = last_whole(checkpoints)
    assert found is not None
    assert found.name == "checkpoint-3"
    report = run(Recipe.load(str(halted / "recipe.yaml")), halted / "adapter", resume=True)
    assert report.resumed_from == 3
    assert same_weights(halted / "adapter", whole_run)


def test_a_run_that_was_killed_before_the_adapter_was_written_needs_no_further_step(
    glm_base: Path, whole_run: Path, tmp_path: Path
) -> None:
    shutil.copytree(whole_run / "checkpoints", tmp_path / "adapter" / "checkpoints")
    report = run(little_recipe(tmp_path / "recipe.yaml", glm_base), tmp_path / "adapter", resume=True)
    assert (report.steps, report.resumed_from) == (8, 8)
    assert same_weights(tmp_path / "adapter", whole_run)


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        (
            "sft.learning_rate=0.001",
            r"begun otherwise: sft\.learning_rate was 0\.05 and is 0\.001; go on with the recipe",
        ),
        ("lora.r=8", r"lora\.r was 4 and is 8"),
        ("sft.gradient_accumulation_steps=1", r"rows a step was 4 and is 2"),
        ("sft.seed=7", r"sft\.seed was not said and is 7"),
    ],
)
def test_another_recipe_is_refused(setting: str, sentence: str, stopped: Path) -> None:
    recipe = Recipe.load(str(stopped / "recipe.yaml"), [setting])
    with pytest.raises(ConfigError, match=sentence):
        run(recipe, stopped / "adapter", resume=True)


def test_other_data_is_refused(stopped: Path) -> None:
    with pytest.raises(ConfigError, match=r"begun otherwise: training rows was \w{16} and is \w{16}"):
        fit(
            Recipe.load(str(stopped / "recipe.yaml")),
            little_examples(0, 8),
            little_examples(9),
            stopped / "adapter",
            resume=True,
            report_to=(),
        )


def test_what_only_changes_the_speed_may_change(halted: Path) -> None:
    settings = ["sft.per_device_train_batch_size=4", "sft.gradient_accumulation_steps=1", "sft.logging_steps=3"]
    recipe = Recipe.load(str(halted / "recipe.yaml"), settings)
    assert run(recipe, halted / "adapter", resume=True).resumed_from == 5


def test_a_folder_is_never_written_over(stopped: Path, whole_run: Path, tmp_path: Path) -> None:
    recipe = Recipe.load(str(stopped / "recipe.yaml"))
    with pytest.raises(ConfigError, match="holds a run that was begun: go on with --resume"):
        run(recipe, stopped / "adapter")
    for resume in (True, False):
        with pytest.raises(ConfigError, match="holds a finished adapter"):
            run(recipe, whole_run, resume=resume)
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="is a file"):
        run(recipe, tmp_path / "file")


def test_a_run_without_a_checkpoint_may_be_begun_anew_by_another_recipe(glm_base: Path, tmp_path: Path) -> None:
    out = tmp_path / "adapter"
    with pytest.raises(TrainingError, match=r"no number.*in no checkpoint\.$"):
        run(little_recipe(tmp_path / "bad.yaml", glm_base, learning_rate=1.0e38, eval_strategy="no"), out)
    recipe = little_recipe(tmp_path / "good.yaml", glm_base, max_steps=1, eval_strategy="no")
    assert run(recipe, out).steps == 1


def test_where_nothing_was_begun_resume_begins(glm_base: Path, tmp_path: Path) -> None:
    recipe = little_recipe(tmp_path / "recipe.yaml", glm_base, max_steps=1, eval_strategy="no")
    report = run(recipe, tmp_path / "adapter", resume=True)
    assert (report.steps, report.resumed_from) == (1, None)


def make_checkpoint(folder: Path, step: int, *, whole: bool = True) -> Path:
    checkpoint = folder / f"checkpoint-{step}"
    (checkpoint / "inner").mkdir(parents=True)
    (checkpoint / "a.bin").write_bytes(b"x" * step)
    (checkpoint / "inner" / "b.bin").write_bytes(b"y")
    if whole:
        seal(checkpoint)
    return checkpoint


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / "whole.json").unlink(),
        lambda folder: (folder / "a.bin").write_bytes(b"x"),
        lambda folder: (folder / "inner" / "b.bin").unlink(),
    ],
)
def test_a_seal_holds_for_every_file_at_its_size(damage: Callable[[Path], object], tmp_path: Path) -> None:
    checkpoint = make_checkpoint(tmp_path, 12)
    assert is_whole(checkpoint)
    damage(checkpoint)
    assert not is_whole(checkpoint)


def test_the_newest_and_the_best_checkpoints_stay(tmp_path: Path) -> None:
    for step in (2, 4, 6, 8, 10):
        make_checkpoint(tmp_path, step)
    make_checkpoint(tmp_path, 12, whole=False)
    rotate(tmp_path, 2, "/moved/away/since/checkpoint-4")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["checkpoint-10", "checkpoint-4", "checkpoint-8"]
    rotate(tmp_path, None, None)
    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.slow
def test_a_run_that_is_killed_again_and_again_comes_to_the_same_weights(glm_base: Path, tmp_path: Path) -> None:
    data = little_benchmark(tmp_path / "data")
    little_recipe(tmp_path / "r.yaml", glm_base, max_steps=80, save_steps=1)
    words = [sys.executable, "-m", "roleinstruct", "train", str(tmp_path / "r.yaml"), "--data", str(data)]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}

    def started(out: str, *more: str) -> "subprocess.Popen[bytes]":
        return subprocess.Popen([*words, "--out", str(tmp_path / out), *more], env=environment)

    assert started("whole").wait() == 0
    log = tmp_path / "killed" / "checkpoints" / "history.json"
    for delay in (0.0, 0.05, 0.2, 0.4):
        process, before = started("killed", "--resume"), log.stat().st_mtime_ns if log.is_file() else 0
        while process.poll() is None and not (log.is_file() and log.stat().st_mtime_ns != before):
            time.sleep(0.005)
        time.sleep(delay)
        process.kill()
        assert process.wait() == -signal.SIGKILL, "it was done too soon: nothing is tested"
    assert started("killed", "--resume").wait() == 0
    assert same_weights(tmp_path / "killed", tmp_path / "whole")


def test_a_run_whose_rows_are_other_tokens_by_now_goes_on_and_says_so(halted: Path) -> None:
    start = halted / "adapter" / "checkpoints" / "started.json"
    words = json.loads(start.read_text(encoding="utf-8"))
    start.write_text(json.dumps(words | {"training tokens": "0" * 16}), encoding="utf-8")
    said: list[str] = []
    run(Recipe.load(str(halted / "recipe.yaml")), halted / "adapter", resume=True, hearing=Hearing(said.append))
    assert sum("the chat template writes the date" in sentence for sentence in said) == 1


def test_a_second_run_in_the_same_folder_is_refused(glm_base: Path, tmp_path: Path) -> None:
    recipe, out = little_recipe(tmp_path / "recipe.yaml", glm_base), tmp_path / "adapter"
    (out / "checkpoints").mkdir(parents=True)
    with (
        FileLock(out / "checkpoints" / "lock"),
        pytest.raises(ConfigError, match=r"another run is under way in .*adapter: wait until it ends"),
    ):
        run(recipe, out)
    assert run(recipe, out).steps == 8
