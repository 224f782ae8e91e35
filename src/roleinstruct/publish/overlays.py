"""Whether what would be published is an overlay: a data set without the words of its script."""

import io
import json
from pathlib import Path

from roleinstruct.dataset.overlay_tables import OVERLAY, TABLES, overlay_features
from roleinstruct.publish.staging import Staged

__all__ = ["is_overlay", "lint_score_of"]


def is_overlay(staged: Staged) -> bool:
    """Whether there are an overlay's tables and no others; a file of its name alone makes none."""
    tables = [name for name in staged.files if name.endswith(".parquet")]
    return OVERLAY in staged.files and bool(tables) and all(_is_of_overlay(staged, name) for name in tables)


def lint_score_of(staged: Staged) -> float:
    """What the linter gave the data set that an overlay was made of, 0 to 100."""
    return float(json.loads(staged.text(OVERLAY)).get("lint_score", 0))


def _is_of_overlay(staged: Staged, name: str) -> bool:
    import pyarrow.parquet as pq

    table, content = name.partition("/")[0], staged.files[name]
    schema = pq.read_schema(content if isinstance(content, Path) else io.BytesIO(content))
    return table in TABLES and bool(schema.equals(overlay_features(table).arrow_schema))
