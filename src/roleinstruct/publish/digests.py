"""By what a content is known: on a hub, in an archive, and between the look at it and its way out."""

import hashlib
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

__all__ = ["Digest", "digest_of"]


@dataclass(frozen=True, slots=True)
class Digest:
    """A content's digests.

    Attributes:
        sha256: Its SHA-256, 64 hexadecimal digits; a hub knows large files by it.
        blob: The id that git gives it, 40 hexadecimal digits; a hub knows small files by it.
        size: Its bytes.
    """

    sha256: str
    blob: str
    size: int


def digest_of(content: Path | bytes) -> Digest:
    """The digests of a file of this machine, or of bytes, read once."""
    size = len(content) if isinstance(content, bytes) else content.stat().st_size
    sha256, blob = hashlib.sha256(), hashlib.sha1(f"blob {size}\0".encode(), usedforsecurity=False)
    with BytesIO(content) if isinstance(content, bytes) else content.open("rb") as stream:
        while part := stream.read(1 << 20):
            sha256.update(part)
            blob.update(part)
    return Digest(sha256.hexdigest(), blob.hexdigest(), size)
