"""Ever shorter forms of a prompt that is too long: older turns go first, then the tail of the persona.

The last turn of the user stays whole, and so does the answer, which is what is learned.
"""

import re
from collections.abc import Sequence

from roleinstruct.records import Message

__all__ = ["shorter_prompts"]


def shorter_prompts(prompt: Sequence[Message]) -> list[tuple[Message, ...]]:
    """The shorter forms of a prompt, longest first.

    Args:
        prompt: A conversation that ends with a user's turn.

    Returns:
        First with fewer and fewer of the older turns, each form opened by a user's turn; then, of the last turn alone,
        with fewer and fewer of the persona's sentences, down to the first one, which says who speaks.
    """
    persona, turns = (prompt[:1], prompt[1:]) if prompt[0].role == "system" else ((), prompt)
    starts = [i for i, turn in enumerate(turns) if i and turn.role == "user"]
    shorter = [(*persona, *turns[start:]) for start in starts]
    for message in persona:
        ends = [match.end() for match in _SENTENCE_END.finditer(message.content.rstrip())]
        shorter += [(Message("system", message.content[:end].rstrip()), turns[-1]) for end in reversed(ends)]
    return shorter


_SENTENCE_END = re.compile(r"[。！？；](?=.)|[.!?;](?=\s+\S)|\n+(?=.)", re.DOTALL)
"""Where a text can be cut; its own end is none."""
