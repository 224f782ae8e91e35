"""Test items that were trained on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Literal

from roleinstruct.cleaning.lint.material import Asked, Corpus, Person
from roleinstruct.cleaning.lint.rule import Finding, Rule, excerpt
from roleinstruct.grams import GramIndex, normalise, weight

__all__ = ["RULE"]

_SIZE, _HELD = 8, 0.8
_LEAST = 20
"""Characters, see `weight`: shorter texts that are alike are no proof, and shorter answers not even where equal."""

_Part = Literal["question", "answer"]


def _find(_: Corpus, gathered: Sequence["_Gathered"]) -> Iterator[Finding]:
    trained: dict[bytes, str] = {}
    for person in reversed(gathered):
        trained |= person.trained
    for one in (one for person in gathered for one in person.held_out):
        for part, text in one.texts:
            row, share = one.near.get(part, ("", 0.0))
            same = trained.get(_key(part, text), "")
            if same or row:
                how = f"is that of {same}" if same else f"is contained ({share:.0%}) in that of {row}"
                message = f"the {part} of {_name(one.asked)} ({one.asked.split}) {how}, which is trained on"
                what = excerpt(one.asked.item.instruction)
                yield Finding(message, one.asked.where, one.asked.row, one.asked.item.character, what)
                break


def _name(asked: Asked) -> str:
    """The row of a data set, or the line of a source whose files bear the names of splits."""
    return asked.row or asked.where


@dataclass(frozen=True, slots=True)
class _HeldOut:
    asked: Asked
    texts: list[tuple[_Part, str]]
    near: dict[_Part, tuple[str, float]] = field(default_factory=dict)  # to the row that holds it, and how much


@dataclass(frozen=True, slots=True)
class _Gathered:
    trained: dict[bytes, str]  # the first row that each text is trained in
    held_out: list[_HeldOut]


def _gather(person: Person, _: Corpus) -> _Gathered:
    """What a character is trained on, and their held-out rows with what of it has most of their n-grams."""
    held_out = [_HeldOut(asked, list(_texts(asked))) for asked in person.asked if asked.split not in ("train", "")]
    trained = [(part, text, _name(a)) for a in person.asked if a.split == "train" for part, text in _texts(a)]
    parts: tuple[_Part, _Part] = ("question", "answer")
    for wanted in parts if held_out else ():
        named = {text: name for part, text, name in trained if part == wanted and weight(text) >= _LEAST}
        index, rows = GramIndex.of(list(named), _SIZE), list(named.values())
        asked = [(h, t) for h in held_out for part, t in h.texts if part == wanted and weight(t) >= _LEAST]
        for (one, text), known in zip(asked, index.known([text for _, text in asked]), strict=True):
            best, share = index.holder(text) if known >= _HELD else (0, 0.0)
            if share >= _HELD:
                one.near[wanted] = (rows[best], share)
    return _Gathered({_key(part, text): name for part, text, name in reversed(trained)}, held_out)


def _texts(asked: Asked) -> Iterator[tuple[_Part, str]]:
    """The question, and the answers if they are the character's own: answers to general instructions repeat."""
    yield "question", normalise(asked.item.instruction)
    for answer in asked.item.responses if asked.item.kind == "specific" else ():
        text = normalise(answer)
        if weight(text) >= _LEAST:
            yield "answer", text


def _key(part: _Part, text: str) -> bytes:
    return blake2b(f"{part} {text}".encode("utf-8", "surrogatepass"), digest_size=8).digest()


RULE = Rule(
    id="split-leak",
    severity="error",
    summary="A question or an answer of the test stands in the training split too, whole or nearly so.",
    why="A score on it tells what the model remembers, not what it can.",
    example='"你最难忘的旅行是哪一次？" in train and in test',
    mend="Move the row to the training split or leave it out; a build keeps equal questions in one split.",
    gather=_gather,
    corpus=_find,
    drops=True,
)
