"""Subtitle files block by block, each with its lines in the file.

pysubs2 parses times and removes styling, but does not say where in the file an event stands and gives up a file for one
broken time. So it is given one block after the other.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain

import pysubs2
from pysubs2.time import TIMESTAMP

from roleinstruct.records import Place, Rejected

__all__ = ["Block", "advanced_blocks", "has_times", "subrip_blocks", "webvtt_blocks"]


@dataclass(frozen=True, slots=True)
class Block:
    """What is shown at one time.

    Attributes:
        start: Seconds from the beginning.
        end: Seconds from the beginning.
        speaker: The Name field (.ass), or "".
        rows: What is shown, line by line, without styling and blank lines.
        place: The lines of the file.
    """

    start: float
    end: float
    speaker: str
    rows: tuple[str, ...]
    place: Place


def has_times(line: str) -> bool:
    """Whether a line gives the times of a SubRip block: 00:01:02,000 --> 00:01:05,300."""
    return "-->" in line and len(TIMESTAMP.findall(line)) == 2


def subrip_blocks(lines: Iterable[tuple[int, str]], file: str) -> Iterator[Block | Rejected]:
    """Yield the blocks of a .srt file; one whose times cannot be read, and text before the first, is rejected.

    Args:
        lines: Numbered lines.
        file: What places call the file.
    """
    block: list[tuple[int, str]] = []
    for number, line in lines:
        if "-->" not in line:
            block.append((number, line))
            continue
        index = _take_index(block)
        yield from _subrip_block(block, file)
        block = [*index, (number, line)]
    yield from _subrip_block(block, file)


def webvtt_blocks(lines: Iterable[tuple[int, str]], file: str) -> Iterator[Block | Rejected]:
    """Yield the cues of a .vtt file, each with its voice as speaker; its header, notes and styles are rejected.

    Args:
        lines: Numbered lines.
        file: What places call the file.
    """
    block: list[tuple[int, str]] = []
    for number, line in chain(lines, [(0, "")]):
        if line.strip():
            block.append((number, line))
            continue
        yield from _webvtt_block(block, file)
        block = []


def advanced_blocks(lines: Iterable[tuple[int, str]], file: str) -> Iterator[Block | Rejected]:
    """Yield the Dialogue lines of a .ass or .ssa file; comments, drawings and broken lines are rejected.

    Args:
        lines: Numbered lines.
        file: What places call the file.
    """
    fields = _FIELDS
    in_events = False
    for number, line in lines:
        kind, _, rest = line.strip().partition(":")
        if kind.startswith("[") and kind.endswith("]"):
            in_events = kind.casefold() == "[events]"
        elif kind == "Format" and in_events:
            names = (name.strip().casefold() for name in rest.split(","))
            fields = ["name" if name == "actor" else name for name in names]
        elif kind in ("Dialogue", "Comment"):
            values = dict(zip(fields, rest.strip().split(",", len(fields) - 1), strict=False))
            yield _advanced_block(kind, values, line, Place(file, number, number))


_FIELDS = ["layer", "start", "end", "style", "name", "marginl", "marginr", "marginv", "effect", "text"]
_NUMBER = re.compile(r"\s*\d+\s*")
_VOICE = re.compile(r"<v(?:\.[^\s>]*)?\s+([^<>]+)>")
_SHORT_TIME = re.compile(r"(?<![\d:])(?=\d\d:\d\d\.\d)")


def _take_index(block: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """Take the number of the next block off the end of this one, where there is one."""
    before = next((text for _, text in reversed(block[:-1])), "")
    if block and _NUMBER.fullmatch(block[-1][1]) and (not before.strip() or "-->" in before or _is_next(block)):
        return [block.pop()]
    return []


def _is_next(block: list[tuple[int, str]]) -> bool:
    """Whether the last line is the number after the block's own, so that only the blank line between them is lost."""
    return bool(_NUMBER.fullmatch(block[0][1])) and int(block[-1][1]) == int(block[0][1]) + 1


def _subrip_block(block: list[tuple[int, str]], file: str) -> Iterator[Block | Rejected]:
    while block and not block[-1][1].strip():
        block.pop()
    while block and not block[0][1].strip():
        block.pop(0)
    if not block:
        return
    place = Place(file, block[0][0], block[-1][0])
    times = next((index for index, (_, line) in enumerate(block) if "-->" in line), None)
    if times is None or not has_times(block[times][1]):
        text = "\n".join(line for _, line in block)
        yield Rejected("utterance", "broken_block" if times is None else "broken_time", "import", place, {"text": text})
        return
    # The parser takes a number at the end for that of the next block; one is given to it, so that it leaves the text's.
    text = "\n".join(line for _, line in block[times:]) + "\n\n0\n"
    yield _shown(pysubs2.SSAFile.from_string(text, format_="srt")[0], "", place)


def _webvtt_block(block: list[tuple[int, str]], file: str) -> Iterator[Block | Rejected]:
    if block and not any("-->" in line for _, line in block):
        text = "\n".join(line for _, line in block)
        yield Rejected("utterance", "comment", "import", Place(file, block[0][0], block[-1][0]), {"text": text})
        return
    voices = {voice.strip() for _, line in block for voice in _VOICE.findall(line)}
    plain = "" if len(voices) == 1 else r"\1: "
    rows = [
        (number, _SHORT_TIME.sub("00:", line) if "-->" in line else _VOICE.sub(plain, line)) for number, line in block
    ]
    for found in _subrip_block(rows, file):
        yield replace(found, speaker=voices.pop()) if len(voices) == 1 and isinstance(found, Block) else found


def _advanced_block(kind: str, values: dict[str, str], line: str, place: Place) -> Block | Rejected:
    if kind == "Comment":
        return Rejected("utterance", "comment", "import", place, {"text": line.strip()})
    # Where the times are the last field they swallow the rest of the line; a comma in them would shift all others.
    start, end = (values.get(name, "").replace(",", " ") for name in ("start", "end"))
    text = f"[Events]\nDialogue: 0,{start},{end},Default,,0,0,0,,{values.get('text', '')}"
    try:
        event = pysubs2.SSAFile.from_string(text, format_="ass")[0]
    except ValueError:
        return Rejected("utterance", "broken_time", "import", place, {"text": line.strip()})
    if event.is_drawing:
        return Rejected("utterance", "drawing", "import", place, {"text": line.strip()})
    return _shown(event, values.get("name", "").strip(), place)


def _shown(event: pysubs2.SSAEvent, speaker: str, place: Place) -> Block:
    rows = tuple(row.strip() for row in event.plaintext.split("\n") if row.strip())
    return Block(event.start / 1000, event.end / 1000, speaker, rows, place)
