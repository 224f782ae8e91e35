"""The engine: calls to a model, many at once, each paid for once.

A reply is committed to the journal before anybody uses it, so that a run that is stopped anywhere goes on where it was.
What fails is asked again as long as that can help; what cannot be had comes back as `Failed`, never as nothing.
"""

import asyncio
import random
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from roleinstruct.errors import EndpointError, JournalError, StoppedError
from roleinstruct.llm.budget import Meter, worst_case
from roleinstruct.llm.chat import Chat
from roleinstruct.llm.endpoint import Endpoint
from roleinstruct.llm.journal import Journal
from roleinstruct.llm.limits import Gate, Pace
from roleinstruct.llm.request import Reply, Request
from roleinstruct.llm.trouble import Kind, Trouble

__all__ = ["Counts", "Engine", "Failed", "Limits"]


@dataclass(frozen=True, slots=True)
class Limits:
    """What a run keeps to.

    Attributes:
        concurrency: The most calls at once.
        requests_per_minute: Of the server's plan; None for no limit.
        tokens_per_minute: Likewise, sent and received.
        attempts: How often one request is asked before it is given up.
        patience: Seconds without any reply after which the server is given up.
    """

    concurrency: int = 64
    requests_per_minute: float | None = None
    tokens_per_minute: float | None = None
    attempts: int = 8
    patience: float = 120.0


