"""Who is who in a source: whose utterances, questions and profiles belong to which character."""

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path

from roleinstruct.dataset.folder import DataFolder
from roleinstruct.dataset.rows import Row
from roleinstruct.errors import SourceError
from roleinstruct.pipeline.cast import Cast
from roleinstruct.pipeline.data_blocks import SourceConfig
from roleinstruct.pipeline.imported import instruction_schema, utterance_schema
from roleinstruct.pipeline.ledger import Ledger
from roleinstruct.pipeline.listener import Listener
from roleinstruct.pipeline.profile_owners import assign_profiles, profile_name
from roleinstruct.pipeline.short_names import full_names
from roleinstruct.sources.lead import PLACEHOLDERS, find_lead, is_alias

__all__ = ["assign"]


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
    assign_profiles(folder, cast, characters, only, ledger)


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
    cast.notice(f"{message}.", listener)


def _assign_utterances(folder: DataFolder, config: SourceConfig, cast: Cast, listener: Listener) -> None:
    if not folder.has("imported/raw"):
        return
    united = _unite(config, cast, listener)
    casting = _casting(config, cast, listener)
    with folder.writer("imported/utterances", utterance_schema()) as writer:
        for scene in _scenes(folder.rows("imported/raw")):
            for row in scene:
                row["speaker"] = row["speaker"] if row["character"] else united.get(row["speaker"], row["speaker"])
            character, names = casting(scene)
            for row in scene:
                row["character"] = character
                if row["speaker"] in names:
                    row["speaker"] = character
                writer.write(row)
    folder.remove("imported/raw")


def _unite(config: SourceConfig, cast: Cast, listener: Listener) -> dict[str, str]:
    """Names outside of folders that mean somebody who has a fuller one; where each dialogue stands alone, none do."""
    if config.characters == "each":
        return {}
    wanted = config.characters if isinstance(config.characters, tuple) else ()
    everyone = cast.lines.get("", Counter())
    united = full_names(everyone, (*wanted, *cast.folders))
    for name, stays in united.items():
        everyone[stays] += everyone.pop(name)
        cast.notice(f"{name} and {stays} are taken for one person: nobody else is called so.", listener)
    return united


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
    unnamed = _is_unnamed(characters, everyone)

    def choose(scene: list[Row]) -> tuple[str, frozenset[str]]:
        if scene[0]["character"]:
            return leads[scene[0]["character"]]
        if config.characters == "each":
            name = _most_lines(scene, everyone)
            return name, frozenset({name})
        if unnamed:
            return characters[0], frozenset({_ASSISTANT})
        return _one_of(characters, scene) if characters else leads[""]

    return choose


_ASSISTANT = "assistant"
"""Whom chats call so that do not name the character."""


def _is_unnamed(characters: tuple[str, ...], everyone: Counter[str]) -> bool:
    """Whether the one character that the user named can only be the assistant of chats that name nobody."""
    if len(characters) != 1 or _ASSISTANT not in everyone:
        return False
    return not any(is_alias(speaker, characters[0]) for speaker in everyone)


def _lead(name: str, config: SourceConfig, cast: Cast, listener: Listener) -> tuple[str, frozenset[str]]:
    """The character of a folder, or of a source without folders, and the speakers that are this character."""
    speakers = cast.lines[name]
    if not name:
        # A user may point at the one folder, or file, that bears the character's name.
        path = (config.path or Path()).absolute()
        called = (unicodedata.normalize("NFC", n) for n in (path.name, path.stem))
        name = next((n for n in called if any(is_alias(speaker, n) for speaker in speakers)), "")
    said = next(filter(None, map(profile_name, cast.profiles.get(name, []))), "")
    lead = find_lead(name, speakers, profile_name=said)
    for notice in lead.notices:
        cast.notice(notice.message, listener)
    character = name or next(iter(lead.names), "")
    cast.leads[character] = lead.names
    if character == _ASSISTANT and config.characters == "auto":
        cast.notice(
            "nothing names the character, so it is called assistant: name it with --character, or put the file into a "
            "folder that bears its name.",
            listener,
        )
    return character, frozenset(lead.names)


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
