"""A build that is killed and started again, and two at once on one folder: nothing is paid for twice, nothing lost."""

import hashlib
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from openai_replies import Reply, Request, say
from openai_server import OpenAIServer
from roleinstruct.dataset.folder import PRIVATE
from roleinstruct.emotions import Emotion
from roleinstruct.llm.journal import Journal
from roleinstruct.pipeline.config import BuildConfig
from roleinstruct.pipeline.session import JOURNAL

SCENES, TURNS = 24, 40  # as many lines as one request takes


def answer(heard: Request) -> Reply:
    """Labels that depend on the lines alone, one statement, one pair."""
    shape = heard.body["response_format"]["json_schema"]["name"]
    if shape == "Labels":
        lines = re.findall(r"^(\d+) \| (.*)$", heard.prompt, re.MULTILINE)
        told = [f"{number} {list(Emotion)[digest(text)[0] % len(Emotion)]}" for number, text in lines]
        return say(json.dumps({"labels": told}))
    if shape == "Findings":
        return say(json.dumps({"statements": [{"field": "hobbies", "value": "下棋", "evidence": [1]}]}))
    pair = {"kind": "profile", "evidence": [1], "reason": "[1]里说到拜师", "question": "郝师傅，你收徒弟有什么规矩？"}
    pair |= {"answer": "先把工具擦一个月，我那会儿擦了半年呢。", "emotion": "neutral", "confidence": "high"}
    return say(json.dumps({"pairs": [pair]}))


@pytest.fixture(scope="module")
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer(answer) as running:
        yield running


@pytest.fixture(scope="module")
def builder(server: OpenAIServer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A builder file and its script, of which no two lines are alike."""
    folder = tmp_path_factory.mktemp("builder")
    (folder / "raw" / "郝师傅").mkdir(parents=True)
    scenes = []
    for scene in range(SCENES):
        turns = (f"{('客人', '郝师傅')[n % 2]}：第{scene}回第{n}句，{words(scene, n)}。" for n in range(TURNS))
        scenes.append(f"第{scene + 1}场\n" + "\n".join(turns))
    (folder / "raw" / "郝师傅" / "script.txt").write_text("\n\n".join(scenes), encoding="utf-8")
    model = {"name": "m", "base_url": server.base_url, "concurrency": 4, "least_yield": 0}
    source = {"path": str(folder / "raw")}
    config = BuildConfig.checked({"source": source, "model": model, "general": {"when": "never"}}, "test")
    (folder / "builder.yaml").write_text(json.dumps(config.model_dump(mode="json")), encoding="utf-8")
    return folder / "builder.yaml"


@pytest.fixture(scope="module")
def undisturbed(server: OpenAIServer, builder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The folder of a build that was left alone."""
    out = tmp_path_factory.mktemp("quiet") / "set"
    start(builder, out).communicate(timeout=60)
    return contents(out)


def test_killed_at_any_moment_and_run_again_nothing_committed_is_paid_for_twice(
    server: OpenAIServer, builder: Path, undisturbed: dict[str, bytes], tmp_path: Path
) -> None:
    kills, moment, out = int(os.environ.get("ROLEINSTRUCT_KILLS", "2")), random.Random(7), tmp_path / "set"
    server.latency = 0.1
    for number in range(kills + 1):
        committed, before = in_journal(out), len(server.calls)
        process = start(builder, out)
        if number < kills:
            wanted = before + moment.randrange(1 + 2 * SCENES // kills)
            while len(server.calls) < wanted and process.poll() is None:
                time.sleep(0.005)
            time.sleep(moment.uniform(0, 0.3))
            process.send_signal(signal.SIGKILL)
        process.communicate(timeout=60)
        assert committed.isdisjoint(asked(server, before))
    assert process.returncode == 0
    assert contents(out) == undisturbed


def test_of_two_on_one_folder_one_works_and_the_other_says_so(
    server: OpenAIServer, builder: Path, undisturbed: dict[str, bytes], tmp_path: Path
) -> None:
    out, before = tmp_path / "set", len(server.calls)
    server.latency = 0.3
    first = start(builder, out)
    while len(server.calls) == before:
        time.sleep(0.01)
    second = start(builder, out)
    _, said = second.communicate(timeout=60)
    assert second.returncode == 1
    assert said.count("another roleinstruct is writing") == 1
    assert str(out) in "".join(said.split())
    assert "Traceback" not in said
    assert first.poll() is None, "the second has come too late"
    server.latency = 0.0
    first.communicate(timeout=60)
    assert first.returncode == 0
    assert set(Counter(asked(server, before)).values()) == {1}
    assert contents(out) == undisturbed


def start(builder: Path, out: Path) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "roleinstruct", "build", str(builder), "--out", str(out)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def asked(server: OpenAIServer, first: int) -> list[str]:
    """The user messages of the calls from the first on."""
    return [call.request.prompt for call in server.calls[first:]]


def in_journal(out: Path) -> set[str]:
    """The user messages whose replies are committed."""
    if not (out / JOURNAL).is_file():
        return set()
    with Journal(out / JOURNAL, read_only=True) as journal:
        return {entry.request.messages[-1].content for entry in journal.rows()}


def contents(out: Path) -> dict[str, bytes]:
    """Every file of a data set, the card too; the journal, which holds times, and its like are not among them."""
    files = (path for path in out.rglob("*") if path.is_file())
    return {str(f.relative_to(out)): digest(f.read_bytes()) for f in files if PRIVATE not in f.relative_to(out).parts}


def words(scene: int, turn: int) -> str:
    """Some characters that no other turn has in this order."""
    return "".join(chr(0x4E00 + byte * 16 + place) for place, byte in enumerate(digest(f"{scene} {turn}")[:10]))


def digest(text: str | bytes) -> bytes:
    return hashlib.sha256(text.encode() if isinstance(text, str) else text).digest()
