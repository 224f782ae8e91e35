"""Personality traits: the words that a traits field lists, not the sentences that follow them."""

import re

__all__ = ["find_traits"]


def find_traits(text: str, character: str = "") -> tuple[str, ...]:
    """Find the traits in a traits field, such as "乐观、坚韧，同时也充满正义感。她从不放弃。".

    The list is the first sentence, split at commas and "and"; adverbs before a trait are taken off. Where the first
    sentence is prose ("她是一个开朗、幽默的人"), the words before the person are the traits.

    Args:
        text: The traits field.
        character: Name; what holds it is a sentence, not a trait.

    Returns:
        Traits in order, each once; none where the text lists none.
    """
    first = re.split(r"[。！？!?\n；;]|\.(?:\s|$)", text.strip(), maxsplit=1)[0]
    described = _DESCRIBED.search(first)
    pieces = _SPLIT.split(described[1] or described[2] if described else first)
    found = (_bare(piece) for piece in pieces)
    return tuple(dict.fromkeys(trait for trait in found if _is_trait(trait, character)))


_DESCRIBED = re.compile(
    r"是(?:一)?[个位名](?:非常|特别|极其|十分)?(.{2,24}?)的(?:人|青年|女孩|男孩|姑娘|小伙|孩子|女性|男性|女人|男人|老人|人物|角色)"
    r"|\b(?:is|was) an? ([\w ,'-]{3,60}?) (?:person|man|woman|girl|boy|lady|character)\b"
)
_SPLIT = re.compile(
    r"[、，,/|]|\s+(?:and|but|&)\s+|同时|而且|并且|以及|(?<=[\u3400-\u9fff]{2})[和与且又](?=[\u3400-\u9fff]{2})"
)
_ADVERB = re.compile(
    r"^(?:也|又|还|并|很|非常|十分|特别|极其|极为|比较|有些|有点儿?|略显|同样|具备"
    r"|(?:and|also|very|quite|a bit|rather|deeply|always)\b)\s*(?!心$|感$)"
)
_SENTENCE = re.compile(
    r"[他她它你我您：:]|是|总|时候|因为|虽然|尽管|但|如果|就|会|能够|在|过于|\b(?:he|she|they|it|is|was|has|have|will|who|because|never|when)\b",
    re.IGNORECASE,
)
_EMPTY = frozenset("也又还并等人的了")
_LONGEST = {"characters": 8, "words": 4}


def _bare(piece: str) -> str:
    piece = piece.strip(" \t。.…·*-")
    while (shorter := _ADVERB.sub("", piece)) != piece and len(shorter) > 1:
        piece = shorter
    return piece


def _is_trait(trait: str, character: str) -> bool:
    if not trait or (character and character in trait) or _SENTENCE.search(trait):
        return False
    if re.search(r"[\u3400-\u9fff]", trait):
        return trait not in _EMPTY and len(trait) <= _LONGEST["characters"]
    return len(trait) > 1 and trait[0].isalpha() and len(trait.split()) <= _LONGEST["words"]
