"""A model in a folder: its name, how long a text may be, and how its tokens become one vector.

Only its small JSON files are read here; the weights are read once, to tell one model from another.
"""

import hashlib
import json
import re
import sys
from collections.abc import Sequence
from contextlib import nullcontext, redirect_stderr
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np

from roleinstruct.encoders.encoder import Vectors
from roleinstruct.errors import ConfigError

__all__ = ["ModelFolder", "find_model", "quiet", "spread"]


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A model on this machine.

    Attributes:
        name: The Hub's name for it; for a folder of one's own, the folder's name and eight digits of what is in it, so
            that two of one name are told apart.
        path: Where it lies.
    """

    name: str
    path: Path

    @property
    def max_length(self) -> int:
        """Tokens of the longest text that it takes, the special ones among them."""
        config = self._read("config.json")
        limits = [
            self._read("sentence_bert_config.json").get("max_seq_length"),
            self._read("tokenizer_config.json").get("model_max_length"),
            config.get("max_position_embeddings", 512) - _unused_positions(config),
        ]
        return int(min(limit for limit in limits if isinstance(limit, int | float)))

    @property
    def pooling(self) -> str:
        """How the vectors of the tokens become one: "cls", "mean", another's name, or "" where no file says so."""
        modules = self._list("modules.json")
        if not modules:
            return ""
        steps = [str(module.get("type", "")).rsplit(".", 1)[-1] for module in modules]
        if more := [step for step in steps if step not in ("Transformer", "Pooling", "Normalize")]:
            return more[0]
        found = self._read("1_Pooling/config.json")
        named = found.get("pooling_mode")
        flags = [name.removeprefix("pooling_mode_") for name, on in found.items() if on is True]
        mode = named if isinstance(named, str) else next((name for name in flags if name in _POOLINGS), "other")
        return _POOLINGS.get(mode, mode)

    @property
    def is_bge(self) -> bool:
        """Whether it is one of BAAI's, by its name or by the name of what it was made from."""
        return "bge" in self._names

    @property
    def query_instruction(self) -> str:
        """What BGE wants before a query, as its model cards say; "" for other models."""
        match = re.search(r"bge-(?:small|base|large)-(zh|en)(?!-noinstruct)", self._names)
        return _INSTRUCTIONS[match[1]] if match else ""

    def named(self, instruction: str | None) -> tuple[str, str]:
        """Name and query instruction, when the user gives one of their own; that one is part of the name."""
        if instruction is None or instruction == self.query_instruction:
            return self.name, self.query_instruction
        return f"{self.name}#{hashlib.sha256(instruction.encode()).hexdigest()[:8]}", instruction

    @property
    def _names(self) -> str:
        return f"{self.name} {self._read('config.json').get('_name_or_path', '')}".lower()

    def _read(self, name: str) -> dict[str, Any]:
        found = _json(self.path / name)
        return found if isinstance(found, dict) else {}

    def _list(self, name: str) -> list[dict[str, Any]]:
        found = _json(self.path / name)
        return [part for part in found if isinstance(part, dict)] if isinstance(found, list) else []


def find_model(model: str) -> ModelFolder:
    """Find a model: a folder, else what the Hub has under that name, fetched once.

    Raises:
        ConfigError: It is neither, or the Hub cannot be reached.
    """
    path = Path(model)
    if path.is_dir():
        if not (path / "config.json").is_file():
            raise ConfigError(f"the folder {model} holds no model: it has no config.json.")
        path = path.resolve()
        return ModelFolder(f"{path.name}@{_digest(path)}", path)
    from huggingface_hub import snapshot_download

    try:
        return ModelFolder(model, Path(snapshot_download(model, ignore_patterns=_NOT_NEEDED)))
    except (OSError, ValueError) as error:
        first = str(error).split("\n")[0]
        raise ConfigError(
            f"{model} is no folder, and could not be had from the Hugging Face Hub either: {first}"
        ) from error


def quiet() -> redirect_stderr[StringIO] | nullcontext[None]:
    """Keep a library's progress bars out of logs: nothing of what it writes to stderr, unless that is a terminal."""
    return nullcontext() if sys.stderr.isatty() else redirect_stderr(StringIO())


def spread(texts: Sequence[str], dimensions: int) -> tuple[Vectors, list[int], list[str]]:
    """Rows of zeros for all texts, the places of those that have content, and these, fit for a tokenizer."""
    places = [i for i, text in enumerate(texts) if text.strip()]
    # Half a surrogate pair is no character that a tokenizer would take.
    fit = [texts[i].encode("utf-8", "replace").decode() for i in places]
    return np.zeros((len(texts), dimensions), np.float32), places, fit


_NOT_NEEDED = ["flax_model.msgpack", "rust_model.ot", "tf_model.h5", "onnx/*", "openvino/*", "imgs/*"]
_POOLINGS = {"cls": "cls", "cls_token": "cls", "mean": "mean", "mean_tokens": "mean", "max_tokens": "max"}
_POOLINGS |= {"lasttoken": "lasttoken"}
_INSTRUCTIONS = {
    "zh": "为这个句子生成表示以用于检索相关文章：",
    "en": "Represent this sentence for searching relevant passages: ",
}


def _json(path: Path) -> object:
    """What a JSON file holds, None where there is none."""
    if not path.is_file():
        return None
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path} cannot be read: {error}; is the model complete?") from error


def _unused_positions(config: dict[str, Any]) -> int:
    """RoBERTa and its kin count positions from the padding's number on."""
    if "roberta" not in str(config.get("model_type", "")):
        return 0
    return int(config.get("pad_token_id") or 0) + 1


def _digest(path: Path) -> str:
    """Eight digits of what is in the files of a model."""
    digest = hashlib.sha256()
    for file in sorted([*path.iterdir(), *path.glob("*_*/config.json")]):
        if file.is_file() and file.suffix in (".json", ".txt", ".model", ".safetensors", ".bin"):
            digest.update(file.relative_to(path).as_posix().encode())
            with file.open("rb") as content:
                digest.update(hashlib.file_digest(content, "sha256").digest())
    return digest.hexdigest()[:8]
