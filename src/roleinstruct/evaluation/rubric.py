"""What a judge is asked, and what is taken from its reply (RoleCraft-GLM, section 4.2: the GPT score).

It reads who the character is, a question, and every system's answer under a letter; it scores each from 1 to 5 on
speaking style and on knowledge and memory, says why, and ranks them.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from string import ascii_uppercase
from typing import Literal

from roleinstruct.errors import ConfigError
from roleinstruct.llm.asking import Question
from roleinstruct.llm.clipping import clipped
from roleinstruct.llm.shapes import Shape, limited, messages
from roleinstruct.prompting import prompt_digest, read_prompt

__all__ = [
    "DIMENSIONS",
    "MOST",
    "STAGE",
    "Grade",
    "Judgement",
    "Matter",
    "complaint",
    "digest_of_rubric",
    "ranks_of",
    "rubric_question",
]

DIMENSIONS = ("style", "memory")
"""What is scored: adherence to the character's speaking style, and knowledge and memory of the character."""

MOST = 12
"""Systems that one judgement can compare: a longer list is beyond what a model compares with care."""

STAGE = "judge"

_PACKAGE = "roleinstruct.evaluation"


class Grade(Shape):
    """What a judge says of one answer."""

    answer: str
    style_reason: str
    style: Literal[1, 2, 3, 4, 5]
    memory_reason: str
    memory: Literal[1, 2, 3, 4, 5]


class Judgement(Shape):
    """A judge's reply."""

    scores: list[Grade]
    ranking: list[list[str]]


@dataclass(frozen=True, slots=True)
class Matter:
    """What is to be judged.

    Attributes:
        character: Name.
        language: "zh" or "en": that of the prompt.
        persona: Who the character is, in words.
        instruction: What the systems were asked.
        profile_tokens: Tokens of the persona that are shown.
        answer_tokens: Tokens of each answer that are shown.
    """

    character: str
    language: str
    persona: str
    instruction: str
    profile_tokens: int = 2000
    answer_tokens: int = 600


def rubric_question(
    matter: Matter, answers: Sequence[str], parameters: Mapping[str, object], sample: int = 0
) -> Question[Judgement]:
    """What to ask of a judge; nothing in it says whose an answer is.

    Args:
        matter: What is judged.
        answers: In the order in which they are shown; the first one is A.
        parameters: Of the server.
        sample: Which of several judgements of the same.

    Raises:
        ConfigError: There are fewer than two answers, or more than `MOST`.
    """
    if not 2 <= len(answers) <= MOST:
        raise ConfigError(f"{len(answers)} answers to be judged together; expected 2 to {MOST}.")
    letters = ascii_uppercase[: len(answers)]
    shown = (
        f"== {letter} ==\n{_lines(clipped(text.strip(), matter.answer_tokens))}"
        for letter, text in zip(letters, answers, strict=True)
    )
    told = messages(
        read_prompt(_PACKAGE, "judge", matter.language),
        character=matter.character,
        profile=clipped(matter.persona, matter.profile_tokens),
        question=_lines(matter.instruction.strip()),
        answers="\n\n".join(shown),
        letters=("、" if matter.language == "zh" else ", ").join(letters),
    )
    room = limited(parameters, _ROOM + _ROOM_EACH * len(answers))
    return Question(told, Judgement, STAGE, lambda found: complaint(found, letters), room, sample)


def complaint(found: Judgement, letters: str) -> str:
    """What is wrong with a reply that fits its shape, in words for the model; "" if nothing is."""
    graded, ranked = [one.answer for one in found.scores], list(chain.from_iterable(found.ranking))
    for what, said in (("scores", graded), ("ranking", ranked)):
        count = Counter(said)
        if strange := [letter for letter in count if letter not in letters or len(letter) != 1]:
            return f'"{what}" names {strange[0][:20]!r}; there are only {", ".join(letters)}.'
        if missing := [letter for letter in letters if letter not in count]:
            return f'"{what}" lacks {", ".join(missing)}.'
        if twice := [letter for letter in letters if count[letter] > 1]:
            return f'"{what}" names {", ".join(twice)} more than once.'
    return ""


def ranks_of(found: Judgement) -> dict[str, float]:
    """The rank of each letter, 1 for the best; those of one group share the mean of their places."""
    ranks: dict[str, float] = {}
    for group in found.ranking:
        place = len(ranks) + (len(group) + 1) / 2
        ranks.update(dict.fromkeys(group, place))
    return ranks


def digest_of_rubric() -> str:
    """SHA-256 over the files of the judge's prompt: two results of different prompts must not be compared."""
    return prompt_digest(_PACKAGE, "judge")


def _lines(text: str) -> str:
    """The text with a mark before each line, so that none of them can pass for a heading of ours."""
    return "\n".join(f"| {line}".rstrip() for line in text.splitlines()) or "|"


_ROOM, _ROOM_EACH = 512, 256
"""Tokens of a reply, and for each answer."""
