"""Sheets for Label Studio: tasks to import, the labelling interface, and the export read back.

One task is one line, with the lines around it. There are no predictions, so nobody sees what a model said.
"""

from collections.abc import Iterator, Sequence
from typing import Any
from xml.etree import ElementTree as Xml

from roleinstruct.errors import LabelError, RecordError
from roleinstruct.generate.sheets.answers import Answer, Misread, label_in, line_of, round_of
from roleinstruct.generate.sheets.guide import KEYS, RULES, meanings
from roleinstruct.generate.sheets.sheet import Line, Sheet
from roleinstruct.records import Place

__all__ = ["around", "label_studio_answers", "label_studio_config", "label_studio_tasks"]

_BEFORE, _AFTER = 8, 3


def label_studio_tasks(sheet: Sheet) -> list[dict[str, Any]]:
    """The document to import: a task for each line that is asked for."""
    return [
        {
            "data": {
                "line": line.id,
                "speaker": line.speaker,
                "text": line.text,
                "context": [
                    {"speaker": f"▶ {near.speaker}" if near is line else near.speaker, "text": near.text}
                    for near in around(lines, at)
                ],
                "sheet": sheet.person,
                "round": sheet.round,
            }
        }
        for lines in sheet.dialogues
        for at, line in enumerate(lines)
        if line.asked
    ]


def around(lines: Sequence[Line], at: int) -> Sequence[Line]:
    """The lines shown with the one that is at a position, itself included."""
    return lines[max(0, at - _BEFORE) : at + _AFTER + 1]


def label_studio_config() -> str:
    """The labelling interface, XML, to be pasted under Settings, Labeling Interface, Code."""
    view = Xml.Element("View")
    Xml.SubElement(view, "Header", value=" ".join(RULES["zh"]), size="5")
    Xml.SubElement(view, "Header", value=" ".join(RULES["en"]), size="5")
    Xml.SubElement(
        view, "Paragraphs", name="context", value="$context", layout="dialogue", nameKey="speaker", textKey="text"
    )
    Xml.SubElement(view, "Header", value="$speaker", size="4")
    Xml.SubElement(view, "Text", name="text", value="$text", valueType="text")
    choices = Xml.SubElement(
        view, "Choices", name="emotion", toName="text", choice="single", required="true", showInline="true"
    )
    for emotion, meaning in meanings().items():
        Xml.SubElement(
            choices,
            "Choice",
            value=f"{emotion.zh} {emotion.value}",
            alias=emotion.value,
            hotkey=KEYS[emotion],
            hint=f"{meaning.zh} / {meaning.en}",
        )
    Xml.SubElement(
        view, "TextArea", name="note", toName="text", placeholder="备注 note", required="false", maxSubmissions="1"
    )
    Xml.indent(view)
    return Xml.tostring(view, encoding="unicode") + "\n"


def label_studio_answers(tasks: Sequence[Any], file: str) -> Iterator[Answer | Misread]:
    """Read an export (JSON, not JSON-MIN).

    A person is called as the sheet says, or, where several people's labels are in the file, as Label Studio does.

    Args:
        tasks: The items of the document.
        file: Its name.
    """
    names = {_name(one) for task in tasks for one in _annotations(task)}
    for number, task in enumerate(tasks, 1):
        place = Place(file, number, number)
        data = task.get("data") if isinstance(task, dict) else None
        if not isinstance(data, dict) or "line" not in data:
            yield Misread(place, "it is no task with the data of a sheet")
            continue
        try:
            line = line_of(str(data["line"]), str(data.get("speaker", "")), str(data.get("text", "")))
            again = round_of(data.get("round"))
        except RecordError as error:
            yield Misread(place, str(error))
            continue
        person = str(data.get("sheet") or "")
        given = _annotations(task)
        for one in given:
            name = _name(one) if len(names) > 1 or not person else person
            try:
                yield Answer(name, again, line, label_in(_value(one, "choices")), _value(one, "text"), place)
            except LabelError as error:
                yield Misread(place, str(error), name, line.id)
        if not given and person and len(names) < 2:
            yield Answer(person, again, line, None, "", place)


def _annotations(task: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - JSON
    """What people have submitted for a task, without what they skipped."""
    given = task.get("annotations") if isinstance(task, dict) else None
    listed = given if isinstance(given, list) else []
    return [one for one in listed if isinstance(one, dict) and not one.get("was_cancelled")]


def _name(annotation: dict[str, Any]) -> str:
    by = annotation.get("completed_by")
    return str(by.get("email") or by.get("id") or "" if isinstance(by, dict) else "" if by is None else by)


def _value(annotation: dict[str, Any], kind: str) -> str:
    """The choices or the text of an annotation, several joined by a comma."""
    results = annotation.get("result")
    for result in results if isinstance(results, list) else []:
        value = result.get("value") if isinstance(result, dict) else None
        if isinstance(value, dict) and isinstance(value.get(kind), list):
            return ", ".join(map(str, value[kind]))
    return ""
