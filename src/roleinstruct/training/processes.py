"""Several processes, as torchrun and accelerate start them: who goes first, and who talks."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["first_of_all_first", "how_many", "is_first", "others_are_missing"]


def how_many() -> int:
    """Processes that train together."""
    return int(_told(_SIZES, "1"))


def is_first() -> bool:
    """Whether this process is the one that writes and talks; true where there is no other."""
    return _told(_RANKS, "0") == "0"


def others_are_missing() -> bool:
    """Whether accelerate was told to launch several processes and has silently launched this one alone.

    So `accelerate launch --cpu --num_processes 2` does (https://github.com/huggingface/accelerate/issues/2741): it says
    where the processes are to meet, and to none how many they are.
    """
    by_accelerate = "ACCELERATE_MIXED_PRECISION" in os.environ and "MASTER_ADDR" in os.environ
    return by_accelerate and not any(name in os.environ for name in _SIZES)


@contextmanager
def first_of_all_first() -> Iterator[None]:
    """Let the first process do something before the others, which then find it done."""
    if how_many() == 1:
        yield
        return
    import torch
    from accelerate import PartialState

    with PartialState(cpu=not torch.accelerator.is_available()).main_process_first():
        yield


def _told(names: tuple[str, ...], otherwise: str) -> str:
    return next((os.environ[name] for name in names if name in os.environ), otherwise)


_RANKS = ("RANK", "PMI_RANK", "OMPI_COMM_WORLD_RANK", "MV2_COMM_WORLD_RANK")
_SIZES = ("WORLD_SIZE", "PMI_SIZE", "OMPI_COMM_WORLD_SIZE", "MV2_COMM_WORLD_SIZE")
"""Where torchrun and the kinds of MPI say which process this is, and how many there are."""
