"""What a model's replies will be like: of the shape that is asked for, with texts of a usual length.

The words are taken from the request itself, so that they have as many tokens as this script's words have.
"""

import json
from collections.abc import Iterator
from itertools import cycle, islice

from pydantic import BaseModel

from roleinstruct.emotions import Emotion
from roleinstruct.generate.answering import Spoken
from roleinstruct.generate.labels import Labels, Reasoned, ReasonedLabels
from roleinstruct.generate.pairs import CONFIDENCE, Pair
from roleinstruct.generate.rounds import Pairs
from roleinstruct.generate.statements import TRAITS, Finding, Findings
from roleinstruct.generate.variety import KINDS
from roleinstruct.language import language_of
from roleinstruct.llm.request import Request
from roleinstruct.profile_fields import FIELDS

__all__ = ["answer_reply", "findings_reply", "labels_reply", "pairs_reply"]


def labels_reply(lines: int, reasons: Request | None) -> str:
    """A reply that labels so many lines; with reasons, where the request that asks for them is given."""
    named = list(zip(range(1, lines + 1), cycle(_LABELS), strict=False))
    if reasons is None:
        return _written(Labels(labels=[f"{number} {emotion}" for number, emotion in named]))
    words = _Words(reasons)
    found = [Reasoned(id=number, reason=words.take("label_reason"), emotion=emotion) for number, emotion in named]
    return _written(ReasonedLabels(labels=found))


def findings_reply(request: Request) -> str:
    """A reply that states something of a character."""
    words = _Words(request)
    keys = islice((field.key for field in FIELDS if field.key != TRAITS), _FIELDS)
    found = [Finding(field=key, value=words.take("value"), evidence=[1, 12, 23]) for key in keys]
    found += [Finding(field=TRAITS, value=words.take("trait"), evidence=[1, 12, 23]) for _ in range(_TRAITS)]
    return _written(Findings(statements=found))


def pairs_reply(request: Request, pairs: int) -> str:
    """A reply of so many questions with answers."""
    words = _Words(request)
    made = [
        Pair(
            kind=kind,
            evidence=[12],
            reason=words.take("reason"),
            question=words.take("question"),
            answer=words.take("answer"),
            emotion=emotion,
            confidence=CONFIDENCE[1],
        )
        for kind, emotion in islice(zip(cycle(KINDS), cycle(_LABELS), strict=False), pairs)
    ]
    return _written(Pairs(pairs=made))


def answer_reply(request: Request) -> str:
    """An answer to a general instruction."""
    return _written(Spoken(answer=_Words(request).take("general")))


# Every other line is neutral. In the validation part of CPED 28 % are, elsewhere more; a label has a token or two.
_LABELS = [str(label) for emotion in Emotion if emotion is not Emotion.NEUTRAL for label in (Emotion.NEUTRAL, emotion)]

# Characters, on average. Chinese: the authors' release, of 5,648 questions (26) and answers (41), 85,675 answers to
# general instructions (72), 12 profiles of 19 fields (17 each) and 4 traits. English: the bundled sample, whose English
# questions and answers are 3.1 to 3.4 times as long as its Chinese ones, and values 2.7 times. Of the fields a script
# shows about half. How long a reason is nobody has measured: as in the prompts.
_USUAL = {
    "zh": {
        "question": 26, "answer": 41, "reason": 22, "general": 72, "value": 17, "trait": 2, "label_reason": 7,
    },
    "en": {
        "question": 82, "answer": 138, "reason": 70, "general": 240, "value": 46, "trait": 9, "label_reason": 22,
    },
}  # fmt: skip
_FIELDS, _TRAITS = 9, 4


class _Words:
    """Takes texts out of the last message of a request, one after another."""

    def __init__(self, request: Request) -> None:
        text = " ".join(request.messages[-1].content.split()) or " "
        self._usual = _USUAL[language_of(text) or "en"]
        self._letters: Iterator[str] = cycle(text)

    def take(self, what: str) -> str:
        """A text of the usual length of such a one."""
        return "".join(islice(self._letters, self._usual[what]))


def _written(reply: BaseModel) -> str:
    return json.dumps(reply.model_dump(), ensure_ascii=False)
