"""Last: the rejected rows in one table, the accounts closed, what the card needs to know, and the card."""

from collections import Counter
from typing import Any

from roleinstruct.dataset.features import TASKS
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.dataset.statistics import summary
from roleinstruct.evaluation.contamination import SHARE, contaminated
from roleinstruct.evaluation.items import read_items
from roleinstruct.pipeline.carding import write_card
from roleinstruct.pipeline.config import BuildConfig
from roleinstruct.pipeline.ledger import STAGES, close_accounts

__all__ = ["run_finish"]


def run_finish(folder: DataFolder, config: BuildConfig, name: str) -> None:
    """Write what follows from the tables.

    Args:
        folder: With all stages done.
        config: The build.
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
    folder.write_json("reports/contamination.json", _contamination(folder))
    write_card(folder, config, name)


def _contamination(folder: DataFolder) -> dict[str, Any]:
    """How many items of the benchmark stand in the training part, and where the first do."""
    items = read_items(folder) if folder.has("benchmark") else []
    known = contaminated(items, folder)
    counts = Counter({one.item: one.task for one in known}.values())
    first = [{"item": one.item, "what": one.what, "share": round(one.share, 3), "row": one.row} for one in known]
    return {
        "share": SHARE,
        "items": len(items),
        "known": counts.total(),
        "tasks": {task: counts[task] for task in TASKS},
        "first": first[:20],
    }
