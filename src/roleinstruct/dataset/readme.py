"""The README of a data set folder: the YAML that `load_dataset` reads, and the page that a person reads."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from roleinstruct.dataset.features import PUBLISHED, features
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.dataset.statistics import figure
from roleinstruct.emotions import Emotion

__all__ = ["CardFacts", "write_readme"]


@dataclass(frozen=True, slots=True)
class CardFacts:
    """What the card says and the tables cannot.

    Attributes:
        pretty_name: The title.
        license: A licence id of the Hub, or "unknown".
        language: Language codes; () writes what the profiles say.
        source: A sentence about where the dialogue comes from, or "".
    """

    pretty_name: str
    license: str
    language: tuple[str, ...]
    source: str


def write_readme(folder: DataFolder, template: Path, card: CardFacts, *, name: str, version: str) -> None:
    """Write README.md.

    Args:
        folder: A folder whose tables and `reports/*.json` are finished.
        template: The Jinja template of the page.
        card: What the builder says.
        name: The path in the loading snippet.
        version: Of roleinstruct.
    """
    from jinja2 import Environment, StrictUndefined

    environment = Environment(undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False)
    environment.filters.update({"thousands": _thousands, "figure": figure, "reasons": _reasons, "interval": _interval})
    report = folder.read_json("reports/statistics.json")
    page = environment.from_string(template.read_text(encoding="utf-8")).render(
        card=card,
        characters=list(report["characters"]),
        configs=[c for c in PUBLISHED if folder.has(c)],
        labelled=report["labelled_by"],
        made=_provenance(folder),
        answered=_answered(folder),
        unseen=folder.read_json("reports/mixture.json")["held_out_characters"],
        path=name,
        rows=report["rows"],
        statistics=report["table_1"],
        emotions={Emotion(name): share for name, share in report["emotions_percent"].items()},
        paper_emotions=report["emotions_percent_paper_v1"],
        accounting=folder.read_json("reports/accounting.json"),
        privacy=_report(folder, "privacy"),
        lint=_report(folder, "lint"),
        generation=_report(folder, "generation"),
        agreement=_report(folder, "agreement"),
        figures=_report(folder, "figures").get("drawn", []),
        version=version,
    )
    (folder.root / "README.md").write_text(f"---\n{_metadata(folder, card)}---\n{page}", encoding="utf-8")


def _metadata(folder: DataFolder, card: CardFacts) -> str:
    """The YAML block, by the very classes that read it."""
    from datasets.info import DatasetInfosDict
    from datasets.utils.metadata import MetadataConfigs
    from huggingface_hub import DatasetCardData

    present = [config for config in PUBLISHED if folder.has(config)]
    languages = card.language or tuple(_languages(folder))
    data = DatasetCardData(
        pretty_name=card.pretty_name,
        license=card.license,
        language=list(languages) or None,
        task_categories=["text-generation", "text-classification"],
        tags=["role-play", "dialogue", "emotion", "roleinstruct"],
        size_categories=[_size(sum(folder.count(config) for config in present))],
    )
    infos, configs = DatasetInfosDict(), MetadataConfigs()
    for config in present:
        infos[config] = _info(folder, config)
        files = [{"split": split, "path": f"{config}/{split}-*"} for split in folder.splits(config)]
        configs[config] = {"data_files": files, **({"default": True} if config == present[0] else {})}
    infos.to_dataset_card_data(data)
    configs.to_dataset_card_data(data)
    for info in _listed(data["dataset_info"]):
        # `datasets` keys its cache of a local folder by this block: without the digest, a folder that was rebuilt with
        # as many rows would be answered from the cache of the one before.
        info["description"] = f"content sha256 {_digest(folder, info.get('config_name', present[0]))}"
    return data.to_yaml() + "\n"


def _listed(infos: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - YAML: one block, or a list of them
    return infos if isinstance(infos, list) else [infos]


def _info(folder: DataFolder, config: str) -> Any:  # noqa: ANN401 - a DatasetInfo, imported late
    import pyarrow.parquet as pq
    from datasets import DatasetInfo, SplitDict, SplitInfo

    splits = SplitDict()
    for split in folder.splits(config):
        files = [pq.read_metadata(file) for file in sorted(folder.table(config).glob(f"{split}-*.parquet"))]
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


def _report(folder: DataFolder, name: str) -> dict[str, Any]:
    """A report that a folder need not have; {} where it has not."""
    path = f"reports/{name}.json"
    return folder.read_json(path) if (folder.root / path).is_file() else {}


def _languages(folder: DataFolder) -> list[str]:
    if not folder.has("profiles"):
        return []
    return sorted({row["language"] for row in folder.rows("profiles", columns=["language"])} - {""})


def _provenance(folder: DataFolder) -> dict[str, int]:
    counts = {"source": 0, "extractive": 0}
    if folder.has("specific"):
        for row in folder.rows("specific", columns=["provenance"]):
            counts[row["provenance"]] = counts.get(row["provenance"], 0) + 1
    return counts


def _answered(folder: DataFolder) -> dict[str, dict[str, int]]:
    """By model: the general instructions that it has answered in character, and its answers to them."""
    counts: dict[str, dict[str, int]] = {}
    if folder.has("general"):
        for row in folder.rows("general", columns=["responses", "provenance"]):
            if row["provenance"] != "source":
                one = counts.setdefault(row["provenance"], {"rows": 0, "answers": 0})
                one["rows"] += 1
                one["answers"] += len(row["responses"])
    return counts


def _size(rows: int) -> str:
    for limit, name in ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M")):
        if rows < limit:
            return name
    return "1M<n<10M"


def _thousands(number: int) -> str:
    return f"{number:,}"


def _reasons(rejected: Mapping[str, int]) -> str:
    return ", ".join(f"{n:,} {reason}" for reason, n in rejected.items()) or "0"


def _interval(found: Mapping[str, Any]) -> str:
    """Cells of a table: a figure, its interval, and what it is of."""
    low, high = found["interval"]
    return f"{found['value']:.3f} | {low:.3f} to {high:.3f} | {found['n']:,}"
