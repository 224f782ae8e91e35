"""Stage 1: read a source of any shape into working tables, every row of it with its place and its character."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from roleinstruct.dataset.features import Row
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.dataset.tables import TableWriter
from roleinstruct.errors import SourceError
from roleinstruct.generate.profiles import parse_profile
from roleinstruct.pipeline.config import SourceConfig
from roleinstruct.pipeline.imported import (
    instruction_row,
    instruction_schema,
    profile_schema,
    utterance_row,
    utterance_schema,
)
from roleinstruct.pipeline.ledger import Ledger, open_ledger
from roleinstruct.pipeline.listener import Listener
from roleinstruct.records import (
    Boundary,
    CharacterProfile,
    Event,
    Instruction,
    Notice,
    Place,
    Rejected,
    Utterance,
)
from roleinstruct.sources.corpus import Material, SourceFile, find_material
from roleinstruct.sources.lead import PLACEHOLDERS, find_lead, is_alias
from roleinstruct.sources.reading import ReadOptions

__all__ = ["run_import"]


def run_import(folder: DataFolder, config: SourceConfig, *, limit: int | None, listener: Listener) -> None:
    """Read a source into the working tables `imported/*` of a folder.

    Args:
        folder: Where to.
        config: What to read, and how.
        limit: At most this many rows of each file, for a quick look; None for all.
        listener: Hears which file was read as what, and other things worth knowing.

    Raises:
        SourceError: There is nothing to read.
    """
    if config.path is None:
        raise SourceError("the builder names no source; say which file or folder to read with --source.")
    with open_ledger(folder, "import") as ledger:
        cast = _read_source(folder, config, limit, ledger, listener)
        _assign(folder, config, cast, listener)
        _keep_profiles(folder, cast, ledger)
    folder.write_json("reports/import.json", {"files": cast.files, "notices": cast.notices})
    if not any(folder.has(f"imported/{table}") for table in ("utterances", "instructions", "profiles")):
        raise SourceError(f"{config.path} was read, but held no utterance, profile or instruction that can be used.")


_TELL_EVERY = 2_000
"""Rows between two words about progress."""


@dataclass(slots=True)
class _Cast:
    """What is learned of the characters while a source is read."""

    lines: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    profiles: dict[str, list[CharacterProfile]] = field(default_factory=lambda: defaultdict(list))
    folders: list[str] = field(default_factory=list)
    files: list[dict[str, Any]] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)


def _read_source(
    folder: DataFolder, config: SourceConfig, limit: int | None, ledger: Ledger, listener: Listener
) -> _Cast:
    """Write what the readers yield, still under the speakers' own names, and count who speaks."""
    assert config.path is not None
    cast = _Cast()
    options = ReadOptions(columns=config.columns, labels=config.labels, gap=config.gap)
    wanted = config.characters if isinstance(config.characters, tuple) else None
    with ExitStack() as stack:
        raw = stack.enter_context(folder.writer("imported/raw", utterance_schema()))
        instructions = stack.enter_context(folder.writer("imported/instructions", instruction_schema()))
        for material in find_material(config.path, config.format, config.columns.values()):
            if wanted and material.character and material.character not in wanted:
                continue
            if material.character:
                cast.folders.append(material.character)
            for notice in material.notices:
                _notice(cast, notice, listener)
            _read_material(material, options, limit, _Sinks(raw, instructions, ledger, cast, listener))
    return cast


@dataclass(frozen=True, slots=True)
class _Sinks:
    raw: TableWriter
    instructions: TableWriter
    ledger: Ledger
    cast: _Cast
    listener: Listener


def _read_material(material: Material, options: ReadOptions, limit: int | None, sinks: _Sinks) -> None:
    for file in material.files:
        rows: Counter[str] = Counter()
        try:
            _read_file(file, material.character, islice(file.events(options), limit), sinks, rows)
        except SourceError as error:
            if len(material.files) == 1 and not material.character:
                raise
            _notice(sinks.cast, Notice(f"left out from there on: {error}"), sinks.listener)
        read = ", ".join(f"{kind} {n:,}" for kind, n in rows.items()) or "nothing"
        sinks.listener.say(f"{file.head.name}: {file.detected.format} ({file.detected.why}), {read}")
        sinks.cast.files.append(
            {
                "file": file.head.name,
                "character": material.character,
                "format": file.detected.format,
                "why": file.detected.why,
                "encoding": file.head.encoding,
                "rows": dict(rows),
            }
        )


def _read_file(file: SourceFile, character: str, events: Iterable[Event], sinks: _Sinks, rows: Counter[str]) -> None:
    boundary: Boundary | None = Boundary("file", file.head.name, Place(file.head.name, 1, 1))
    for number, event in enumerate(events):
        if number % _TELL_EVERY == 0:
            sinks.listener.progress(f"reading {file.head.name}", number, None)
        if isinstance(event, Utterance):
            sinks.ledger.read("utterance", event.lines)
            sinks.cast.lines[character][event.speaker] += 1
            sinks.raw.write(utterance_row(character, event, boundary))
            boundary = None
            rows["utterances"] += 1
        elif isinstance(event, Boundary):
            # Of boundaries in a row the first stands, but for the beginning of the file, which is the weakest.
            boundary = event if boundary is None or boundary.kind == "file" else boundary
        elif isinstance(event, Instruction):
            unit = event.kind
            sinks.ledger.read(unit)
            sinks.ledger.read("answer", len(event.responses) if unit == "general" else 0)
            sinks.instructions.write(instruction_row(character, event))
            rows[f"{unit} rows"] += 1
        elif isinstance(event, CharacterProfile):
            sinks.ledger.read("profile")
            sinks.cast.profiles[character or event.character].append(event)
            rows["profiles"] += 1
        elif isinstance(event, Rejected):
            sinks.ledger.read(event.unit, event.lines)
            sinks.ledger.reject(replace(event, character=event.character or character))
            rows["rejected"] += event.lines
        else:
            _notice(sinks.cast, event, sinks.listener)


