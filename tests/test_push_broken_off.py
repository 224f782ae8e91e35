"""A push that is killed, interrupted, or left without an answer: before it or after it, never half, and once more."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from hub_faults import Fault, FaultKind
from hub_server import Hub
from roleinstruct.errors import PublishError
from roleinstruct.publish.hub import push
from roleinstruct.publish.retrying import Patience
from roleinstruct.publish.staging import CARD, Staged, stage

QUICK = Patience(tries=3, first=0.01, longest=0.05)
NEW = {CARD: b"---\nlicense: mit\n---\n# new\n", "a/train-0.parquet": b"new a" * 500, "b/train-0.parquet": b"new b" * 500}
OLD = {CARD: b"---\nlicense: mit\n---\n# old\n", "a/train-0.parquet": b"old" * 500}

PUSH = """
import sys
from pathlib import Path
from roleinstruct.publish.hub import push
from roleinstruct.publish.limits import limit_waiting
from roleinstruct.publish.retrying import Patience
from roleinstruct.publish.staging import CARD, stage

limit_waiting(0.4)
staged = stage(Path(sys.argv[1]), "dataset")
push(staged, sys.argv[2], message="new", patience=Patience(3, 0.01, 0.05), rebuilt=lambda _: staged.text(CARD), say=print)
"""


@pytest.fixture
def folder(hub: Hub, person: str, tmp_path: Path) -> Path:
    """The new files; the old ones lie on the hub already, as owner/x."""
    pushed(OLD, f"{person}/x")
    for name, content in NEW.items():
        path = tmp_path / "data" / {"a/train-0.parquet": "dialogues/train-0.parquet"}.get(name, name).replace("b/", "chat/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return tmp_path / "data"
