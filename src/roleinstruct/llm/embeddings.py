"""Embeddings over HTTP, in the place of `Chat`: many texts in one call, and yet each one's own request and reply.

The engine asks for one text at a time, so that every distinct text is one entry of the journal; here those that are
asked for at the same moment share a call.
"""

import asyncio
import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from roleinstruct.llm.endpoint import Endpoint
from roleinstruct.llm.request import Reply, Request, Usage
from roleinstruct.llm.trouble import Kind, Trouble
from roleinstruct.llm.wire import Wire
from roleinstruct.records import Message

__all__ = ["MOST_TEXTS", "Embeddings", "embedding_of", "embedding_request"]

MOST_TEXTS = 128
"""Texts in one call; OpenAI takes 2,048, servers at home often 32, who then get halves."""


def embedding_request(model: str, text: str, dimensions: int | None = None) -> Request:
    """The request for the vector of one text.

    Args:
        model: The model's name.
        text: Not empty: servers refuse that.
        dimensions: Of the vector, for models that can give shorter ones; None for their own.
    """
    # No token is written in reply, which the meter and the pace learn from "max_tokens"; the server is not told.
    shape = {} if dimensions is None else {"dimensions": dimensions}
    return Request(model, (Message("user", text),), {"encoding_format": "base64", "max_tokens": 0, **shape})


def embedding_of(reply: Reply) -> NDArray[np.float32]:
    """The vector that a reply holds, as the server gave it: of any length."""
    return np.frombuffer(base64.b64decode(reply.text), dtype="<f4").astype(np.float32)


@dataclass(slots=True)
class _Wish:
    """A request that waits for its reply."""

    request: Request
    reply: asyncio.Future[Reply]
    since: float

    @property
    def text(self) -> str:
        return self.request.messages[-1].content

    @property
    def kind(self) -> str:
        """What requests have in common that can share a call."""
        return json.dumps([self.request.model, dict(self.request.parameters)], sort_keys=True)


