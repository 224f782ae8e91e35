"""The words that the Hub takes in a card: licences, languages, creators, sizes, colours."""

import json
from functools import cache
from importlib.util import find_spec
from pathlib import Path

__all__ = ["COLOURS", "LICENCES", "SDKS", "known_words"]

LICENCES = frozenset(
    """
    apache-2.0 mit openrail openrail++ bigscience-openrail-m creativeml-openrail-m bigscience-bloom-rail-1.0
    bigcode-openrail-m afl-3.0 artistic-2.0 bsl-1.0 bsd bsd-2-clause bsd-3-clause bsd-3-clause-clear c-uda cc cc0-1.0
    cc-by-2.0 cc-by-2.5 cc-by-3.0 cc-by-4.0 cc-by-sa-3.0 cc-by-sa-4.0 cc-by-nc-2.0 cc-by-nc-3.0 cc-by-nc-4.0
    cc-by-nd-4.0 cc-by-nc-nd-3.0 cc-by-nc-nd-4.0 cc-by-nc-sa-2.0 cc-by-nc-sa-3.0 cc-by-nc-sa-4.0 cdla-sharing-1.0
    cdla-permissive-1.0 cdla-permissive-2.0 wtfpl ecl-2.0 epl-1.0 epl-2.0 etalab-2.0 eupl-1.1 eupl-1.2 agpl-3.0 gfdl
    gpl gpl-2.0 gpl-3.0 lgpl lgpl-2.1 lgpl-3.0 isc h-research intel-research lppl-1.3c ms-pl apple-ascl apple-amlr
    mpl-2.0 odc-by odbl openmdw-1.0 osl-3.0 postgresql ofl-1.1 ncsa unlicense zlib pddl lgpl-lr deepfloyd-if-license
    fair-noncommercial-research-license llama2 llama3 llama3.1 llama3.2 llama3.3 llama4 grok2-community gemma unknown
    other
    """.split()
)
"""The ids of the Hub's list of licences; no package holds it."""

COLOURS = ("red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray")
"""Of a Space."""

SDKS = ("gradio", "docker", "static", "streamlit")
"""Of a Space."""

_CREATORS = ("found", "crowdsourced", "expert-generated", "machine-generated", "other")
_FALLBACK = {
    "size_categories": ("n<1K", "1K<n<10K", "10K<n<100K", "100K<n<1M", "1M<n<10M", "10M<n<100M", "100M<n<1B"),
    "annotations_creators": (*_CREATORS, "no-annotation"),
    "language_creators": _CREATORS,
    "multilinguality": ("monolingual", "multilingual", "translation", "other"),
}


@cache
def known_words(key: str) -> frozenset[str] | None:
    """What may be said under a key of the card, by the lists that come with `datasets`.

    Args:
        key: "language", "size_categories", "annotations_creators", "language_creators" or "multilinguality".

    Returns:
        None where nobody here knows: the languages, without `datasets`.
    """
    spec = find_spec("datasets")
    if spec is None or spec.origin is None:
        return frozenset(_FALLBACK[key]) if key in _FALLBACK else None
    folder = Path(spec.origin).parent / "utils" / "resources"
    file, part = _FILES[key]
    words = json.loads((folder / file).read_text(encoding="utf-8"))
    return frozenset(words[part] if part else words)


_FILES = {
    "language": ("languages.json", ""),
    "size_categories": ("size_categories.json", ""),
    "annotations_creators": ("creators.json", "annotations"),
    "language_creators": ("creators.json", "language"),
    "multilinguality": ("multilingualities.json", ""),
}
