import os
import resource
import shutil
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import torch
from huggingface_hub import constants

from little_models import write_recipe as written_recipe
from little_training import examples_and_validation, little_examples, little_recipe
from roleinstruct.cli.main import main
from roleinstruct.cli.trained import in_one_voice
from roleinstruct.errors import ConfigError, MissingExtraError, StoppedError, TrainingError
from roleinstruct.evaluation.local_model import LocalModel
from roleinstruct.records import Example, Message
from roleinstruct.training.checkpoints import last_whole
from roleinstruct.training.failures import is_of_disk, memory_told
from roleinstruct.training.fetching import hub_words, way_to
from roleinstruct.training.loading import load_base
from roleinstruct.training.recipe import Recipe
from roleinstruct.training.sft import Hearing, fit
from roleinstruct.training.stopping import Stop, hearing_signals
from roleinstruct.training.templates import load_config, load_tokenizer


def after(step: int, act: Callable[[], object]) -> Hearing:
    """A listener that does something once, when a step has been told of."""
    done: list[int] = []

    def progress(_work: str, now: int, _total: int | None) -> None:
        if now == step and not done:
            done.append(now)
            act()

    return Hearing(progress=progress)


@contextmanager
def limited(which: int, amount: int) -> Iterator[None]:
    """A limit of this process, as long as it lasts."""
    before = resource.getrlimit(which)
    resource.setrlimit(which, (amount, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(which, before)


def kept(out: Path) -> str | None:
    found = last_whole(out / "checkpoints")
    return found.name if found else None


def test_a_loss_that_is_no_number_ends_at_once_and_the_last_good_checkpoint_stays(
    glm_base: Path, tmp_path: Path
) -> None:
    recipe = little_recipe(
        tmp_path / "r.yaml",
        glm_base,
        learning_rate=1.0e38,
        lr_scheduler_type="constant_with_warmup",
        warmup_steps=2,
        save_steps=1,
        eval_strategy="no",
    )
    with pytest.raises(
        TrainingError, match=r"step 3 met a loss that is no number.*lower sft.learning_rate .*checkpoint-2\.$"
    ):
        fit(recipe, little_examples(), [], tmp_path / "out", report_to=())
    assert kept(tmp_path / "out") == "checkpoint-2"


def test_a_disk_that_takes_no_more_leaves_the_checkpoint_before(glm_base: Path, tmp_path: Path) -> None:
    recipe, out = little_recipe(tmp_path / "r.yaml", glm_base, eval_strategy="no"), tmp_path / "out"
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    full = after(4, lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, before[1])))
    try:
        with pytest.raises(
            TrainingError, match=r"checkpoint-6 could not be written \(.* MiB free there\); make room: "
        ):
            fit(recipe, little_examples(), [], out, report_to=("tensorboard",), hearing=full)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert kept(out) == "checkpoint-3"
    assert not (out / "checkpoints" / "checkpoint-6").exists()
    assert fit(recipe, little_examples(), [], out, resume=True, report_to=()).resumed_from == 3


@pytest.mark.parametrize(
    ("error", "answer"),
    [
        (OSError(28, "No space left on device"), True),
        (OSError(2, "No such file or directory"), False),
        (RuntimeError("[enforce fail at inline_container.cc:672] . unexpected pos 19840 vs 19728"), True),
        (RuntimeError("PytorchStreamWriter failed writing file data/3: file write failed"), True),
        (RuntimeError("basic_ios::clear: iostream error"), True),
        (Exception("No space left on device (os error 28)"), True),  # of tokenizers
        (TrainingError("x could not be written (No space left on device)"), False),  # told already
        (RuntimeError("mat1 and mat2 shapes cannot be multiplied"), False),
    ],
)
def test_errors_of_a_disk_are_known(error: Exception, answer: bool) -> None:
    assert is_of_disk(error) is answer


