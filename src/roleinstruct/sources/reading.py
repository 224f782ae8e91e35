"""What every reader is given and what it gives back.

A reader is a module of this package with two functions:

    def fits(head: Head) -> str | None      why this format fits what the file holds, or None
    def read(head: Head, options: ReadOptions) -> Iterator[Event]

`read` streams: it never holds more than one dialogue of the file in memory. A line that cannot be understood costs that
line alone (a `Rejected` event); only a file that holds nothing of the format raises `SourceError`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from roleinstruct.records import Event

__all__ = ["Head", "ReadOptions", "Reader"]


@dataclass(frozen=True, slots=True)
class Head:
    """A source file and its beginning: enough to tell its format.

    Attributes:
        path: Where the file lies.
        name: Its name relative to the root of the source, with forward slashes; every `Place` uses it.
        encoding: The encoding that was detected, as Python names it; "" for a file that is no text (Parquet,
            a picture or zip with a character card).
        text: The first 64 KiB, decoded, cut at a line end.
    """

    path: Path
    name: str
    encoding: str
    text: str


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What a user may say about a source.

    Attributes:
        columns: For tables: which column holds what; keys "speaker", "text", and optionally "emotion", "dialogue",
            "instruction", "input", "response".
        labels: Emotion words of the source to names of the ten; replaces the reader's own table.
        gap: For sources with times: seconds of silence that end a dialogue; None for the reader's own default.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    gap: float | None = None


class Reader(Protocol):
    """The two functions that every reader module has."""

    def fits(self, head: Head) -> str | None:
        """Say why the format fits, in a few words, or None."""

    def read(self, head: Head, options: ReadOptions) -> Iterator[Event]:
        """Yield the file's events in order."""
