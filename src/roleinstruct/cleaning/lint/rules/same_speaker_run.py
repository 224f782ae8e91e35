"""Lines of one speaker that follow each other."""

from collections.abc import Iterator
from itertools import groupby, pairwise

from roleinstruct.cleaning.lint.material import Person
from roleinstruct.cleaning.lint.rule import Finding, Rule, excerpt
from roleinstruct.records import Utterance

__all__ = ["RULE"]

_WORTH = 0.1
"""Least share of the lines that continue a run; people do say two things in a row now and then."""

_LINES = 20


def _find(person: Person) -> Iterator[Finding]:
    if any(scene.begins == "dialogue" for scene in person.scenes):
        yield from _in_dialogues(person)
        return
    runs = [list(run) for scene in person.scenes for _, run in groupby(scene.utterances, key=lambda u: u.speaker)]
    lines, going_on = sum(map(len, runs)), sum(len(run) - 1 for run in runs)
    if lines >= _LINES and going_on >= _WORTH * lines:
        longest = max(runs, key=len)
        message = (
            f"{going_on} of {lines} lines ({going_on / lines:.0%}) go on with the speaker of the line before; "
            f"the longest run has {len(longest)} lines of {longest[0].speaker}"
        )
        yield Finding(message, _span(longest), "", person.name, excerpt(longest[0].text), rows=going_on)


def _in_dialogues(person: Person) -> Iterator[Finding]:
    for scene in person.scenes:
        for number, (one, next_one) in enumerate(pairwise(scene.utterances), 2):
            if one.speaker == next_one.speaker:
                message = f"turn {number} is {next_one.speaker}'s, and so is the turn before it"
                where = str(next_one.place or "")
                yield Finding(message, where, f"dialogues/{scene.id}", person.name, excerpt(next_one.text))


def _span(run: list[Utterance]) -> str:
    first, last = run[0].place, run[-1].place
    return str(first.to(last)) if first and last else ""


RULE = Rule(
    id="same-speaker-run",
    severity="note",
    summary="Lines of one speaker follow each other, as a subtitle or a chat breaks up what is one turn.",
    why="Chat templates expect turns that alternate; a model that is trained on the pieces learns to break off.",
    example='{"role": "李明", "content": "我昨天"} {"role": "李明", "content": "去了一趟医院"}',
    mend="Join the lines of a run to one turn; a build does.",
    person=_find,
)
