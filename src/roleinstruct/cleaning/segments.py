"""One long conversation to dialogues, for sources that do not say where one ends and the next begins."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, islice, pairwise
from math import log

from roleinstruct.cleaning.cues import asks, closes, opens
from roleinstruct.errors import ConfigError
from roleinstruct.records import Utterance

__all__ = ["SegmentOptions", "count_turns", "segments"]

_REACH = 8
"""Lines on either side of a gap that are compared."""


@dataclass(frozen=True, slots=True)
class SegmentOptions:
    """How long a dialogue should be. A round is one turn of the one party and the answering turn of the other.

    Attributes:
        target_rounds: The length aimed at where nothing speaks for another; the paper's dialogues have 14.64 rounds
            on average in its first version and 14.85 in its second (Table 1).
        min_rounds: No dialogue is cut shorter.
        max_rounds: No dialogue is left longer, and one that is not longer is never cut.

    Raises:
        ConfigError: The three contradict each other.
    """

    target_rounds: int = 15
    min_rounds: int = 10
    max_rounds: int = 20

    def __post_init__(self) -> None:
        if not (
            1 <= self.min_rounds <= self.target_rounds <= self.max_rounds and 2 * self.min_rounds <= self.max_rounds
        ):
            raise ConfigError(
                f"min_rounds={self.min_rounds}, target_rounds={self.target_rounds}, max_rounds={self.max_rounds} "
                "cannot be met together: 1 <= min <= target <= max and 2 * min <= max are needed."
            )


def segments(utterances: Iterable[Utterance], options: SegmentOptions | None = None) -> Iterator[list[Utterance]]:
    """Cut the lines of one pair of speakers where a new scene most probably begins.

    At every gap within reach of the target length four kinds of evidence are added up: greetings after and farewells
    before it, how much the character bigrams around it differ compared with the neighbouring gaps (the depth score of
    TextTiling), whether a change of speaker there is usual in this script, and whether another party talks most
    after it. No cut is made between a question and what follows it, as long as there is another gap within reach.

    Args:
        utterances: Lines or turns in order; runs of one speaker count as one turn.
        options: The lengths; None for the defaults.

    Yields:
        The same utterances in the same order, in pieces. Holds little more than two pieces at a time.
    """
    options = options or SegmentOptions()
    # Beyond the longest piece there must be enough left to be a piece, or to see that the whole need not be cut.
    enough = 2 * (options.max_rounds + options.min_rounds) + _REACH
    stream = iter(utterances)
    held: list[Utterance] = []
    turns = 0
    while True:
        for utterance in stream:
            turns += not held or held[-1].speaker != utterance.speaker
            held.append(utterance)
            if turns > enough:
                break
        if turns <= 2 * options.max_rounds:
            break
        cut = _best_gap(held, options)
        yield held[:cut]
        held = held[cut:]
        turns = count_turns(held)
    if held:
        yield held


def count_turns(utterances: Sequence[Utterance]) -> int:
    """How many turns the lines are, a run of one speaker being one turn."""
    return bool(utterances) + sum(a.speaker != b.speaker for a, b in pairwise(utterances))


def _best_gap(lines: Sequence[Utterance], options: SegmentOptions) -> int:
    """The index of the line that begins the next piece."""
    changes = [a.speaker != b.speaker for a, b in pairwise(lines)]
    before = [1, *accumulate(changes, initial=1)]  # before[g]: turns in lines[:g], for g >= 1
    total = before[-1]
    allowed = [
        gap
        for gap in range(1, len(lines))
        if 2 * options.min_rounds <= before[gap] <= 2 * options.max_rounds
        and total - before[gap] + (not changes[gap - 1]) >= 2 * options.min_rounds
    ]
    quiet = [gap for gap in allowed if not _is_open(lines, gap)] or allowed
    depths = _depths(lines, quiet)
    usual = (sum(changes) + 1) / (len(changes) + 2)
    scores = {
        gap: _length_score(before[gap] / 2, options)
        + _cue_score(lines, gap)
        + _turn_score(changes[gap - 1], usual)
        + depth
        for gap, depth in zip(quiet, depths, strict=True)
    }
    return max(quiet, key=scores.__getitem__)


def _is_open(lines: Sequence[Utterance], gap: int) -> bool:
    """Whether one of the last two lines of the turn before the gap is a question."""
    last = lines[gap - 1]
    return any(line.speaker == last.speaker and asks(line.text) for line in lines[max(0, gap - 2) : gap])


def _length_score(rounds: float, options: SegmentOptions) -> float:
    """0 at the target, falling to -1 at either end of what is allowed."""
    room = (
        options.max_rounds - options.target_rounds
        if rounds > options.target_rounds
        else options.target_rounds - options.min_rounds
    )
    return -(((rounds - options.target_rounds) / room) ** 2) if room else 0.0


def _cue_score(lines: Sequence[Utterance], gap: int) -> float:
    """Greetings and farewells, and who talks most on either side."""
    last, following = lines[gap - 1], lines[gap]
    score = 0.0
    if opens(following.text) and not opens(last.text):
        score += 1.5
    if closes(last.text) and not closes(following.text):
        score += 1.5
    return score + 0.25 * (_leader(lines[max(0, gap - _REACH) : gap]) != _leader(lines[gap : gap + _REACH]))


def _leader(lines: Sequence[Utterance]) -> str:
    said: Counter[str] = Counter()
    for line in lines:
        said[line.speaker] += len(line.text)
    return max(said, key=said.__getitem__)


def _turn_score(changes: bool, usual: float) -> float:
    """The log odds that a boundary has such a gap rather than the inside of a dialogue.

    At boundaries the speaker changes in about two cases of three, in whatever source; inside a dialogue as often as
    the source has it. A doubled speaker is thus a sign of a new dialogue in chats, and against one in subtitles.
    """
    return log(0.67 / usual) if changes else log(0.33 / (1 - usual))


def _depths(lines: Sequence[Utterance], gaps: Sequence[int]) -> list[float]:
    """How deep the similarity of both sides dips at each gap, against the nearest peaks among the gaps."""
    likeness = [_overlap(lines, gap) for gap in gaps]
    return [_climb(likeness[i::-1]) + _climb(likeness[i:]) for i in range(len(gaps))]


def _climb(likeness: Sequence[float]) -> float:
    top = likeness[0]
    for value in islice(likeness, 1, None):
        if value < top:
            break
        top = value
    return top - likeness[0]


def _overlap(lines: Sequence[Utterance], gap: int) -> float:
    """The share of the smaller side's character bigrams that the other side has too, 0 to 1."""
    left, right = _bigrams(lines[max(0, gap - _REACH) : gap]), _bigrams(lines[gap : gap + _REACH])
    return len(left & right) / max(1, min(len(left), len(right)))


def _bigrams(lines: Sequence[Utterance]) -> set[str]:
    return {a + b for line in lines for a, b in pairwise(line.text) if a.isalnum() and b.isalnum()}
