"""A run that is killed at random moments and started again, beside one that nobody disturbs.

    python benchmarks/kills.py [--kills 200] [--calls 2000] [--latency 0.2]

Two folders of the same dialogues, each with a request for labels to itself; `roleinstruct annotate` labels both over
real HTTP, and `profile`, `ask` and `mix` finish them. One run of `annotate` gets SIGKILL after a random number of
calls and a random part of a second, again and again; the last time that it is started it ends by itself. Before each
start the journal is read: what it holds must not come to the server again. In the end every file of both folders must
hold the same bytes.
"""

import argparse
import hashlib
import json
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from openai_replies import Reply, Request, say
from openai_server import OpenAIServer
from roleinstruct.dataset.folder import PRIVATE
from roleinstruct.emotions import Emotion
from roleinstruct.llm.journal import Journal
from roleinstruct.pipeline.config import BuildConfig
from roleinstruct.pipeline.session import JOURNAL

CONCURRENCY = 4
TURNS = 40  # as many lines as one request takes, so that every dialogue has one of its own


def main() -> None:
    """Print what came of it; ends with 1 where a reply was paid for twice or the folders differ."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--calls", type=int, default=2000)
    parser.add_argument("--latency", type=float, default=0.2)
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch, OpenAIServer(answer) as server:
        began = time.monotonic()
        killed, quiet = Path(scratch) / "killed" / "set", Path(scratch) / "quiet" / "set"
        for folder in (killed, quiet):
            prepare(folder, given.calls, server.base_url)
        server.latency = given.latency
        twice, in_vain = disturb(killed, server, given.kills, given.calls, random.Random(given.seed))
        server.latency = 0.0
        print(f"undisturbed run after {time.monotonic() - began:.0f} s", flush=True)
        run("annotate", quiet)
        for folder in (killed, quiet):
            for step in ("profile", "ask", "mix"):
                run(step, folder)
        ours, theirs = contents(killed), contents(quiet)
        differ = sorted(name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name))
        print(f"calls that were under way at a kill and so made again: {in_vain}")
        print(f"calls whose reply had been committed and that were made again: {twice}")
        print(f"files {len(ours)}, of them different from the undisturbed run: {len(differ)} {differ}")
        print(f"{time.monotonic() - began:.0f} s in all")
        sys.exit(bool(twice or differ))


def disturb(folder: Path, server: OpenAIServer, kills: int, calls: int, moment: random.Random) -> tuple[int, int]:
    """Kill and start again, and then let it end.

    Returns:
        Calls whose reply was in the journal already, and calls that were answered and whose reply was not.
    """
    twice, struck = 0, 0
    for number in range(kills + 1):
        committed, seen = in_journal(folder), len(LABELLED)
        process = start("annotate", folder)
        if number < kills:
            wanted = seen + moment.randrange(_FURTHEST * calls // kills)
            while len(LABELLED) < wanted and process.poll() is None:
                time.sleep(0.005)
            # Where no call is waited for, the kill falls into the start of the program.
            time.sleep(moment.uniform(0, 2 * server.latency if wanted > seen else 1.0))
            struck += process.poll() is None
            process.send_signal(signal.SIGKILL)
        process.wait()
        twice += len(committed & set(LABELLED[seen:]))
        if number % 20 == 0 or number == kills:
            print(f"start {number + 1:4}: {len(committed):5,} of {calls:,} replies in the journal", flush=True)
    print(f"kills that met the program at work: {struck} of {kills}; at last it ended with {process.returncode}")
    return twice, len(LABELLED) - len(in_journal(folder))


_FURTHEST = 2
"""The most calls of one start, in shares of an even one; those under way at a kill are lost, and so it does not end."""

LABELLED: list[str] = []
"""What was asked for, in the order in which it came: the fingerprint of each prompt."""


def answer(request: Request) -> Reply:
    """What a model would say: labels that depend on the lines alone, one statement, one pair."""
    shape = request.body["response_format"]["json_schema"]["name"]
    if shape == "Labels":
        LABELLED.append(mark(request.prompt))
        lines = re.findall(r"^(\d+) \| (.*)$", request.prompt, re.MULTILINE)
        told = [f"{number} {list(Emotion)[digest(text)[0] % len(Emotion)]}" for number, text in lines]
        return say(json.dumps({"labels": told}), prompt_tokens=len(request.prompt))
    if shape == "Findings":
        return say(json.dumps({"statements": [{"field": "hobbies", "value": "下棋", "evidence": [1]}]}))
    words = {"question": "郝师傅，你收徒弟有什么规矩？", "answer": "先把工具擦一个月，我那会儿擦了半年呢。"}
    about = {"kind": "plot", "reason": "他说过", "confidence": "high"}
    return say(json.dumps({"pairs": [{**words, **about, "emotion": "neutral", "evidence": [1]}]}))


def in_journal(folder: Path) -> set[str]:
    """The prompts for labels whose replies are committed."""
    if not (folder / JOURNAL).is_file():
        return set()
    with Journal(folder / JOURNAL, read_only=True) as journal:
        return {mark(entry.request.messages[-1].content) for entry in journal.rows() if entry.stage == "annotate"}


def prepare(folder: Path, dialogues: int, base_url: str) -> None:
    """Import and clean the same script into a folder."""
    raw = folder.parent.parent / "raw" / "郝师傅"
    raw.mkdir(parents=True, exist_ok=True)
    (raw / "script.txt").write_text("\n\n".join(scenes(dialogues)), encoding="utf-8")
    model = {"name": "m", "base_url": base_url, "concurrency": CONCURRENCY, "least_yield": 0}
    blocks = {"source": {"path": str(raw.parent)}, "model": model, "general": {"when": "never"}}
    config = BuildConfig.checked(blocks, "benchmark")
    builder = raw.parent / "builder.yaml"
    builder.write_text(json.dumps(config.model_dump(mode="json")), encoding="utf-8")
    run("import", folder, "--config", str(builder))
    run("clean", folder)


def scenes(count: int) -> Iterator[str]:
    """Scenes of which no two lines are alike."""
    for scene in range(count):
        turns = (f"{('客人', '郝师傅')[n % 2]}：第{scene}回第{n}句，{words(scene, n)}。" for n in range(TURNS))
        yield f"第{scene + 1}场\n" + "\n".join(turns)


def words(scene: int, turn: int) -> str:
    """Some characters that no other turn has in this order."""
    return "".join(chr(0x4E00 + byte * 16 + place) for place, byte in enumerate(digest(f"{scene} {turn}")[:10]))


def run(step: str, folder: Path, *more: str) -> None:
    """Run one command to its end."""
    with start(step, folder, *more, listen=True) as process:
        _, said = process.communicate()
    if process.returncode:
        sys.exit(f"{step} ended with {process.returncode}: {said}")


def start(step: str, folder: Path, *more: str, listen: bool = False) -> "subprocess.Popen[str]":
    """Start one command."""
    heard = subprocess.PIPE if listen else subprocess.DEVNULL
    command = [sys.executable, "-m", "roleinstruct", step, str(folder), *more]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=heard, text=True)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a data set by its path; the journal, which holds times, and its like are not among them."""
    found = (path for path in folder.rglob("*") if path.is_file())
    files = [path for path in found if PRIVATE not in path.relative_to(folder).parts]
    return {str(path.relative_to(folder)): digest(path.read_bytes()) for path in files}


def mark(text: str) -> str:
    """A short name for a text."""
    return digest(text).hex()


def digest(text: str | bytes) -> bytes:
    """The SHA-256 of a text."""
    return hashlib.sha256(text.encode() if isinstance(text, str) else text).digest()


if __name__ == "__main__":
    main()
