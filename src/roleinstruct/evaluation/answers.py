"""A system's answers, in a file of JSON Lines: what it is in the first line, then one answer a line.

    {"system": "glm4-hao", "settings": {"temperature": 0.95}, "items": "<digest>"}
    {"id": "spe-郝建国-qa-00012", "answer": "那铺子是我师傅留下的。"}

A file of somebody else's need only have the second kind of line; its name is then the system's.
"""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TextIO

from roleinstruct.errors import ConfigError, SourceError

__all__ = ["AnswerFile", "Answers", "read_answers"]


@dataclass(frozen=True, slots=True)
class Answers:
    """What a system answered.

    Attributes:
        system: Its name.
        texts: Answers by the id of the item.
        settings: How they came about: model, sampling, seed; {} where the file does not say.
        items: The digest of the benchmark that was asked, see `items.digest_of`; "" where the file does not say.
        path: The file.
    """

    system: str
    texts: Mapping[str, str]
    settings: Mapping[str, Any] = field(default_factory=dict)
    items: str = ""
    path: Path = Path()


def read_answers(path: Path) -> Answers:
    """Read a file of answers.

    A last line that was cut off, as by a full disk, is left out: it will be answered again.

    Raises:
        SourceError: The file cannot be read, a line is no answer, or an item is answered twice and differently.
    """
    header: dict[str, Any] = {}
    texts: dict[str, str] = {}
    for number, row in _rows(path):
        if "system" in row and "answer" not in row:
            header = row
            continue
        name, text = row.get("id"), row.get("answer")
        if not isinstance(name, str) or not isinstance(text, str):
            raise SourceError(f'{path}:{number} is no answer, expected {{"id": "…", "answer": "…"}}: mend the line.')
        if texts.setdefault(name, text) != text:
            raise SourceError(f"{path}:{number} answers {name} a second time and differently: keep one of the two.")
    system = str(header.get("system") or path.stem)
    return Answers(system, texts, header.get("settings") or {}, str(header.get("items") or ""), path)


class AnswerFile:
    """A file that answers are added to, each on the disk before the next; to be used in a `with` block.

    Args:
        path: New, or the file of a run that was stopped.
        system: The system's name.
        settings: How it answers.
        items: The digest of the whole benchmark, of which a part may be asked.

    Raises:
        ConfigError: On entering: the file holds answers of another system, under other settings, or to another
            benchmark.
        SourceError: On entering: it holds what is no answer.
    """

    def __init__(self, path: Path, system: str, settings: Mapping[str, Any], items: str) -> None:
        self.path = path
        self.known: dict[str, str] = {}
        self._header: dict[str, Any] = {"system": system, "settings": dict(settings), "items": items}
        self._file: TextIO | None = None

    def __enter__(self) -> Self:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if self.path.exists() and self.path.stat().st_size:
            self._expect_same(read_answers(self.path))
            _cut_off_half_a_line(self.path)
            self.known = dict(read_answers(self.path).texts)
            self._file = self.path.open("a", encoding="utf-8")
        else:
            self._file = self.path.open("w", encoding="utf-8")
            self._write(self._header)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, at: TracebackType | None) -> None:
        assert self._file is not None
        self._file.close()

    def add(self, item: str, answer: str) -> None:
        """Keep the answer to an item."""
        self._write({"id": item, "answer": answer})
        self.known[item] = answer

    def _write(self, row: Mapping[str, Any]) -> None:
        assert self._file is not None
        self._file.write(json.dumps(row, ensure_ascii=False) + "\n")
        self._file.flush()

    def _expect_same(self, found: Answers) -> None:
        there = {"system": found.system, "settings": dict(found.settings), "items": found.items}
        for name, asked in self._header.items():
            was, now = (json.dumps(value, ensure_ascii=False, sort_keys=True) for value in (there[name], asked))
            if was != now and name == "items":
                raise ConfigError(
                    f"{self.path} holds answers to another benchmark (digest {found.items[:8] or 'unknown'}) than that "
                    f"of this data set ({self._header['items'][:8]}): it is of another data set, of this one before it "
                    "was built anew, or of a part by an older version; give another file, or remove this one."
                )
            if was != now:
                raise ConfigError(
                    f"{self.path} was answered with the {name} {was[:120]}, and now {now[:120]} is asked for: give "
                    "another file, or remove this one."
                )


def _rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise SourceError(f"{path} cannot be read ({error.strerror}); expected a file of answers.") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line.decode("utf-8-sig"))
        except ValueError as error:
            if number == len(lines):  # no line end behind it: it was cut off
                return
            raise SourceError(f"{path}:{number} is no JSON ({error}); expected one answer a line.") from error
        if not isinstance(row, dict):
            raise SourceError(f"{path}:{number} is {row!r}, expected an object with id and answer.")
        yield number, row


def _cut_off_half_a_line(path: Path) -> None:
    """Remove what stands behind the last line end, which a run that was killed has left."""
    with path.open("rb+") as file:
        content = file.read()
        file.seek(content.rfind(b"\n") + 1, os.SEEK_SET)
        file.truncate()
