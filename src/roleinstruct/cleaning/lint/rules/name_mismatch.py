"""Folder, profile and script that do not agree on who the character is."""

from collections import Counter
from collections.abc import Iterator

from roleinstruct.cleaning.lint.material import Person
from roleinstruct.cleaning.lint.names import are_related, profile_names
from roleinstruct.cleaning.lint.rule import Finding, Rule

__all__ = ["RULE"]


def _find(person: Person) -> Iterator[Finding]:
    if not person.name:
        return
    called = profile_names(person)
    if called and not any(are_related(name, person.name) for name in called):
        message = f"the profile calls {person.name} {' or '.join(called)}"
        where = next(iter(person.profile.evidence), "") if person.profile else ""
        yield Finding(message, where.removeprefix("source: "), "", person.name, called[0])
    yield from _strange_speakers(person)


def _strange_speakers(person: Person) -> Iterator[Finding]:
    strange = [name for name in person.speaks_as if not are_related(name, person.name)]
    if strange:
        message = f"{person.name} speaks as {', '.join(strange)} in the script"
        yield Finding(message, "", "", person.name, strange[0])
        return
    speakers = Counter(utterance.speaker for _, utterance in person.utterances())
    if speakers and not any(are_related(name, person.name) for name in speakers):
        others = ", ".join(name for name, _ in speakers.most_common(3))
        yield Finding(f"{person.name} never speaks in the script, where {others} do", "", "", person.name)


RULE = Rule(
    id="name-mismatch",
    severity="warning",
    summary="The name of the folder, the name in the profile and the names in the script disagree.",
    why="A model that is told one name and trained under another mixes the two, and a count by name misses rows.",
    example="a folder 何静 whose profile begins with 名字：何晴",
    mend="Decide on one name and write it in all places; a spelling of the profile is the cheapest to change.",
    person=_find,
)
