"""A data set folder for machines: Croissant 1.0 in JSON-LD, with the vocabulary of responsible AI where it fits."""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from roleinstruct.dataset.columns import COLUMNS, TABLES
from roleinstruct.dataset.features import PUBLISHED, features
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.publish.croissant_words import CONTEXT, rai_of

__all__ = ["croissant"]


def croissant(folder: DataFolder, metadata: Mapping[str, Any]) -> dict[str, Any]:
    """The description, to lie in the folder's `reports`.

    Args:
        folder: With finished tables and reports.
        metadata: Of its card.

    Returns:
        A JSON document: the Parquet files with their digests, a record set for each, and what is known of how the data
        came about. The Hub derives its own from the card; this one goes with the folder wherever it lies.
    """
    present = [config for config in PUBLISHED if folder.has(config)]
    language = metadata.get("language")
    found: dict[str, Any] = {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": ["http://mlcommons.org/croissant/1.0", "http://mlcommons.org/croissant/RAI/1.0"],
        "name": metadata["pretty_name"],
        "description": "Role-play dialogues with emotion labels, profiles, questions and answers, and a benchmark.",
        "license": metadata.get("license_link") or metadata["license"],
        "version": "1.0.0",
        "keywords": list(metadata["tags"]),
        **({"inLanguage": language} if language else {}),
        **rai_of(folder),
        "distribution": [file for config in present for file in _files(folder, config)],
        "recordSet": [records for config in present for records in _records(folder, config)],
    }
    return found


def _files(folder: DataFolder, config: str) -> Iterator[dict[str, Any]]:
    files = sorted(folder.table(config).glob("*.parquet"))
    for path in files:
        name = path.relative_to(folder.root).as_posix()
        yield {
            "@type": "cr:FileObject",
            "@id": name,
            "name": name,
            "contentUrl": f"../{name}",
            "contentSize": f"{path.stat().st_size} B",
            "encodingFormat": "application/x-parquet",
            "sha256": _sha256(path),
        }


def _records(folder: DataFolder, config: str) -> Iterator[dict[str, Any]]:
    """A record set a file: a split, or a part of one that has several."""
    for split in folder.splits(config):
        files = sorted(folder.table(config).glob(f"{split}-*.parquet"))
        for number, path in enumerate(files):
            name = f"{config}/{split}" if len(files) == 1 else f"{config}/{split}-{number:05d}"
            file = path.relative_to(folder.root).as_posix()
            yield {
                "@type": "cr:RecordSet",
                "@id": name,
                "name": name,
                "description": TABLES[config],
                "field": [
                    _field(f"{name}/{column}", column, feature, COLUMNS[config][column], file)
                    for column, feature in features(config).items()
                ],
            }


def _field(at: str, column: str, feature: Any, text: str, file: str) -> dict[str, Any]:  # noqa: ANN401 - of `datasets`
    is_list = type(feature).__name__ == "List"
    inner = feature.feature if is_list else feature
    found: dict[str, Any] = {"@type": "cr:Field", "@id": at, "name": at, "description": text}
    if is_list:
        found["repeated"] = True
    source = {"fileObject": {"@id": file}, "extract": {"column": column}}
    if isinstance(inner, dict):
        found["subField"] = [
            _inner(f"{at}/{name}", name, _type(one), {**source, "transform": {"jsonPath": name}})
            for name, one in inner.items()
        ]
        return found
    return {**found, "dataType": _type(inner), "source": source}


def _inner(at: str, name: str, kind: str, source: Mapping[str, Any]) -> dict[str, Any]:
    return {"@type": "cr:Field", "@id": at, "name": at, "description": name, "dataType": kind, "source": source}


def _type(feature: Any) -> str:  # noqa: ANN401 - of `datasets`
    if type(feature).__name__ == "ClassLabel":
        return "sc:Integer"
    return {"string": "sc:Text", "int32": "sc:Integer", "float32": "sc:Float"}[feature.dtype]


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
