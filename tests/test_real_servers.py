"""Our clients against servers that others have written, with tiny models made here; run by pytest -m slow.

llama-cpp-python is served by the Python that ROLEINSTRUCT_LLAMA_PYTHON names, with `llama-cpp-python[server]` and
`gguf`; transformers by this one, with `transformers[serving]` and torch.
"""

import asyncio
import csv
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from roleinstruct.dataset.folder import PRIVATE, DataFolder
from roleinstruct.emotions import Emotion
from roleinstruct.generate.labels import Labels
from roleinstruct.llm.asking import Asker, Question
from roleinstruct.llm.budget import Meter, Prices
from roleinstruct.llm.calling import Limits
from roleinstruct.llm.endpoint import Endpoint
from roleinstruct.llm.engine import Engine, Failed
from roleinstruct.llm.forms import Forms
from roleinstruct.llm.journal import Entry, Journal
from roleinstruct.llm.replies import strict_schema
from roleinstruct.pipeline.session import JOURNAL
from roleinstruct.records import Message

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The base URL of llama-cpp-python with a model that leans towards short lists."""
    python = os.environ.get("ROLEINSTRUCT_LLAMA_PYTHON", sys.executable)
    if subprocess.run([python, "-c", "import gguf, llama_cpp.server"], capture_output=True).returncode:
        pytest.skip(f"{python} has no llama-cpp-python[server] with gguf; name one in ROLEINSTRUCT_LLAMA_PYTHON")
    folder = tmp_path_factory.mktemp("llama")
    subprocess.run([python, str(Path(__file__).with_name("tiny_gguf.py")), str(folder / "tiny.gguf")], check=True)
    port = free_port()
    options = ["--model", str(folder / "tiny.gguf"), "--port", str(port), "--n_ctx", "16384", "--n_threads", "2"]
    with served([python, "-m", "llama_cpp.server", *options], port, folder):
        yield f"http://127.0.0.1:{port}/v1"


def test_llama_cpp_is_held_to_the_schema_in_the_form_that_it_knows(llama: str, tmp_path: Path) -> None:
    out = labelled_by(llama, "tiny", script(tmp_path, unlabelled=1))
    [entry] = replies(out)
    assert entry.reply.usage.prompt_tokens > 100
    assert entry.reply.usage.completion_tokens > 0
    [turn] = [turn for turn in turns(out) if turn["annotator"] == "tiny"]
    label = list(Emotion)[int(str(turn["emotion"]))]
    assert Labels.model_validate_json(entry.reply.text).labels == [f"1 {label}"]
    assert "json_object_schema" in (out / PRIVATE / "endpoints.json").read_text(encoding="utf-8")


def test_what_llama_cpp_says_fits_the_schema_even_where_it_answers_only_a_part(llama: str, tmp_path: Path) -> None:
    out = labelled_by(llama, "tiny", script(tmp_path, unlabelled=24))
    pattern = re.compile(strict_schema(Labels)["properties"]["labels"]["items"]["pattern"])
    said = [label for entry in replies(out) for label in Labels.model_validate_json(entry.reply.text).labels]
    assert said
    assert all(pattern.fullmatch(label) for label in said)
    labelled = sum(turn["annotator"] == "tiny" for turn in turns(out))
    rejected = sum(row["unit"] == "label" for row in DataFolder(out).rows("rejected/annotate"))
    assert labelled + rejected == 24


@pytest.fixture(scope="module")
def transformers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The base URL and the model of `transformers serve`."""
    missing = [name for name in ("torch", "transformers", "fastapi", "uvicorn") if find_spec(name) is None]
    if missing:
        pytest.skip(f"{', '.join(missing)} is not installed: pip install 'transformers[serving]' torch")
    folder, port = tmp_path_factory.mktemp("transformers"), free_port()
    (folder / "home" / "hub").mkdir(parents=True)
    make_tiny_llama(folder / "tiny")
    program = Path(sys.executable).with_name("transformers")
    command = [str(program), "serve", str(folder / "tiny"), "--device", "cpu", "--port", str(port)]
    with served(command, port, folder, HF_HOME=str(folder / "home"), HF_HUB_OFFLINE="1"):
        yield f"http://127.0.0.1:{port}/v1", str(folder / "tiny")


