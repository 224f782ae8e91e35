"""A run that asks a model: its endpoint, journal and meter, what is heard of it, and how Ctrl-C ends it."""

import asyncio
import signal
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from roleinstruct.dataset.folder import PRIVATE
from roleinstruct.errors import ConfigError, StoppedError
from roleinstruct.llm.asking import Asker
from roleinstruct.llm.batching.batches import Batches
from roleinstruct.llm.batching.following import BatchOptions
from roleinstruct.llm.batching.records import BatchRecords
from roleinstruct.llm.budget import Meter, Prices
from roleinstruct.llm.calling import Limits
from roleinstruct.llm.endpoint import Endpoint
from roleinstruct.llm.engine import Engine
from roleinstruct.llm.forms import Forms
from roleinstruct.llm.journal import Journal
from roleinstruct.pipeline.listener import Listener
from roleinstruct.pipeline.model_blocks import ModelConfig

__all__ = ["JOURNAL", "Session"]

JOURNAL = f"{PRIVATE}/journal.sqlite"
"""Where a data set folder keeps what its models were asked and answered; builds leave it alone."""

Result = TypeVar("Result")


@dataclass(slots=True)
class Session:
    """Asks the model of a configuration for one data set folder.

    Attributes:
        config: The model, and what to keep to.
        out: The data set folder, which holds the journal.
        listener: Hears how far it is.
        replay: Answer from the journal alone, and call nobody.
        batch_options: How batches are made and followed, where the configuration wants them.
        meter: Tokens and cost of this session.
    """

    config: ModelConfig
    out: Path
    listener: Listener
    replay: bool = False
    batch_options: BatchOptions = field(default_factory=BatchOptions)
    meter: Meter = field(init=False)
    _before: tuple[int, int, float] = field(init=False, repr=False, default=(0, 0, 0.0))
    _endpoint: Endpoint = field(init=False)

    def __post_init__(self) -> None:
        if not self.config.name:
            raise ConfigError("no model is named: say which with --model, or leave --model out to do without.")
        if self.replay:
            self._endpoint = Endpoint(self.config.name, self.config.base_url or "the journal", {})
        else:
            self._endpoint = Endpoint.of(self.config.name, self.config.base_url, timeout=self.config.timeout)
        prices = Prices.flat(self.config.price) if self.config.price else Prices.load().at(self._endpoint.base_url)
        self.meter = Meter(prices, self.config.max_cost)

    @property
    def window(self) -> int:
        """Pieces of work to begin before the first is done; in batches, all of them go out together."""
        return _ALL if self.config.batch else 2 * self.config.concurrency

    @asynccontextmanager
    async def asker(self, what: str, total: int | None) -> AsyncIterator[Asker]:
        """Open the journal and the connections.

        Args:
            what: The work, for the progress bar.
            total: Pieces of it.

        Raises:
            ConfigError: Requests are in batches at a server, and would be paid for twice.
            FolderError: Another process writes to the journal.
            JournalError: It, or a note of a batch, is damaged.
        """
        limits = Limits(
            concurrency=self.config.concurrency,
            requests_per_minute=self.config.requests_per_minute,
            tokens_per_minute=self.config.tokens_per_minute,
        )
        self._before = self._used()
        forms = Forms(self.out / PRIVATE / "endpoints.json")
        with Journal(self.out / JOURNAL) as journal:
            batches = None if self.replay else self._batches(journal)
            async with Engine(self._endpoint, journal, self.meter, limits, self.replay, batches=batches) as engine:
                telling = asyncio.ensure_future(self._tell(engine, what, total))
                try:
                    with _on_signals(self._stop, engine, asyncio.current_task()):
                        yield Asker(engine, forms, self.config.parameters)
                finally:
                    telling.cancel()
                    self.listener.say(self.told(engine))

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Run asynchronous work to its end.

        Raises:
            KeyboardInterrupt: Ctrl-C was pressed; what was under way is done and in the journal.
        """
        try:
            return asyncio.run(work)
        except (StoppedError, asyncio.CancelledError) as stopped:
            raise KeyboardInterrupt("stopped") from stopped

    def told(self, engine: Engine) -> str:
        """How a step went, in one sentence."""
        counts, (sent, received, dollars) = engine.counts, self._of_this_step()
        cost = "an unknown price" if self.meter.unpriced else f"{dollars:.4f} USD"
        if self._before[2] and not self.meter.unpriced:
            cost += f" of {self.meter.spent:.4f} so far in all"
        return (
            f"{counts.called:,} replies paid for ({sent:,} tokens sent, {received:,} received, {cost}), "
            f"{counts.cached:,} from the journal, {counts.retried:,} calls repeated, {counts.failed:,} failed"
        )

    def _batches(self, journal: Journal) -> Batches | None:
        folder = self.out / PRIVATE / "batches"

        def is_kept(key: str) -> bool:
            return journal.get(key) is not None

        if self.config.batch:
            return Batches(self._endpoint, folder, is_kept, self.meter, self.listener.say, self.batch_options)
        BatchRecords(folder).refuse(is_kept)
        return None

    def _used(self) -> tuple[int, int, float]:
        """Tokens sent, tokens received and dollars, of all steps so far."""
        usage = self.meter.usage.values()
        return sum(u.prompt_tokens for u in usage), sum(u.completion_tokens for u in usage), self.meter.spent

    def _of_this_step(self) -> tuple[int, int, float]:
        sent, received, dollars = self._used()
        return sent - self._before[0], received - self._before[1], dollars - self._before[2]

    async def _tell(self, engine: Engine, what: str, total: int | None) -> None:
        while True:
            counts = engine.counts
            self.listener.progress(
                f"{what} ({self._so_far(engine)})", counts.called + counts.cached + counts.failed, total
            )
            await asyncio.sleep(0.5)

    def _so_far(self, engine: Engine) -> str:
        counts, (sent, received, dollars) = engine.counts, self._of_this_step()
        parts = [f"{counts.cached:,} from the journal"] if counts.cached else []
        parts += [f"{counts.failed:,} failed"] if counts.failed else []
        parts += [engine.batches.told()] if engine.batches is not None and engine.batches.told() else []
        parts += [f"{sent + received:,} tokens", *([] if self.meter.unpriced else [f"{dollars:.2f} USD"])]
        return ", ".join(parts)

    def _stop(self, engine: Engine, task: "asyncio.Task[Any] | None") -> None:
        """The first Ctrl-C lets what is under way come to its end; the second does not."""
        if engine.stopping and task is not None:
            task.cancel()
            return
        at_server = engine.batches.told() if engine.batches is not None else ""
        engine.stop()
        if at_server:
            self.listener.say(
                f"stopping: the server goes on without us ({at_server}); the same command fetches it all."
            )
        else:
            self.listener.say("stopping: waiting for the calls that are under way; press Ctrl-C again to leave them …")


@contextmanager
def _on_signals(stop: Callable[..., None], *given: object) -> Iterator[None]:
    """Have Ctrl-C and SIGTERM call `stop`, where signals can be heard at all."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop, before = asyncio.get_running_loop(), signal.getsignal(signal.SIGTERM)
    for number in _SIGNALS:
        loop.add_signal_handler(number, stop, *given)
    try:
        yield
    finally:
        for number in _SIGNALS:
            loop.remove_signal_handler(number)
        signal.signal(signal.SIGTERM, before)  # asyncio would leave it as it is in a new process


_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_ALL = 1_000_000
