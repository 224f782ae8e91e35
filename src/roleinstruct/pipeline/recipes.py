"""A recipe held against a data set folder: its `data` block, and the base that is made of the folder."""

from pathlib import Path

from pydantic import ValidationError

from roleinstruct.dataset.mixture import MixtureConfig
from roleinstruct.errors import ConfigError
from roleinstruct.pipeline.listener import Listener
from roleinstruct.pipeline.tiny import TINY_GLM, ensure_tiny_glm
from roleinstruct.training.recipe import Recipe

__all__ = ["mixture_config", "with_base"]


def mixture_config(recipe: Recipe) -> MixtureConfig:
    """A recipe's `data` block.

    Raises:
        ConfigError: A key or value has no meaning there.
    """
    try:
        return MixtureConfig.model_validate(recipe.data)
    except ValidationError as error:
        found = error.errors()[0]
        where = ".".join(str(part) for part in ("data", *found["loc"]))
        known = f"; there are {', '.join(MixtureConfig.model_fields)}" if found["type"] == "extra_forbidden" else ""
        said = found["msg"].removeprefix("Value error, ")
        raise ConfigError(f"{recipe.path}: {where} is {found['input']!r}: {said}{known}.") from error


def with_base(recipe: Recipe, data: Path, folder: Path, listener: Listener) -> Recipe:
    """The recipe with a base that can be loaded: where it names the tiny GLM, that is made of the data set folder.

    Args:
        recipe: As it was read.
        data: The data set folder.
        folder: Where a model that is made is put.
        listener: Hears of it.

    Raises:
        FolderError: `data` is no finished data set folder, or `folder` holds something else.
    """
    if recipe.model.name_or_path != TINY_GLM:
        return recipe
    made = ensure_tiny_glm(data, folder, listener=listener).resolve()
    return recipe.model_copy(update={"model": recipe.model.model_copy(update={"name_or_path": str(made)})})
