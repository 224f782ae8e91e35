"""Phone numbers, addresses and the like of real people."""

from collections.abc import Iterator

from roleinstruct.cleaning.lint.material import Person
from roleinstruct.cleaning.lint.rule import Finding, Rule
from roleinstruct.cleaning.lint.texts import EVERYWHERE, Text, by_cause, search
from roleinstruct.cleaning.privacy.identifiers import find_identifiers

__all__ = ["RULE"]


def _find(person: Person) -> Iterator[Finding]:
    for (part, kind, _), text, n in by_cause(_hits(person)):
        # What is private is never shown: no excerpt, and the kind alone in the message.
        yield Finding(f"the {part} holds private data: {kind}", text.where, text.row, person.name, "", n)


def _hits(person: Person) -> Iterator[tuple[Text, tuple[str, str, str]]]:
    for text, spans in search(person, EVERYWHERE, find_identifiers):
        for span in spans:
            yield text, (text.part, span.kind, text.text[span.start : span.end])


RULE = Rule(
    id="private-data",
    severity="error",
    summary="A text holds something that identifies a person, such as a phone number.",
    why="It must not be published, and a model can be made to say it again.",
    example='{"role": "小林", "content": "有事打我电话……"}',
    mend="Add a `privacy` block to the builder, which replaces what it finds, and build again.",
    person=_find,
)
