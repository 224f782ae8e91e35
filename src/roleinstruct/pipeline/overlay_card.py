"""The card of an overlay: what it is, how the whole data set comes back, and what its hashes do not hide."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from roleinstruct import assets
from roleinstruct.dataset.overlay_tables import TABLES
from roleinstruct.files import whole
from roleinstruct.pipeline.data_blocks import CardConfig
from roleinstruct.publish.card_regions import merged_card
from roleinstruct.publish.card_yaml import with_metadata
from roleinstruct.publish.staging import CARD

__all__ = ["write_overlay_card"]

_WHAT: Mapping[str, str] = {
    "dialogues": "turns of a character and one partner, with an emotion, who labelled it, and the lines that it joins",
    "lines": "the lines of the script that are named here: number, hash, and where they stand",
    "profiles": "who the characters are",
    "specific": "questions about a character, with answers",
    "general": "instructions, answered as the character would",
    "left_out": "what was left out of the data set, and why",
}


def write_overlay_card(
    root: Path, card: CardConfig, report: Mapping[str, Any], name: str, before: str | None = None
) -> None:
    """Write README.md.

    Args:
        root: The overlay.
        card: What the builder says of the data set.
        report: What `overlay.json` says.
        name: The path in the commands.
        before: The card of the overlay that is replaced, of which stays what people wrote; None where there is none.

    Raises:
        PublishError: The YAML of the card before cannot be read.
    """
    from huggingface_hub import DatasetCardData
    from jinja2 import Environment, StrictUndefined

    files = {table: sorted({f.name.split("-")[0] for f in (root / table).glob("*.parquet")}) for table in TABLES}
    configs = [
        {"config_name": table, "data_files": [{"split": s, "path": f"{table}/{s}-*"} for s in splits]}
        for table, splits in files.items()
        if splits
    ]
    data = DatasetCardData(
        pretty_name=f"{card.pretty_name}: overlay",
        license=card.license,
        license_name=card.license_name or None,
        license_link=card.license_link or None,
        language=list(card.language) or None,
        task_categories=["text-generation", "text-classification"],
        tags=["role-play", "dialogue", "emotion", "roleinstruct", "roleinstruct-overlay"],
        configs=[{**config, **({"default": True} if n == 0 else {})} for n, config in enumerate(configs)],
    )
    metadata: dict[str, Any] = yaml.safe_load(data.to_yaml())
    environment = Environment(undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False)
    template = assets.find("overlay.md", "model_cards").read_text(encoding="utf-8")
    page = environment.from_string(template).render(
        card=card,
        path=name,
        first=configs[0]["config_name"],
        pseudonyms=report["settings"].get("privacy", {}).get("names") == "replace",
        rows={table: f"{count:,}" for table, count in report["rows"].items() if count},
        tables=_WHAT,
    )
    with whole(root / CARD) as file:
        file.write(merged_card(with_metadata(metadata, page), before, keep_splits=False).encode())
