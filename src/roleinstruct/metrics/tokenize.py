"""What a text is made of for a metric: tokens by name, so that a score can say how it was counted.

The choice decides the score: one Chinese answer against another has a Rouge-L of .09 by words of a-z, as the usual
package counts them, and .40 by characters.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache

from roleinstruct.errors import ConfigError, RecordError, needs_extra

__all__ = ["TOKENIZERS", "Tokenizer", "tokenised", "tokenizer_of"]

Tokenizer = Callable[[str], Sequence[str]]
"""Text in, tokens out."""


def tokenizer_of(tokenizer: str | Tokenizer) -> tuple[str, Tokenizer]:
    """The name of a tokenizer, as signatures have it, and the tokenizer.

    Args:
        tokenizer: One of `TOKENIZERS`, or a callable of your own; then the name is "own-" and its name or its class.

    Raises:
        ConfigError: There is none of that name.
        MissingExtraError: It cuts into words and jieba is not installed.
    """
    if callable(tokenizer):
        return f"own-{getattr(tokenizer, '__name__', type(tokenizer).__name__)}", tokenizer
    if tokenizer not in TOKENIZERS:
        raise ConfigError(
            f"there is no tokenizer {tokenizer!r}; there are {', '.join(TOKENIZERS)}, or give a callable."
        )
    if tokenizer in ("word", "rouge_chinese"):
        needs_extra("metrics", "jieba")
    return tokenizer, TOKENIZERS[tokenizer]


def tokenised(texts: Iterable[str], tokens: Tokenizer) -> dict[str, Sequence[str]]:
    """The tokens of each distinct text.

    For the tokenizer "char" they are a string in which every word is one character of its own, which is faster made and
    compared than a list. Only tokens of one call can be compared.

    Raises:
        RecordError: There are more different words than characters for them.
    """
    distinct = list(dict.fromkeys(texts))
    if tokens is not _char:
        return {text: tokens(text) for text in distinct}
    names: dict[str, str] = {}

    def name(word: re.Match[str]) -> str:
        if len(names) == _NAMES and word[0] not in names:
            raise RecordError(f"there are more than {_NAMES:,} different words: score the answers in parts.")
        return names.setdefault(word[0], chr(_UNUSED + len(names)))

    blocks = (distinct[begin : begin + _AT_ONCE] for begin in range(0, len(distinct), _AT_ONCE))
    return {text: spelled for block in blocks for text, spelled in zip(block, _spell(block, name), strict=True)}


def _spell(texts: Sequence[str], name: Callable[[re.Match[str]], str]) -> list[str]:
    """All texts at once, a line each: a call for each text would take as long as the work."""
    lines = "\n".join([" ".join(text.split()) for text in texts]).lower()
    return _WORDS.sub(name, _PRIVATE.sub(name, lines)).replace(" ", "").split("\n")


def _char(text: str) -> Sequence[str]:
    """Every character that stands for itself, and runs of letters and digits as words, in lower case."""
    lowered = text.lower()
    # Without a word every character is a token, and a text is a sequence of them: ten times as fast.
    return _CHAR.findall(lowered) if _WORD.search(lowered) else "".join(lowered.split())


def _char_all(text: str) -> Sequence[str]:
    """Every character but blanks."""
    return "".join(text.split())


def _word(text: str) -> list[str]:
    """Words as jieba cuts them; blanks are none."""
    return [word for word in _jieba()(text) if not word.isspace()]


def _rouge_chinese(text: str) -> list[str]:
    """Words as `rouge_chinese` counts them in jieba's words with blanks between.

    It begins a line behind every end of a sentence, and takes a line of blanks for a word that is empty.
    """
    spaced = " ".join(_jieba()(text))
    lines = _END.sub("\\g<0>\n", spaced).rstrip().split("\n")
    return [word for line in lines if line for word in line.split() or [""]] if spaced.strip() else []


def _rouge_score(text: str) -> list[str]:
    """Words of a-z and 0-9 in lower case, as `rouge_score` has them without its stemmer; all else is dropped."""
    return _LATIN.findall(text.lower())


@cache
def _jieba() -> Callable[[str], Sequence[str]]:
    import logging

    import jieba

    jieba.setLogLevel(logging.WARNING)
    cut: Callable[[str], Sequence[str]] = jieba.lcut
    return cut


TOKENIZERS: dict[str, Tokenizer] = {
    "char": _char,
    "char-all": _char_all,
    "word": _word,
    "rouge_chinese": _rouge_chinese,
    "rouge_score": _rouge_score,
}
"""The tokenizers that have a name.

"char": Chinese, Japanese and Korean by character, other letters and digits by word, signs one by one, in lower case;
"char-all": every character but blanks, as it is; "word": jieba's words; "rouge_chinese" and "rouge_score": as those
packages have it, the latter for English.
"""

# Letters and digits of scripts that put blanks between words; an apostrophe inside stays: "don't".
_WIDE = r"\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff66-\uffdc\U00020000-\U0003ffff"
_LETTER = rf"[^\W_{_WIDE}]"
_CHAR = re.compile(rf"{_LETTER}+(?:['’]{_LETTER}+)*|\S")
_WORD = re.compile(rf"{_LETTER}['’]?{_LETTER}")
_WORDS = re.compile(rf"{_LETTER}(?:['’]?{_LETTER})+")
# Unicode has no characters from here on but private ones: they name words, and are named like words where they occur.
_UNUSED = 0x40000
_NAMES = 0x110000 - _UNUSED
_PRIVATE = re.compile("[\U00040000-\U0010ffff]")
_AT_ONCE = 4096
_END = re.compile(r"(?:[。！？?]|\.{6})(?=[^”’])")
_LATIN = re.compile(r"[a-z0-9]+")
