"""The folder of an export: written beside its place, and put there only when nothing more can fail."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

from roleinstruct.errors import ConfigError
from roleinstruct.training.started import expect_apart

__all__ = ["expect_free", "staged"]


def expect_free(out: Path, sources: Sequence[Path]) -> None:
    """Check that an export can be put at a path, before the work is done whose result it is for.

    Args:
        out: The folder to be.
        sources: Folders that are read and have to stay as they are.

    Raises:
        ConfigError: Something is there already, or it lies inside a folder that is read, or the other way round.
    """
    if out.is_file() or (out.is_dir() and any(out.iterdir())):
        raise ConfigError(f"{out} is there already and not empty: give another --out, or move it away first.")
    expect_apart(out, sources)


@contextmanager
def staged(out: Path, sources: Sequence[Path]) -> Iterator[Path]:
    """A folder to write into, which becomes `out` when the block ends without an error and is removed otherwise.

    Args:
        out: The folder to be; folders above it are made.
        sources: See `expect_free`.

    Raises:
        ConfigError: As `expect_free`.
    """
    expect_free(out, sources)
    out.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    try:
        yield beside
        beside.chmod(0o755 & out.parent.stat().st_mode)
        if out.is_dir():
            out.rmdir()  # empty, as was checked
        beside.rename(out)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
