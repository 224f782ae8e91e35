"""What is known on disk of the batches at a server: which requests are in which, noted before they are sent.

One small JSON file for each batch, in a folder beside the journal. It holds keys, never what was asked.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import uuid4

from roleinstruct.errors import JournalError

__all__ = ["BatchRecord", "BatchRecords"]


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
        """The batches of a server some of whose replies are not in the journal yet; those of which all are go.

        Args:
            server: The base URL.
            is_kept: Whether the reply to the request of a key is in the journal.

        Raises:
            JournalError: A record cannot be read.
        """
        found = [record for record in self._all() if record.server == server]
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
                yield BatchRecord(**json.loads(path.read_text(encoding="utf-8")))
            except (OSError, ValueError, TypeError) as error:
                raise JournalError(
                    f"{path} says which requests are in a batch at the server and cannot be read ({error}); to delete "
                    "it means to pay for them again."
                ) from error
