"""Who is who in a source: whose utterances, questions and profiles belong to which character."""

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

from roleinstruct.dataset.folder import DataFolder
from roleinstruct.dataset.rows import Row
from roleinstruct.errors import SourceError
from roleinstruct.generate.profiles import parse_profile
from roleinstruct.pipeline.data_blocks import SourceConfig
from roleinstruct.pipeline.imported import instruction_schema, profile_schema, utterance_schema
from roleinstruct.pipeline.ledger import Ledger
from roleinstruct.pipeline.listener import Listener
from roleinstruct.records import CharacterProfile, Place, Rejected
from roleinstruct.sources.lead import PLACEHOLDERS, find_lead, is_alias

__all__ = ["Cast", "assign"]


@dataclass(slots=True)
class Cast:
    """What is learned of the characters while a source is read; "" stands for files outside any character's folder.

    Attributes:
        lines: By folder, how many lines each speaker has.
        profiles: Profile texts by the folder or the character that they name.
        folders: The characters' folders, in order.
        leads: By character, the speakers that were taken for it.
        files: What each file was taken for, for the report.
        notices: What was worth saying, likewise.
    """

    lines: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    profiles: dict[str, list[CharacterProfile]] = field(default_factory=lambda: defaultdict(list))
    folders: list[str] = field(default_factory=list)
    leads: dict[str, tuple[str, ...]] = field(default_factory=dict)
    files: list[dict[str, Any]] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)


def assign(folder: DataFolder, config: SourceConfig, cast: Cast, ledger: Ledger, listener: Listener) -> None:
    """Make `imported/utterances`, `imported/instructions` and `imported/profiles` of what was read.

    Each utterance gets its character, and the character's lines the character's name. Where the source has one
    character only, what names nobody is that character's.
    """
    _assign_utterances(folder, config, cast, listener)
    named = (folder.by_character(table).names for table in ("imported/utterances", "imported/read"))
    characters = {*cast.folders, *chain.from_iterable(named)} - {""}
    if not cast.lines and isinstance(config.characters, tuple):
        characters.update(config.characters)  # nobody speaks: what the user says is all that is known
    if not characters and not cast.profiles and folder.has("imported/read"):
        raise SourceError(
            f"{config.path} holds questions and answers, and nothing says whose they are: name the character with "
            "--character, or put the file into a folder that bears the name."
        )
    _expect_wanted(config, cast, characters, listener)
    only = next(iter(characters)) if len(characters) == 1 else ""
    _assign_instructions(folder, only)
    _assign_profiles(folder, cast, characters, only, ledger)


def _expect_wanted(config: SourceConfig, cast: Cast, characters: set[str], listener: Listener) -> None:
    """Say which of the characters that the user named the source does not have; if it has none, that is an error."""
    wanted = config.characters if isinstance(config.characters, tuple) else ()
    missing = [name for name in wanted if name not in characters]
    if not missing:
        return
    speakers = ", ".join(name for name, _ in sum(cast.lines.values(), Counter()).most_common(10))
    message = f"nobody is called {', '.join(missing)} in the source, where those speak: {speakers or 'nobody'}"
    if not characters:
        raise SourceError(f"{message}; name one of them with --character, or leave it out to take who says most.")
    cast.notices.append(f"{message}.")
    listener.say(f"{message}.")


def _assign_utterances(folder: DataFolder, config: SourceConfig, cast: Cast, listener: Listener) -> None:
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


def _casting(config: SourceConfig, cast: Cast, listener: Listener) -> Casting:
    leads = {name: _lead(name, config, cast, listener) for name in cast.lines}
    characters = config.characters if isinstance(config.characters, tuple) else tuple(cast.folders)
    everyone = cast.lines.get("", Counter())

    def choose(scene: list[Row]) -> tuple[str, frozenset[str]]:
        if scene[0]["character"]:
            return leads[scene[0]["character"]]
        if config.characters == "each":
            name = _most_lines(scene, everyone)
            return name, frozenset({name})
        return _one_of(characters, scene) if characters else leads[""]

    return choose


def _lead(name: str, config: SourceConfig, cast: Cast, listener: Listener) -> tuple[str, frozenset[str]]:
    """The character of a folder, or of a source without folders, and the speakers that are this character."""
    speakers = cast.lines[name]
    if not name:
        # A user may point at the one folder, or file, that bears the character's name.
        path = (config.path or Path()).absolute()
        called = (unicodedata.normalize("NFC", n) for n in (path.name, path.stem))
        name = next((n for n in called if any(is_alias(speaker, n) for speaker in speakers)), "")
    profile_name = next((_profile_name(p) for p in cast.profiles.get(name, [])), "")
    lead = find_lead(name, speakers, profile_name=profile_name)
    for notice in lead.notices:
        cast.notices.append(notice.message)
        listener.say(notice.message)
    character = name or next(iter(lead.names), "")
    cast.leads[character] = lead.names
    return character, frozenset(lead.names)


def _profile_name(profile: CharacterProfile) -> str:
    return unicodedata.normalize("NFC", parse_profile(profile).fields.get("name", ""))


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


def _assign_instructions(folder: DataFolder, only: str) -> None:
    if not folder.has("imported/read"):
        return
    with folder.writer("imported/instructions", instruction_schema()) as writer:
        for row in folder.rows("imported/read"):
            if not row["character"] and row["responses"]:
                row["character"] = only
            writer.write(row)
    folder.remove("imported/read")


def _assign_profiles(folder: DataFolder, cast: Cast, characters: set[str], only: str, ledger: Ledger) -> None:
    """One profile a character; further texts are joined to the first, profiles of others are left out."""
    owned: dict[str, list[CharacterProfile]] = {}
    for name, profiles in cast.profiles.items():
        for profile in profiles:
            owner = name or only or _profile_name(profile)
            if owner in characters or (owner and not characters):
                owned.setdefault(owner, []).append(profile)
            else:
                ledger.reject(_stranger(owner, profile))
    with folder.writer("imported/profiles", profile_schema()) as writer:
        for owner, profiles in owned.items():
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
