"""Dialogues as a model reads them: numbered, with emotions, in pieces that fit a number of tokens.

Tokens are estimated from the text alone and never counted by a model's own tokenizer: that may or may not be there, and
where a piece ends decides what is asked, and so what is found in the journal and need not be paid for again.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from roleinstruct.errors import ConfigError
from roleinstruct.llm.tokens import count_tokens
from roleinstruct.records import Dialogue, Utterance

__all__ = ["LEAST", "Chunk", "check_room", "chunks_of", "clipped", "tokens_of"]

LEAST = 800
"""Tokens that the smallest useful request has room for."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """What one request shows of a script.

    Attributes:
        dialogues: Those that it shows, whole or a part; the text calls the first one [1].
        text: Their lines.
    """

    dialogues: tuple[Dialogue, ...]
    text: str

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of the dialogues, in the order of their numbers."""
        return tuple(dialogue.id for dialogue in self.dialogues)


def chunks_of(dialogues: Iterable[Dialogue], room: int, language: str) -> list[Chunk]:
    """Cut a script into pieces that fit.

    A dialogue that is too long goes on in the next piece; a turn that is too long alone ends in "…".

    Args:
        dialogues: In the order of the script; emotions are shown where they are known.
        room: Tokens of the text of a piece, `LEAST` or more; as `tokens_of` estimates them.
        language: "zh" or "en": that of the labels.
    """
    chunks: list[Chunk] = []
    shown: list[_Part] = []
    used = 0
    for part in _parts(dialogues, room, language):
        if shown and used + part.tokens > room:
            chunks.append(_chunk(shown))
            shown, used = [], 0
        shown.append(part)
        used += part.tokens
    return [*chunks, _chunk(shown)] if shown else chunks


def clipped(text: str, room: int) -> str:
    """The text, or as much of its beginning as fits, with "…" behind it."""
    if tokens_of(text) <= room:
        return text
    kept = text
    while kept and (tokens := tokens_of(kept + "…")) > room:
        kept = kept[: min(len(kept) - 1, len(kept) * room // tokens)]
    return kept + "…"


def tokens_of(text: str) -> int:
    """About how many tokens a text is, the same on every machine."""
    return count_tokens(text, "").tokens


def check_room(room: int) -> None:
    """Check that something fits.

    Raises:
        ConfigError: It does not.
    """
    if room < LEAST:
        raise ConfigError(f"{room} tokens are too few for a piece of a script; expected {LEAST} or more.")


@dataclass(frozen=True, slots=True)
class _Part:
    dialogue: Dialogue
    lines: tuple[str, ...]
    tokens: int

    def text(self, number: int) -> str:
        return "\n".join((_head(self.dialogue, number), *self.lines, ""))


_WIDEST = 99_999


def _parts(dialogues: Iterable[Dialogue], room: int, language: str) -> Iterator[_Part]:
    for dialogue in dialogues:
        head = tokens_of(_head(dialogue, _WIDEST) + "\n\n")
        lines: list[str] = []
        used = head
        for turn in dialogue.utterances:
            line = clipped(_line(turn, language), room - head - 1)
            tokens = tokens_of(line + "\n")
            if lines and used + tokens > room:
                yield _Part(dialogue, tuple(lines), used)
                lines, used = [], head
            lines.append(line)
            used += tokens
        if lines:
            yield _Part(dialogue, tuple(lines), used)


def _chunk(parts: list[_Part]) -> Chunk:
    text = "\n".join(part.text(number) for number, part in enumerate(parts, 1))
    return Chunk(tuple(part.dialogue for part in parts), text)


def _head(dialogue: Dialogue, number: int) -> str:
    return f"[{number}] {' '.join(dialogue.title.split())[:60]}".rstrip()


def _line(turn: Utterance, language: str) -> str:
    text = " ".join(turn.text.split())
    if language == "zh":
        felt = "" if turn.emotion is None else f"（{turn.emotion.zh}）"
        return f"{turn.speaker}{felt}：{text}"
    felt = "" if turn.emotion is None else f" ({turn.emotion})"
    return f"{turn.speaker}{felt}: {text}"
