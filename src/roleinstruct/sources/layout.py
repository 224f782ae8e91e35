"""How a script is laid out: where its speakers stand and what its blank lines mean, told from its beginning."""

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

from roleinstruct.sources.cast_list import CastList
from roleinstruct.sources.headings import heading_title
from roleinstruct.sources.labels import Labels
from roleinstruct.sources.notation import Notation, learn_notation
from roleinstruct.sources.speakers import Cue, known_names, split_alone, split_speaker
from roleinstruct.sources.tags import split_tag

__all__ = ["Layout", "survey"]


@dataclass(frozen=True, slots=True)
class Layout:
    """What holds for a whole script.

    Attributes:
        notation: How its lines name their speakers.
        names: Speakers that stand at two or more lines.
        turns: Lines of the head that open a turn.
        filled: Lines of the head that hold anything but the list of the cast.
        alone: Speakers stand on lines of their own, with what they say below.
        spaced: Blank lines stand between every two lines and mean nothing.
        scenes: Blank lines stand between scenes, so each ends one.
        tagged: Most turns begin with an emotion, so that one without brackets is meant as one too.
    """

    notation: Notation
    names: frozenset[str]
    turns: int
    filled: int
    alone: bool
    spaced: bool
    scenes: bool
    tagged: bool


def survey(text: str, labels: Labels) -> Layout:
    """Tell the layout of a script from its head.

    Blank lines are read in one of three ways: where nine of ten lines have one before them, they mean nothing; where
    there are scene headings, or most turns have one before them, they part paragraphs; else they end scenes.

    Args:
        text: The beginning of the script, lines ended by line feeds.
        labels: What the emotion words mean.
    """
    notation = learn_notation(text)
    rows = [notation.plain(row) for row in text.split("\n")]
    filled = [index for index, row in enumerate(rows) if row.strip()]
    spaced = _share(_apart(filled), len(filled) - 1) >= 0.9
    cast = CastList(spaced)
    listed = {index for index, row in enumerate(rows) if cast.holds(row)}
    filled = [index for index in filled if index not in listed]
    following = dict(pairwise(filled))
    colon = _colon_turns(rows, filled)
    names, under = _alone_turns(rows, following, spaced=spaced)
    alone = len(under) > len(colon)
    turns = under if alone else colon
    ruled = _has_headings([rows[index] for index in filled])
    parted = sum(index > 0 and not rows[index - 1].strip() for index in sorted(turns)[1:])
    return Layout(
        notation=notation,
        names=names if alone else known_names(rows[index] for index in filled),
        turns=len(turns),
        filled=len(filled),
        alone=alone,
        spaced=spaced,
        scenes=not spaced and not ruled and parted <= (len(turns) - 1) / 2,
        tagged=2 * sum(split_tag(said, labels, bare=True)[0] is not None for said in turns.values()) > len(turns),
    )


def _share(part: int, whole: int) -> float:
    return part / whole if whole > 0 else 0.0


def _apart(filled: list[int]) -> int:
    return sum(later - earlier > 1 for earlier, later in pairwise(filled))


def _colon_turns(rows: list[str], filled: list[int]) -> dict[int, str]:
    """Line index to what is said, for lines with a speaker in front of a colon."""
    known = known_names(rows[index] for index in filled)
    cues = {index: split_speaker(rows[index]) for index in filled if heading_title(rows[index]) is None}
    return {index: cue.text for index, cue in cues.items() if cue and cue.text and cue.is_one_of(known)}


def _alone_turns(rows: list[str], following: dict[int, int], *, spaced: bool) -> tuple[frozenset[str], dict[int, str]]:
    """The names that stand alone above text, and line index to that text."""
    cues = {}
    for index, below in following.items():
        adjoins = spaced or below == index + 1
        if adjoins and heading_title(rows[index]) is None and (cue := _alone(rows[index])):
            cues[index] = cue
    above_text = {index: cue for index, cue in cues.items() if following[index] not in cues}
    counts = Counter(cue.name for cue in above_text.values())
    names = frozenset(name for name, count in counts.items() if count > 1)
    return names, {index: rows[following[index]] for index, cue in above_text.items() if cue.is_one_of(names)}


def _alone(row: str) -> Cue | None:
    """The name that is all that a line holds, with or without a colon behind it."""
    cue = split_speaker(row) or split_alone(row)
    return cue if cue and not cue.text else None


def _has_headings(filled: list[str]) -> bool:
    """Whether scenes have headings; one markdown title or ruled line alone, or one title at the top, is none."""
    titled = [row for row in filled if heading_title(row) is not None]
    return len(titled) > 1 or any(row.strip()[0] not in "#-*=_" for row in titled)
