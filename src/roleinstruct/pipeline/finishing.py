"""Last: the rejected rows in one table, the accounts closed, statistics and the README."""

from roleinstruct import __version__, assets
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.dataset.readme import CardFacts, write_readme
from roleinstruct.dataset.statistics import summary
from roleinstruct.pipeline.data_blocks import CardConfig
from roleinstruct.pipeline.ledger import STAGES, close_accounts

__all__ = ["run_finish", "write_card"]


def run_finish(folder: DataFolder, card: CardConfig, name: str) -> None:
    """Write what follows from the tables.

    Args:
        folder: With all stages done.
        card: What the builder file says about the card.
        name: The path of the folder, as the card's snippet should show it.

    Raises:
        AccountingError: The accounts do not close.
    """
    with folder.writer("rejected") as writer:
        for stage in STAGES:
            if folder.has(f"rejected/{stage}"):
                for row in folder.rows(f"rejected/{stage}"):
                    writer.write(row)
    folder.write_json("reports/accounting.json", close_accounts(folder))
    folder.write_json("reports/statistics.json", summary(folder))
    write_card(folder, card, name)


def write_card(folder: DataFolder, card: CardConfig, name: str) -> None:
    """Write the README of what the tables and reports say; the arguments are those of `run_finish`."""
    facts = CardFacts(card.pretty_name, card.license, card.language, card.source)
    write_readme(folder, assets.find("dataset.md", "model_cards"), facts, name=name, version=__version__)
