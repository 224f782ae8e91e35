"""An adapter that was trained on a local copy of its base, put on the base's public name."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from roleinstruct.errors import ConfigError, FolderError
from roleinstruct.publish.card_problem import is_repo_id
from roleinstruct.publish.staging import Staged

__all__ = ["with_base"]


def with_base(staged: Staged, base_model: str) -> Staged:
    """The files of an adapter in which the base bears another name: what was trained on is the same model.

    Args:
        staged: The adapter.
        base_model: "owner/name".

    Raises:
        ConfigError: The name is none.
        FolderError: A file of the adapter cannot be read.
    """
    if Path(base_model).exists() or base_model.count("/") != 1 or not is_repo_id(base_model):
        raise ConfigError(
            f"--base-model {base_model} (in Python base_model=) is no name on a hub; expected owner/name."
        )
    files = dict(staged.files)
    for name, amend in _AMENDS.items():
        if name in files:
            try:
                files[name] = amend(staged.text(name), base_model).encode("utf-8")
            except (ValueError, yaml.YAMLError, TypeError, KeyError, AttributeError) as error:
                raise FolderError(f"{staged.root / name} cannot be read ({error}): train the adapter again.") from error
    return replace(staged, files=files)


def _config(text: str, base: str) -> str:
    return _json(json.loads(text) | {"base_model_name_or_path": base})


def _record(text: str, base: str) -> str:
    words = json.loads(text)
    if "base" in words:
        words["base"] |= {"name": base, "is_local": False}
    return _json(words)


def _recipe(text: str, base: str) -> str:
    words = yaml.safe_load(text)
    words["model"]["name_or_path"] = base
    return yaml.safe_dump(words, allow_unicode=True, sort_keys=False)


def _json(words: Any) -> str:  # noqa: ANN401 - any JSON document
    return json.dumps(words, ensure_ascii=False, indent=2) + "\n"


_AMENDS: dict[str, Callable[[str, str], str]] = {
    "adapter_config.json": _config,
    "training.json": _record,
    "recipe.yaml": _recipe,
}
