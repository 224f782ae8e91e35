"""What instructions ask for: their verbs and the nouns that these act on (the paper's Figure 3).

The way to count is that of Self-Instruct (Wang et al. 2023, Figure 2), which the paper's figure follows: of every
instruction the first verb that has a direct noun object, with that object.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from roleinstruct.dataset.figures.chinese import chinese_pairs
from roleinstruct.dataset.figures.english import english_pair
from roleinstruct.language import language_of

__all__ = ["Verb", "top_verbs"]

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Verb:
    """A verb of the instructions.

    Attributes:
        word: Its base form.
        count: Instructions that ask for it.
        objects: Its most frequent objects, each with its number of instructions, most frequent first; together at most
            `count`.
    """

    word: str
    count: int
    objects: tuple[tuple[str, int], ...]


def top_verbs(texts: Iterable[str], verbs: int = 20, objects: int = 4) -> dict[str, tuple[Verb, ...]]:
    """The most frequent verbs of instructions, apart for Chinese and English.

    Args:
        texts: Instructions; each counts once for every time it is given.
        verbs: How many verbs of a language to name.
        objects: How many objects of a verb to name.

    Returns:
        Verbs by language ("zh", "en"), most frequent first, words of the same frequency in the order of the alphabet;
        a language without any verb is absent.

    Raises:
        MissingExtraError: There are Chinese instructions and jieba is not installed.
    """
    by_language: dict[str, list[str]] = {"zh": [], "en": []}
    for text in texts:
        by_language.get(language_of(text), []).append(text)
    chinese = _count(chinese_pairs(by_language["zh"]) if by_language["zh"] else (), verbs, objects)
    english = _count(map(english_pair, by_language["en"]), verbs, objects)
    return {language: found for language, found in (("zh", chinese), ("en", english)) if found}


def _count(pairs: Iterable[Pair | None], verbs: int, objects: int) -> tuple[Verb, ...]:
    by_verb: dict[str, Counter[str]] = {}
    for pair in pairs:
        if pair:
            by_verb.setdefault(pair[0], Counter())[pair[1]] += 1
    found = [Verb(verb, nouns.total(), tuple(_most(nouns, objects))) for verb, nouns in by_verb.items()]
    return tuple(sorted(found, key=lambda verb: (-verb.count, verb.word))[:verbs])


def _most(counts: Counter[str], limit: int) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:limit]
