"""Records to rows of the tables, and back.

A row is a dictionary ready for Arrow: an emotion is its ClassLabel number or None.
"""

import json
from collections.abc import Mapping
from typing import Any

from roleinstruct.emotions import Emotion
from roleinstruct.records import CharacterProfile, Dialogue, Instruction, Place, Rejected, Utterance

__all__ = [
    "Row",
    "dialogue_of",
    "dialogue_row",
    "general_row",
    "instruction_of",
    "profile_of",
    "profile_row",
    "rejected_of",
    "rejected_row",
    "specific_row",
]

Row = dict[str, Any]

_EMOTIONS = tuple(Emotion)
_INDEX = {emotion: number for number, emotion in enumerate(_EMOTIONS)}


def _label(emotion: Emotion | None) -> int | None:
    """The ClassLabel number, 0 to 9, or None."""
    return None if emotion is None else _INDEX[emotion]


def dialogue_row(dialogue: Dialogue) -> Row:
    """A row of `dialogues`."""
    return {
        "dialogue_id": dialogue.id,
        "character": dialogue.character,
        "partner": dialogue.partner,
        "title": dialogue.title,
        "turns": [
            {
                "speaker": u.speaker,
                "text": u.text,
                "emotion": _label(u.emotion),
                "annotator": u.annotator,
                "confidence": u.confidence,
                "source": str(u.place) if u.place else None,
                "lines": u.lines,
            }
            for u in dialogue.utterances
        ],
        "source": str(dialogue.source),
    }


def dialogue_of(row: Mapping[str, Any]) -> Dialogue:
    """The dialogue of a row of `dialogues`."""
    return Dialogue(
        id=row["dialogue_id"],
        character=row["character"],
        partner=row["partner"],
        utterances=tuple(
            Utterance(
                speaker=turn["speaker"],
                text=turn["text"],
                emotion=_emotion(turn["emotion"]),
                place=Place.parse(turn["source"]) if turn["source"] else None,
                lines=turn["lines"],
                annotator=turn["annotator"],
                confidence=turn["confidence"],
            )
            for turn in row["turns"]
        ),
        source=Place.parse(row["source"]),
        title=row["title"],
    )


def profile_row(profile: CharacterProfile) -> Row:
    """A row of `profiles`."""
    return {
        "character": profile.character,
        "language": profile.language,
        "fields": [{"key": key, "value": value} for key, value in profile.fields.items()],
        "traits": list(profile.traits),
        "text": profile.text,
        "evidence": list(profile.evidence),
    }


def profile_of(row: Mapping[str, Any]) -> CharacterProfile:
    """The profile of a row of `profiles`."""
    return CharacterProfile(
        character=row["character"],
        language=row["language"],
        fields={field["key"]: field["value"] for field in row["fields"]},
        traits=tuple(row["traits"]),
        text=row["text"],
        evidence=tuple(row["evidence"]),
    )


def specific_row(item: Instruction) -> Row:
    """A row of `specific`: one question, one answer."""
    return {
        "id": item.id,
        "character": item.character,
        "instruction": item.instruction,
        "response": item.responses[0],
        "emotion": _label(item.emotion),
        "evidence": list(item.evidence),
        "provenance": item.provenance,
    }


def general_row(item: Instruction) -> Row:
    """A row of `general`: one instruction, a neutral answer if there is one, and the answers in character."""
    return {
        "id": item.id,
        "character": item.character,
        "instruction": item.instruction,
        "raw_response": item.raw_response,
        "responses": list(item.responses),
        "evidence": list(item.evidence),
        "provenance": item.provenance,
    }


def instruction_of(row: Mapping[str, Any]) -> Instruction:
    """The instruction of a row of `specific` or of `general`."""
    general = "responses" in row
    return Instruction(
        id=row["id"],
        character=row["character"],
        kind="general" if general else "specific",
        instruction=row["instruction"],
        responses=tuple(row["responses"]) if general else (row["response"],),
        raw_response=row["raw_response"] if general else None,
        emotion=None if general else _emotion(row["emotion"]),
        evidence=tuple(row["evidence"]),
        provenance=row["provenance"],
    )


def rejected_row(rejected: Rejected) -> Row:
    """A row of `rejected`; the payload is JSON text."""
    return {
        "unit": rejected.unit,
        "character": rejected.character,
        "stage": rejected.stage,
        "reason": rejected.reason,
        "source": str(rejected.place),
        "lines": rejected.lines,
        "payload": json.dumps(rejected.payload, ensure_ascii=False, default=str),
    }


def rejected_of(row: Mapping[str, Any]) -> Rejected:
    """The rejected row of a row of `rejected`."""
    payload = json.loads(row["payload"])
    place = Place.parse(row["source"])
    return Rejected(row["unit"], row["reason"], row["stage"], place, payload, row["lines"], row["character"])


def _emotion(number: int | None) -> Emotion | None:
    return None if number is None else _EMOTIONS[number]
