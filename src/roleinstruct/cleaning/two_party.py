"""A script with any number of speakers to dialogues of the character with one partner each."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, islice

from roleinstruct.cleaning.duplicates import DuplicatePair, merge_doubled
from roleinstruct.cleaning.scenes import Scene, split_scenes
from roleinstruct.cleaning.segments import SegmentOptions, count_turns, segments
from roleinstruct.cleaning.turns import merge_runs, span
from roleinstruct.cleaning.windows import Label, label_lines
from roleinstruct.errors import ConfigError
from roleinstruct.records import Boundary, Dialogue, Place, Rejected, Utterance

__all__ = ["TwoPartyOptions", "two_party"]

_NOWHERE = Place("", 0, 0)
"""The place of text that no file holds."""

_AROUND = 10
"""Lines on either side that decide, where scenes have no ends, whether an unnamed speaker is the only other one."""

_BATCH = 1000
"""Lines outside of any dialogue that are judged together, so that a script without its lead is not held at once."""

_LONGEST = 3000
"""Bytes (UTF-8) of a run of lines that is still a turn: 1,000 Chinese characters, or three minutes of English talk.
In the authors' release the longest has 719 characters. A single line may have more: the source says that it is one."""


@dataclass(frozen=True, slots=True)
class TwoPartyOptions:
    """What counts as a dialogue.

    Attributes:
        min_turns: Least turns of a dialogue; 2 is one exchange.
        max_interruption: Most lines of others that may be left out between two lines of a pair that goes on.
        segments: How long conversations without boundaries are cut.

    Raises:
        ConfigError: A number is out of range.
    """

    min_turns: int = 2
    max_interruption: int = 2
    segments: SegmentOptions = field(default_factory=SegmentOptions)

    def __post_init__(self) -> None:
        if self.min_turns < 2:
            raise ConfigError(f"min_turns is {self.min_turns}: a dialogue of two parties has 2 turns or more.")
        if self.max_interruption < 0:
            raise ConfigError(f"max_interruption is {self.max_interruption}: 0 or more lines are expected.")

    @property
    def longest_scene(self) -> int:
        """Turns of a scene with boundaries that is still taken as it is: four times the longest dialogue."""
        return 4 * 2 * self.segments.max_rounds


def two_party(
    events: Iterable[Utterance | Boundary],
    character: str,
    options: TwoPartyOptions | None = None,
    on_doubled: Callable[[DuplicatePair], object] | None = None,
) -> Iterator[Dialogue | Rejected]:
    """Reduce one character's script to two-party dialogues.

    A scene in which only the character and one other speak is taken whole. In any other scene, windows are kept in
    which the character speaks with one partner (see `windows.label_lines`). Where the source has no boundaries, or a
    scene is longer than `options.longest_scene`, the windows are cut further (see `segments.segments`). Then lines
    said twice in a row are merged, and runs of one speaker become one turn; a run that is too long for one ends the
    dialogue before it.

    Every utterance ends up in a dialogue or in a `Rejected`: the lines of all turns and of all rejected ones add up
    to the lines that came in. The reasons are "third_party" (others interrupt), "without_character", "monologue"
    (only the character speaks), "too_short" (fewer than `min_turns` turns), "overlong_turn" (somebody talks on and on)
    and "multi_party" (the parties change too fast, or several speak as one). Cleaning the utterances of the dialogues
    again, each after a boundary, gives the same dialogues.

    Args:
        events: Utterances and boundaries in source order; the lead's speaker name is `character`.
        character: The lead, whose name begins the ids: "name-00001".
        options: None for the defaults.
        on_doubled: Called for every line that was merged into the same line before it.

    Yields:
        Dialogues and rejected lines in source order, but for interruptions, which follow their dialogue.
    """
    options = options or TwoPartyOptions()
    number = 0
    for scene in split_scenes(events, options.longest_scene):
        for piece in _reduce(scene, character, options):
            if isinstance(piece, Rejected):
                yield piece
                continue
            lines, doubled = merge_doubled(piece)
            for pair in doubled:
                if on_doubled is not None:
                    on_doubled(pair)
            for turns, reason in _stretches(lines, options.min_turns):
                if reason:
                    yield from (_reject(turn, reason, character) for turn in turns)
                    continue
                number += 1
                partner = next(turn.speaker for turn in turns if turn.speaker != character)
                source = span(turn.place for turn in turns) or _NOWHERE
                yield Dialogue(f"{character}-{number:05d}", character, partner, tuple(turns), source, scene.title)


def _reduce(scene: Scene, character: str, options: TwoPartyOptions) -> Iterator[list[Utterance] | Rejected]:
    """The lines of each dialogue of a scene, and what belongs to none."""
    labels = label_lines(
        scene.utterances,
        character,
        min_turns=options.min_turns,
        max_interruption=options.max_interruption,
        around=_AROUND if scene.cut else scene.length,
    )
    for window, lines in groupby(labels, key=lambda label: label.window):
        if not window:
            yield from _reject_region(lines, character, options.min_turns)
            continue
        others: list[Rejected] = []
        kept = _without_others(lines, character, others)
        for piece in segments(kept, options.segments) if scene.cut else [list(kept)]:
            yield piece
            yield from others
            others.clear()


def _stretches(lines: Sequence[Utterance], min_turns: int) -> Iterator[tuple[list[Utterance], str]]:
    """The turns between runs that are too long for one, and those runs; each with why it is no dialogue, or ""."""
    single = set(map(id, lines))
    turns = merge_runs(lines)
    for is_overlong, some in groupby(turns, lambda turn: id(turn) not in single and _bytes(turn.text) > _LONGEST):
        stretch = list(some)
        yield stretch, "overlong_turn" if is_overlong else "too_short" if len(stretch) < min_turns else ""


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def _without_others(lines: Iterable[Label], character: str, others: list[Rejected]) -> Iterator[Utterance]:
    for line in lines:
        if line.kept:
            yield line.utterance
        else:
            others.append(_reject(line.utterance, "third_party", character))


def _reject_region(lines: Iterable[Label], character: str, min_turns: int) -> Iterator[Rejected]:
    stream = iter(lines)
    while batch := [line.utterance for line in islice(stream, _BATCH)]:
        reason = _reason(batch, character, min_turns)
        yield from (_reject(u, reason, character) for u in batch)


def _reason(lines: Sequence[Utterance], character: str, min_turns: int) -> str:
    speakers = {line.speaker for line in lines}
    if character not in speakers:
        return "without_character"
    if len(speakers) == 1:
        return "monologue"
    return "too_short" if len(speakers) == 2 and count_turns(lines) < min_turns else "multi_party"


def _reject(utterance: Utterance, reason: str, character: str) -> Rejected:
    emotion = utterance.emotion.value if utterance.emotion else None
    return Rejected(
        unit="utterance",
        reason=reason,
        stage="clean",
        place=utterance.place or _NOWHERE,
        payload={"speaker": utterance.speaker, "text": utterance.text, "emotion": emotion},
        lines=utterance.lines,
        character=character,
    )
