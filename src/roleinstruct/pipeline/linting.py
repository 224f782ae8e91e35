"""What is linted: a source read into working tables for the while, or the tables of a data set folder."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from roleinstruct.cleaning.lint.material import Asked, Corpus, Person, Scene, SourceFile
from roleinstruct.cleaning.lint.reference import Reference
from roleinstruct.cleaning.lint.report import Report
from roleinstruct.dataset.draft import draft
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.dataset.rows import dialogue_of, instruction_of, profile_of, rejected_of
from roleinstruct.errors import SourceError
from roleinstruct.generate.profiles import parse_profile
from roleinstruct.pipeline.carding import write_card
from roleinstruct.pipeline.data_blocks import SourceConfig
from roleinstruct.pipeline.imported import imported_events, imported_instructions, imported_profiles
from roleinstruct.pipeline.importing import run_import
from roleinstruct.pipeline.kept_card import stated_licence
from roleinstruct.pipeline.listener import Listener
from roleinstruct.pipeline.remembering import remembered
from roleinstruct.records import Boundary, Instruction, Utterance
from roleinstruct.sources.corpus import find_material
from roleinstruct.sources.reading import ReadOptions

__all__ = ["TABLES", "is_data_set", "open_corpus", "read_reference", "record"]

TABLES = ("dialogues", "profiles", "specific", "general")
"""What is read of a data set folder, beside the licence in its card."""


@contextmanager
def open_corpus(
    path: Path,
    *,
    source: SourceConfig | None = None,
    limit: int | None = None,
    reference: Reference | None = None,
    listener: Listener | None = None,
) -> Iterator[Corpus]:
    """Open a data set folder or a source to be linted.

    Args:
        path: A folder that holds tables of ours, or a file or folder of raw dialogue in any shape that can be read.
        source: How to read a source; the path in it does not matter.
        limit: At most this many rows of each file of a source.
        reference: See `read_reference`.
        listener: Hears what the files were taken for.

    Raises:
        SourceError: There is nothing to read.
    """
    if is_data_set(path):
        yield _of_data_set(DataFolder(path), reference)
        return
    config = (source or SourceConfig()).model_copy(update={"path": path})
    with TemporaryDirectory(prefix="roleinstruct-") as temporary:
        folder = DataFolder(Path(temporary))
        run_import(folder, config, limit=limit, listener=listener or Listener())
        yield _of_source(folder, reference)


def is_data_set(path: Path) -> bool:
    """Whether a path is a folder with tables in the RoleInstruct layout."""
    return path.is_dir() and any(DataFolder(path).has(table) for table in TABLES)


def read_reference(path: Path) -> Reference:
    """Read a corpus to compare with: a source of any shape, all of its utterances.

    Raises:
        SourceError: There is nothing to read.
    """
    said = (
        (event.text, str(event.place))
        for material in find_material(path)
        for file in material.files
        for event in file.events(ReadOptions())
        if isinstance(event, Utterance)
    )
    reference = Reference.of(path.name, said)
    if not reference.lines:
        raise SourceError(f"{path} holds no utterance; expected a corpus of dialogue to compare with.")
    return reference


def record(path: Path, report: Report, *, most: int = 20) -> None:
    """Put a report into a data set folder: "reports/lint.json", and a section of its card.

    Args:
        path: The data set folder.
        report: Of that folder.
        most: Findings to keep of each rule.

    Raises:
        FolderError: The folder was not built here.
    """
    config = remembered(path)
    document = report.as_json()
    for found in document["found"]:
        found["first"] = found["first"][:most]
    with draft(path, keep=True) as folder:
        folder.write_json("reports/lint.json", document)
        write_card(folder, config, path.resolve().name)


def _of_data_set(folder: DataFolder, reference: Reference | None) -> Corpus:
    dialogues, profiles = folder.by_character("dialogues"), folder.by_character("profiles")
    asked = [
        (split, folder.by_character(table, split))
        for table in ("specific", "general")
        for split in folder.splits(table)
    ]

    def person(name: str) -> Person:
        scenes = (dialogue_of(row) for row in dialogues.rows(name))
        return Person(
            name,
            profile=next(map(profile_of, profiles.rows(name)), None),
            scenes=tuple(Scene(d.id, "dialogue", d.utterances) for d in scenes),
            asked=tuple(Asked(instruction_of(row), split) for split, table in asked for row in table.rows(name)),
        )

    tables = (dialogues, profiles, *(table for _, table in asked))
    names = tuple(dict.fromkeys(name for table in tables for name in table.names))
    return Corpus("data set", names, person, license=stated_licence(folder.root), reference=reference)


def _of_source(folder: DataFolder, reference: Reference | None) -> Corpus:
    report = folder.read_json("reports/import.json")
    said, given = folder.by_character("imported/utterances"), folder.by_character("imported/instructions")
    rejected = folder.by_character("rejected/import")
    profiles = imported_profiles(folder)

    def person(name: str) -> Person:
        return Person(
            name,
            speaks_as=tuple(report["leads"].get(name, ())),
            profile=parse_profile(profiles[name]) if name in profiles else None,
            scenes=tuple(_scenes(imported_events(said.rows(name)))),
            asked=tuple(Asked(item, _split_of(item)) for item in imported_instructions(given.rows(name))),
            rejected=tuple(map(rejected_of, rejected.rows(name))),
        )

    files = tuple(
        SourceFile(file["file"], file["character"], file["format"], file["encoding"], file["layout"])
        for file in report["files"]
    )
    names = tuple(dict.fromkeys((*said.names, *given.names, *profiles, *rejected.names)))
    return Corpus("source", names, person, files, tuple(report["notices"]), reference=reference)


def _scenes(events: Iterator[Utterance | Boundary]) -> Iterator[Scene]:
    begins, utterances = "file", list[Utterance]()
    for event in events:
        if isinstance(event, Utterance):
            utterances.append(event)
            continue
        if utterances:
            yield Scene("", begins, tuple(utterances))
        begins, utterances = event.kind, []
    if utterances:
        yield Scene("", begins, tuple(utterances))


def _split_of(item: Instruction) -> str:
    """The split that the name of a source file tells, as in "qa_train.jsonl"; "" where it tells none."""
    found = _SPLIT.search(item.place.file) if item.place else None
    return "" if found is None else "validation" if found[1].lower() in ("dev", "val", "valid") else found[1].lower()


_SPLIT = re.compile(r"(?<![a-z])(train|test|validation|valid|val|dev)(?![a-z])", re.IGNORECASE)
