"""Whole batches of requests, at half the price and within a day: sent, left, come back to, fetched.

What waits is gathered until nothing further comes, since then nothing else can go on; noted on disk; sent. A run that
is killed anywhere and started again finds its batches: by the note, and where a note was not finished by the name that
the server keeps with the batch. What comes back without a reply is sent again, alone.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from roleinstruct.errors import EndpointError, StoppedError
from roleinstruct.llm.batching.api import BatchApi
from roleinstruct.llm.batching.following import BatchOptions, Ending, follow
from roleinstruct.llm.batching.records import BatchRecord, BatchRecords, count_of
from roleinstruct.llm.batching.results import Line
from roleinstruct.llm.batching.sending import Outbox
from roleinstruct.llm.budget import Meter
from roleinstruct.llm.calling import refusal
from roleinstruct.llm.endpoint import Endpoint
from roleinstruct.llm.request import Reply, Request
from roleinstruct.llm.trouble import Kind, Trouble
from roleinstruct.llm.wire import Wire

__all__ = ["Batches"]


class Batches:
    """Asks by the Batch API; to be used in an `async with` block.

    Args:
        endpoint: The model and its server.
        folder: Where the batches are noted, beside the journal.
        is_kept: Whether the reply to the request of a key is in the journal.
        meter: Sets aside what a batch may cost before it is sent.
        say: Hears what is sent and fetched.
        options: How to go about it.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        folder: Path,
        is_kept: Callable[[str], bool],
        meter: Meter,
        say: Callable[[str], None],
        options: BatchOptions,
    ) -> None:
        self._endpoint, self._meter, self._say, self._options = endpoint, meter, say, options
        self._records, self._is_kept = BatchRecords(folder), is_kept
        self._wire = Wire(endpoint, connections=8)
        self._api = BatchApi(self._wire, endpoint, options.patience)
        self._asked: dict[str, tuple[Line, asyncio.Future[Reply]]] = {}
        self._held: dict[str, BatchRecord] = {}
        self._earlier: dict[str, BatchRecord] = {}  # those of an earlier run that nobody has asked for yet
        self._told_of_earlier = False
        self._early: dict[str, Reply] = {}  # replies that nobody has asked for yet
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._answered: dict[str, int] = {}
        self._outbox = Outbox(endpoint, self._api, self._records, meter, options, self._begun, self._sent, self._room)
        self._end: BaseException | None = None

    async def __aenter__(self) -> Self:
        for record in self._records.open(self._endpoint.base_url, self._is_kept):
            self._held |= dict.fromkeys(record.lines, record)
            self._earlier[record.name] = record
        await self._wire.__aenter__()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: object, at: TracebackType | None) -> None:
        tasks = list(self._tasks.values())
        self.end(StoppedError(_LEFT))
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._wire.__aexit__(kind, error, at)
        self._records.left(self._is_kept)  # forgets what is all in the journal

    def holds(self, key: str) -> bool:
        """Whether a request is in a batch already."""
        return key in self._held or key in self._early

    async def ask(self, request: Request, form: Mapping[str, object]) -> Reply:
        """The reply to a request, from a batch that it is in already or from the next one.

        Args:
            request: What to ask.
            form: See `body_of`.

        Raises:
            EndpointError: The server takes no batches, or refuses the key, or is not there.
            BudgetError: The batch could pass the limit; nothing of it was sent.
            StoppedError: The batches were left to the server.
            JournalError: They cannot be noted.
            Trouble: There is no reply to this request.
        """
        if self._end is not None:
            raise self._end
        key = request.key
        if key in self._early:
            return self._early.pop(key)
        line = Line.of(request, form)
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._asked[key] = line, future
        record = self._held.get(key)
        if record is None:
            self._wait(line)
        elif record.name in self._earlier:
            del self._earlier[record.name]
            self._say(f"a batch of {len(record.lines):,} requests was sent earlier: waiting for its replies")
            self._start(record.name, self._follow(record, 0.0))
        try:
            return await future
        finally:
            self._asked.pop(key, None)
            self._outbox.drop(key)

    def end(self, error: BaseException) -> None:
        """Send and look no more; all who wait raise the error."""
        self._end = self._end or error
        for task in self._tasks.values():
            task.cancel()
        for _, future in self._asked.values():
            if not future.done():
                future.set_exception(error)

    def leave(self) -> None:
        """Leave the batches to the server."""
        self.end(StoppedError(_LEFT))

    def told(self) -> str:
        """How far it is, in a few words; "" where nothing is at the server."""
        names = {record.name for record in self._held.values()}
        done = sum(self._answered.get(name, 0) for name in names)
        if not names:
            return ""
        return f"{len(self._held):,} in {len(names):,} batch{'es' if len(names) > 1 else ''}, {done:,} answered there"

    def _wait(self, line: Line) -> None:
        self._outbox.add(line)
        sending = self._tasks.get(_SENDING)
        if sending is None or sending.done():
            self._start(_SENDING, self._outbox.send_all())

    def _start(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        def ended(task: "asyncio.Task[None]") -> None:
            if self._tasks.get(name) is task:
                del self._tasks[name]
            if not task.cancelled() and (error := task.exception()) is not None:
                self.end(error)

        self._tasks[name] = task = asyncio.ensure_future(work)
        task.add_done_callback(ended)

    async def _room(self) -> None:
        """Wait until no batch of ours is open: the server has no room for two."""
        while others := [task for name, task in self._tasks.items() if name != _SENDING]:
            await asyncio.wait(others)
            await asyncio.sleep(0)

    def _begun(self, record: BatchRecord) -> None:
        self._held |= dict.fromkeys(record.lines, record)
        if self._earlier and not self._told_of_earlier:
            self._told_of_earlier = True
            self._say(f"{count_of(self._earlier.values())} are not asked for now, and left there: the settings differ")

    def _sent(self, record: BatchRecord, dollars: float) -> None:
        self._start(record.name, self._follow(record, dollars))
        self._say(
            f"{len(record.lines):,} requests are sent as batch {record.batch}, to be answered within 24 hours; Ctrl-C "
            "leaves them to the server, and the same command goes on"
        )

    async def _follow(self, record: BatchRecord, dollars: float) -> None:
        """Look at a batch until it has ended, and hand out what became of its requests."""
        try:
            if not record.batch:  # killed between sending and hearing of it
                record.batch = await self._api.find(record.name)
                if record.batch:
                    self._records.save(record)
            hear = partial(self._answered.__setitem__, record.name)
            ending = await follow(self._api, record, self._options, self._endpoint.model, hear)
            await self._refused(record, ending) if ending.refusal else self._hand_out(record, ending.results)
        finally:
            self._meter.release(dollars)

    def _hand_out(self, record: BatchRecord, results: Mapping[str, Reply | Trouble]) -> None:
        again: list[Line] = []
        for key, digest in list(record.lines.items()):
            outcome = results.get(key, _LOST)
            line, future = self._asked.get(key, (None, None))
            self._held.pop(key, None)
            if isinstance(outcome, Reply):
                if future is None:
                    self._early[key] = outcome
                elif not future.done():
                    future.set_result(outcome)
                continue
            del record.lines[key]
            if line is not None and self._goes_again(line, digest, outcome):
                again.append(line)
            elif future is not None and not future.done():
                future.set_exception(self._said(outcome))
        self._records.save(record)  # before anything of it is sent again
        if again:
            self._say(f"{len(again):,} requests of batch {record.batch or record.name} have no reply and go out again")
        for line in again:
            self._wait(line)

    def _goes_again(self, line: Line, digest: str, trouble: Trouble) -> bool:
        if trouble.kind is Kind.UNSUPPORTED and line.digest != digest:  # it was sent in another form, by an earlier run
            return True
        line.attempts += 1
        return trouble.kind in (Kind.FAULT, Kind.BUSY) and line.attempts < self._options.attempts

    def _said(self, trouble: Trouble) -> BaseException:
        is_final = trouble.kind in (Kind.FORBIDDEN, Kind.SPENT)
        return refusal(self._endpoint, trouble, "a line of a batch") if is_final else trouble

    async def _refused(self, record: BatchRecord, ending: Ending) -> None:
        """A batch of which nothing was done: too much at once, which passes, or wrong, which does not."""
        keys = list(record.lines)
        lines = [self._asked[key][0] for key in keys if key in self._asked]
        for key in keys:
            del self._held[key]
        record.lines.clear()
        self._records.save(record)
        for line in lines:
            line.attempts += len(keys) == 1  # it cannot be made smaller
        if not ending.is_too_much or any(line.attempts >= self._options.attempts for line in lines):
            raise EndpointError(
                f"{self._endpoint.where} does not take batch {record.batch}: {ending.refusal}; nothing of it was done, "
                "and what was done before is kept."
            )
        most = max(1, len(keys) // 2)
        self._outbox.narrow(most)
        self._say(
            f"batch {record.batch} is too large for now ({ending.refusal}): its {len(keys):,} requests go out again in "
            f"batches of {most:,}, one after the other"
        )
        await asyncio.sleep(self._options.longest_look)
        for line in lines:
            self._wait(line)


_SENDING = "sending"
_LEFT = "stopped; what was sent in batches goes on at the server: the same command fetches it."
_LOST = Trouble(Kind.FAULT, "its batch has ended without a word of it")
