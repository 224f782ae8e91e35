"""A push that is killed, interrupted, or left without an answer: all of it or nothing, and a second try completes."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from hub_faults import Fault, FaultKind
from hub_server import Hub
from roleinstruct.errors import PublishError
from roleinstruct.publish.hub import Pushed, push
from roleinstruct.publish.retrying import Patience
from roleinstruct.publish.staging import CARD, Staged, stage

QUICK = Patience(tries=3, first=0.01, longest=0.05)
CARDS = "---\nlicense: mit\nsdk: gradio\n---\n"

PUSH = """
import sys
from pathlib import Path
from roleinstruct.publish.hub import push
from roleinstruct.publish.limits import limit_waiting
from roleinstruct.publish.retrying import Patience
from roleinstruct.publish.staging import CARD, stage

limit_waiting(float(sys.argv[1]))
staged = stage(Path(sys.argv[2]), "space")
patience = Patience(3, 0.01, 0.05)
push(staged, sys.argv[3], message="new", patience=patience, rebuilt=lambda _: staged.text(CARD), say=print)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A Space with a large file."""
    root = tmp_path / "space"
    (root / "data").mkdir(parents=True)
    (root / CARD).write_text(f"{CARDS}# New\n", encoding="utf-8")
    (root / "app.py").write_text("import gradio\n", encoding="utf-8")
    (root / "data" / "people.json").write_bytes(os.urandom(600_000).hex().encode())  # new to every store and cache
    return root


@pytest.fixture
def repo(hub: Hub, person: str, tmp_path: Path) -> str:
    """A Space in which something older lies."""
    old = Staged("space", tmp_path, {CARD: f"{CARDS}# Old\n".encode(), "app.py": b"import os\n"})
    return send(old, f"{person}/x").repo_id


def send(staged: Staged, repo: str) -> Pushed:
    return push(staged, repo, message="by hand", patience=QUICK, rebuilt=lambda _: staged.text(CARD))


def started(words: Sequence[object], hub: Hub, request: pytest.FixtureRequest) -> subprocess.Popen[str]:
    """Python with these words, as a person starts it."""
    way = {"HF_HUB_OFFLINE": "0", "HF_HUB_DISABLE_XET": "1" if "lfs" in request.node.name else "0"}
    command = [sys.executable, *map(str, words)]
    return subprocess.Popen(command, env=os.environ | way, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for_the_fault(hub: Hub, running: subprocess.Popen[str]) -> None:
    while hub.faults[0].times and running.poll() is None:
        time.sleep(0.01)


def completes(hub: Hub, repo: str, folder: Path) -> bool:
    """Whether another push brings everything, and one more finds nothing to do."""
    send(stage(folder, "space"), repo)
    new = {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    now = hub.files("space", repo)
    return {**now, **new} == now and send(stage(folder, "space"), repo).changed == ()


def is_old_or_new(hub: Hub, repo: str, before: dict[str, bytes], folder: Path) -> bool:
    """Whether all of the one or all of the other lies in the repository, whatever the new card says."""
    now = hub.files("space", repo)
    new = {name: (folder / name).read_bytes() for name in ("app.py", "data/people.json")}
    return now == before or {**now, CARD: b""} == {**before, **new, CARD: b""}


@pytest.mark.parametrize(("hub", "path"), [("lfs", "/objects/"), ("xet", "/commit/")], indirect=["hub"])
def test_a_killed_push_leaves_the_old_or_the_new_and_a_second_completes(
    hub: Hub, repo: str, folder: Path, path: str, request: pytest.FixtureRequest
) -> None:
    before = hub.files("space", repo)
    hub.faults.append(Fault("POST" if path == "/commit/" else "PUT", path, "delay", seconds=0.3))
    with started(["-c", PUSH, "9", folder, repo], hub, request) as running:
        wait_for_the_fault(hub, running)
        running.kill()
    assert running.returncode == -signal.SIGKILL
    time.sleep(0.5)  # the hub goes on with what it had heard
    assert is_old_or_new(hub, repo, before, folder)
    assert completes(hub, repo, folder)


@pytest.mark.parametrize("hub", ["xet"], indirect=True)
def test_ctrl_c_ends_a_push_with_a_sentence_and_a_second_completes(
    hub: Hub, repo: str, folder: Path, request: pytest.FixtureRequest
) -> None:
    before = hub.files("space", repo)
    hub.faults.append(Fault("POST", "/xorbs/", "delay", seconds=1.0))
    with started(["-m", "roleinstruct", "push", "space", folder, repo], hub, request) as running:
        wait_for_the_fault(hub, running)
        running.send_signal(signal.SIGINT)
        heard, said = running.communicate(timeout=60)
    assert (running.returncode, heard) == (130, ""), said
    assert said.splitlines()[1:] == [
        "roleinstruct: stopped; nothing half-made is left behind, and the same command goes on: what a model has "
        "answered is kept."
    ]
    assert hub.files("space", repo) == before
    assert completes(hub, repo, folder)


@pytest.mark.parametrize("hub", ["lfs"], indirect=True)
def test_a_hub_that_falls_silent_is_not_waited_for_and_a_late_answer_is(
    hub: Hub, repo: str, folder: Path, request: pytest.FixtureRequest
) -> None:
    hub.faults += [
        Fault("POST", "/preupload/", "delay", seconds=0.2),
        Fault("POST", "/commit/", "silence", seconds=20.0),
    ]
    with started(["-c", PUSH, "0.4", folder, repo], hub, request) as running:
        heard, said = running.communicate(timeout=15)
    assert running.returncode == 0, said
    assert heard.count("trying again") == 1
    assert f"pushing to {repo}: ReadTimeout on the way" in heard
    assert hub.files("space", repo)["app.py"] == b"import gradio\n"


KINDS: tuple[FaultKind, ...] = ("status", "page", "before", "inside", "after", "truncate")


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind", KINDS)
def test_whichever_request_breaks_and_however_all_or_nothing_is_there(
    hub: Hub, person: str, folder: Path, kind: FaultKind
) -> None:
    old = Staged("space", folder, {CARD: f"{CARDS}# Old\n".encode(), "app.py": b"import os\n"})
    send(old, f"{person}/tried")
    begun = len(hub.seen)
    send(stage(folder, "space"), f"{person}/tried")
    requests = [(seen.method, seen.path) for seen in hub.seen[begun:]]
    for number, (method, _) in enumerate(requests):
        skip = sum(other == method for other, _ in requests[:number])
        (folder / "data" / "people.json").write_bytes(os.urandom(700_000).hex().encode())  # new to the store
        repo = send(old, f"{person}/x{number}").repo_id
        before = hub.files("space", repo)
        hub.faults[:] = [Fault(method, "", kind, status=502, skip=skip)]
        try:
            send(stage(folder, "space"), repo)
        except PublishError:
            assert is_old_or_new(hub, repo, before, folder)
        hub.faults.clear()
        assert completes(hub, repo, folder)
        assert len(list(hub.repo("space", repo).history("main"))) == 3
