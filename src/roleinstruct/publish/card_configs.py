"""The tables that a card tells of, by `configs` and `dataset_info`: ours, and what a person added to them."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from roleinstruct.publish.ours import SPLITS, TABLES

__all__ = ["rows", "with_configs"]


def with_configs(
    merged: Mapping[str, Any], ours: Mapping[str, Any], theirs: Mapping[str, Any], keep_splits: bool
) -> dict[str, Any]:
    """The YAML of a card with the tables of both cards.

    Args:
        merged: What was merged of the two.
        ours: The YAML of the local card.
        theirs: That of the card in the repository.
        keep_splits: Whether splits that a person added to tables of ours stay.

    Returns:
        Our tables as they are now, with the splits that a person added to them, and other tables of theirs. Tables of
        ours that are no longer there are gone. Of a card of ours without tables, such as a model's, `merged` as it is.
    """
    if "configs" not in ours:
        return dict(merged)
    found, own = dict(merged), {key: rows(ours.get(key)) for key in ("configs", "dataset_info")}
    if "configs" in theirs:
        before = rows(theirs["configs"])
        found["configs"] = _merged(own["configs"], _of_others(before, keep_splits, *_CONFIG), *_CONFIG)
        _keep_one_default(found["configs"], [row.get("config_name") for row in before if row.get("default")])
    if "dataset_info" in theirs:
        # A table of which ours states no columns has others than it had when theirs stated them.
        other = [t for t in TABLES if t in _names(own["configs"]) and t not in _names(own["dataset_info"])]
        before = [row for row in rows(theirs["dataset_info"]) if row.get("config_name") not in other]
        found["dataset_info"] = _merged(own["dataset_info"], _of_others(before, keep_splits, *_INFO), *_INFO)
        if not found["dataset_info"]:
            del found["dataset_info"]
    return found


def rows(value: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - YAML: one block, or a list of them
    """Blocks of a card's YAML, where one may stand for a list of one; anything else is none."""
    found = value if isinstance(value, list) else [value] if isinstance(value, dict) else []
    return [dict(row) for row in found if isinstance(row, dict)]


def _of_others(theirs: list[dict[str, Any]], keep_splits: bool, part: str, name: str) -> Iterator[dict[str, Any]]:
    """Of rows of theirs what we do not write: other tables, and the splits that a person added to ours.

    Args:
        theirs: Rows of `configs` or of `dataset_info`.
        keep_splits: Whether there are such splits.
        part: Where a row lists its splits.
        name: Where a split there has its name.
    """
    for row in theirs:
        added = [split for split in rows(row.get(part)) if split.get(name) not in SPLITS]
        if row.get("config_name") not in TABLES:
            yield row
        elif keep_splits and added:
            yield {**row, part: added}


def _merged(ours: list[dict[str, Any]], others: Iterable[dict[str, Any]], part: str, name: str) -> list[dict[str, Any]]:
    own, merged = _names(ours), list(ours)
    for row in others:
        if row.get("config_name") not in own:
            merged.append(row)
        elif row["config_name"] in TABLES:
            known = merged[own.index(row["config_name"])]
            if told := [split.get(name) for split in rows(known.get(part))]:
                known[part] = [*known[part], *(split for split in row[part] if split.get(name) not in told)]
    return merged


def _names(found: list[dict[str, Any]]) -> list[Any]:
    return [row.get("config_name") for row in found]


def _keep_one_default(configs: list[dict[str, Any]], theirs: list[Any]) -> None:
    """Leave one default: without one `load_dataset(repo)` opens nothing, and with two it does not know which."""
    defaults = [row for row in configs if row.get("default")]
    kept = next((row for row in defaults if row.get("config_name") in theirs), defaults[0] if defaults else None)
    for row in defaults:
        if row is not kept:
            del row["default"]


_CONFIG, _INFO = ("data_files", "split"), ("splits", "name")
"""Where a row of `configs`, and one of `dataset_info`, lists its splits, and where a split has its name."""