def _assign(folder: DataFolder, config: SourceConfig, cast: _Cast, listener: Listener) -> None:
    """Give each utterance its character, and the character's lines the character's name."""
    if not folder.has("imported/raw"):
        return
    casting = _casting(config, cast, listener)
    with folder.writer("imported/utterances", utterance_schema()) as writer:
        for scene in _scenes(folder.rows("imported/raw")):
            character, names = casting(scene)
            for row in scene:
                row["character"] = character
                if row["speaker"] in names:
                    row["speaker"] = character
                writer.write(row)
    folder.remove("imported/raw")


_SCENE_ROWS = 20_000
"""A scene longer than this is cut, so that a file without boundaries is never held in memory whole."""


def _scenes(rows: Iterator[Row]) -> Iterator[list[Row]]:
    scene: list[Row] = []
    for row in rows:
        if scene and (row["boundary"] is not None or len(scene) == _SCENE_ROWS):
            yield scene
            scene = []
        scene.append(row)
    if scene:
        yield scene


Casting = Callable[[list[Row]], tuple[str, frozenset[str]]]
"""From a scene to its character, and the speakers that are this character."""


def _casting(config: SourceConfig, cast: _Cast, listener: Listener) -> Casting:
    leads: dict[str, tuple[str, frozenset[str]]] = {}
    for folder_name, counts in cast.lines.items():
        named = [parse_profile(p).fields.get("name", "") for p in cast.profiles.get(folder_name, [])]
        lead = find_lead(folder_name, counts, profile_name=next(iter(named), ""))
        for notice in lead.notices:
            _notice(cast, notice, listener)
        leads[folder_name] = (folder_name or next(iter(lead.names), ""), frozenset(lead.names))
    named_characters = config.characters if isinstance(config.characters, tuple) else tuple(cast.folders)
    everyone = cast.lines.get("", Counter())

    def choose(scene: list[Row]) -> tuple[str, frozenset[str]]:
        folder_name = scene[0]["character"]
        if folder_name:
            return leads[folder_name]
        if config.characters == "each":
            name = _most_lines(scene, everyone)
            return name, frozenset({name})
        if named_characters:
            return _one_of(named_characters, scene)
        return leads[""]

    return choose


def _most_lines(scene: list[Row], everyone: Counter[str]) -> str:
    speakers: list[str] = list(dict.fromkeys(row["speaker"] for row in scene))
    people = [s for s in speakers if s.casefold() not in PLACEHOLDERS] or speakers
    return max(people, key=lambda name: everyone[name])


def _one_of(characters: tuple[str, ...], scene: list[Row]) -> tuple[str, frozenset[str]]:
    """The one of the named characters who says most in the scene; "" where none of them speaks."""
    said = Counter(row["speaker"] for row in scene)
    best, names = "", frozenset[str]()
    for character in characters:
        aliases = frozenset(s for s in said if is_alias(s, character))
        if sum(said[s] for s in aliases) > sum(said[s] for s in names):
            best, names = character, aliases
    return best, names


def _keep_profiles(folder: DataFolder, cast: _Cast, ledger: Ledger) -> None:
    """One profile a character; further texts are joined to the first, profiles of others are left out."""
    characters = set(cast.folders)
    if folder.has("imported/utterances"):
        characters |= set(folder.characters("imported/utterances"))
    if folder.has("imported/instructions"):
        characters |= set(folder.characters("imported/instructions"))
    with folder.writer("imported/profiles", profile_schema()) as writer:
        for name, profiles in cast.profiles.items():
            owner = name or (next(iter(characters)) if len(characters) == 1 else "")
            if owner not in characters:
                for profile in profiles:
                    ledger.reject(_stranger(name, profile))
                continue
            ledger.merged("profile", len(profiles) - 1)
            writer.write(
                {
                    "character": owner,
                    "fields": [{"key": k, "value": v} for p in profiles for k, v in p.fields.items()],
                    "text": "\n".join(p.text for p in profiles if p.text),
                    "sources": [str(p.place) for p in profiles if p.place],
                }
            )


def _stranger(name: str, profile: CharacterProfile) -> Rejected:
    payload = {"character": name, "fields": dict(profile.fields), "text": profile.text}
    place = profile.place or Place(name, 1, 1)
    return Rejected("profile", "not_a_character", "import", place, payload, character=name)


def _notice(cast: _Cast, notice: Notice, listener: Listener) -> None:
    cast.notices.append(notice.message)
    listener.say(notice.message)
