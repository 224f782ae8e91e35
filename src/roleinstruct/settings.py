"""Single keys of a YAML file's words, set by the words of a command line."""

from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any

import yaml

from roleinstruct.errors import ConfigError

__all__ = ["with_keys"]


def with_keys(words: Mapping[str, Any], settings: Iterable[str]) -> dict[str, Any]:
    """A copy of the words with some keys set anew, in the order in which they are said.

    Args:
        words: What a builder file or a recipe holds.
        settings: Each a dotted key, "=", and a value in YAML, such as "model.samples=3" or
            "source.characters=[Ann, Bob]"; a block that is not there yet is made.

    Raises:
        ConfigError: One says nothing, its value is no YAML, or its key leads through what is no block.

    Examples:
        >>> with_keys({"sft": {"seed": 1}}, ["sft.max_steps=20"])
        {'sft': {'seed': 1, 'max_steps': 20}}
    """
    changed = deepcopy(dict(words))
    for setting in settings:
        key, equals, value = setting.partition("=")
        if not (key and equals):
            raise ConfigError(f"--set {setting} says nothing; expected KEY=VALUE, such as --set block.key=3.")
        _put(changed, key, _read(value, setting))
    return changed


def _read(value: str, setting: str) -> object:
    try:
        read: object = yaml.safe_load(value)
    except (yaml.YAMLError, ValueError) as error:  # PyYAML lets ValueError through for a date such as 2024-13-01
        raise ConfigError(f"--set {setting}: the value is no YAML: {' '.join(str(error).split())}") from error
    return read


def _put(words: dict[str, Any], key: str, value: object) -> None:
    *blocks, last = key.split(".")
    for block in blocks:
        inner = words.setdefault(block, {})
        if not isinstance(inner, dict):
            raise ConfigError(f"--set {key}: {block} is {inner!r} and holds no keys; see roleinstruct assets show.")
        words = inner
    words[last] = value
