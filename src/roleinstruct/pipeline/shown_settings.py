"""The settings of a build as they may be published: a builder file without what is of this machine alone."""

import re
from typing import Any

from roleinstruct.pipeline.config import BuildConfig

__all__ = ["shown_settings"]


def shown_settings(config: BuildConfig) -> dict[str, Any]:
    """The settings that are not the usual ones, as a builder file: without paths of this machine, servers and people.

    Names of people stay out where they were replaced by others.
    """
    found: dict[str, Any] = config.model_dump(mode="json", exclude_defaults=True)
    found.get("source", {}).pop("path", None)
    for key in ("base_url", "max_cost"):
        found.get("model", {}).pop(key, None)
    if config.privacy.names == "replace":
        found.get("privacy", {}).pop("keep", None)
        if isinstance(config.source.characters, tuple):
            found["source"].pop("characters")
    return {block: _homeless(words) for block, words in found.items() if words}


def _homeless(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """The same with the last name of every path of this machine, such as "flag:bge" for "flag:/home/ann/bge"."""
    if isinstance(value, dict):
        return {key: _homeless(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_homeless(one) for one in value]
    return _PATH.sub(r"\1\2", value) if isinstance(value, str) else value


_PATH = re.compile(r"^((?:flag:|m3:|sentence:)?)(?:/|~/|[A-Za-z]:[\\/]).*?([^/\\]+)[/\\]?$")
