"""Which of the two languages a text is in."""

import re

__all__ = ["language_of"]


def language_of(text: str) -> str:
    """Tell "zh", with at least as many Chinese characters as Latin words, else "en"; "" for neither."""
    chinese, latin = len(_HAN.findall(text)), len(_WORD.findall(text))
    if not chinese and not latin:
        return ""
    return "zh" if chinese >= latin else "en"


_HAN = re.compile(r"[\u3400-\u9fff]")
_WORD = re.compile(r"[A-Za-z]+(?:['’][A-Za-z]+)*")
