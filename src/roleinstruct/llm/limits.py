"""How many calls may be under way, and how fast they may follow each other."""

import asyncio
import time
from collections import deque
from statistics import median

__all__ = ["Gate", "Pace"]

_WINDOW = 32
"""Calls over which the usual latency is taken."""

_SLOWER = 2.5
"""Latencies that rise to so many times the best window mean that the server is at its limit."""


class Gate:
    """A number of calls under way that finds its own limit: additive increase, multiplicative decrease.

    It doubles with every round of calls until the server says that it is busy or becomes slower, then grows by one a
    round (Jacobson 1988, "Congestion avoidance and control"; Chiu and Jain 1989).

    Args:
        most: Never more than this.
        start: To begin with.
    """

    def __init__(self, most: int, start: int = 64) -> None:
        self.most = most
        self.limit = float(min(start, most))
        self.under_way = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._steep = True
        self._lowered = float("-inf")
        self._paused = 0.0
        self._latencies: deque[float] = deque(maxlen=_WINDOW)
        self._best = float("inf")

    async def enter(self) -> None:
        """Wait for a place, and for the end of a pause that the server has asked for."""
        if self._waiting or self.under_way >= int(self.limit):
            await self._queue()
        else:
            self.under_way += 1
        try:
            while (rest := self._paused - time.monotonic()) > 0:
                await asyncio.sleep(rest)
        except asyncio.CancelledError:
            self.leave()
            raise

    async def _queue(self) -> None:
        """Wait in line; whoever lets us in counts us as under way, so that nobody overtakes."""
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():
                self.leave()
            raise

    def leave(self) -> None:
        """Give the place back."""
        self.under_way -= 1
        self._wake()

    def succeeded(self, seconds: float) -> None:
        """Hear of a call that went well, and how long it took."""
        full = self.under_way >= int(self.limit) - 1
        self._latencies.append(seconds)
        if len(self._latencies) == _WINDOW:
            usual = median(self._latencies)
            self._best = min(self._best, usual)
            if usual > _SLOWER * self._best and full:
                self._lower(0.8, seconds)
                return
        if full:
            self.limit = min(self.most, self.limit + (1.0 if self._steep else 1.0 / self.limit))
            self._wake()

    def failed(self, after: float | None, seconds: float) -> None:
        """Hear that the server is busy, how long it asks to wait, and how long it took to say so."""
        self._lower(0.5, max(seconds, 0.05))
        if after is not None:
            self._paused = max(self._paused, time.monotonic() + after)

    def _lower(self, factor: float, seconds: float) -> None:
        """Lower the limit, once for all the calls that were under way together."""
        now = time.monotonic()
        if now - self._lowered < seconds:
            return
        self._lowered = now
        self._steep = False
        self._latencies.clear()
        self.limit = max(1.0, self.limit * factor)

    def _wake(self) -> None:
        while self._waiting and self.under_way < int(self.limit):
            place = self._waiting.popleft()
            if not place.done():
                place.set_result(None)
                self.under_way += 1


class Pace:
    """So many units a minute at most, with a burst of a second's worth (the generic cell rate algorithm).

    Args:
        per_minute: Requests or tokens; None for no limit.
    """

    def __init__(self, per_minute: float | None) -> None:
        self._seconds = 60.0 / per_minute if per_minute else 0.0
        self._next = 0.0

    async def take(self, units: float) -> None:
        """Wait until `units` may be used."""
        if not self._seconds:
            return
        now = time.monotonic()
        begin = max(self._next, now - 1.0)
        self._next = begin + units * self._seconds
        if begin > now:
            await asyncio.sleep(begin - now)
