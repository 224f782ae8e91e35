"""Which split a row belongs to, and the rows that are trained on and asked in the benchmark.

A split is a function of what a row says, not of its position: the same instruction text is in the same split for every
character and in every run, and stays there when a data set grows.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from roleinstruct.dataset.features import TASKS
from roleinstruct.dataset.rows import Row
from roleinstruct.errors import ConfigError
from roleinstruct.records import CharacterProfile, Instruction

__all__ = ["UNSEEN", "Splits", "benchmark_rows", "chat_rows", "held_out", "instruction_key", "persona"]

UNSEEN = "unseen"
"""The split of `specific` and `chat` that holds the characters that were held out whole."""


@dataclass(frozen=True, slots=True)
class Splits:
    """Shares of the splits.

    Attributes:
        validation: Share of the instructions, 0 to 1.
        test: Likewise; the rest is for training.
        unseen: Characters that are kept out of training altogether.
    """

    validation: float = 0.05
    test: float = 0.05
    unseen: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if min(self.validation, self.test) < 0 or self.validation + self.test >= 1:
            raise ConfigError(
                f"validation {self.validation} and test {self.test} are no shares of a whole; expected two numbers "
                "from 0 that leave something for training."
            )

    def of(self, key: str) -> str:
        """The split of a key: "train", "validation" or "test"."""
        digest = hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        x = int.from_bytes(digest, "big") / 2**64
        return "test" if x < self.test else "validation" if x < self.test + self.validation else "train"


def instruction_key(instruction: str, dialogue: str = "") -> str:
    """The key that decides an instruction's split.

    Args:
        instruction: Its text.
        dialogue: What was said in the dialogue that it was taken from, or "": all of one dialogue stays together.
    """
    return f"dialogue {_plain(dialogue)}" if dialogue else f"instruction {_plain(instruction)}"


def held_out(characters: Iterable[str], count: int) -> frozenset[str]:
    """Choose characters to hold out, the same ones on every machine.

    Raises:
        ConfigError: Nobody would be left to train on.
    """
    names = sorted(set(characters), key=lambda name: hashlib.blake2b(name.encode(), digest_size=8).digest())
    if count and count >= len(names):
        raise ConfigError(
            f"{count} characters to hold out, but the data set has {len(names)}; expected fewer, so that some are "
            "left to train on."
        )
    return frozenset(names[:count])


def persona(profile: CharacterProfile) -> str:
    """The system prompt that says who speaks: the profile's text as it is, or else its fields."""
    known = {key: value for key, value in profile.fields.items() if not key.startswith("observed_")}
    if profile.language == "en":
        text = profile.text or " ".join(f"{key}: {value}." for key, value in known.items())
        return f"You are {profile.character}. Answer as this person would, in their own voice.\n{text}".strip()
    text = profile.text or "；".join(f"{key}：{value}" for key, value in known.items())
    return f"你是{profile.character}。请以这个人的身份和口吻回答。\n{text}".strip()


def chat_rows(item: Instruction, system: str) -> Iterator[Row]:
    """TRL prompt-completion rows of an instruction, one for each answer.

    Args:
        item: The instruction with its answers.
        system: The system prompt, see `persona`.
    """
    for number, response in enumerate(item.responses, 1):
        yield {
            "id": item.id if len(item.responses) == 1 else f"{item.id}-{number}",
            "character": item.character,
            "kind": item.kind,
            "prompt": [{"role": "system", "content": system}, {"role": "user", "content": item.instruction}],
            "completion": [{"role": "assistant", "content": response}],
        }


def benchmark_rows(item: Instruction) -> Iterator[Row]:
    """The Rouge-L items of an instruction (RoleCraft-GLM, section 4.2).

    A specific one is SPE. A general one is CUS, with every answer in character as a reference, and also RAW where there
    is a neutral answer.
    """
    base = {"character": item.character, "instruction": item.instruction}
    if item.kind == "specific":
        yield {**base, "id": f"spe-{item.id}", "task": TASKS.index("spe"), "references": list(item.responses)}
        return
    if item.raw_response:
        yield {**base, "id": f"raw-{item.id}", "task": TASKS.index("raw"), "references": [item.raw_response]}
    yield {**base, "id": f"cus-{item.id}", "task": TASKS.index("cus"), "references": list(item.responses)}


def _plain(text: str) -> str:
    """The text as it is compared: without case, width, spaces and punctuation."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).casefold())
