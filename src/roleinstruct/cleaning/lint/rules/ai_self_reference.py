"""An answer in which the character says that it is a language model."""

from collections.abc import Iterator

from roleinstruct.cleaning.lint.material import Person
from roleinstruct.cleaning.lint.rule import Finding, Rule
from roleinstruct.cleaning.lint.texts import Text
from roleinstruct.machine import is_machine, speaks_as_machine

__all__ = ["RULE"]


def _find(person: Person) -> Iterator[Finding]:
    if person.profile is not None and is_machine(person.profile.text):
        return
    for asked, answer in person.answers():
        if said := speaks_as_machine(answer, asked.item.instruction):
            message = f"the answer speaks as a language model: {said!r}"
            yield Text(person.name, "answer", answer, asked).finding(message)
    for scene, before, turn in person.spoken():
        if said := speaks_as_machine(turn.text, before.text):
            message = f"the character speaks as a language model: {said!r}"
            yield Text(person.name, "utterance", turn.text, turn, scene).finding(message)


RULE = Rule(
    id="ai-self-reference",
    severity="error",
    summary="An answer speaks as a language model or an assistant instead of the character.",
    why="It is the clearest way out of character, and training repeats it.",
    example='{"instruction": "你昨晚睡得好吗？", "generated": "作为一个人工智能，我不需要睡觉。"}',
    mend="Ask again, or leave the row out.",
    person=_find,
    drops=True,
)
