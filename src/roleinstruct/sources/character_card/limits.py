"""How large a card may be: what is larger, or deeper, is refused before it is held in memory.

With these the reading of a card needs less than 64 MiB for any file whatever.
"""

__all__ = [
    "DEEPEST",
    "LARGEST_ASSETS",
    "LARGEST_CARD",
    "LARGEST_DIRECTORY",
    "LARGEST_FILE",
    "LARGEST_PICTURE",
    "LARGEST_UNPACKED",
    "MOST_PARTS",
]

LARGEST_CARD = 4 * 2**20
"""Bytes of a card's JSON; without pictures in it a card with a long lorebook has some hundred thousand."""

LARGEST_FILE = 256 * 2**20
"""Bytes of a PNG or charx file, whose pictures are passed over and never held."""

LARGEST_PICTURE = 16 * 2**20
"""Bytes of a picture that a card is written into."""

LARGEST_ASSETS = 64 * 2**20
"""Bytes of a charx's other files together, unpacked, that are put into another one; a reader passes them over."""

LARGEST_DIRECTORY = 2**20
"""Bytes of the list of files at the end of a charx, about ten thousand files."""

LARGEST_UNPACKED = 2**30
"""Bytes that the files of a charx may have together, unpacked; only its card is ever unpacked."""

MOST_PARTS = 300_000
"""Commas and opening brackets of a card's JSON, those in its texts too: each may be a value that takes memory."""

DEEPEST = 64
"""Levels of lists and objects within one another."""
