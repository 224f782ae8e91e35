"""The adapter folder: what PEFT opens, with the recipe and the record of how it came about."""

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from roleinstruct.files import whole
from roleinstruct.training.recipe import Recipe

__all__ = ["RECORD", "Base", "base_of", "digest_of", "versions", "write_adapter"]

RECORD = "training.json"
"""The file that is written last: without it a folder is no finished adapter."""


@dataclass(frozen=True, slots=True)
class Base:
    """The model that an adapter is for.

    Attributes:
        name: Its name on the Hub, or the folder where it lies on this machine.
        is_local: Whether it is a folder; such an adapter opens on this machine alone.
        digest: Of the weights where it is local, 16 hexadecimal digits; else the commit, where that is known.
    """

    name: str
    is_local: bool
    digest: str


def base_of(recipe: Recipe, commit: str | None) -> Base:
    """The base that a recipe names.

    Args:
        recipe: With paths as they are seen from it.
        commit: The revision of the Hub that was loaded.
    """
    folder = Path(recipe.model.name_or_path).expanduser()
    if folder.is_dir():
        return Base(str(folder.resolve()), True, digest_of(folder))
    return Base(recipe.model.name_or_path, False, commit or "")


def digest_of(folder: Path) -> str:
    """What the weights in a folder are known by, 16 hexadecimal digits."""
    digest = hashlib.sha256()
    for path in sorted([*folder.glob("*.safetensors"), *folder.glob("*.bin")]):
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()[:16]


def write_adapter(saved: Path, out: Path, recipe: Recipe, base: Base, record: Mapping[str, Any]) -> None:
    """Make the folder of what the trainer has saved; the record comes last.

    Args:
        saved: The adapter and the tokenizer as PEFT and transformers write them; it is moved.
        out: The folder.
        recipe: That was run.
        base: As the adapter is to name it.
        record: What `training.json` is to say.
    """
    _amend(saved / "adapter_config.json", base_model_name_or_path=base.name, revision=recipe.model.revision)
    _amend(saved / "tokenizer_config.json", is_local=None, local_files_only=None)  # of this machine alone
    for needless in ("README.md", "training_args.bin"):  # a card of PEFT's own, and pickled settings
        (saved / needless).unlink(missing_ok=True)
    for path in sorted(saved.iterdir()):
        path.replace(out / path.name)
    shutil.rmtree(saved)
    with whole(out / "recipe.yaml") as file:
        file.write(recipe.text().encode())
    with whole(out / RECORD) as file:
        file.write(json.dumps(record, ensure_ascii=False, indent=1).encode() + b"\n")


def versions() -> dict[str, str]:
    """Of what an adapter's weights depend on."""
    return {name: version(name) for name in ("roleinstruct", "torch", "transformers", "trl", "peft", "accelerate")}


def _amend(path: Path, **changes: object) -> None:
    """Change keys of a JSON file; PEFT writes sets in an order that differs from run to run."""
    words: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    if isinstance(words.get("target_modules"), list):
        words["target_modules"] = sorted(words["target_modules"])
    words = {key: value for key, value in (words | changes).items() if not (key in changes and value is None)}
    path.write_text(json.dumps(words, indent=2, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")
