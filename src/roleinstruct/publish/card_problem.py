"""Something in a card that a hub would refuse, or a reader could not use."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Problem", "is_repo_id", "listed", "named"]


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong.

    Attributes:
        where: The key of the YAML, or a line.
        what: What was found.
        mend: What to write instead.
    """

    where: str
    what: str
    mend: str

    def __str__(self) -> str:
        """One sentence."""
        return f"{self.where}: {self.what}; {self.mend}"


def listed(value: Any) -> list[Any]:  # noqa: ANN401 - YAML: one value, or a list of them
    """The values of a key that takes one or several."""
    return value if isinstance(value, list) else [] if value is None else [value]


def is_repo_id(name: object) -> bool:
    """Whether a value can be the name of a repository, "owner/name" or one of the old names without an owner."""
    return isinstance(name, str) and bool(_REPO_ID.fullmatch(name)) and ".." not in name and "--" not in name


def named(metadata: Mapping[str, Any], key: str) -> Iterator[Problem]:
    """The problems of a key that holds names of repositories."""
    for name in listed(metadata.get(key)):
        if not is_repo_id(name):
            yield Problem(key, f"{name!r} is no repository of the Hub", "write owner/name, or leave the key out")


_REPO_ID = re.compile(r"(?:[A-Za-z0-9][\w.-]{0,95}/)?[A-Za-z0-9_][\w.-]{0,95}", re.ASCII)
