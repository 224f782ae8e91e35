"""An example as the tokens that a model is trained on: the only tokenisation there is.

`train` learns from exactly these tokens and `inspect` shows exactly these. The chat template of the tokenizer writes
the conversation; the prompt with its opening of an answer has to be, token by token, how the whole begins, since that
is what the model is given when it is asked. What is trained is everything behind it up to the end of the turn:

    [system, user, opening of an answer] | [answer, end of turn]
             masked: -100                |        trained

For TRL: give it `columns(row)` of every row, and set `completion_only_loss=True`. TRL leaves rows alone that have
`input_ids`: it applies no template and adds no end token. From 1.16 on it trains on `labels` as they are. TRL 1.5 drops
`labels` when it packs and goes by `completion_mask`, which it heeds only if `completion_only_loss` is True, for its
default looks for columns named prompt and completion. TRL then cuts rows to `max_length` from the right and drops those
that are masked throughout: rows made here with the same `max_length` are never longer and never masked throughout, so
that it finds nothing to do. Leave `assistant_only_loss` off: it asks for marks that few templates have, and our rows
need none.
"""

import bisect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from roleinstruct.errors import ConfigError
from roleinstruct.records import Example, Message
from roleinstruct.training.rendering import prompt_text, render, tokens_of
from roleinstruct.training.shortening import shorter_prompts

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

__all__ = ["MASKED", "Encoded", "Unfit", "columns", "encode", "encode_all", "prompt_ids"]

MASKED = -100
"""The label of a token that is not trained, as PyTorch's cross-entropy has it."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """An example as tokens.

    Attributes:
        id: The example's.
        input_ids: The prompt and the answer, 2 tokens or more, and no more than were allowed.
        start: Where the answer begins, 1 or more: `input_ids[start:]` is trained, what comes before is not.
        cut: Tokens of the prompt that had to go, 0 for most.
    """

    id: str
    input_ids: tuple[int, ...]
    start: int
    cut: int = 0

    @property
    def labels(self) -> tuple[int, ...]:
        """What is to be said at each place, `MASKED` where nothing is trained; as long as `input_ids`."""
        return (MASKED,) * self.start + self.input_ids[self.start :]


@dataclass(frozen=True, slots=True)
class Unfit:
    """An example that cannot be trained on.

    Attributes:
        id: The example's.
        reason: "too_long": the answer, with as little before it as makes sense, is longer than allowed; "empty": there
            is no answer.
        tokens: Tokens of the shortest form of one that is too long, else 0.
    """

    id: str
    reason: Literal["too_long", "empty"]
    tokens: int = 0


def encode(
    example: Example, tokenizer: "PreTrainedTokenizerBase", *, max_length: int | None, end: str | None
) -> Encoded | Unfit:
    """Make tokens of an example.

    The answer is never cut, though white space around it is dropped. Where the whole is too long, older turns of the
    prompt go, then the tail of the persona, sentence by sentence.

    Args:
        example: A prompt that ends with a user's turn, and its completion.
        tokenizer: "PreTrainedTokenizerBase" of transformers' with a chat template.
        max_length: The most tokens that a row may have; None for any number.
        end: The stop token to put behind an answer where the template writes none; see `templates.read_format`.

    Returns:
        The row, or why there is none.

    Raises:
        ConfigError: The template does not do; see `rendering.render`.
    """
    if not example.completion.content.strip():
        return Unfit(example.id, "empty")
    ids, start = _tokens(example, example.prompt, tokenizer, end)
    if max_length is None or len(ids) <= max_length:
        return Encoded(example.id, ids, start)
    shorter = shorter_prompts(example.prompt)
    first = bisect.bisect_left(
        shorter, True, key=lambda prompt: len(_tokens(example, prompt, tokenizer, end)[0]) <= max_length
    )
    if first == len(shorter):
        least = _tokens(example, shorter[-1], tokenizer, end)[0] if shorter else ids
        return Unfit(example.id, "too_long", len(least))
    kept, kept_start = _tokens(example, shorter[first], tokenizer, end)
    return Encoded(example.id, kept, kept_start, start - kept_start)


def encode_all(
    examples: Iterable[Example],
    tokenizer: "PreTrainedTokenizerBase",
    *,
    max_length: int | None,
    end: str | None,
) -> tuple[tuple[Encoded, ...], tuple[Unfit, ...]]:
    """The rows of examples in their order, and those that make none; see `encode`."""
    made = [encode(example, tokenizer, max_length=max_length, end=end) for example in examples]
    return tuple(row for row in made if isinstance(row, Encoded)), tuple(row for row in made if isinstance(row, Unfit))


def columns(row: Encoded) -> dict[str, list[int]]:
    """A row for TRL's trainers: `input_ids`, `labels` and `completion_mask`, lists of one length; see above."""
    return {
        "input_ids": list(row.input_ids),
        "labels": list(row.labels),
        "completion_mask": [0] * row.start + [1] * (len(row.input_ids) - row.start),
    }


def prompt_ids(prompt: Sequence[Message], tokenizer: "PreTrainedTokenizerBase") -> tuple[int, ...]:
    """The tokens that a model is given when it is asked as it was trained: `input_ids[:start]` of a row that is uncut.

    Raises:
        ConfigError: The template refuses the conversation.
    """
    return tokens_of(prompt_text(prompt, tokenizer), tokenizer)


def _tokens(
    example: Example,
    prompt: Sequence[Message],
    tokenizer: "PreTrainedTokenizerBase",
    end: str | None,
) -> tuple[tuple[int, ...], int]:
    """The tokens of an example with a prompt, and how many of them are the prompt's."""
    said = render(prompt, example.completion.content.strip(), tokenizer, end=end)
    whole, asked = tokens_of(said.prompt + said.answer, tokenizer), tokens_of(said.prompt, tokenizer)
    if whole[: len(asked)] != asked:
        raise ConfigError(
            f"example {example.id}: the tokens of the prompt are not how those of the whole begin, since the answer's "
            f"first letters join {said.prompt[-10:]!r}: the model would be asked otherwise than it was trained; end "
            "the opening of an answer with a special token or a line break in model.chat_template."
        )
    return whole, len(asked)
