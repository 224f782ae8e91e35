"""The trainer's callback that tells of a run, keeps its log and ends it."""

import time
from collections.abc import Callable
from typing import Any, Protocol

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from roleinstruct.errors import StoppedError
from roleinstruct.training.course import Course
from roleinstruct.training.failures import disk_told, what_is_kept
from roleinstruct.training.history import HISTORY

__all__ = ["Watcher"]


class _ExpectNumbers(Protocol):
    def __call__(self, *, broken: bool) -> None: ...


class Watcher(TrainerCallback):
    """It, for one session.

    Args:
        course: Whose log it is, and who hears of it.
        agreed: Asks all processes whether the end is wanted, and whether a loss was no number.
        expect_numbers: Raises where one was.
    """

    def __init__(self, course: Course, agreed: Callable[[], tuple[bool, bool]], expect_numbers: _ExpectNumbers) -> None:
        self._course, self._agreed, self._expect_numbers = course, agreed, expect_numbers
        self._step_began = self._busy = 0.0
        self._told = "training"

    def on_step_begin(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: object) -> None:
        """Start the clock of the steps."""
        self._step_began = time.monotonic()

    def on_pre_optimizer_step(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: object
    ) -> None:
        """Agree with the other processes on the end, while the weights are still good."""
        self._course.is_ending, broken = self._agreed()
        if broken:
            self._expect_numbers(broken=True)

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: object) -> None:
        """Tell of the step; log and evaluate the last one; save where the end is wanted."""
        self._busy += time.monotonic() - self._step_began
        self._course.progress(self._told, state.global_step, state.max_steps)
        is_last = state.global_step >= state.max_steps
        control.should_log |= is_last
        control.should_evaluate |= is_last and args.eval_strategy != "no"  # else the last could not be the best
        control.should_save |= self._course.is_ending

    def on_prediction_step(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: object
    ) -> None:
        """Tell that it is evaluated."""
        self._course.progress("training (evaluating)", state.global_step, state.max_steps)

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, Any] | None = None,
        **_: object,
    ) -> None:
        """Keep the log."""
        if not logs or "train_runtime" in logs:
            return
        if "num_tokens" in logs:
            self._course.tokens, self._course.busy = logs["num_tokens"], self._busy
        if "loss" in logs:
            self._told = f"training (loss {logs['loss']:.3f})"
        self._course.history.add(logs, state.global_step)
        self._course.history.seconds = self._course.seconds
        if state.is_world_process_zero:
            path = self._course.folder / HISTORY
            with disk_told(path, path.parent):
                self._course.history.write(path)

    def on_save(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: object) -> None:
        """End the run where that is wanted: all of it is in the checkpoint now."""
        wanted = self._course.is_ending or (self._course.stop.is_wanted and args.world_size == 1)
        if wanted and state.global_step < state.max_steps:
            raise StoppedError(
                f"stopped after step {state.global_step:,} of {state.max_steps:,}: "
                f"{what_is_kept(self._course.folder)}, to the "
                "weights that a run without a break comes to."
            )
