"""What of a folder is published: a list of files that may travel, and nothing else."""

import fnmatch
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from roleinstruct.dataset.features import PUBLISHED
from roleinstruct.dataset.overlay_tables import OVERLAY
from roleinstruct.errors import ConfigError, FolderError

__all__ = [
    "CARD",
    "PATTERNS",
    "REPO_TYPES",
    "Kind",
    "Staged",
    "blob_id",
    "expect_whole",
    "sha256_of",
    "stage",
    "travels",
]

Kind = Literal["dataset", "adapter", "metric", "space"]
"""What is published."""

REPO_TYPES: Mapping[Kind, str] = {"dataset": "dataset", "adapter": "model", "metric": "space", "space": "space"}
"""The type of repository that each goes to."""

CARD = "README.md"

PATTERNS: Mapping[Kind, tuple[str, ...]] = {
    "dataset": (
        CARD,
        *(f"{config}/*.parquet" for config in PUBLISHED),
        *(OVERLAY, "lines/*.parquet", "left_out/*.parquet"),
        "reports/*.json",
        *("figures/*.png", "figures/*.svg", "figures/index.html"),
    ),
    "adapter": (
        CARD,
        "adapter_config.json",
        "adapter_model.safetensors",
        "tokenizer.json",
        "tokenizer.model",
        "tokenizer_config.json",
        "special_tokens_map.json",
        "added_tokens.json",
        "vocab.json",
        "merges.txt",
        "chat_template.jinja",
        "recipe.yaml",
        "training.json",
        "mixture.parquet",
        "personas.json",
        "results.json",
        "figures/*.svg",
        ".eval_results/*.yaml",
    ),
    "metric": (CARD, "*.py", "requirements.txt"),
    "space": (CARD, "*.py", "requirements.txt", "data/*.json"),
}
"""What travels; everything else stays at home."""

_NEEDED: Mapping[Kind, tuple[str, ...]] = {
    "dataset": (CARD,),
    "adapter": ("adapter_config.json", "adapter_model.safetensors", CARD),
    "metric": (CARD,),
    "space": (CARD, "app.py"),
}
_MAKES: Mapping[Kind, str] = {
    "dataset": "roleinstruct build makes one",
    "adapter": "roleinstruct train makes one, and roleinstruct card write its README.md",
    "metric": "roleinstruct push metrics takes the bundled ones by name",
    "space": "roleinstruct card space makes one",
}


@dataclass(frozen=True, slots=True)
class Staged:
    """The files that are to be published.

    Attributes:
        kind: What they are.
        root: The folder that they lie in.
        files: By path in the repository, in its order: a file of this machine, or its bytes.
        left_out: Files of the folder that stay at home, by path.
    """

    kind: Kind
    root: Path
    files: Mapping[str, Path | bytes]
    left_out: tuple[str, ...] = field(default=())

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(len(f) if isinstance(f, bytes) else f.stat().st_size for f in self.files.values())

    def text(self, path: str) -> str:
        """A file as text in UTF-8."""
        file = self.files[path]
        return (file if isinstance(file, bytes) else file.read_bytes()).decode("utf-8")

    def with_card(self, card: str) -> "Staged":
        """The same files with another card."""
        return replace(self, files={**self.files, CARD: card.encode("utf-8")})

    def is_replaced(self, path: str) -> bool:
        """Whether a file that lies in the repository is an older part of what is published now.

        That is so for tables alone: another number of shards leaves files that the new ones do not write over.
        """
        folder = path.rpartition("/")[0]
        if self.kind != "dataset" or path in self.files or not path.endswith(".parquet"):
            return False
        return any(other.startswith(f"{folder}/") for other in self.files if other.endswith(".parquet"))


def stage(root: Path, kind: Kind, *, more: tuple[str, ...] = ()) -> Staged:
    """Choose what of a folder is published.

    Args:
        root: A data set folder, an adapter folder, or one that holds a Space.
        kind: What it is.
        more: Patterns beyond `PATTERNS`, such as "rejected/*.parquet".

    Raises:
        FolderError: There is no such folder, or it lacks what everything of the kind has.
        ConfigError: A file that would be published is a link.
    """
    if not root.is_dir():
        raise FolderError(f"{root} is no folder: give one that holds a {kind}; {_MAKES[kind]}.")
    wanted = (*PATTERNS[kind], *more)
    files: dict[str, Path | bytes] = {}
    left_out: list[str] = []
    for path in sorted(p for p in root.rglob("*") if not p.is_dir()):
        name = path.relative_to(root).as_posix()
        if not _fits(name, wanted):
            left_out.append(name)
        elif path.is_symlink():
            raise ConfigError(f"{path} is a link, and what it leads to would be published: put the file itself there.")
        else:
            files[name] = path
    staged = Staged(kind, root, files, tuple(left_out))
    expect_whole(staged)
    return staged


def expect_whole(staged: Staged) -> None:
    """Refuse files that lack what everything of the kind has, or whose card is no text.

    Raises:
        FolderError: That is so.
    """
    root, kind = staged.root, staged.kind
    if missing := [name for name in _NEEDED[kind] if name not in staged.files]:
        raise FolderError(f"{root} has no {missing[0]}, so that it is no finished {kind}; {_MAKES[kind]}.")
    try:
        staged.text(CARD)
    except UnicodeDecodeError as error:
        raise FolderError(f"{root / CARD} is no text in UTF-8 ({error.reason}): save it as such.") from error


def travels(name: str, kind: Kind) -> bool:
    """Whether a file of this name may be published at all, also where it was asked for."""
    return _fits(name, (*PATTERNS[kind], *(("rejected/*.parquet",) if kind == "dataset" else ())))


def blob_id(content: Path | bytes) -> str:
    """The id that git gives a file's content."""
    size = len(content) if isinstance(content, bytes) else content.stat().st_size
    return _digest(content, hashlib.sha1(f"blob {size}\0".encode(), usedforsecurity=False))


def sha256_of(content: Path | bytes) -> str:
    """The SHA-256 of a file's content, 64 hexadecimal digits."""
    return _digest(content, hashlib.sha256())


def _digest(content: Path | bytes, digest: "hashlib._Hash") -> str:
    if isinstance(content, bytes):
        digest.update(content)
        return digest.hexdigest()
    with content.open("rb") as stream:
        read: Callable[[], bytes] = lambda: stream.read(1 << 20)  # noqa: E731 - what `iter` asks for
        for part in iter(read, b""):
            digest.update(part)
    return digest.hexdigest()


def _fits(name: str, patterns: tuple[str, ...]) -> bool:
    """Whether a path fits a pattern whose stars do not cross a slash."""
    return any(name.count("/") == pattern.count("/") and fnmatch.fnmatchcase(name, pattern) for pattern in patterns)