def test_a_memory_that_does_not_suffice_says_which_settings_need_less(glm_base: Path, tmp_path: Path) -> None:
    long = [
        Example(f"{n}", "Nora", "general", (Message("user", "tell me all " * 150),), Message("assistant", "No. " * 200))
        for n in range(8)
    ]
    recipe = little_recipe(
        tmp_path / "r.yaml", glm_base, max_length=2048, per_device_train_batch_size=8, gradient_checkpointing=False
    )
    sentence = (
        r"the memory did not suffice for 8 rows of up to 2048 tokens at once: try "
        r"--set sft.per_device_train_batch_size=4 --set sft.gradient_accumulation_steps=4 \(as many rows a step\), "
        r"--set sft.gradient_checkpointing=true, --set sft.max_length=1024, or a qlora recipe; there is no whole checkp"
    )
    used = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    with limited(resource.RLIMIT_AS, used + 200 * 2**20), pytest.raises(TrainingError, match=sentence):
        fit(recipe, long, [], tmp_path / "out", report_to=())


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."),
        RuntimeError("[enforce fail at alloc_cpu.cpp:127] . DefaultCPUAllocator: can't allocate memory: you tried to"),
    ],
)
def test_every_error_of_memory_is_told(error: Exception, glm_base: Path, tmp_path: Path) -> None:
    made = little_recipe(tmp_path / "r.yaml", glm_base).sft_config(tmp_path, gradient_checkpointing=True)
    with pytest.raises(TrainingError, match=r"the memory did not suffice for 2 rows.*or a qlora recipe") as told:
        with memory_told(made):
            raise error
    assert "gradient_checkpointing" not in str(told.value)  # it is on


def test_ctrl_c_twice_ends_at_once_and_what_was_kept_stays(glm_base: Path, tmp_path: Path) -> None:
    def press_twice() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)

    recipe, out = little_recipe(tmp_path / "r.yaml", glm_base, eval_strategy="no"), tmp_path / "out"
    with pytest.raises(StoppedError, match=r"ended at once; the last whole checkpoint is .*checkpoint-3, from which"):
        fit(recipe, little_examples(), [], out, report_to=(), hearing=after(4, press_twice))
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_what_a_launcher_passes_on_is_no_second_ctrl_c() -> None:
    stop = Stop()
    with hearing_signals(stop, echoes=True):
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGTERM)
        assert stop.is_wanted


def test_ctrl_c_while_it_is_evaluated_ends_behind_the_evaluation(glm_base: Path, tmp_path: Path) -> None:
    def progress(work: str, done: int, _total: int | None) -> None:
        if "evaluating" in work and done == 3:
            os.kill(os.getpid(), signal.SIGTERM)

    recipe = little_recipe(tmp_path / "r.yaml", glm_base, per_device_eval_batch_size=8)
    with pytest.raises(StoppedError, match="stopped after step 3 of 8"):
        fit(
            recipe,
            *examples_and_validation(),
            tmp_path / "out",
            probe=0,
            report_to=(),
            hearing=Hearing(progress=progress),
        )


