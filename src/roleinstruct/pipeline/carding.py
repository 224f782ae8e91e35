"""The card of a data set folder, made anew without losing what people wrote in the one that is there."""

import shutil
from pathlib import Path

from roleinstruct import __version__, assets
from roleinstruct.dataset.card_metadata import CardFacts
from roleinstruct.dataset.draft import draft
from roleinstruct.dataset.folder import WORK, DataFolder
from roleinstruct.dataset.readme import dataset_card
from roleinstruct.files import whole
from roleinstruct.pipeline.config import BuildConfig
from roleinstruct.pipeline.data_blocks import CardConfig
from roleinstruct.pipeline.kept_card import read_card
from roleinstruct.pipeline.remembering import REMEMBERED, remembered
from roleinstruct.pipeline.shown_settings import shown_settings
from roleinstruct.publish.card_regions import merged_card
from roleinstruct.publish.card_yaml import with_metadata
from roleinstruct.publish.croissant import croissant
from roleinstruct.publish.staging import CARD

__all__ = ["rewrite_card", "set_aside", "write_card"]

_ASIDE = f"{WORK}/{CARD}"


def write_card(folder: DataFolder, config: BuildConfig, name: str) -> None:
    """Write the README of what the tables and reports say, and beside it what only its readers need.

    That is "reports/builder.json", the settings; "reports/sources.json", what it was made of and by what right; and
    "reports/croissant.json", the card for machines. What people wrote between our regions stays, in the README that is
    there or that was set aside.

    Args:
        folder: With all stages done.
        config: The build.
        name: The path of the folder, as the card's snippet should show it.
    """
    card = config.card
    folder.write_json("reports/builder.json", shown_settings(config))
    folder.write_json("reports/sources.json", {"sources": [one.model_dump() for one in card.sources]})
    facts = CardFacts(
        card.pretty_name,
        card.license,
        card.language,
        card.source,
        card.license_name,
        card.license_link,
        card.language_creators,
    )
    head, page = dataset_card(folder, assets.find("dataset.md", "model_cards"), facts, name=name, version=__version__)
    with whole(folder.root / CARD) as file:
        file.write(merged_card(with_metadata(head, page), _before(folder), keep_splits=False).encode("utf-8"))
    folder.remove_all(_ASIDE)
    folder.write_json("reports/croissant.json", croissant(folder, head))


def rewrite_card(out: Path, card: CardConfig | None = None) -> None:
    """Write the card of a finished folder anew.

    Args:
        out: A data set folder that was built here.
        card: What it is to say from now on; None for what its builder said.

    Raises:
        FolderError: The folder was not built here, or is not finished.
        PublishError: The YAML of the README that is there cannot be read.
    """
    config = remembered(out)
    if card is not None:
        config = config.model_copy(update={"card": card})
    with draft(out, keep=True) as folder:
        folder.write_json(REMEMBERED, config.model_dump(mode="json"))
        write_card(folder, config, out.resolve().name)


def set_aside(root: Path, folder: DataFolder) -> None:
    """Keep the card of a folder for the one that will be made anew.

    Args:
        root: The data set folder that has it, or had it before it was left unfinished.
        folder: The draft that will need it.
    """
    for before in (root / CARD, root / _ASIDE):
        if before.is_file():
            kept = folder.root / _ASIDE
            if before != kept:
                kept.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(before, kept)
            return


def _before(folder: DataFolder) -> str | None:
    card = read_card(folder.root / CARD)
    return read_card(folder.root / _ASIDE) if card is None else card
