"""Single keys of a builder file, set by the words of a command line."""

from collections.abc import Iterable
from typing import Any

import yaml

from roleinstruct.errors import ConfigError
from roleinstruct.pipeline.config import BuildConfig

__all__ = ["with_settings"]


def with_settings(config: BuildConfig, settings: Iterable[str]) -> BuildConfig:
    """The same build with some of its keys set anew, in the order in which they are said.

    Args:
        config: A build.
        settings: Each a dotted key of a builder file, "=", and a value in YAML, such as "model.samples=3" or
            "source.characters=[Ann, Bob]".

    Raises:
        ConfigError: One says nothing, or a key or value has no meaning in a builder file.
    """
    words = config.model_dump()
    for setting in settings:
        key, equals, value = setting.partition("=")
        if not (key and equals):
            raise ConfigError(f"--set {setting} says nothing; expected KEY=VALUE, such as --set model.samples=3.")
        _put(words, key, _read(value, setting))
    return BuildConfig.checked(words, "--set")


def _read(value: str, setting: str) -> object:
    try:
        read: object = yaml.safe_load(value)
    except (yaml.YAMLError, ValueError) as error:  # PyYAML lets ValueError through for a date such as 2024-13-01
        raise ConfigError(f"--set {setting}: the value is no YAML: {' '.join(str(error).split())}") from error
    return read


def _put(words: dict[str, Any], key: str, value: object) -> None:
    """Set one key; a block that is not there yet is made, and refused when the whole is checked."""
    *blocks, last = key.split(".")
    for block in blocks:
        inner = words.setdefault(block, {})
        if not isinstance(inner, dict):
            raise ConfigError(f"--set {key}: {block} is {inner!r} and holds no keys; see roleinstruct assets show.")
        words = inner
    words[last] = value
