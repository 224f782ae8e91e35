"""A folder that is written anew as a whole, or stays as it was."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

__all__ = ["replacing"]


@contextmanager
def replacing(out: Path) -> Iterator[Path]:
    """A new folder beside another, which it replaces when the block ends without an error.

    The old one is removed when the new one is in its place, and not before.

    Args:
        out: The folder, which need not be there; what is above it is made.
    """
    out.absolute().parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=f".{out.name}-", dir=out.absolute().parent) as temporary:
        root, before = Path(temporary) / "new", Path(f"{temporary}-before")
        root.mkdir()
        yield root
        if out.exists():
            out.rename(before)
        try:
            root.rename(out)
        except OSError:
            if before.exists():
                before.rename(out)
            raise
        shutil.rmtree(before, ignore_errors=True)
