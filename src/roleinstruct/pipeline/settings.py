"""Single keys of a builder file, set by the words of a command line."""

from collections.abc import Iterable

from roleinstruct.pipeline.config import BuildConfig
from roleinstruct.settings import with_keys

__all__ = ["with_settings"]


def with_settings(config: BuildConfig, settings: Iterable[str]) -> BuildConfig:
    """The same build with some of its keys set anew, in the order in which they are said.

    Args:
        config: A build.
        settings: As `with_keys` takes them, such as "model.samples=3" or "source.characters=[Ann, Bob]".

    Raises:
        ConfigError: One says nothing, or a key or value has no meaning in a builder file.
    """
    return BuildConfig.checked(with_keys(config.model_dump(), settings), "--set")
