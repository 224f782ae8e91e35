"""A row taken apart for the eye: each token as text, special ones by name, trained or not."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from roleinstruct.training.encoding import Encoded

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

__all__ = ["Piece", "pieces_of"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A token, or the few that make one character together.

    Attributes:
        ids: One, or several that are no text one by one.
        text: What it says; the name of a special token.
        is_trained: Whether it is learnt.
        is_special: Whether it is one that stands for itself, such as "<|user|>".
    """

    ids: tuple[int, ...]
    text: str
    is_trained: bool
    is_special: bool


def pieces_of(row: Encoded, tokenizer: "PreTrainedTokenizerBase") -> tuple[Piece, ...]:
    """The pieces of a row, in order; their ids together are those of the row."""
    special = {*tokenizer.all_special_ids, *tokenizer.get_added_vocab().values()}
    return (
        *_pieces(row.input_ids[: row.start], tokenizer, special, is_trained=False),
        *_pieces(row.input_ids[row.start :], tokenizer, special, is_trained=True),
    )


_BROKEN = "\N{REPLACEMENT CHARACTER}"
_MOST = 16
"""Tokens that are tried together: one may end a character and begin the next, so that it takes more than a character's
four bytes until all of them are whole."""


def _pieces(
    ids: tuple[int, ...], tokenizer: "PreTrainedTokenizerBase", special: set[int], *, is_trained: bool
) -> Iterator[Piece]:
    at = 0
    while at < len(ids):
        if ids[at] in special:
            yield Piece((ids[at],), str(tokenizer.convert_ids_to_tokens(ids[at])), is_trained, True)
            at += 1
            continue
        size = next((n for n in range(1, _MOST + 1) if _BROKEN not in _text(ids[at : at + n], tokenizer)), 1)
        part = ids[at : at + size]
        yield Piece(part, _text(part, tokenizer), is_trained, False)
        at += len(part)


def _text(ids: tuple[int, ...], tokenizer: "PreTrainedTokenizerBase") -> str:
    return str(tokenizer.decode(list(ids), clean_up_tokenization_spaces=False))
