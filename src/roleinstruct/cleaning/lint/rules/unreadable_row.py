"""A row that no reader could make anything of."""

from collections.abc import Iterator

from roleinstruct.cleaning.lint.material import Person
from roleinstruct.cleaning.lint.rule import Finding, Rule, excerpt

__all__ = ["RULE"]

_REASONS = {
    "broken_json": "the line is no JSON",
    "broken_row": "the quotes of the table row do not close",
    "short_row": "the row has fewer cells than the table has columns",
    "long_row": "the row has more cells than the table has columns",
    "broken_time": "the times of the subtitle cannot be read",
    "broken_block": "the subtitle has no times",
    "wrong_type": "a value is of another type than text",
    "unknown_shape": "the keys of the row are none that a reader knows",
    "missing_role": "nothing says who speaks",
    "missing_speaker": "nothing says who speaks",
    "missing_instruction": "the question is missing",
}


def _find(person: Person) -> Iterator[Finding]:
    for rejected in person.rejected:
        if rejected.stage == "import" and rejected.reason in _REASONS:
            why = rejected.payload.get("why")
            message = _REASONS[rejected.reason] + (f": {why}" if why else "")
            text = rejected.payload.get("text", rejected.payload.get("value", dict(rejected.payload)))
            yield Finding(message, str(rejected.place), "", person.name, excerpt(str(text)), rejected.lines)


RULE = Rule(
    id="unreadable-row",
    severity="error",
    summary="A row is broken, of another shape than its file, or lacks who speaks or what is asked.",
    why="It is lost for whoever reads the file, and a strict reader gives the whole file up.",
    example='{"role": "李明", "content": "(中立)你好"',
    mend="Mend the line by hand; the message says what is wrong with it.",
    person=_find,
)
