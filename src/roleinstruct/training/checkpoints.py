"""Checkpoints that are whole or not used: each is sealed when all of it is on the disk.

A checkpoint is the folder `checkpoint-STEP` that transformers writes: the adapter, the state of optimizer, schedule and
random numbers, and the log. Its seal, written last, names every file with its size; a folder that was being written
when the process was killed has none, and the one before it is taken.
"""

import json
import os
import shutil
from pathlib import Path

from roleinstruct.files import whole

__all__ = ["drop", "is_complete", "is_whole", "last_whole", "rotate", "seal", "step_of"]


def seal(checkpoint: Path) -> None:
    """Bring every file of a checkpoint to the disk, and say in a last one that it is whole."""
    sizes: dict[str, int] = {}
    for path in sorted(path for path in checkpoint.rglob("*") if path.is_file()):
        with path.open("rb") as file:
            os.fsync(file.fileno())
        sizes[path.relative_to(checkpoint).as_posix()] = path.stat().st_size
    with whole(checkpoint / _SEAL) as out:
        out.write(json.dumps(sizes, indent=1).encode())


def is_whole(checkpoint: Path) -> bool:
    """Whether a checkpoint is sealed and has every file at its size."""
    if not (checkpoint / _SEAL).is_file():
        return False
    sizes: dict[str, int] = json.loads((checkpoint / _SEAL).read_text(encoding="utf-8"))
    return all((path := checkpoint / name).is_file() and path.stat().st_size == size for name, size in sizes.items())


def is_complete(checkpoint: Path) -> bool:
    """Whether it is of the last step of its run."""
    state = json.loads((checkpoint / "trainer_state.json").read_text(encoding="utf-8"))
    return bool(state["global_step"] >= state["max_steps"])


def last_whole(folder: Path) -> Path | None:
    """The whole checkpoint of the greatest step in a folder, if there is one."""
    return max(filter(is_whole, folder.glob("checkpoint-*")), key=step_of, default=None)


def step_of(checkpoint: Path) -> int:
    """The step after which it was written."""
    return int(checkpoint.name.rpartition("-")[2])


def rotate(folder: Path, keep: int | None, best: str | None) -> None:
    """Remove old checkpoints, and those that are not whole.

    Args:
        folder: Holds them.
        keep: How many of the newest stay, 1 or more; None: all.
        best: The path of one that stays too.
    """
    every = sorted(folder.glob("checkpoint-*"), key=step_of)
    fit = [path for path in every if is_whole(path)]
    kept = set(fit if keep is None else fit[-keep:]) | {path for path in fit if best and path.name == Path(best).name}
    for path in every:
        if path not in kept:
            drop(path)


def drop(checkpoint: Path) -> None:
    """Remove a checkpoint, its seal first, so that nobody takes what is left for whole."""
    (checkpoint / _SEAL).unlink(missing_ok=True)
    shutil.rmtree(checkpoint, ignore_errors=True)


_SEAL = "whole.json"
