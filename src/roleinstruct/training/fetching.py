"""Where a model comes from: a folder, this machine's cache or the Hub; and what to do where it does not come."""

import json
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

__all__ = ["damaged_file", "hub_words", "keeping_hub_quiet", "way_to", "what_to_do"]


def hub_words(name: str) -> dict[str, Any]:
    """What `from_pretrained` is told beside a model's name: to look on this machine alone if the Hub does not answer.

    Otherwise huggingface_hub asks six times for each file, which takes most of a minute where there is no network.
    """
    return {"local_files_only": True} if _is_of_hub(name) and not _answers(_endpoint()) else {}


def way_to(name: str) -> str:
    """A sentence on where a model comes from, to be said before that takes its time; "" of a folder."""
    return f"{name}: what this machine does not have of it is fetched from {_endpoint()}." if _is_of_hub(name) else ""


@contextmanager
def keeping_hub_quiet() -> Iterator[None]:
    """Keep the Hub's warnings of each try to itself: what comes of them is told in one sentence."""
    hub = logging.getLogger("huggingface_hub")
    before = hub.level
    hub.setLevel(logging.ERROR)
    try:
        yield
    finally:
        hub.setLevel(before)


def damaged_file(name: str) -> Path | None:
    """The first file of a model's or adapter's folder that is not whole: of weights, the head says how long they are.

    There is none where the name is no folder, or its files are whole as far as can be seen.
    """
    from safetensors import SafetensorError, safe_open

    for path in sorted(Path(name).glob("*.json")):
        try:
            json.loads(path.read_bytes())
        except ValueError:
            return path
    for path in sorted(Path(name).glob("*.safetensors")):
        try:
            with safe_open(path, "pt"):
                pass
        except SafetensorError:
            return path
    return None


def what_to_do(name: str) -> str:
    """The end of a sentence about a model that cannot be loaded."""
    folder = Path(name)
    if not folder.is_dir():
        return (
            "model.name_or_path has to be a folder, or a model of the Hugging Face Hub that can be reached "
            "(HF_HUB_OFFLINE=1 spares asking it) or was fetched before"
        )
    if not (folder / "config.json").is_file():
        return f"{folder} holds no config.json, so that it is no model of transformers: name another folder"
    if damaged := damaged_file(name):
        return f"{damaged} is cut off or damaged: copy it again"
    return f"{folder} lacks a file, or holds one that the installed transformers does not know: copy the folder again"


def _is_of_hub(name: str) -> bool:
    from huggingface_hub import constants

    return not constants.HF_HUB_OFFLINE and not Path(name).is_dir()


def _endpoint() -> str:
    from huggingface_hub import constants

    return constants.ENDPOINT


@cache
def _answers(endpoint: str) -> bool:
    """Whether it answers, whatever it says; a second try is for a line that has just slept."""
    from huggingface_hub import get_session
    from huggingface_hub.errors import HfHubHTTPError

    # huggingface_hub's HTTP client: httpx, or httpx2 since 2.0.
    client = import_module(HfHubHTTPError.__mro__[1].__module__.partition(".")[0])
    for pause in (0.5, 0):
        try:
            get_session().head(endpoint, timeout=_PATIENCE)
        except client.TransportError:
            time.sleep(pause)
        else:
            return True
    return False


_PATIENCE = 10
"""Seconds, as many as huggingface_hub waits for an answer."""
