"""Private data taken out of what was read, before anything is made of it.

It is a part of the import: no later table, report or rejected row ever holds what is masked here.
"""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from roleinstruct.cleaning.privacy.masking import Anonymiser
from roleinstruct.cleaning.privacy.spans import KINDS
from roleinstruct.dataset.features import features
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.dataset.rows import Row
from roleinstruct.dataset.tables import TableWriter
from roleinstruct.pipeline.data_blocks import PrivacyConfig
from roleinstruct.pipeline.imported import instruction_schema, profile_schema, replacement_schema, utterance_schema
from roleinstruct.pipeline.listener import Listener
from roleinstruct.pipeline.pseudonyms import people_of

__all__ = ["run_anonymise"]


def run_anonymise(folder: DataFolder, config: PrivacyConfig, names: Path, listener: Listener) -> None:
    """Mask the working tables `imported/*`, the rejected rows and the report of the import.

    Every replacement is a row of the working table `masked`: kind, table, column, source and position, without what
    stood there. The report "privacy.json" has their numbers.

    Args:
        folder: What was imported.
        config: What to mask.
        names: The file of pseudonyms, see `pseudonyms.people_of`; touched only where names are replaced.
        listener: Hears how far it is.

    Raises:
        ConfigError: The file of names is damaged.
    """
    people = people_of(folder, names, config.keep) if config.names == "replace" else None
    kinds = (*config.kinds, *(["name"] if people else []))
    counts: dict[str, Counter[str]] = {}
    if kinds:
        with folder.writer("masked", replacement_schema()) as log:
            mask = _Mask(Anonymiser(kinds, people), log)
            for table in _TABLES:
                listener.progress(f"masking {table}", 0, None)
                counts[table] = _rewrite(folder, table, mask)
        # The names of files may be names of people.
        folder.write_json("reports/import.json", _each(folder.read_json("reports/import.json"), mask.quietly))
    total = sum(counts.values(), Counter[str]())
    folder.write_json(
        "reports/privacy.json",
        {
            "looked_for": [kind for kind in KINDS if kind in kinds],
            "replaced": dict(sorted(total.items())),
            "by_table": {table: dict(sorted(found.items())) for table, found in counts.items() if found},
        },
    )


class _Mask:
    """Masks texts, and writes each replacement down."""

    def __init__(self, anonymiser: Anonymiser, log: TableWriter) -> None:
        self._anonymiser = anonymiser
        self._log = log
        self._at = {"table": "", "source": ""}
        self.counts: Counter[str] = Counter()

    def begin(self, table: str, source: str) -> None:
        """Say what the next texts belong to."""
        self._at = {"table": table, "source": source}

    def text(self, text: str, column: str) -> str:
        """The text without what is private."""
        masked, replacements = self._anonymiser.apply(text)
        for found in replacements:
            self.counts[found.kind] += 1
            span = {"start": found.start, "end": found.end, "replacement": found.replacement}
            self._log.write({**self._at, "kind": found.kind, "column": column, **span})
        return masked

    def quietly(self, text: str) -> str:
        """Likewise, of a name or a path, which every row repeats."""
        return self._anonymiser.apply(text)[0]


def _rewrite(folder: DataFolder, table: str, mask: _Mask) -> Counter[str]:
    """Mask one table in place; returns the replacements by kind."""
    if not folder.has(table):
        return Counter()
    masked_row, schema = _TABLES[table]
    mask.counts = Counter()
    with folder.writer("imported/masking", schema()) as writer:
        for row in folder.rows(table):
            sources = [mask.quietly(source) for source in row.get("sources") or [row["source"]]]
            mask.begin(table, sources[0])
            where = {"sources": sources} if "sources" in row else {"source": sources[0]}
            writer.write({**row, "character": mask.quietly(row["character"]), **where, **masked_row(row, mask)})
    folder.replace("imported/masking", table)
    return mask.counts


def _utterance(row: Row, mask: _Mask) -> Row:
    title = None if row["title"] is None else mask.text(row["title"], "title")
    return {"speaker": mask.quietly(row["speaker"]), "text": mask.text(row["text"], "text"), "title": title}


def _instruction(row: Row, mask: _Mask) -> Row:
    neutral = row["raw_response"]
    return {
        "instruction": mask.text(row["instruction"], "instruction"),
        "responses": [mask.text(answer, "responses") for answer in row["responses"]],
        "raw_response": None if neutral is None else mask.text(neutral, "raw_response"),
    }


def _profile(row: Row, mask: _Mask) -> Row:
    fields = [{"key": f["key"], "value": mask.text(f["value"], "fields")} for f in row["fields"]]
    return {"fields": fields, "text": mask.text(row["text"], "text")}


def _rejected(row: Row, mask: _Mask) -> Row:
    payload = _each(json.loads(row["payload"]), lambda text: mask.text(text, "payload"))
    return {"payload": json.dumps(payload, ensure_ascii=False)}


_TABLES: dict[str, tuple[Callable[[Row, _Mask], Row], Callable[[], Any]]] = {
    "imported/utterances": (_utterance, utterance_schema),
    "imported/instructions": (_instruction, instruction_schema),
    "imported/profiles": (_profile, profile_schema),
    "rejected/import": (_rejected, lambda: features("rejected").arrow_schema),
}


def _each(value: Any, change: Callable[[str], str]) -> Any:  # noqa: ANN401 - JSON values
    """JSON values with a change made to every text in them, keys too."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [_each(item, change) for item in value]
    if isinstance(value, dict):
        return {change(key): _each(item, change) for key, item in value.items()}
    return value
