"""Dialogues as a model reads them: numbered, with emotions, in pieces that fit a number of tokens (see `clipping`)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from roleinstruct.errors import ConfigError
from roleinstruct.llm.clipping import clipped, tokens_of
from roleinstruct.records import Dialogue, Utterance

__all__ = ["LEAST", "Chunk", "Part", "check_room", "chunk_of", "chunks_of", "parts_of"]

LEAST = 500
"""Tokens of script that the smallest useful request shows."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """What one request shows of a script.

    Attributes:
        dialogues: Those that it shows, whole or a part; the text calls the first one [1].
        text: Their lines.
        parts: What it is made of.
    """

    dialogues: tuple[Dialogue, ...]
    text: str
    parts: tuple["Part", ...] = ()

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of the dialogues, in the order of their numbers."""
        return tuple(dialogue.id for dialogue in self.dialogues)


@dataclass(frozen=True, slots=True)
class Part:
    """A dialogue, or as much of it as fits.

    Attributes:
        dialogue: The dialogue.
        lines: As a model reads them.
        said: The same lines without speaker and emotion.
        tokens: Of the lines and the heading.
    """

    dialogue: Dialogue
    lines: tuple[str, ...]
    said: tuple[str, ...]
    tokens: int

    def text(self, number: int) -> str:
        """The lines below a heading with the number."""
        return "\n".join((_head(self.dialogue, number), *self.lines, ""))


def chunks_of(dialogues: Iterable[Dialogue], room: int, language: str) -> list[Chunk]:
    """Cut a script into pieces that fit.

    A dialogue that is too long goes on in the next piece; a turn that is too long alone ends in "…".

    Args:
        dialogues: In the order of the script; emotions are shown where they are known.
        room: Tokens of the text of a piece, `LEAST` or more; as `tokens_of` estimates them.
        language: "zh" or "en": that of the labels.
    """
    chunks: list[Chunk] = []
    shown: list[Part] = []
    used = 0
    for part in parts_of(dialogues, room, language):
        if shown and used + part.tokens > room:
            chunks.append(chunk_of(shown))
            shown, used = [], 0
        shown.append(part)
        used += part.tokens
    return [*chunks, chunk_of(shown)] if shown else chunks


def chunk_of(parts: Sequence[Part], first: int = 1) -> Chunk:
    """Put parts together.

    Args:
        parts: One or more dialogues, or none.
        first: The number of the first one.
    """
    text = "\n".join(part.text(number) for number, part in enumerate(parts, first))
    return Chunk(tuple(part.dialogue for part in parts), text, tuple(parts))


def parts_of(dialogues: Iterable[Dialogue], room: int, language: str) -> Iterator[Part]:
    """The dialogues, those that are too long in several parts; what it takes is as in `chunks_of`."""
    for dialogue in dialogues:
        head = tokens_of(_head(dialogue, _WIDEST) + "\n\n")
        lines: list[str] = []
        begun, used = 0, head
        for number, turn in enumerate(dialogue.utterances):
            line = clipped(_line(turn, language), room - head - 1)
            tokens = tokens_of(line + "\n")
            if lines and used + tokens > room:
                yield _part(dialogue, lines, begun, used)
                lines, begun, used = [], number, head
            lines.append(line)
            used += tokens
        if lines:
            yield _part(dialogue, lines, begun, used)


def check_room(room: int) -> None:
    """Check that something fits.

    Raises:
        ConfigError: It does not.
    """
    if room < LEAST:
        raise ConfigError(f"{room} tokens are too few for a piece of a script; expected {LEAST} or more.")


_WIDEST = 99_999


def _part(dialogue: Dialogue, lines: list[str], begun: int, tokens: int) -> Part:
    turns = dialogue.utterances[begun : begun + len(lines)]
    return Part(dialogue, tuple(lines), tuple(turn.text for turn in turns), tokens)


def _head(dialogue: Dialogue, number: int) -> str:
    return f"[{number}] {' '.join(dialogue.title.split())[:60]}".rstrip()


def _line(turn: Utterance, language: str) -> str:
    text = " ".join(turn.text.split())
    if language == "zh":
        felt = "" if turn.emotion is None else f"（{turn.emotion.zh}）"
        return f"{turn.speaker}{felt}：{text}"
    felt = "" if turn.emotion is None else f" ({turn.emotion})"
    return f"{turn.speaker}{felt}: {text}"
