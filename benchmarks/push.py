"""Bytes and seconds of a first push, an unchanged one, and one after a changed row, beside the plain client calls.

    python benchmarks/push.py [--data DIR] [--repeats 3]

DIR is a data set folder; without it the sample that comes with the package is built. All talk to the hub of the tests,
in memory on the loopback, over LFS and over Xet; each run of a way has a repository of its own, ways take turns, and
medians are printed. Bytes are those of bodies that the client sends and gets; requests are counted too.

    ours                  `push_dataset` in full: choosing, card, gates, commit (the gates let everything through here)
    ours, without gates   the push by itself, from files that were looked at already
    upload_folder         `HfApi.upload_folder` of the same files
    push_to_hub           `DatasetDict.push_to_hub` of every config, its tables being open already

The changed row is one of `chat`; the other ways get the same new table.
"""

import argparse
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from hub_server import Hub

HUB = Hub()
HOME = tempfile.mkdtemp()  # no cache of an earlier run, and no token of its user
os.environ |= {"HF_ENDPOINT": HUB.endpoint, "HF_HOME": HOME, "HF_TOKEN": HUB.user("ann")}
os.environ |= {"HF_HUB_DISABLE_PROGRESS_BARS": "1", "HF_DATASETS_DISABLE_PROGRESS_BARS": "1"}
os.environ |= {"HF_HUB_DISABLE_TELEMETRY": "1"}

import pyarrow as pa  # noqa: E402 - after the address of the hub is known
import pyarrow.parquet as pq  # noqa: E402
from datasets import DatasetDict, load_dataset  # noqa: E402
from huggingface_hub import HfApi, constants  # noqa: E402

from roleinstruct.dataset.features import PUBLISHED  # noqa: E402
from roleinstruct.pipeline.build import build  # noqa: E402
from roleinstruct.pipeline.config import BuildConfig  # noqa: E402
from roleinstruct.publish.gates.gate import check  # noqa: E402
from roleinstruct.publish.pushing import Prepared, prepare_dataset, push_prepared  # noqa: E402
from roleinstruct.publish.staging import stage  # noqa: E402

STEPS = ("first", "unchanged", "one row")


@dataclass(frozen=True, slots=True)
class Cost:
    """Of a push: seconds, bytes sent and received, and requests."""

    seconds: float
    sent: int
    received: int
    requests: int


Way = Callable[[Path, str], None]


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description="What pushes cost, ours and the plain client's.")
    parser.add_argument("--data", type=Path, metavar="DIR", help="a data set folder; by default the sample")
    parser.add_argument("--repeats", type=int, default=3)
    given = parser.parse_args()
    try:
        with HUB, tempfile.TemporaryDirectory() as temporary:
            old, new = Path(temporary) / "old", Path(temporary) / "new"
            if given.data is None:
                build(BuildConfig.load("sample"), old)
            else:
                shutil.copytree(given.data, old, ignore=shutil.ignore_patterns(".roleinstruct"))
            changed = change_a_row(shutil.copytree(old, new))
            staged = stage(old, "dataset")
            print(f"{len(staged.files)} files, {staged.size:,} bytes; the changed table {changed.stat().st_size:,}")
            for transport in ("lfs", "xet"):
                constants.HF_HUB_DISABLE_XET = transport == "lfs"
                report(transport, measured(transport, old, new, given.repeats))
    finally:
        shutil.rmtree(HOME, ignore_errors=True)


def measured(transport: str, old: Path, new: Path, repeats: int) -> Mapping[str, Mapping[str, list[Cost]]]:
    """The costs by way and step; every repeat starts on an empty hub."""
    found: dict[str, dict[str, list[Cost]]] = {way: {step: [] for step in STEPS} for way in WAYS}
    for number in range(repeats):
        for name, way in WAYS.items():
            HUB.objects.clear()
            HUB.xet.forget()
            shutil.rmtree(Path(HOME) / "xet", ignore_errors=True)
            repo = f"ann/{transport}-{number}-{list(WAYS).index(name)}"
            for step, folder in zip(STEPS, (old, old, new), strict=True):
                found[name][step].append(cost_of(way, folder, repo))
    return found


def cost_of(way: Way, folder: Path, repo: str) -> Cost:
    """Of one push."""
    begun, clock = len(HUB.seen), time.perf_counter()
    way(folder, repo)
    seconds, seen = time.perf_counter() - clock, HUB.seen[begun:]
    return Cost(seconds, sum(row.received for row in seen), sum(row.sent for row in seen), len(seen))


def report(transport: str, costs: Mapping[str, Mapping[str, list[Cost]]]) -> None:
    """A table, with the ratio of ours to each."""
    print(f"\n{transport:21} {'push':>10} {'seconds':>8} {'sent':>12} {'received':>10} {'requests':>9} {'bytes x':>8}")
    for step in STEPS:
        ours = statistics.median(cost.sent + cost.received for cost in costs[OURS][step])
        for name in WAYS:
            runs = costs[name][step]
            seconds, sent, received, requests = (
                statistics.median(getattr(run, key) for run in runs) for key in Cost.__slots__
            )
            ratio = (sent + received) / ours
            print(f"{name:21} {step:>10} {seconds:8.2f} {sent:12,.0f} {received:10,.0f} {requests:9.0f} {ratio:8.2f}")


def change_a_row(folder: Path) -> Path:
    """Change an answer of `chat` in a copied folder, and return its table."""
    path = sorted((folder / "chat").glob("train-*.parquet"))[0]
    table = pq.read_table(path)
    rows = table.column("completion").to_pylist()
    rows[len(rows) // 2][-1]["content"] += " ……"
    column = pa.array(rows, type=table.schema.field("completion").type)
    where = table.schema.get_field_index("completion")
    groups = pq.ParquetFile(path).metadata.row_group(0).num_rows
    pq.write_table(table.set_column(where, table.schema.field(where), column), path, row_group_size=groups)
    return path


def push_ours(folder: Path, repo: str) -> None:
    """As a user does, in full; what stands in the way is let through, with the same work done."""
    allow = {}
    while True:
        prepared = prepare_dataset(folder, repo, allow=allow, lint_score=0)
        if not prepared.report.findings:
            break
        allow |= {finding.name: "a benchmark on a hub in memory" for finding in prepared.report.findings}
    push_prepared(prepared)


def push_looked_at(folder: Path, repo: str) -> None:
    """Without the gates."""
    staged = stage(folder, "dataset")
    push_prepared(Prepared(staged, repo, NOTHING_FOUND, {}))


def upload_folder(folder: Path, repo: str) -> None:
    """The client's own way for a folder."""
    HfApi().create_repo(repo, repo_type="dataset", private=True, exist_ok=True)
    files = list(stage(folder, "dataset").files)
    HfApi().upload_folder(repo_id=repo, repo_type="dataset", folder_path=folder, allow_patterns=files)


def push_to_hub(folder: Path, repo: str) -> None:
    """The way of `datasets`, each config a commit of its own."""
    for config, tables in opened(folder).items():
        tables.push_to_hub(repo, config, private=True)


def opened(folder: Path) -> Mapping[str, DatasetDict]:
    """The tables of a folder."""
    found = OPENED.get(folder)
    if found is None:
        configs = [name for name in PUBLISHED if (folder / name).is_dir()]
        found = OPENED[folder] = {name: load_dataset(str(folder), name) for name in configs}
    return found


OPENED: dict[Path, Mapping[str, DatasetDict]] = {}
