"""The gates one by one: each looks at staged files and tells what should not leave the machine as it is."""

import json
import re
from collections.abc import Iterator
from unicodedata import normalize

from roleinstruct.publish.gates.finding import Finding
from roleinstruct.publish.gates.secrets import find_secrets
from roleinstruct.publish.gates.texts import find_private
from roleinstruct.publish.staging import Staged, travels

__all__ = [
    "check_adapter",
    "check_files",
    "check_names",
    "check_size",
    "check_space",
]


def check_files(staged: Staged) -> Iterator[Finding]:
    """Files that must not travel, also out of an archive that somebody else packed, and weights that are none."""
    for name, content in staged.files.items():
        if _DANGEROUS.search(name):
            yield Finding(
                "file",
                name,
                "it can hold a token of the hub in clear, run code when it is opened, or hide what nobody looks at",
                "take it out of what is published",
            )
        elif not travels(name, staged.kind):
            yield Finding("file", name, f"a {staged.kind} has no such file", "take it out of what is published")
        elif name.endswith(".safetensors"):
            head = content[:9] if isinstance(content, bytes) else _head(content)
            if len(head) < 9 or head[8:9] != b"{":
                yield Finding("file", name, "it is no safetensors file", "save the adapter again: roleinstruct train")


def check_adapter(staged: Staged) -> Iterator[Finding]:
    """A base model that nobody else can find, and whose path tells the names of a user and a project."""
    name = "adapter_config.json"
    try:
        found = json.loads(staged.text(name))
    except ValueError:
        found = None
    if not isinstance(found, dict):
        yield Finding("file", name, "it is no JSON of an adapter", "save the adapter again: roleinstruct train")
        return
    base = found.get("base_model_name_or_path")
    if not isinstance(base, str) or not _HUB_ID.fullmatch(base):
        yield Finding(
            "file",
            name,
            "its base model is a path of this machine, which nobody else has",
            "say the base model's public name: --base-model owner/name (in Python base_model=)",
        )


def check_space(staged: Staged) -> Iterator[Finding]:
    """An adapter that nobody else can find."""
    name = "data/settings.json"
    if name not in staged.files:
        return
    try:
        found = json.loads(staged.text(name))
    except ValueError:
        found = None
    adapter = found.get("adapter") if isinstance(found, dict) else None
    if not isinstance(adapter, str) or not _HUB_ID.fullmatch(adapter):
        yield Finding(
            "file",
            name,
            "the adapter that it names is no name on a hub",
            "write it anew: roleinstruct card space ADAPTER --adapter-id owner/name --out DIR",
        )


def check_names(staged: Staged, repo_id: str) -> Iterator[Finding]:
    """Names that tell somebody's private data, or that some systems cannot hold."""
    for name in (repo_id, *staged.files):
        if find_private(name) or find_private(_JOINTS.sub(" ", name)) or list(find_secrets(name)):
            yield Finding("name", name, "the name itself holds private data or a key", "give it another name")
    lower: dict[str, str] = {}
    for name in staged.files:
        bad = next((part for part in name.split("/") if _UNPORTABLE.search(part) or len(part.encode()) > 255), None)
        if bad is not None:
            yield Finding("name", name, "some systems cannot hold a file of this name", "rename it")
        if (other := lower.setdefault(normalize("NFC", name).casefold(), name)) != name:
            yield Finding(
                "name",
                name,
                f"it differs from {other} in case or in the way of writing an accent alone",
                "rename one of them",
            )


def check_size(staged: Staged) -> Iterator[Finding]:
    """More than a hub takes in one go."""
    if len(staged.files) > _MOST_FILES:
        yield Finding("size", ".", f"{len(staged.files):,} files, of at most {_MOST_FILES:,}", "use larger shards")
    for name, content in staged.files.items():
        size = len(content) if isinstance(content, bytes) else content.stat().st_size
        if size > _LARGEST:
            yield Finding("size", name, f"{size / 1e9:.1f} GB, of at most {_LARGEST / 1e9:.0f}", "split it")


def _head(path: object) -> bytes:
    with open(str(path), "rb") as stream:
        return stream.read(9)


_DANGEROUS = re.compile(
    r"\.(?i:bin|pt|pth|pkl|pickle|joblib|ckpt|npy|npz|h5|sqlite|db|log|env|netrc|zip|gz|tgz|tar|xz|7z)$|(?:^|/)(?:\.env|\.roleinstruct|checkpoints?[-\d]*)(?:/|$)"
)
_JOINTS = re.compile(r"[-_/]")
_UNPORTABLE = re.compile(r"[<>:\"\\|?*\x00-\x1f]|[. ]$|^(?i:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)")
_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+|[A-Za-z0-9][\w.-]*")
_MOST_FILES = 25_000
_LARGEST = 50_000_000_000
