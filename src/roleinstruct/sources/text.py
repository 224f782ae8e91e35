"""A source file as lines of text: its encoding is found out, then it is streamed.

A line ends at LF, CR LF or a lone CR. Nothing else ends one (U+2028, U+0085, vertical tab, form feed are characters of
the text, as every other program that numbers lines has it), so do not use `str.splitlines` on what comes from here:
it splits at all of these. U+FEFF is left out wherever it stands; all other characters are kept.
"""

import codecs
from collections.abc import Iterator
from pathlib import Path

from roleinstruct.errors import SourceError
from roleinstruct.sources.character_card.telling import holds_card
from roleinstruct.sources.encoding import guess, refine
from roleinstruct.sources.reading import Head

__all__ = ["LONGEST_LINE", "lines", "look"]

LONGEST_LINE = 64 * 2**20
"""Characters that one line may have; a longer one would not fit in memory comfortably."""


def look(path: Path, name: str) -> Head:
    """Find out the encoding of a file and read its beginning.

    The whole file is decoded once (about 1 s a GB in UTF-8), so that neither a first half in ASCII nor one bad byte at
    the end goes unnoticed. In the head's text every line end is a line feed.

    Args:
        path: Where the file lies.
        name: What to call it in places and messages.

    Raises:
        SourceError: It is missing, a folder, empty, binary, or does not decode; the message says which.
    """
    try:
        if path.is_dir():
            raise SourceError(f"{name} is a folder, and a text file or a Parquet file was expected: name a file in it.")
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except FileNotFoundError:
        raise SourceError(f"there is no file {name} (looked for {path}): check the path.") from None
    except OSError as error:
        raise SourceError(f"{name} cannot be opened: {error.strerror}; check its permissions.") from error
    if head.startswith(_MAYBE_CARDS) and holds_card(path):
        return Head(path, name, "", "")
    for mark, kind in _DOCUMENTS.items():
        if head.startswith(mark):
            raise SourceError(
                f"{name} is {kind}, and plain text was expected: save its text as UTF-8, or leave it out."
            )
    if head.startswith(b"PAR1") and path.stat().st_size >= 12:
        return Head(path, name, "", "")
    encoding = _detect(path, name, head)
    return Head(path, name, encoding, _beginning(head, encoding, whole=path.stat().st_size == len(head)))


def lines(head: Head) -> Iterator[tuple[int, str]]:
    """Stream the lines of a file without their line ends.

    Args:
        head: What `look` gave for the file, of any encoding but "".

    Yields:
        The line's number, from 1, and its text.

    Raises:
        SourceError: A line is longer than `LONGEST_LINE`, or the file changed since `look` and no longer decodes.
    """
    number = 0
    with head.path.open(encoding=head.encoding, errors="strict", newline=None) as file:
        try:
            while line := file.readline(LONGEST_LINE):
                number += 1
                if len(line) >= LONGEST_LINE and not line.endswith("\n"):
                    raise SourceError(
                        f"line {number} of {head.name} is longer than {LONGEST_LINE >> 20} Mi characters, and a record "
                        f"a line was expected: write it as JSON Lines or split it."
                    )
                yield number, line.removesuffix("\n").replace("\ufeff", "")
        except UnicodeDecodeError as error:
            raise SourceError(
                f"{head.name} changed while it was read: it is no longer {head.encoding} after line {number}; "
                f"read it again when it is complete."
            ) from error


_HEAD = 64 * 2**10
_CHUNK = 2**20
_SAMPLE = 64 * 2**10

_DOCUMENTS = {
    b"%PDF": "a PDF file",
    b"{\\rtf": "an RTF file",
    b"\x89PNG": "a binary file, a PNG picture without a character card",
    b"PK\x03\x04": "a binary file, packed as Word and Excel do",
    b"\x1f\x8b": "a gzip file",
}
"""How files begin that hold text, but not as text."""

_MAYBE_CARDS = (b"\x89PNG", b"PK\x03\x04")

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def _detect(path: Path, name: str, head: bytes) -> str:
    marked = next((encoding for mark, encoding in _MARKS if head.startswith(mark)), "")
    encoding = marked or guess(head, eight_bit=b"" if 0 in head else _telling(path))
    if not encoding:
        raise SourceError(
            f"{name} is no text in UTF-8, UTF-16, GB18030, Big5 or another usual encoding (or it is binary): "
            f"save it as UTF-8, or leave it out."
        )
    problems = []
    for candidate in refine(encoding):
        problem = _check(path, name, candidate)
        if problem is None:
            return candidate
        problems.append(problem)
    raise problems[-1]


def _telling(path: Path) -> bytes:
    """The file's first lines that are not pure ASCII, to about `_SAMPLE` bytes: they show the encoding."""
    found, size = [], 0
    with path.open("rb") as file:
        while size < _SAMPLE and (line := file.readline(_SAMPLE)):
            if not line.isascii():
                found.append(line)
                size += len(line)
    return b"".join(found)


def _check(path: Path, name: str, encoding: str) -> SourceError | None:
    """Decode the whole file and say what is wrong with it, if anything."""
    decoder = codecs.getincrementaldecoder(encoding)()
    number, blank = 1, True
    with path.open("rb") as file:
        while True:
            chunk = file.read(_CHUNK)
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                number += _line_ends(error.object[: error.start].decode(encoding, errors="replace"))
                return SourceError(
                    f"{name}:{number} holds bytes that are not {encoding}, which the file is written in otherwise: "
                    f"correct that line, or save the file as UTF-8."
                )
            if "\0" in text:
                number += _line_ends(text[: text.index("\0")])
                return SourceError(f"{name}:{number} holds a NUL character, and text was expected: is the file binary?")
            blank = blank and not text.replace("\ufeff", "").strip()
            number += _line_ends(text)
            if not chunk:
                return SourceError(f"{name} is empty, and text was expected: leave it out.") if blank else None


def _line_ends(text: str) -> int:
    return text.count("\n") + text.count("\r") - text.count("\r\n")


def _beginning(head: bytes, encoding: str, *, whole: bool) -> str:
    """The head as text with line feeds, without the line that its end cuts (unless it is the only one)."""
    text = codecs.getincrementaldecoder(encoding)().decode(head, final=whole).replace("\ufeff", "")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text if whole or "\n" not in text else text[: text.rindex("\n") + 1]
