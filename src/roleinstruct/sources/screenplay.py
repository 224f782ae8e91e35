"""Plain text scripts, Chinese and English: "Name：line", or the name on a line of its own with the words below.

What is no speech is rejected as narration, line by line: stage directions on lines of their own, a narrator's lines,
the script's own data (时间：夜), instructions to the cutter, paragraphs of action, and whatever stands before the first
speaker. What a list of the cast says of somebody is profile text. Brackets inside a spoken line are taken out of it; an
emotion in one at its front becomes the emotion.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from roleinstruct.errors import SourceError
from roleinstruct.records import Boundary, Event, Place, Rejected, Utterance
from roleinstruct.sources.cast_list import CastList, listed_person
from roleinstruct.sources.headings import heading_title, is_page_mark, is_transition
from roleinstruct.sources.labels import Labels
from roleinstruct.sources.layout import Layout, survey
from roleinstruct.sources.phrases import closes_direction, indent_of, is_direction, opens_direction
from roleinstruct.sources.reading import Head, ReadOptions
from roleinstruct.sources.speakers import Cue, is_label, is_narrator, is_reported, is_told, split_alone, split_speaker
from roleinstruct.sources.speech import Speech
from roleinstruct.sources.text import lines

__all__ = ["fits", "read"]


def fits(head: Head) -> str | None:
    """Say how many lines name a speaker.

    They must be two or more and at least one line in seven; where nobody speaks twice, three lines at most and more
    than half of the file, or it is a list.
    """
    layout = survey(head.text, Labels())
    if layout.turns < 2 or layout.turns * 7 < layout.filled:
        return None
    if not layout.names and (layout.turns > 3 or layout.turns * 2 <= layout.filled):
        return None
    where = "are a speaker's name above what is said" if layout.alone else "begin with a speaker's name and a colon"
    return f"script: {layout.turns} of {layout.filled} lines {where}"


def read(head: Head, options: ReadOptions) -> Iterator[Event]:
    """Yield the utterances of a script, a boundary for each new scene, who is in the cast, and what is no speech.

    Args:
        head: The script.
        options: `labels` says what the emotion words in brackets mean.

    Raises:
        SourceError: No line of the file names a speaker.
    """
    labels = Labels(options.labels)
    script = _Script(head.name, survey(head.text, labels), labels)
    spoken, number = 0, 0
    for number, line in lines(head):
        for event in script.take(number, line):
            spoken += isinstance(event, Utterance)
            yield event
    for event in script.close():
        spoken += isinstance(event, Utterance)
        yield event
    if not spoken:
        raise SourceError(
            f"{head.name} holds no spoken line in its {number} lines, and a script was expected, with lines such as "
            f'"Name: what is said": put each speaker\'s name in front of a colon, or name the format that it has.'
        )


@dataclass(slots=True)
class _Script:
    """The state between two lines of a script."""

    file: str
    layout: Layout
    labels: Labels
    cast: CastList = field(init=False)
    names: set[str] = field(default_factory=set)
    speech: Speech | None = None
    indent: int = 0
    boundary: Boundary | None = None
    begun: bool = False
    in_direction: bool = False

    def __post_init__(self) -> None:
        self.cast = CastList(self.layout.spaced)
        self.names.update(self.layout.names)

    def take(self, number: int, line: str) -> Iterator[Event]:
        """Yield what the line completes."""
        place, line = Place(self.file, number, number), self.layout.notation.plain(line)
        listed = self.cast.holds(line)
        if not line.strip():
            yield from self._take_blank(place)
        elif listed:
            yield from self._take_listed(line, place)
        elif (title := heading_title(line)) is not None:
            yield from self._end_speech()
            self._open_scene(title, place)
        elif self._is_narration(line):
            yield from self._narrate(line, place)
        elif cue := self._cue(line):
            yield from self._narrate(line, place) if is_narrator(cue.name) else self._begin_speech(cue, line, place)
        elif self.speech and not is_reported(line) and self._continues(self.speech, line):
            self.speech.add(line, place)
            self.names.add(self.speech.speaker)
        else:
            yield from self._narrate(line, place)

    def close(self) -> Iterator[Event]:
        """Yield what the end of the file completes."""
        yield from self._end_speech()
        if self.boundary and self.boundary.kind == "heading":
            yield self.boundary

    def _take_blank(self, place: Place) -> Iterator[Event]:
        self.in_direction = False
        if self.layout.spaced:
            return
        yield from self._end_speech()
        if self.layout.scenes and self.begun:
            self.boundary = self.boundary or Boundary("blank", "", place)

    def _take_listed(self, line: str, place: Place) -> Iterator[Event]:
        yield from self._end_speech()
        self.boundary = self.boundary or Boundary("blank", "", place)
        yield listed_person(line, place) or _narration(line, place)

    def _open_scene(self, title: str, place: Place) -> None:
        """Remember a heading until something follows it; headings in a row are one, their titles together."""
        self.in_direction, before = False, self.boundary
        if before and before.kind == "heading":
            place = before.place.to(place)
            title = before.title if len(before.title) > 200 else f"{before.title} {title}".strip()
        self.boundary = Boundary("heading", title, place)

    def _end_scene(self) -> Iterator[Event]:
        if self.boundary:
            yield self.boundary
        self.boundary = None

    def _is_narration(self, line: str) -> bool:
        if self.in_direction:
            cue = split_speaker(line)
            if cue is None or cue.name not in self.names:
                self.in_direction = not closes_direction(line)
                return True
            self.in_direction = False
        if self.speech and self.layout.alone:
            return bool(self.speech.parts) and is_page_mark(line)
        if is_label(line) or is_transition(line):
            return True
        if self.speech and not self.speech.parts:
            return False
        if is_direction(line) or is_page_mark(line):
            return True
        self.in_direction = opens_direction(line) and not self._is_indented(line)
        return self.in_direction

    def _cue(self, line: str) -> Cue | None:
        """The speaker that the line names, if it names one that can be believed here."""
        cue = self._known(split_speaker(line))
        plain = not (self.layout.alone and cue and cue.text) and not self._is_indented(line)
        if cue and (cue.name in self.names or (cue.sure and plain)):
            return cue
        awaits_text = self.layout.alone and self.speech is not None and not self.speech.parts
        cue = None if awaits_text else self._known(split_alone(line))
        return cue if cue and (cue.name in self.names or self._may_open(cue)) else None

    def _known(self, cue: Cue | None) -> Cue | None:
        """The cue under the name that the speaker has elsewhere, if only its capitals differ."""
        if cue is None or cue.sure or cue.name in self.names:
            return cue
        known = next((name for name in self.names if name.casefold() == cue.name.casefold()), cue.name)
        return replace(cue, name=known)

    def _may_open(self, cue: Cue) -> bool:
        """Whether a name alone that is not known yet can be one: after a pause, in capitals or very short."""
        if not self.layout.alone or (self.speech and not self.layout.spaced):
            return False
        return cue.sure or (len(cue.name) <= 4 and not cue.name.isascii())

    def _begin_speech(self, cue: Cue, line: str, place: Place) -> Iterator[Event]:
        yield from self._end_speech()
        yield from self._end_scene()
        self.indent = indent_of(line)
        self.speech = Speech(cue.name, cue.aside, place, [cue.text] if cue.text else [])
        if cue.text or line.rstrip().endswith((":", "：")):
            self.names.add(cue.name)

    def _continues(self, speech: Speech, line: str) -> bool:
        """Whether a line without a speaker goes on with a speech.

        Where blank lines stand between all lines, a line is a paragraph: it goes on only with what is not finished. So
        does a line that tells of others.
        """
        if not speech.parts or self._is_indented(line) or not (self.layout.spaced or is_told(line)):
            return True
        return speech.parts[-1].rstrip()[-1] not in "。！？!?.…”’\"'）)】]~～—"

    def _is_indented(self, line: str) -> bool:
        return self.speech is not None and indent_of(line) > self.indent

    def _narrate(self, line: str, place: Place) -> Iterator[Event]:
        yield from self._end_speech()
        yield from self._end_scene()
        yield _narration(line, place)
        self.begun = True

    def _end_speech(self) -> Iterator[Event]:
        if self.speech:
            self.begun = True
            if self.speech.parts or self.speech.speaker in self.names:
                yield self.speech.finish(self.labels, bare=self.layout.tagged)
            else:
                yield _narration(self.speech.speaker, self.speech.place)
        self.speech = None


def _narration(line: str, place: Place) -> Rejected:
    return Rejected("utterance", "narration", "import", place, {"text": line.strip()})
