"""The lines of a source as they stand in it, before anything is merged or left out.

Identifiers are masked in them as the import masks them, each text by itself: what a line is called must not be a way to
find out a telephone number by trying all. Names are not: who is named somewhere depends on all that is read.
"""

import re
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from roleinstruct.cleaning.privacy.masking import Anonymiser
from roleinstruct.dataset.overlay import Line
from roleinstruct.errors import RecordError, SourceError
from roleinstruct.pipeline.config import BuildConfig
from roleinstruct.pipeline.listener import Listener
from roleinstruct.records import Boundary, CharacterProfile, Event, Instruction, Notice, Place, Rejected, Utterance
from roleinstruct.sources.corpus import SourceFile, find_material
from roleinstruct.sources.reading import ReadOptions

__all__ = ["Script", "Whereabouts", "read_script"]


@dataclass(frozen=True, slots=True)
class Script:
    """What a source says.

    Attributes:
        lines: In order; a text of several lines is several, and so are the sentences of a profile.
        files: The names of the files, in order.
    """

    lines: tuple[Line, ...]
    files: tuple[str, ...]

    def renamed(self, files: Mapping[str, str]) -> "Script":
        """The same lines with other names of files, such as those in which a person's name was replaced."""
        lines = (replace(n, place=replace(n.place, file=files[n.place.file])) for n in self.lines)
        return Script(tuple(lines), tuple(files[file] for file in self.files))


class Whereabouts:
    """Lines by where they stand.

    Args:
        lines: In any order.
    """

    def __init__(self, lines: Iterable[Line]) -> None:
        self._lines: dict[str, list[Line]] = {}
        for line in sorted(lines, key=lambda line: (line.place, line.number)):
            self._lines.setdefault(line.place.file, []).append(line)
        self._ends: dict[str, list[int]] = {}
        for file, found in self._lines.items():
            last = 0
            self._ends[file] = [last := max(last, line.place.last) for line in found]

    def of(self, place: Place) -> list[Line]:
        """The lines of which a place holds at least a part, in order of their numbers."""
        lines = self._lines.get(place.file, [])
        found = []
        for line in lines[bisect_left(self._ends.get(place.file, []), place.first) :]:
            if line.place.first > place.last:
                break
            if line.place.last >= place.first:
                found.append(line)
        return sorted(found, key=lambda line: line.number)

    def named(self, evidence: Iterable[str]) -> list[Line]:
        """The lines that evidence names by their places, each once, in order; other evidence is passed over."""
        found = {}
        for text in evidence:
            try:
                place = Place.parse(text.removeprefix("source: "))
            except RecordError:  # evidence may be anything, such as "profile"
                continue
            found.update({line.number: line for line in self.of(place)})
        return [found[number] for number in sorted(found)]


def read_script(build: BuildConfig, listener: Listener) -> Script:
    """Read a source for its lines alone.

    Args:
        build: What to read, how, and which identifiers to mask.
        listener: Hears which files cannot be read, or not to the end.

    Raises:
        SourceError: There is nothing to read.
    """
    config = build.source
    if config.path is None:
        raise SourceError("it is not known where the script lies; say which file or folder it is with --source.")
    wanted: Collection[str] = config.characters if isinstance(config.characters, tuple) else ()
    options = ReadOptions(columns=config.columns, labels=config.labels, gap=config.gap)
    mask = Anonymiser(build.privacy.kinds)
    lines: list[Line] = []
    files: list[str] = []
    for material in find_material(config.path, config.format, config.columns.values()):
        if wanted and material.character and material.character not in wanted:
            continue
        for notice in material.notices:
            listener.say(notice.message)
        for file in material.files:
            listener.progress(f"reading {file.head.name}", len(files), None)
            files.append(file.head.name)
            for text, place in _said(file, options, listener, mask):
                lines.append(Line(len(lines), text, place))
    return Script(tuple(lines), tuple(files))


def _said(file: SourceFile, options: ReadOptions, listener: Listener, mask: Anonymiser) -> Iterator[tuple[str, Place]]:
    whole = Place(file.head.name, 1, 1)
    try:
        for event in file.events(options):
            place = (None if isinstance(event, Notice) else event.place) or whole
            ends = _SENTENCES if isinstance(event, CharacterProfile) else _LINES
            for text in _texts(event):
                yield from ((line, place) for line in ends.split(mask.apply(text)[0]) if line.strip())
    except SourceError as error:
        listener.say(f"left out from there on: {error}")


_LINES = re.compile(r"\n")
_SENTENCES = re.compile(r"\n|(?<=[。！？；.!?;])")


def _texts(event: Event) -> Iterator[str]:
    if isinstance(event, Utterance):
        yield event.text
    elif isinstance(event, Boundary):
        yield event.title
    elif isinstance(event, CharacterProfile):
        yield event.text
        yield from event.fields.values()
    elif isinstance(event, Instruction):
        yield from (event.instruction, *event.responses, event.raw_response or "")
    elif isinstance(event, Rejected):
        yield from _strings(event.payload)


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _strings(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _strings(inner)
