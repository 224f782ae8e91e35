"""The RoleCraft-GLM authors' release, and rows of our own in the same shapes.

Each row is known by its keys, never by the name of its file, and a file may mix them:

    {role, content}                   a script line, the emotion tag at the front of the content
    {instruction, generated}          a question about the character's life
    {role, instruction, generated}    a general instruction; a list under `generated` holds several answers,
                                      in lists of their own where they were asked for at different times
    {instruction, raw_response}       a general instruction with its neutral answer, which belongs to no character
"""

from collections.abc import Iterator, Mapping
from typing import Literal

from roleinstruct.errors import SourceError
from roleinstruct.records import Boundary, Event, Instruction, Place, Rejected, Unit, Utterance
from roleinstruct.sources.json_rows import are_parted, first_objects, rows
from roleinstruct.sources.json_stream import Broken, Gap
from roleinstruct.sources.labels import Labels
from roleinstruct.sources.reading import Head, ReadOptions
from roleinstruct.sources.roles import is_chat_role, plain_role
from roleinstruct.sources.speakers import is_narrator
from roleinstruct.sources.tags import split_tag
from roleinstruct.sources.text import lines

__all__ = ["fits", "read"]


def fits(head: Head) -> str | None:
    """Most rows have one of the four shapes; roles such as "user" are a chat's."""
    objects = first_objects(head)
    units = [unit for row in objects if (unit := _unit(row)) and not _is_chat(row) and not _ANSWERED.isdisjoint(row)]
    if not units or 2 * len(units) < len(objects):
        return None
    return f"rows of {_SHAPES[max(set(units), key=units.count)]}"


def read(head: Head, options: ReadOptions) -> Iterator[Event]:
    """Yield an utterance or an instruction for each row, and boundaries where blank lines part a script.

    Args:
        head: The file.
        options: `labels` says what the emotion tags mean.

    Raises:
        SourceError: No row has one of the shapes.
    """
    objects, labels = first_objects(head), Labels(options.labels)
    usual = _usual(objects)
    tagged, parted = _is_tagged(objects, labels), are_parted(head)
    known = gap = False
    for first, last, row in rows(lines(head)):
        place = Place(head.name, first, last)
        if isinstance(row, Gap):
            gap = parted
        elif not isinstance(row, dict):
            yield _not_a_row(row, usual, place)
        elif unit := _unit(row):
            if gap and unit == "utterance":
                yield Boundary("blank", "", place)
                gap = False
            known = True
            yield _utterance(row, labels, place, bare=tagged) if unit == "utterance" else _instruction(row, unit, place)
        else:
            yield Rejected(usual, "unknown_shape", "import", place, row)
    if not known:
        raise SourceError(
            f"{head.name} holds no row of {{role, content}} or {{instruction, generated}}: "
            "choose another format, or give a column map for a table."
        )


_ANSWERED = frozenset({"content", "generated", "raw_response"})
"""What a row of the release holds, if it is whole; other data sets have their answers under other keys."""

_SHAPES = {
    "utterance": "{role, content}",
    "specific": "{instruction, generated}",
    "general": "{role, instruction, generated}",
}

_Question = Literal["specific", "general"]


def _unit(row: Mapping[str, object]) -> Literal["utterance", "specific", "general"] | None:
    """What a row is meant to be, by its keys; None for a shape of others."""
    if "instruction" in row or "generated" in row:
        return "general" if row.get("role") is not None or "raw_response" in row else "specific"
    return "utterance" if "content" in row and "role" in row else None


def _is_chat(row: Mapping[str, object]) -> bool:
    return "content" in row and is_chat_role(row.get("role"))


def _usual(objects: list[Mapping[str, object]]) -> Unit:
    """What most rows are: a broken row is taken for one of them."""
    units: list[Unit] = [unit for row in objects if (unit := _unit(row))]
    return max(units, key=units.count, default="utterance")


def _is_tagged(objects: list[Mapping[str, object]], labels: Labels) -> bool:
    """Whether most script lines bear a tag, so that a bare emotion word at the front of one is a damaged tag."""
    texts = [text for row in objects if _unit(row) == "utterance" and isinstance(text := row["content"], str)]
    return 2 * sum(split_tag(text, labels, bare=False)[0] is not None for text in texts) > len(texts)


def _not_a_row(value: object, unit: Unit, place: Place) -> Rejected:
    if isinstance(value, Broken):
        return Rejected(unit, "broken_json", "import", place, {"text": value.text, "why": value.why})
    return Rejected(unit, "wrong_type", "import", place, {"value": value})


def _utterance(row: Mapping[str, object], labels: Labels, place: Place, *, bare: bool) -> Utterance | Rejected:
    role, content = row["role"], row["content"]
    if not isinstance(role, str | None) or not isinstance(content, str | None):
        return Rejected("utterance", "wrong_type", "import", place, row)
    speaker = plain_role(role or "")
    if not speaker:
        return Rejected("utterance", "missing_role", "import", place, row)
    if is_narrator(speaker):
        return Rejected("utterance", "narration", "import", place, row)
    emotion, text = split_tag(content or "", labels, bare=bare)
    if not text.strip():
        return Rejected("utterance", "empty_text", "import", place, row, character=speaker)
    return Utterance(speaker, text.strip(), emotion, place, tag=(content or "").removesuffix(text).strip())


def _instruction(row: Mapping[str, object], kind: _Question, place: Place) -> Instruction | Rejected:
    role, question, raw = (row.get(key) for key in ("role", "instruction", "raw_response"))
    answers = _answers(row.get("generated"))
    if answers is None or not all(isinstance(value, str | None) for value in (role, question, raw)):
        return Rejected(kind, "wrong_type", "import", place, row)
    character = plain_role(str(role or ""))
    reason = _problem(row, answers)
    if reason:
        return Rejected(kind, reason, "import", place, row, character=character)
    neutral = str(raw).strip() if raw else None
    return Instruction("", character, kind, str(question).strip(), tuple(answers), neutral or None, place=place)


def _answers(generated: object) -> list[str] | None:
    """The answers that are not empty, out of nested lists too; None where they are not text."""
    if isinstance(generated, list):
        parts = [_answers(answer) for answer in generated]
        return None if None in parts else [answer for part in parts for answer in part or []]
    if not isinstance(generated, str | None):
        return None
    return [generated.strip()] if generated and generated.strip() else []


def _problem(row: Mapping[str, object], answers: list[str]) -> str:
    if not str(row.get("instruction") or "").strip():
        return "missing_instruction"
    if "generated" not in row and "raw_response" not in row:
        return "missing_answer"
    return "" if answers or str(row.get("raw_response") or "").strip() else "empty_answer"
