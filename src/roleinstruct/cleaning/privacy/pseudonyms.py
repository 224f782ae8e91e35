"""Which invented name stands for which real one.

Names are given out in order, never computed from the real name: what can be computed can be undone by trying all names.
A surname has one pseudonym, so that families stay families, and so has a given name.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import chain, count, product

from roleinstruct.cleaning.privacy.naming import Name, read_name
from roleinstruct.cleaning.privacy.wordlists import names

__all__ = ["Assignment"]


class Assignment:
    """Gives out pseudonyms for the parts of names.

    Attributes:
        surnames: Real surname to pseudonym, Chinese and English.
        givens: Real given name, or English part of one, to pseudonym.
    """

    def __init__(self, people: Sequence[Name], known: Mapping[str, str], avoid: Collection[str]) -> None:
        """Give everybody one.

        Args:
            people: In the order of the pools.
            known: Names with the pseudonym that they have already.
            avoid: Names that must not be given.
        """
        self.surnames: dict[str, str] = {}
        self.givens: dict[str, str] = {}
        parts = chain.from_iterable((p.surname, *p.given.split(), p.surname + p.given) for p in people)
        others = (part for name in (*known.values(), *avoid) for part in (name, *_parts(name)))
        self._taken = {part.casefold() for part in (*parts, *others)}
        self._characters = {c for p in people if p.chinese for c in p.surname + p.given}
        self._pools: dict[tuple[str, ...], Iterator[str]] = {}
        for name, pseudonym in known.items():
            self._learn(name, pseudonym)
        for person in people:
            self._assign(person)

    def whole(self, name: Name) -> str:
        """The pseudonym of a whole name, with what precedes and follows it."""
        surname = self.surnames.get(name.surname, "")
        if name.chinese:
            given = "·".join(self.givens[part] for part in name.given.split())
            return name.before + surname + given + name.after
        given = " ".join(self.givens[part] for part in name.given.split())
        return name.before + " ".join(filter(None, (given, surname))) + name.after

    def _learn(self, name: str, pseudonym: str) -> None:
        """Take over what an earlier assignment says of the parts of a name."""
        real, other = read_name(name), read_name(pseudonym)
        if not real or not other or real.chinese != other.chinese:
            return
        if real.surname and other.surname:
            self.surnames.setdefault(real.surname, other.surname)
        if len(real.given.split()) == len(other.given.split()):
            for part, new in zip(real.given.split(), other.given.split(), strict=True):
                self.givens.setdefault(part, new)

    def _assign(self, name: Name) -> None:
        if name.surname and name.surname not in self.surnames:
            self.surnames[name.surname] = self._next(_surname_pool(name))
        for part in name.given.split():
            if part not in self.givens:
                self.givens[part] = self._next(_given_pool(part, name.chinese))

    def _next(self, pool: tuple[str, ...]) -> str:
        # Where a Chinese pseudonym shares no character with a real name, the two cannot be mistaken; a large cast
        # leaves too few such characters.
        shun = self._characters if len(self._characters) < _LARGE else set()
        left = self._pools.setdefault(pool, _endless(pool))
        name = next(n for n in left if n.casefold() not in self._taken and not shun & set(n))
        self._taken.add(name.casefold())
        return name


_LARGE = 120


def _parts(name: str) -> tuple[str, ...]:
    read = read_name(name)
    return (read.surname, read.given, *read.given.split()) if read else ()


def _surname_pool(name: Name) -> tuple[str, ...]:
    if not name.chinese:
        return ("english", "pool_last")
    if len(name.surname) == 2:
        return ("chinese", "pool_double_surnames", "pool_surnames")
    return ("chinese", "pool_surnames", "surnames", "pool_double_surnames")


def _given_pool(given: str, chinese: bool) -> tuple[str, ...]:
    if chinese:
        female = bool(set(given) & set(names("chinese", "female_characters")))
        return ("chinese", "one" if len(given) == 1 else "two", "pool_female" if female else "pool_male")
    women = (*names("english", "female"), *names("english", "pool_female"))
    return ("english", "pool_female" if given.title() in women else "pool_male")


def _endless(pool: tuple[str, ...]) -> Iterator[str]:
    """The names of a pool in order, then made-up ones of the same look: more than any data set has people."""
    language, *blocks = pool
    if blocks[0] in ("one", "two"):
        listed = names(language, blocks[1])
        if blocks[0] == "one":
            yield from dict.fromkeys(name[-1] for name in listed)
        yield from listed
        yield from (first[0] + second[-1] for first, second in product(listed, listed))
    else:
        listed = tuple(chain.from_iterable(names(language, block) for block in blocks))
        yield from listed
    joint = "-" if language == "english" else ""
    yield from (joint.join(several) for size in count(2) for several in product(listed, repeat=size))
