"""A journal as JSON Lines: to look into, to keep, and to carry to another machine."""

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from roleinstruct.errors import JournalError, RecordError, SourceError
from roleinstruct.llm.request import Reply, Request
from roleinstruct.llm.store import COLUMNS, Entry, Row

__all__ = ["known_rows", "read_lines", "readable", "write_lines"]


def write_lines(path: Path, entries: Iterable[Entry]) -> int:
    """Write entries, one a line: an object of "stage", "request" and "reply", the tokens being in the reply.

    Returns:
        The number of lines.

    Raises:
        JournalError: The file cannot be written; what stood there before stays.
    """
    waiting, lines = path.with_name(path.name + ".tmp"), 0
    try:
        with os.fdopen(os.open(waiting, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            for entry in entries:
                request = json.loads(entry.request.as_json())
                line = {"reply": asdict(entry.reply), "request": request, "stage": entry.stage}
                file.write(json.dumps(line) + "\n")
                lines += 1
            file.flush()
            os.fsync(file.fileno())  # what is removed from the journal next must be here
        waiting.replace(path)
    except JournalError:  # the entries, not the file
        raise
    except OSError as error:
        raise JournalError(f"{path} cannot be written ({error.strerror}): choose another place.") from error
    finally:
        if waiting.exists():
            waiting.unlink()  # half of an export is of no use
    return lines


def read_lines(path: Path) -> Iterator[Row]:
    """Read what `write_lines` wrote, line by line.

    Raises:
        SourceError: The file cannot be read or is empty, or one of its lines cannot be read.
    """
    is_empty = True
    try:
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    is_empty = False
                    yield _parse(line, f"{path}:{number}")
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"{path} cannot be read ({error}); expected a journal that was exported.") from error
    if is_empty:
        raise SourceError(f"{path} holds no replies; expected what roleinstruct journal export wrote.")


def known_rows(connection: sqlite3.Connection) -> Sequence[int]:
    """The numbers of all rows that a damaged journal still knows of, ascending.

    The table and its index are read from both ends, each as far as that goes: what one has lost the other may know.
    """
    found: set[int] = set()
    for order in ("rowid", "rowid DESC", "key", "key DESC"):
        try:
            for [number] in connection.execute(f"SELECT rowid FROM replies ORDER BY {order}"):
                found.add(number)
        except sqlite3.DatabaseError:
            continue  # what came before the damage is kept
    return sorted(found)


def readable(connection: sqlite3.Connection, numbers: Iterable[int]) -> Iterator[Entry]:
    """Those of some rows that can be read."""
    for number in numbers:
        try:
            row = connection.execute(f"SELECT {COLUMNS} FROM replies WHERE rowid = ?", (number,)).fetchone()
            entry = None if row is None else Entry.of(row)
        except (sqlite3.DatabaseError, RecordError):
            continue  # the one who counts the others knows
        if entry is not None:
            yield entry


def _parse(line: str, place: str) -> Row:
    try:
        found = json.loads(line)
        missing = [name for name in _NAMES if name not in found]
        if missing:
            raise SourceError(
                f"{place} is no line of an exported journal: it lacks {', '.join(map(repr, missing))}; expected "
                f"an object of {', '.join(map(repr, _NAMES))}."
            )
        request, reply = json.dumps(found["request"]), json.dumps(found["reply"])
        stage = str(found["stage"])
        stage.encode()  # half a character is no text that SQLite takes
        return Row.of(Request.from_json(request), Reply.from_json(reply), stage)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise SourceError(
            f"{place} is no line of an exported journal ({error}); expected what export wrote."
        ) from error


_NAMES = ("request", "reply", "stage")
