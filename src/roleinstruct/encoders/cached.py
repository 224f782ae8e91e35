"""Vectors that are kept, so that every distinct text is encoded once."""

import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from roleinstruct.encoders.encoder import Encoder, Vectors
from roleinstruct.errors import JournalError

__all__ = ["CachedEncoder"]


class CachedEncoder:
    """An encoder that keeps its vectors in a file, by content; several processes may share it.

    Args:
        encoder: Encodes what is not there.
        path: The file, made with its folder; one file may serve many encoders, which are told apart by their names.
    """

    def __init__(self, encoder: Encoder, path: Path) -> None:
        self.encoder = encoder
        self.path = path

    @property
    def name(self) -> str:
        """That of the encoder."""
        return self.encoder.name

    def encode(self, texts: Sequence[str], *, query: bool = False) -> Vectors:
        """Vectors of texts; those that are new are kept, a few hundred at a time, before they are returned.

        Raises:
            JournalError: The file cannot be read or written.
        """
        if not texts:
            return self.encoder.encode(texts, query=query)
        keys = [_key(self.name, query, text) for text in texts]
        missing = dict(zip(keys, texts, strict=True))
        with self._open() as connection:
            known = _look_up(connection, list(missing))
            new = [(key, text) for key, text in missing.items() if key not in known]
            for begin in range(0, len(new), _AT_ONCE):
                part = new[begin : begin + _AT_ONCE]
                rows = self.encoder.encode([text for _, text in part], query=query)
                found = {key: row for (key, _), row in zip(part, rows, strict=True)}
                with connection:
                    connection.executemany(
                        "INSERT OR IGNORE INTO vectors VALUES (?, ?)",
                        [(key, row.astype("<f4").tobytes()) for key, row in found.items()],
                    )
                known |= found
        return np.stack([known[key] for key in keys])

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise JournalError(f"the folder of {self.path} cannot be made ({error}): choose another.") from error
        try:
            with closing(sqlite3.connect(self.path, timeout=60)) as connection:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = NORMAL")
                connection.execute("CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB NOT NULL)")
                yield connection
        except sqlite3.Error as error:
            raise JournalError(
                f"the vectors kept in {self.path} cannot be read or written ({error}): delete the file to have them "
                "made anew."
            ) from error


_AT_ONCE = 512
"""Texts between two commits: a run that is killed has to encode no more than these again."""


def _key(name: str, query: bool, text: str) -> bytes:
    content = text.encode("utf-8", "surrogatepass")
    return hashlib.sha256(b"\0".join([name.encode(), b"query" if query else b"passage", content])).digest()


def _look_up(connection: sqlite3.Connection, keys: Sequence[bytes]) -> dict[bytes, NDArray[np.float32]]:
    found: dict[bytes, NDArray[np.float32]] = {}
    for begin in range(0, len(keys), _AT_ONCE):
        part = keys[begin : begin + _AT_ONCE]
        marks = ",".join("?" * len(part))
        rows = connection.execute(f"SELECT key, vector FROM vectors WHERE key IN ({marks})", part)
        found |= {key: np.frombuffer(vector, "<f4").astype(np.float32) for key, vector in rows}
    return found
