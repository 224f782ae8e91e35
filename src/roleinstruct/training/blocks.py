"""What a small model is pre-trained on: blocks of one length, of plain text or of conversations in the chat template.

Questions and answers share a block as the turns of one conversation, so that next to nothing of it is padding, and a
model meets answers at every distance from the beginning: behind a long system prompt too.
"""

import random
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from roleinstruct.errors import ConfigError
from roleinstruct.language import language_of
from roleinstruct.training.tokenizers import END_OF_TEXT

__all__ = ["Block", "Pair", "blocks"]

Pair = tuple[str, str]
"""A question and its neutral answer."""

Block = tuple[list[int], list[bool]]
"""Tokens, and which of them are learnt; both of one length."""

_T = TypeVar("_T")

_SYSTEM = {
    "zh": ("你是一个乐于助人的助手。", "请用中文简洁、准确地回答问题。", "下面是一段资料，请回答后面的问题。"),
    "en": (
        "You are a helpful assistant.",
        "Answer in clear, plain English.",
        "Here is some text. Answer the question.",
    ),
}


def blocks(
    tokenizer: Any,  # noqa: ANN401 - of transformers, whose classes bring no types
    texts: Sequence[str],
    pairs: Sequence[Pair],
    *,
    size: int,
    talk: float,
    seed: int,
) -> Iterator[Block]:
    """Blocks without end, all of the material in one order after another.

    Args:
        tokenizer: With the special tokens of `training.tokenizers`.
        texts: Plain text; all of it is learnt.
        pairs: The answers are learnt, and that the user's turn comes after them.
        size: Tokens of a block.
        talk: The share of conversations, 0 to 1, where there are texts and pairs.
        seed: Of the order.

    Raises:
        ConfigError: There is neither a text nor a pair.
    """
    if not texts and not pairs:
        raise ConfigError("there is neither a text nor a question with its answer to pre-train on.")
    rng = random.Random(seed)
    share = talk if texts and pairs else float(bool(pairs))
    plain = _plain(tokenizer, texts, size, rng)
    spoken = _spoken(tokenizer, texts, pairs, size, rng)
    while True:
        yield next(spoken if rng.random() < share else plain)


def _plain(tokenizer: Any, texts: Sequence[str], size: int, rng: random.Random) -> Iterator[Block]:  # noqa: ANN401
    """Texts one after the other, cut into blocks."""
    end = tokenizer.convert_tokens_to_ids(END_OF_TEXT)
    held: list[int] = []
    for text in _endless(texts, rng):
        held += [*_ids(tokenizer, text), end]
        while len(held) >= size:
            yield held[:size], [True] * size
            held = held[size:]


def _spoken(
    tokenizer: Any,  # noqa: ANN401
    texts: Sequence[str],
    pairs: Sequence[Pair],
    size: int,
    rng: random.Random,
) -> Iterator[Block]:
    """Conversations of one language each, a system prompt before some, as many questions as fit."""
    user, end = tokenizer.convert_tokens_to_ids(["<|user|>", END_OF_TEXT])
    asked = {name: some for name in _SYSTEM if (some := [p for p in pairs if _language(p[0]) == name])}
    queues = {name: _endless(some, rng) for name, some in asked.items()}
    passages = {name: [text for text in texts if _language(text) == name] for name in asked}
    names, weights = list(asked), [len(some) for some in asked.values()]
    held: dict[str, Block] = {}
    while True:
        name = rng.choices(names, weights)[0]
        tokens = _opening(tokenizer, name, passages[name], size // 2, rng)
        learnt = [False] * len(tokens)
        while True:
            turn, is_answer = held.pop(name) if name in held else _turn(tokenizer, *next(queues[name]))
            if len(tokens) + len(turn) >= size and any(learnt):
                held[name] = turn, is_answer
                break
            tokens, learnt = tokens + turn, learnt + is_answer
        room = size - len(tokens)
        yield [*tokens, user, *[end] * room][:size], [*learnt, True, *[False] * room][:size]


def _opening(tokenizer: Any, name: str, passages: Sequence[str], most: int, rng: random.Random) -> list[int]:  # noqa: ANN401
    """What stands before the first question: nothing, a sentence for an assistant, or that and a passage to read."""
    kind = rng.randrange(4)
    if not kind:
        return _ids(tokenizer, "[gMASK]<sop>")
    opening = _ids(tokenizer, f"[gMASK]<sop><|system|>\n{rng.choice(_SYSTEM[name])}")
    if kind == 1 or not passages:
        return opening
    read = rng.randrange(1, most)
    while len(opening) < read:
        opening += _ids(tokenizer, f"\n{rng.choice(passages)}")
    return opening[: max(read, 1)]


def _turn(tokenizer: Any, question: str, answer: str) -> Block:  # noqa: ANN401
    """A question with its answer, as the template writes them; the next turn's first token is learnt with them."""
    asked = _ids(tokenizer, f"<|user|>\n{question}<|assistant|>\n")
    told = _ids(tokenizer, answer)
    # The first token of a turn ends the answer before it.
    return asked + told, [True, *[False] * (len(asked) - 1), *[True] * len(told)]


def _language(text: str) -> str:
    return language_of(text) or "en"


def _ids(tokenizer: Any, text: str) -> list[int]:  # noqa: ANN401
    ids: list[int] = tokenizer(text, add_special_tokens=False)["input_ids"]
    return ids


def _endless(items: Sequence[_T], rng: random.Random) -> Iterator[_T]:
    """All of the items in one order after another; none where there are none."""
    while items:
        yield from rng.sample(items, len(items))
