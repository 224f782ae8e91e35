"""Sheets for Argilla 2: records, settings, and the exported records read back.

The files are what `Dataset.records.from_json` and `Settings.from_json` read. There are no suggestions.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from roleinstruct.errors import LabelError, RecordError
from roleinstruct.generate.sheets.answers import Answer, Misread, label_in, line_of, round_of
from roleinstruct.generate.sheets.guide import KEYS, guidelines, meanings
from roleinstruct.generate.sheets.label_studio import around
from roleinstruct.generate.sheets.sheet import Sheet
from roleinstruct.records import Place

__all__ = ["argilla_answers", "argilla_records", "argilla_settings"]


def argilla_records(sheet: Sheet) -> list[dict[str, Any]]:
    """A record for each line that is asked for."""
    return [
        {
            "id": line.id,
            "fields": {
                "context": "\n".join(
                    f"{'▶ ' if near is line else ''}{near.speaker}: {near.text}" for near in around(lines, at)
                ),
                "text": line.text or " ",
            },
            "metadata": {"line": line.id, "speaker": line.speaker, "sheet": sheet.person, "round": sheet.round},
            "suggestions": {},
            "responses": {},
            "vectors": {},
        }
        for lines in sheet.dialogues
        for at, line in enumerate(lines)
        if line.asked
    ]


def argilla_settings() -> dict[str, Any]:
    """The fields, the questions and the guidelines of a dataset."""
    options = [{"value": e.value, "text": f"{KEYS[e]} {e.zh} {e.value}"} for e in meanings()]
    question = {"type": "label_selection", "options": options, "visible_options": len(options)}
    plain = {"type": "text", "use_markdown": False}
    return {
        "guidelines": guidelines(),
        "questions": [
            {"name": "emotion", "title": "情绪 emotion", "required": True, "settings": question},
            {"name": "note", "title": "备注 note", "required": False, "settings": plain},
        ],
        "fields": [
            {"name": "context", "title": "上下文 context", "required": False, "settings": plain},
            {"name": "text", "title": "台词 line", "required": True, "settings": plain},
        ],
        "vectors": [],
        "metadata": [],
        "allow_extra_metadata": True,
        "distribution": {"strategy": "overlap", "min_submitted": 1},
    }


def argilla_answers(records: Sequence[Any], file: str) -> Iterator[Answer | Misread]:
    """Read exported records, as `records.to_json` or `records.to_list(flatten=True)` gives them.

    A person is called as the sheet says, or, where several people's labels are in the file, by their ids in Argilla.

    Args:
        records: The items of the document.
        file: Its name.
    """
    names = {user for record in records for user in _responses(record, "emotion")}
    for number, record in enumerate(records, 1):
        place = Place(file, number, number)
        data = _data(record)
        try:
            line = line_of(str(data.get("line", "")), str(data.get("speaker", "")), str(data.get("text", "")))
            again = round_of(data.get("round"))
        except RecordError as error:
            yield Misread(place, str(error))
            continue
        person = str(data.get("sheet") or "")
        given, notes = _responses(record, "emotion"), _responses(record, "note")
        for user, word in given.items():
            name = user if len(names) > 1 or not person else person
            try:
                yield Answer(name, again, line, label_in(word), notes.get(user, ""), place)
            except LabelError as error:
                yield Misread(place, str(error), name, line.id)
        if not given and person and len(names) < 2:
            yield Answer(person, again, line, None, "", place)


def _data(record: Any) -> Mapping[str, Any]:  # noqa: ANN401 - JSON
    """Fields and metadata of a record, flat or not."""
    if not isinstance(record, dict):
        return {}
    fields, metadata = record.get("fields"), record.get("metadata")
    return {
        **record,
        **(fields if isinstance(fields, dict) else {}),
        **(metadata if isinstance(metadata, dict) else {}),
    }


def _responses(record: Any, question: str) -> dict[str, str]:  # noqa: ANN401 - JSON
    """What each user has answered and submitted."""
    if not isinstance(record, dict):
        return {}
    nested = record.get("responses")
    if isinstance(nested, dict):
        listed = nested.get(question)
        found = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
        rows = [(one.get("user_id"), one.get("value"), one.get("status")) for one in found]
    else:
        columns = [record.get(f"{question}.responses{end}") for end in (".users", "", ".status")]
        users, values, states = (column if isinstance(column, list) else [] for column in columns)
        rows = list(zip(users, values, states or [None] * len(users), strict=False))
    return {str(user or ""): str(value) for user, value, state in rows if state in (None, "submitted") and value}
