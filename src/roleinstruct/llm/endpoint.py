"""Where a model is served: any server that speaks the OpenAI protocol.

The `openai` package says what a request is addressed and signed with: it knows the environment (`OPENAI_BASE_URL`,
`OPENAI_API_KEY`, organisation, project) and builds the headers.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from roleinstruct.errors import EndpointError

if TYPE_CHECKING:
    from openai import OpenAI

__all__ = ["Endpoint"]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A model on a server.

    Attributes:
        model: The model's name there.
        base_url: Such as "http://localhost:8000/v1"; no slash at the end.
        headers: What every request bears. It holds the key and is never shown, logged or stored.
        timeout: Seconds that one request may take.
    """

    model: str
    base_url: str
    headers: Mapping[str, str] = field(repr=False)
    timeout: float = 120.0

    @classmethod
    def of(
        cls,
        model: str,
        base_url: str | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        timeout: float = 120.0,
    ) -> "Endpoint":
        """Find a model's server, its key in the environment.

        Args:
            model: The model's name.
            base_url: The server; None takes `OPENAI_BASE_URL`, or OpenAI itself.
            headers: Further headers, as a gateway may want.
            timeout: Seconds that one request may take.

        Raises:
            EndpointError: There is no key, and the server is not one of one's own.
        """
        client = _client(base_url)
        given = {**client.default_headers, **client.auth_headers, **(headers or {})}
        plain = {name: value for name, value in given.items() if isinstance(value, str) and not _is_telemetry(name)}
        return cls(model, str(client.base_url).rstrip("/"), plain, timeout)


def _is_telemetry(name: str) -> bool:
    return name.lower().startswith("x-stainless")


def _client(base_url: str | None) -> "OpenAI":
    from openai import OpenAI, OpenAIError

    try:
        return OpenAI(base_url=base_url, max_retries=0)
    except OpenAIError as error:
        if base_url is not None:  # a server of one's own rarely wants a key, but the protocol does
            return OpenAI(base_url=base_url, api_key="none", max_retries=0)
        raise EndpointError(
            "there is no key for OpenAI in the environment: set OPENAI_API_KEY, or name another server with --base-url."
        ) from error
