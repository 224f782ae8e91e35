"""The engine: calls to a model, many at once, each paid for once.

A reply is committed to the journal before anybody uses it, so that a run that is stopped anywhere goes on where it was.
What fails is asked again as long as that can help; what cannot be had comes back as `Failed`, never as nothing.
"""

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from roleinstruct.errors import JournalError, RoleInstructError, StoppedError
from roleinstruct.llm.batching.batches import Batches
from roleinstruct.llm.batching.probes import Probes, kind_of
from roleinstruct.llm.budget import Meter, worst_case
from roleinstruct.llm.calling import STOPPED, Caller, Counts, Limits
from roleinstruct.llm.chat import Chat, Transport
from roleinstruct.llm.endpoint import Endpoint
from roleinstruct.llm.journal import Journal
from roleinstruct.llm.purse import Purse
from roleinstruct.llm.request import Reply, Request, Usage
from roleinstruct.llm.trouble import Kind, Trouble

__all__ = ["Engine", "Failed"]


@dataclass(frozen=True, slots=True)
class Failed:
    """A request that came to nothing.

    Attributes:
        reason: A short stable name: "refused_by_server", "no_reply", "unreadable_reply", "refused_by_model".
        message: What happened the last time.
        text: What the model said, if it said anything.
        keys: The requests that were replied to, in the journal.
    """

    reason: str
    message: str
    text: str = ""
    keys: tuple[str, ...] = field(default=(), compare=False)


@dataclass(slots=True)
class Engine:
    """Asks a model; to be used in an `async with` block.

    Attributes:
        endpoint: The model and its server.
        journal: Open for writing.
        meter: Adds up what it costs, and stops before the limit.
        limits: What the run keeps to.
        replay: Answer from the journal alone, and call nobody.
        transport: The way to the server for single calls.
        batches: The way for whole batches, or None; then only the first request of a kind goes by a single call, to
            find out whether the server takes it.
        counts: How far it is.
    """

    endpoint: Endpoint
    journal: Journal
    meter: Meter
    limits: Limits = field(default_factory=Limits)
    replay: bool = False
    transport: Transport = Chat
    batches: Batches | None = None
    counts: Counts = field(default_factory=Counts)
    _caller: Caller = field(init=False, repr=False)
    _purse: Purse = field(init=False, repr=False)
    _probes: Probes = field(init=False, repr=False, default_factory=Probes)
    _asked: dict[str, asyncio.Event] = field(init=False, repr=False, default_factory=dict)
    _stack: AsyncExitStack = field(init=False, repr=False, default_factory=AsyncExitStack)

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as opened:
            send = await opened.enter_async_context(self.transport(self.endpoint, self.limits.concurrency))
            self._caller = Caller(self.endpoint, self.limits, send, self.counts)
            self._purse = Purse(self.meter)
            if self.batches is not None:
                await opened.enter_async_context(self.batches)
            self._stack = opened.pop_all()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: object, at: TracebackType | None) -> None:
        await self._stack.aclose()

    @property
    def stopping(self) -> bool:
        """Whether `stop` was called."""
        return self._caller.stopping

    def stop(self) -> None:
        """Begin no further call; those under way come to their end, and batches are left to the server."""
        self._caller.stop()
        self._purse.end(StoppedError(STOPPED))
        if self.batches is not None:
            self.batches.leave()

    async def ask(self, request: Request, stage: str, form: Mapping[str, object] | None = None) -> Reply | Failed:
        """The model's reply, from the journal if it is there.

        The same request that is under way already is not sent twice.

        Args:
            request: What to ask.
            stage: Whom the tokens are counted for.
            form: See `body_of`.

        Raises:
            EndpointError: No call can succeed: the key, the model or the server is wrong.
            BudgetError: The call could pass the limit, and no other is under way.
            JournalError: The reply could not be kept.
            StoppedError: `stop` was called, and the reply is not in the journal.
            Trouble: The server does not know the form or a parameter; of kind UNSUPPORTED only.
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
        except RoleInstructError as error:
            self._purse.end(error)
            if self.batches is not None:  # nobody waits a day for the others to hear of it
                self.batches.end(error)
            raise
        finally:
            self._asked.pop(key).set()

    async def _paid(self, request: Request, stage: str, form: Mapping[str, object]) -> Reply | Failed:
        if self.batches is None:
            return await self._by_call(request, stage, form)
        if not self.batches.holds(request.key):
            reply = await self._probes.first(kind_of(request, form), lambda: self._by_call(request, stage, form))
            if reply is not None:
                return reply
        try:
            paid = await self.batches.ask(request, form)
        except Trouble as trouble:
            return self._failed(trouble)
        await self.journal.put(request, paid, stage)
        return self._counted(request, paid, stage, batch=True)

    async def _by_call(self, request: Request, stage: str, form: Mapping[str, object]) -> Reply | Failed:
        is_limited = self.meter.max_cost is not None or self.limits.tokens_per_minute is not None
        worst = worst_case(request) if is_limited else Usage()  # to count tokens is a fifth of the work of a call
        with self._purse.ending(await self._purse.hold(request.model, worst)):
            try:
                reply = await self._caller.call(request, worst.prompt_tokens + worst.completion_tokens / 4, form)
                await self.journal.put(request, reply, stage)
            except Trouble as trouble:
                return self._failed(trouble)
            return self._counted(request, reply, stage, batch=False)

    def _counted(self, request: Request, reply: Reply, stage: str, *, batch: bool) -> Reply:
        self.counts.called += 1
        self.meter.add(stage, request.model, reply.usage, batch=batch)
        return reply

    def _failed(self, trouble: Trouble) -> Failed:
        if trouble.kind is Kind.UNSUPPORTED:
            raise trouble
        self.counts.failed += 1
        return Failed("refused_by_server" if trouble.kind is Kind.UNFIT else "no_reply", trouble.message)
