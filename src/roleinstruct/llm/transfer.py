"""A journal as JSON Lines: to look into, to keep, and to carry to another machine."""

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path

from roleinstruct.errors import JournalError, SourceError
from roleinstruct.llm.request import Reply, Request
from roleinstruct.llm.store import Entry, Row

__all__ = ["read_lines", "write_lines"]


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
        SourceError: The file cannot be read, or one of its lines cannot.
    """
    try:
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    yield _parse(line, f"{path}:{number}")
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"{path} cannot be read ({error}); expected a journal that was exported.") from error


def _parse(line: str, place: str) -> Row:
    try:
        found = json.loads(line)
        request, reply = json.dumps(found["request"]), json.dumps(found["reply"])
        return Row.of(Request.from_json(request), Reply.from_json(reply), str(found["stage"]))
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise SourceError(
            f"{place} is no line of an exported journal ({error}); expected what export wrote."
        ) from error
