"""A character's profile as plain text: a paragraph or list of fields, "名字：…，年龄：…" or "Name: …; Age: …".

Prose is one too, if it lies in the folder of the character that it tells of.
"""

import re
from collections.abc import Iterator

from roleinstruct.errors import SourceError
from roleinstruct.records import CharacterProfile, Event, Place
from roleinstruct.sources.json_rows import rows
from roleinstruct.sources.reading import Head, ReadOptions
from roleinstruct.sources.speakers import split_speaker
from roleinstruct.sources.text import lines

__all__ = ["fits", "read", "tells_of"]


def fits(head: Head) -> str | None:
    """The text begins with a known field, perhaps under a heading, and holds at least four.

    Plain text of which every line begins with one needs two.
    """
    text = _lines_of_fields(head.text)
    found = {match["field"].casefold() for match in _FIELD.finditer(text)}
    rows = [row for row in _HEADING.sub("", text.lstrip(), count=1).split("\n") if row.strip()]
    least = 2 if text == head.text and all(map(_FIELD.match, rows)) else _LEAST
    if len(found) < least or not rows or not _FIELD.match(rows[0]):
        return None
    return f"profile fields such as {', '.join(sorted(found)[:3])}"


def tells_of(head: Head, character: str) -> str | None:
    """The text is short, in sentences, names the character at its beginning, and nobody speaks in it."""
    text = head.text.strip()
    rows = [row for row in text.split("\n") if row.strip()]
    names = (character, character.split()[0]) if character.strip() else ()
    if not any(name.casefold() in text[:_BEGINNING].casefold() for name in names):
        return None
    prose = text[0] not in "[{<" and len(text) <= _PROSE and len(text) >= _LINE * len(rows) and _SENTENCE.search(text)
    spoken = sum(bool(_QUOTED.match(row) or split_speaker(row)) for row in rows)
    if not prose or spoken > 1 or _OF_FILES.search(text):
        return None
    return f"a short text about {character}"


def read(head: Head, options: ReadOptions) -> Iterator[Event]:
    """Yield the whole text as one profile; whose it is, the text's place tells.

    Args:
        head: The file.
        options: Nothing in it concerns this format.

    Raises:
        SourceError: The text is too long for a profile.
    """
    found: list[str] = []
    size = 0
    for _, line in lines(head):
        found.append(line)
        size += len(line)
        if size > _LONGEST:
            raise SourceError(
                f"{head.name} has more than {_LONGEST:,} characters, and one character's profile was expected: "
                "choose another format."
            )
    yield CharacterProfile(
        "", text=_lines_of_fields("\n".join(found)).strip(), place=Place(head.name, 1, max(1, len(found)))
    )


def _lines_of_fields(text: str) -> str:
    """A JSON object of fields as lines of "field：value", any other text as it is."""
    if text.lstrip()[:1] not in ("{", "["):
        return text
    objects = [value for _, _, value in rows(enumerate(text.split("\n"), start=1))]
    if len(objects) != 1 or not isinstance(objects[0], dict):
        return text
    return "\n".join(f"{key}：{_value(value)}" for key, value in objects[0].items() if value not in (None, "", [], {}))


def _value(value: object) -> str:
    if isinstance(value, list):
        return "、".join(map(_value, value))
    if isinstance(value, dict):
        return "，".join(f"{key} {_value(part)}" for key, part in value.items())
    return str(value)


_LEAST = 4
_PROSE, _LINE, _BEGINNING = 3000, 12, 100
"""Characters that prose about somebody has at most, a line of it on average at least, and that hold the name."""

_SENTENCE = re.compile(r"[。！!？?]|\.(?:\s|$)")
_OF_FILES = re.compile(
    r"https?:|@\w|\w\.(?:txt|jsonl?|csv|md|srt)\b|```|data ?set|copyright|this (?:folder|file)"
    r"|数据集|文件夹|本文件|版权",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"\s*[“「『\"]")
_HEADING = re.compile(r"(?:#+[ \t].*|[^\n:：，,。]{1,30})\n+")
_LONGEST = 200_000

_CHINESE = (
    "名字|姓名|年[龄齡]|身高|[体體]重|生日|星座|性[别別]|[职職][业業]|性格(?:特[点點])?|背景|[爱愛]好|特[长長]|[梦夢]想|家庭(?:情[况況])?|"
    "[关關][系係]|穿[着著]风格|穿[着著]風格|(?:喜[欢歡]|[讨討][厌厭])的[\u4e00-\u9fff]{2,3}"
)
_ENGLISH = (
    "(?:full )?name|age|height|weight|birthday|date of birth|zodiac(?: sign)?|gender|occupation|personality|background|"
    "(?:character |personality )?traits|hobbies|specialt(?:y|ies)|dreams?|family|relationships?|favou?rite [a-z]+|"
    "dislikes?|likes"
)
_FIELD = re.compile(
    rf"(?:^|[，,；;。、\n]|(?<=\. ))[\s*#\-•]*(?P<field>{_CHINESE}|{_ENGLISH})\s*\**\s*[：:]", re.IGNORECASE
)
