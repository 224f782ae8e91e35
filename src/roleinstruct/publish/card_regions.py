"""A card that is made anew without losing what a person wrote: marked regions are ours, all else is theirs."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from roleinstruct.errors import PublishError
from roleinstruct.publish.card_problem import listed

__all__ = ["merged_card", "metadata_of", "region", "twice", "with_metadata"]


def region(name: str, text: str) -> str:
    """A part of a card that is made anew at every push."""
    return f"<!-- roleinstruct:{name} -->\n{text.strip()}\n<!-- /roleinstruct:{name} -->"


def metadata_of(card: str) -> dict[str, Any]:
    """The YAML at the head of a card; {} where there is none.

    Raises:
        PublishError: It is no YAML, or no mapping.
    """
    match = _HEAD.match(_plain(card))
    if match is None:
        return {}
    try:
        found = yaml.safe_load(match.group("yaml")) or {}
    except (yaml.YAMLError, ValueError) as error:  # the latter of a date that is in no calendar
        raise PublishError(
            f"the YAML at the head of the card cannot be read ({' '.join(str(error).split())}): mend it there first."
        ) from error
    if not isinstance(found, dict):
        raise PublishError(f"the YAML at the head of the card is a {type(found).__name__}, expected keys and values.")
    return found


def twice(card: str) -> list[str]:
    """The keys that stand twice in the YAML at the head of a card, which YAML forbids and this library reads."""
    match = _HEAD.match(_plain(card))
    found: list[str] = []
    nodes = [yaml.compose(match["yaml"], Loader=yaml.SafeLoader)] if match else []
    seen: set[int] = set()  # an anchor may hold itself
    for node in nodes:  # grows: what a node holds is looked at after it
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            keys = [str(key.value) for key, _ in node.value]
            found += sorted({key for key in keys if keys.count(key) > 1})
            nodes += [value for _, value in node.value]
        elif isinstance(node, yaml.SequenceNode):
            nodes += node.value
    return found


def with_metadata(metadata: Mapping[str, Any], body: str) -> str:
    """A card of its YAML, in the order that it has, and its page."""
    head = yaml.safe_dump(dict(metadata), sort_keys=False, allow_unicode=True, width=_WIDE)
    return f"---\n{head}---\n{body}"


def merged_card(ours: str, theirs: str | None) -> str:
    """The card that is pushed.

    Args:
        ours: The card of the local folder.
        theirs: The one that lies in the repository, or None.

    Returns:
        Our regions, in the places where they stand in theirs, with what people wrote around them; of the YAML our
        keys, and those of theirs that we do not write. Configs, results and tags of others stay.

    Raises:
        PublishError: The YAML of one of them cannot be read.
    """
    ours, theirs = _plain(ours), _plain(theirs or "")
    if not theirs.strip():
        return ours
    before = metadata_of(theirs)
    metadata, body = _merged_metadata(metadata_of(ours), before), _merged_body(_body(ours), _body(theirs))
    if metadata == before:
        return theirs[: len(theirs) - len(_body(theirs))] + body  # as it was written, with its comments
    return with_metadata(metadata, body)


@dataclass(frozen=True, slots=True)
class _Part:
    """A stretch of a page: a region of ours by its name, or somebody's text, whose name is ""."""

    name: str
    text: str


def _parts(body: str) -> Iterator[_Part]:
    at = 0
    for match in _REGION.finditer(body):
        yield _Part("", body[at : match.start()])
        yield _Part(match["name"], match.group())
        at = match.end()
    yield _Part("", body[at:])


