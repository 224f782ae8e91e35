"""All figures of a data set folder, as files."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from roleinstruct.dataset.figures.emotions import draw_emotions
from roleinstruct.dataset.figures.facts import FigureFacts, as_json, facts_of
from roleinstruct.dataset.figures.flow import draw_flow
from roleinstruct.dataset.figures.heatmap import draw_heatmap
from roleinstruct.dataset.figures.lengths import draw_lengths
from roleinstruct.dataset.figures.page import page
from roleinstruct.dataset.figures.sheet import Sheet, plain_settings
from roleinstruct.dataset.figures.sunburst import draw_sunburst
from roleinstruct.dataset.figures.traits import draw_traits
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.errors import FolderError, needs_extra

__all__ = ["Drawn", "write_figures"]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A figure that was written.

    Attributes:
        name: Of its files without the ending, such as "emotions" for "emotions.png" and "emotions.svg".
        title: In English.
        caption: What it shows, with its main numbers, in English: fit as alternative text.
    """

    name: str
    title: str
    caption: str


def write_figures(folder: DataFolder, target: Path, say: Callable[[str], None]) -> list[Drawn]:
    """Write the figures that the folder's tables can give: PNG and SVG each, `index.html` and `facts.json`.

    The same tables give the same bytes under the same versions of matplotlib and jieba.

    Args:
        folder: A data set folder; tables may be missing.
        target: The folder to write into, made if it is not there; of the package's own names other files stay.
        say: Hears what a reader of the figures should know, one sentence at a time.

    Returns:
        What was drawn, in the order of the page.

    Raises:
        FolderError: The folder has no table that a figure could be drawn from.
        MissingExtraError: matplotlib or jieba is not installed.
    """
    needs_extra("figures", "matplotlib", "jieba")
    if not any(folder.has(config) for config in ("dialogues", "profiles", "specific", "general")):
        raise FolderError(
            f"{folder.root} has no dialogues, profiles or instructions to draw: run roleinstruct build first."
        )
    facts = facts_of(folder)
    if facts.instructions["tagged"] < facts.instructions["distinct"]:
        tagged, distinct = facts.instructions["tagged"], facts.instructions["distinct"]
        say(f"The verbs are counted in {tagged:,} of the {distinct:,} distinct instructions.")
    target.mkdir(parents=True, exist_ok=True)
    with plain_settings():
        drawn = [_written(name, sheet, caption, target, say) for name, (sheet, caption) in _figures(facts)]
    (target / "index.html").write_text(page(facts), encoding="utf-8", newline="\n")
    document = json.dumps(as_json(facts), ensure_ascii=False, indent=2)
    (target / "facts.json").write_text(document + "\n", encoding="utf-8", newline="\n")
    return drawn


def _written(name: str, sheet: Sheet, caption: str, target: Path, say: Callable[[str], None]) -> Drawn:
    left_out = sorted(set(sheet.left_out))
    if left_out:
        caption += f" Words left out, for no font here has all of their characters: {len(left_out)}."
        say(f"{name}: no font here can draw {', '.join(left_out)}; install a font that can, or read index.html.")
    sheet.save(target / name, caption)
    return Drawn(name, sheet.title, caption)


def _figures(facts: FigureFacts) -> Iterator[tuple[str, tuple[Sheet, str]]]:
    """Each figure that has something to show, by name."""
    for language in ("zh", "en"):
        if sun := draw_sunburst(facts, language):
            yield f"verbs-{language}", sun
    for name, draw in (
        ("emotions", draw_emotions),
        ("traits", draw_traits),
        ("lengths", draw_lengths),
        ("flow", draw_flow),
        ("heatmap", draw_heatmap),
    ):
        if figure := draw(facts):
            yield name, figure
