"""The file of the journal: one SQLite table.

Write-ahead logging lets others read while one process writes. `synchronous=NORMAL` means that a reply that was
committed outlives the process, killed at any moment; a machine that loses power may lose the last ones, never the file.
"""

import os
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from roleinstruct.errors import FolderError, JournalError, RecordError
from roleinstruct.llm.damage import ANEW, explain, hollow
from roleinstruct.llm.request import Reply, Request, key_of

__all__ = ["COLUMNS", "SCHEMA", "Entry", "Row", "create", "insert", "read", "remove", "unpack_reply"]

SCHEMA = 1
"""Version of the table, in the file's `user_version`."""

COLUMNS = "key, stage, created, request, reply"
"""What `Entry.of` takes, in its order."""

_MARK = 0x526F4C6A  # "RoLj", in the file's `application_id`: nobody else's database is ever written to
_TABLE = """CREATE TABLE replies (
    key TEXT PRIMARY KEY, stage TEXT NOT NULL, created TEXT NOT NULL, model TEXT NOT NULL,
    prompt_tokens INTEGER NOT NULL, completion_tokens INTEGER NOT NULL, cached_tokens INTEGER NOT NULL,
    request BLOB NOT NULL, reply BLOB NOT NULL)"""
_INSERT = """INSERT OR IGNORE INTO replies (key, stage, created, model, prompt_tokens, completion_tokens, cached_tokens,
    request, reply) VALUES (?, ?, strftime('%Y-%m-%dT%H:%M:%SZ', 'now'), ?, ?, ?, ?, ?, ?)"""


@dataclass(frozen=True, slots=True)
class Row:
    """What is to be written: a request and its reply as JSON, made before anybody could change them."""

    key: str
    stage: str
    request: str
    reply: Reply

    @classmethod
    def of(cls, request: Request, reply: Reply, stage: str) -> "Row":
        """Take a request and its reply down."""
        text = request.as_json()
        return cls(key_of(text), stage, text, reply)


@dataclass(frozen=True, slots=True)
class Entry:
    """What the journal holds on one request.

    Attributes:
        key: The request's key.
        stage: What the request was for, such as "annotate".
        created: When the reply was committed, in UTC: "2026-11-21T08:00:00Z".
        request: What was asked.
        reply: What came back.
    """

    key: str
    stage: str
    created: str
    request: Request
    reply: Reply

    @classmethod
    def of(cls, columns: tuple[Any, ...]) -> "Entry":
        """Take out what was read by `COLUMNS`.

        Raises:
            RecordError: The row is damaged.
        """
        key, stage, created, request, reply = columns
        return cls(key, stage, created, Request.from_json(_unpack(request)), unpack_reply(reply))


def create(path: Path) -> sqlite3.Connection:
    """Open a journal for writing; make it if there is none.

    Raises:
        JournalError: It cannot be written, is damaged, is something else, or was written by a newer version.
    """
    with _explained(path):
        if not path.exists():
            _make(path)
    with _opened(path, "rw") as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        path.chmod(0o600)
    return connection


def read(path: Path) -> sqlite3.Connection:
    """Open a journal for reading, which disturbs nobody who writes to it.

    Raises:
        FolderError: There is none.
        JournalError: It cannot be read, is damaged, is something else, or was written by a newer version.
    """
    if not path.is_file():
        raise FolderError(f"there is no journal at {path}: it is made by the first run that asks a model.")
    # What nobody can write beside needs no log to be read; SQLite would want to make one.
    is_still = not os.access(path.parent, os.W_OK) and not path.with_name(path.name + "-wal").exists()
    with _opened(path, "ro&immutable=1" if is_still else "ro") as connection:
        return connection


def insert(connection: sqlite3.Connection, groups: Iterable[Sequence[Row]]) -> list[int]:
    """Write groups of rows in one transaction; a key that is there already keeps its reply.

    Returns:
        How many rows of each group are new.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        written = [connection.executemany(_INSERT, map(_values, rows)).rowcount for rows in groups]
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
    return written


def remove(path: Path, keys: Iterable[str]) -> None:
    """Remove the rows of some keys in one transaction.

    Raises:
        JournalError: It cannot be written, and all are still there.
    """
    with _explained(path), closing(create(path)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("DELETE FROM replies WHERE key = ?", ((key,) for key in keys))
        connection.execute("COMMIT")


def unpack_reply(packed: bytes) -> Reply:
    """Take a reply out of its column.

    Raises:
        RecordError: It is damaged.
    """
    return Reply.from_json(_unpack(packed))


def _values(row: Row) -> tuple[object, ...]:
    used = row.reply.usage
    tokens = (used.prompt_tokens, used.completion_tokens, used.cached_tokens)
    model = row.reply.model.encode("utf-8", "replace").decode()  # half a character, which SQLite does not take
    return (row.key, row.stage, model, *tokens, _pack(row.request), _pack(row.reply.as_json()))


@contextmanager
def _opened(path: Path, mode: str) -> Iterator[sqlite3.Connection]:
    """A connection to a journal of ours, closed if the block fails and open otherwise."""
    with _explained(path), ExitStack() as stack:
        if path.is_file() and not path.stat().st_size:
            raise hollow(path)  # before SQLite, which throws away the write-ahead log of an empty file
        uri = f"{path.absolute().as_uri()}?mode={mode}"
        # It is made in one thread and used in another; transactions are begun and ended in so many words.
        connection = sqlite3.connect(uri, uri=True, timeout=10, isolation_level=None, check_same_thread=False)
        stack.callback(connection.close)
        _check(connection, path)
        yield connection
        stack.pop_all()


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except JournalError:
        raise
    except (sqlite3.Error, OSError) as error:
        raise explain(path, error) from error


def _pack(text: str) -> bytes:
    # The fastest level: on a prompt of 5 kB it takes 18 µs, the usual one 43 µs for 3 % less.
    return zlib.compress(text.encode("utf-8", "surrogatepass"), 1)


def _unpack(packed: bytes) -> str:
    try:
        return zlib.decompress(packed).decode("utf-8", "surrogatepass")
    except (zlib.error, UnicodeDecodeError, TypeError) as error:
        raise RecordError(f"a row is damaged: {error}") from error


def _make(path: Path) -> None:
    """Make a journal under another name first: killed at any moment, this leaves a whole one or none."""
    log = path.with_name(path.name + "-wal")
    if log.exists():  # SQLite would write it into the new journal
        raise JournalError(f"{log} belongs to a journal that is no longer there: move it to where that one is.")
    new = path.with_name(path.name + ".new")
    for left in (new, new.with_name(new.name + "-journal")):
        left.unlink(missing_ok=True)
    new.touch(mode=0o600)
    with closing(sqlite3.connect(new, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(_TABLE)
        connection.execute(f"PRAGMA application_id = {_MARK}")
        connection.execute(f"PRAGMA user_version = {SCHEMA}")
        connection.execute("COMMIT")
    new.replace(path)


def _check(connection: sqlite3.Connection, path: Path) -> None:
    """Raise a JournalError if the file is empty or no journal of ours."""
    [mark] = connection.execute("PRAGMA application_id").fetchone()
    [version] = connection.execute("PRAGMA user_version").fetchone()
    [tables] = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if (mark, version, tables) == (0, 0, 0):
        raise hollow(path)
    if mark != _MARK:
        raise JournalError(f"{path} is a database of another program, expected a journal: {ANEW}.")
    if version > SCHEMA:
        raise JournalError(
            f"the journal {path} has version {version}, but this roleinstruct knows no later one than {SCHEMA}: "
            "upgrade it."
        )
