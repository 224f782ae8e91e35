"""A profile in words: its fields with their labels, in the language of the character."""

from collections.abc import Iterable
from itertools import chain

from roleinstruct.language import language_of
from roleinstruct.profile_fields import INFERRED, is_told, label
from roleinstruct.records import CharacterProfile, Dialogue

__all__ = ["describe", "known", "spoken"]


def describe(profile: CharacterProfile, language: str) -> str:
    """All fields but what the script's statistics show, as "label: value" in one line; what was inferred says so.

    Args:
        profile: Whom to describe; the name stands first.
        language: "zh" or "en": that of the labels.
    """
    fields = {"name": profile.character, **profile.fields}
    lines = (_stated(key, value, language) for key, value in fields.items() if is_told(key))
    return ("；" if language == "zh" else "; ").join(lines)


def known(profile: CharacterProfile, language: str) -> str:
    """What is known of the character: the profile's text as it is, or else its fields."""
    return profile.text.strip() or describe(profile, language)


def spoken(profile: CharacterProfile, dialogues: Iterable[Dialogue]) -> str:
    """The language of a character: what the profile says, or else what most of the first turns are in, or "en"."""
    if profile.language:
        return profile.language
    texts = chain.from_iterable((turn.text for turn in dialogue.utterances) for dialogue in dialogues)
    return language_of(" ".join(text for text, _ in zip(texts, range(_LOOKED_AT), strict=False))) or "en"


_LOOKED_AT = 200


def _stated(key: str, value: str, language: str) -> str:
    is_inferred = key.startswith(INFERRED)
    if language == "zh":
        return f"{label(key, language)}：{value}{'（推测）' if is_inferred else ''}"
    return f"{label(key, language)}: {value}{' (inferred)' if is_inferred else ''}"
