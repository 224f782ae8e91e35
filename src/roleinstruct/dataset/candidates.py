"""What a mixture can be made of: each answer of an instruction, each turn of a dialogue, each neutral answer."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from roleinstruct import assets
from roleinstruct.dataset.splits import plain
from roleinstruct.emotions import Emotion
from roleinstruct.records import Dialogue, Instruction, Message

__all__ = ["Candidate", "bundled_neutral", "instruction_candidates", "neutral_candidates", "turn_candidates"]

Kind = Literal["specific", "general", "dialogue", "neutral"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """One answer that may be trained on.

    Attributes:
        id: Unique in a data set folder.
        character: Who answers; "" for nobody.
        kind: As in `Example`.
        source: As in `Example`.
        turns: What was said before, without a system prompt; the first and the last are the user's.
        answer: What was answered.
        emotion: Of the answer, where it is known.
        rank: Which of several answers to one instruction, 0 for the one that is taken first.
        key: A number of 64 bits made of what is said, by which rows are chosen: the same wherever the row stands.
    """

    id: str
    character: str
    kind: Kind
    source: str
    turns: tuple[Message, ...]
    answer: str
    emotion: Emotion | None
    rank: int
    key: int


def instruction_candidates(item: Instruction) -> list[Candidate]:
    """The answers in character to an instruction of `specific` or `general`; their ranks are by digest."""
    found = []
    for number, answer in enumerate(item.responses, 1):
        suffix = "" if len(item.responses) == 1 else str(number)
        found.append(
            (
                _key(item.character, item.kind, item.instruction, answer),
                f"{item.id}-{suffix}".removesuffix("-"),
                f"{item.kind}/{item.id}#{suffix}".removesuffix("#"),
                answer,
            )
        )
    asked = (Message("user", item.instruction),)
    return [
        Candidate(id_, item.character, item.kind, source, asked, answer, item.emotion, rank, key)
        for rank, (key, id_, source, answer) in enumerate(sorted(found))
    ]


def turn_candidates(dialogue: Dialogue, context: int) -> Iterator[Candidate]:
    """The character's turns that answer the partner.

    Args:
        dialogue: Of the character.
        context: At most so many turns are shown before, 1 or more. What is shown begins with the partner; turns that
            one of the two says in a row are one message.
    """
    for number, turn in enumerate(dialogue.utterances):
        if turn.speaker != dialogue.character or not number or not turn.text.strip():
            continue
        before = dialogue.utterances[max(0, number - context) : number]
        turns = _messages(dialogue.character, ((one.speaker, one.text) for one in before if one.text.strip()))
        if turns and turns[-1].role == "user":
            yield Candidate(
                f"{dialogue.id}-turn-{number + 1}",
                dialogue.character,
                "dialogue",
                f"dialogues/{dialogue.id}#{number + 1}",
                turns,
                turn.text,
                turn.emotion,
                0,
                _key(dialogue.character, "dialogue", turns[-1].content, turn.text),
            )


def neutral_candidates(items: Iterable[Instruction], table: str) -> list[Candidate]:
    """The neutral answers, of each instruction one: several characters share them.

    Args:
        items: Those without a neutral answer are passed over.
        table: What they are rows of, for `Candidate.source`.
    """
    found: dict[str, tuple[int, str, Instruction]] = {}
    for item in items:
        if item.raw_response:
            one = (_key("", "neutral", item.instruction, item.raw_response), item.id, item)
            known = found.setdefault(plain(item.instruction), one)
            if one[:2] < known[:2]:
                found[plain(item.instruction)] = one
    return [
        Candidate(
            f"{item.id}-neutral",
            "",
            "neutral",
            f"{table}/{item.id}#raw_response",
            (Message("user", item.instruction),),
            item.raw_response or "",
            None,
            0,
            key,
        )
        for key, _, item in found.values()
    ]


def bundled_neutral() -> Iterator[Instruction]:
    """The general questions with neutral answers that come with the package, Chinese and English."""
    for path in sorted(assets.find("builders/neutral", "builders").glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            yield Instruction(row["id"], "", "general", row["instruction"], (), raw_response=row["raw_response"])


def _messages(character: str, turns: Iterable[tuple[str, str]]) -> tuple[Message, ...]:
    found: list[Message] = []
    for speaker, text in turns:
        role = "assistant" if speaker == character else "user"
        if found and found[-1].role == role:
            found[-1] = Message(role, f"{found[-1].content}\n{text}")
        elif found or role == "user":
            found.append(Message(role, text))
    return tuple(found)


def _key(*said: str) -> int:
    digest = hashlib.blake2b(json.dumps(said).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big")
