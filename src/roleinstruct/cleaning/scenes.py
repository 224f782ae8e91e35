"""Events to scenes: the stretches between the boundaries of a source, or a whole script where it has none."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from roleinstruct.records import Boundary, Utterance

__all__ = ["Scene", "split_scenes"]


@dataclass(frozen=True, slots=True)
class Scene:
    """The lines between two boundaries.

    Attributes:
        utterances: The lines; to be read once, and before the next scene is asked for.
        length: How many there are; 0 for a scene too long to be held, whose lines are read as they are needed.
        cut: Whether its dialogues are to be cut further: the source has no boundaries here, or they are far apart.
        title: The heading or id that the source gives it, or "".
    """

    utterances: Iterable[Utterance]
    length: int
    cut: bool
    title: str


def split_scenes(events: Iterable[Utterance | Boundary], longest: int) -> Iterator[Scene]:
    """Split a stream of events at its boundaries.

    The end of a file is a boundary, but says nothing of scenes: a file that has no other boundary is one scene to be
    cut further.

    Args:
        events: Utterances and boundaries in source order.
        longest: Turns of a scene that is still taken as it is; a longer one is to be cut further.

    Yields:
        Scenes of one line or more.
    """
    stream = iter(events)
    held: list[Utterance] = []
    turns = 0
    marked = False  # this file has had a boundary between scenes
    title = ""
    for event in stream:
        if isinstance(event, Utterance):
            turns += not held or held[-1].speaker != event.speaker
            held.append(event)
            if turns <= longest:
                continue
            found: list[Boundary] = []
            rest = _until_boundary(stream, found)
            yield Scene(chain(held, rest), 0, True, title)
            for _ in rest:
                pass  # whoever read the scene left lines unread
            ends = found[0] if found else None
        else:
            ends = event
            marked = marked or event.kind != "file"
            if held:
                yield Scene(held, len(held), not marked, title)
        held, turns = [], 0
        marked = ends is not None and ends.kind != "file"
        title = ends.title if ends is not None and marked else ""
    if held:
        yield Scene(held, len(held), not marked, title)


def _until_boundary(stream: Iterator[Utterance | Boundary], found: list[Boundary]) -> Iterator[Utterance]:
    for event in stream:
        if isinstance(event, Boundary):
            found.append(event)
            return
        yield event
