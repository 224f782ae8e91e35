"""The word lists of the privacy room, read once from the data files beside this module."""

import re
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

__all__ = ["any_of", "names", "words"]


@cache
def words(block: str) -> frozenset[str]:
    """A block of `words.yaml`."""
    return frozenset(_read("words.yaml")[block].split())


@cache
def names(language: str, block: str) -> tuple[str, ...]:
    """A block of `pseudonyms.yaml`, in order.

    Args:
        language: "chinese" or "english".
        block: Such as "pool_male".
    """
    return tuple(dict.fromkeys(_read("pseudonyms.yaml")[language][block].split()))


def any_of(alternatives: frozenset[str] | tuple[str, ...] | list[str]) -> str:
    """An expression for any of some words, the longest first; one that never matches for none."""
    if not alternatives:
        return r"(?!)"
    return "(?:" + "|".join(map(re.escape, sorted(alternatives, key=lambda w: (-len(w), w)))) + ")"


@cache
def _read(file: str) -> dict[str, Any]:
    return dict(yaml.safe_load((files("roleinstruct.cleaning.privacy") / file).read_text(encoding="utf-8")))
