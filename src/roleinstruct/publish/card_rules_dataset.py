"""The rules for the card of a data set: its configs, its columns and its size, held against the files."""

import fnmatch
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from roleinstruct.publish.card_problem import Problem, is_repo_id, listed

__all__ = ["dataset_problems"]

Files = Mapping[str, Path | bytes]


def dataset_problems(metadata: Mapping[str, Any], files: Files | None) -> Iterator[Problem]:
    """What is wrong with the YAML of a data set's card.

    Args:
        metadata: The YAML.
        files: What is published with it; None where that is not known.
    """
    for name in listed(metadata.get("source_datasets")):
        kind, _, other = str(name).partition("|")
        if name not in ("original", "extended") and not (kind == "extended" and is_repo_id(other)):
            yield Problem(
                "source_datasets", f"{name!r} is neither original nor extended|owner/name", "write one of them"
            )
    configs = metadata.get("configs")
    if configs is None:
        return
    rows = [row for row in listed(configs) if isinstance(row, dict) and isinstance(row.get("config_name"), str)]
    if len(rows) < len(listed(configs)) or not rows:
        yield Problem("configs", "a config has no config_name", "write one for each")
        return
    yield from _names(rows)
    if files is not None:
        yield from _default(rows)
        tables = {name: content for name, content in files.items() if name.endswith(".parquet")}
        yield from _covered(rows, tables)
        yield from _columns(metadata, rows, tables)
        yield from _size(metadata, rows, tables)


def _names(rows: Sequence[Mapping[str, Any]]) -> Iterator[Problem]:
    names = [row["config_name"] for row in rows]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        yield Problem("configs", f"{twice[0]} is there twice", "leave one of them")


def _default(rows: Sequence[Mapping[str, Any]]) -> Iterator[Problem]:
    """A hub takes a card without a default, and `load_dataset(repo)` then opens nothing."""
    names = [row["config_name"] for row in rows]
    defaults = [row["config_name"] for row in rows if row.get("default")]
    if len(defaults) != 1 and len(rows) > 1 and "default" not in names:
        found = " and ".join(defaults) or "none"
        yield Problem("configs", f"{found} is the default, expected one", "write default: true at exactly one config")


def _covered(rows: Sequence[Mapping[str, Any]], tables: Files) -> Iterator[Problem]:
    """Every pattern must find files, and every file that is published here belongs to a config of ours."""
    folders = {name.partition("/")[0] for name in tables}
    for row in rows:
        for pattern in _patterns(row):
            is_ours = pattern.partition("/")[0] in folders or row.get("default")
            if is_ours and not any(fnmatch.fnmatchcase(name, pattern) for name in tables):
                yield Problem("configs", f"no file is named {pattern}", f"mend data_files of {row['config_name']}")
    everything = [pattern for row in rows for pattern in _patterns(row)]
    for name in tables:
        if name.partition("/")[0] != "rejected" and not any(fnmatch.fnmatchcase(name, p) for p in everything):
            yield Problem("configs", f"no config reads {name}", "add it to data_files")


def _patterns(row: Mapping[str, Any]) -> list[str]:
    files = row.get("data_files")
    found = [path for one in listed(files) for path in listed(one.get("path") if isinstance(one, dict) else one)]
    return [str(path) for path in found]


def _tables_of(row: Mapping[str, Any], tables: Files) -> list[Path | bytes]:
    return [content for name, content in tables.items() if any(fnmatch.fnmatchcase(name, p) for p in _patterns(row))]


def _columns(metadata: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], tables: Files) -> Iterator[Problem]:
    """The features that the card states are those that the Parquet files carry, names of classes and all."""
    from datasets import Features
    from datasets.info import DatasetInfo

    infos = {row.get("config_name"): row for row in listed(metadata.get("dataset_info")) if isinstance(row, dict)}
    for row in rows:
        name = row["config_name"]
        if name not in infos:
            continue
        try:
            stated = DatasetInfo._from_yaml_dict(infos[name]).features
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            yield Problem("dataset_info", f"the columns of {name} cannot be read ({error})", "write the card anew")
            continue
        for content in _tables_of(row, tables):
            found = Features.from_arrow_schema(_opened(content).schema_arrow)
            if stated is not None and found != stated:
                wrong = sorted(set(found) ^ set(stated)) or [key for key in found if found[key] != stated[key]]
                yield Problem("dataset_info", f"{wrong[0]} of {name} is another in the files", "write the card anew")
                break


def _size(metadata: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], tables: Files) -> Iterator[Problem]:
    from roleinstruct.dataset.card_metadata import size_category

    stated = listed(metadata.get("size_categories"))
    count = sum(_opened(content).metadata.num_rows for row in rows for content in _tables_of(row, tables))
    others = any(not _tables_of(row, tables) for row in rows)  # of somebody else, whose rows are not here
    if stated and tables and not others and stated != [size_category(count)]:
        yield Problem("size_categories", f"{stated} for {count:,} rows", f"write {size_category(count)}")


def _opened(content: Path | bytes) -> Any:  # noqa: ANN401 - a ParquetFile, imported late
    import pyarrow.parquet as pq

    return pq.ParquetFile(io.BytesIO(content) if isinstance(content, bytes) else content)
