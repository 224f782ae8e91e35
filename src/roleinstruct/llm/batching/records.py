"""What is known on disk of the batches at a server: which requests are in which, noted before they are sent.

One small JSON file for each batch, in a folder beside the journal. It holds keys, never what was asked.
"""

import json
from collections.abc import Callable, Collection, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import uuid4

from roleinstruct.errors import ConfigError, JournalError

__all__ = ["BatchRecord", "BatchRecords", "count_of"]


@dataclass(slots=True)
class BatchRecord:
    """A batch.

    Attributes:
        name: Our own name for it, which the server keeps too: by it a batch is found whose creation is in doubt.
        server: The base URL.
        lines: By the key of each request that waits for its result, a digest of what was sent.
        batch: The server's name for it, or "" as long as we have not heard it.
    """

    name: str
    server: str
    lines: dict[str, str]
    batch: str = ""


@dataclass(frozen=True, slots=True)
class BatchRecords:
    """The records of one journal.

    Attributes:
        folder: Where they are.
    """

    folder: Path

    def open(self, server: str, is_kept: Callable[[str], bool]) -> list[BatchRecord]:
        """What is `left` at a server.

        Args:
            server: The base URL.
            is_kept: See `left`.

        Raises:
            ConfigError: Something is left at another server, where it would be paid for twice.
            JournalError: A record cannot be read.
        """
        found = self.left(is_kept)
        if others := [record for record in found if record.server != server]:
            raise ConfigError(
                f"{count_of(others)}, and the server asked now is {server}: give --base-url {others[0].server} to "
                f"fetch them, or delete {self.folder} to pay for them again."
            )
        return found

    def refuse(self, is_kept: Callable[[str], bool]) -> None:
        """Raise if anything is `left`, for whoever would pay for it again by single calls.

        Raises:
            ConfigError: Something is.
            JournalError: A record cannot be read.
        """
        if found := self.left(is_kept):
            raise ConfigError(
                f"{count_of(found)}: say --batch to fetch them, or delete {self.folder} to pay for them again."
            )

    def left(self, is_kept: Callable[[str], bool]) -> list[BatchRecord]:
        """The batches some of whose replies are not in the journal yet; those of which all are go.

        Args:
            is_kept: Whether the reply to the request of a key is in the journal.

        Raises:
            JournalError: A record cannot be read.
        """
        found = list(self._all())
        for record in found:
            self.settle(record, is_kept)
        return [record for record in found if record.lines]

    def begin(self, server: str, lines: dict[str, str]) -> BatchRecord:
        """Note requests that are about to be sent.

        Raises:
            JournalError: It cannot be written.
        """
        record = BatchRecord(uuid4().hex, server, lines)
        self.save(record)
        return record

    def save(self, record: BatchRecord) -> None:
        """Write a record in place of its last state, or remove it if no request waits.

        Raises:
            JournalError: It cannot be written.
        """
        path = self.folder / f"{record.name}.json"
        waiting = path.with_suffix(".tmp")
        try:
            if not record.lines:
                path.unlink(missing_ok=True)
                return
            self.folder.mkdir(parents=True, exist_ok=True)
            waiting.write_text(json.dumps(asdict(record)), encoding="utf-8")
            waiting.replace(path)
        except OSError as error:
            raise JournalError(
                f"the batches cannot be noted in {self.folder} ({error.strerror}): make room there, or choose a folder "
                "that you may write to."
            ) from error

    def settle(self, record: BatchRecord, is_kept: Callable[[str], bool]) -> None:
        """Take out of a record what the journal has."""
        kept = [key for key in record.lines if is_kept(key)]
        for key in kept:
            del record.lines[key]
        if kept:
            self.save(record)

    def _all(self) -> Iterator[BatchRecord]:
        for path in sorted(self.folder.glob("*.json")):
            try:
                found = json.loads(path.read_text(encoding="utf-8"))
            except (OSError, ValueError, RecursionError) as error:
                raise JournalError(_damaged(path)) from error
            if not _is_record(found):
                raise JournalError(_damaged(path))
            yield BatchRecord(**found)


def count_of(records: Collection[BatchRecord]) -> str:
    """How many requests are where, in a few words."""
    servers = " and ".join(sorted({record.server for record in records}))
    number, batches = sum(len(record.lines) for record in records), f"batch{'es' if len(records) > 1 else ''}"
    return f"{number:,} requests are with the server {servers} in {len(records):,} {batches} of an earlier run"


def _is_record(found: object) -> bool:
    if not isinstance(found, dict) or found.keys() != set(BatchRecord.__slots__):
        return False
    lines = found["lines"]
    texts = [found["name"], found["server"], found["batch"]]
    return isinstance(lines, dict) and all(isinstance(text, str) for text in (*texts, *lines.values()))


def _damaged(path: Path) -> str:
    return (
        f"{path} notes which requests are in a batch at the server, and cannot be read: put it back from a copy, or "
        "delete it, which means to pay for those requests again."
    )
