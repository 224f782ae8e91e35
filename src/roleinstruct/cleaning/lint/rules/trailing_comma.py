"""Lines that end with a comma, as speech recognisers leave them."""

from collections.abc import Iterator
from dataclasses import replace

from roleinstruct.cleaning.lint.material import Person
from roleinstruct.cleaning.lint.rule import Finding, Rule
from roleinstruct.cleaning.lint.texts import search
from roleinstruct.records import Utterance

__all__ = ["RULE"]


def _find(person: Person) -> Iterator[Finding]:
    hits = [text for text, _ in search(person, ("utterance",), _ends_so)]
    if hits:
        others = ", ".join(text.where for text in hits[1:4] if text.where)
        message = f"{len(hits):,} utterances end with a comma" + (f", also {others}" if others else "")
        yield hits[0].finding(message, len(hits))


def _ends_so(text: str) -> bool:
    return text.rstrip()[-1:] in _COMMAS and text.rstrip(_TRAILING) != ""


def _mend(turn: Utterance) -> Utterance:
    return replace(turn, text=turn.text.rstrip(_TRAILING)) if _ends_so(turn.text) else turn


_COMMAS = frozenset(",，、")
_TRAILING = ",，、 \t\r\n\u3000"


RULE = Rule(
    id="trailing-comma",
    severity="note",
    summary="Utterances end with a comma.",
    why="Recognised speech and cut subtitles look so; a model learns to end its turns there.",
    example='{"role": "小林", "content": "我知道了，"}',
    mend="Take the comma off; an instruction may end with one on purpose and is left alone.",
    person=_find,
    mend_turn=_mend,
)
