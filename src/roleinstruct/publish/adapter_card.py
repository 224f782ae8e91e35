"""The card of an adapter folder: everything in it is read from the folder, so that it can be made anew anywhere."""

import json
import re
import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

from roleinstruct import assets
from roleinstruct.dataset.persona import PERSONAS
from roleinstruct.errors import FolderError
from roleinstruct.evaluation.report.hub import eval_results, model_index
from roleinstruct.files import whole
from roleinstruct.publish.adapter_results import RESULTS, results_for_hub
from roleinstruct.publish.card_problem import is_repo_id
from roleinstruct.publish.card_regions import merged_card
from roleinstruct.publish.card_yaml import metadata_of, with_metadata
from roleinstruct.publish.staging import CARD
from roleinstruct.publish.training_curve import curve
from roleinstruct.training.adapter import RECORD

__all__ = ["ReadText", "adapter_card", "write_adapter_card"]

ReadText = Callable[[str], str | None]
"""From the name of a file of an adapter folder to its text, None where there is none."""

_CURVE = "figures/training.svg"
_ENTRIES = ".eval_results/roleinstruct.yaml"


def write_adapter_card(adapter: Path, *, results: Mapping[str, Any] | None = None, license: str = "") -> None:
    """Write README.md into an adapter folder, with the curve of the training and the entries for the Hub beside it.

    What a person wrote in the README that is there stays.

    Args:
        adapter: The folder, as `roleinstruct train` or PEFT makes it; the base may be local, and no network is used.
        results: See `gather_results`; None keeps those that the folder has.
        license: A licence id of the Hub; "" keeps the one that the README states.

    Raises:
        FolderError: It is no adapter folder.
        PublishError: The YAML of the README that is there cannot be read.
    """
    if not (adapter / "adapter_config.json").is_file():
        raise FolderError(
            f"{adapter} has no adapter_config.json, so that it is no adapter: roleinstruct train makes one."
        )
    if results is not None:
        _write(adapter / RESULTS, json.dumps(results, ensure_ascii=False, indent=1) + "\n")

    def read(name: str) -> str | None:
        try:
            return (adapter / name).read_text(encoding="utf-8") if (adapter / name).is_file() else None
        except UnicodeDecodeError as error:
            raise FolderError(f"{adapter / name} is no text in UTF-8 ({error.reason}): save it as such.") from error

    record = _json(read, RECORD)
    if drawn := curve(record.get("history", []), record.get("report", {}).get("kept_step", 0)):
        _write(adapter / _CURVE, drawn)
    found = _json(read, RESULTS)
    if found.get("tables") and is_repo_id(found["dataset"]["id"]):
        _write(adapter / _ENTRIES, eval_results(results_for_hub(found), found["dataset"]["id"]))
    before = read(CARD)
    stated = metadata_of(before or "").get("license")
    ours = adapter_card(read, adapter.resolve().name, license=license or (stated if isinstance(stated, str) else ""))
    _write(adapter / CARD, merged_card(ours, before))


def adapter_card(read: ReadText, name: str, *, license: str = "") -> str:
    """The card.

    Args:
        read: The folder's files.
        name: How the folder is called in the snippets: its name, or "owner/name" on the Hub.
        license: A licence id of the Hub, or "".

    Raises:
        FolderError: A file is no JSON.
    """
    config, record, results = _json(read, "adapter_config.json"), _json(read, RECORD), _json(read, RESULTS)
    base = str(config.get("base_model_name_or_path") or "")
    personas = list(_json(read, PERSONAS) or record.get("personas", {}))
    trained = [one for one in record.get("mixture", {}).get("train", {}).get("characters", personas) if one]
    is_public = is_repo_id(base) and not record.get("base", {}).get("is_local", False)
    page = _environment().from_string(assets.find("adapter.md", "model_cards").read_text(encoding="utf-8"))
    text: str = page.render(
        name=name,
        title=name.rpartition("/")[2],
        base=base if is_public else Path(base).name,
        is_public=is_public,
        lora=config,
        record=record,
        personas=personas,
        trained=trained,
        unseen=[one for one in personas if one not in trained],
        has_personas=read(PERSONAS) is not None,
        curve=_CURVE if read(_CURVE) is not None else "",
        evaluations=_evaluations(record),
        samples=results.get("samples") or _probes(record),
        results=results,
    )
    return with_metadata(_metadata(name, base if is_public else "", results, license), _BLANKS.sub("\n\n", text))


