"""The words that call up an entry of a lorebook: the names and nouns of its question and passage."""

import re
from collections import Counter
from collections.abc import Collection, Iterator

__all__ = ["MOST_KEYS", "Keys"]

MOST_KEYS = 6


class Keys:
    """Finds keys without a dictionary: names by their capitals or because somebody bears them, other words by rarity.

    Args:
        character: Whose lorebook it is; its own name calls up nothing, since it stands everywhere.
        people: Names of others.
        passages: All questions with their passages: a word that stands in more than a fifth of them, and in more than
            two, tells nothing.
    """

    def __init__(self, character: str, people: Collection[str], passages: Collection[str]) -> None:
        self._own = {character.casefold(), *character.casefold().split()}
        self._people = sorted(name for name in people if len(name) > 1)
        self._spread = Counter(word.casefold() for passage in passages for word in set(_words(passage)))
        self._most = max(2, len(passages) // 5)

    def of(self, question: str, passage: str) -> list[str]:
        """The keys of an entry, names first, then the rarest words of the question, at most `MOST_KEYS`."""
        named = [name for name in self._people if name in question or name in passage]
        both = _NAME.findall(question) + _NAME.findall(passage)
        names = [word for word in both if not self._is_stop(word)]
        words = sorted(_words(question), key=lambda word: self._spread[word.casefold()])
        telling = (w for w in words if self._spread[w.casefold()] <= self._most and not self._is_stop(w))
        keys: dict[str, str] = {}
        for key in (*named, *names[:3], *telling):
            keys.setdefault(key.casefold(), key)
        return [key for lower, key in keys.items() if lower not in self._own][:MOST_KEYS]

    def _is_stop(self, word: str) -> bool:
        return word.casefold() in _STOP or word.casefold() in self._own


_NAME = re.compile(r"(?<=[a-z,;’'] )[A-Z][a-z]+(?:[ -][A-Z][a-z]+)*|(?<=[《“「『])[^《》“”「」『』]{2,12}(?=[》”」』])")
"""Capitals within a sentence, and what stands in the quotation marks of titles and names."""

_LATIN = re.compile(r"[A-Za-z][A-Za-z-]{3,}")
_HAN = re.compile(r"[\u3400-\u9fff]{2,}")
_PARTICLES = re.compile(
    "[的了是我你您他她它们这那哪什么怎样为吗呢吧啊呀哦嘛哎唉嗯就都也还又再很太最真好不没别有在和跟与把被给让对从到向往于而且但或如果因"
    "所以会能要想可应该得着过地上下里外个些一二三四五六七八九十几两多少每次岁句部种只集谁时候去来说道叫做看用放第之其请问讲谈觉知话现今天当]+"
)
"""Characters that stand between the words of a Chinese question rather than in its nouns."""

_LONGEST = 4

_STOP = frozenset(
    "about after again also always another anybody anything around away back because been before being better "
    "both came called cannot come could does doing done down each else even ever every everything feel find first "
    "found from gave give goes going gone good have having hear heard here however into just keep kept knew know "
    "last like little long look made make many maybe mean might more most much must need never next nothing often "
    "once only other over people perhaps please quite really right said same says seem should since some somebody "
    "someone something sometimes still such sure take tell than thank that their them then there these they thing "
    "things think this those though thought through time today told tomorrow tonight took under until upon very "
    "want wanted well went were what whatever when where whether which while whom whose will with without would "
    "year years yesterday your yours yourself remember happen happened start started stop used using".split()
)


def _words(text: str) -> Iterator[str]:
    yield from _LATIN.findall(text)
    for run in _HAN.findall(text):
        for part in _PARTICLES.split(run):
            if 2 <= len(part) <= _LONGEST:
                yield part
            elif len(part) > _LONGEST:
                yield from (part[:2], part[-2:])
