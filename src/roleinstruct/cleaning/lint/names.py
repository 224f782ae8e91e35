"""What a character is called."""

import re
from collections.abc import Iterator

from roleinstruct.cleaning.lint.material import Person
from roleinstruct.grams import normalise

__all__ = ["are_related", "names_of", "profile_names"]


def names_of(person: Person) -> frozenset[str]:
    """All that the character is called, normalised: whole names, given names, nicknames of the profile."""
    whole = (person.name, *person.speaks_as, *profile_names(person))
    return frozenset(normalise(part) for name in whole for part in (name, *_parts(name)) if part.strip())


def profile_names(person: Person) -> tuple[str, ...]:
    """The names that the profile gives, each alone: "Anna (Annie), Ann" is three."""
    fields = person.profile.fields if person.profile else {}
    given = (value for key, value in fields.items() if key.casefold() in _FIELDS)
    return tuple(name for value in given for part in _SEPARATORS.split(value) if (name := part.strip()))


def are_related(one: str, other: str) -> bool:
    """Whether two names may be one person's: one is the other or a part of it, such as its given name."""
    a, b = normalise(one), normalise(other)
    return a in b or b in a


_FIELDS = frozenset("name names nickname nicknames alias 姓名 名字 名称 昵称 小名 外号 绰号 别名 又名".split())
_SEPARATORS = re.compile(r"[()（）、,，;；/|“”\"]+")


def _parts(name: str) -> Iterator[str]:
    """Given names: what follows a Chinese surname of one or two characters, and the words of other names."""
    if re.fullmatch(r"[\u3400-\u9fff]{3,4}", name):
        yield name[1:]
        yield name[2:] if len(name) == 4 else name[1:]
    else:
        yield from (word for word in name.split() if len(word) > 2)
