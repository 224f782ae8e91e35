"""A character that lacks what the others have."""

from collections.abc import Iterator, Sequence

from roleinstruct.cleaning.lint.material import Corpus, Person
from roleinstruct.cleaning.lint.rule import Finding, Rule

__all__ = ["RULE"]

_PARTS = ("script", "profile", "specific questions", "answers to general instructions")


def _find(_: Corpus, gathered: Sequence[tuple[str, frozenset[str]]]) -> Iterator[Finding]:
    parts = {name: found for name, found in gathered if name}
    for part in _PARTS:
        having = [name for name, found in parts.items() if part in found]
        if 2 * len(having) > len(parts):
            for name in (name for name in parts if name not in having):
                message = f"{name} has no {part}, which {len(having)} of {len(parts)} characters have"
                yield Finding(message, character=name)


def _gather(person: Person, _: Corpus) -> tuple[str, frozenset[str]]:
    answered = {asked.item.kind for asked in person.asked if asked.item.responses}
    has = (any(person.utterances()), person.profile is not None, "specific" in answered, "general" in answered)
    return person.name, frozenset(part for part, there in zip(_PARTS, has, strict=True) if there)


RULE = Rule(
    id="missing-part",
    severity="warning",
    summary="A character has no script, profile, questions or general answers, though most others have.",
    why="A file was lost or misnamed, or the character is compared with others on less than they have.",
    example="eleven characters have a file of specific questions, and the twelfth has none",
    mend="Look for the file under another name; leave the part away for all, or say in the card that it is missing.",
    gather=_gather,
    corpus=_find,
)
