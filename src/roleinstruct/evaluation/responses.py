"""What a system is asked for the benchmark, and what it answers.

Everything is asked in character. RAW and CUS are the same question: one answer is held against the neutral reference
and against those in character (RoleCraft-GLM, section 4.1, after RoleBench), so that it is asked for once. How much a
training has cost of what a model knew is another question, and asked without a persona, see `neutral_queries`.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from roleinstruct.dataset.folder import DataFolder
from roleinstruct.dataset.persona import persona, read_personas
from roleinstruct.dataset.rows import profile_of
from roleinstruct.errors import ConfigError, FolderError
from roleinstruct.evaluation.answers import Answers
from roleinstruct.evaluation.items import Item, Questions
from roleinstruct.records import Message

__all__ = [
    "NEUTRAL",
    "Query",
    "Response",
    "neutral_queries",
    "personas_of",
    "queries_of",
    "questions_of",
    "spoken",
]

NEUTRAL = {"persona": "none"}
"""What the settings of answers say beside the others where nobody was to be played."""


@dataclass(frozen=True, slots=True)
class Query:
    """One question to a system.

    Attributes:
        items: The ids of the items that its answer is for, 1 or more.
        character: Who is to answer; "" for nobody.
        messages: The prompt: the persona as in the rows of `chat` if somebody is to be played, and the instruction.
        likely: An answer that is as long as one may be expected to be.
    """

    items: tuple[str, ...]
    character: str
    messages: tuple[Message, ...]
    likely: str

    def seed(self, seed: int) -> int:
        """The seed of its answer, 64 bits, in a run of a given seed."""
        content = json.dumps([seed, self.character, self.messages[-1].content])
        return int.from_bytes(hashlib.blake2b(content.encode(), digest_size=8).digest(), "big")


@dataclass(frozen=True, slots=True)
class Response:
    """What a system said.

    Attributes:
        text: The answer; "" where there is none.
        is_cut: It did not come to an end within the tokens it had.
        refusal: Why the model or its server would not answer, or "".
    """

    text: str
    is_cut: bool = False
    refusal: str = ""


def personas_of(folder: DataFolder, trained: Path | None = None) -> dict[str, str]:
    """The system prompt of each character, as the rows of `chat` have it.

    Args:
        folder: The data set folder.
        trained: The file `PERSONAS` of a training, whose prompts go before those of the profiles.

    Raises:
        ConfigError: The file holds no such prompts.
    """
    known = read_personas(trained) if trained else {}
    profiles = (profile_of(row) for row in folder.rows("profiles"))
    return {one.character: known.get(one.character) or persona(one) for one in profiles}


def queries_of(items: Sequence[Item], personas: Mapping[str, str]) -> list[Query]:
    """What to ask for the items, the same question to the same character once.

    Args:
        items: In any order.
        personas: System prompts by character, see `personas_of`.

    Returns:
        In the order of the first item of each.

    Raises:
        FolderError: A character has no profile.
    """
    if missing := sorted({item.character for item in items} - set(personas)):
        raise FolderError(f"{missing[0]} has no profile, so that nobody knows who is to answer: add one to profiles.")
    groups: dict[tuple[str, str], list[Item]] = {}
    for item in items:
        groups.setdefault((item.character, item.instruction), []).append(item)
    return [
        Query(
            tuple(item.id for item in some),
            name,
            (Message("system", personas[name]), Message("user", asked)),
            max((text for item in some for text in item.references), key=len),
        )
        for (name, asked), some in groups.items()
    ]


def neutral_queries(items: Sequence[Item]) -> list[Query]:
    """The same questions to nobody: without a persona, each instruction once for all characters.

    Args:
        items: Of the task RAW.
    """
    groups: dict[str, list[Item]] = {}
    for item in items:
        groups.setdefault(item.instruction, []).append(item)
    return [
        Query(tuple(item.id for item in some), "", (Message("user", asked),), some[0].references[0])
        for asked, some in groups.items()
    ]


def questions_of(systems: Sequence[Answers]) -> Questions:
    """Which part of a data set the answers are to, as the files say it.

    Raises:
        ConfigError: They are to different parts.
    """
    found: dict[Questions, Path] = {}
    for one in systems:
        settings: object = one.settings  # somebody else's file may say anything
        said = settings.get("questions") if isinstance(settings, Mapping) else None
        found["train" if said == "train" else "validation" if said == "validation" else "benchmark"] = one.path
    if len(found) > 1:
        told = " and ".join(f"{path} answers the {part} questions" for part, path in found.items())
        raise ConfigError(f"{told}: give files that answer the same ones.")
    return next(iter(found), "benchmark")


def spoken(text: str) -> str:
    r"""An answer without the thoughts that some models write before it, and without blanks around it.

    Examples:
        >>> spoken("<think>他问的是店。</think>\n\n早关门了。")
        '早关门了。'
        >>> spoken("<think>他问的是")
        ''
    """
    return _THOUGHTS.sub("", text).strip()


_THOUGHTS = re.compile(r"\A\s*<think>.*?(?:</think>|\Z)", re.DOTALL)
