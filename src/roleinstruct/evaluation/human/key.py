"""The key of a study: whose answer is whose. It stays with those who lead, and is never given to raters."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from roleinstruct.errors import SourceError
from roleinstruct.evaluation.human.study import Study
from roleinstruct.files import whole

__all__ = ["KEY", "Entry", "Key", "read_key", "write_key"]

KEY = "key.json"
"""The name of the file."""

_FORMAT = "roleinstruct rating key 1"


@dataclass(frozen=True, slots=True)
class Entry:
    """One answer.

    Attributes:
        item: The item's id in the benchmark.
        systems: Who gave it.
        text: What it says, to know its row again.
    """

    item: str
    systems: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Key:
    """A key.

    Attributes:
        answers: By answer id.
        raters: Those who were given a sheet.
    """

    answers: Mapping[str, Entry]
    raters: tuple[str, ...]

    @property
    def systems(self) -> list[str]:
        """All systems, in the order in which they first answer."""
        return list(dict.fromkeys(system for entry in self.answers.values() for system in entry.systems))


def write_key(study: Study, raters: tuple[str, ...], path: Path) -> None:
    """Write the key so that only its owner may read it."""
    answers = {
        answer.id: {"item": asked.item, "systems": list(study.systems[answer.id]), "text": answer.text}
        for asked in study.questions
        for answer in asked.answers
    }
    document = {"format": _FORMAT, "raters": list(raters), "answers": answers}
    with whole(path, private=True) as file:
        file.write((json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode())


def read_key(path: Path) -> Key:
    """Read a key.

    Raises:
        SourceError: There is none, or the file is no key.
    """
    try:
        document: Any = json.loads(path.read_bytes())
    except OSError as error:
        raise SourceError(
            f"{path} cannot be read ({error.strerror}): name the {KEY} that humans sheet wrote with --key."
        ) from error
    except ValueError as error:
        raise SourceError(f"{path} is no JSON ({error}); expected the {KEY} that humans sheet wrote.") from error
    if not isinstance(document, dict) or document.get("format") != _FORMAT:
        raise SourceError(f"{path} is no key of rating sheets; expected the {KEY} that humans sheet wrote.")
    try:
        answers = {
            name: Entry(entry["item"], tuple(entry["systems"]), entry["text"])
            for name, entry in document["answers"].items()
        }
        return Key(answers, tuple(document["raters"]))
    except (AttributeError, KeyError, TypeError) as error:
        raise SourceError(f"{path} is damaged ({error!r}); expected the {KEY} as humans sheet wrote it.") from error
