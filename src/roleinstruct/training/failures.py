"""What can end a training early, said in a sentence: memory, disk, a loss that is no number."""

import errno
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from roleinstruct.errors import RoleInstructError, TrainingError
from roleinstruct.training.checkpoints import last_whole

if TYPE_CHECKING:
    from trl.trainer.dpo_config import DPOConfig
    from trl.trainer.sft_config import SFTConfig

__all__ = ["disk_told", "is_of_disk", "is_of_memory", "memory_told", "what_is_kept"]


@contextmanager
def disk_told(path: Path, checkpoints: Path) -> Iterator[None]:
    """Say it in a sentence where something cannot be written.

    Args:
        path: What is written.
        checkpoints: The folder of those that are whole.

    Raises:
        TrainingError: The disk is full, or may not be written.
    """
    try:
        yield
    finally:
        error = sys.exception()  # tokenizers raise no more than the root of all of them
        if error is not None and is_of_disk(error):
            raise TrainingError(
                f"{path} could not be written ({_reason(error)}; {_free(path)} free there); make room: "
                f"{what_is_kept(checkpoints)}."
            ) from error


def is_of_disk(error: BaseException) -> bool:
    """Whether an error of Python, torch, safetensors or tokenizers is about a file that could not be written."""
    if isinstance(error, RoleInstructError):  # it is told already
        return False
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EFBIG, errno.EDQUOT, errno.EIO, errno.EROFS)
    return any(word in str(error) for word in _DISK)


@contextmanager
def memory_told(args: "SFTConfig | DPOConfig", block: str = "sft") -> Iterator[None]:
    """Say it in a sentence where the memory does not suffice, and which settings need less of it.

    Args:
        args: What is said of batch and length, and where the checkpoints are.
        block: The recipe's, that they are of.

    Raises:
        TrainingError: It does not.
    """
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not is_of_memory(error):
            raise
        rows, times, length = args.per_device_train_batch_size, args.gradient_accumulation_steps, args.max_length
        fewer = (
            f"--set {block}.per_device_train_batch_size={max(1, rows // 2)} "
            f"--set {block}.gradient_accumulation_steps={times * 2} (as many rows a step), "
            if rows > 1
            else ""
        )
        shorter = f"--set {block}.max_length={length // 2 if length else 512}"
        on = "" if getattr(args, "activation_checkpointing", False) else f"--set {block}.gradient_checkpointing=true, "
        raise TrainingError(
            f"the memory did not suffice for {rows} rows of up to {length or 'any number of'} tokens at once{_used()}: "
            f"try {fewer}{on}{shorter}, or a qlora recipe; {what_is_kept(Path(args.output_dir or '.'))}."
        ) from error


def what_is_kept(folder: Path) -> str:
    """Which checkpoint there is to go on from, as the end of a sentence."""
    kept = last_whole(folder)
    if kept is None:
        return "there is no whole checkpoint yet"
    return f"the last whole checkpoint is {kept}, from which the same command goes on with --resume"


def is_of_memory(error: BaseException) -> bool:
    """Whether an error of Python or torch is about memory, of the machine or the GPU."""
    if isinstance(error, RoleInstructError):
        return False
    said = str(error).lower()
    return isinstance(error, MemoryError) or "out of memory" in said or "can't allocate memory" in said


def _used() -> str:
    import torch

    if not torch.cuda.is_available():
        return ""
    free, total = torch.cuda.mem_get_info()
    return f" ({(total - free) / 2**30:.1f} of {total / 2**30:.1f} GiB of the GPU are in use)"


def _free(path: Path) -> str:
    there = next(parent for parent in path.absolute().parents if parent.exists())
    return f"{shutil.disk_usage(there).free / 2**20:,.0f} MiB"


def _reason(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    known = (word for word in _DISK[:3] if word in str(error))
    return next(known, "less was written than was given")


_DISK = (
    "No space left on device",
    "File too large",
    "Disk quota exceeded",
    "PytorchStreamWriter",
    "inline_container",
    "iostream error",
)
"""Words in what torch and safetensors raise; the last three say no more than that less was written than was given."""
