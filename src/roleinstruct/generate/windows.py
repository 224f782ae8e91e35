"""Which lines of a dialogue go into one request, and how they are written there."""

from collections.abc import Sequence
from dataclasses import dataclass

from roleinstruct.generate.lessons import is_taught
from roleinstruct.records import Dialogue

__all__ = ["Window", "divide", "write"]


@dataclass(frozen=True, slots=True)
class Window:
    """The lines of one request, by their positions in the dialogue, from 0 and ascending.

    Attributes:
        asked: To be labelled; the request numbers them from 1.
        shown: These and the context.
    """

    asked: tuple[int, ...]
    shown: tuple[int, ...]


def divide(asked: Sequence[int], window: int, context: int) -> list[Window]:
    """Divide lines into as few windows as can be, of about equal size.

    Args:
        asked: Positions in the dialogue, ascending.
        window: The most lines to ask for at once, 1 or more.
        context: So many lines before each asked line are shown with it, where they are not asked themselves.
    """
    count = -(-len(asked) // window)
    parts = [tuple(asked[len(asked) * n // count : len(asked) * (n + 1) // count]) for n in range(count)]
    return [Window(part, _with_context(part, context)) for part in parts]


def write(dialogue: Dialogue, window: Window, language: str) -> str:
    """The lines as the prompt shows them: asked ones with their number, others with "-", a gap as "…".

    Context shows an emotion that the source, a person or a model has set: it is settled, and tells what mood the talk
    is in. A guess of this package is not shown, since the model would lean on its mistakes.
    """
    colon = "：" if language == "zh" else ": "
    number = {position: str(count) for count, position in enumerate(window.asked, 1)}
    lines, before = [], window.shown[0] - 1
    for position in window.shown:
        if position > before + 1:
            lines.append("…")
        before = position
        turn = dialogue.utterances[position]
        settled = f" [{turn.emotion}]" if position not in number and is_taught(turn) else ""
        lines.append(f"{number.get(position, '-')} | {_flat(turn.speaker)}{colon}{_flat(turn.text)}{settled}")
    return "\n".join(lines)


def _with_context(asked: Sequence[int], context: int) -> tuple[int, ...]:
    shown = {near for position in asked for near in range(max(0, position - context), position + 1)}
    return tuple(sorted(shown))


def _flat(text: str) -> str:
    """On one line, so that no text can pass for a line of its own."""
    return " ".join(text.split())
