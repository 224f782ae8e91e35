"""The rules by which a hub takes a card, checked without one, and some by which its readers can use it."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from roleinstruct.errors import PublishError
from roleinstruct.publish.card_problem import Problem, listed, named
from roleinstruct.publish.card_rules_dataset import dataset_problems
from roleinstruct.publish.card_rules_model import model_problems
from roleinstruct.publish.card_words import COLOURS, LICENCES, SDKS, known_words
from roleinstruct.publish.card_yaml import metadata_for_clients, twice

__all__ = ["CardKind", "problems_of"]

CardKind = Literal["dataset", "model", "space"]
"""The type of repository."""


def problems_of(card: str, kind: CardKind, files: Mapping[str, Path | bytes] | None = None) -> list[Problem]:
    """What is wrong with a card.

    Args:
        card: All of README.md.
        kind: The type of repository that it is for.
        files: What is published with it, by path; None where that is not known, as on a hub that sees the card alone.

    Returns:
        In the order of the YAML's keys; [] if a hub would take it.
    """
    try:
        metadata = metadata_for_clients(card)
    except PublishError as error:
        return [Problem("YAML", str(error), "mend the YAML between the two --- at the head of README.md")]
    return list(_problems(card, metadata, kind, files))


def _problems(
    card: str, metadata: Mapping[str, Any], kind: CardKind, files: Mapping[str, Path | bytes] | None
) -> Iterator[Problem]:
    for key in twice(card):
        yield Problem(key, "it stands there twice", "leave one of them: a hub takes neither")
    yield from _licence(metadata)
    yield from _words(metadata)
    if kind == "dataset":
        yield from dataset_problems(metadata, files)
    elif kind == "model":
        yield from model_problems(metadata)
    else:
        yield from _space(metadata, files)
    yield from _paths(card)


def _licence(metadata: Mapping[str, Any]) -> Iterator[Problem]:
    for word in listed(metadata.get("license")):
        if not isinstance(word, str) or word not in LICENCES:
            yield Problem("license", f"{word!r} is no licence id", "write an id such as cc-by-4.0, or other")
    if metadata.get("license") == "other" and not (metadata.get("license_name") and metadata.get("license_link")):
        yield Problem("license", "other is no licence by itself", "say license_name and license_link too")


def _words(metadata: Mapping[str, Any]) -> Iterator[Problem]:
    for key in ("language", "multilinguality", "annotations_creators", "language_creators", "size_categories"):
        known = known_words(key)
        for word in listed(metadata.get(key)):
            if not isinstance(word, str) or (known is not None and word not in known):
                some = "an ISO 639 code such as zh" if key == "language" else f"one of {', '.join(sorted(known or ()))}"
                yield Problem(key, f"{word!r} is not known there", f"write {some}; no and on in quotes")
    for tag in listed(metadata.get("tags")):
        if not isinstance(tag, str):
            yield Problem("tags", f"{tag!r} is no text", "put it in quotes")
    for key in ("pretty_name", "title"):
        if key in metadata and not isinstance(metadata[key], str):
            yield Problem(key, f"{metadata[key]!r} is no text", "put it in quotes")


def _space(metadata: Mapping[str, Any], files: Mapping[str, Path | bytes] | None) -> Iterator[Problem]:
    if metadata.get("sdk") not in SDKS:
        yield Problem("sdk", f"{metadata.get('sdk')!r} runs no Space", f"write one of {', '.join(SDKS)}")
    for key in ("colorFrom", "colorTo"):
        if key in metadata and metadata[key] not in COLOURS:
            yield Problem(key, f"{metadata[key]!r} is no colour of a Space", f"write one of {', '.join(COLOURS)}")
    if len(str(metadata.get("short_description", ""))) > _LONGEST:
        yield Problem("short_description", f"it is longer than {_LONGEST} signs", "shorten it")
    app = metadata.get("app_file")
    if app is not None and files is not None and app not in files:
        yield Problem("app_file", f"{app} is not among the files", "put it there, or leave the key out")
    for key in ("models", "datasets"):
        yield from named(metadata, key)


def _paths(card: str) -> Iterator[Problem]:
    for number, line in enumerate(card.splitlines(), 1):
        if found := _LOCAL.search(line):
            yield Problem(f"line {number}", f"a path of this machine, {found[0]}", "write what lies there instead")


_LONGEST = 60
_LOCAL = re.compile(
    r"(?<![\w/.:*-])(?:/(?:home|Users|root|tmp|mnt|media|private|srv|var|opt|workspace)/[^\s\"'`)|]+"
    r"|[A-Za-z]:\\[^\s\"'`)|]+|~/[\w.][^\s\"'`)|]*)|file://[^\s\"'`)|]+"
)
