"""Which line of a script is which line of another copy of it, where both are known by the names of their lines."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

__all__ = ["match_lines"]


def match_lines(wanted: Mapping[int, str], given: Sequence[str]) -> dict[int, int]:
    """Find lines in a copy that may lack some, have others, or have them in another order.

    A line that is unlike all others is found wherever it stands, and what stands beside it there as it did before is
    found with it. Of lines that recur the one is taken that is nearest to where it is expected after its neighbours.
    No line is taken twice. In an unchanged copy every line is itself.

    Args:
        wanted: Names by number, ascending.
        given: The names of the copy's lines, in order.

    Returns:
        The number in the copy by the number that was wanted, without those that are not there.
    """
    places: dict[str, list[int]] = defaultdict(list)
    for place, name in enumerate(given):
        places[name].append(place)
    found = _grown(wanted, given, _unique(wanted, places))
    taken = set(found.values())
    shift = 0
    for number, name in wanted.items():
        if number not in found:
            free = [place for place in places.get(name, ()) if place not in taken]
            if not free:
                continue
            found[number] = min(free, key=lambda place: (abs(place - number - shift), place))
            taken.add(found[number])
        shift = found[number] - number
    return found


def _unique(wanted: Mapping[int, str], places: Mapping[str, list[int]]) -> dict[int, int]:
    often = Counter(wanted.values())
    return {n: places[name][0] for n, name in wanted.items() if often[name] == 1 and len(places.get(name, ())) == 1}


def _grown(wanted: Mapping[int, str], given: Sequence[str], known: dict[int, int]) -> dict[int, int]:
    """Add the neighbours that are beside a known line in both copies, after it and before it."""
    taken = set(known.values())
    found = dict(known)
    for numbers in (list(wanted), list(wanted)[::-1]):
        _grow(numbers, wanted, given, found, taken)
    return found


def _grow(
    numbers: Iterable[int], wanted: Mapping[int, str], given: Sequence[str], found: dict[int, int], taken: set[int]
) -> None:
    before: int | None = None
    for number in numbers:
        if number not in found and before is not None:
            place = found[before] + number - before
            if 0 <= place < len(given) and place not in taken and given[place] == wanted[number]:
                found[number] = place
                taken.add(place)
        before = number if number in found else None
