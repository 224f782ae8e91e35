"""The journal: every request and its reply, committed before the reply is used, so that nothing is paid for twice.

One process writes and any number read. Puts that wait at the same time share one transaction, which a thread of the
journal's own carries out: the event loop never waits for the disk.
"""

import asyncio
import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from itertools import chain, count, islice
from pathlib import Path
from typing import Self

from filelock import FileLock, Timeout

from roleinstruct.errors import ConfigError, FolderError, JournalError, RecordError
from roleinstruct.llm.damage import explain
from roleinstruct.llm.request import Reply, Request, Usage
from roleinstruct.llm.store import COLUMNS, Entry, Row, create, read, remove, unpack_reply
from roleinstruct.llm.transfer import known_rows, read_lines, readable, write_lines
from roleinstruct.llm.writer import Writer

__all__ = ["Journal"]


class Journal:
    """Requests and replies in a file; to be used in a `with` block.

    Args:
        path: The file, such as ".roleinstruct/journal.sqlite"; made with its folder unless it is only read.
        read_only: Only read, beside a run that writes if there is one.

    Raises:
        FolderError: On entering: another process writes to it, or there is nothing to read.
        JournalError: On entering: it cannot be opened, is damaged, is no journal or is of a newer version.
    """

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self.path = path
        self._read_only = read_only
        self._reader: sqlite3.Connection | None = None
        self._writer: Writer | None = None
        self._open = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as opened:
            if not self._read_only:
                self._lock(opened)
                self._writer = Writer(self.path, create(self.path))
                opened.callback(self._writer.close)
            self._reader = read(self.path)
            opened.callback(self._reader.close)  # before the writer, who then clears the write-ahead log away
            self._open = opened.pop_all()
        return self

    def __exit__(self, *raised: object) -> None:
        self._reader, self._writer = None, None
        self._open.close()

    def get(self, key: str) -> Reply | None:
        """The reply to the request of that key, or None if it has not been committed.

        Fast enough to be called where nothing may block: one look into an index.

        Raises:
            JournalError: The journal is not open, or damaged.
        """
        if self._reader is None:
            raise JournalError(f"the journal {self.path} is not open: use it in a with block.")
        try:
            row = self._reader.execute(_REPLY, (key,)).fetchone()
            return None if row is None else unpack_reply(row[0])
        except (sqlite3.Error, RecordError) as error:
            raise explain(self.path, error) from error

    async def put(self, request: Request, reply: Reply, stage: str) -> None:
        """Commit a reply; returns when that is done.

        The first reply to a request stays: `get` gives it to everybody who asked the same at the same time. A caller
        that is cancelled while waiting does not take the reply back, since it has been paid for.

        Raises:
            JournalError: It could not be written, and none of it was.
        """
        await asyncio.wrap_future(self._writing().enqueue([Row.of(request, reply, stage)]))

    def rows(self, stage: str | None = None, model: str | None = None, key_prefix: str = "") -> Iterator[Entry]:
        """What is in the journal, in the order in which it was committed.

        Args:
            stage: Only what was asked for this; None for all.
            model: Only what this model was asked; None for all.
            key_prefix: Only keys that begin so.
        """
        query = f"SELECT {COLUMNS} FROM replies WHERE key >= ? AND key < ? AND stage = ifnull(?, stage) ORDER BY rowid"
        with self._reading() as connection:
            for row in connection.execute(query, (key_prefix, key_prefix + "g", stage)):
                entry = Entry.of(row)
                if model in (None, entry.request.model):
                    yield entry

    def entry(self, key_prefix: str) -> Entry:
        """The one entry whose key begins so.

        Raises:
            ConfigError: There is none, or more than one.
        """
        with self._reading() as connection:
            found = connection.execute(
                f"SELECT {COLUMNS} FROM replies WHERE key >= ? AND key < ? LIMIT 2", (key_prefix, key_prefix + "g")
            ).fetchall()
            if len(found) != 1:
                raise ConfigError(
                    f"{'more than one key' if found else 'no key'} in {self.path} begins with {key_prefix!r}: give "
                    f"{'more of it' if found else 'one that it lists'}."
                )
            return Entry.of(found[0])

    def total(self) -> Mapping[str, Usage]:
        """The tokens of each stage, the stages in alphabetical order."""
        sums = "sum(prompt_tokens), sum(completion_tokens), sum(cached_tokens)"
        with self._reading() as connection:
            found = connection.execute(f"SELECT stage, {sums} FROM replies GROUP BY stage ORDER BY stage")
            return {stage: Usage(*used) for stage, *used in found}

    def counts(self) -> Mapping[str, int]:
        """The number of replies of each stage, the stages in alphabetical order."""
        with self._reading() as connection:
            return dict(connection.execute("SELECT stage, count(*) FROM replies GROUP BY stage ORDER BY stage"))

    def digest(self, keys: Iterable[str] | None = None) -> str:
        """SHA-256 over keys and reply texts in the order of the keys: equal for runs that were told the same.

        Args:
            keys: The requests that matter, in any order; None for all.

        Raises:
            JournalError: There is no reply to one of them.
        """
        digest = hashlib.sha256()
        with self._reading() as connection:
            found = (
                connection.execute("SELECT key, reply FROM replies ORDER BY key")
                if keys is None
                else ((key, self._packed(connection, key)) for key in sorted(set(keys)))
            )
            for key, reply in found:
                digest.update(json.dumps([key, unpack_reply(reply).text]).encode())
        return digest.hexdigest()

    def export(self, path: Path) -> int:
        """Write everything as JSON Lines, sorted by key: the same replies are the same bytes.

        Returns:
            The number of lines.

        Raises:
            JournalError: The file cannot be written.
        """
        with self._reading() as connection:
            return write_lines(path, map(Entry.of, connection.execute(f"SELECT {COLUMNS} FROM replies ORDER BY key")))

    def salvage(self, path: Path) -> tuple[int, int]:
        """Write what can be read of a damaged journal as JSON Lines, in the order in which it was committed.

        Returns:
            The number of lines, and that of the replies that the journal knows of and that cannot be read.

        Raises:
            JournalError: The file cannot be written.
        """
        with self._reading() as connection:
            numbers = known_rows(connection)
            written = write_lines(path, readable(connection, numbers))
        return written, len(numbers) - written

    def drop(self, keys: Iterable[str]) -> Path:
        """Remove replies, so that the next run asks again.

        Returns:
            A new file beside the journal that holds what was removed, and from which `load` takes it back.

        Raises:
            JournalError: The file or the journal cannot be written; then nothing was removed.
        """
        self._writing()  # this process is the one that writes
        names = (self.path.with_name(f"dropped-{number}.jsonl") for number in count(1))
        dropped = next(path for path in names if not path.exists())
        keys = sorted(set(keys))
        with self._reading() as connection:
            found = (connection.execute(f"SELECT {COLUMNS} FROM replies WHERE key = ?", (key,)) for key in keys)
            write_lines(dropped, map(Entry.of, chain.from_iterable(found)))
        remove(self.path, keys)
        return dropped

    def load(self, path: Path) -> int:
        """Take in what `export` wrote; what is here already stays as it is.

        Returns:
            The number of replies that are new.

        Raises:
            SourceError: It cannot be read, is empty, or has a broken line; those before that may have been taken in.
            JournalError: The journal cannot be written.
        """
        writer, lines, new = self._writing(), read_lines(path), 0
        while rows := list(islice(lines, _TAKEN)):
            new += writer.enqueue(rows).result()
        return new

    def _lock(self, opened: ExitStack) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            beside = self.path.with_name(self.path.name + ".lock")
            opened.enter_context(FileLock(beside, timeout=0, mode=0o600, thread_local=False))
        except Timeout as error:
            raise FolderError(
                f"another roleinstruct writes to the journal {self.path}; wait until it ends, or choose another folder."
            ) from error
        except OSError as error:
            raise explain(self.path, error) from error

    def _packed(self, connection: sqlite3.Connection, key: str) -> bytes:
        row: tuple[bytes] | None = connection.execute(_REPLY, (key,)).fetchone()
        if row is None:
            raise JournalError(f"the journal {self.path} holds no reply to {key}: its run is not complete.")
        return row[0]

    def _writing(self) -> Writer:
        if self._writer is None:
            raise JournalError(f"the journal {self.path} is not open for writing.")
        return self._writer

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """A connection of its own: a long look at one moment of the journal, while `get` sees the latest."""
        connection = read(self.path)
        try:
            yield connection
        except (sqlite3.Error, RecordError) as error:
            raise explain(self.path, error) from error
        finally:
            connection.close()


_REPLY = "SELECT reply FROM replies WHERE key = ?"
_TAKEN = 500  # lines of an import in one transaction