def _metadata(name: str, base: str, results: Mapping[str, Any], license: str) -> dict[str, Any]:
    from huggingface_hub import ModelCardData

    title, dataset = name.rpartition("/")[2], results.get("dataset", {})
    data = ModelCardData(
        base_model=base or None,
        base_model_relation="adapter" if base else None,
        datasets=[dataset["id"]] if is_repo_id(dataset.get("id")) else None,
        library_name="peft",
        license=license or None,
        pipeline_tag="text-generation",
        tags=["lora", "role-play", "roleinstruct"],
    )
    found: dict[str, Any] = yaml.safe_load(data.to_yaml())
    if results.get("tables"):
        said = dataset["id"] or dataset["name"] or "roleinstruct"
        found |= yaml.safe_load(model_index(title, results_for_hub(results), said, dataset["name"] or said))
    return found


def _evaluations(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A row an evaluation: step, epoch, loss before it, and what was measured; of many the first, some and the last."""
    rows: dict[int, dict[str, Any]] = {}
    loss = None
    for entry in record.get("history", []):
        loss = entry.get("loss", loss)
        if "eval_loss" in entry or "eval_rouge_l" in entry:
            row = rows.setdefault(entry["step"], {"step": entry["step"], "epoch": entry.get("epoch"), "loss": loss})
            row |= {key: entry[key] for key in ("eval_loss", "eval_rouge_l") if key in entry}
    found = list(rows.values())
    stride = -(-len(found) // _ROWS) or 1
    return [row for number, row in enumerate(found) if number % stride == 0 or number == len(found) - 1]


def _probes(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What the kept weights answered to validation questions."""
    kept = record.get("report", {}).get("kept_step")
    return [sample for sample in record.get("samples", []) if sample["step"] == kept][:8]


def _json(read: ReadText, name: str) -> dict[str, Any]:
    text = read(name)
    try:
        found = json.loads(text) if text is not None else {}
    except ValueError as error:
        raise FolderError(f"{name} is no JSON ({error}): train the adapter again, or remove the file.") from error
    if not isinstance(found, dict):
        raise FolderError(f"{name} is a {type(found).__name__}, expected an object: train the adapter again.")
    return found


def _write(path: Path, text: str) -> None:
    with whole(path) as file:
        file.write(text.encode("utf-8", "replace"))


def _environment() -> Any:  # noqa: ANN401 - of Jinja, imported late
    from jinja2 import Environment, StrictUndefined

    environment = Environment(undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False)
    environment.filters.update(
        {
            "thousands": "{:,}".format,
            "cell": _cell,
            "number": _number,
            "score": _score,
            "quoted": _quoted,
            "shell": shlex.quote,
        }
    )
    return environment


def _cell(text: object) -> str:
    """A text in a cell of a Markdown table: no bar, no line end, and no tag that a page would take for its own."""
    plain = " ".join(str(text).split()).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")
    return plain if len(plain) <= _LONGEST else f"{plain[: _LONGEST - 1]}…"


def _quoted(text: str) -> str:
    """A text as Python writes it."""
    return json.dumps(text, ensure_ascii=False)


def _number(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else "–" if value is None else str(value)


def _score(value: float, interval: tuple[float, float]) -> str:
    return f"{value:.4f} ({interval[0]:.3f} to {interval[1]:.3f})"


_ROWS = 10
_LONGEST = 400
_BLANKS = re.compile(r"\n{3,}")
