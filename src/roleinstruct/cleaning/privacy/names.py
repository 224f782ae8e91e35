"""People named in dialogue: who they are, and another name for each."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from roleinstruct.cleaning.privacy.chinese_names import ChineseNames
from roleinstruct.cleaning.privacy.english_names import EnglishNames
from roleinstruct.cleaning.privacy.mentions import mentioned_in_chinese, mentioned_in_english
from roleinstruct.cleaning.privacy.naming import Name, read_name
from roleinstruct.cleaning.privacy.pseudonyms import Assignment
from roleinstruct.cleaning.privacy.spans import Replacement

__all__ = ["People", "find_mentioned"]


def find_mentioned(text: str) -> list[str]:
    """Find the full names and surnames that the words around them prove, such as "我叫…", "王女士" or "Mr. Hall".

    Returns:
        Each once, in order of appearance; titles are left out.

    Examples:
        >>> find_mentioned("我叫孟凡军，是王女士介绍来的")
        ['孟凡军', '王']
    """
    found = [*mentioned_in_chinese(text), *mentioned_in_english(text)]
    return list(dict.fromkeys(name for _, name in sorted(found)))


@dataclass(frozen=True, slots=True)
class People:
    """A cast, and the pseudonym of each.

    Attributes:
        names: The names, in order of appearance.
        pseudonyms: Name to pseudonym, of these and of earlier assignments.
    """

    names: tuple[str, ...]
    pseudonyms: dict[str, str]
    _chinese: ChineseNames = field(repr=False, compare=False)
    _english: EnglishNames = field(repr=False, compare=False)

    @classmethod
    def of(
        cls, names: Iterable[str], *, known: Mapping[str, str] | None = None, avoid: Collection[str] = ()
    ) -> "People":
        """Give everybody a pseudonym; the same surname gets the same one, and so does the same given name.

        Args:
            names: Speakers and whoever is mentioned. Roles and words of kinship ("妈妈", "客服", "Customer") are passed
                over.
            known: Earlier assignments, or the user's wishes: name to pseudonym.
            avoid: Names that nobody may get.
        """
        known = dict(known or {})
        cast = {name.strip(): read for name in names if (read := read_name(name))}
        everybody = {name: read for name in known if (read := read_name(name))} | cast
        given_out = Assignment(list(everybody.values()), known, avoid)
        pseudonyms = {name: given_out.whole(read) for name, read in cast.items()} | known
        chinese = _of_language(everybody, pseudonyms, given_out, chinese=True)
        english = _of_language(everybody, pseudonyms, given_out, chinese=False)
        return cls(tuple(cast), pseudonyms, ChineseNames.of(*chinese), EnglishNames.of(*english))

    def find(self, text: str) -> list[Replacement]:
        """Find where a text names them, in whatever form, in order; titles, kinship and "'s" stay outside."""
        hits = sorted([*self._chinese.find(text), *self._english.find(text)])
        return [Replacement("name", start, end, text[start:end], new) for start, end, new in hits]


def _of_language(
    people: Mapping[str, Name], pseudonyms: Mapping[str, str], given_out: Assignment, *, chinese: bool
) -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """Full names, given names and surnames of one language, each with its pseudonym."""
    there = {name: read for name, read in people.items() if read.chinese == chinese}
    full = {
        name: pseudonyms[name]
        for name, read in there.items()
        if (read.surname or " " in read.given) and read.given and not read.after
    }
    titled = {
        r.surname + r.given: given_out.whole(Name(True, r.surname, r.given))
        for r in there.values()
        if r.after and r.given
    }
    givens = [part for read in there.values() for part in read.given.split()]
    surnames = [read.surname for read in there.values() if read.surname]
    return (
        titled | full,
        {part: given_out.givens[part] for part in givens},
        {part: given_out.surnames[part] for part in surnames},
    )
