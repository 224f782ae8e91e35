"""Which dialogues people are to label: a stratified sample of whole dialogues.

A cell is a character, an emotion and who set it. A dialogue lies in one cell for each label in it; its stratum is the
rarest of them. First every character, then every emotion, then every cell is given one dialogue that holds it, the
rarest first; then strata are filled in proportion to their size. So rare labels come somewhat more often in the sample
than in the data set.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from roleinstruct.errors import ConfigError
from roleinstruct.records import Dialogue

__all__ = ["Candidate", "Cell", "candidate", "composition", "draw"]

Cell = tuple[str, str, str]
"""Character, emotion and annotator; "" for an emotion or annotator that is not there."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A dialogue that could be drawn.

    Attributes:
        id: The dialogue's id.
        cells: Its turns by cell.
    """

    id: str
    cells: Mapping[Cell, int]


def candidate(dialogue: Dialogue) -> Candidate:
    """A dialogue as the sampler sees it."""
    turns = dialogue.utterances
    return Candidate(dialogue.id, Counter((dialogue.character, u.emotion or "", u.annotator or "") for u in turns))


def draw(candidates: Sequence[Candidate], number: int, seed: int = 0) -> list[str]:
    """Draw whole dialogues.

    Args:
        candidates: The dialogues; the order does not matter.
        number: How many, 1 or more; all where there are no more.
        seed: The same seed draws the same dialogues.

    Returns:
        Ids in the order of `candidates`. Where the number does not suffice for all characters, the rarest are in it;
        then as many emotions as it suffices for, then cells.

    Raises:
        ConfigError: The number is below 1.
    """
    if number < 1:
        raise ConfigError(f"a sample of {number} dialogues: ask for 1 or more.")
    if number >= len(candidates):
        return [one.id for one in candidates]
    shuffled = sorted((one for one in candidates if one.cells), key=lambda one: _order(seed, one.id))
    holders = Counter(cell for one in shuffled for cell in one.cells)
    chosen = _cover(shuffled, number)
    strata: dict[Cell, list[Candidate]] = {}
    for one in shuffled:
        strata.setdefault(min(one.cells, key=lambda cell: (holders[cell], cell)), []).append(one)
    wanted = _shares({cell: len(members) for cell, members in strata.items()}, number)
    # Cells that are covered already count for their strata; what is left goes to the strata that are furthest behind.
    behind = {cell: wanted[cell] - sum(one.id in chosen for one in members) for cell, members in strata.items()}
    rest = {cell: [one for one in members if one.id not in chosen] for cell, members in strata.items()}
    while len(chosen) < number and any(rest.values()):
        cell = max((cell for cell in rest if rest[cell]), key=lambda cell: (behind[cell], cell))
        chosen.add(rest[cell].pop(0).id)
        behind[cell] -= 1
    return [one.id for one in candidates if one.id in chosen]


def composition(candidates: Iterable[Candidate], chosen: Iterable[str]) -> list[dict[str, object]]:
    """What the sample is made of, beside what it was drawn from.

    Returns:
        One a cell, sorted: character, emotion, annotator; turns and dialogues that hold it in the sample, and of how
        many.
    """
    ids = set(chosen)
    turns, among, held, holders = (Counter[Cell]() for _ in range(4))
    for one in candidates:
        turns.update(one.cells)
        holders.update(one.cells.keys())
        if one.id in ids:
            among.update(one.cells)
            held.update(one.cells.keys())
    return [
        {
            "character": cell[0],
            "emotion": cell[1] or None,
            "annotator": cell[2] or None,
            "turns": among[cell],
            "of_turns": turns[cell],
            "dialogues": held[cell],
            "of_dialogues": holders[cell],
        }
        for cell in sorted(turns)
    ]


def _cover(shuffled: Sequence[Candidate], number: int) -> set[str]:
    """Dialogues that hold every character, then every emotion, then every cell, the rarest first, at most `number`."""
    chosen: set[str] = set()
    for first, last in ((0, 1), (1, 2), (0, 3)):
        by_part: dict[tuple[str, ...], list[Candidate]] = {}
        for one in shuffled:
            for part in {tuple(cell)[first:last] for cell in one.cells}:
                by_part.setdefault(part, []).append(one)
        for part in sorted(by_part, key=lambda part: (len(by_part[part]), part)):
            members = by_part[part]
            if len(chosen) < number and not any(one.id in chosen for one in members):
                chosen.add(members[0].id)
    return chosen


def _shares(sizes: Mapping[Cell, int], number: int) -> dict[Cell, int]:
    """Split a number in proportion to sizes, by largest remainders."""
    total = sum(sizes.values())
    exact = {cell: number * size / total for cell, size in sizes.items()}
    shares = {cell: int(share) for cell, share in exact.items()}
    short = number - sum(shares.values())
    for cell in sorted(exact, key=lambda cell: (shares[cell] - exact[cell], cell))[:short]:
        shares[cell] += 1
    return shares


def _order(seed: int, name: str) -> bytes:
    return hashlib.sha256(f"{seed}\n{name}".encode()).digest()
