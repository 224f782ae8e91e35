"""Where Chinese words begin and end, by jieba's dictionary: a name is none that a word sticks out of.

"前程远大" is one word, and so no 程远 stands in it; "小军舰" is 小 and 军舰, and so no 小军.
"""

import warnings
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from roleinstruct.cleaning.privacy.wordlists import words
from roleinstruct.errors import needs_extra

__all__ = ["is_entry", "is_word", "word_across"]


def word_across(text: str, place: int) -> tuple[int, int] | None:
    """Start and end of the word that begins before a place and ends behind it; None where words meet there.

    Raises:
        MissingExtraError: jieba is not installed.
    """
    return _inside_words(text).get(place)


def is_word(text: str) -> bool:
    """Whether two characters are a word of daily use beside what name they may be.

    Raises:
        MissingExtraError: jieba is not installed.
    """
    return text in words("words") or text in words("times") or text in _dictionary().common


def is_entry(text: str) -> bool:
    """Whether the dictionary has it at all, as a word or as a name.

    Raises:
        MissingExtraError: jieba is not installed.
    """
    return bool(_dictionary().tokenizer.FREQ.get(text))


@dataclass(frozen=True, slots=True)
class _Dictionary:
    tokenizer: Any
    common: frozenset[str]


_COMMON_FROM = 12
"""How often jieba's corpus must hold a word; most names that it takes for nouns (小军) are rarer. Our choice."""


@lru_cache(maxsize=64)
def _inside_words(text: str) -> dict[int, tuple[int, int]]:
    """Each place inside a word, with where that word begins and ends."""
    places: dict[int, tuple[int, int]] = {}
    start = 0
    # The statistical part of jieba guesses names itself, and would glue one to the verb behind it.
    for word in _dictionary().tokenizer.cut(text, HMM=False):
        end = start + len(word)
        places.update(dict.fromkeys(range(start + 1, end), (start, end)))
        start = end
    return places


@cache
def _dictionary() -> _Dictionary:
    """Silent, and without the cache file that jieba writes into the folder for temporary files."""
    needs_extra("names", "jieba")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # jieba 0.42 holds escapes that newer Pythons complain about when they compile
        import jieba
    tokenizer = jieba.Tokenizer()
    tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(tokenizer.get_dict_file())
    tokenizer.initialized = True
    with tokenizer.get_dict_file() as file:
        lines = (line.decode("utf-8").split() for line in file)
        common = {
            word for word, count, tag in lines if 1 < len(word) < 4 and int(count) >= _COMMON_FROM and tag[:2] != "nr"
        }
    return _Dictionary(tokenizer, frozenset(common))
