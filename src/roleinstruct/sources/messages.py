"""One message of a chat to one utterance."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from roleinstruct.records import Event, Place, Rejected, Utterance
from roleinstruct.sources.labels import Labels
from roleinstruct.sources.roles import chat_party, plain_role
from roleinstruct.sources.tags import split_tag

__all__ = ["Names", "is_message", "narrated", "spoken", "system_text"]


@dataclass(frozen=True, slots=True)
class Names:
    """What a conversation is called and what its parties are.

    Attributes:
        title: Its id, or "".
        user: Name of the party that messages call "user" or the like.
        assistant: Name of the other one.
    """

    title: str = ""
    user: str = "user"
    assistant: str = "assistant"

    @classmethod
    def of(cls, row: Mapping[str, object]) -> "Names":
        """Read the names from the keys beside the messages of a conversation."""
        return cls(*(_first(row, keys) or default for keys, default in _KEYS))

    def called(self, name: str) -> "Names":
        """With this name for the assistant, if it has none yet and this is one."""
        return replace(self, assistant=name) if name and self.assistant == Names().assistant else self


def is_message(row: Mapping[str, object]) -> bool:
    """Whether an object says who says what."""
    return ("role" in row or "from" in row) and any(key in row for key in _TEXTS)


def system_text(message: object) -> str:
    """What a system message says; "" for any other message."""
    if not isinstance(message, dict) or chat_party(str(message.get("role", message.get("from")))) != "system":
        return ""
    return _said(message) or ""


def spoken(message: Mapping[str, object], names: Names, labels: Labels, place: Place) -> Iterator[Event]:
    """Yield the utterance of a {role, content} or {from, value} message, or its rejection."""
    role = message.get("role", message.get("from"))
    text = _said(message)
    if not isinstance(role, str | None) or text is None:
        yield _rejected("wrong_type", message, place)
        return
    party = chat_party(role or "")
    if party in ("system", "tool"):
        yield _rejected(f"{party}_message", message, place)
        return
    name = _first(message, ("name",)) or {"user": names.user, "assistant": names.assistant}.get(party, role or "")
    yield from _utterance(name, text, message, labels, place)


def narrated(message: Mapping[str, object], names: Names, labels: Labels, place: Place) -> Iterator[Event]:
    """Yield the utterance of a SillyTavern message without its *actions*, or its rejection; swipes are left aside."""
    mes = _text(message.get("mes"))
    if mes is None:
        yield _rejected("wrong_type", message, place)
        return
    if message.get("is_system"):
        yield _rejected("system_message", message, place)
        return
    text = _BOLD.sub(r"\1", _ACTION.sub(" ", mes))
    text = re.sub(r" {2,}", " ", text).strip()
    if mes.strip() and not text:
        yield _rejected("narration", message, place)
        return
    name = _first(message, ("name",)) or (names.user if message.get("is_user") else names.assistant)
    yield from _utterance(name, text, message, labels, place)


_TEXTS = ("content", "value", "text")
_KEYS = (
    (("id", "conversation_id", "dialogue_id", "dialog_id", "session_id", "chat_id"), ""),
    (("user_name", "human_name"), "user"),
    (("assistant_name", "char_name", "character_name", "character", "bot_name"), "assistant"),
)
_ACTION = re.compile(r"(?<!\*)\*(?![*\s])[^*]+\*(?!\*)")
_BOLD = re.compile(r"\*\*+([^*]+)\*\*+")


def _utterance(name: str, text: str, message: Mapping[str, object], labels: Labels, place: Place) -> Iterator[Event]:
    speaker = plain_role(name)
    emotion, said = split_tag(text, labels, bare=False)
    tag, notice = text.removesuffix(said).strip(), None
    if emotion is None:
        tag = _first(message, ("emotion",))
        emotion, notice = labels.read(tag, place)
    if notice:
        yield notice
    if speaker and said.strip():
        yield Utterance(speaker, said.strip(), emotion, place, tag=tag)
    else:
        yield _rejected("empty_text" if speaker else "missing_role", message, place, speaker)


def _first(row: Mapping[str, object], keys: tuple[str, ...]) -> str:
    """The first of the keys that has a text or a number, as text."""
    values = (row.get(key) for key in keys)
    return next((str(value).strip() for value in values if isinstance(value, str | int) and str(value).strip()), "")


def _said(message: Mapping[str, object]) -> str | None:
    return _text(next((message[key] for key in _TEXTS if key in message), None))


def _text(content: object) -> str | None:
    """The text of a message, which may come in parts, some of them pictures; None for what is none."""
    if isinstance(content, list):
        parts = [part.get("text") if isinstance(part, dict) else part for part in content]
        # Parts that are bare strings are one line with its links and marks (Telegram), objects are paragraphs.
        glue = "" if any(isinstance(part, str) for part in content) else "\n"
        return glue.join(part for part in parts if isinstance(part, str))
    return content or "" if isinstance(content, str | None) else None


def _rejected(reason: str, message: Mapping[str, object], place: Place, speaker: str = "") -> Rejected:
    return Rejected("utterance", reason, "import", place, message, character=speaker)
