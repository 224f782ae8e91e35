"""What a model states of a character, each statement with the dialogues that it rests on."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from roleinstruct.generate.traits import find_traits
from roleinstruct.llm.clipping import tokens_of
from roleinstruct.llm.shapes import Shape
from roleinstruct.profile_fields import FIELDS, INFERRED, OBSERVED, field_named

__all__ = [
    "TRAITS",
    "Finding",
    "Findings",
    "Statement",
    "complaint",
    "most_supported",
    "numbered",
    "packed",
    "read",
    "room_of",
    "united",
]

TRAITS = "traits"
"""The one field that has a statement for each of its values."""


class Finding(Shape):
    """One statement, as the model gives it: `evidence` are numbers of what it was shown."""

    field: str
    value: str
    evidence: list[int]


class Findings(Shape):
    """The model's answer."""

    statements: list[Finding]


@dataclass(frozen=True, slots=True)
class Statement:
    """Something that is said of a character.

    Attributes:
        key: The field, as in `profile_fields.FIELDS`, or a free one.
        value: What is said.
        dialogues: Ids of the dialogues that show it; none where the model concluded it.
    """

    key: str
    value: str
    dialogues: tuple[str, ...]


def complaint(findings: Findings, shown: int, room: int, *, merged: bool) -> str:
    """What is wrong with an answer, in words for the model; "" if nothing is.

    Args:
        findings: The answer.
        shown: How many numbers it was shown, from 1.
        room: Tokens that its statements may take, see `room_of`.
        merged: Whether it rests on statements, of which each new one must name some, and not on dialogues.
    """
    stated = findings.statements
    unknown = sorted({n for one in stated for n in one.evidence if not 1 <= n <= shown})
    odd = [one.field for one in stated if not _is_key(_key(one.field)) or not one.value.strip()]
    often = [key for key, n in Counter(_key(one.field) for one in stated).items() if n > 1 and key != TRAITS]
    long = [one.value for one in stated if _key(one.field) == TRAITS and not _is_short(one.value)]
    bare = [one.field for one in stated if merged and not one.evidence]
    used = sum(room_of(statement) for statement in read(findings, [()] * shown)) if not unknown else 0
    found = (
        (unknown, f"evidence names {_some(unknown)}, but only [1] to [{shown}] were shown."),
        (odd, f"{_some(odd)} is no field with a value: name a field and say something, or leave it out."),
        (often, f"{_some(often)} is there more than once: one statement a field."),
        (long, f"{_some(long)} is no trait: a word or two, one statement for each."),
        (bare, f"{_some(bare)} has no evidence: each statement names the ones that it was made of."),
        (used > room, f"it is too long: say it in {max(1, 100 * room // max(used, 1))} % of the length."),
    )
    return next((words for is_so, words in found if is_so), "")


def read(findings: Findings, shown: Sequence[Sequence[str]]) -> list[Statement]:
    """Make statements of an answer that nothing is wrong with.

    Args:
        findings: The answer.
        shown: The dialogues behind each number, in order.
    """
    return [
        Statement(key, value, _ids(one, shown))
        for one in findings.statements
        for key in [_key(one.field)]
        for value in (_traits(one.value) if key == TRAITS else (" ".join(one.value.split()),))
    ]


def united(statements: Iterable[Statement]) -> list[Statement]:
    """The statements by field, the template's first; those that say the same are one, with the evidence of all."""
    same: dict[tuple[str, str], Statement] = {}
    for one in statements:
        name = (one.key, one.value.casefold())
        known = same.get(name)
        ids = one.dialogues if known is None else tuple(dict.fromkeys((*known.dialogues, *one.dialogues)))
        same[name] = replace(known or one, dialogues=ids)
    return sorted(same.values(), key=lambda one: (_ORDER.get(one.key, len(_ORDER)), one.key))


def most_supported(statements: Sequence[Statement], room: int) -> list[Statement]:
    """What is kept where the model cannot merge: of each field what most dialogues show, and as much as fits."""
    by_support = sorted(statements, key=lambda one: -len(one.dialogues))
    best = dict.fromkeys(one.key for one in by_support)
    kept: list[Statement] = []
    for one in by_support:
        if (one.key in best or one.key == TRAITS) and room_of(one) <= room:
            best.pop(one.key, None)
            kept.append(one)
            room -= room_of(one)
    return united(kept)


def packed(statements: Sequence[Statement], room: int) -> Iterator[list[Statement]]:
    """The statements in groups, in order, each of which fits in so many tokens."""
    group: list[Statement] = []
    used = 0
    for one in statements:
        size = room_of(one)
        if group and used + size > room:
            yield group
            group, used = [], 0
        group.append(one)
        used += size
    if group:
        yield group


def numbered(statements: Sequence[Statement]) -> str:
    """The statements as a model is shown them, one a line, the first one [1]."""
    return "\n".join(_line(number, one, len(one.dialogues)) for number, one in enumerate(statements, 1))


def room_of(statement: Statement) -> int:
    """Tokens of the line that shows a statement, whatever its number and its support."""
    return tokens_of(_line(_WIDEST, statement, _WIDEST) + "\n")


_WIDEST = 99_999
_LONGEST_KEY = 24
_ORDER = {field.key: number for number, field in enumerate(FIELDS)}


def _line(number: int, one: Statement, support: int) -> str:
    return f"[{number}] {one.key}: {one.value} (×{support})"


def _key(label: str) -> str:
    bare = label.strip(" \t\r\n:：*#\"'“”")
    return field_named(bare) or "_".join(bare.casefold().split())


def _is_key(key: str) -> bool:
    return 0 < len(key) <= _LONGEST_KEY and not key.startswith((OBSERVED, INFERRED))


def _traits(value: str) -> tuple[str, ...]:
    return find_traits(value) or (" ".join(value.split()),)


def _is_short(trait: str) -> bool:
    return len(trait.strip()) <= 40 and len(trait.split()) <= 4 and "。" not in trait


def _ids(one: Finding, shown: Sequence[Sequence[str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(id_ for number in sorted(set(one.evidence)) for id_ in shown[number - 1]))


def _some(names: Sequence[object]) -> str:
    return ", ".join(str(name)[:40] for name in names[:5])
