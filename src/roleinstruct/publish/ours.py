"""What in a repository of a data set is ours, by its name: it goes when what is published has it no more.

All else that lies there is somebody's, and stays.
"""

import re
from collections.abc import Collection

from roleinstruct.dataset import overlay_tables
from roleinstruct.dataset.features import CONFIGS
from roleinstruct.dataset.overlay_tables import OVERLAY
from roleinstruct.dataset.splits import UNSEEN

__all__ = ["SPLITS", "TABLES", "holds_whole_texts", "is_ours"]

SPLITS = ("train", "validation", "test", UNSEEN)
"""The splits of our tables."""

TABLES = tuple(dict.fromkeys((*CONFIGS, *overlay_tables.TABLES)))
"""The tables of a data set, whole or an overlay."""


def is_ours(path: str) -> bool:
    """Whether a file of this name is a part of a data set that was pushed before."""
    return path == OVERLAY or any(pattern.fullmatch(path) for pattern in _OURS)


def holds_whole_texts(paths: Collection[str]) -> bool:
    """Whether tables of a data set lie there that is no overlay."""
    tables = {path.partition("/")[0] for path in paths if _SHARD.fullmatch(path)}
    return bool(tables - set(overlay_tables.TABLES) if OVERLAY in paths else tables)


_REPORTS = (
    "accounting agreement builder contamination croissant duplicates figures generation import lint mixture overlay "
    "privacy sources statistics"
)
_FIGURES = "emotions flow heatmap lengths traits verbs-en verbs-zh"


def _one_of(names: Collection[str]) -> str:
    return f"(?:{'|'.join(names)})"


_SHARD = re.compile(rf"{_one_of(TABLES)}/{_one_of(SPLITS)}-[0-9]{{5}}-of-[0-9]{{5}}\.parquet")
_OURS = (
    _SHARD,
    re.compile(rf"reports/{_one_of(_REPORTS.split())}\.json"),
    re.compile(rf"figures/(?:index\.html|{_one_of(_FIGURES.split())}\.(?:png|svg))"),
)
