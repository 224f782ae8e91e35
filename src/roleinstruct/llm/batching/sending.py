"""Requests that wait to be sent in batches: gathered, cut into files, paid for in advance, noted, sent."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from roleinstruct.errors import BudgetError
from roleinstruct.llm.batching.api import BatchApi
from roleinstruct.llm.batching.following import BatchOptions
from roleinstruct.llm.batching.records import BatchRecord, BatchRecords
from roleinstruct.llm.batching.results import Line, cut
from roleinstruct.llm.budget import Meter
from roleinstruct.llm.endpoint import Endpoint
from roleinstruct.llm.request import Usage

__all__ = ["Outbox"]


@dataclass(slots=True)
class Outbox:
    """What is to be sent.

    Attributes:
        endpoint: The model and its server.
        api: The way there.
        records: Where it is noted before.
        meter: Sets aside what it may cost before.
        options: How much goes into a batch.
        begun: Hears of a batch that is noted, and will be sent.
        sent: Hears of a batch that was sent, and of the dollars set aside for it.
        room: Waits until no batch of ours is open.
    """

    endpoint: Endpoint
    api: BatchApi
    records: BatchRecords
    meter: Meter
    options: BatchOptions
    begun: Callable[[BatchRecord], None]
    sent: Callable[[BatchRecord, float], None]
    room: Callable[[], Awaitable[None]]
    _waiting: dict[str, Line] = field(init=False, repr=False, default_factory=dict)
    _came: asyncio.Event = field(init=False, repr=False, default_factory=asyncio.Event)
    _most: int = field(init=False, default=0)
    _is_full: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        self._most = self.options.requests

    def add(self, line: Line) -> None:
        """Have a request sent with the next batch."""
        self._waiting[line.key] = line
        self._came.set()

    def drop(self, key: str) -> None:
        """Do not send a request that nobody waits for any more."""
        self._waiting.pop(key, None)

    def narrow(self, most: int) -> None:
        """From now on send so many requests at most in a batch, and one batch after the other."""
        self._most, self._is_full = most, True

    async def send_all(self) -> None:
        """Send what waits until nothing does.

        Raises:
            BudgetError: It could pass the limit; nothing of it was sent.
            EndpointError: The server takes no batches, refuses the key, or is not there.
            JournalError: The batch cannot be noted.
        """
        while self._waiting:
            while self._came.is_set():
                self._came.clear()
                await asyncio.sleep(self.options.quiet)
            if self._is_full:
                await self.room()
            groups = list(cut(list(self._waiting.values()), self._most, self.options.size))
            if self._is_full:
                del groups[1:]
            for group, dollars in zip(groups, self._hold(groups), strict=True):
                await self._send(group, dollars)

    async def _send(self, lines: Sequence[Line], dollars: float) -> None:
        record = self.records.begin(self.endpoint.base_url, {line.key: line.digest for line in lines})
        for line in lines:
            self._waiting.pop(line.key, None)
        self.begun(record)
        file = await self.api.upload(b"".join(line.text for line in lines))
        record.batch = await self.api.create(file, record.name)
        self.records.save(record)
        self.sent(record, dollars)

    def _hold(self, groups: Sequence[Sequence[Line]]) -> list[float]:
        """Set aside what batches may cost, all of them before the first is sent."""
        held: list[float] = []
        try:
            for group in groups:
                worst = sum((line.worst for line in group), Usage())
                held.append(self.meter.hold(self.endpoint.model, worst, batch=True))
        except BudgetError as error:
            for dollars in held:
                self.meter.release(dollars)
            raise BudgetError(
                f"{sum(map(len, groups)):,} requests in a batch could pass the limit on cost, and none of them was "
                f"sent ({str(error).rstrip('.')}); without --batch a run goes up to the limit."
            ) from error
        return held
