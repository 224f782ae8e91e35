"""A long script that does not say where one conversation ends."""

from collections import defaultdict
from collections.abc import Iterator

from roleinstruct.cleaning.lint.material import Person, Scene
from roleinstruct.cleaning.lint.rule import Finding, Rule

__all__ = ["RULE"]

_LONG = 100
"""Lines; a single conversation may well have as many."""


def _find(person: Person) -> Iterator[Finding]:
    files: dict[str, list[Scene]] = defaultdict(list)
    for scene in person.scenes:
        place = scene.utterances[0].place if scene.utterances else None
        if place and scene.begins != "dialogue":
            files[place.file].append(scene)
    for name, scenes in files.items():
        said = [utterance for scene in scenes for utterance in scene.utterances]
        if len(said) > _LONG and all(scene.begins == "file" for scene in scenes):
            first, last = said[0].place, said[-1].place
            where = str(first.to(last)) if first and last else ""
            message = f"the {len(said)} lines of {name} have no boundary between conversations"
            yield Finding(message, where, "", person.name)


RULE = Rule(
    id="no-boundaries",
    severity="note",
    summary="A long script does not say where one conversation ends and the next begins.",
    why="Whoever cuts it has to guess, and a dialogue that runs over a change of scene answers what nobody asked.",
    example="8,000 lines of {role, content} without a scene, an id or a blank line",
    mend="Keep the scene or episode of each line when the data is collected; a build cuts by what the lines show.",
    person=_find,
)
