"""A recipe's file: where it is looked for, and what is no recipe at all."""

from pathlib import Path
from typing import Any

import yaml

from roleinstruct import assets
from roleinstruct.errors import AssetError, ConfigError
from roleinstruct.nearest import nearest

__all__ = ["read_recipe", "recipe_path"]


def recipe_path(name_or_path: str) -> Path:
    """The file of a recipe.

    Args:
        name_or_path: A path, or the name of a recipe that comes with the package: "glm4-9b-lora",
            "recipes/glm4-9b-lora.yaml". A file of the user's comes first.

    Raises:
        ConfigError: There is none.
    """
    path = Path(name_or_path)
    if path.is_file():
        return path
    if path.parent not in (Path(), Path("recipes"), Path("accelerate"), Path("recipes/accelerate")):
        raise ConfigError(f"{name_or_path} is no file, and a recipe was expected: check the path.")
    try:
        return assets.find(name_or_path, "recipes")
    except AssetError as error:
        names = [name.removesuffix(".yaml") for name in assets.listing("recipes") if "/" not in name]
        near = nearest(path.name.removesuffix(".yaml"), names)
        raise ConfigError(
            f"{name_or_path} is no file, and no recipe of the package{near}; there are {', '.join(names)}."
        ) from error


def read_recipe(path: Path) -> dict[str, Any]:
    """The blocks of a recipe's file, not yet checked.

    Raises:
        ConfigError: It cannot be read, is no UTF-8, no YAML, no mapping, or a config of accelerate.
    """
    try:
        words = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not UTF-8 ({error.reason} at byte {error.start}); save it as UTF-8.") from error
    except (yaml.YAMLError, ValueError) as error:  # PyYAML lets ValueError through for a date such as 2024-13-01
        raise ConfigError(f"{path} is no YAML: {' '.join(str(error).split())}") from error
    if not isinstance(words, dict):
        found = "is empty" if words is None else f"holds a {type(words).__name__}"
        raise ConfigError(
            f"{path} {found}, and a recipe's blocks were expected: see roleinstruct assets show recipes/tiny-glm.yaml."
        )
    if "distributed_type" in words:
        raise ConfigError(
            f"{path} is a config of accelerate, no recipe: use it as accelerate launch --config_file {path} "
            "-m roleinstruct train RECIPE."
        )
    return words
