"""Where the folders lie that `evaluate.load` takes."""

from pathlib import Path

from roleinstruct.errors import AssetError

__all__ = ["metric_folder"]


def metric_folder(name: str) -> Path:
    """The folder of a metric, as in `evaluate.load(str(metric_folder("roleplay_rouge_l")))`.

    Args:
        name: "roleplay_rouge_l" or "roleplay_rpcs".

    Raises:
        AssetError: There is none of that name.
    """
    spaces = Path(__file__).parent / "spaces"
    known = sorted(folder.name for folder in spaces.iterdir() if (folder / f"{folder.name}.py").is_file())
    if name not in known:
        raise AssetError(f"there is no metric {name!r}; there are {', '.join(known)}.")
    return spaces / name
