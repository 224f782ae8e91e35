"""The gates of secrets and private data: they look at each text that would be published."""

from collections.abc import Iterator

from roleinstruct.cleaning.privacy.identifiers import find_identifiers
from roleinstruct.publish.gates.contents import Text, texts_of
from roleinstruct.publish.gates.finding import Finding
from roleinstruct.publish.gates.secrets import find_secrets
from roleinstruct.publish.staging import Staged

__all__ = ["PUBLIC", "check_texts"]


def check_texts(staged: Staged) -> Iterator[Finding]:
    """Keys, tokens, passwords and private data, each text where it stands first: a persona stands before every question.

    Raises:
        ConfigError: A file that would be published cannot be read.
    """
    seen: set[tuple[str, bool]] = set()
    for text in texts_of(staged):
        key = (text.text, text.is_made)
        if key not in seen:
            seen.add(key)
            yield from _check_secrets(text)
            yield from _check_private(text)


def _check_secrets(text: Text) -> Iterator[Finding]:
    """What is shown of a secret is its beginning."""
    for span in find_secrets(text.text):
        shown = text.text[span.start : span.end][:4]
        yield Finding(
            "secret",
            text.where,
            f"a {span.kind} ({shown}…, {span.end - span.start} signs)",
            "take it out where it comes from, and have its issuer revoke it: it may have been seen already",
        )


def _check_private(text: Text) -> Iterator[Finding]:
    """By the recognisers that the import masks with."""
    if text.is_made:
        return
    for span in find_identifiers(text.text):
        if span.kind not in PUBLIC:
            yield Finding(
                "private",
                text.where,
                f"private data: {span.kind} ({text.text[span.start : span.end][:3]}…)",
                "build with privacy.identifiers: all, which masks it, or take the line out of the source",
            )


PUBLIC = frozenset({"url"})
"""What a card is full of, and what is no harm by itself."""
