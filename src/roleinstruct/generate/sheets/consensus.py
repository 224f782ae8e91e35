"""What several people's answers come to: the label that most of them gave, or a tie."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from roleinstruct.emotions import Emotion
from roleinstruct.generate.sheets.answers import Answer, Misread
from roleinstruct.generate.sheets.sheet import Line

__all__ = ["Returned", "Verdict", "collect", "settle"]

Votes = Mapping[str, Emotion]


@dataclass(frozen=True, slots=True)
class Returned:
    """All sheets that came back, sorted.

    Attributes:
        lines: Every line that a sheet shows, context too, in the order of the sheets.
        votes: By line and round, the label of each person.
        open: By person, the lines that were asked for and have no label.
        misread: Rows that say nothing, or contradict an earlier one.
        refused: Lines whose labels do not count, because the data set does not hold them, and why.
        notes: By line, what people wrote beside it, each with the name in front.
    """

    lines: dict[str, Line] = field(default_factory=dict)
    votes: dict[str, dict[int, dict[str, Emotion]]] = field(default_factory=dict)
    open: Counter[str] = field(default_factory=Counter)
    misread: list[Misread] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    notes: dict[str, list[str]] = field(default_factory=dict)

    @property
    def people(self) -> list[str]:
        """Everybody who gave a label, by name."""
        return sorted({person for rounds in self.votes.values() for votes in rounds.values() for person in votes})


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a line's labels come to.

    Attributes:
        line: The line.
        round: The last round in which somebody labelled it; only its labels count.
        votes: Labels by person.
        emotion: The label of more than half of them; None for a tie.
    """

    line: Line
    round: int
    votes: Votes
    emotion: Emotion | None

    @property
    def share(self) -> float:
        """The part of the votes that the most frequent label has, above 0 to 1."""
        return max(Counter(self.votes.values()).values()) / len(self.votes)


def collect(items: Iterable[Answer | Misread]) -> Returned:
    """Sort what was read from all sheets.

    A person's second label of a line in the same round is refused, unless it is the same: the first one stays.
    """
    found = Returned()
    unlabelled: dict[tuple[str, str, int], None] = {}
    for item in items:
        if isinstance(item, Misread):
            found.misread.append(item)
            continue
        name = item.line.id
        known = found.lines.setdefault(name, item.line)
        if "".join(known.text.split()) != "".join(item.line.text.split()):
            reason = f"the line {name} reads otherwise in an earlier sheet"
            found.misread.append(Misread(item.place, reason, item.person, name))
            continue
        if item.note.strip():
            found.notes.setdefault(name, []).append(f"{item.person}: {item.note.strip()}")
        if item.emotion is None:
            if item.line.asked:
                unlabelled[item.person, name, item.round] = None
            continue
        votes = found.votes.setdefault(name, {}).setdefault(item.round, {})
        if votes.setdefault(item.person, item.emotion) != item.emotion:
            reason = f"{item.person} has labelled {name} as {votes[item.person]} before, and as {item.emotion} here"
            found.misread.append(Misread(item.place, reason, item.person, name))
    for person, name, round in unlabelled:
        found.open[person] += person not in found.votes.get(name, {}).get(round, {})
    return found


def settle(returned: Returned) -> list[Verdict]:
    """The verdict on every line that somebody has labelled, in the order of the lines."""
    verdicts = []
    for name, line in returned.lines.items():
        if rounds := returned.votes.get(name):
            last = max(rounds)
            ((label, count),) = Counter(rounds[last].values()).most_common(1)
            verdicts.append(Verdict(line, last, rounds[last], label if 2 * count > len(rounds[last]) else None))
    return verdicts
