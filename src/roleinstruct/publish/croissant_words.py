"""The words of Croissant: its context, and what its vocabulary of responsible AI says of a data set folder."""

from collections.abc import Mapping
from typing import Any

from roleinstruct.dataset.folder import DataFolder

__all__ = ["CONTEXT", "rai_of"]

CONTEXT: Mapping[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
"""The context of Croissant 1.0."""


def rai_of(folder: DataFolder) -> dict[str, Any]:
    """What is known of collection, labels, private data and limits; nothing is said where nothing is known."""
    labelled = _report(folder, "statistics").get("labelled_by", {})
    steps = _report(folder, "generation").get("steps", {})
    masked = _report(folder, "privacy")
    people = _report(folder, "agreement")
    sources = _report(folder, "sources").get("sources", [])
    machines = sorted(set(labelled) - {"source", "human", "nobody"} | {one["model"] for one in steps.values()})
    rai: dict[str, Any] = {
        "rai:dataCollection": _collection(sources),
        "rai:dataPreprocessingProtocol": [
            "Scripts were reduced to dialogues of a character and one partner; duplicates and broken rows were left "
            "out, each with its reason, see reports/accounting.json.",
        ],
        "rai:dataAnnotationProtocol": _protocol(labelled, people),
        "rai:machineAnnotationTools": machines,
        "rai:personalSensitiveInformation": _masked(masked),
        "rai:dataUseCases": "Tuning and testing language models that answer as a character.",
        "rai:dataLimitations": "A few characters are no sample of any people; labels that no person gave are guesses.",
    }
    if people:
        rai |= {
            "rai:dataAnnotationPlatform": "offline pages of roleinstruct (annotate sheets), which show no other label",
            "rai:annotationsPerItem": str(len(people["people"]["people"]) if people.get("people") else 1),
            "rai:dataAnnotationAnalysis": _analysis(people),
        }
    return {key: value for key, value in rai.items() if value}


def _report(folder: DataFolder, name: str) -> dict[str, Any]:
    path = f"reports/{name}.json"
    return folder.read_json(path) if (folder.root / path).is_file() else {}


def _collection(sources: list[dict[str, str]]) -> str:
    told = [f"{one['name']} ({one['license']}): {one['because']}".rstrip(": ") for one in sources]
    return f"Made of {'; '.join(told)}" if told else ""


def _protocol(labelled: Mapping[str, int], people: Mapping[str, Any]) -> list[str]:
    told = {
        "source": "labels that the source brought",
        "extractive": "a lexicon with context",
        "fitted": "a classifier fitted on labelled dialogue",
        "human": "people, on sheets that showed them no other label; the majority counts",
        "nobody": "nobody",
    }
    rows = [f"{turns} turns: {told.get(name, f'the model {name}')}" for name, turns in labelled.items()]
    return [*rows, f"{people['ties']} turns on which people did not agree have no majority"] if people else rows


def _analysis(people: Mapping[str, Any]) -> list[str]:
    told = [
        f"labels by {name} and people's majority: Cohen's kappa {found['cohen_kappa']['value']:.3f} on "
        f"{found['cohen_kappa']['n']} turns"
        for name, found in people.get("labels", {}).items()
    ]
    if people.get("people"):
        alpha = people["people"]["krippendorff_alpha"]
        told.insert(0, f"Krippendorff's alpha of the people {alpha['value']:.3f} on {alpha['n']} turns")
    return told


def _masked(report: Mapping[str, Any]) -> list[str]:
    if not report.get("looked_for"):
        return ["nothing has been masked"]
    replaced = ", ".join(f"{n} {kind}" for kind, n in report.get("replaced", {}).items()) or "none was found"
    return [f"masked before anything was made of the source: {', '.join(report['looked_for'])}", f"found: {replaced}"]
