"""The gates of secrets and private data: they look at each text that would be published."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from hashlib import blake2b

from roleinstruct.cleaning.privacy.identifiers import find_identifiers
from roleinstruct.cleaning.privacy.spans import Span
from roleinstruct.publish.gates.contents import Text, texts_of
from roleinstruct.publish.gates.finding import Finding
from roleinstruct.publish.gates.remembered import Found, Memory
from roleinstruct.publish.gates.secrets import find_secrets
from roleinstruct.publish.staging import Staged

__all__ = ["check_texts", "find_private"]


def check_texts(
    staged: Staged, reasons: Mapping[str, str] | None = None, memory: Memory | None = None
) -> Iterator[Finding]:
    """Keys, passwords and private data, each text where it stands first: a persona stands before every question.

    Args:
        staged: The files.
        reasons: Of exceptions, by name: the card will show them.
        memory: Of files that need not be read again.

    Raises:
        FolderError: A table or a file of weights cannot be read.
    """
    memory = memory or Memory()
    for name, reason in (reasons or {}).items():
        yield from _check(Text(f"--because {name.replace(':', ' ')}", reason))
    known: dict[tuple[str, str], tuple[Finding, ...]] = {}
    told: set[str] = set()
    for name in staged.files:
        look = partial(_found, replace(staged, files={name: staged.files[name]}), known)
        for mark, findings in memory.texts(name, staged.digests[name].sha256, look).items():
            if mark not in told:
                told.add(mark)
                yield from findings


def find_private(text: str, *, proven_alone: bool = False) -> list[Span]:
    """Private data by the recognisers that the import masks with, and what only a gate has to know.

    That is the name of a user in a path, a telephone number spoken in Chinese, an address written with "at" and "dot".

    Args:
        text: Of any length.
        proven_alone: Look for nothing that is told by its digits but numbers of identity cards, which check
            themselves, and telephones that a file is named by: among ids and digests others are nobody's.
    """
    found: list[Span] = []
    if not proven_alone or "@" in text or _CARD.search(text):
        found = [span for span in find_identifiers(text) if span.kind in _PROVEN or not proven_alone]
    found = [span for span in found if span.kind not in _PUBLIC and not _is_nobodys(text[span.start : span.end])]
    for kind, shape in _IN_RECORDS if proven_alone else _IN_TALK:
        found += [Span(kind, *match.span()) for match in shape.finditer(text)]
    if _ANY_HOME.search(text):
        found += [Span("home folder", *match.span()) for match in _HOME.finditer(text)]
    return found


def _is_nobodys(text: str) -> bool:
    """Whether it is an example that everybody gives: reserved names, this machine, a telephone company's own number."""
    return _EXAMPLE.search(text) is not None


def _found(staged: Staged, known: dict[tuple[str, str], tuple[Finding, ...]]) -> Found:
    """What is found in one file; `known` keeps what was found in texts, of other files too."""
    found: Found = {}
    told: set[tuple[str, str]] = set()
    for text in texts_of(staged):
        key = (text.text, text.kind)
        if key not in known:
            known[key] = tuple(_check(text))
        if here := [one for one in known[key] if not (text.is_again and (one.gate, one.what) in told)]:
            told.update((one.gate, one.what) for one in here)
            mark = blake2b("\0".join(key).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
            found.setdefault(mark, [replace(finding, where=text.where) for finding in here])
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

_PROVEN = frozenset({"email", "id_card"})
_CARD = re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)")
_EXAMPLE = re.compile(
    r"@(?:example\.(?:com|org|net|edu)|(?:[\w-]+\.){0,4}(?:example|test|invalid|localhost))$"
    r"|^(?:127\.\d+\.\d+\.\d+|0\.0\.0\.0|::1|8\.8\.(?:8\.8|4\.4)|1\.1\.1\.1|114\.114\.114\.114)$|^13800138000$",
    re.IGNORECASE,
)
"""The domains of RFC 2606; machines that are everybody's: one's own, and public servers of names."""

_FIGURE = "[零〇一二三四五六七八九幺]"
_IN_TALK = (
    ("mobile", re.compile(rf"(?<!{_FIGURE})[一幺][三四五六七八九](?:[ 、，-]?{_FIGURE}){{9}}(?!{_FIGURE})")),
    (
        "email",
        re.compile(
            r"(?i)(?<![\w.+-])[\w.+-]{2,40}\s?(?:\sat\s|[(\[{]at[)\]}])\s?[\w-]{2,40}\s?(?:\sdot\s|[(\[{]dot[)\]}])\s?"
            r"(?:com|org|net|edu|cn|io)(?![a-z])"
        ),
    ),
)
_IN_RECORDS = (
    (
        "mobile",
        re.compile(r"(?:(?<![^/\\\s\"'])|(?<=[^\x00-\x7f])[_-]?)1[3-9]\d{9}(?![\dA-Za-z])(?=[^:\s]{0,200}\.[A-Za-z])"),
    ),
)
"""A file or a folder is named by it, as the export of a chat is."""

_ANY_HOME = re.compile(r"/home|Users")
_HOME = re.compile(
    r"(?<![\w.:/-])(?:file://)?(?:/home|/Users|/mnt/c/Users|[A-Za-z]:[\\/]{1,2}Users)[\\/]{1,2}"
    r"(?!(?:user(?:name)?|you|your[\w-]*|me|name|jovyan|runner|Public|Shared)\b)[\w.-]+"
)
"""Of a person; not of everybody's examples."""
