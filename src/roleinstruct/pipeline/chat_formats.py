"""The chat rows of a data set folder as other training programs read them, each with the file that describes them.

The shapes are those of LLaMA-Factory's data/README.md and of axolotl's docs/dataset-formats/conversation.qmd.
"""

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from roleinstruct.dataset.folder import DataFolder
from roleinstruct.dataset.rows import Row
from roleinstruct.errors import ConfigError, FolderError
from roleinstruct.files import whole

__all__ = ["CHAT_FORMATS", "export_chat"]


def export_chat(root: Path, out: Path, name: str) -> dict[str, int]:
    """Write the rows of `chat` as JSON Lines, a file for each split.

    Every row keeps its id. For LLaMA-Factory there is a `dataset_info.json` beside the rows, for axolotl an
    `axolotl.yaml` with the keys that load them, which trains on the last answer alone, as the rows are meant.

    Args:
        root: A finished data set folder.
        out: A folder that does not exist yet, or is empty.
        name: One of `CHAT_FORMATS`.

    Returns:
        Rows by split, in the order train, validation, test, others.

    Raises:
        ConfigError: There is no such format, or `out` is not free.
        FolderError: The folder has no chat rows.
    """
    if name not in CHAT_FORMATS:
        raise ConfigError(f"--format is {name!r}, expected one of {', '.join(CHAT_FORMATS)}.")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ConfigError(f"{out} is there already and not an empty folder: choose another --out.")
    folder = DataFolder(root)
    splits = folder.splits("chat")
    if not splits:
        raise FolderError(f"{root} has no chat rows: run roleinstruct mix {root} first.")
    counts = {}
    for split in splits:
        counts[split] = 0
        with whole(out / f"{split}.jsonl") as file:
            for row in folder.rows("chat", split):
                shaped = {"id": row["id"], **CHAT_FORMATS[name](_messages(row))}
                file.write((json.dumps(shaped, ensure_ascii=False) + "\n").encode())
                counts[split] += 1
    for described, text in _described(name, _title(root), splits).items():
        with whole(out / described) as file:
            file.write(text.encode())
    return counts


Messages = list[dict[str, str]]


def _messages(row: Row) -> Messages:
    return [{"role": m["role"], "content": m["content"]} for m in (*row["prompt"], *row["completion"])]


def _chatml(messages: Messages) -> dict[str, Any]:
    return {"messages": messages}


def _sharegpt(messages: Messages) -> dict[str, Any]:
    names = {"system": "system", "user": "human", "assistant": "gpt"}
    parts = _alternating(messages)
    return {"conversations": [{"from": names[part["role"]], "value": part["content"]} for part in parts]}


def _alpaca(messages: Messages) -> dict[str, Any]:
    parts = _alternating(messages)
    system = parts[0]["content"] if parts[0]["role"] == "system" else ""
    said = [part["content"] for part in parts if part["role"] != "system"]
    history = [[said[at], said[at + 1]] for at in range(0, len(said) - 2, 2)]
    return {"instruction": said[-2], "input": "", "output": said[-1], "system": system, "history": history}


def _axolotl(messages: Messages) -> dict[str, Any]:
    return {"messages": [{**part, "train": number == len(messages)} for number, part in enumerate(messages, 1)]}


CHAT_FORMATS: Mapping[str, Callable[[Messages], dict[str, Any]]] = MappingProxyType(
    {"sharegpt": _sharegpt, "chatml": _chatml, "alpaca": _alpaca, "llama-factory": _sharegpt, "axolotl": _axolotl}
)
"""The formats, and what each makes of a row's messages."""


def _alternating(messages: Messages) -> Messages:
    """The messages so that behind the system's one the user's and the assistant's take turns, the user's first.

    These formats know nothing else: messages in a row become one, and before an answer to nobody stands an empty one.
    """
    turns: Messages = []
    for message in messages:
        if turns and turns[-1]["role"] == message["role"]:
            turns[-1] = {**message, "content": f"{turns[-1]['content']}\n{message['content']}"}
        else:
            if message["role"] == "assistant" and (not turns or turns[-1]["role"] == "system"):
                turns.append({"role": "user", "content": ""})
            turns.append(message)
    return turns


def _title(root: Path) -> str:
    return re.sub(r"[^A-Za-z0-9_]+", "_", root.resolve().name).strip("_") or "roleinstruct"


def _described(name: str, title: str, splits: list[str]) -> dict[str, str]:
    """The files that tell a program what the rows are."""
    if name == "llama-factory":
        tags = {"role_tag": "from", "content_tag": "value", "user_tag": "human", "assistant_tag": "gpt"}
        shape = {"columns": {"messages": "conversations"}, "tags": {**tags, "system_tag": "system"}}
        info = {f"{title}_{s}": {"file_name": f"{s}.jsonl", "formatting": "sharegpt", **shape} for s in splits}
        return {"dataset_info.json": json.dumps(info, ensure_ascii=False, indent=2) + "\n"}
    if name == "axolotl":
        parts = {"datasets": [_loaded("train")]} if "train" in splits else {}
        if "validation" in splits:
            parts["test_datasets"] = [{**_loaded("validation"), "split": "train"}]
        return {"axolotl.yaml": _AXOLOTL + yaml.safe_dump(parts, sort_keys=False)}
    return {}


_AXOLOTL = """\
# To be put into the configuration of a training; the paths are seen from where axolotl is started.
# Only messages with "train": true are learned, which is the last one of each row.
"""


def _loaded(split: str) -> dict[str, Any]:
    return {
        "path": f"{split}.jsonl",
        "ds_type": "json",
        "type": "chat_template",
        "field_messages": "messages",
        "message_property_mappings": {"role": "role", "content": "content"},
        "message_field_training": "train",
        "roles_to_train": [],
        "train_on_eos": "turn",
    }
