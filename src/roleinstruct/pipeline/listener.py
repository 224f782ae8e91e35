"""Who hears what a build does: a person's terminal, a log, or nobody."""

from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Listener"]


def _unheard(*_: object) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Listener:
    """Two functions that are told what happens; by default nobody hears.

    Attributes:
        say: A sentence worth knowing, such as what a file was taken for.
        progress: The work that is being done, how much of it is done, and how much there is (None: unknown).
    """

    say: Callable[[str], None] = _unheard
    progress: Callable[[str, int, int | None], None] = _unheard