def _merged_body(ours: str, theirs: str) -> str:
    made = {part.name: part.text for part in _parts(ours) if part.name}
    known = [part for part in _parts(theirs) if not part.name or part.name in made]
    placed = {part.name for part in known if part.name}
    if not placed:
        if ours.strip() in theirs:  # a page without marks, that was pushed before
            return theirs
        written = "".join(part.text for part in known).rstrip()
        return f"{written}\n\n{ours.strip()}\n" if written else ours
    texts: list[str] = []
    waiting = [name for name in made if name not in placed]
    order = list(made)
    for part in known:
        texts.append(made[part.name] if part.name else part.text)
        while part.name and waiting and order.index(waiting[0]) == order.index(part.name) + 1:
            part = _Part(waiting.pop(0), "")  # a new region stands behind the one that it follows in ours
            texts.append(f"\n\n{made[part.name]}")
    texts += [f"\n\n{made[name]}\n" for name in waiting]
    return "".join(texts)


def _merged_metadata(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> dict[str, Any]:
    merged = {**ours, **{key: value for key, value in theirs.items() if key not in ours}}
    if ours.get("license") in (None, "unknown") and theirs.get("license"):
        merged["license"] = theirs["license"]
    if "tags" in ours and "tags" in theirs:
        own = listed(ours["tags"])
        merged["tags"] = [*own, *(tag for tag in listed(theirs["tags"]) if tag not in own)]
    for key in ("configs", "dataset_info"):
        if key in ours and key in theirs:
            merged[key] = _by_name(_rows(ours[key]), _rows(theirs[key]), "config_name")
    if "model-index" in ours and "model-index" in theirs:
        merged["model-index"] = _merged_results(_rows(ours["model-index"]), _rows(theirs["model-index"]))
    if "configs" in merged:
        _keep_one_default(
            merged["configs"], {row.get("config_name") for row in _rows(theirs.get("configs")) if row.get("default")}
        )
    return merged


def _by_name(ours: list[dict[str, Any]], theirs: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    own = [row.get(name) for row in ours]
    return [*ours, *(row for row in theirs if row.get(name) not in own)]


def _merged_results(ours: list[dict[str, Any]], theirs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Our results as they are now, and of theirs, whatever the model is called there, those that others measured."""
    merged = [{**row, "results": _rows(row.get("results"))} for row in ours]
    for row in theirs:
        others = [one for one in map(_without_ours, _rows(row.get("results"))) if one is not None]
        known = next((own for own in merged if own.get("name") == row.get("name")), None)
        if known is not None:
            known["results"] += [one for one in others if one not in known["results"]]
        elif others or not row.get("results"):
            merged.append({**row, "results": others})
    return merged


def _without_ours(result: dict[str, Any]) -> dict[str, Any] | None:
    """A result without the metrics that bear a signature of ours; None where nothing else was measured."""
    metrics = _rows(result.get("metrics"))
    others = [one for one in metrics if "signature" not in (one.get("args") or {})]
    return {**result, "metrics": others} if others or not metrics else None


def _keep_one_default(configs: list[dict[str, Any]], theirs: set[Any]) -> None:
    """Leave one default: without one `load_dataset(repo)` opens nothing, and with two it does not know which."""
    defaults = [row for row in configs if row.get("default")]
    kept = next((row for row in defaults if row.get("config_name") in theirs), defaults[0] if defaults else None)
    for row in defaults:
        if row is not kept:
            del row["default"]


def _rows(value: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - YAML: one block, or a list of them
    rows = value if isinstance(value, list) else [value] if isinstance(value, dict) else []
    return [dict(row) for row in rows if isinstance(row, dict)]


def _plain(card: str) -> str:
    """Without the mark and the line ends that some editors write."""
    return card.removeprefix("\ufeff").replace("\r\n", "\n")


def _body(card: str) -> str:
    match = _HEAD.match(card)
    return card[match.end() :] if match else card


_HEAD = re.compile(r"\A\s*---[ \t]*\r?\n(?P<yaml>(?:.*?\n)??)---[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_REGION = re.compile(r"<!-- roleinstruct:(?P<name>[\w-]+) -->.*?<!-- /roleinstruct:(?P=name) -->", re.DOTALL)
_WIDE = 10_000
