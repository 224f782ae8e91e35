"""A card as a profile: its prose for prompts, and every field of it kept, to be given back as it was."""

import json
from collections.abc import Mapping

from roleinstruct.errors import SourceError
from roleinstruct.language import language_of
from roleinstruct.profile_fields import CARD, CARD_ITSELF
from roleinstruct.records import CharacterProfile, Place
from roleinstruct.sources.character_card.card import TEXTS, Card
from roleinstruct.sources.character_card.macros import about, spoken_name
from roleinstruct.sources.character_card.parsing import parse_card

__all__ = ["card_of", "profile_of_card"]


def profile_of_card(card: Card, place: Place) -> CharacterProfile:
    """The profile of a card's character.

    Its text is what a model is told: description, personality and scenario, the macros replaced. Each field of the card
    is a field of the profile, named `profile_fields.CARD` and the specification's name: texts as they are, everything
    else as JSON.

    Args:
        card: As it was read.
        place: Where it was read.
    """
    fields = {f"{CARD}{key}": _written(key, value) for key, value in card.data.items()}
    itself = {"version": card.version, "spec_version": card.spec_version, "outer": dict(card.outer)}
    return CharacterProfile(
        character=spoken_name(card),
        fields={**fields, CARD_ITSELF: json.dumps(itself, ensure_ascii=False)},
        text=_prose(card),
        place=place,
    )


def card_of(fields: Mapping[str, str], where: str) -> Card | None:
    """The card that a profile was made of; None where it was made of something else.

    Args:
        fields: Of the profile.
        where: What to call it in a message.

    Raises:
        SourceError: A field of the card has been changed to what it cannot hold.
    """
    if CARD_ITSELF not in fields:
        return None
    try:
        itself = json.loads(fields[CARD_ITSELF])
        own = {key.removeprefix(CARD): text for key, text in fields.items() if key.startswith(CARD)}
        data = {key: text if key in TEXTS else json.loads(text) for key, text in own.items()}
        version, spec_version, outer = itself["version"], itself["spec_version"], itself["outer"]
    except (ValueError, KeyError, TypeError) as error:
        raise SourceError(f"the fields of the card in {where} are damaged ({error}): import the card again.") from error
    checked = parse_card(json.dumps({"spec": f"chara_card_v{max(version, 2)}", "data": data}), where)
    return Card(version, checked.data, outer, spec_version)


def _written(key: str, value: object) -> str:
    return value if key in TEXTS and isinstance(value, str) else json.dumps(value, ensure_ascii=False)


_LABELS = {
    "zh": {"personality": "性格特点：", "scenario": "场景："},
    "en": {"personality": "Personality: ", "scenario": "Scenario: "},
}


def _prose(card: Card) -> str:
    parts = {key: str(card.data.get(key, "")).strip() for key in ("description", "personality", "scenario")}
    labels = _LABELS["zh" if language_of(" ".join(parts.values())) == "zh" else "en"]
    told = (f"{labels.get(key, '')}{text}" for key, text in parts.items() if about(text, card).strip())
    return about("\n".join(told), card).strip()
