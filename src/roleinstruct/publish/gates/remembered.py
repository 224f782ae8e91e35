"""What the gates found in files that are as they were: a folder that is pushed again need not be read again."""

import hashlib
import json
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from functools import cache
from importlib.metadata import version
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

import roleinstruct
from roleinstruct.dataset.folder import PRIVATE
from roleinstruct.errors import ConfigError
from roleinstruct.files import whole
from roleinstruct.publish.gates.finding import Finding

__all__ = ["MEMORY", "Found", "Linted", "Memory"]

MEMORY = f"{PRIVATE}/gates.json"
"""Where a data set folder keeps it."""

Found = dict[str, list[Finding]]
"""The findings of one file by a digest of the text that they are in, each text where it stands first in the file."""


class Linted(BaseModel):
    """What the linter said of a data set: the score, 0 to 100, and the ids of the rules that found something."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    score: float
    rules: tuple[str, ...]


class Memory:
    """What was found before, before any exception, by the digests of what it was found in.

    Args:
        folder: The data set folder; None remembers nothing.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._path = folder / MEMORY if folder else None
        self._new = _Document(judges=_judges() if folder else "")
        self._old = _read(self._path, self._new.judges) if self._path else _Document()

    def texts(self, name: str, sha256: str, look: Callable[[], Found]) -> Found:
        """What was found in the file of that name and content; `look` finds it where that is not known."""
        known = self._old.files.get(name)
        self._new.files[name] = known if known and known.sha256 == sha256 else _File(sha256=sha256, found=look())
        return self._new.files[name].found

    def linted(self, digest: str, look: Callable[[], Linted]) -> Linted:
        """What the linter said of tables of that digest; `look` finds it where that is not known."""
        known = self._old.lint
        self._new.lint = known if known and known.digest == digest else _Lint(digest=digest, linted=look())
        return self._new.lint.linted

    def write(self) -> None:
        """Keep what was asked for, and nothing else; a folder that cannot be written to is looked through each time."""
        if self._path and self._new != self._old:
            with suppress(OSError, ConfigError), whole(self._path, private=True) as file:
                file.write(json.dumps(self._new.model_dump(), default=asdict, indent=1).encode())


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    sha256: str
    found: Found


class _Lint(BaseModel):
    model_config = ConfigDict(extra="forbid")

    digest: str
    linted: Linted


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid")

    judges: str = ""
    files: dict[str, _File] = Field(default_factory=dict[str, _File])
    lint: _Lint | None = None


def _read(path: Path, judges: str) -> _Document:
    """What lies there, if it is whole and what judged then is what judges now."""
    try:
        document = _Document.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):  # it can be found out again
        return _Document()
    return document if document.judges == judges else _Document()


@cache
def _judges() -> str:
    """A digest of all that a finding can come of beside the data: this package, Python's tables of Unicode, ftfy's."""
    digest = hashlib.sha256(f"{roleinstruct.__version__} {sys.version} {version('ftfy')}".encode())
    root = Path(roleinstruct.__file__).parent
    for path in sorted((*root.rglob("*.py"), *root.rglob("*.yaml"))):
        digest.update(f"\n{path.relative_to(root).as_posix()}\n".encode() + path.read_bytes())
    return digest.hexdigest()
