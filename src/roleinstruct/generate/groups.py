"""Which dialogues may not stand on both sides of a test, and how they are dealt out.

A figure from dialogues that share lines with the training material measures memory. So a test holds out whole
characters, and characters whose scripts repeat each other are held out together.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import combinations

from roleinstruct.generate.lexicon import normalise
from roleinstruct.records import Dialogue

__all__ = ["CHARACTERS", "deal", "group"]

CHARACTERS = 3
"""From so many characters on, a test holds out characters; below, dialogues."""

_LONG = 8
_SHARED = 0.02


def group(dialogues: Sequence[Dialogue]) -> list[str]:
    """The group of each dialogue: its character, with all that share lines with it, or else the dialogue itself.

    Two characters share lines when 2 % of the distinct lines of the one with fewer, and at least three, are the other's
    too; lines of fewer than eight letters and digits are everybody's and do not count.

    Args:
        dialogues: Of any number of characters.

    Returns:
        A name each: the characters of a group in order, joined by " + "; the dialogue's id, made unique by its
        position, where there are fewer than three characters.
    """
    if len({dialogue.character for dialogue in dialogues}) < CHARACTERS:
        return [f"{number} {dialogue.id}" for number, dialogue in enumerate(dialogues)]
    lines = _long_lines(dialogues)
    together = {name: {name} for name in lines}
    for first, second in combinations(sorted(lines), 2):
        shared = len(lines[first] & lines[second])
        if shared >= 3 and shared >= _SHARED * min(len(lines[first]), len(lines[second])):
            union = together[first] | together[second]
            together.update(dict.fromkeys(union, union))
    return [" + ".join(sorted(together[dialogue.character])) for dialogue in dialogues]


def deal(groups: Sequence[str], weights: Sequence[int], folds: int, seed: int) -> list[int]:
    """Deal groups out to folds of about equal weight.

    The heaviest group comes first and each goes to the fold that is lightest so far; the seed decides among equals.

    Args:
        groups: The group of each dialogue.
        weights: Its labelled turns.
        folds: How many; there are never more than groups.
        seed: Any number.

    Returns:
        The fold of each dialogue, from 0.
    """
    heavy: Counter[str] = Counter()
    for name, weight in zip(groups, weights, strict=True):
        heavy[name] += weight
    names = sorted(heavy)
    random.Random(seed).shuffle(names)
    loads = [0] * min(folds, len(names))
    fold_of = {}
    for name in sorted(names, key=lambda name: -heavy[name]):
        fold_of[name] = loads.index(min(loads))
        loads[fold_of[name]] += heavy[name]
    return [fold_of[name] for name in groups]


def _long_lines(dialogues: Sequence[Dialogue]) -> dict[str, set[str]]:
    lines: defaultdict[str, set[str]] = defaultdict(set)
    for dialogue in dialogues:
        bare = ("".join(filter(str.isalnum, normalise(turn.text))) for turn in dialogue.utterances)
        lines[dialogue.character].update(line for line in bare if len(line) >= _LONG)
    return lines
