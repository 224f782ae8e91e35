"""Tables: one utterance, or one question with its answer, on each row of CSV, TSV, JSON Lines or Parquet.

Which column holds what is known by well-known names in Chinese and English, or said by the user.
"""

import json
from collections.abc import Iterator, Mapping

from roleinstruct.errors import ConfigError, SourceError
from roleinstruct.records import Boundary, Event, Instruction, Rejected, Unit, Utterance
from roleinstruct.sources.labels import Labels
from roleinstruct.sources.reading import Head, ReadOptions
from roleinstruct.sources.roles import plain_role
from roleinstruct.sources.table_rows import TableRow, columns_of, table_rows
from roleinstruct.sources.tags import split_tag

__all__ = ["NAMES", "fits", "read"]

NAMES: Mapping[str, tuple[str, ...]] = {
    key: tuple(names.split())
    for key, names in {
        "speaker": "speaker speaker_name 说话人 說話人 发言人 發言人 发言者 角色 人物 role character sender "
        "sender_name author name nickname 昵称 发送者 发送人 姓名 speaker_id speaker_idx",
        "text": "text utterance utterance_text content 内容 內容 台词 台詞 对白 對白 message message_text strcontent",
        "emotion": "emotion emotion_label 情绪 情緒 情感",
        "dialogue": "dialogue_id dialog_id dialogue call_id conversation_id session_id session conv_id "
        "通话id 对话id 会话id 通话编号 通話編號 对话编号 對話編號 会话编号",
        "instruction": "instruction question prompt 问题 問題",
        "input": "input",
        "response": "response answer generated output completion chosen 回答 答案",
    }.items()
}
"""Well-known names of columns, in any case, the first that is there is taken; a space or a hyphen counts as "_"."""


def fits(head: Head) -> str | None:
    """The columns bear well-known names for who says what, or for question and answer."""
    columns = columns_of(head)
    known = _recognise(columns, {})
    pair = _pair(known)
    return f"columns {known[pair[0]]} and {known[pair[1]]}" if pair else None


def read(head: Head, options: ReadOptions) -> Iterator[Event]:
    """Yield an utterance or an instruction for each row, and a boundary before each dialogue that has an id.

    Without an emotion column a tag at the front of the text is taken for the emotion.

    Args:
        head: The file.
        options: `columns` says which column holds what, `labels` what the emotion words mean.

    Raises:
        ConfigError: The column map has an unknown key.
        SourceError: A column of the map is not there, none is known, or there are no rows.
    """
    names = _columns(head, options)
    pair = _pair(names)
    if not pair:
        raise SourceError(
            f"{head.name} has the columns {_listing(columns_of(head))}, none of them known to hold speaker and text "
            "(or question and answer): give a column map, such as --column speaker=谁 --column text=内容 for columns "
            "of these names."
        )
    unit: Unit = "utterance" if pair[0] == "speaker" else "specific"
    labels = Labels(options.labels)
    empty, dialogue = True, ""
    for row in table_rows(head, names[pair[1]]):
        empty = False
        if row.problem:
            yield _rejected(unit, row.problem, row)
            continue
        current = _text(row, names.get("dialogue")) or dialogue
        if current != dialogue:
            dialogue = current
            yield Boundary("id", dialogue, row.place)
        yield from _utterance(row, names, labels) if unit == "utterance" else _instruction(row, names, labels)
    if empty:
        raise SourceError(f"{head.name} has the columns {_listing(columns_of(head))} and no row: leave it out.")


def _columns(head: Head, options: ReadOptions) -> dict[str, str]:
    """Which column holds what: as the user says, else by its name."""
    columns = columns_of(head)
    for key, column in options.columns.items():
        if key not in NAMES:
            raise ConfigError(f"{key!r} is nothing that a column can hold; expected one of {', '.join(NAMES)}.")
        if column not in columns:
            raise SourceError(
                f"{head.name} has no column {column!r} for the {key}; it has {_listing(columns)}: name one of these."
            )
    return _recognise(columns, options.columns)


def _recognise(columns: list[str], said: Mapping[str, str]) -> dict[str, str]:
    plain = {_plain(column): column for column in columns if column not in said.values()}
    found = {key: plain[name] for key, names in NAMES.items() for name in reversed(names) if name in plain}
    return {**found, **said}


def _pair(names: Mapping[str, str]) -> tuple[str, str] | None:
    for pair in (("speaker", "text"), ("instruction", "response")):
        if names.keys() >= set(pair):
            return pair
    return None


def _utterance(row: TableRow, names: Mapping[str, str], labels: Labels) -> Iterator[Event]:
    speaker, text = _text(row, names["speaker"]), _text(row, names["text"])
    if speaker is None or text is None:
        yield _rejected("utterance", "wrong_type", row)
        return
    speaker = plain_role(speaker)
    if "emotion" in names:
        said, tag = text, _text(row, names["emotion"]) or ""
        emotion, notice = labels.read(tag, row.place)
        if notice:
            yield notice
    else:
        emotion, said = split_tag(text, labels, bare=False)
        tag = text.removesuffix(said).strip()
    if not speaker or not said.strip():
        reason = "empty_text" if speaker else "missing_speaker"
        yield _rejected("utterance", reason, row, speaker)
    else:
        yield Utterance(speaker, said.strip(), emotion, row.place, tag=tag)


def _instruction(row: TableRow, names: Mapping[str, str], labels: Labels) -> Iterator[Event]:
    question, character = _question(row, names), plain_role(_text(row, names.get("speaker")) or "")
    answers = _answers(row, names["response"])
    if question is None or answers is None:
        yield _rejected("specific", "wrong_type", row, character)
    elif not question or not answers:
        reason = "empty_answer" if question else "missing_instruction"
        yield _rejected("specific", reason, row, character)
    else:
        emotion, notice = labels.read(_text(row, names.get("emotion")) or "", row.place)
        if notice:
            yield notice
        yield Instruction("", character, "specific", question, tuple(answers), emotion=emotion, place=row.place)


def _question(row: TableRow, names: Mapping[str, str]) -> str | None:
    """The question, with the text that it is about below it where that stands in a column of its own."""
    parts = [_text(row, names["instruction"]), _text(row, names.get("input"))]
    return None if None in parts else "\n".join(part for part in parts if part)


def _rejected(unit: Unit, reason: str, row: TableRow, character: str = "") -> Rejected:
    """A row that was left out; times and bytes of a Parquet file are put as text."""
    payload = json.loads(json.dumps(row.cells, default=str))
    return Rejected(unit, reason, "import", row.place, payload, character=character)


def _text(row: TableRow, column: str | None) -> str | None:
    """A cell as text: "" where it is empty or not there, None where it is a list or an object."""
    value = row.cells.get(column) if column else ""
    if isinstance(value, str | int | float):
        return str(value).strip()
    return "" if value is None else None


def _answers(row: TableRow, column: str) -> list[str] | None:
    value = row.cells.get(column)
    if not isinstance(value, list):
        text = _text(row, column)
        return None if text is None else [text] if text else []
    if not all(isinstance(answer, str | None) for answer in value):
        return None
    return [answer.strip() for answer in value if answer and answer.strip()]


def _plain(column: str) -> str:
    return column.strip().casefold().replace(" ", "_").replace("-", "_")


def _listing(columns: list[str]) -> str:
    return ", ".join(columns) or "(none)"