class Embeddings:
    """Gets vectors; to be used in an `async with` block.

    A call leaves as soon as it is full; one that is not waits a moment, and half a second if another is on its way, for
    more to come (Nagle 1984, RFC 896).

    Args:
        endpoint: The model and its server.
        texts: The most texts that are asked for at once.
    """

    def __init__(self, endpoint: Endpoint, texts: int) -> None:
        self._wire = Wire(endpoint, max(8, 2 * texts // MOST_TEXTS))  # some may hang, and most are not full
        self._waiting: list[_Wish] = []
        self._calls: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> Self:
        await self._wire.__aenter__()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: object, at: TracebackType | None) -> None:
        self._stop_waiting()
        for call in self._calls:
            call.cancel()
        await asyncio.gather(*self._calls, return_exceptions=True)
        await self._wire.__aexit__(kind, error, at)

    async def __call__(self, request: Request, form: Mapping[str, object]) -> Reply:
        """Get one vector: the reply's text is its float32 numbers, little-endian, in base64.

        Args:
            request: As `embedding_request` makes it.
            form: Not for vectors; as `Chat` has it.

        Raises:
            Trouble: There is no reply that could be read.
        """
        loop = asyncio.get_running_loop()
        wish = _Wish(request, loop.create_future(), loop.time())
        self._waiting.append(wish)
        if len(self._waiting) >= MOST_TEXTS:
            self._leave()
        elif self._timer is None:
            self._wait(_MOMENT)
        return await wish.reply

    def _leave(self) -> None:
        """Send what is full, and the rest if nothing else is on its way or it has waited long enough."""
        self._stop_waiting()
        loop = asyncio.get_running_loop()
        groups = _groups([wish for wish in self._waiting if not wish.reply.done()])
        self._waiting = []
        for group in groups:
            if group is groups[-1] and len(group) < MOST_TEXTS and self._calls:
                rest = group[0].since + _LONGEST - loop.time()
                if rest > 0:
                    self._waiting = group
                    self._wait(rest)
                    return
            call = loop.create_task(self._serve(group))
            self._calls.add(call)
            call.add_done_callback(self._returned)

    def _returned(self, call: asyncio.Task[None]) -> None:
        self._calls.discard(call)
        if not call.cancelled() and self._waiting:
            # Those who have their reply now will ask for their next text at once: let them come along.
            self._wait(_MOMENT)

    def _wait(self, seconds: float) -> None:
        self._stop_waiting()
        self._timer = asyncio.get_running_loop().call_later(seconds, self._leave)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    async def _serve(self, wishes: Sequence[_Wish]) -> None:
        """Give every wish its reply or its trouble; halves where the server refuses the whole."""
        try:
            replies = await self._post(wishes)
        except Trouble as trouble:
            if trouble.kind is Kind.UNFIT and len(wishes) > 1:
                middle = len(wishes) // 2
                await self._serve(wishes[:middle])
                await self._serve(wishes[middle:])
                return
            for wish in wishes:
                if not wish.reply.done():
                    wish.reply.set_exception(Trouble(trouble.kind, trouble.message, trouble.after))
        else:
            for wish, reply in zip(wishes, replies, strict=True):
                if not wish.reply.done():
                    wish.reply.set_result(reply)
        finally:
            for wish in wishes:
                wish.reply.cancel()  # nothing where there is a reply; else the call was broken off, and nobody may hang

    async def _post(self, wishes: Sequence[_Wish]) -> list[Reply]:
        first = wishes[0].request
        told = {name: value for name, value in first.parameters.items() if name != "max_tokens"}
        body = {"model": first.model, "input": [wish.text for wish in wishes], **told}
        data = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
        content = await self._wire.send("POST", "/embeddings", data)
        return _replies(content, wishes)


_MOMENT = 0.004
"""Seconds to wait for more texts: nothing beside a call, and much for those that are asked for together."""

_LONGEST = 0.5
"""Seconds after which a call leaves that is not full, since the one it waits for may hang."""

_MOST_CHARACTERS = 200_000
"""Characters in one call: OpenAI takes 300,000 tokens, and a Chinese character is 1.3 at most."""


def _groups(wishes: Sequence[_Wish]) -> list[list[_Wish]]:
    """Wishes that share a call: of one kind, not too many, not too long; one that is too long goes alone."""
    groups: list[list[_Wish]] = []
    open_groups: dict[str, tuple[list[_Wish], int]] = {}
    for wish in wishes:
        group, length = open_groups.get(wish.kind, ([], 0))
        length += len(wish.text)
        if not group or len(group) >= MOST_TEXTS or length > _MOST_CHARACTERS:
            group, length = [], len(wish.text)
            groups.append(group)
        group.append(wish)
        open_groups[wish.kind] = group, length
    return groups


def _replies(content: bytes, wishes: Sequence[_Wish]) -> list[Reply]:
    """Read a list of embeddings, in the order of the texts."""
    try:
        found: dict[str, Any] = json.loads(content)
        rows = sorted(found["data"], key=lambda row: row["index"])
        if [row["index"] for row in rows] != list(range(len(wishes))):
            raise ValueError(f"{len(rows)} vectors for {len(wishes)} texts")
        vectors = [_canonical(row["embedding"]) for row in rows]
        tokens = int((found.get("usage") or {}).get("prompt_tokens") or 0)
        model = found.get("model") or wishes[0].request.model
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        begin = " ".join(content[:80].decode("utf-8", "replace").split())
        raise Trouble(Kind.FAULT, f"the reply is no list of embeddings ({error}), it begins {begin!r}") from error
    shares = _shares(tokens, [len(wish.text) for wish in wishes])
    return [Reply(vector, "stop", Usage(share), model) for vector, share in zip(vectors, shares, strict=True)]


def _canonical(vector: str | list[float]) -> str:
    """A vector in base64, whichever way the server sent it."""
    raw = base64.b64decode(vector, validate=True) if isinstance(vector, str) else np.array(vector, "<f4").tobytes()
    numbers = np.frombuffer(raw, dtype="<f4")
    if not len(numbers) or not np.isfinite(numbers).all():
        raise ValueError("a vector is empty or holds what is no number")
    return base64.b64encode(raw).decode()


def _shares(tokens: int, lengths: Sequence[int]) -> list[int]:
    """Tokens of a call, shared out by the lengths of its texts so that they add up to it exactly."""
    whole = sum(lengths) or 1
    ends = [tokens * end // whole for end in accumulate(lengths, initial=0)]
    return [end - begin for begin, end in pairwise(ends)]
