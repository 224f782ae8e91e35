"""Conversations as chat tools and fine-tuning sets keep them in JSON.

    {"conversations": [{"from", "value"}, …]}      ShareGPT, one conversation an object
    {"messages": [{"role", "content"}, …]}         ChatML, one conversation an object; also {"from", "text"} (Telegram)
    {"role": "user", "content": …}                 messages alone, blank lines or arrays part conversations
    {"name", "is_user", "mes"}                     SillyTavern, behind a header object; *actions* are narration

A conversation may name itself ("id") and its parties ("user_name"; "assistant_name", "char_name" or "character"). Where
it does not name the assistant, its system text may ("You are Nadia, …"), or the one persona of the file. Rows whose
roles are all names are a script: see `rolecraft`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from roleinstruct.errors import SourceError
from roleinstruct.records import Boundary, CharacterProfile, Event, Place, Rejected
from roleinstruct.sources.json_rows import are_parted, first_objects, rows
from roleinstruct.sources.json_stream import Broken, Gap
from roleinstruct.sources.labels import Labels
from roleinstruct.sources.messages import Names, is_message, narrated, spoken, system_text
from roleinstruct.sources.personas import Persona, persona_of
from roleinstruct.sources.reading import Head, ReadOptions
from roleinstruct.sources.roles import is_chat_role
from roleinstruct.sources.text import lines

__all__ = ["fits", "read"]


def fits(head: Head) -> str | None:
    """Most objects are conversations, messages of a chat's parties, or SillyTavern's."""
    objects = first_objects(head)
    shapes = [shape for row in objects if (shape := _shape(row)) and (shape != _MESSAGE or _is_of_chat(row))]
    if not shapes or 2 * len(shapes) < len(objects):
        return None
    return max(sorted(set(shapes)), key=shapes.count)


def read(head: Head, options: ReadOptions) -> Iterator[Event]:
    """Yield the utterances; a boundary with its id stands before each conversation, and one behind the last.

    System and tool messages are no utterances and are rejected; but the first that says who the assistant is, is its
    profile.

    Args:
        head: The file.
        options: `labels` says what the emotion words mean, those in front of a message and under its "emotion".

    Raises:
        SourceError: No object is a conversation or a message.
    """
    personas, labels, parted = _Personas(_usual_name(head)), Labels(options.labels), are_parted(head)
    names = Names().called(personas.usual)
    place, found = Place(head.name, 1, 1), False
    for first, last, row in rows(lines(head)):
        place = Place(head.name, first, last)
        if isinstance(row, Gap):
            if parted:
                names = Names().called(personas.usual)
                yield Boundary("blank", "", place)
            continue
        shape = _shape(row) if isinstance(row, dict) else ""
        found = found or shape != ""
        if not isinstance(row, dict) or not shape:
            yield _unusable(row, place)
        elif shape == _MESSAGE:
            names = personas.named(Names(), [row]) if system_text(row) else names
            yield from personas.heard(row, names, labels, place)
        elif shape == _CONVERSATION:
            yield from _conversation(row, personas, labels, place)
        elif "mes" in row:
            yield from narrated(row, names, labels, place)
        else:
            names = Names.of(row)
            yield Boundary("id", names.title, place)
    if not found:
        raise SourceError(
            f"{head.name} holds neither conversations nor messages: choose another format, or give a column map."
        )
    yield Boundary("id", "", place)


_CONVERSATION, _MESSAGE, _TAVERN = "conversations", "messages of user and assistant", "SillyTavern messages"
_LISTS = ("messages", "conversations", "conversation", "dialogue", "dialog", "chat", "turns")


def _shape(row: Mapping[str, object]) -> str:
    """Which of the kinds an object is, or ""."""
    if _messages(row) is not None:
        return _CONVERSATION
    if ("mes" in row and ("name" in row or "is_user" in row)) or ("mes" not in row and "character_name" in row):
        return _TAVERN
    return _MESSAGE if is_message(row) else ""


def _messages(row: Mapping[str, object]) -> list[object] | None:
    """The messages of a conversation; None for an object that is none."""
    for key in _LISTS:
        inner = row.get(key)
        if isinstance(inner, list) and (not inner or any(isinstance(m, dict) and is_message(m) for m in inner)):
            return inner
    return None


def _is_of_chat(row: Mapping[str, object]) -> bool:
    return is_chat_role(row.get("role", row.get("from")))


@dataclass(slots=True)
class _Personas:
    """Whom the system texts of a file make of the assistant.

    Attributes:
        usual: The name that the assistant has where no system text stands, or "".
        told: Those whose profile was read.
    """

    usual: str
    told: set[str] = field(default_factory=set)

    def named(self, names: Names, messages: Iterable[object]) -> Names:
        """The names of a conversation with these messages."""
        texts = [text for message in messages if (text := system_text(message))]
        persona = _first_persona(texts)
        return names.called(persona.name if persona else "" if texts else self.usual)

    def heard(self, message: Mapping[str, object], names: Names, labels: Labels, place: Place) -> Iterator[Event]:
        """Yield the utterance or profile of a message, or its rejection."""
        persona = persona_of(system_text(message))
        if persona and persona.text and names.assistant not in self.told:
            self.told.add(names.assistant)
            yield CharacterProfile(names.assistant, text=persona.text, place=place)
        else:
            yield from spoken(message, names, labels, place)


def _first_persona(texts: Iterable[str]) -> Persona | None:
    return next(filter(None, map(persona_of, texts)), None)


def _usual_name(head: Head) -> str:
    """The name of the one persona that the system texts of the head tell of, or ""."""
    texts = (system_text(message) for row in first_objects(head) for message in (row, *_all_messages(row)))
    names = {persona.name for persona in map(persona_of, filter(None, texts)) if persona}
    return names.pop() if len(names) == 1 else ""


def _all_messages(row: Mapping[str, object]) -> list[object]:
    """The messages of a conversation, its system text among them."""
    system = [{"role": "system", "content": row["system"]}] if isinstance(row.get("system"), str) else []
    return [*system, *(_messages(row) or [])]


def _conversation(row: Mapping[str, object], personas: _Personas, labels: Labels, place: Place) -> Iterator[Event]:
    messages = _all_messages(row)
    names = personas.named(Names.of(row), messages)
    yield Boundary("id", names.title, place)
    if not _messages(row):
        yield Rejected("utterance", "empty_conversation", "import", place, row)
    for message in messages:
        if isinstance(message, dict) and is_message(message):
            yield from personas.heard(message, names, labels, place)
        else:
            yield _unusable(message, place)


def _unusable(value: object, place: Place) -> Rejected:
    if isinstance(value, Broken):
        return Rejected("utterance", "broken_json", "import", place, {"text": value.text, "why": value.why})
    if isinstance(value, dict):
        return Rejected("utterance", "unknown_shape", "import", place, value)
    return Rejected("utterance", "wrong_type", "import", place, {"value": value})
