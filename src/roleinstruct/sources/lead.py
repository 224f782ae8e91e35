"""Which speakers of a script are the character.

A folder, a profile and a script do not always agree on the name. The script's speakers decide, and a name that is not
the folder's is said.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from roleinstruct.records import Notice

__all__ = ["PLACEHOLDERS", "Lead", "find_lead", "is_alias"]

PLACEHOLDERS = frozenset(
    {"其他", "其他人", "其它", "旁白", "众人", "所有人", "路人", "群众", "未知", "来电人", "客户", "用户"}
    | {"other", "others", "narrator", "all", "everyone", "unknown", "user", "human", "system", "customer", "caller"}
)
"""Names that stand for nobody in particular; none of them is ever the lead while another speaks."""

_MEANT = 0.2
"""The folder's own name is the lead when it has at least this share of the most frequent speaker's lines."""


@dataclass(frozen=True, slots=True)
class Lead:
    """The speakers that are the character.

    Attributes:
        names: As the script has them, the most frequent first; empty where nobody speaks.
        notices: What is worth saying about it.
    """

    names: tuple[str, ...]
    notices: tuple[Notice, ...] = ()


def find_lead(character: str, counts: Mapping[str, int], *, profile_name: str = "") -> Lead:
    """Find the character among the speakers of a script.

    Args:
        character: The name on the folder, or "" where there is none.
        counts: Lines of each speaker.
        profile_name: The name that the profile gives, or "".
    """
    people = {name: n for name, n in counts.items() if name.casefold() not in PLACEHOLDERS} or dict(counts)
    if not people:
        return Lead(())
    first = max(people, key=lambda name: people[name])
    if not character:
        return Lead((first,))
    for known, whence in ((character, "folder"), (profile_name, "profile")):
        names = sorted((n for n in people if known and is_alias(n, known)), key=lambda n: (-people[n], n))
        if sum(people[n] for n in names) >= _MEANT * people[first]:
            return Lead(tuple(names), _say(character, names, whence))
    return Lead((first,), _say(character, [first], "lines"))


def is_alias(name: str, character: str) -> bool:
    """Whether a speaker's name is the character's: the same, or its given name ("小棠" of "苏小棠", "Maggie").

    A Chinese given name is what follows a surname of one or two characters; it has at least two characters itself.
    A letter and its accent are the same as the accented letter: macOS writes names of folders in parts.
    """
    a, b = (unicodedata.normalize("NFC", text).casefold().strip() for text in (name, character))
    if a == b:
        return True
    if " " in b:
        return a == b.split()[0]
    chinese = all("\u4e00" <= c <= "\u9fff" for c in a + b)
    return chinese and len(a) >= 2 and b.endswith(a) and 1 <= len(b) - len(a) <= 2


def _say(character: str, names: list[str], whence: str) -> tuple[Notice, ...]:
    others = [n for n in names if n != character]
    if not others:
        return ()
    why = {
        "folder": "the name is the folder's or its given name",
        "profile": "the profile gives this name",
        "lines": "nobody speaks under the folder's name, and this speaker has the most lines",
    }[whence]
    return (Notice(f"{character} speaks as {', '.join(others)} in the script: {why}."),)
