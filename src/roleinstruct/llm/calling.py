"""How calls are made that can fail: not too many at once, not too fast, and again where that helps."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from roleinstruct.errors import EndpointError, StoppedError
from roleinstruct.llm.breaker import Breaker
from roleinstruct.llm.endpoint import Endpoint
from roleinstruct.llm.limits import Gate, Pace
from roleinstruct.llm.request import Reply, Request
from roleinstruct.llm.trouble import Kind, Trouble

__all__ = ["STOPPED", "Caller", "Counts", "Limits", "refusal"]

STOPPED = "stopped; what was paid for is in the journal: the same command goes on from there."


@dataclass(frozen=True, slots=True)
class Limits:
    """What a run keeps to.

    Attributes:
        concurrency: The most calls at once.
        requests_per_minute: Of the server's plan; None for no limit.
        tokens_per_minute: Likewise, sent and received.
        attempts: How often one request is asked before it is given up.
        patience: Seconds for which a server that is down is probed before it is given up.
    """

    concurrency: int = 64
    requests_per_minute: float | None = None
    tokens_per_minute: float | None = None
    attempts: int = 8
    patience: float = 120.0


@dataclass(slots=True)
class Counts:
    """How far a run is.

    Attributes:
        called: Replies that were paid for.
        cached: Replies that were in the journal already.
        retried: Calls that had to be made again.
        failed: Requests that came to nothing.
    """

    called: int = 0
    cached: int = 0
    retried: int = 0
    failed: int = 0


@dataclass(slots=True)
class Caller:
    """Calls one server, as often as it takes.

    Attributes:
        endpoint: The model and its server.
        limits: What to keep to.
        send: Makes one call.
        counts: Where to count the calls that had to be made again.
        stopping: Whether `stop` was called.
    """

    endpoint: Endpoint
    limits: Limits
    send: Callable[[Request, Mapping[str, object]], Awaitable[Reply]]
    counts: Counts
    stopping: bool = field(init=False, default=False)
    _gate: Gate = field(init=False, repr=False)
    _requests: Pace = field(init=False, repr=False)
    _tokens: Pace = field(init=False, repr=False)
    _breaker: Breaker = field(init=False, repr=False)
    _random: random.Random = field(init=False, repr=False, default_factory=lambda: random.Random(0))

    def __post_init__(self) -> None:
        self._gate = Gate(self.limits.concurrency)
        self._requests = Pace(self.limits.requests_per_minute)
        self._tokens = Pace(self.limits.tokens_per_minute)
        self._breaker = Breaker(self.endpoint.where, self.limits.patience)

    def stop(self) -> None:
        """Begin no further call; those under way come to their end."""
        self.stopping = True
        self._breaker.end(StoppedError(STOPPED))

    async def call(self, request: Request, tokens: float, form: Mapping[str, object]) -> Reply:
        """Call until there is a reply, or no hope.

        Args:
            request: What to ask.
            tokens: What it may use, for the limit a minute.
            form: See `body_of`.

        Raises:
            EndpointError: No call can succeed.
            StoppedError: `stop` was called.
            Trouble: There is no reply to this request.
        """
        attempt, trouble = 0, Trouble(Kind.FAULT, "it was not asked")
        while attempt < self.limits.attempts:
            try:
                return await self._call(request, tokens, form)
            except Trouble as raised:
                trouble = raised
            if trouble.kind in (Kind.FORBIDDEN, Kind.SPENT):
                error = refusal(self.endpoint, trouble)
                self._breaker.end(error)  # nobody who still waits asks in vain
                raise error from trouble
            if trouble.kind in (Kind.UNSUPPORTED, Kind.UNFIT):
                raise trouble
            self.counts.retried += 1
            if self._breaker.is_open:
                continue  # the server's failure, not the request's, and the breaker knows when to ask again
            # That the server is busy says nothing of the request: it is only asked more slowly.
            attempt += trouble.kind is not Kind.BUSY
            if attempt < self.limits.attempts:
                await asyncio.sleep(self._backoff(attempt, trouble.after))
        raise trouble

    async def _call(self, request: Request, tokens: float, form: Mapping[str, object]) -> Reply:
        await self._gate.enter()
        try:
            is_probe = await self._breaker.enter()
            try:
                await self._requests.take(1)
                await self._tokens.take(tokens)
                if self.stopping:
                    raise StoppedError(STOPPED)
                begin = time.monotonic()
                reply = await self.send(request, form)
            except Trouble as trouble:
                self._hear(trouble, request, is_probe, time.monotonic() - begin)
                raise
            except (asyncio.CancelledError, StoppedError):
                if is_probe:
                    self._breaker.left()
                raise
        finally:
            self._gate.leave()
        self._breaker.heard()
        self._gate.succeeded(time.monotonic() - begin)
        return reply

    def _hear(self, trouble: Trouble, request: Request, is_probe: bool, seconds: float) -> None:
        if trouble.kind in (Kind.FAULT, Kind.UNREACHABLE, Kind.FOREIGN):
            self._breaker.failed(request.key, trouble, is_probe)
        else:
            self._breaker.heard()
        if trouble.kind is Kind.BUSY or trouble.after is not None:
            self._gate.failed(trouble.after, seconds)

    def _backoff(self, attempt: int, after: float | None) -> float:
        """Seconds to wait: what the server asks for, or twice as long each time, up to 20; never all at once."""
        if after is not None:
            return after * self._random.uniform(1.0, 1.1)
        return min(20.0, 0.25 * 2.0**attempt) * self._random.uniform(0.5, 1.0)


def refusal(endpoint: Endpoint, trouble: Trouble, what: str = "") -> EndpointError:
    """What ends a run, in one sentence with what to do.

    Args:
        endpoint: Who refuses.
        trouble: Why.
        what: It refuses; "" for any call.
    """
    advice = _NO_CREDIT if trouble.kind is Kind.SPENT else _NO_ENTRY
    refused = f"refuses {what}" if what else "refuses"
    return EndpointError(f"{endpoint.where} {refused}: {str(trouble).rstrip('.')}; {advice}")


_NO_ENTRY = "check the key (OPENAI_API_KEY), the model's name and --base-url; what is done is kept."
_NO_CREDIT = "the account has no credit left: top it up, then run the same command again; what is done is kept."
