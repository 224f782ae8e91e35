"""Spaces: a metric that `evaluate.load` runs and a page scores by, and a page to talk with an adapter's characters."""

import json
import re
from collections.abc import Mapping
from importlib.metadata import requires, version
from pathlib import Path
from typing import Any

from roleinstruct import assets
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.dataset.persona import PERSONAS, read_personas
from roleinstruct.errors import ConfigError, FolderError
from roleinstruct.evaluation.responses import personas_of
from roleinstruct.metrics.folders import metric_folder
from roleinstruct.publish.card_problem import is_repo_id
from roleinstruct.publish.card_regions import merged_card
from roleinstruct.publish.card_yaml import metadata_of, with_metadata
from roleinstruct.publish.metric_card import metric_card
from roleinstruct.publish.staging import CARD, Staged

__all__ = ["SDK_VERSION", "metric_space", "write_space"]

SDK_VERSION = "6.31.0"
"""Of Gradio: the one that the pages are tried with."""


def metric_space(name: str, repo_id: str) -> Staged:
    """The files of a metric as a Space; its script bears the repository's name, by which `evaluate` looks for it.

    Raises:
        AssetError: There is no such metric.
        ConfigError: The repository's name would be that of the page.
    """
    folder = metric_folder(name)
    script = repo_id.rpartition("/")[2]
    if script == "app":
        raise ConfigError(f"{repo_id} cannot hold a metric: its script would be the page app.py; choose another name.")
    files: dict[str, Path | bytes] = {
        CARD: metric_card(name, repo_id, has_app=True).encode(),
        "app.py": folder / "app.py",
        f"{script}.py": folder / f"{name}.py",
        "requirements.txt": f"roleinstruct[metrics]>={version('roleinstruct')}\n".encode(),
    }
    return Staged("metric", folder, files)


def write_space(
    adapter: str, out: Path, *, data: Path | None = None, repo_id: str = "", license: str = ""
) -> list[str]:
    """Write a folder that is a Space: a page to talk with an adapter's characters.

    A README that is there keeps what a person wrote in it.

    Args:
        adapter: Its folder, or its name on the Hub.
        out: The folder.
        data: The data set folder with the profiles; None for the personas that the adapter's folder holds.
        repo_id: Of a folder: the adapter's name on the Hub, where the Space is to find it; "" for a Space that runs on
            this machine alone.
        license: A licence id of the Hub; "" for that of the adapter's README.

    Returns:
        The characters.

    Raises:
        ConfigError: The adapter is neither a folder nor a name, or nobody is there to talk with.
        FolderError: The data set folder has no profiles.
    """
    folder = Path(adapter)
    if not folder.is_dir() and not (is_repo_id(adapter) and "/" in adapter):
        raise ConfigError(f"{adapter} is neither an adapter's folder nor its name on the Hub, owner/name.")
    personas = _personas(folder, data)
    where = repo_id or (str(folder.resolve()) if folder.is_dir() else adapter)
    settings = {"adapter": where, "title": _title(personas), "sampling": _SAMPLING}
    card = _card(folder, where, list(personas), license)
    (out / "data").mkdir(parents=True, exist_ok=True)
    _write(out / "app.py", (Path(__file__).parent / "demo" / "app.py").read_text(encoding="utf-8"))
    _write(out / "requirements.txt", _requirements())
    _write(out / "data" / "settings.json", json.dumps(settings, ensure_ascii=False, indent=2) + "\n")
    _write(out / "data" / "personas.json", json.dumps(personas, ensure_ascii=False, indent=2) + "\n")
    theirs = (out / CARD).read_text(encoding="utf-8") if (out / CARD).is_file() else None
    _write(out / CARD, merged_card(card, theirs))
    return list(personas)


def _personas(adapter: Path, data: Path | None) -> dict[str, str]:
    trained = adapter / PERSONAS if (adapter / PERSONAS).is_file() else None
    if data is not None and not DataFolder(data).has("profiles"):
        raise FolderError(f"{data} has no profiles: give a data set folder, as roleinstruct build makes it.")
    found = personas_of(DataFolder(data), trained) if data else read_personas(trained) if trained else {}
    if not found:
        raise ConfigError(f"nobody is known to talk with in {data or adapter}: give the data set folder by --data.")
    return found


def _card(folder: Path, adapter: str, people: list[str], license: str) -> str:
    from jinja2 import Environment, StrictUndefined

    base = _read(folder / "adapter_config.json").get("base_model_name_or_path", "")
    readme = folder / CARD
    stated = metadata_of(readme.read_text(encoding="utf-8")) if readme.is_file() else {}
    models = [name for name in (adapter, base) if is_repo_id(name) and "/" in name and not Path(name).is_absolute()]
    metadata = {
        "title": _title(people),
        "colorFrom": "blue",
        "colorTo": "gray",
        "sdk": "gradio",
        "sdk_version": SDK_VERSION,
        "app_file": "app.py",
        "pinned": False,
        "license": license or stated.get("license"),
        "models": models,
        "datasets": [name for name in stated.get("datasets") or () if is_repo_id(name)],
        "tags": ["role-play", "roleinstruct"],
    }
    template = assets.find("space.md", "model_cards").read_text(encoding="utf-8")
    environment = Environment(undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False)
    page = environment.from_string(template).render(
        title=_title(people),
        characters=", ".join(people),
        adapter=f"`{adapter}`" if adapter in models else "a LoRA adapter",
        base=f"`{base}`" if base in models else "its base model",
    )
    return with_metadata({key: value for key, value in metadata.items() if value not in (None, "", [])}, page)


def _requirements() -> str:
    """What the page needs, with the lower bounds of our own extra `train`; Gradio is the Space's own."""
    known = {line.partition(";")[0].strip() for line in requires("roleinstruct") or () if "extra ==" in line}
    lines = [line for line in sorted(known) if re.split(r"[<>=!~\[ ]", line)[0] in _NEEDED]
    return "\n".join(lines) + "\n"


def _read(path: Path) -> dict[str, Any]:
    found = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return found if isinstance(found, dict) else {}


def _title(people: Mapping[str, str] | list[str]) -> str:
    names = list(people)
    return f"Talk with {', '.join(names[:2])}{' and others' if len(names) > 2 else ''}"


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


_NEEDED = frozenset({"accelerate", "peft", "torch", "transformers"})
_SAMPLING = {"do_sample": True, "temperature": 0.8, "top_p": 0.9, "max_new_tokens": 256}
"""How answers are drawn where nobody changes it; our choice."""
