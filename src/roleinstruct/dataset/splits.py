"""Which split a row belongs to.

A split is a function of what a row says, not of its position: the same instruction text is in the same split for every
character and in every run, and stays there when a data set grows.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from roleinstruct.errors import ConfigError

__all__ = ["UNSEEN", "Splits", "held_out", "instruction_key", "plain"]

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
    return f"dialogue {plain(dialogue)}" if dialogue else f"instruction {plain(instruction)}"


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


def plain(text: str) -> str:
    """The text as it is compared: without case, width, spaces and punctuation.

    Examples:
        >>> plain("Ｈello， 世界！")
        'hello世界'
    """
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).casefold())
