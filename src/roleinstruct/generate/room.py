"""How much fits into a model's context: what a prompt takes before anything is shown.

All is estimated from the text alone, as in `clipping`, and with a margin: what is asked may not depend on whether a
tokenizer is at hand.
"""

import json
from collections.abc import Iterable

from pydantic import BaseModel

from roleinstruct.errors import ConfigError
from roleinstruct.llm.clipping import tokens_of
from roleinstruct.llm.replies import strict_schema
from roleinstruct.prompting import Prompt

__all__ = ["MARGIN", "WINDOW", "room_beside"]

WINDOW = 16_384
"""Tokens of a context, request and reply together, that models of today have."""

MARGIN = 1.2
"""By how much more an estimate of tokens is counted."""


def room_beside(prompts: Iterable[Prompt], answer: type[BaseModel], window: int) -> int:
    """Tokens that are left for what is shown, with its margin, and for two replies.

    Two, because a reply that does not fit is sent back with what is wrong with it.

    Args:
        prompts: Of which the longest counts.
        answer: The shape of the answer, which some servers put into the context too.
        window: Tokens of the context.

    Raises:
        ConfigError: Nothing is left.
    """
    longest = max(tokens_of(f"{prompt.system}\n{prompt.template}") for prompt in prompts)
    schema = tokens_of(json.dumps(strict_schema(answer), ensure_ascii=False))
    left = window - int(MARGIN * (longest + schema + _AROUND))
    if left < _FEWEST:
        raise ConfigError(f"{window} tokens of context are too few for a model that writes; expected 4,096 or more.")
    return left


_AROUND = 200
"""The markers of a chat, a name, and the sentence that says what is wrong with a reply."""

_FEWEST = 1500
