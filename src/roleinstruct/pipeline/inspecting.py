"""A recipe and a data set folder, looked at as training would see them."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from roleinstruct.dataset.folder import DataFolder
from roleinstruct.dataset.mixture import mix
from roleinstruct.pipeline.listener import Listener
from roleinstruct.pipeline.recipes import expect_rows, mixture_config, say_way
from roleinstruct.pipeline.tiny import TINY_GLM, ensure_tiny_glm
from roleinstruct.training.inspection import Inspection, inspect_examples
from roleinstruct.training.pretraining import Pretraining
from roleinstruct.training.recipe import Recipe
from roleinstruct.training.templates import load_tokenizer

__all__ = ["inspect"]


def inspect(
    recipe: Recipe, data: Path, *, show: int = 3, only: str | None = None, listener: Listener | None = None
) -> Inspection:
    """Mix and encode the training part of a data set folder, and look at what comes out.

    Args:
        recipe: What would be trained. Of the tiny GLM, no more is made than its tokenizer takes.
        data: The data set folder, which is only read.
        show: See `inspect_examples`.
        only: Likewise.
        listener: Hears how far it is.

    Raises:
        FolderError: `data` is no finished data set folder.
        ConfigError: There is nothing to train on, or see `inspect_examples`.
    """
    config, folder, heard = mixture_config(recipe), DataFolder(data), listener or Listener()
    folder.expect_there()
    with TemporaryDirectory(prefix="roleinstruct-") as temporary:
        usable = _usable(recipe, data, Path(temporary) / "tiny-glm", heard)
        say_way(usable, heard)
        tokenizer = load_tokenizer(usable)
        mixture = mix(
            folder,
            config,
            "train",
            count_tokens=lambda text: len(tokenizer(text, add_special_tokens=False)["input_ids"]),
        )
        expect_rows(mixture, recipe, folder)
        found = inspect_examples(usable, mixture.examples, show=show, only=only)
        return replace(found, model=recipe.model.name_or_path)


def _usable(recipe: Recipe, data: Path, folder: Path, listener: Listener) -> Recipe:
    """The recipe with a model whose small files are there."""
    if recipe.model.name_or_path != TINY_GLM:
        return recipe
    made = ensure_tiny_glm(data, folder, how=Pretraining(tokens=1, block=64, batch=1), listener=listener)
    return recipe.model_copy(update={"model": recipe.model.model_copy(update={"name_or_path": str(made)})})
