"""One call of a model over HTTP.

The protocol is that of the `openai` package, which builds the headers (`endpoint.py`); the calls themselves go through
`aiohttp`, because at 256 calls in flight the package's own client spends three times as long on each as the network
does (`benchmarks/engine.py` measures both).
"""

import json
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from urllib.request import getproxies

from roleinstruct.llm.endpoint import Endpoint
from roleinstruct.llm.request import Reply, Request, Usage
from roleinstruct.llm.trouble import Kind, Trouble, of_status

if TYPE_CHECKING:
    from aiohttp import ClientSession

__all__ = ["Chat"]


class Chat:
    """Calls a model; to be used in an `async with` block.

    Args:
        endpoint: The model and its server.
        connections: The most calls at once.
    """

    def __init__(self, endpoint: Endpoint, connections: int) -> None:
        self._endpoint = endpoint
        self._connections = connections
        self._session: ClientSession | None = None

    async def __aenter__(self) -> Self:
        from aiohttp import ClientSession, ClientTimeout, TCPConnector

        self._session = ClientSession(
            connector=TCPConnector(limit=self._connections, limit_per_host=self._connections),
            headers={**self._endpoint.headers, "Content-Type": "application/json"},
            timeout=ClientTimeout(total=self._endpoint.timeout, sock_connect=10),
            trust_env=bool(getproxies()),  # with it, aiohttp looks for proxies again at every call
        )
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: object, at: TracebackType | None) -> None:
        assert self._session is not None
        await self._session.close()

    async def __call__(self, request: Request, form: Mapping[str, object]) -> Reply:
        """Ask once.

        Args:
            request: What to ask.
            form: How the reply is asked to be shaped: "response_format", or "tools" and "tool_choice"; or nothing.

        Raises:
            Trouble: There is no reply that could be read.
        """
        from aiohttp import ClientConnectorError, ClientError

        assert self._session is not None
        body = {
            "model": request.model,
            "messages": [{"role": m.role, "content": m.content} for m in request.messages],
            **request.parameters,
            **form,
        }
        try:
            text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
            data = text.encode("utf-8", "replace")  # half a surrogate pair is no character that could be sent
            async with self._session.post(f"{self._endpoint.base_url}/chat/completions", data=data) as response:
                content = await response.read()
                status, headers = response.status, response.headers
        except TimeoutError as error:
            raise Trouble(Kind.FAULT, f"no reply within {self._endpoint.timeout:g} seconds") from error
        except ClientConnectorError as error:
            raise Trouble(Kind.UNREACHABLE, f"{type(error).__name__}: {error}") from error
        except (ClientError, OSError) as error:
            raise Trouble(Kind.FAULT, f"{type(error).__name__}: {error}") from error
        if status >= 300:
            raise of_status(status, content, {name.lower(): value for name, value in headers.items()})
        return _reply(content, request.model)


def _reply(content: bytes, model: str) -> Reply:
    """Read a chat completion."""
    try:
        found: dict[str, Any] = json.loads(content)
        choice = found["choices"][0]
        message = choice["message"]
        calls = message.get("tool_calls") or []
        text = calls[0]["function"]["arguments"] if calls else message.get("content") or ""
        return Reply(
            text=text if isinstance(text, str) else json.dumps(text, ensure_ascii=False),
            finish_reason=choice.get("finish_reason") or "stop",
            usage=_usage(found.get("usage") or {}),
            model=found.get("model") or model,
            refusal=message.get("refusal") or "",
        )
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        begin = " ".join(content[:120].decode("utf-8", "replace").split())
        raise Trouble(Kind.FAULT, f"the reply is no chat completion, it begins {begin!r}") from error


def _usage(found: Mapping[str, Any]) -> Usage:
    cached = (
        (found.get("prompt_tokens_details") or {}).get("cached_tokens") or found.get("prompt_cache_hit_tokens") or 0
    )
    return Usage(int(found.get("prompt_tokens") or 0), int(found.get("completion_tokens") or 0), int(cached))
