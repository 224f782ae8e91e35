"""What is wrong with a journal's file, and what to do about it, in one sentence."""

import sqlite3
from pathlib import Path

from roleinstruct.errors import JournalError

__all__ = ["ANEW", "explain", "hollow"]

ANEW = (
    "move it away to begin a new one, in which every reply is paid for again, or to fill a new one from an export "
    "with roleinstruct journal load"
)
"""What to do about a file that holds nothing to be saved."""


def explain(path: Path, error: Exception) -> JournalError:
    """Say what is wrong with a journal and what to do about it.

    Args:
        path: The journal.
        error: What SQLite, the file system or `Entry.of` said.
    """
    code = getattr(error, "sqlite_errorcode", None)
    said = str(getattr(error, "strerror", None) or error).rstrip(".")
    name = _KINDS.get(code & 0xFF, "") if code is not None else ""
    advice = _ADVICE.get(name, _SALVAGE)
    if isinstance(error, OSError):
        advice = _ADVICE["closed"]
    return JournalError(f"the journal {path} cannot be used ({said}): {advice}.")


def hollow(path: Path) -> JournalError:
    """Say that a journal is empty: one that was made and never written to is not."""
    return JournalError(f"the journal {path} is empty, and was probably damaged: {ANEW}.")


_KINDS = {
    sqlite3.SQLITE_FULL: "full",
    sqlite3.SQLITE_IOERR: "io",
    sqlite3.SQLITE_READONLY: "closed",
    sqlite3.SQLITE_CANTOPEN: "closed",
    sqlite3.SQLITE_PERM: "closed",
    sqlite3.SQLITE_NOTADB: "foreign",
    sqlite3.SQLITE_BUSY: "busy",
}
_SALVAGE = (
    "save what can be read with roleinstruct journal export --salvage, move it away, and fill a new one from that "
    "with roleinstruct journal load"
)
_ADVICE = {
    "full": "make room on the disk and run again, what was committed is kept",
    "io": "check the disk and the room on it, then run again, what was committed is kept",
    "closed": "choose a folder that you may write to",
    "foreign": f"it is another kind of file, or badly damaged; {ANEW}",
    "busy": "another program holds it, wait until that ends",
}
