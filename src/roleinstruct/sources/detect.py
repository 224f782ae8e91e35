"""Which reader a file needs: decided by what it holds, and said with the reason."""

from collections.abc import Collection
from dataclasses import dataclass
from types import MappingProxyType

from roleinstruct.errors import SourceError
from roleinstruct.sources import chats, cped, messenger, profile_text, rolecraft, screenplay, subtitles, tables
from roleinstruct.sources.character_card import reading as character_card
from roleinstruct.sources.reading import Head, Reader

__all__ = ["FORMATS", "Detected", "detect"]

FORMATS: MappingProxyType[str, Reader] = MappingProxyType(
    {
        "character_card": character_card,
        "rolecraft": rolecraft,
        "chats": chats,
        "cped": cped,
        "table": tables,
        "subtitles": subtitles,
        "messenger": messenger,
        "profile": profile_text,
        "screenplay": screenplay,
    }
)
"""The readers by name, the strictest first: the first that fits is taken."""


@dataclass(frozen=True, slots=True)
class Detected:
    """The format of a file, and why: "rows of {role, content}"."""

    format: str
    why: str

    @property
    def reader(self) -> Reader:
        """The reader of the format."""
        return FORMATS[self.format]


def detect(head: Head, wanted: str = "auto", columns: Collection[str] = (), character: str = "") -> Detected:
    """Choose the reader of a file.

    Args:
        head: The file and its beginning.
        wanted: One of `FORMATS` to take that one, or "auto" to look.
        columns: Column names that the user gave: a file that has them all is a table.
        character: In whose folder the file lies, or "".

    Raises:
        SourceError: No reader fits.
    """
    if wanted != "auto":
        return Detected(wanted, "asked for")
    if columns and all(column in head.text for column in columns):
        return Detected("table", f"it has the columns {', '.join(columns)}")
    for name, reader in FORMATS.items():
        why = reader.fits(head)
        if why is not None:
            return Detected(name, why)
    if why := profile_text.tells_of(head, character):
        return Detected("profile", why)
    beginning = " ".join(head.text.split())[:60]
    raise SourceError(
        f"{head.name} holds no shape that is known (it begins {beginning!r}); expected one of {', '.join(FORMATS)}: "
        "say which with --format, or what the columns of a table hold, such as --column speaker=谁 --column text=内容."
    )