@dataclass(frozen=True, slots=True)
class Failed:
    """A request that came to nothing.

    Attributes:
        reason: A short stable name: "refused_by_server", "no_reply", "unreadable_reply", "refused_by_model".
        message: What happened the last time.
        text: What the model said, if it said anything.
    """

    reason: str
    message: str
    text: str = ""


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
class Engine:
    """Asks a model; to be used in an `async with` block.

    Attributes:
        endpoint: The model and its server.
        journal: Open for writing.
        meter: Adds up what it costs, and stops before the limit.
        limits: What the run keeps to.
        replay: Answer from the journal alone, and call nobody.
        counts: How far it is.
        stopping: Whether `stop` was called.
    """

    endpoint: Endpoint
    journal: Journal
    meter: Meter
    limits: Limits = field(default_factory=Limits)
    replay: bool = False
    counts: Counts = field(default_factory=Counts)
    _gate: Gate = field(init=False, repr=False)
    _requests: Pace = field(init=False, repr=False)
    _tokens: Pace = field(init=False, repr=False)
    _chat: Chat = field(init=False, repr=False)
    _asked: dict[str, asyncio.Event] = field(init=False, repr=False, default_factory=dict)
    _random: random.Random = field(init=False, repr=False, default_factory=lambda: random.Random(0))
    stopping: bool = field(init=False, default=False)
    _last_reply: float = field(init=False, repr=False, default=0.0)
    _stack: AsyncExitStack = field(init=False, repr=False, default_factory=AsyncExitStack)

    async def __aenter__(self) -> Self:
        self._gate = Gate(self.limits.concurrency)
        self._requests = Pace(self.limits.requests_per_minute)
        self._tokens = Pace(self.limits.tokens_per_minute)
        self._chat = await self._stack.enter_async_context(Chat(self.endpoint, self.limits.concurrency))
        self._last_reply = time.monotonic()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: object, at: TracebackType | None) -> None:
        await self._stack.aclose()

    def stop(self) -> None:
        """Begin no further call; those under way come to their end."""
        self.stopping = True

    async def ask(self, request: Request, stage: str, form: Mapping[str, object] | None = None) -> Reply | Failed:
        """The model's reply, from the journal if it is there.

        The same request that is under way already is not sent twice.

        Args:
            request: What to ask.
            stage: Whom the tokens are counted for.
            form: See `Chat`.

        Raises:
            EndpointError: No call can succeed: the key, the model or the server is wrong.
            BudgetError: The call could pass the limit.
            JournalError: The reply could not be kept.
            StoppedError: `stop` was called, and the reply is not in the journal.
            Trouble: The server does not know the form; of kind UNSUPPORTED only.
        """
        key = request.key
        while (asked := self._asked.get(key)) is not None:
            await asked.wait()
        known = self.journal.get(key)
        if known is not None:
            self.counts.cached += 1
            return known
        if self.replay:
            raise JournalError(
                f"the journal {self.journal.path} holds no reply to a request of stage {stage} (key {key[:12]}…), so "
                "that the run cannot be replayed: it was not finished, or its settings have changed since."
            )
        self._asked[key] = asyncio.Event()
        try:
            return await self._paid(request, stage, form or {})
        finally:
            self._asked.pop(key).set()

    async def _paid(self, request: Request, stage: str, form: Mapping[str, object]) -> Reply | Failed:
        worst = worst_case(request)
        held = self.meter.hold(request.model, worst)
        try:
            reply = await self._called(request, worst.prompt_tokens + worst.completion_tokens / 4, form)
            if isinstance(reply, Reply):
                await self.journal.put(request, reply, stage)
        finally:
            self.meter.release(held)
        if isinstance(reply, Failed):
            self.counts.failed += 1
        else:
            self.counts.called += 1
            self.meter.add(stage, request.model, reply.usage)
        return reply

    async def _called(self, request: Request, tokens: float, form: Mapping[str, object]) -> Reply | Failed:
        """Call until there is a reply, or no hope."""
        trouble = Trouble(Kind.FAULT, "it was not asked")
        attempt = 0
        while attempt < self.limits.attempts:
            self._expect_to_go_on()
            try:
                return await self._call(request, tokens, form)
            except Trouble as error:
                trouble = error
            if trouble.kind is Kind.UNSUPPORTED:
                raise trouble
            if trouble.kind is Kind.FORBIDDEN:
                raise EndpointError(f"{self._where()} refuses: {trouble}; {_ADVICE}") from trouble
            if trouble.kind is Kind.UNFIT:
                return Failed("refused_by_server", trouble.message)
            self._give_up_if_dead(trouble)
            self.counts.retried += 1
            # That the server is busy says nothing of the request: it is only asked more slowly.
            attempt += trouble.kind is not Kind.BUSY
            await asyncio.sleep(self._backoff(attempt, trouble.after))
        return Failed("no_reply", trouble.message)

    async def _call(self, request: Request, tokens: float, form: Mapping[str, object]) -> Reply:
        await self._gate.enter()
        begin = time.monotonic()
        try:
            self._expect_to_go_on()
            await self._requests.take(1)
            await self._tokens.take(tokens)
            begin = time.monotonic()
            reply = await self._chat(request, form)
        except Trouble as trouble:
            if trouble.kind is Kind.BUSY or trouble.after is not None:
                self._gate.failed(trouble.after, time.monotonic() - begin)
            raise
        finally:
            self._gate.leave()
        self._last_reply = time.monotonic()
        self._gate.succeeded(self._last_reply - begin)
        return reply

    def _expect_to_go_on(self) -> None:
        if self.stopping:
            raise StoppedError("stopped; what was paid for is in the journal: the same command goes on from there.")

    def _give_up_if_dead(self, trouble: Trouble) -> None:
        silent = time.monotonic() - self._last_reply
        was_never_there = trouble.kind is Kind.UNREACHABLE and not self.counts.called
        if silent > (min(_FIRST, self.limits.patience) if was_never_there else self.limits.patience):
            raise EndpointError(
                f"{self._where()} has given no reply for {silent:.0f} seconds (the last trouble: {trouble}); what is "
                "done is kept: see that it runs and can be reached, then run the same command again."
            ) from trouble

    def _backoff(self, attempt: int, after: float | None) -> float:
        """Seconds to wait: what the server asks for, or twice as long each time, up to 20; never all at once."""
        if after is not None:
            return after * self._random.uniform(1.0, 1.1)
        return min(20.0, 0.25 * 2.0**attempt) * self._random.uniform(0.5, 1.0)

    def _where(self) -> str:
        return f"{self.endpoint.base_url} ({self.endpoint.model})"


_FIRST = 5.0
"""Seconds in which a server that nobody has heard of yet is given up; one that was there may be starting again."""

_ADVICE = "check the key (OPENAI_API_KEY), the model's name and --base-url; what is done is kept."
