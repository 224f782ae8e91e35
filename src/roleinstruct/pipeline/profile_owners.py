"""Whose the profiles of a source are."""

import unicodedata

from roleinstruct.dataset.folder import DataFolder
from roleinstruct.generate.profiles import parse_profile
from roleinstruct.pipeline.cast import Cast
from roleinstruct.pipeline.imported import profile_schema
from roleinstruct.pipeline.ledger import Ledger
from roleinstruct.profile_fields import CARD_ITSELF
from roleinstruct.records import CharacterProfile, Place, Rejected
from roleinstruct.sources.lead import is_alias

__all__ = ["assign_profiles", "profile_name"]


def assign_profiles(folder: DataFolder, cast: Cast, characters: set[str], only: str, ledger: Ledger) -> None:
    """One profile a character; further texts are joined to the first, profiles of others are left out.

    What a chat's system text makes of the assistant counts where there is no other profile.
    """
    chats = {entry["file"] for entry in cast.files if entry["format"] == "chats"}
    owned: dict[str, list[CharacterProfile]] = {}
    for name, profiles in cast.profiles.items():
        for profile in profiles:
            owner = _owner(name, profile, cast, characters) or only or profile_name(profile)
            if owner in characters or (owner and not characters):
                owned.setdefault(owner, []).append(profile)
            else:
                ledger.reject(_left_out(owner, profile, "not_a_character"))
    for owner, profiles in owned.items():
        own = [profile for profile in profiles if profile.place is None or profile.place.file not in chats]
        for persona in (profile for profile in profiles if own and profile not in own):
            ledger.reject(_left_out(owner, persona, "system_message"))
        owned[owner] = own or profiles
    with folder.writer("imported/profiles", profile_schema()) as writer:
        for owner, profiles in owned.items():
            ledger.merged("profile", len(profiles) - 1)
            writer.write(
                {
                    "character": owner,
                    "fields": [{"key": k, "value": v} for p in profiles for k, v in p.fields.items()],
                    "text": "\n".join(dict.fromkeys(p.text for p in profiles if p.text)),
                    "sources": [str(p.place) for p in profiles if p.place],
                }
            )


def profile_name(profile: CharacterProfile) -> str:
    """The name that a profile gives in its text, or ""."""
    return unicodedata.normalize("NFC", parse_profile(profile).fields.get("name", ""))


def _owner(name: str, profile: CharacterProfile, cast: Cast, characters: set[str]) -> str:
    """Whose a profile is by the names on it and its folder, "" where there are none.

    A card is its folder's, however it calls the character; but a script in the folder also says who the others are.
    """
    said = profile.character or name
    own = (name, *cast.leads.get(name, ())) if name in cast.folders else ()
    if name in own and (CARD_ITSELF in profile.fields or any(is_alias(said, n) or is_alias(n, said) for n in own)):
        return name
    return next((c for c in sorted(characters) if is_alias(said, c) or is_alias(c, said)), said)


def _left_out(name: str, profile: CharacterProfile, reason: str) -> Rejected:
    payload = {"character": name, "fields": dict(profile.fields), "text": profile.text}
    place = profile.place or Place(name, 1, 1)
    return Rejected("profile", reason, "import", place, payload, character=name)
