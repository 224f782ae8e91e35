"""A card that is made anew without losing what a person wrote: marked regions are ours, all else is theirs."""

import re
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from roleinstruct.publish.card_configs import rows, with_configs
from roleinstruct.publish.card_problem import listed
from roleinstruct.publish.card_yaml import metadata_of, page_of, plain, with_metadata

__all__ = ["merged_card", "region", "with_region"]


def region(name: str, text: str) -> str:
    """A part of a card that is made anew at every push."""
    return f"<!-- roleinstruct:{name} -->\n{text.strip()}\n<!-- /roleinstruct:{name} -->"


def merged_card(ours: str, theirs: str | None, *, keep_splits: bool = True) -> str:
    """The card that is pushed.

    Args:
        ours: The card of the local folder.
        theirs: The one that lies in the repository, or None.
        keep_splits: Whether splits that a person added to tables of ours stay; not where their files do not.

    Returns:
        Our regions, in the places where they stand in theirs, with what people wrote around them; of the YAML our
        keys, and those of theirs that we do not write. Configs, results and tags of others stay.

    Raises:
        PublishError: The YAML of one of them cannot be read.
    """
    ours, theirs = plain(ours), plain(theirs or "")
    if not theirs.strip():
        return ours
    before = metadata_of(theirs)
    metadata = _merged_metadata(metadata_of(ours), before, keep_splits)
    page = _merged_page(page_of(ours), page_of(theirs))
    if metadata == before:
        return theirs.removesuffix(page_of(theirs)) + page  # as it was written, with its comments
    return with_metadata(metadata, page)


def with_region(card: str, name: str, change: Callable[[str], str]) -> str:
    """A card with one of its regions changed, if it is there.

    Args:
        card: All of it.
        name: The region's.
        change: Gets the region with its marks, or a mark that has lost its other one; what it returns is put there.
    """
    return "".join(change(part.text) if part.name == name else part.text for part in _parts(card))


@dataclass(frozen=True, slots=True)
class _Part:
    """A stretch of a page.

    Attributes:
        name: Of our region; "" for somebody's text.
        text: All of it, with the marks.
        is_whole: False for a mark whose other one has been lost: nobody knows how far the region went.
    """

    name: str
    text: str
    is_whole: bool = True


def _parts(page: str) -> Iterator[_Part]:
    at, marks = 0, list(_MARK.finditer(page))
    while marks:
        first = last = marks.pop(0)
        if marks and not first["end"] and marks[0]["end"] and first["name"] == marks[0]["name"]:
            last = marks.pop(0)
        yield _Part("", page[at : first.start()])
        yield _Part(first["name"], page[first.start() : last.end()], is_whole=last is not first)
        at = last.end()
    yield _Part("", page[at:])


def _merged_page(ours: str, theirs: str) -> str:
    made = {part.name: part.text for part in _parts(ours) if part.name and part.is_whole}
    known = list(_placed(list(_parts(theirs)), made))
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


def _placed(parts: Sequence[_Part], made: Container[str]) -> Iterator[_Part]:
    """Texts and places of our regions: a mark alone is such a place where there is no other, and else it goes."""
    taken = {part.name for part in parts if part.is_whole}
    for part in parts:
        if not part.name or (part.name in made and (part.is_whole or part.name not in taken)):
            yield part
            taken.add(part.name)


def _merged_metadata(ours: Mapping[str, Any], theirs: Mapping[str, Any], keep_splits: bool) -> dict[str, Any]:
    merged = {**ours, **{key: value for key, value in theirs.items() if key not in ours}}
    if ours.get("license") in (None, "unknown"):
        merged |= {"license": theirs["license"]} if theirs.get("license") else {}
    elif ours["license"] != theirs.get("license"):
        for key in {"license_name", "license_link"} - ours.keys():  # of the licence that was
            merged.pop(key, None)
    if "tags" in ours and "tags" in theirs:
        own = listed(ours["tags"])
        merged["tags"] = [*own, *(tag for tag in listed(theirs["tags"]) if tag not in own)]
    merged = with_configs(merged, ours, theirs, keep_splits)
    if "model-index" in ours and "model-index" in theirs:
        merged["model-index"] = _merged_results(rows(ours["model-index"]), rows(theirs["model-index"]))
    return merged


def _merged_results(ours: list[dict[str, Any]], theirs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Our results as they are now, and of theirs, whatever the model is called there, those that others measured."""
    merged = [{**row, "results": rows(row.get("results"))} for row in ours]
    for row in theirs:
        others = [one for one in map(_without_ours, rows(row.get("results"))) if one is not None]
        known = next((own for own in merged if own.get("name") == row.get("name")), None)
        if known is not None:
            known["results"] += [one for one in others if one not in known["results"]]
        elif others or not row.get("results"):
            merged.append({**row, "results": others})
    return merged


def _without_ours(result: dict[str, Any]) -> dict[str, Any] | None:
    """A result without the metrics that bear a signature of ours; None where nothing else was measured."""
    metrics = rows(result.get("metrics"))
    others = [one for one in metrics if not _is_ours(one.get("args"))]
    return {**result, "metrics": others} if others or not metrics else None


def _is_ours(args: object) -> bool:
    """Whether we have measured it: sacreBLEU and others have signatures too, and no digest of our items."""
    return isinstance(args, Mapping) and {"task", "signature", "items_sha256"} <= args.keys()


_MARK = re.compile(r"^[ \t]*<!-- (?P<end>/?)roleinstruct:(?P<name>[\w-]+) -->[ \t]*$", re.MULTILINE)
