"""Figures as they are shown: as many places as they deserve, with their interval."""

from typing import Protocol

from roleinstruct.evaluation.report.document import Cell

__all__ = ["NOTHING", "Sure", "figure", "number", "percent", "sure", "word"]

NOTHING = Cell("–")
"""What is not known, or does not apply."""


class Sure(Protocol):
    """A figure with an interval, such as `Estimate`, `Effect` or `Mean`."""

    @property
    def value(self) -> float:
        """The figure."""

    @property
    def low(self) -> float:
        """Where its interval begins."""

    @property
    def high(self) -> float:
        """Where it ends."""


def word(text: object) -> Cell:
    """A name, or other text."""
    return Cell(str(text))


def number(count: int) -> Cell:
    """A count."""
    return Cell(f"{count:,}", count)


def figure(
    value: float | None,
    interval: tuple[float, float] | None = None,
    *,
    places: int = 4,
    n: int | None = None,
    sign: bool = False,
    mark: str = "",
) -> Cell:
    """A number, with its interval of three places at most.

    Args:
        value: None for what is not known.
        interval: Its ends.
        places: Of the number.
        n: Of how many.
        sign: Whether to write a plus.
        mark: See `Cell`.
    """
    if value is None or value != value:
        return NOTHING
    shape, short = (f"{'+' if sign else ''}.{p}f" for p in (places, min(places, 3)))
    if interval is None or any(end != end for end in interval):
        return Cell(format(value, shape), value, n=n, mark=mark)
    low, high = interval
    return Cell(format(value, shape), value, low, high, n, f"[{low:{short}}, {high:{short}}]", mark)


def sure(found: Sure | None, *, places: int = 2, n: int | None = None, sign: bool = False) -> Cell:
    """A figure that knows its interval."""
    return NOTHING if found is None else figure(found.value, (found.low, found.high), places=places, n=n, sign=sign)


def percent(found: Sure | None, *, n: int | None = None) -> Cell:
    """A share with its interval, in percent."""
    if found is None or found.value != found.value:
        return NOTHING
    text, shown = f"{found.value:.1%}", f"[{found.low:.1%}, {found.high:.1%}]"
    return Cell(text, found.value, found.low, found.high, n, shown)
