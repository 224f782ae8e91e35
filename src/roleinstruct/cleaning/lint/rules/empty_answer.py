"""An answer that says nothing."""

from collections.abc import Iterator

from roleinstruct.cleaning.lint.material import Person
from roleinstruct.cleaning.lint.rule import Finding, Rule, excerpt

__all__ = ["RULE"]


def _find(person: Person) -> Iterator[Finding]:
    for asked, answer in person.answers():
        if not any(c.isalnum() for c in answer):
            message = f"the answer to {excerpt(asked.item.instruction, 30)!r} is empty"
            yield Finding(message, asked.where, asked.row, person.name, excerpt(answer))
    for rejected in person.rejected:
        if rejected.reason in ("empty_answer", "missing_answer"):
            instruction = str(rejected.payload.get("instruction", ""))
            message = f"the answer to {excerpt(instruction, 30)!r} is {rejected.reason.split('_')[0]}"
            yield Finding(message, str(rejected.place), "", person.name, "", rejected.lines)


RULE = Rule(
    id="empty-answer",
    severity="error",
    summary="An answer is missing, empty, or nothing but punctuation.",
    why="A model that is trained on it learns to say nothing.",
    example='{"instruction": "你最怕什么？", "generated": ""}',
    mend="Ask again, or leave the row out; a build leaves rows without any answer out by itself.",
    person=_find,
    drops=True,
)
