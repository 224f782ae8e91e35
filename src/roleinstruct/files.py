"""Files that are written whole or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO

from roleinstruct.errors import ConfigError

__all__ = ["expect_writable", "whole"]


def expect_writable(path: Path) -> None:
    """Check that a file can be written at a path, before the work is done whose result it is for.

    Raises:
        ConfigError: It is a folder, a device or a pipe, or lies in a file.
    """
    if path.exists() and not path.is_file():
        what = "a folder" if path.is_dir() else "no regular file"
        raise ConfigError(f"{path} is {what}, and the name of a file to write was expected: choose another.")
    above = next(parent for parent in path.absolute().parents if parent.exists())
    if not above.is_dir():
        raise ConfigError(f"{above} is a file, so that {path} cannot be written: choose another name.")


@contextmanager
def whole(path: Path, *, private: bool = False) -> Iterator[IO[bytes]]:
    """A file to write into, which takes the place of `path` when the block ends without an error; its folder is made.

    Args:
        path: The file; what was there stays until then.
        private: Only its owner may read it; else everybody whom the umask lets.

    Raises:
        ConfigError: As `expect_writable`.
    """
    expect_writable(path)
    target = path.resolve()  # what a link points to is replaced, not the link
    target.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(prefix=f".{target.name}-", dir=target.parent, delete=False) as file:
        beside = Path(file.name)
        try:
            yield file
            file.flush()
            if not private:
                beside.chmod(_usual_mode(target.parent))
            beside.replace(target)
        finally:
            beside.unlink(missing_ok=True)


def _usual_mode(folder: Path) -> int:
    """The mode that a new file gets there; asking the umask would mean setting it."""
    with NamedTemporaryFile(dir=folder) as probe:
        other = Path(f"{probe.name}-mode")
        try:
            other.touch()
            return other.stat().st_mode & 0o777
        finally:
            other.unlink(missing_ok=True)
