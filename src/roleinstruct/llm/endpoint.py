"""Where a model is served: any server that speaks the OpenAI protocol.

The `openai` package says what a request is addressed and signed with: it knows the environment (`OPENAI_BASE_URL`,
`OPENAI_API_KEY`, organisation, project) and builds the headers. What a gateway wants beside them stands in
`ROLEINSTRUCT_HEADERS`, as lines "Name: value" or as one JSON object: in the environment alone, since it may be secret.
"""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

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

    @property
    def where(self) -> str:
        """Server and model, for messages."""
        return f"{self.base_url} ({self.model})"

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
            headers: Further headers, in place of those of the same name.
            timeout: Seconds that one request may take.

        Raises:
            EndpointError: There is no key, and the server is not one of one's own; or the address is none; or
                `ROLEINSTRUCT_HEADERS` holds no headers.
        """
        _check_address(base_url)
        client = _client(base_url)
        own = {**client.default_headers, **client.auth_headers}
        plain = {name: value for name, value in own.items() if isinstance(value, str) and not _is_telemetry(name)}
        for name, value in (*_further().items(), *(headers or {}).items()):
            plain = {other: kept for other, kept in plain.items() if other.lower() != name.lower()} | {name: value}
        return cls(model, str(client.base_url).rstrip("/"), plain, timeout)


def _check_address(base_url: str | None) -> None:
    """Raise if the address that is given, or that of the environment, is none of HTTP."""
    given = os.environ.get("OPENAI_BASE_URL") if base_url is None else base_url
    if given is None:
        return
    try:
        parts = urlsplit(given)
        is_fit = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_fit = False
    if not is_fit or _SPACE.search(given):
        where = "OPENAI_BASE_URL" if base_url is None else "--base-url"
        raise EndpointError(
            f"the address of the server is {given!r} ({where}), expected one that begins with http:// or https://, "
            "such as http://localhost:8000/v1."
        )


def _further() -> dict[str, str]:
    """The headers of the environment; a message about them never holds one."""
    text = os.environ.get(_HEADERS, "").strip()
    if text.startswith("{"):
        try:
            pairs = list(json.loads(text).items())
        except ValueError:
            raise EndpointError(f"{_HEADERS} begins as JSON and is none.") from None
    else:
        pairs = [line.partition(":")[::2] for line in text.splitlines() if line.strip()]
    if not all(isinstance(value, str) and _NAME.fullmatch(name.strip()) and value.strip() for name, value in pairs):
        raise EndpointError(f'{_HEADERS} holds no headers: give lines "Name: value", or an object of JSON with texts.')
    return {name.strip(): value.strip() for name, value in pairs}


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


_SPACE = re.compile(r"\s")
_HEADERS = "ROLEINSTRUCT_HEADERS"
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
