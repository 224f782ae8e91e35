"""Subtitles, SubRip (.srt), WebVTT (.vtt) and SubStation (.ass, .ssa), in which the speakers are named.

A name stands in front of a colon (`顾敏：…`, `MAN: …`), in square brackets (`[Maggie] …`), in round ones if it stands
elsewhere in another way, in the Name field of a line
of .ass or in the voice tag of a .vtt; two speakers of a block have a dash each. A block without a name goes on with the
speech of the one before when it follows within two seconds. Notes on sounds and music are rejected as narration.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from roleinstruct.errors import SourceError
from roleinstruct.records import Boundary, Event, Place, Rejected, Utterance
from roleinstruct.sources.labels import Labels
from roleinstruct.sources.phrases import is_direction, join_lines
from roleinstruct.sources.reading import Head, ReadOptions
from roleinstruct.sources.speakers import Cue, is_narrator, known_names, split_alone, split_speaker, tidy_name
from roleinstruct.sources.speech import Speech
from roleinstruct.sources.subtitle_blocks import Block, advanced_blocks, has_times, subrip_blocks, webvtt_blocks
from roleinstruct.sources.text import lines

__all__ = ["PAUSE", "fits", "read"]

PAUSE = 8.0
"""Seconds without a subtitle after which a new dialogue begins, unless the options say otherwise."""


def fits(head: Head) -> str | None:
    """Say which kind of subtitles they are."""
    rows = head.text.split("\n")
    if _is_advanced(rows):
        return "subtitles: SubStation sections and events"
    if _is_webvtt(head):
        return "subtitles: a WebVTT header"
    times = sum(map(has_times, rows))
    return f"subtitles: {times} SubRip times" if times else None


def read(head: Head, options: ReadOptions) -> Iterator[Event]:
    """Yield what is said, a boundary for each long pause, and what no speaker is named for.

    Args:
        head: The subtitles.
        options: `gap` is the pause in seconds, `PAUSE` where it is None. Time that runs backwards by more, as it does
            where files were put together, counts as one. `labels` says what the emotion words in brackets mean.

    Raises:
        SourceError: No subtitle of the file names its speaker.
    """
    rows = head.text.split("\n")
    blocks = advanced_blocks if _is_advanced(rows) else webvtt_blocks if _is_webvtt(head) else subrip_blocks
    film = _Film(_names(rows), PAUSE if options.gap is None else options.gap, Labels(options.labels))
    count = spoken = 0
    for block in blocks(lines(head), head.name):
        count += 1
        for event in film.take(block):
            spoken += isinstance(event, Utterance)
            yield event
    for event in film.end_speech():
        spoken += isinstance(event, Utterance)
        yield event
    if not spoken:
        raise SourceError(
            f"{head.name} names the speaker of none of its {count} subtitles, and subtitles such as "
            f'"Maggie: Give over!" were expected: put the names into the text, or into the Name field of a .ass file.'
        )


_FOLLOWS = 2.0
_DASH = re.compile(r"[-–—－‐](?![-–—－‐])\s*(?=\S)")
_MUSIC = re.compile(r"[♪♫♬♩]|^#.*#$")
_BRACKETED = re.compile(r"[\[【［](?P<name>[^\[\]【】［］]{1,40})[\]】］]\s*(?P<text>\S.*)", re.DOTALL)
_ROUND = re.compile(r"[(（](?P<name>[^()（）]{1,40})[)）]\s*(?P<text>\S.*)", re.DOTALL)
_SOUND = re.compile(
    r"\w+ing\b|(?:sigh|laugh|chuckle|gasp|groan|sob|cough|scoff|whisper|shout|scream|grunt|sniff|yell|giggle|cheer|crie)s?\b"
    r"|music|applause|laughter|silence|phone|door|.*(?:声|音|笑|哭|叹气|掌声|音乐|咳嗽|沉默|停顿|响)$",
    re.IGNORECASE,
)


@dataclass(slots=True)
class _Film:
    """The state between two subtitles."""

    names: frozenset[str]
    gap: float
    labels: Labels
    speech: Speech | None = None
    start: float | None = None
    end: float = 0.0

    def take(self, block: Block | Rejected) -> Iterator[Event]:
        """Yield what the block completes."""
        if isinstance(block, Rejected):
            yield from self.end_speech()
            yield block
            return
        follows = self.start is not None and -self.gap <= block.start - self.end < _FOLLOWS
        if self._is_apart(block):
            yield from self.end_speech()
            yield Boundary("gap", "", block.place)
        self.start, self.end = block.start, block.end
        for index, (dashed, text) in enumerate(self._pieces(block.rows) or [(False, "")]):
            yield from self._take_piece(text, block, follows=follows and not dashed and index == 0)

    def end_speech(self) -> Iterator[Event]:
        """Yield the speech that was read, if there is one."""
        if self.speech:
            yield self.speech.finish(self.labels, bare=False)
        self.speech = None

    def _is_apart(self, block: Block) -> bool:
        if self.start is None:
            return False
        return block.start - self.end > self.gap or self.start - block.start > self.gap

    def _pieces(self, rows: tuple[str, ...]) -> list[tuple[bool, str]]:
        """The block's lines by speaker: whether a dash opens the piece, and its text."""
        pieces: list[tuple[bool, list[str]]] = []
        for row in rows:
            dash = _DASH.match(row)
            text = row[dash.end() :] if dash else row
            if dash or not pieces or _is_sound(text) or _is_sound(pieces[-1][1][-1]) or self._cue(text, ""):
                pieces.append((dash is not None, []))
            pieces[-1][1].append(text)
        return [(dashed, join_lines(texts)) for dashed, texts in pieces]

    def _take_piece(self, text: str, block: Block, *, follows: bool) -> Iterator[Event]:
        cue = self._cue(text, block.speaker)
        if _is_sound(text) or (cue and is_narrator(cue.name)):
            yield from self.end_speech()
            yield _reject("narration", block.place, text)
        elif cue:
            yield from self.end_speech()
            self.speech = Speech(cue.name, cue.aside, block.place, [cue.text])
        elif self.speech and follows and text:
            self.speech.add(text, block.place)
            self.speech.lines += 1
        else:
            yield from self.end_speech()
            yield _reject("no_speaker" if text else "empty_text", block.place, text)

    def _cue(self, text: str, named: str) -> Cue | None:
        """Who speaks, from the text itself or else from the Name field."""
        cue = split_speaker(text)
        if cue and (cue.name == tidy_name(named) if named else cue.is_one_of(self.names)):
            return cue
        if named:
            return Cue(tidy_name(named), "", text, sure=True)
        cue = _bracketed(text, _BRACKETED) or _bracketed(text, _ROUND)
        return cue if cue and cue.name in self.names else None


