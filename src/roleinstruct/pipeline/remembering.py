"""What a data set folder was last worked on with."""

from pathlib import Path

from roleinstruct.dataset.folder import WORK, DataFolder
from roleinstruct.errors import FolderError
from roleinstruct.pipeline.config import BuildConfig

__all__ = ["REMEMBERED", "expect_folder", "remembered"]

REMEMBERED = f"{WORK}/build.json"
"""Where a folder keeps its configuration."""


def expect_folder(out: Path) -> Path:
    """The same folder.

    Raises:
        FolderError: There is nothing of that name, or a file.
    """
    if not out.is_dir():
        what = "is a file" if out.exists() else "does not exist"
        raise FolderError(
            f"{out} {what}, and a data set folder was expected: check the path, or run roleinstruct build first."
        )
    return out


def remembered(out: Path, default: BuildConfig | None = None) -> BuildConfig:
    """The configuration that a data set folder was last worked on with.

    Args:
        out: The data set folder.
        default: What to give for a folder that was never worked on; None makes that an error.

    Raises:
        FolderError: The folder was never worked on, or was rebuilt from an overlay.
        ConfigError: It was worked on by a version with other settings.
    """
    if default is None:
        expect_folder(out)
    elif not (out / REMEMBERED).exists():
        return default
    if (out / "reports/overlay.json").is_file() and not (out / REMEMBERED).exists():
        raise FolderError(
            f"{out} was rebuilt from an overlay, and has no steps that could be run again: it is what its maker built; "
            "build a folder of your own from the script for that."
        )
    return BuildConfig.checked(DataFolder(out).read_json(REMEMBERED), str(out / REMEMBERED))
