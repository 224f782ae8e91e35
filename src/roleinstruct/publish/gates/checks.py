"""The gates one by one: each looks at staged files and tells what should not leave the machine as it is."""

import json
import re
from collections.abc import Iterator

import yaml

from roleinstruct.cleaning.privacy.identifiers import find_identifiers
from roleinstruct.publish.gates.finding import Finding
from roleinstruct.publish.gates.texts import PUBLIC
from roleinstruct.publish.overlays import is_overlay
from roleinstruct.publish.staging import CARD, Staged

__all__ = [
    "check_adapter",
    "check_files",
    "check_licence",
    "check_names",
    "check_size",
]


def check_files(staged: Staged) -> Iterator[Finding]:
    """Files that must not travel, also out of an archive that somebody else packed, and weights that are none."""
    for name, content in staged.files.items():
        if _DANGEROUS.search(name):
            yield Finding(
                "file",
                name,
                "it can hold a token of the hub in clear, run code when it is opened, or tell what was paid for",
                "take it out of what is published",
            )
        elif name.endswith(".safetensors"):
            head = content[:9] if isinstance(content, bytes) else _head(content)
            if len(head) < 9 or head[8:9] != b"{":
                yield Finding("file", name, "it is no safetensors file", "save the adapter again: roleinstruct train")


def check_adapter(staged: Staged) -> Iterator[Finding]:
    """A base model that nobody else can find, and whose path tells the names of a user and a project."""
    name = "adapter_config.json"
    try:
        base = json.loads(staged.text(name)).get("base_model_name_or_path")
    except ValueError:
        yield Finding("file", name, "it is no JSON", "save the adapter again: roleinstruct train")
        return
    if not isinstance(base, str) or not _HUB_ID.fullmatch(base):
        yield Finding(
            "file",
            name,
            "its base model is a path of this machine, which nobody else has",
            "say the base model's public name: --base-model owner/name",
        )


def check_names(staged: Staged, repo_id: str) -> Iterator[Finding]:
    """Names that tell somebody's private data, or that some systems cannot hold."""
    for name in (repo_id, *staged.files):
        if any(span.kind not in PUBLIC for span in find_identifiers(name)):
            yield Finding("name", name, "the name itself holds private data", "give it another name")
    lower: dict[str, str] = {}
    for name in staged.files:
        bad = next((part for part in name.split("/") if _UNPORTABLE.search(part) or len(part.encode()) > 255), None)
        if bad is not None:
            yield Finding("name", name, "some systems cannot hold a file of this name", "rename it")
        if (other := lower.setdefault(name.casefold(), name)) != name:
            yield Finding("name", name, f"it differs from {other} in its case alone", "rename one of them")


def check_size(staged: Staged) -> Iterator[Finding]:
    """More than a hub takes in one go."""
    if len(staged.files) > _MOST_FILES:
        yield Finding("size", ".", f"{len(staged.files):,} files, of at most {_MOST_FILES:,}", "use larger shards")
    for name, content in staged.files.items():
        size = len(content) if isinstance(content, bytes) else content.stat().st_size
        if size > _LARGEST:
            yield Finding("size", name, f"{size / 1e9:.1f} GB, of at most {_LARGEST / 1e9:.0f}", "split it")


def check_licence(staged: Staged) -> Iterator[Finding]:
    """A licence in the card, and for data a ledger of what they were made of and by what right they are published."""
    stated = _metadata(staged).get("license")
    if not stated or stated == "unknown":
        yield Finding(
            "licence",
            CARD,
            "the card states no licence, so that nobody may use it",
            "state card.license in the builder, or the recipe's model card, once you know who owns the text",
        )
    if staged.kind == "dataset":
        yield from _check_sources(staged)


def _check_sources(staged: Staged) -> Iterator[Finding]:
    ledger = "reports/sources.json"
    rows = yaml.safe_load(staged.text(ledger)) if ledger in staged.files else None
    sources = rows.get("sources", []) if isinstance(rows, dict) else []
    if not sources:
        yield Finding(
            "licence",
            ledger,
            "nobody has said what this data set was made of",
            "list card.sources in the builder: name, license, may_publish and because of each source",
        )
    enough = ("yes", "overlay") if is_overlay(staged) else ("yes",)
    for source in sources:
        name = source.get("name", "?")
        if source.get("may_publish") not in enough:
            said = source.get("may_publish", "unknown")
            yield Finding(
                "licence",
                f"{ledger} {name}",
                f"the right to publish what was made of {name} is stated as {said!r}",
                "ask its owner, and set may_publish: yes with the reason; or, where labels and what was written anew may "
                "go, set may_publish: overlay and publish what roleinstruct overlay makes, without the text",
            )
        elif source.get("license", "unknown") == "unknown":
            yield Finding("licence", f"{ledger} {name}", f"{name} has no licence", "state the licence of this source")


def _metadata(staged: Staged) -> dict[str, object]:
    match = re.match(r"---\r?\n(.*?)\r?\n---", staged.text(CARD), re.DOTALL)
    found = yaml.safe_load(match.group(1)) if match else None
    return found if isinstance(found, dict) else {}


def _head(path: object) -> bytes:
    with open(str(path), "rb") as stream:
        return stream.read(9)


_DANGEROUS = re.compile(
    r"\.(?:bin|pt|pth|pkl|pickle|ckpt|sqlite|db|log|env)$|(?:^|/)(?:\.env|\.roleinstruct|checkpoints?[-\d]*)(?:/|$)"
)
_UNPORTABLE = re.compile(r"[<>:\"\\|?*\x00-\x1f]|[. ]$|^(?i:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)")
_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+|[A-Za-z0-9][\w.-]*")
_MOST_FILES = 25_000
_LARGEST = 50_000_000_000
