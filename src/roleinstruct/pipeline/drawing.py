"""The figures of a data set folder, and the card that shows them."""

from pathlib import Path

from roleinstruct.dataset.draft import draft
from roleinstruct.dataset.figures.write import write_figures
from roleinstruct.pipeline.carding import write_card
from roleinstruct.pipeline.listener import Listener
from roleinstruct.pipeline.remembering import remembered

__all__ = ["draw"]


def draw(out: Path, listener: Listener) -> list[str]:
    """Draw the figures of a data set folder into `figures/`, and put them on its card.

    Args:
        out: A finished folder that was built here.
        listener: Hears what is drawn, and what could not be.

    Returns:
        The names of the figures; each is a PNG and an SVG file, and all are in `figures/index.html`.

    Raises:
        FolderError: The folder is not finished.
        MissingExtraError: matplotlib or jieba is not installed.
    """
    config = remembered(out)
    with draft(out, keep=True) as folder:
        folder.remove_all("figures")
        drawn = write_figures(folder, folder.root / "figures", listener.say)
        shown = [{"name": figure.name, "title": figure.title, "caption": figure.caption} for figure in drawn]
        folder.write_json("reports/figures.json", {"drawn": shown})
        write_card(folder, config, out.resolve().name)
    return [figure.name for figure in drawn]
