"""A character card to a data set folder, and a character of a data set folder to a card."""

import shutil
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from roleinstruct.dataset.folder import WORK, DataFolder
from roleinstruct.dataset.rows import profile_of
from roleinstruct.errors import ConfigError, FolderError
from roleinstruct.files import expect_writable, whole
from roleinstruct.pipeline.build import build
from roleinstruct.pipeline.composing import compose
from roleinstruct.pipeline.config import BuildConfig
from roleinstruct.pipeline.listener import Listener
from roleinstruct.records import CharacterProfile
from roleinstruct.sources.character_card.card import Card, Version
from roleinstruct.sources.character_card.fields import card_of
from roleinstruct.sources.character_card.limits import LARGEST_ASSETS, LARGEST_PICTURE
from roleinstruct.sources.character_card.macros import spoken_name
from roleinstruct.sources.character_card.reading import expect_no_picture, read_card
from roleinstruct.sources.character_card.writing import KINDS, card_bytes
from roleinstruct.sources.text import look

__all__ = ["SPECS", "Exported", "export_card", "import_card"]

SPECS: dict[str, Version] = {"v1": 1, "v2": 2, "v3": 3}
"""What `card export --spec` takes."""


@dataclass(frozen=True, slots=True)
class Exported:
    """A card that was written.

    Attributes:
        card: The card.
        version: Of the specification, that it was written in.
        told: What it was made of, in a sentence.
    """

    card: Card
    version: Version
    told: str


def import_card(file: Path, out: Path, listener: Listener | None = None) -> Card:
    """Build a data set folder of a character card, without a model.

    Nothing is masked: a card is given back as it was by `export_card`. What would be published is looked at then. The
    file itself is kept in the folder's private part, for its pictures.

    Args:
        file: JSON, PNG or charx.
        out: The data set folder.
        listener: Hears what is being done.

    Raises:
        SourceError: It is no card, damaged, or hostile.
        FolderError: The folder cannot be written, or holds another character.
    """
    expect_no_picture(file)
    card = read_card(file, file.name, look(file, file.name).encoding)
    name = unicodedata.normalize("NFC", spoken_name(card))
    _expect_room(out, name)
    words = {
        "source": {"path": file.absolute(), "format": "character_card", "characters": (name,)},
        "privacy": {"identifiers": "none"},
        "card": {"pretty_name": name, "source": f"The character card {file.name}."},
    }
    heard = listener or Listener()
    build(BuildConfig.checked(words, file.name), out, listener=heard)
    _keep(file, out, heard)
    return card


def export_card(
    root: Path, out: Path, *, character: str | None = None, spec: str | None = None, avatar: Path | None = None
) -> Exported:
    """Write a character of a data set folder as a card.

    A character that was read from a card is given back with every field that the card had; else see `compose`.

    Args:
        root: A finished data set folder.
        out: A file that ends in .json, .png or .charx.
        character: Whose; None for the only one.
        spec: One of `SPECS`; None for that of the card that the character was read from, but version 2 for version 1,
            and version 3 where there was none.
        avatar: A PNG: the picture; for a charx also another charx, whose files it gets. None takes those of the card
            that the character was read from, where `out` is of its kind.

    Raises:
        ConfigError: There is no such character, file ending or version, the picture cannot be used, or `out` exists.
        FolderError: The folder has no profiles.
        SourceError: The picture is no PNG.
    """
    kind = out.suffix.lower()
    if kind not in KINDS:
        raise ConfigError(f"{out} ends in {kind or 'nothing'}, and one of {', '.join(KINDS)} was expected.")
    if spec is not None and spec not in SPECS:
        raise ConfigError(f"--spec is {spec!r}, expected one of {', '.join(SPECS)}.")
    expect_writable(out)
    if out.exists():
        raise ConfigError(f"{out} exists already: choose another name, or move it away first.")
    folder = DataFolder(root)
    profile = _profile(folder, character)
    card = card_of(profile.fields, str(root))
    if card is None:
        made = compose(folder, profile)
        card = made.card
        told = (
            f"{made.greetings} greetings and {made.examples} example dialogues are real turns, and {made.entries} "
            f"entries of the lorebook what questions rest on{_left_out(made.kept_back)}"
        )
    else:
        avatar = avatar or _kept(root, kind)
        told = (
            f"every field of the card that it was read from is as the data set has it{_left_behind(card, kind, avatar)}"
        )
    version = SPECS[spec] if spec else _usual(card, kind)
    content = card_bytes(card, kind, version, avatar)
    with whole(out) as file:
        file.write(content)
    return Exported(card, version, told)


def _expect_room(out: Path, name: str) -> None:
    if not (out / "profiles").is_dir():
        return
    others = {row["character"] for row in DataFolder(out).rows("profiles", columns=["character"])} - {name}
    if others:
        raise FolderError(f"{out} holds {', '.join(sorted(others))}, and would lose them: choose another --out.")


def _left_out(questions: int) -> str:
    """Why a card has less than the folder, and how it would have all."""
    if not questions:
        return ""
    return (
        f"; {questions} questions that are not for training, and what they rest on, are left out (build with splits: "
        "{validation: 0, test: 0, held_out_characters: 0} for a card that has them)"
    )


def _left_behind(card: Card, kind: str, avatar: Path | None) -> str:
    """That a card names files which only the .charx has that it came in."""
    assets = card.data.get("assets")
    uris = [asset.get("uri") for asset in assets if isinstance(asset, dict)] if isinstance(assets, list) else []
    files = sum(str(uri).startswith("embeded://") for uri in uris)
    if not files or (kind == ".charx" and avatar and avatar.suffix.lower() == ".charx"):
        return ""
    return f", but not the files that {files} of its assets name, which only a .charx made of a .charx holds"


def _profile(folder: DataFolder, character: str | None) -> CharacterProfile:
    profiles = {row["character"]: profile_of(row) for row in folder.rows("profiles")}
    wanted = None if character is None else unicodedata.normalize("NFC", character)
    if wanted is None and len(profiles) == 1:
        return next(iter(profiles.values()))
    if wanted is None or wanted not in profiles:
        asked = f"{wanted} is not among the characters" if wanted else "it is not said whose card is wanted"
        raise ConfigError(f"{asked} of {folder.root}: name one with --character, of {', '.join(sorted(profiles))}.")
    return profiles[wanted]


_CARD = f"{WORK}/card"
"""Where the imported file is kept, under its own ending."""


def _keep(file: Path, out: Path, listener: Listener) -> None:
    kind = file.suffix.lower()
    most = {".png": LARGEST_PICTURE, ".charx": LARGEST_ASSETS}.get(kind, 0)
    if file.stat().st_size <= most:
        shutil.copyfile(file, out / f"{_CARD}{kind}")
    elif most:
        listener.say(f"{file.name} has more than {most >> 20} MiB: its pictures are not kept, give them with --avatar.")


def _kept(root: Path, kind: str) -> Path | None:
    file = root / f"{_CARD}{kind}"
    return file if kind != ".json" and file.is_file() else None


def _usual(card: Card, kind: str) -> Version:
    return 3 if kind == ".charx" or card.version == 3 else 2
