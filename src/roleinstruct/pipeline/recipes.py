"""A recipe held against a data set folder: its `data` block, and the base that is made of the folder."""

from pathlib import Path

from pydantic import ValidationError

from roleinstruct.dataset.folder import DataFolder
from roleinstruct.dataset.mixed import Mixture
from roleinstruct.dataset.mixture import MixtureConfig
from roleinstruct.errors import ConfigError
from roleinstruct.pipeline.listener import Listener
from roleinstruct.pipeline.tiny import TINY_GLM, ensure_tiny_glm
from roleinstruct.training.fetching import way_to
from roleinstruct.training.recipe import Recipe

__all__ = ["expect_rows", "mixture_config", "say_way", "with_base"]


def expect_rows(mixture: Mixture, recipe: Recipe, data: DataFolder) -> None:
    """Check that there is something to train on.

    Args:
        mixture: What the recipe takes of the folder's training part.
        recipe: The recipe.
        data: The data set folder.

    Raises:
        ConfigError: There is nothing.
    """
    if mixture.examples:
        return
    asks = data.has("specific") or data.has("general")
    if data.has("dialogues") and not asks and not mixture_config(recipe).dialogues:
        raise ConfigError(
            f"{data.root} has dialogues and no questions with answers, so that there is nothing to train on: train on "
            "turns of the dialogues with --set data.dialogues=200 (for each character), or have questions asked and "
            "answered first, see roleinstruct ask --help."
        )
    raise ConfigError(
        f"{data.root} has nothing to train on for the data block of {recipe.path}: it takes none of the folder's rows."
    )


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
        raise ConfigError(
            f"{recipe.said_by(where)}: {where} is {found['input']!r}: {said[0].lower()}{said[1:]}{known}."
        ) from error


def say_way(recipe: Recipe, listener: Listener) -> None:
    """Tell where a recipe's model comes from, if that takes its time."""
    if sentence := way_to(recipe.model.name_or_path):
        listener.say(sentence)


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
