"""The YAML at the head of a data set's card: what the Hub and `load_dataset` read."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from roleinstruct.dataset.features import PUBLISHED, features
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.dataset.tables import footer_of

__all__ = ["CardFacts", "metadata", "size_category"]


@dataclass(frozen=True, slots=True)
class CardFacts:
    """What the card says and the tables cannot.

    Attributes:
        pretty_name: The title.
        license: A licence id of the Hub, or "unknown".
        license_name: With the licence "other", its name; else "".
        license_link: Likewise, where it stands.
        language: Language codes; () writes what the profiles say.
        language_creators: Who wrote the texts, in the Hub's words; () writes what the tables say.
        source: A sentence about where the dialogue comes from, or "".
    """

    pretty_name: str
    license: str
    language: tuple[str, ...]
    source: str
    license_name: str = ""
    license_link: str = ""
    language_creators: tuple[str, ...] = ()


def metadata(
    folder: DataFolder, card: CardFacts, *, labelled_by: Mapping[str, int], has_made_text: bool
) -> dict[str, Any]:
    """The keys and values, by the very classes that read them.

    Args:
        folder: With finished tables, and "reports/sources.json" if somebody has stated the sources.
        card: What the builder says.
        labelled_by: Turns by annotator.
        has_made_text: Whether a model has written some of the texts.
    """
    from datasets.info import DatasetInfosDict
    from datasets.utils.metadata import MetadataConfigs
    from huggingface_hub import DatasetCardData

    present = [config for config in PUBLISHED if folder.has(config)]
    languages = card.language or tuple(_languages(folder))
    data = DatasetCardData(
        pretty_name=card.pretty_name,
        license=card.license,
        license_name=card.license_name or None,
        license_link=card.license_link or None,
        language=list(languages) or None,
        multilinguality=["multilingual" if len(languages) > 1 else "monolingual"] if languages else None,
        annotations_creators=_annotators(labelled_by),
        language_creators=list(card.language_creators) or ["found", *["machine-generated"] * has_made_text],
        source_datasets=_sources(folder) or None,
        task_categories=["text-generation", "text-classification"],
        tags=["role-play", "dialogue", "emotion", "roleinstruct"],
        size_categories=[size_category(sum(folder.count(config) for config in present))],
    )
    infos, configs = DatasetInfosDict(), MetadataConfigs()
    for config in present:
        infos[config] = _info(folder, config)
        files = [{"split": split, "path": f"{config}/{split}-*"} for split in folder.splits(config)]
        configs[config] = {"data_files": files, **({"default": True} if config == present[0] else {})}
    infos.to_dataset_card_data(data)
    configs.to_dataset_card_data(data)
    found: dict[str, Any] = yaml.safe_load(data.to_yaml())
    if isinstance(found["dataset_info"], dict):  # of a single config; one shape is easier to merge than two
        found["dataset_info"] = [{"config_name": present[0], **found["dataset_info"]}]
    for info in found["dataset_info"]:
        # `datasets` keys its cache of a local folder by this block: without the digest, a folder that was rebuilt with
        # as many rows would be answered from the cache of the one before.
        info["description"] = f"content sha256 {_digest(folder, info['config_name'])}"
    return found


def size_category(rows: int) -> str:
    """The Hub's word for so many rows."""
    steps = ("1K", "10K", "100K", "1M", "10M", "100M", "1B", "10B", "100B", "1T")
    for number, step in enumerate(steps):
        if rows < 1_000 * 10**number:
            return f"{steps[number - 1]}<n<{step}" if number else f"n<{step}"
    return f"n>{steps[-1]}"


def _annotators(labelled_by: Mapping[str, int]) -> list[str]:
    """Who has labelled, in the Hub's words; of people on our sheets it is not known whether they are experts."""
    words = {"source": "found", "human": "other", "nobody": ""}
    found = {words.get(name, "machine-generated") for name, turns in labelled_by.items() if turns} - {""}
    return sorted(found) or ["no-annotation"]


def _sources(folder: DataFolder) -> list[str]:
    if not (folder.root / "reports/sources.json").is_file():
        return []
    sources: Sequence[Mapping[str, str]] = folder.read_json("reports/sources.json")["sources"]
    return sorted({f"extended|{one['extends']}" if one.get("extends") else "original" for one in sources})


def _info(folder: DataFolder, config: str) -> Any:  # noqa: ANN401 - a DatasetInfo, imported late
    from datasets import DatasetInfo, SplitDict, SplitInfo

    splits = SplitDict()
    for split in folder.splits(config):
        files = [footer_of(path) for path in sorted(folder.table(config).glob(f"{split}-*.parquet"))]
        size = sum(f.row_group(i).total_byte_size for f in files for i in range(f.num_row_groups))
        splits.add(SplitInfo(name=split, num_bytes=size, num_examples=sum(f.num_rows for f in files)))
    return DatasetInfo(
        config_name=config,
        features=features(config),
        splits=splits,
        download_size=sum(file.stat().st_size for file in folder.table(config).glob("*.parquet")),
        dataset_size=sum(split.num_bytes for split in splits.values()),
    )


def _digest(folder: DataFolder, config: str) -> str:
    digest = hashlib.sha256()
    for file in sorted(folder.table(config).glob("*.parquet")):
        with file.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()


def _languages(folder: DataFolder) -> list[str]:
    if not folder.has("profiles"):
        return []
    return sorted({row["language"] for row in folder.rows("profiles", columns=["language"])} - {""})
