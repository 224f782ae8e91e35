"""What a training has beside its model: who hears of it, what is kept of it, whether it is to end."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from roleinstruct.records import Example
from roleinstruct.training.history import History
from roleinstruct.training.probing import Probe, Said
from roleinstruct.training.stopping import Stop

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter

__all__ = ["Course"]


@dataclass(slots=True)
class Course:
    """It, for one session of a run.

    Attributes:
        folder: For checkpoints and log.
        history: The log.
        stop: The wish to end.
        probe: Questions for each evaluation, or None.
        shown: How many of the answers are kept.
        keep: How many of the newest checkpoints stay; None: all.
        progress: The work, steps done, steps in all.
        board: TensorBoard's writer, or None.
        earlier: Seconds of earlier sessions.
        began: When this session did, by the monotonic clock.
        tokens: That were trained on in this session, when the log was last written.
        busy: Seconds of its steps until then.
        is_ending: Whether all processes have agreed to end with this step.
    """

    folder: Path
    history: History
    stop: Stop
    probe: Probe | None
    shown: int
    keep: int | None
    progress: Callable[[str, int, int | None], None]
    board: "SummaryWriter | None" = None
    earlier: float = 0.0
    began: float = field(default_factory=time.monotonic)
    tokens: float = 0.0
    busy: float = 0.0
    is_ending: bool = False

    @property
    def seconds(self) -> float:
        """Of all sessions until now."""
        return self.earlier + time.monotonic() - self.began

    def keep_answers(self, probe: Probe, said: Said, step: int) -> None:
        """Take the first answers into the history, and show them on the board."""
        for example, answer in list(zip(probe.examples, said.answers, strict=True))[: self.shown]:
            self.history.samples.append(_sample(example, answer, step))
            if self.board is not None:
                self.board.add_text(f"{example.character}: {example.prompt[-1].content}", answer, step)


def _sample(example: Example, answer: str, step: int) -> dict[str, object]:
    return {
        "step": step,
        "character": example.character,
        "question": example.prompt[-1].content,
        "answer": answer,
        "reference": example.completion.content,
    }
