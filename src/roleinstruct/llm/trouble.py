"""What can go wrong with one call, sorted by what is to be done about it."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

__all__ = ["Kind", "Trouble", "of_status"]


class Kind(Enum):
    """What is to be done."""

    BUSY = "ask again later, and slower"
    FAULT = "ask again: the server or the way there failed"
    UNREACHABLE = "ask again for a little while: there is no server"
    FOREIGN = "ask again for a little while: what answers speaks another protocol"
    FORBIDDEN = "stop: no further call can succeed"
    SPENT = "stop: the account has no credit left"
    UNFIT = "do not ask this again: the request itself is refused"
    UNSUPPORTED = "ask in another form: the server does not know this one"


@dataclass(slots=True)
class Trouble(Exception):
    """A call that came to nothing.

    Attributes:
        kind: What is to be done.
        message: What happened, without the request and without its headers.
        after: Seconds that the server asks to wait, or None.
        status: Of HTTP, or 0 where there is none.
        parameter: The parameter that the server does not know, where that is what is UNSUPPORTED; or "".
    """

    kind: Kind
    message: str
    after: float | None = None
    status: int = 0
    parameter: str = ""

    def __str__(self) -> str:
        return self.message


def of_status(status: int, body: bytes, headers: Mapping[str, str]) -> Trouble:
    """What an HTTP status that is no success means.

    Args:
        status: 300 or more.
        body: As it came; often JSON with an "error".
        headers: Names in lower case.
    """
    code, said = _error(body)
    message = f"HTTP {status}{f', {said}' if said else ''}"
    if status == 402 or (status in (403, 429) and (code in _SPENT or "quota" in code)):
        return Trouble(Kind.SPENT, message, status=status)
    if status == 429 and code != "account_deactivated":
        return Trouble(Kind.BUSY, message, _wait(headers), status)
    if status in (401, 403, 404, 429):
        return Trouble(Kind.FORBIDDEN, message, status=status)
    if parameter := _foreign(status, said):
        return Trouble(Kind.UNSUPPORTED, message, status=status, parameter=parameter)
    if _is_unsupported(status, said):
        return Trouble(Kind.UNSUPPORTED, message, status=status)
    if status in (408, 409, 425) or status >= 500:
        return Trouble(Kind.FAULT, message, _wait(headers), status)
    return Trouble(Kind.UNFIT, message, status=status)


_SPENT = frozenset({"insufficient_quota", "billing_hard_limit_reached"})
_FORMS = ("response_format", "json_schema", "json_object", "tool", "grammar", "structured output", "guided")


def _is_unsupported(status: int, said: str) -> bool:
    """Whether the server objects to the form of the reply that is asked for; llama.cpp does so with a 500."""
    return status in (400, 422, 500, 501) and any(form in said.lower() for form in _FORMS)


# What models that think refuse: their replies are limited under another name, and sampled in one way only.
_PARAMETER = re.compile(r"\b(max_tokens|temperature|top_p|presence_penalty|frequency_penalty)\b")
_REFUSED = ("unsupported", "not support", "only the default", "use 'max_completion_tokens'", "cannot both be specified")


def _foreign(status: int, said: str) -> str:
    """The parameter that the server does not know under this name, or only with its default; "" if that is not it."""
    named = _PARAMETER.search(said)
    if status not in (400, 422) or named is None:
        return ""
    return named[1] if any(words in said.lower() for words in _REFUSED) else ""


def _error(body: bytes) -> tuple[str, str]:
    """Code and message, in the shapes of OpenAI, vLLM ({"object": "error", …}) and FastAPI ({"detail": …})."""
    try:
        found: Any = json.loads(body)
    except (ValueError, RecursionError):
        return "", " ".join(body[:200].decode("utf-8", "replace").split())
    error = found.get("error", found) if isinstance(found, dict) else found
    if not isinstance(error, dict):
        return "", str(error)[:300]
    said = error.get("message") or error.get("detail") or ""
    return str(error.get("code") or error.get("type") or ""), str(said)[:300]


def _wait(headers: Mapping[str, str]) -> float | None:
    for name, scale in (("retry-after-ms", 1e-3), ("retry-after", 1.0)):
        try:
            return max(0.0, float(headers[name]) * scale)
        except (KeyError, ValueError):  # absent, or a date, which nobody sends for a rate limit
            continue
    return None
