"""More than two people in one conversation."""

from collections import Counter
from collections.abc import Iterator

from roleinstruct.cleaning.lint.material import Person
from roleinstruct.cleaning.lint.rule import Finding, Rule

__all__ = ["RULE"]


def _find(person: Person) -> Iterator[Finding]:
    casts = [Counter(utterance.speaker for utterance in scene.utterances) for scene in person.scenes]
    crowded = [number for number, cast in enumerate(casts) if len(cast) > 2]
    if not crowded:
        return
    fullest = max(crowded, key=lambda number: len(casts[number]))
    cast, scene = casts[fullest], person.scenes[fullest]
    most = ", ".join(f"{name} ({count})" for name, count in cast.most_common(4))
    of_all = "the script" if len(casts) == 1 else f"{len(crowded)} of {len(casts)} scenes"
    at_most = f"{len(cast)} speakers" if len(casts) == 1 else f"more than two speakers, the fullest {len(cast)}"
    first, last = scene.utterances[0].place, scene.utterances[-1].place
    where = str(first.to(last)) if first and last else ""
    row = f"dialogues/{scene.id}" if scene.id else ""
    message = f"{of_all} {'has' if len(casts) == 1 else 'have'} {at_most}: {most}"
    yield Finding(message, where, row, person.name, rows=len(crowded))


RULE = Rule(
    id="crowded-script",
    severity="note",
    summary="More than two speakers share a scene, or a script without any boundary.",
    why="A role-play model talks with one person: who speaks to whom has to be guessed before it can be trained.",
    example="a script of 2,000 lines without scenes in which eleven people speak",
    mend="Mark the scenes; a build takes out the stretches in which the character talks with one partner.",
    person=_find,
)
