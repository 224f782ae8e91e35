"""What of a folder is published: a list of files that may travel, and nothing else."""

import fnmatch
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from roleinstruct.dataset.features import PUBLISHED
from roleinstruct.dataset.overlay_tables import OVERLAY
from roleinstruct.errors import ConfigError, FolderError, PublishError
from roleinstruct.publish.digests import Digest, digest_of
from roleinstruct.publish.ours import is_ours

__all__ = [
    "CARD",
    "PATTERNS",
    "REPO_TYPES",
    "Kind",
    "Staged",
    "expect_whole",
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
        digests: Of the files, as they are when they are staged, and so before a gate looks at them.
    """

    kind: Kind
    root: Path
    files: Mapping[str, Path | bytes]
    left_out: tuple[str, ...] = field(default=())
    digests: Mapping[str, Digest] = field(default_factory=dict)

    def __post_init__(self) -> None:
        known = {path: digest for path, digest in self.digests.items() if isinstance(self.files.get(path), Path)}
        digests = {path: known.get(path) or digest_of(content) for path, content in self.files.items()}
        object.__setattr__(self, "digests", digests)

    def sent(self, path: str) -> Path | bytes:
        """A file as it is sent: one that git itself could hold is read now, so that it cannot change on its way.

        Raises:
            PublishError: It is no longer what was staged.
        """
        content = self.files[path]
        if isinstance(content, bytes):
            return content
        try:
            now = content.read_bytes() if self.digests[path].size <= _LARGEST_IN_GIT else content
        except FileNotFoundError as error:
            raise self.changed(path) from error
        if isinstance(now, bytes) and digest_of(now) != self.digests[path]:
            raise self.changed(path)
        return now

    def changed(self, path: str) -> PublishError:
        """What is said of a file that is no longer what was staged."""
        return PublishError(
            f"{self.root / path} has changed since it was looked at, so that no commit was made: give the same command "
            "again when nothing writes there any more."
        )

    def text(self, path: str) -> str:
        """A file as text in UTF-8."""
        file = self.files[path]
        return (file if isinstance(file, bytes) else file.read_bytes()).decode("utf-8")

    def with_card(self, card: str) -> "Staged":
        """The same files with another card."""
        return replace(self, files={**self.files, CARD: card.encode("utf-8")})

    def is_replaced(self, path: str) -> bool:
        """Whether a file that lies in the repository is a part of ours that what is published now has no more."""
        return self.kind == "dataset" and path not in self.files and is_ours(path)


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
    if kind == "dataset" and not any(name.endswith(".parquet") for name in staged.files):
        raise FolderError(f"{root} holds no data set: no table of one, such as dialogues; {_MAKES[kind]}.")
    try:
        staged.text(CARD)
    except UnicodeDecodeError as error:
        raise FolderError(f"{root / CARD} is no text in UTF-8 ({error.reason}): save it as such.") from error


def travels(name: str, kind: Kind) -> bool:
    """Whether a file of this name may be published at all, also where it was asked for."""
    return _fits(name, (*PATTERNS[kind], *(("rejected/*.parquet",) if kind == "dataset" else ())))


def _fits(name: str, patterns: tuple[str, ...]) -> bool:
    """Whether a path fits a pattern whose stars do not cross a slash."""
    return any(name.count("/") == pattern.count("/") and fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


_LARGEST_IN_GIT = 10_000_000
"""Bytes. What is larger a hub keeps as an object, whose digest is known before the commit."""
