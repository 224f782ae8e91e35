"""The gates of secrets and private data: they look at each text that would be published."""

import re
from collections.abc import Iterator, Mapping

from roleinstruct.cleaning.privacy.identifiers import find_identifiers
from roleinstruct.cleaning.privacy.spans import Span
from roleinstruct.publish.gates.contents import Text, texts_of
from roleinstruct.publish.gates.finding import Finding
from roleinstruct.publish.gates.secrets import find_secrets
from roleinstruct.publish.staging import Staged

__all__ = ["check_texts", "find_private"]


def check_texts(staged: Staged, reasons: Mapping[str, str] | None = None) -> Iterator[Finding]:
    """Keys, passwords and private data, each text where it stands first: a persona stands before every question.

    Args:
        staged: The files.
        reasons: Of exceptions, by name: the card will show them.

    Raises:
        FolderError: A table or a file of weights cannot be read.
    """
    for name, reason in (reasons or {}).items():
        yield from _check(Text(f"--because {name.replace(':', ' ')}", reason))
    seen: set[tuple[str, str]] = set()
    for text in texts_of(staged):
        key = (text.text, text.kind)
        if key not in seen:
            seen.add(key)
            yield from _check(text)


def find_private(text: str, *, proven_alone: bool = False) -> list[Span]:
    """Private data by the recognisers that the import masks with, and the name of a user in a path.

    Args:
        text: Of any length.
        proven_alone: Look for nothing that is told by its digits: among ids and digests those are nobody's.
    """
    found = find_identifiers(text) if not proven_alone or "@" in text else []
    found = [span for span in found if span.kind not in _PUBLIC and (span.kind == "email" or not proven_alone)]
    if _ANY_HOME.search(text):
        found += [Span("home folder", *match.span()) for match in _HOME.finditer(text)]
    return found


def _check(text: Text) -> Iterator[Finding]:
    for span in find_secrets(text.text, shapes_alone=text.kind == "vocabulary"):
        yield Finding(
            "secret",
            text.where,
            f"a {span.kind} ({_shown(text, span)}, {span.end - span.start} signs)",
            "take it out where it comes from, and have its issuer revoke it: it may have been seen already",
        )
    if text.kind == "vocabulary":
        return
    for span in find_private(text.text, proven_alone=text.kind == "record"):
        if span.kind == "home folder":
            mend = "name it by its public name, or by a path from the folder that is published"
        else:
            mend = "build with privacy.identifiers: all, which masks it, or take the line out of the source"
        yield Finding("private", text.where, f"private data: {span.kind} ({_shown(text, span)})", mend)


def _shown(text: Text, span: Span) -> str:
    """The first signs, never more than a third of it."""
    return f"{text.text[span.start : span.start + min(4, (span.end - span.start) // 3)]}…"


_PUBLIC = frozenset({"url"})
"""What a card is full of, and what is no harm by itself."""

_ANY_HOME = re.compile(r"/home|Users")
_HOME = re.compile(
    r"(?<![\w.:/-])(?:file://)?(?:/home|/Users|/mnt/c/Users|[A-Za-z]:[\\/]{1,2}Users)[\\/]{1,2}"
    r"(?!(?:user(?:name)?|you|your[\w-]*|me|name|jovyan|runner|Public|Shared)\b)[\w.-]+"
)
"""Of a person; not of everybody's examples."""
