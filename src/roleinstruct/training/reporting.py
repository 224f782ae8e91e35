"""Where the log goes beside our own: TensorBoard, Weights & Biases, trackio."""

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from roleinstruct.errors import ConfigError, MissingExtraError

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter

__all__ = ["REPORTS", "board", "reports"]

REPORTS = ("tensorboard", "wandb", "trackio", "none")
"""What there is."""


def reports(names: Sequence[str], say: Callable[[str], None]) -> tuple[str, ...]:
    """The reports that are wanted and can be had, without "none".

    Args:
        names: Of `REPORTS`.
        say: Told where TensorBoard, which nobody need have asked for, is not installed.

    Raises:
        ConfigError: A name is none of these.
        MissingExtraError: Another one is not installed.
    """
    wrong = [name for name in names if name not in REPORTS]
    if wrong:
        raise ConfigError(f"--report-to is {wrong[0]!r}, expected some of {', '.join(REPORTS)}.")
    found = []
    for name in (name for name in names if name != "none"):
        if find_spec(name) is not None:
            found.append(name)
        elif name == "tensorboard":
            say("tensorboard is not installed, so that the log is kept in training.json alone: pip install tensorboard")
        else:
            raise MissingExtraError(f"{name} is not installed and --report-to {name} needs it: pip install {name}.")
    return tuple(found)


def board(folder: Path, resumed: int | None) -> "SummaryWriter":
    """The writer of TensorBoard's files.

    Args:
        folder: For them.
        resumed: The step that the run goes on from, None for the beginning: what an earlier session wrote of later ones
            is no longer shown.
    """
    from torch.utils.tensorboard import SummaryWriter

    return SummaryWriter(log_dir=str(folder), purge_step=(resumed or 0) + 1)
