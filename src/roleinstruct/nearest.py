"""A word that is not known, and the known one that it is nearest to: the end of a sentence about it."""

import difflib
from collections.abc import Iterable

__all__ = ["nearest"]


def nearest(word: str, known: Iterable[str]) -> str:
    """What to put behind a complaint: "; the nearest is learning_rate", or nothing where none is near.

    Args:
        word: What was said.
        known: What may be said; of dotted words such as "sft.max_steps" the last part is compared too.
    """
    known = list(known)
    names = {name.rpartition(".")[2]: name for name in known} | {name: name for name in known}
    found = difflib.get_close_matches(word, names, n=1)
    return f"; the nearest is {names[found[0]]}" if found else ""
