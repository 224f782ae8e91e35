"""Several processes, as torchrun and accelerate start them: who goes first, and who talks."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["first_of_all_first", "is_first"]


def is_first() -> bool:
    """Whether this process is the one that writes and talks; true where there is no other."""
    return os.environ.get("RANK", "0") == "0"


@contextmanager
def first_of_all_first() -> Iterator[None]:
    """Let the first process do something before the others, which then find it done."""
    if os.environ.get("WORLD_SIZE", "1") == "1":
        yield
        return
    import torch
    from accelerate import PartialState

    with PartialState(cpu=not torch.accelerator.is_available()).main_process_first():
        yield
