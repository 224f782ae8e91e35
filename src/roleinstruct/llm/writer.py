"""The thread that commits: whatever waits when it is ready becomes one transaction."""

import sqlite3
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue

from roleinstruct.errors import JournalError
from roleinstruct.llm.damage import explain
from roleinstruct.llm.store import Row, insert

__all__ = ["Writer"]

_SHARING = 1024  # puts a transaction at most: some milliseconds of work


@dataclass(frozen=True, slots=True, eq=False)
class _Put:
    rows: Sequence[Row]
    done: "Future[int]" = field(default_factory=Future)


class Writer:
    """Commits rows to a journal from a thread of its own.

    Args:
        path: The journal, for messages.
        connection: Open for writing; the writer's own from now on, and closed at its end.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self._path = path
        self._connection = connection
        self._waiting: SimpleQueue[_Put | None] = SimpleQueue()
        self._gate = threading.Lock()  # no put slips in behind the end
        self._is_closed = False
        # A daemon, so that a process that dies of something else does not wait for it.
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    def enqueue(self, rows: Sequence[Row]) -> "Future[int]":
        """Have rows committed.

        Returns:
            The number of new ones, once they are; or a JournalError. Cancelling it changes nothing in the journal.

        Raises:
            JournalError: The writer is closed.
        """
        put = _Put(rows)
        with self._gate:
            if self._is_closed:
                raise JournalError(f"the journal {self._path} is closed and takes no more replies.")
            self._waiting.put(put)
        return put.done

    def close(self) -> None:
        """Commit what waits, and end."""
        with self._gate:
            self._is_closed = True
            self._waiting.put(None)
        self._thread.join()

    def _run(self) -> None:
        some: list[_Put] = []
        try:
            while some := self._gather():
                self._commit(some)
        finally:
            with self._gate:
                self._is_closed = True
            # Nobody may wait forever, whatever ended the loop.
            for put in (*some, *self._rest()):
                if not put.done.done():
                    put.done.set_exception(
                        JournalError(f"the journal {self._path} was closed before this was written.")
                    )
            self._connection.close()

    def _gather(self) -> list[_Put]:
        """Everything that waits, at least one put; nothing at the end."""
        first = self._waiting.get()
        if first is None:
            return []
        some = [first]
        while len(some) < _SHARING:
            try:
                put = self._waiting.get_nowait()
            except Empty:
                break
            if put is None:
                self._waiting.put(None)  # nothing comes behind the end: the next look finds it
                break
            some.append(put)
        return some

    def _rest(self) -> list[_Put]:
        return [put for _ in range(self._waiting.qsize()) if (put := self._waiting.get()) is not None]

    def _commit(self, some: Sequence[_Put]) -> None:
        for put in some:
            put.done.set_running_or_notify_cancel()  # from here on nobody can cancel it
        try:
            written = insert(self._connection, [put.rows for put in some])
        except sqlite3.Error as error:
            for put in some:
                if not put.done.cancelled():
                    put.done.set_exception(explain(self._path, error))
            return
        for put, new in zip(some, written, strict=True):
            if not put.done.cancelled():
                put.done.set_result(new)
