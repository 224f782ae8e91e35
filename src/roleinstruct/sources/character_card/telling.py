"""Whether a binary file is a character card, told without reading it: by what stands in it, well-formed or not."""

from pathlib import Path

from roleinstruct.sources.character_card.charx import ZIP_MARK
from roleinstruct.sources.character_card.limits import LARGEST_FILE
from roleinstruct.sources.character_card.png import CARD_KEYWORDS, SIGNATURE

__all__ = ["holds_card"]


def holds_card(path: Path) -> bool:
    """Whether a file is a PNG in which a text chunk with a card begins, or a zip that calls itself a charx."""
    with path.open("rb") as file:
        begin = file.read(_BLOCK)
        if begin.startswith(ZIP_MARK):
            return path.suffix.lower() == ".charx"
        if not begin.startswith(SIGNATURE):
            return False
        block, read = begin, 0
        while block and read < LARGEST_FILE:
            if any(sign in block for sign in _SIGNS):
                return True
            read += len(block)
            following = file.read(_BLOCK)
            block = following and block[-_OVERLAP:] + following
    return False


_BLOCK = 2**20
_SIGNS = tuple(kind + word.encode() + b"\0" for kind in (b"tEXt", b"zTXt", b"iTXt") for word in CARD_KEYWORDS)
_OVERLAP = max(map(len, _SIGNS)) - 1
