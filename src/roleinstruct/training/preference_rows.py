"""Preferences as the tokens that a model learns them from: one prompt, and the better and the worse answer to it.

The tokenisation is that of `encoding`, so that what is preferred is written just as it was trained. TRL's own is left
out: it takes the prompt for what the texts of both begin with, and ends an answer with the tokenizer's end of sequence,
at which a GLM-4 does not end its turns.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from roleinstruct.records import Example, Message
from roleinstruct.training.encoding import Encoded, Unfit, encode

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

__all__ = ["Preference", "PreferenceRow", "preference_rows", "preferences_digest"]


@dataclass(frozen=True, slots=True)
class Preference:
    """Two answers to one question.

    Attributes:
        id: Of the question.
        character: Who answers.
        prompt: As the model is asked; it ends with a user's turn.
        chosen: The better answer.
        rejected: The other.
    """

    id: str
    character: str
    prompt: tuple[Message, ...]
    chosen: str
    rejected: str


@dataclass(frozen=True, slots=True)
class PreferenceRow:
    """A preference as tokens.

    Attributes:
        prompt_ids: The prompt with the opening of an answer.
        chosen_ids: The better answer with its end of turn.
        rejected_ids: The other, likewise.
    """

    prompt_ids: tuple[int, ...]
    chosen_ids: tuple[int, ...]
    rejected_ids: tuple[int, ...]

    @property
    def length(self) -> int:
        """Tokens of the longer of the two."""
        return len(self.prompt_ids) + max(len(self.chosen_ids), len(self.rejected_ids))

    def columns(self) -> dict[str, list[int]]:
        """As TRL's `DataCollatorForPreference` takes it."""
        return {
            "prompt_ids": list(self.prompt_ids),
            "chosen_ids": list(self.chosen_ids),
            "rejected_ids": list(self.rejected_ids),
        }


def preference_rows(
    preferences: Iterable[Preference],
    tokenizer: "PreTrainedTokenizerBase",
    *,
    max_length: int | None,
    end: str | None,
) -> tuple[tuple[PreferenceRow, ...], dict[str, int]]:
    """Make tokens of preferences; both answers get the same prompt, shortened to what the longer one needs.

    Args:
        preferences: In any order.
        tokenizer: See `encode`, as are `max_length` and `end`.
        max_length: The most tokens of a prompt with one of its answers.
        end: The stop token where the template writes none.

    Returns:
        The rows, and how many preferences make none, by the reason of `Unfit`.

    Raises:
        ConfigError: The template does not do.
    """
    rows: list[PreferenceRow] = []
    unfit: Counter[str] = Counter()
    for one in preferences:
        chosen, rejected = (
            encode(_example(one, said), tokenizer, max_length=max_length, end=end)
            for said in (one.chosen, one.rejected)
        )
        if isinstance(chosen, Unfit):
            unfit[chosen.reason] += 1
        elif isinstance(rejected, Unfit):
            unfit[rejected.reason] += 1
        else:
            shorter = min(chosen, rejected, key=lambda row: row.start)
            rows.append(PreferenceRow(shorter.input_ids[: shorter.start], _answer(chosen), _answer(rejected)))
    return tuple(rows), dict(unfit)


def preferences_digest(preferences: Iterable[Preference]) -> str:
    """What preferences are known by, in their order, 16 hexadecimal digits."""
    digest = hashlib.sha256()
    for one in preferences:
        said = [[message.role, message.content] for message in one.prompt]
        words = json.dumps([one.id, said, one.chosen, one.rejected], ensure_ascii=False)
        digest.update(words.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()[:16]


def _example(one: Preference, said: str) -> Example:
    return Example(one.id, one.character, "specific", one.prompt, Message("assistant", said))


def _answer(row: Encoded) -> tuple[int, ...]:
    return row.input_ids[row.start :]
