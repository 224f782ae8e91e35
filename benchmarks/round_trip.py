"""The whole round trip on a hub: data out and in again, an adapter trained on it, out and in again, and an answer.

    OMP_NUM_THREADS=1 python benchmarks/round_trip.py [--data DIR] [--tokens 300000] [--steps 30] [--xet]

DIR is a data set folder, such as one that was imported from the authors' release; without it the sample is built. The
hub is that of the tests, on the loopback; everything on it is private. Each step is a process of its own, and those
that load have an empty cache. Every command is printed with its seconds and what it said.

    1. roleinstruct push dataset          the data
    2. datasets.load_dataset              every config, elsewhere
    3. huggingface_hub.snapshot_download  the folder, elsewhere: without anything that is not published
    4. roleinstruct tiny-glm, train       a base model and an adapter, from the downloaded folder
    5. HfApi.upload_folder, roleinstruct push adapter --base-model
    6. peft.AutoPeftModelForCausalLM      both, elsewhere: two answers, by the persona of the adapter's folder
    7. roleinstruct respond               the same two by our own command, from the downloaded folder of the adapter
"""

import argparse
import os
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from hub_server import Hub

LOAD = """
import sys, datasets
for config in datasets.get_dataset_config_names(sys.argv[1]):
    opened = datasets.load_dataset(sys.argv[1], config)
    print(config, {split: rows.num_rows for split, rows in opened.items()})
print("by default:", next(iter(datasets.load_dataset(sys.argv[1])["train"]))["turns"][0]["text"])
"""

DOWNLOAD = """
import sys, huggingface_hub
print(huggingface_hub.snapshot_download(sys.argv[1], repo_type=sys.argv[2], local_dir=sys.argv[3]))
"""

UPLOAD = """
import sys, huggingface_hub
api = huggingface_hub.HfApi()
api.create_repo(sys.argv[2], private=True)
print(api.upload_folder(repo_id=sys.argv[2], folder_path=sys.argv[1]))
"""

ANSWER = """
import sys, warnings, datasets, peft, torch, transformers
warnings.simplefilter("ignore")
transformers.logging.set_verbosity_error()
torch.manual_seed(0)
model = peft.AutoPeftModelForCausalLM.from_pretrained(sys.argv[1])
tokenizer = transformers.AutoTokenizer.from_pretrained(sys.argv[1])
rows = datasets.load_dataset(sys.argv[2], "chat")["test"]
for row in rows.select(range(2)):
    asked = {"add_generation_prompt": True, "return_dict": True, "return_tensors": "pt"}
    words = tokenizer.apply_chat_template(row["prompt"], **asked)
    said = model.generate(**words, max_new_tokens=40, do_sample=True, temperature=0.95, top_p=0.7)
    print("asked:", row["prompt"][-1]["content"])
    print("said: ", tokenizer.decode(said[0][words["input_ids"].shape[1]:], skip_special_tokens=True))
"""


def main() -> None:
    """Go round; ends with 1 where a step fails, and with an error where the hub found a token in what it was sent."""
    parser = argparse.ArgumentParser(description="Data and an adapter, out to a hub and in again.")
    parser.add_argument("--data", type=Path, metavar="DIR", help="a data set folder; by default the sample")
    parser.add_argument("--tokens", type=int, default=300_000, help="to pre-train the tiny base model on")
    parser.add_argument("--steps", type=int, default=30, help="of the training")
    parser.add_argument("--xet", action="store_true", help="over Xet instead of LFS")
    parser.add_argument(
        "--allow", action="append", default=[], metavar="NAME", help="let a finding of the gates through"
    )
    given = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as temporary, Hub() as hub:
        go_round(Trip(hub, Path(temporary), has_xet=given.xet), given)
        private = {repo.private for repo in hub.repos.values()}
        print(f"\n{len(hub.seen)} requests, {sum(row.received for row in hub.seen):,} bytes sent; private: {private}")
    print(f"the whole trip took {time.monotonic() - began:.0f} s")


class Trip:
    """Processes that know a hub by its address and a token, and nothing else of each other."""

    def __init__(self, hub: Hub, place: Path, *, has_xet: bool) -> None:
        self.place, self.caches = place, 0
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("HF_", "HUGGING"))}
        self.env = kept | {"HF_ENDPOINT": hub.endpoint, "HF_TOKEN": hub.user("you"), "HF_HUB_DISABLE_TELEMETRY": "1"}
        self.env |= {"HF_HUB_DISABLE_PROGRESS_BARS": "1", "HF_DATASETS_DISABLE_PROGRESS_BARS": "1"}
        self.env |= {"HF_HUB_DISABLE_XET": str(int(not has_xet)), "PYTHONWARNINGS": "ignore"}

    def ours(self, *words: object) -> None:
        """A command of ours."""
        self._run(["-m", "roleinstruct", *map(str, words)], shlex.join(["roleinstruct", *map(str, words)]))

    def theirs(self, what: str, program: str, *words: object) -> None:
        """A program that knows nothing of us."""
        self._run(["-c", program, *map(str, words)], f"{what} {shlex.join(map(str, words))}")

    def _run(self, words: Sequence[str], shown: str) -> None:
        self.caches += 1
        home = self.place / f"cache-{self.caches}"
        began = time.monotonic()
        command = [sys.executable, *words]
        done = subprocess.run(
            command, env=self.env | {"HF_HOME": str(home)}, cwd=self.place, capture_output=True, text=True, check=False
        )
        print(f"\n$ {shown}    # {time.monotonic() - began:.1f} s\n{done.stdout.strip()}", flush=True)
        if done.returncode:
            sys.exit(f"it failed:\n{done.stderr[-3000:]}")


def go_round(trip: Trip, given: argparse.Namespace) -> None:
    """All steps."""
    data = given.data.resolve() if given.data else "data"
    allowed = [word for name in given.allow for word in ("--allow", name, "--because", "private, for a trial")]
    if given.data is None:
        trip.ours("build", "sample", "--out", data)
    trip.ours("push", "dataset", data, "you/my-characters", *allowed)
    trip.theirs("load_dataset", LOAD, "you/my-characters")
    trip.theirs("snapshot_download", DOWNLOAD, "you/my-characters", "dataset", "downloaded")
    trip.ours("tiny-glm", "--data", "downloaded", "--out", "tiny-base", "--tokens", given.tokens)
    settings = ["model.name_or_path=tiny-base", f"sft.max_steps={given.steps}"]
    words = [word for setting in settings for word in ("--set", setting)]
    trip.ours("train", "tiny-glm", *words, "--data", "downloaded", "--out", "my-adapter", "--report-to", "none")
    trip.theirs("upload_folder", UPLOAD, "tiny-base", "you/tiny-base")
    licence = ["--license", "mit"] if given.data is None else []  # ours to give for the sample alone
    trip.ours("card", "write", "my-adapter", "--data", "downloaded", *licence)
    trip.ours("push", "adapter", "my-adapter", "you/my-adapter", "--base-model", "you/tiny-base", *allowed)
    trip.theirs("AutoPeftModelForCausalLM", ANSWER, "you/my-adapter", "you/my-characters")
    asked = ["--tasks", "spe", "--limit", "1", "--max-tokens", "40"]
    trip.theirs("snapshot_download", DOWNLOAD, "you/my-adapter", "model", "their-adapter")
    trip.ours("respond", "--data", "downloaded", "--adapter", "their-adapter", "--out", "answers.jsonl", *asked)


if __name__ == "__main__":
    main()
