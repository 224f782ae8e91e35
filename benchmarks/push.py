"""Bytes and seconds of a first push, an unchanged one, and one after a changed row, beside the plain client calls.

    python benchmarks/push.py [--data DIR] [--repeats 3]

DIR is a data set folder; without it the sample that comes with the package is built. Each run of a way is a process of
its own with an empty cache, beside a hub of the tests that is empty too, in memory on the loopback; ways take turns,
over LFS and over Xet, and medians are printed. Bytes are those of bodies that a hub gets and sends.

    ours                  `prepare_dataset` and `push_prepared`, as `push_dataset`: the card, the gates, the commit;
                          the first push reads everything, the others what has changed since
    ours, without gates   the same from files that were looked at before
    upload_folder         `HfApi.upload_folder` of the same files
    push_to_hub           `DatasetDict.push_to_hub` of every config, the tables being open already

The changed row is one of `chat`. What the gates find is let through, as by --allow.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import astuple, dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import pyarrow as pa
import pyarrow.parquet as pq

from hub_server import Hub
from roleinstruct.dataset.features import PUBLISHED
from roleinstruct.pipeline.build import build
from roleinstruct.pipeline.config import BuildConfig
from roleinstruct.publish.gates.finding import GATES, GateReport
from roleinstruct.publish.gates.remembered import MEMORY
from roleinstruct.publish.pushing import Prepared, prepare_dataset, push_prepared
from roleinstruct.publish.staging import stage

STEPS = ("first", "unchanged", "one row")


@dataclass(frozen=True, slots=True)
class Cost:
    """Of a push: seconds, bytes sent and received, and requests."""

    seconds: float
    sent: int
    received: int
    requests: int


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description="What pushes cost, ours and the plain client's.")
    parser.add_argument("--data", type=Path, metavar="DIR", help="a data set folder; by default the sample")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--push", nargs=3, metavar=("WAY", "OLD", "NEW"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.push:
        push_thrice(given.push[0], Path(given.push[1]), Path(given.push[2]))
        return
    with tempfile.TemporaryDirectory() as temporary:
        old, new = Path(temporary) / "old", Path(temporary) / "new"
        if given.data is None:
            build(BuildConfig.load("sample"), old)
        else:
            shutil.copytree(given.data, old, ignore=shutil.ignore_patterns(".roleinstruct"))
        changed = change_a_row(Path(shutil.copytree(old, new)))
        staged = stage(old, "dataset")
        size = sum(digest.size for digest in staged.digests.values())
        print(f"{len(staged.files)} files, {size:,} bytes; the changed table {changed.stat().st_size:,}")
        for transport in ("lfs", "xet"):
            runs = [{name: costs(name, transport, old, new) for name in WAYS} for _ in range(given.repeats)]
            report(transport, runs)


def costs(way: str, transport: str, old: Path, new: Path) -> list[Cost]:
    """Of the three pushes of one process to one hub."""
    found = []
    command = [sys.executable, __file__, "--push", way, str(old), str(new)]
    with Hub() as hub, tempfile.TemporaryDirectory() as home:
        told = {"HF_ENDPOINT": hub.endpoint, "HF_HOME": home, "HF_TOKEN": hub.user("ann")}
        told |= {"HF_HUB_DISABLE_XET": str(int(transport == "lfs")), "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
        told |= {"HF_HUB_DISABLE_TELEMETRY": "1", "HF_DATASETS_DISABLE_PROGRESS_BARS": "1"}
        told |= {"DATASETS_VERBOSITY": "error", "HF_HUB_VERBOSITY": "error"}
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        with subprocess.Popen(command, env=os.environ | told, text=True, **pipes) as running:
            for _ in STEPS:
                begun = len(hub.seen)
                running.stdin.write("go on\n")
                running.stdin.flush()
                seconds = json.loads(running.stdout.readline())
                seen = hub.seen[begun:]
                sent, received = sum(row.received for row in seen), sum(row.sent for row in seen)
                found.append(Cost(seconds, sent, received, len(seen)))
    return found


def report(transport: str, runs: list[Mapping[str, list[Cost]]]) -> None:
    """A table, with bytes and seconds as parts of ours."""
    columns = f"{'seconds':>8} {'sent':>12} {'received':>11} {'requests':>8} {'bytes/ours':>10} {'s/ours':>7}"
    print(f"\n{'push':10} {'over ' + transport:20} {columns}")
    for number, step in enumerate(STEPS):
        ours: tuple[float, ...] = ()
        for name in WAYS:
            cost = tuple(map(statistics.median, zip(*(astuple(run[name][number]) for run in runs), strict=True)))
            ours = ours or cost
            bytes_part = (cost[1] + cost[2]) / (ours[1] + ours[2])
            figures = f"{cost[0]:8.2f} {cost[1]:12,.0f} {cost[2]:11,.0f} {cost[3]:8.0f}"
            print(f"{step:10} {name:20} {figures} {bytes_part:10.2f} {cost[0] / ours[0]:7.2f}", flush=True)


def change_a_row(folder: Path) -> Path:
    """Change an answer of `chat` in a copied folder, and return its table."""
    path = sorted((folder / "chat").glob("train-*.parquet"))[0]
    table, groups = pq.read_table(path), pq.ParquetFile(path).metadata.row_group(0).num_rows
    rows = table.column("completion").to_pylist()
    rows[len(rows) // 2][-1]["content"] += " ……"
    place = table.schema.get_field_index("completion")
    field = table.schema.field(place)
    pq.write_table(table.set_column(place, field, pa.array(rows, type=field.type)), path, row_group_size=groups)
    return path


def push_thrice(way: str, old: Path, new: Path) -> None:
    """In a process of its own: get ready, and push each time that a line comes, telling the seconds."""
    push = WAYS[way](old, new)
    for folder in (old, old, new):
        sys.stdin.readline()
        began = time.perf_counter()
        push(folder)
        print(time.perf_counter() - began, flush=True)


Push = Callable[[Path], object]


def ours(old: Path, new: Path) -> Push:
    """As a user does, in full."""
    names = (*(gate for gate in GATES if gate != "secret"), *(f"secret:{name}" for name in stage(old, "dataset").files))
    allow = dict.fromkeys(names, "a benchmark on a hub in memory")
    for folder in (old, new):
        (folder / MEMORY).unlink(missing_ok=True)

    def push(folder: Path) -> object:
        if folder == new:  # the row was changed in the folder that was pushed before
            (new / MEMORY).parent.mkdir(exist_ok=True)
            shutil.copy(old / MEMORY, new / MEMORY)
        return push_prepared(prepare_dataset(folder, REPO, allow=allow, lint_score=0))

    return push


def without_gates(_: Path, __: Path) -> Push:
    """The push by itself."""
    return lambda folder: push_prepared(Prepared(stage(folder, "dataset"), REPO, GateReport(()), {}))


def upload_folder(old: Path, _: Path) -> Push:
    """The client's own way for a folder."""
    from huggingface_hub import HfApi

    files = list(stage(old, "dataset").files)

    def push(folder: Path) -> object:
        HfApi().create_repo(REPO, repo_type="dataset", private=True, exist_ok=True)
        return HfApi().upload_folder(repo_id=REPO, repo_type="dataset", folder_path=folder, allow_patterns=files)

    return push


def push_to_hub(old: Path, new: Path) -> Push:
    """The way of `datasets`; each config is a commit of its own."""
    from datasets import load_dataset

    configs = [name for name in PUBLISHED if (old / name).is_dir()]
    tables = {folder: {name: load_dataset(str(folder), name) for name in configs} for folder in (old, new)}

    def push(folder: Path) -> object:
        return [opened.push_to_hub(REPO, name, private=True) for name, opened in tables[folder].items()]

    return push


REPO = "ann/my-characters"
WAYS: Mapping[str, Callable[[Path, Path], Push]] = {
    "ours": ours,
    "ours, without gates": without_gates,
    "upload_folder": upload_folder,
    "push_to_hub": push_to_hub,
}

if __name__ == "__main__":
    main()