def _is_sound(text: str) -> bool:
    return is_direction(text) or bool(_MUSIC.search(text))


def _reject(reason: str, place: Place, text: str) -> Rejected:
    return Rejected("utterance", reason, "import", place, {"text": text})


def _is_advanced(rows: list[str]) -> bool:
    titles = {row.strip().casefold() for row in rows}
    return "[events]" in titles or "[script info]" in titles


def _is_webvtt(head: Head) -> bool:
    return head.text.lstrip().startswith("WEBVTT")


def _names(rows: list[str]) -> frozenset[str]:
    """The names at two or more lines of the head, in front of a colon or in brackets."""
    plain = [_DASH.sub("", re.sub(r"<[^<>]*>|\{[^{}]*\}", "", row).strip(), count=1) for row in rows]
    counts = Counter(cue.name for row in plain if (cue := _bracketed(row, _BRACKETED)))
    return known_names(plain) | {name for name, count in counts.items() if count > 1}


def _bracketed(text: str, shape: re.Pattern[str]) -> Cue | None:
    """A name in brackets in front of what is said, unless it is a note on a sound."""
    match = shape.match(text)
    if not match or _SOUND.match(match["name"]):
        return None
    cue = split_alone(match["name"])
    if cue is None or cue.aside or not (cue.sure or match["name"][:1].isupper() or not match["name"].isascii()):
        return None
    return Cue(cue.name, "", match["text"], sure=False)
