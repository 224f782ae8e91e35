"""One call of a model: what is sent for a request, and how a chat completion is read."""

import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Any, Self

from roleinstruct.llm.endpoint import Endpoint
from roleinstruct.llm.request import Reply, Request, Usage
from roleinstruct.llm.trouble import Kind, Trouble
from roleinstruct.llm.wire import Wire

__all__ = ["Chat", "Transport", "body_of", "read_completion"]

Transport = Callable[
    [Endpoint, int], AbstractAsyncContextManager[Callable[[Request, Mapping[str, object]], Awaitable[Reply]]]
]
"""A way to a server: of an endpoint and the most calls at once, what is awaited as (request, form) and gives a reply;
it raises `Trouble` where there is none."""


class Chat:
    """Calls a model; to be used in an `async with` block.

    Args:
        endpoint: The model and its server.
        connections: The most calls at once.
    """

    def __init__(self, endpoint: Endpoint, connections: int) -> None:
        self._wire = Wire(endpoint, connections)

    async def __aenter__(self) -> Self:
        await self._wire.__aenter__()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: object, at: TracebackType | None) -> None:
        await self._wire.__aexit__(kind, error, at)

    async def __call__(self, request: Request, form: Mapping[str, object]) -> Reply:
        """Ask once.

        Args:
            request: What to ask.
            form: See `body_of`.

        Raises:
            Trouble: There is no reply that could be read.
        """
        content = await self._wire.send("POST", "/chat/completions", body_of(request, form))
        try:
            found = json.loads(content)
        except (ValueError, RecursionError) as error:
            raise Trouble(Kind.FOREIGN, f"the reply is no JSON, it begins {_begin(content)}") from error
        return read_completion(found, request.model, content)


def body_of(request: Request, form: Mapping[str, object]) -> bytes:
    """The JSON that is sent for a request.

    Args:
        request: What to ask; the names in an "extra_body" of its parameters are sent as names of the body.
        form: What this server is told beside the request: "response_format", or "tools" and "tool_choice"; parameters
            under the names that it has for them, and None for a parameter that it does not take.
    """
    messages = [{"role": m.role, "content": m.content} for m in request.messages]
    told = {**request.parameters, **form}
    extra = told.pop("extra_body", None)
    body = {"model": request.model, "messages": messages, **told, **(extra if isinstance(extra, Mapping) else {})}
    kept = {name: value for name, value in body.items() if value is not None}
    text = json.dumps(kept, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace")  # half a surrogate pair is no character that could be sent


def read_completion(found: Any, model: str, content: bytes = b"") -> Reply:  # noqa: ANN401 - JSON
    """Read a chat completion.

    Args:
        found: Its JSON.
        model: Who was asked, where the reply does not say.
        content: As it came, for the message.

    Raises:
        Trouble: It is none.
    """
    try:
        choice = found["choices"][0]
        message = choice["message"]
        calls = message.get("tool_calls") or []
        return Reply(
            text=_said(calls[0]["function"]["arguments"] if calls else message.get("content")),
            finish_reason=_said(choice.get("finish_reason"), "stop"),
            usage=_usage(found.get("usage") or {}),
            model=_said(found.get("model"), model),
            refusal=_said(message.get("refusal")),
        )
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError) as error:
        begin = _begin(content or repr(found).encode())
        raise Trouble(Kind.FAULT, f"the reply is no chat completion, it begins {begin}") from error


def _begin(content: bytes) -> str:
    return repr(" ".join(content[:120].decode("utf-8", "replace").split()))


def _said(value: object, otherwise: str = "") -> str:
    """A text; where a server sends another value in its place, that value's JSON."""
    return (value or otherwise) if isinstance(value, str | None) else json.dumps(value, ensure_ascii=False)


def _usage(found: Mapping[str, Any]) -> Usage:
    cached = (
        (found.get("prompt_tokens_details") or {}).get("cached_tokens") or found.get("prompt_cache_hit_tokens") or 0
    )
    return Usage(int(found.get("prompt_tokens") or 0), int(found.get("completion_tokens") or 0), int(cached))
