"""Speakers of one source who are the same person: once by the full name, once by the given name alone."""

from collections.abc import Collection

from roleinstruct.cleaning.privacy.naming import read_name
from roleinstruct.sources.lead import is_alias

__all__ = ["full_names"]


def full_names(speakers: Collection[str], wanted: Collection[str] = ()) -> dict[str, str]:
    """Find the speakers whose name is the given name of exactly one other: 淑兰 of 赵淑兰, Maggie of Maggie Doyle.

    What a word says of anybody is no given name: 老师 is not 王老师, nor "Guard" the "Guard Captain".

    Args:
        speakers: Names as the source has them.
        wanted: Names that the user gave; a person is called by such a name, be it the shorter one.

    Returns:
        Each other name of such a person to the one that stays.
    """
    united = {}
    for short in speakers:
        fuller = [name for name in speakers if name != short and is_alias(short, name)]
        if len(fuller) == 1 and _is_given(short, fuller[0]):
            left, stays = (fuller[0], short) if short in wanted and fuller[0] not in wanted else (short, fuller[0])
            united[left] = stays
    return united


_RANKS = frozenset(
    {"big", "captain", "chief", "colonel", "corporal", "detective", "dr", "emperor", "general", "guard", "inspector"}
    | {"junior", "king", "lady", "lieutenant", "little", "lord", "major", "master", "miss", "mr", "mrs", "ms", "old"}
    | {"prince", "princess", "professor", "queen", "reverend", "senior", "sergeant", "sir", "soldier", "young"}
)


def _is_given(short: str, full: str) -> bool:
    alone, whole = read_name(short), read_name(full)
    if alone is None or whole is None or whole.after or _RANKS & {short.casefold(), whole.surname.casefold()}:
        return False
    return whole.surname != "" and whole.given.casefold() == short.casefold()
