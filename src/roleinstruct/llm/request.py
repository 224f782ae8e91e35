"""What is asked of a model and what comes back: plain values, without a client and without a secret.

A request is known by its content alone, so that a run that asks again finds what it has been told already.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from roleinstruct.errors import RecordError
from roleinstruct.records import Message

__all__ = ["Reply", "Request", "Usage", "key_of"]


@dataclass(frozen=True, slots=True)
class Request:
    """One question to a model.

    Attributes:
        model: The model's name, as the server knows it.
        messages: The conversation so far, in order.
        parameters: What else the server is told, by the server's own names: "temperature", "max_tokens". JSON values.
        schema: The JSON schema that the reply must fit, or None.
        sample: 0, or which of several replies to the same question is meant; it is part of the key and never sent.

    Raises:
        RecordError: A parameter is no JSON value, or has a name under which keys and passwords travel.
    """

    model: str
    messages: tuple[Message, ...]
    parameters: Mapping[str, object] = field(default_factory=dict)
    schema: Mapping[str, object] | None = None
    sample: int = 0

    def __post_init__(self) -> None:
        body = self.parameters.get("extra_body")
        names = [*self.parameters, *(body if isinstance(body, Mapping) else ())]
        secret = [name for name in names if str(name).lower().replace("-", "_") in _SECRET]
        if secret:
            raise RecordError(
                f"the parameter {secret[0]!r} of a request may hold a key, and requests are written to the journal; "
                "give keys and headers to the client."
            )

    @property
    def key(self) -> str:
        """The SHA-256 of `as_json()`, 64 hexadecimal digits: the same for the same content on every machine."""
        return key_of(self.as_json())

    def as_json(self) -> str:
        """The content in canonical JSON: names sorted, no spaces, text as it is and not normalised.

        Raises:
            RecordError: A value of the parameters or the schema is no JSON value.
        """
        content = {
            "messages": [{"content": message.content, "role": message.role} for message in self.messages],
            "model": self.model,
            "parameters": dict(self.parameters),
            "sample": self.sample,
            "schema": None if self.schema is None else dict(self.schema),
        }
        try:
            return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
        except (TypeError, ValueError) as error:
            raise RecordError(f"a request to {self.model} is no JSON ({error}): give plain values only.") from error

    @classmethod
    def from_json(cls, text: str) -> "Request":
        """Read what `as_json` wrote; the key is the same again.

        Raises:
            RecordError: The text is no request.
        """
        try:
            found = _checked(json.loads(text), model=str, messages=list, parameters=dict, schema=dict, sample=int)
            messages = tuple(Message(**_checked(one, role=str, content=str)) for one in found.pop("messages"))
            return cls(messages=messages, **found)
        except (TypeError, ValueError, AttributeError, KeyError, RecursionError) as error:
            raise RecordError(f"{text[:80]!r} is no request as it was written ({error!r}).") from error


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens that were used.

    Attributes:
        prompt_tokens: Tokens sent, those of `cached_tokens` among them.
        completion_tokens: Tokens received.
        cached_tokens: Tokens sent that the server had in its cache, and charges less for.
    """

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            self.cached_tokens + other.cached_tokens,
        )


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer of a model, as it came.

    Attributes:
        text: What it says; "" where it refuses.
        finish_reason: Why it ends: "stop", "length", "content_filter".
        usage: Tokens that it cost.
        model: The model's name, as the server gives it.
        refusal: Why the model would not answer, or "".
    """

    text: str
    finish_reason: str
    usage: Usage
    model: str
    refusal: str = ""

    def as_json(self) -> str:
        """The reply in JSON, names sorted."""
        return json.dumps(asdict(self), sort_keys=True, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> "Reply":
        """Read what `as_json` wrote.

        Raises:
            RecordError: The text is no reply.
        """
        try:
            found = _checked(json.loads(text), text=str, finish_reason=str, usage=dict, model=str, refusal=str)
            counts = {name: int for name in ("prompt_tokens", "completion_tokens", "cached_tokens")}
            return cls(**{**found, "usage": Usage(**_checked(found["usage"], **counts))})
        except (TypeError, ValueError, AttributeError, KeyError, RecursionError) as error:
            raise RecordError(f"{text[:80]!r} is no reply as it was written ({error!r}).") from error


def _checked(found: Any, **kinds: type) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """The values of an object, each of its kind; only a schema may be missing, as null."""
    wrong = [
        name for name, value in found.items() if type(value) is not kinds[name] and (name, value) != ("schema", None)
    ]
    if wrong:
        raise TypeError(f"{wrong[0]} is {found[wrong[0]]!r}")
    return dict(found)


def key_of(request: str) -> str:
    """The key of a request that `as_json` wrote."""
    return hashlib.sha256(request.encode("utf-8", "surrogatepass")).hexdigest()


# The ways in which the OpenAI client takes headers and keys, and what gateways look for in the body.
_SECRET = frozenset("api_key apikey authorization headers extra_headers default_headers extra_query".split())
