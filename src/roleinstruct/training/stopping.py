"""Ctrl-C while a model is trained: the step is finished and kept; the second time ends it at once."""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

__all__ = ["Stop", "hearing_signals"]


@dataclass(slots=True)
class Stop:
    """Whether the end has been asked for.

    Attributes:
        since: When, by the monotonic clock; None while nobody has.
    """

    since: float | None = None

    @property
    def is_wanted(self) -> bool:
        """Whether it has."""
        return self.since is not None


@contextmanager
def hearing_signals(stop: Stop, *, echoes: bool = False) -> Iterator[None]:
    """Take SIGINT and SIGTERM for the wish to end soon; a second one raises KeyboardInterrupt.

    Args:
        stop: Is told of it.
        echoes: A launcher of several processes passes on what a terminal has sent to each of them too: what comes
            within a second is the same signal once more.
    """

    def heard(_number: int, _frame: FrameType | None) -> None:
        now = time.monotonic()
        if stop.since is None:
            stop.since = now
        elif not echoes or now - stop.since > _ECHO:
            raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():  # only that one may set handlers
        yield
        return
    before = {number: signal.signal(number, heard) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


_ECHO = 1.0
"""Seconds."""
