"""Which lines of which dialogues go into one request, and how they are written there."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from roleinstruct.generate.lessons import is_taught
from roleinstruct.language import language_of
from roleinstruct.records import Dialogue

__all__ = ["Pack", "Task", "Window", "halved", "pack", "write"]


@dataclass(frozen=True, slots=True)
class Task:
    """A dialogue and the turns of it that a model is to be asked about.

    Attributes:
        dialogue: Turns in order.
        rest: Positions from 0, ascending; none where everything is settled.
    """

    dialogue: Dialogue
    rest: tuple[int, ...]

    @classmethod
    def of(cls, dialogue: Dialogue) -> "Task":
        """All turns that have no emotion, or one that this package has guessed."""
        asked = (position for position, turn in enumerate(dialogue.utterances) if not is_taught(turn))
        return cls(dialogue, tuple(asked))


@dataclass(frozen=True, slots=True)
class Window:
    """Lines of one dialogue that one request asks for, by their positions in it, from 0 and ascending.

    Attributes:
        dialogue: Whose lines they are.
        asked: To be labelled.
        shown: These and the context.
        is_last: Whether the dialogue ends with this window.
    """

    dialogue: Dialogue
    asked: tuple[int, ...]
    shown: tuple[int, ...]
    is_last: bool


@dataclass(frozen=True, slots=True)
class Pack:
    """What one request asks for: short dialogues, and parts of ones that do not fit.

    Attributes:
        windows: In the order of the dialogues, all of one character and in one language. One that asks for nothing
            stands for a dialogue that is settled, and is not written.
        language: "zh" or "en".
    """

    windows: tuple[Window, ...]
    language: str

    @property
    def lines(self) -> int:
        """Lines to be labelled; the request numbers them from 1, through all windows."""
        return sum(len(window.asked) for window in self.windows)

    @property
    def asking(self) -> tuple[Window, ...]:
        """The windows that ask for something."""
        return tuple(window for window in self.windows if window.asked)


def pack(tasks: Iterable[Task], lines: int, context: int) -> Iterator[Pack]:
    """Put dialogues into as few requests as their order allows.

    Each request is filled with the dialogues that follow one another; one that does not fit goes on in the next, unless
    only a few of its lines would be in the first. Another character or language begins a new request: so what is asked
    of one character does not change when another is added to a data set, and what has been paid for stays paid for.

    Args:
        tasks: Taken one by one, as the packs are.
        lines: The most to ask for at once, 1 or more.
        context: So many lines before each asked line are shown with it, where they are not asked themselves.
    """
    held, room, kind = list[Window](), lines, ("", "")
    for task in tasks:
        before, kind = kind, (task.dialogue.character, _language(task.dialogue))
        if held and (kind != before or len(held) == _MOST):
            yield Pack(tuple(held), before[1])
            held, room = [], lines
        rest = task.rest
        while len(rest) > room:
            if room >= min(_PIECE, lines):
                held.append(_window(task.dialogue, rest[:room], context, is_last=False))
                rest = rest[room:]
            yield Pack(tuple(held), kind[1])
            held, room = [], lines
        held.append(_window(task.dialogue, rest, context, is_last=True))
        room -= len(rest)
    if held:
        yield Pack(tuple(held), kind[1])


def halved(window: Window, context: int) -> tuple[Window, Window]:
    """The two halves of a window that asks for two lines or more, each with so many lines before what it asks for."""
    middle = len(window.asked) // 2
    first, second = window.asked[:middle], window.asked[middle:]
    return (
        _window(window.dialogue, first, context, is_last=False),
        _window(window.dialogue, second, context, is_last=window.is_last),
    )


def write(packed: Pack) -> str:
    """The lines as the prompt shows them: asked ones with their number, others with "-", a gap as "…".

    Where there are several dialogues, each begins with a line such as "== 2 ==". Context shows an emotion that the
    source, a person or a model has set: it is settled, and tells what mood the talk is in. A guess of this package is
    not shown, since the model would lean on its mistakes.
    """
    written, first = list[str](), 1
    windows = packed.asking
    for count, window in enumerate(windows, 1):
        if len(windows) > 1:
            written.append(f"== {count} ==")
        written += _write(window, first, packed.language)
        first += len(window.asked)
    return "\n".join(written)


_MOST = 256
"""Dialogues in a pack, so that a stretch of settled ones, which fill no request, does not fill the memory."""

_PIECE = 8
"""The fewest lines of a dialogue that are worth a request of their own."""


def _write(window: Window, first: int, language: str) -> Iterator[str]:
    colon = "：" if language == "zh" else ": "
    number = {position: str(count) for count, position in enumerate(window.asked, first)}
    before = window.shown[0] - 1
    for position in window.shown:
        if position > before + 1:
            yield "…"
        before = position
        turn = window.dialogue.utterances[position]
        settled = f" [{turn.emotion}]" if position not in number and is_taught(turn) else ""
        yield f"{number.get(position, '-')} | {_flat(turn.speaker)}{colon}{_flat(turn.text)}{settled}"


def _language(dialogue: Dialogue) -> str:
    return language_of(" ".join(turn.text for turn in dialogue.utterances)) or "en"


def _window(dialogue: Dialogue, asked: tuple[int, ...], context: int, *, is_last: bool) -> Window:
    shown = {near for position in asked for near in range(max(0, position - context), position + 1)}
    return Window(dialogue, asked, tuple(sorted(shown)), is_last)


def _flat(text: str) -> str:
    """On one line, so that no text can pass for a line of its own."""
    return " ".join(text.split())
