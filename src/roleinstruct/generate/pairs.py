"""Whether a question and an answer that a model made up are fit to be learned from."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from roleinstruct.emotions import Emotion
from roleinstruct.errors import LabelError
from roleinstruct.generate.chunks import Chunk
from roleinstruct.generate.echoes import copies, plain, speaks_as_machine
from roleinstruct.generate.inquiry import is_meta
from roleinstruct.generate.teaching import Shape
from roleinstruct.generate.wording import size
from roleinstruct.language import language_of
from roleinstruct.records import Instruction, Rejected

__all__ = ["Pair", "Shown", "outcome_of"]


class Pair(Shape):
    """A question and its answer, as the model gives them: `evidence` are numbers of the dialogues it was shown.

    An emotion that is none of the ten costs the pair and not the whole reply.
    """

    question: str
    answer: str
    emotion: Annotated[str, Field(json_schema_extra={"enum": [str(emotion) for emotion in Emotion]})]
    evidence: list[int]


@dataclass(frozen=True, slots=True)
class Shown:
    """What a pair is held against.

    Attributes:
        character: Who is asked.
        chunk: The dialogues that the model was shown.
        script: Their turns, as `plain` gives them.
    """

    character: str
    chunk: Chunk
    script: str

    @classmethod
    def of(cls, character: str, chunk: Chunk) -> "Shown":
        """Take in a chunk."""
        turns = (turn.text for dialogue in chunk.dialogues for turn in dialogue.utterances)
        return cls(character, chunk, plain(" ".join(turns)))


def outcome_of(pair: Pair, shown: Shown, model: str) -> Instruction | Rejected:
    """Make an instruction of a pair, or say why not.

    Args:
        pair: As the model gave it.
        shown: What it was shown.
        model: The model's name.

    Returns:
        An instruction, its evidence places and "dialogue: " with an id, or "profile" where it rests on no dialogue. Or
        a question rejected at the stage "ask" as "unknown_emotion", "unknown_evidence", "short_question",
        "short_answer", "too_long", "meta_talk", "not_addressed", "not_self_contained" or "copied_answer".
    """
    question, answer = pair.question.strip(), pair.answer.strip()
    emotion = _emotion(pair.emotion)
    reason = _fault(question, answer, pair.evidence, shown) if emotion is not None else "unknown_emotion"
    if reason is not None:
        place = shown.chunk.dialogues[0].source
        payload = {**pair.model_dump(), "dialogues": list(shown.chunk.ids), "model": model}
        return Rejected("question", reason, "ask", place, payload, character=shown.character)
    return Instruction(
        id="",
        character=shown.character,
        kind="specific",
        instruction=question,
        responses=(answer,),
        emotion=emotion,
        evidence=_evidence(pair.evidence, shown.chunk),
        provenance=model,
    )


_QUESTION = (4, 90)
_ANSWER = (2, 400)
_YOU = re.compile(
    r"[你您妳]|(?<![a-z])(?:you|your|yours|yourself|u|ur|ya|y['’]all)(?![a-z])",
    re.IGNORECASE,
)
_NEEDS_SCRIPT = re.compile(
    r"(?:这|那|上述|以上|本)段?(?:对话|片段|剧本|台词|材料)|对话(?:中|里)|剧本|台本|片段(?:中|里)|材料(?:中|里)|上文|第\s*\d+\s*段|\[\d+\]"
    r"|刚才|刚刚"
    r"|\b(?:the|this|that) (?:script|transcript|excerpt|passage|conversation above)\b|\bdialogue \d|\bin (?:the|this) "
    r"(?:dialogue|conversation|scene)\b|\bjust now\b|\ba moment ago\b",
    re.IGNORECASE,
)


def _fault(question: str, answer: str, evidence: Sequence[int], shown: Shown) -> str | None:
    """Why the pair is no good, or None."""
    faults = (
        ("unknown_evidence", any(not 1 <= number <= len(shown.chunk.ids) for number in evidence)),
        ("short_question", size(question) < _QUESTION[0]),
        ("short_answer", size(answer) < _ANSWER[0]),
        ("too_long", size(question) > _QUESTION[1] or size(answer) > _ANSWER[1]),
        ("meta_talk", is_meta(question) or is_meta(answer) or speaks_as_machine(answer, question)),
        ("not_addressed", not (_YOU.search(question) or _names(question, shown.character))),
        ("not_self_contained", _NEEDS_SCRIPT.search(question) is not None),
        ("copied_answer", copies(answer, shown.script)),
    )
    return next((reason for reason, found in faults if found), None)


def _names(question: str, character: str) -> bool:
    """Whether a question names the character: by the whole name, a word of it, or a Chinese given name."""
    if language_of(character) == "zh":
        return character in question or (len(character) > 2 and character[-2:] in question)
    words = set(re.findall(r"\w+", question.casefold()))
    return any(part in words for part in re.findall(r"\w{2,}", character.casefold()))


def _emotion(word: str) -> Emotion | None:
    try:
        return Emotion.parse(word)
    except LabelError:
        return None


def _evidence(numbers: Sequence[int], chunk: Chunk) -> tuple[str, ...]:
    dialogues = [chunk.dialogues[number - 1] for number in sorted(set(numbers))]
    places = [str(dialogue.source) for dialogue in dialogues]
    ids = [f"dialogue: {dialogue.id}" for dialogue in dialogues]
    return tuple(dict.fromkeys((*places, *ids))) or ("profile",)
