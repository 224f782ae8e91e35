"""What a hub holds: repositories with real git ids, and the objects that their large files are made of."""

import hashlib
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

__all__ = ["EMPTY", "Commit", "Entry", "Repo", "entry_of_bytes", "entry_of_object"]

EMPTY = "0" * 40


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of a commit: its git blob, and the object that the blob points to where the file is large."""

    oid: str
    size: int
    content: bytes
    sha256: str = ""
    xet: str = ""

    @property
    def shown(self) -> str:
        """The id by which a client knows whether it has the file already."""
        return self.sha256 or self.oid


@dataclass(frozen=True, slots=True)
class Commit:
    """A state of a repository."""

    oid: str
    parent: str
    title: str
    files: Mapping[str, Entry]
    when: float


@dataclass(slots=True)
class Repo:
    """A repository: who sees it, its commits, and the names of some of them."""

    kind: str
    name: str
    private: bool
    commits: dict[str, Commit] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    pulls: dict[int, str] = field(default_factory=dict)
    titles: dict[int, str] = field(default_factory=dict)
    openers: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        first = self._stored("", "initial commit", {".gitattributes": entry_of_bytes(b"*.parquet filter=lfs\n")})
        self.branches["main"] = first.oid

    @property
    def owner(self) -> str:
        return self.name.split("/")[0]

    def commit_of(self, revision: str) -> Commit | None:
        """The commit of a branch, a tag, a pull request's ref, or an id."""
        if revision.startswith("refs/pr/"):
            oid = self.pulls.get(int(revision.removeprefix("refs/pr/")), "")
        else:
            bare = revision.removeprefix("refs/heads/").removeprefix("refs/tags/")
            oid = self.branches.get(bare) or self.tags.get(bare) or bare
        return self.commits.get(oid)

    def add(self, revision: str, title: str, files: Mapping[str, Entry]) -> Commit:
        """Move a branch, or a pull request, to a new commit."""
        parent = self.commit_of(revision)
        assert parent is not None
        commit = self._stored(parent.oid, title, files)
        if revision.startswith("refs/pr/"):
            self.pulls[int(revision.removeprefix("refs/pr/"))] = commit.oid
        else:
            self.branches[revision] = commit.oid
        return commit

    def open_pull(self, title: str, base: str, who: str) -> int:
        number = len(self.pulls) + 1
        commit = self.commit_of(base)
        assert commit is not None
        self.pulls[number], self.titles[number], self.openers[number] = commit.oid, title, who
        return number

    def history(self, revision: str) -> Iterator[Commit]:
        """From the newest to the first."""
        commit = self.commit_of(revision)
        while commit is not None:
            yield commit
            commit = self.commits.get(commit.parent)

    def _stored(self, parent: str, title: str, files: Mapping[str, Entry]) -> Commit:
        when = time.time()
        who = f"hub <hub@localhost> {int(when)} +0000"
        body = f"tree {_tree_oid(files)}\n" + (f"parent {parent}\n" if parent else "")
        oid = _git("commit", f"{body}author {who}\ncommitter {who}\n\n{title} {len(self.commits)}\n".encode())
        commit = self.commits[oid] = Commit(oid, parent, title, dict(files), when)
        return commit


def entry_of_bytes(content: bytes) -> Entry:
    """A small file."""
    return Entry(_git("blob", content), len(content), content)


def entry_of_object(sha256: str, size: int, xet: str = "") -> Entry:
    """A large file: git holds a pointer to its object."""
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{sha256}\nsize {size}\n".encode()
    return Entry(_git("blob", pointer), size, pointer, sha256, xet)


def _git(kind: str, content: bytes) -> str:
    return hashlib.sha1(f"{kind} {len(content)}\0".encode() + content).hexdigest()


def _tree_oid(files: Mapping[str, Entry]) -> str:
    """The id that git gives a folder of these files."""
    folders: dict[str, dict[str, Entry]] = {}
    rows: list[tuple[bytes, bytes]] = []
    for path, entry in files.items():
        head, slash, rest = path.partition("/")
        if slash:
            folders.setdefault(head, {})[rest] = entry
        else:
            rows.append((head.encode(), b"100644 " + head.encode() + b"\0" + bytes.fromhex(entry.oid)))
    for name, inner in folders.items():
        rows.append((name.encode() + b"/", b"40000 " + name.encode() + b"\0" + bytes.fromhex(_tree_oid(inner))))
    return _git("tree", b"".join(row for _, row in sorted(rows)))
