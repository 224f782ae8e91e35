"""Texts that fit a number of tokens.

Tokens are estimated from the text alone and never counted by a model's own tokenizer: that may or may not be there, and
where a text ends decides what is asked, and so what is found in the journal and need not be paid for again.
"""

from roleinstruct.llm.tokens import count_tokens

__all__ = ["clipped", "tokens_of"]


def clipped(text: str, room: int) -> str:
    """The text, or as much of its beginning as fits, with "…" behind it."""
    if tokens_of(text) <= room:
        return text
    kept = text
    while kept and (tokens := tokens_of(kept + "…")) > room:
        kept = kept[: min(len(kept) - 1, len(kept) * room // tokens)]
    return kept + "…"


def tokens_of(text: str) -> int:
    """About how many tokens a text is, the same on every machine."""
    return count_tokens(text, "").tokens
