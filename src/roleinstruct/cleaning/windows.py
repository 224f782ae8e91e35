"""Which lines of a scene are the character's conversation with one partner: the choice that keeps most lines.

The lines of a scene are walked once (Viterbi), every way to read the scene as a row of windows being worth the lines
that it keeps less a price per window. The readings that are still possible soon agree on what lies further back, and
that part is given out: a scene may be endless.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Literal, NamedTuple

from roleinstruct.cleaning.parties import Line, tell_parties
from roleinstruct.records import Utterance

__all__ = ["Label", "label_lines"]

_PRICE = 1.5
"""What a window costs, in lines: less than the shortest exchange, more than an interruption of one line."""

_EAGER = 0.25
"""What a window costs more that begins with the character: a line between two partners answers the first."""


@dataclass(frozen=True, slots=True)
class Label:
    """What becomes of a line.

    Attributes:
        utterance: The line.
        window: Number of the window that it lies in, from 1; 0 for a line in no window.
        kept: False for the lines in no window and for those of others that interrupt one.
    """

    utterance: Utterance
    window: int
    kept: bool


class _State(NamedTuple):
    """Where a reading stands after a line; no turns means outside of any window.

    A window whose partner has not spoken yet has the partner None.
    """

    partner: str | None = None
    turns: int = 0  # of the pair, counted no further than a window needs
    led: bool = False  # the character was the last of the pair to speak
    skipped: int = 0  # lines of others left out since the pair was last complete
    resumed: int = 0  # who has spoken after them: 1 the partner, 2 the character


_OUTSIDE = _State()
_Mark = Literal["out", "open", "keep", "skip"]


@dataclass(slots=True, eq=False)
class _Step:
    """What a reading makes of a line, linked to the line before; `score` is what it is worth so far."""

    score: float
    mark: _Mark
    utterance: Utterance
    parent: "_Step | None"


def label_lines(
    utterances: Iterable[Utterance], character: str, *, min_turns: int, max_interruption: int, around: int
) -> Iterator[Label]:
    """Decide for every line whether it belongs to a two-party window.

    In a window only the character and one partner speak, both do, and there are at least `min_turns` turns. At most
    `max_interruption` lines of others are left out before both have spoken again. A joint speaker ("甲、乙") or
    everybody ("众人") is no partner; nobody in particular ("其他") is one where no other party has a name within
    `around` lines.

    Args:
        utterances: The lines of one scene, or of a whole script.
        character: The lead.
        min_turns: Least turns of a window, 2 or more.
        max_interruption: Most lines in one interruption, 0 or more.
        around: Lines to look for a named party in, before and after.

    Yields:
        A label for every line, in order.
    """
    root = _Step(0.0, "out", Utterance("", ""), None)
    readings = {_OUTSIDE: root}
    window = pending = 0
    check = 32
    for line in tell_parties(utterances, character, around):
        readings = _advance(readings, line, min_turns, max_interruption)
        pending += 1
        if pending < check:
            continue
        agreed = _agreement(list(readings.values()), root)
        for step in _path(agreed, root):
            window += step.mark == "open"
            pending -= 1
            yield _label(step, window)
        root = agreed
        root.parent = None  # lets go of what was given out
        check = 2 * pending + 32  # seldom enough to stay linear where one party talks on and on
    for step in _path(_best_ended(readings, min_turns), root):
        window += step.mark == "open"
        yield _label(step, window)


def _advance(readings: dict[_State, _Step], line: Line, min_turns: int, max_interruption: int) -> dict[_State, _Step]:
    """All readings one line further, the best of each state; of equals the first, so that the result is one."""
    reached: dict[_State, _Step] = {}

    def reach(state: _State, mark: _Mark, worth: float, parent: _Step) -> None:
        known = reached.get(state)
        if known is None or parent.score + worth > known.score:
            reached[state] = _Step(parent.score + worth, mark, line.utterance, parent)

    for state, step in readings.items():
        if state.turns and (line.leads or (line.partner is not None and state.partner in (None, line.partner))):
            reach(_keep(state, line, min_turns), "keep", 1.0, step)
        elif state.turns >= 2 and state.skipped < max_interruption:
            reach(state._replace(skipped=state.skipped + 1, resumed=0), "skip", 0.0, step)
    ended = _best_ended(readings, min_turns)
    reach(_OUTSIDE, "out", 0.0, ended)
    if line.leads or line.partner is not None:
        reach(_State(line.partner, 1, line.leads), "open", 1.0 - _PRICE - _EAGER * line.leads, ended)
    return reached


def _keep(state: _State, line: Line, min_turns: int) -> _State:
    resumed = state.resumed | (2 if line.leads else 1) if state.skipped else 0
    again = resumed == 3
    return _State(
        partner=state.partner or line.partner,
        turns=min(max(min_turns, 2), state.turns + (state.led != line.leads)),
        led=line.leads,
        skipped=0 if again else state.skipped,
        resumed=0 if again else resumed,
    )


def _best_ended(readings: dict[_State, _Step], min_turns: int) -> _Step:
    """The best reading that may stand here with no window open."""
    ended = (
        step for state, step in readings.items() if not state.turns or (state.turns >= min_turns and not state.skipped)
    )
    return max(ended, key=lambda step: step.score)


def _agreement(steps: list[_Step], root: _Step) -> _Step:
    """The last line up to which all readings are the same."""
    shared = {id(root): root} | {id(step): step for step in _path(steps[0], root)}
    for leaf in steps[1:]:
        step = leaf
        while id(step) not in shared and step.parent is not None:
            step = step.parent
        upto = list(shared).index(id(step))
        shared = dict(islice(shared.items(), upto + 1))
    return next(reversed(shared.values()))


def _path(leaf: _Step, root: _Step) -> list[_Step]:
    """The lines of a reading after the root, in order."""
    steps = []
    step = leaf
    while step is not root:
        steps.append(step)
        if step.parent is None:
            break
        step = step.parent
    return steps[::-1]


def _label(step: _Step, window: int) -> Label:
    return Label(step.utterance, 0 if step.mark == "out" else window, step.mark in ("open", "keep"))
