"""The builders, recipes and card templates that come with the package: the only module that knows where they are.

In a wheel they lie inside the package under `_data`; in a checkout (an editable install too) they are the top-level
folders, read live.
"""

import shutil
from pathlib import Path

from roleinstruct.errors import AssetError
from roleinstruct.nearest import nearest

__all__ = ["KINDS", "copy", "find", "listing", "root"]

KINDS = ("builders", "recipes", "model_cards")
"""The asset folders."""


def root() -> Path:
    """The folder that holds `builders`, `recipes` and `model_cards`.

    Raises:
        AssetError: The installation is damaged.
    """
    packaged = Path(__file__).parent / "_data"
    if packaged.is_dir():
        return packaged
    checkout = Path(__file__).parents[2]
    if (checkout / "pyproject.toml").is_file() and (checkout / "builders").is_dir():
        return checkout
    raise AssetError(f"the package's assets are neither in {packaged} nor in {checkout}: install roleinstruct again.")


def listing(kind: str) -> list[str]:
    """The names of the assets of a kind, sorted, as `find` takes them: "sample.yaml", "accelerate/ddp.yaml".

    These are the files at the top and the YAML files of the folders; other files in folders belong to the first.
    """
    folder = root() / kind
    files = [*folder.glob("*"), *folder.glob("*/**/*.yaml")]
    return sorted(p.relative_to(folder).as_posix() for p in files if p.is_file() and not p.name.startswith("."))


def find(name: str, kind: str | None = None) -> Path:
    """The path of an asset.

    Args:
        name: "sample.yaml", "sample" or "builders/sample.yaml"; also a folder such as "builders/sample".
        kind: One of `KINDS`, to look nowhere else.

    Raises:
        AssetError: There is none of that name; the message lists what there is.
    """
    for folder in (kind,) if kind else KINDS:
        bare = name.removeprefix(f"{folder}/")
        if ".." in Path(bare).parts or Path(bare).is_absolute():
            continue
        for candidate in (root() / folder / bare, *(root() / folder / f"{bare}{s}" for s in (".yaml", ".md"))):
            if candidate.is_file() or (candidate.is_dir() and name.startswith(f"{folder}/")):
                return candidate
    known = [f"{folder}/{asset}" for folder in ((kind,) if kind else KINDS) for asset in listing(folder)]
    near = nearest(Path(name).stem, [Path(asset).stem for asset in known])
    raise AssetError(f"no asset is named {name!r}{near}; there are {', '.join(known)}.")


def copy(name: str, target: Path) -> Path:
    """Copy an asset to where its user can edit it.

    Args:
        name: As `find` takes it.
        target: A file name, or a folder that exists.

    Returns:
        The file written.

    Raises:
        AssetError: There is no such asset, or the target exists already.
    """
    source = find(name)
    target = target / source.name if target.is_dir() else target
    if target.exists():
        raise AssetError(f"{target} exists already: choose another name, or move it away first.")
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        shutil.copyfile(source, target)
    return target