def test_the_command_ends_with_130_and_one_sentence(
    glm_base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import sys

    from little_benchmark import little_benchmark
    from roleinstruct.training.watching import Watcher

    told = Watcher.on_step_end
    pressed: list[None] = []

    def told_and_pressed(self: Watcher, *args: object, **more: object) -> None:
        told(self, *args, **more)  # type: ignore[arg-type]
        if len(pressed) == 0:
            pressed.append(signal.raise_signal(signal.SIGINT))

    monkeypatch.setattr(Watcher, "on_step_end", told_and_pressed)
    data = little_benchmark(tmp_path / "data")
    little_recipe(tmp_path / "r.yaml", glm_base)
    words = [
        "train",
        str(tmp_path / "r.yaml"),
        "--data",
        str(data),
        "--out",
        str(tmp_path / "out"),
        "--report-to",
        "none",
    ]
    monkeypatch.setattr(sys, "argv", ["roleinstruct", *words, "--set", "sft.save_steps=4"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 130
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "roleinstruct: stopped after step" in captured.err
    assert "Traceback" not in captured.err


def test_a_recipe_that_would_send_checkpoints_to_the_hub_is_refused(glm_base: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"sft\.push_to_hub is not for a recipe to say"):
        little_recipe(tmp_path / "r.yaml", glm_base, push_to_hub=True)


def test_quantisation_without_its_library_is_told(glm_base: Path, tmp_path: Path) -> None:
    little_recipe(tmp_path / "r.yaml", glm_base)
    recipe = Recipe.load(str(tmp_path / "r.yaml"), ["model.quantization={load_in_4bit: true}"])
    with pytest.raises(MissingExtraError, match="pip install bitsandbytes"):
        load_base(recipe)


def test_a_base_that_is_not_there_is_told(tmp_path: Path) -> None:
    recipe = little_recipe(tmp_path / "r.yaml", tmp_path / "nothing")
    with pytest.raises(ConfigError, match="cannot be had"):
        fit(recipe, little_examples(), [], tmp_path / "out", report_to=())


@pytest.mark.parametrize("content", ["{}", "[]", "{", '{"model": {}}'])
def test_a_tokenizer_that_is_none_is_told(glm_base: Path, tmp_path: Path, content: str) -> None:
    base = tmp_path / "base"
    shutil.copytree(glm_base, base)
    (base / "tokenizer.json").write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"the tokenizer of .* cannot be had"):
        load_tokenizer(little_recipe(tmp_path / "r.yaml", base))


@pytest.mark.parametrize("name", ["tokenizer.json", "config.json", "model.safetensors"])
def test_a_file_of_a_base_that_is_cut_off_is_named(glm_base: Path, tmp_path: Path, name: str) -> None:
    base = tmp_path / "base"
    shutil.copytree(glm_base, base)
    content = (base / name).read_bytes()
    (base / name).write_bytes(content[: len(content) // 2])
    with pytest.raises(ConfigError, match=rf"base/{name} is cut off or damaged: copy it again\.$"):
        fit(little_recipe(tmp_path / "r.yaml", base), little_examples(), [], tmp_path / "out", report_to=())
    with pytest.raises(ConfigError, match=rf"base/{name} is cut off or damaged, copy it again\.$"):
        LocalModel(str(base))


def test_a_folder_without_a_config_is_told_as_one(tmp_path: Path) -> None:
    (tmp_path / "base").mkdir()
    with pytest.raises(ConfigError, match=r"base holds no config\.json, so that it is no model of transformers"):
        load_config(little_recipe(tmp_path / "r.yaml", tmp_path / "base"))


def test_a_hub_that_does_not_answer_is_asked_once_and_not_for_each_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]  # and nobody listens there from here on
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "ENDPOINT", f"http://127.0.0.1:{port}")
    recipe = Recipe.load(str(written_recipe(tmp_path / "r.yaml", "nobody/no-such-model")))
    assert hub_words("nobody/no-such-model") == {"local_files_only": True}
    with pytest.raises(ConfigError, match=r"nobody/no-such-model cannot be had \(.*HF_HUB_OFFLINE=1"):
        load_tokenizer(recipe)


def test_a_hub_that_answers_is_told_of_before(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        here = f"http://127.0.0.1:{server.server_port}"
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setattr(constants, "ENDPOINT", here)
        assert way_to("ann/a") == f"ann/a: what this machine does not have of it is fetched from {here}."
        assert (hub_words("ann/a"), way_to(str(tmp_path))) == ({}, "")
        server.shutdown()


def test_ctrl_c_before_the_first_checkpoint_says_that_the_same_command_begins_again(tmp_path: Path) -> None:
    with pytest.raises(StoppedError, match=r"^stopped before the first checkpoint; the same command begins again\.$"):
        with in_one_voice(tmp_path / "out"):
            raise KeyboardInterrupt
