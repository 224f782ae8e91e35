"""Spaces: a metric that `evaluate.load` runs."""

from pathlib import Path

from roleinstruct.metrics.folders import metric_folder
from roleinstruct.publish.metric_card import metric_card
from roleinstruct.publish.staging import CARD, Staged

__all__ = ["metric_space"]


def metric_space(name: str, repo_id: str) -> Staged:
    """The files of a metric as a Space; its script bears the repository's name, by which `evaluate` looks for it.

    Raises:
        AssetError: There is no such metric.
    """
    folder = metric_folder(name)
    script = repo_id.rpartition("/")[2]
    files: dict[str, Path | bytes] = {
        CARD: metric_card(name, repo_id).encode(),
        f"{script}.py": folder / f"{name}.py",
        "requirements.txt": b"roleinstruct[metrics]\n",
    }
    return Staged("metric", folder, files)
