"""A circuit breaker: while a server is down nobody calls it but one probe at a time (Nygard, "Release It!", 2007)."""

import asyncio
import time
from collections import deque
from collections.abc import Callable

from roleinstruct.errors import EndpointError, RoleInstructError
from roleinstruct.llm.trouble import Kind, Trouble

__all__ = ["Breaker"]


class Breaker:
    """Opens when call after call fails, lets one probe through from time to time, and closes when one is answered.

    Args:
        where: The server's name, for the message.
        patience: Seconds of failing probes after which the server is given up.
        pause: Seconds until the first probe; they grow up to 10.
    """

    def __init__(self, where: str, patience: float, pause: float = 0.25) -> None:
        self._where = where
        self._patience = patience
        self._first = self._pause = pause
        self._failing: set[str] = set()
        self._opened: float | None = None
        self._was_heard = False
        self._may_probe = False
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._end: RoleInstructError | None = None

    @property
    def is_open(self) -> bool:
        """Whether the server is taken for down."""
        return self._opened is not None

    async def enter(self) -> bool:
        """Wait until a call may be made.

        Returns:
            Whether it is a probe; then `heard`, `failed` or `left` is to be told of it.

        Raises:
            EndpointError: The server was given up.
            StoppedError: As given to `end`.
        """
        if self._end is not None:
            raise self._end
        if not self.is_open:
            return False
        if self._may_probe:
            self._may_probe = False
            return True
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled() and self.is_open:
                self.left()
            raise
        return self.is_open

    def heard(self) -> None:
        """Hear that the server has answered, be it with a refusal."""
        self._was_heard = True
        self._failing.clear()
        if self.is_open:
            self._opened, self._pause, self._may_probe = None, self._first, False
            self._cancel_timer()
            self._wake(lambda place: place.set_result(None))

    def failed(self, key: str, trouble: Trouble, is_probe: bool) -> None:
        """Hear of a call that failed for what may be the server's state.

        A refused connection opens at once, since it says nothing of the request, and so does a first reply that is not
        of the protocol. Other failures open when so many
        requests have failed with none answered in between; one that is asked again and again counts once, since it
        may be the one that the server cannot stand.

        Args:
            key: The request's.
            trouble: What happened.
            is_probe: As `enter` said.
        """
        self._failing.add(key)
        now = time.monotonic()
        is_foreign = trouble.kind is Kind.FOREIGN and not self._was_heard
        at_once = trouble.kind is Kind.UNREACHABLE or is_foreign
        if not self.is_open and (at_once or len(self._failing) >= _MANY):
            self._opened, is_probe = now, True
        if self._opened is None or not is_probe:
            return
        patience = self._patience
        if at_once and not self._was_heard:
            patience = min(_NEVER_THERE, patience)
        left = self._opened + patience - now
        if left <= 0:
            self.end(self._no_such_server(trouble) if is_foreign else self._verdict(now - self._opened, trouble))
            return
        self._cancel_timer()
        self._timer = asyncio.get_running_loop().call_later(min(self._pause, left + 0.01), self._let_one_in)
        self._pause = min(2 * self._pause, _LONGEST)

    def left(self) -> None:
        """Hear that a probe was not made after all: the next in line makes it."""
        self._let_one_in()

    def end(self, error: RoleInstructError) -> None:
        """Let nobody in any more; all who wait raise the error."""
        self._end = self._end or error
        self._cancel_timer()
        self._wake(lambda place: place.set_exception(error))

    def _let_one_in(self) -> None:
        while self._waiting:
            place = self._waiting.popleft()
            if not place.done():
                place.set_result(None)
                return
        self._may_probe = True

    def _wake(self, how: Callable[["asyncio.Future[None]"], None]) -> None:
        while self._waiting:
            place = self._waiting.popleft()
            if not place.done():
                how(place)

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _verdict(self, silent: float, trouble: Trouble) -> EndpointError:
        since = time.strftime("%H:%M:%S", time.localtime(time.time() - silent))
        return EndpointError(
            f"{self._where} has given no reply for {silent:.0f} seconds, since {since} (the last trouble: {trouble}); "
            "what is done is kept: see that it runs and can be reached, then run the same command again."
        )

    def _no_such_server(self, trouble: Trouble) -> EndpointError:
        return EndpointError(
            f"{self._where} answers, but not as an OpenAI-compatible server ({trouble}): check --base-url, which "
            "mostly ends with /v1; what is done is kept."
        )


_MANY = 8
_LONGEST = 10.0
_NEVER_THERE = 5.0
"""Seconds in which a server that nobody has heard of yet is given up; one that was there may be starting again."""