def test_what_transformers_says_at_random_is_rejected_with_its_words(
    transformers: tuple[str, str], tmp_path: Path
) -> None:
    base_url, model = transformers

    async def ask_all() -> tuple[list[object], Engine]:
        with Journal(tmp_path / "journal.sqlite") as journal:
            meter = Meter(Prices.load().at(base_url))
            async with Engine(Endpoint.of(model, base_url), journal, meter, Limits(8)) as engine:
                asker = Asker(engine, Forms(tmp_path / "forms.json"))
                return list(await asyncio.gather(*(asker.ask(question(number)) for number in range(8)))), engine

    found, engine = asyncio.run(ask_all())
    assert all(isinstance(one, Failed) and one.reason == "unreadable_reply" and one.text for one in found)
    assert engine.counts.called == 16  # each was shown once what was wrong
    usage = engine.meter.usage["test"]
    assert usage.prompt_tokens > usage.completion_tokens > 16
    assert engine.meter.spent == 0
    again, engine = asyncio.run(ask_all())
    assert again == found
    assert (engine.counts.called, engine.counts.cached) == (0, 16)


def test_ctrl_c_waits_for_what_transformers_is_saying(transformers: tuple[str, str], tmp_path: Path) -> None:
    base_url, model = transformers
    out = script(tmp_path, unlabelled=400)
    process = annotating(base_url, model, out, "--concurrency", "2", "--set", "annotation.window=10")
    deadline = time.monotonic() + 120
    while not (out / JOURNAL).is_file() or not replies(out):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 130, said
    assert "Traceback" not in said
    assert 0 < len(replies(out)) < 80


def question(number: int) -> Question[Labels]:
    return Question((Message("user", f"Label line {number} as JSON."),), Labels, "test", parameters={"max_tokens": 24})


def make_tiny_llama(folder: Path) -> None:
    """Save a Llama of random weights, with a byte-level tokenizer and ChatML for its template."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    special, alphabet = ["<|im_start|>", "<|im_end|>"], pre_tokenizers.ByteLevel.alphabet()
    made.train_from_iterator(
        ["给下面的台词标注情绪。 Label the lines."] * 3,
        trainers.BpeTrainer(vocab_size=400, special_tokens=special, initial_alphabet=alphabet, show_progress=False),
    )
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=made, eos_token="<|im_end|>", pad_token="<|im_end|>")
    tokenizer.chat_template = (
        "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}"
        "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
    )
    torch.manual_seed(0)
    shape = LlamaConfig(
        vocab_size=len(tokenizer), hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=4, max_position_embeddings=8192, bos_token_id=None, eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )  # fmt: skip
    LlamaForCausalLM(shape).save_pretrained(folder)
    tokenizer.save_pretrained(folder)


@contextmanager
def served(command: Sequence[str], port: int, folder: Path, **environment: str) -> Iterator[None]:
    """Run a server until the end of the block, beginning when it listens."""
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, **environment})
        try:
            deadline = time.monotonic() + 120
            while not listens(port):
                said = (folder / "server.log").read_text(encoding="utf-8", errors="replace")
                assert process.poll() is None, said
                assert time.monotonic() < deadline, said
                time.sleep(0.2)
            yield
        finally:
            process.terminate()
            process.wait(timeout=30)


def listens(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/v1/models", timeout=5):
            return True
    except (URLError, OSError):
        return False


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def script(path: Path, unlabelled: int) -> Path:
    """A data set folder, cleaned, whose first so many lines nobody has labelled."""
    with (path / "script.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["speaker", "text", "emotion", "dialogue"])
        for number in range(max(24, unlabelled)):
            emotion = "" if number < unlabelled else "neutral"
            text = f"The bicycle number {number} needs a new chain and {number + 2} spokes."
            rows.writerow([("Tom", "Maggie Doyle")[number % 2], text, emotion, f"scene {number // 24}"])
    source = {"path": str(path / "script.csv"), "characters": ["Maggie Doyle"]}
    (path / "builder.yaml").write_text(json.dumps({"source": source}), encoding="utf-8")
    out = path / "set"
    for step in (["import", str(out), "--config", str(path / "builder.yaml")], ["clean", str(out)]):
        subprocess.run([sys.executable, "-m", "roleinstruct", *step], check=True, capture_output=True)
    return out


def annotating(base_url: str, model: str, out: Path, *more: str) -> "subprocess.Popen[str]":
    options = ["--model", model, "--base-url", base_url, "--set", "model.least_yield=0", *more]
    command = [sys.executable, "-m", "roleinstruct", "annotate", str(out), *options]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def labelled_by(base_url: str, model: str, out: Path) -> Path:
    process = annotating(base_url, model, out)
    _, said = process.communicate(timeout=300)
    assert process.returncode == 0, said
    return out


def replies(out: Path) -> list[Entry]:
    with Journal(out / JOURNAL, read_only=True) as journal:
        return list(journal.rows())


def turns(out: Path) -> list[dict[str, object]]:
    return [turn for row in DataFolder(out).rows("dialogues") for turn in row["turns"]]
