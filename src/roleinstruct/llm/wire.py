"""HTTP to one server: what goes out bears the endpoint's headers, what goes wrong comes back as `Trouble`.

The protocol is that of the `openai` package, which builds the headers (`endpoint.py`); the calls themselves go through
`aiohttp`, because at 256 calls in flight the package's own client spends three times as long on each as the network
does (`benchmarks/engine.py` measures both).
"""

from types import TracebackType
from typing import TYPE_CHECKING, Self
from urllib.request import getproxies

from roleinstruct.llm.endpoint import Endpoint
from roleinstruct.llm.trouble import Kind, Trouble, of_status

if TYPE_CHECKING:
    from aiohttp import ClientSession, FormData

__all__ = ["Wire"]


class Wire:
    """Connections to a server; to be used in an `async with` block.

    Args:
        endpoint: The server.
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
            headers={name: text for name, text in self._endpoint.headers.items() if name.lower() != "content-type"},
            timeout=ClientTimeout(total=self._endpoint.timeout, sock_connect=10),
            trust_env=bool(getproxies()),  # with it, aiohttp looks for proxies again at every call
        )
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: object, at: TracebackType | None) -> None:
        assert self._session is not None
        await self._session.close()

    async def send(
        self, method: str, path: str, data: "bytes | FormData | None" = None, seconds: float | None = None
    ) -> bytes:
        """Send one request.

        Args:
            method: "GET" or "POST".
            path: Behind the base URL, such as "/chat/completions".
            data: JSON as bytes, or a form.
            seconds: How long it may take; None for the endpoint's own limit.

        Returns:
            The body of the reply.

        Raises:
            Trouble: There is no reply, or its status is no success.
        """
        from aiohttp import ClientConnectorError, ClientError, ClientTimeout

        assert self._session is not None
        limit = self._session.timeout if seconds is None else ClientTimeout(total=seconds, sock_connect=10)
        try:
            async with self._session.request(
                method,
                f"{self._endpoint.base_url}{path}",
                data=data,
                headers=_JSON if isinstance(data, bytes) else None,
                timeout=limit,
            ) as response:
                content = await response.read()
                status, headers = response.status, response.headers
        except TimeoutError as error:
            raise Trouble(Kind.FAULT, f"no reply within {limit.total:g} seconds") from error
        except ClientConnectorError as error:
            raise Trouble(Kind.UNREACHABLE, f"{type(error).__name__}: {error}") from error
        except (ClientError, OSError) as error:
            raise Trouble(Kind.FAULT, f"{type(error).__name__}: {error}") from error
        if status >= 300:
            raise of_status(status, content, {name.lower(): value for name, value in headers.items()})
        return content


_JSON = {"Content-Type": "application/json"}
