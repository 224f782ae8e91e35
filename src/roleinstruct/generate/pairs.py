"""Whether a question and an answer that a model made up are fit to be learned from."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from roleinstruct.emotions import Emotion
from roleinstruct.errors import LabelError
from roleinstruct.generate.dangling import dangles
from roleinstruct.generate.echoes import copies, plain
from roleinstruct.generate.inquiry import is_meta
from roleinstruct.generate.variety import KINDS
from roleinstruct.generate.wording import size
from roleinstruct.language import language_of
from roleinstruct.llm.shapes import Shape
from roleinstruct.machine import speaks_as_machine
from roleinstruct.records import Dialogue, Instruction, Rejected

__all__ = ["CONFIDENCE", "Pair", "Shown", "kind_of", "outcome_of"]

CONFIDENCE = ("low", "medium", "high")
"""How well an answer is founded, in a model's own judgement: imagined, concluded, or said in so many words.

Words and no numbers: models that are asked for a number say 0.9 whatever the case.
"""


class Pair(Shape):
    """A question and its answer, as the model gives them: `evidence` are numbers of the dialogues it was shown.

    What a pair rests on is asked for before the pair, so that a model looks before it writes. A word that is none of
    those that were offered costs the pair and not the whole reply.
    """

    kind: Annotated[str, Field(json_schema_extra={"enum": list(KINDS)})]
    evidence: list[int]
    reason: str
    question: str
    answer: str
    emotion: Annotated[str, Field(json_schema_extra={"enum": [str(emotion) for emotion in Emotion]})]
    confidence: Annotated[str, Field(json_schema_extra={"enum": list(CONFIDENCE)})]


@dataclass(frozen=True, slots=True)
class Shown:
    """What a pair is held against.

    Attributes:
        character: Who is asked.
        dialogues: Those that the model was shown, the first one as [1].
        script: Their turns, as `plain` gives them.
        least: The confidence below which a pair is left out, one of `CONFIDENCE`.
    """

    character: str
    dialogues: tuple[Dialogue, ...]
    script: str
    least: str = CONFIDENCE[1]

    @classmethod
    def of(cls, character: str, dialogues: tuple[Dialogue, ...], least: str = CONFIDENCE[1]) -> "Shown":
        """Take in what a model was shown."""
        turns = (turn.text for dialogue in dialogues for turn in dialogue.utterances)
        return cls(character, dialogues, plain(" ".join(turns)), least)

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of the dialogues, in the order of their numbers."""
        return tuple(dialogue.id for dialogue in self.dialogues)


def outcome_of(pair: Pair, shown: Shown, model: str) -> Instruction | Rejected:
    """Make an instruction of a pair, or say why not.

    Args:
        pair: As the model gave it.
        shown: What it was shown.
        model: The model's name.

    Returns:
        An instruction. Its evidence is places and "dialogue: " with an id, or "profile" where it rests on no dialogue;
        then "kind: ", "confidence: " and "reason: " with what the model says. Or a question rejected at the stage "ask"
        as "unknown_emotion", "unknown_kind", "unknown_confidence", "low_confidence", "unknown_evidence",
        "short_question", "short_answer", "too_long", "meta_talk", "not_addressed", "not_self_contained" or
        "copied_answer".
    """
    question, answer = pair.question.strip(), pair.answer.strip()
    emotion = _emotion(pair.emotion)
    reason = _unfit(pair, shown.least) or _fault(question, answer, pair.evidence, shown)
    if emotion is None or reason is not None:
        reason = reason if emotion is not None else "unknown_emotion"
        place = shown.dialogues[0].source
        payload = {**pair.model_dump(), "dialogues": list(shown.ids), "model": model}
        return Rejected("question", str(reason), "ask", place, payload, character=shown.character)
    return Instruction(
        id="",
        character=shown.character,
        kind="specific",
        instruction=question,
        responses=(answer,),
        emotion=emotion,
        evidence=(*_evidence(pair.evidence, shown.dialogues), *_account(pair)),
        provenance=model,
    )


def kind_of(item: Instruction) -> str:
    """Which of the kinds of questions an instruction is, as `outcome_of` notes it; "" where nothing does."""
    found = (line.removeprefix(_KIND) for line in item.evidence if line.startswith(_KIND))
    return next(found, "")


_KIND = "kind: "
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


def _unfit(pair: Pair, least: str) -> str | None:
    """What is wrong with the words that a pair says about itself, or None."""
    confidence = _word(pair.confidence)
    if _word(pair.kind) not in KINDS:
        return "unknown_kind"
    if confidence not in CONFIDENCE:
        return "unknown_confidence"
    return "low_confidence" if CONFIDENCE.index(confidence) < CONFIDENCE.index(least) else None


def _word(text: str) -> str:
    return text.strip().casefold()


def _fault(question: str, answer: str, evidence: Sequence[int], shown: Shown) -> str | None:
    """Why the pair is no good, or None."""
    faults = (
        ("unknown_evidence", any(not 1 <= number <= len(shown.dialogues) for number in evidence)),
        ("short_question", size(question) < _QUESTION[0]),
        ("short_answer", size(answer) < _ANSWER[0]),
        ("too_long", size(question) > _QUESTION[1] or size(answer) > _ANSWER[1]),
        ("meta_talk", is_meta(question) or is_meta(answer) or bool(speaks_as_machine(answer, question))),
        ("not_addressed", not (_YOU.search(question) or _names(question, shown.character))),
        ("not_self_contained", _NEEDS_SCRIPT.search(question) is not None or dangles(question, shown.character)),
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


def _evidence(numbers: Sequence[int], shown: Sequence[Dialogue]) -> tuple[str, ...]:
    dialogues = [shown[number - 1] for number in sorted(set(numbers))]
    places = [str(dialogue.source) for dialogue in dialogues]
    ids = [f"dialogue: {dialogue.id}" for dialogue in dialogues]
    return tuple(dict.fromkeys((*places, *ids))) or ("profile",)


def _account(pair: Pair) -> tuple[str, ...]:
    """What the model says of the pair. A reason always ends with a stop: "at 3:12" would else read as a place."""
    reason = " ".join(pair.reason.split())[:_REASON].rstrip("。.")
    stop = "。" if language_of(reason) == "zh" else "."
    said = (f"reason: {reason}{stop}",) if reason else ()
    return (f"{_KIND}{_word(pair.kind)}", f"confidence: {_word(pair.confidence)}", *said)


_REASON = 200
