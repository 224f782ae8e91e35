"""What the server of `openai_server.py` can say: good replies, every error and fault, and scripts that mix them.

The shapes of the errors are those that OpenAI, vLLM and llama.cpp send; a `Flavour` picks one. "silent" is a server
that never objects to `response_format` or tools and does as it likes, as `transformers serve` does.
"""

import base64
import json
import random
import re
import struct
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from hashlib import blake2b
from typing import Any, Literal

__all__ = [
    "SCRIPTS",
    "Answer",
    "Fault",
    "Flavour",
    "Reply",
    "Request",
    "annotate",
    "bad_request",
    "context_too_long",
    "cut",
    "echo",
    "embeddings",
    "encode",
    "faulty",
    "fingerprint",
    "hang",
    "mistyped",
    "not_found_model",
    "object_to",
    "proxy_page",
    "quota_spent",
    "rate_limited",
    "reset",
    "say",
    "server_error",
    "truncated",
    "unauthorized",
]

Flavour = Literal["openai", "vllm", "llama.cpp", "silent"]


class Fault(Enum):
    """What goes wrong below HTTP."""

    RESET = "the connection is reset instead of a reply"
    CUT = "the connection is closed in the middle of the body"
    HANG = "no reply, until the client gives up"


@dataclass(frozen=True, slots=True)
class Request:
    """One request: `number` counts arrivals from 0, `attempt` how often this body has come to this path before.

    A line of a batch is a request too; it has the headers `x-batch-id` and `x-custom-id`.
    """

    number: int
    path: str
    headers: Mapping[str, str]
    body: dict[str, Any]
    attempt: int
    fingerprint: str

    @property
    def prompt(self) -> str:
        """Text of the last user message, "" where there is none."""
        for message in reversed(self.body.get("messages", [])):
            if message["role"] == "user":
                content = message["content"]
                return content if isinstance(content, str) else "".join(part.get("text", "") for part in content)
        return ""


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply: a dict becomes JSON, bytes go out as they are; `delay` (seconds) adds to the latency of the server."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: dict[str, Any] | bytes = b""
    delay: float = 0.0
    fault: Fault | None = None


Answer = Callable[[Request], Reply]


def encode(body: dict[str, Any] | bytes) -> bytes:
    """The body as it goes over the wire."""
    return body if isinstance(body, bytes) else json.dumps(body).encode()


def fingerprint(body: dict[str, Any]) -> str:
    """Name a request by its content: 32 hexadecimal digits, the same whatever the order of the keys."""
    return blake2b(json.dumps(body, sort_keys=True).encode(), digest_size=16).hexdigest()


def say(
    text: str,
    *,
    finish_reason: Literal["stop", "length", "content_filter", "tool_calls"] = "stop",
    refusal: str | None = None,
    tool: str | None = None,
    prompt_tokens: int = 10,
    completion_tokens: int | None = None,
    cached_tokens: int = 0,
) -> Reply:
    """A chat completion; the server adds its id and the model that was asked for.

    Args:
        text: What is said, or with `tool` the arguments of the call. A refusal takes its place.
        finish_reason: "stop" also where one tool was forced, as OpenAI has it.
        refusal: Words in which the model declines.
        tool: Name of the tool that is called.
        prompt_tokens: Tokens charged for the request.
        completion_tokens: Tokens charged for the reply; by default one for four bytes of text.
        cached_tokens: How many of the prompt's tokens came from a cache.
    """
    message: dict[str, Any] = {"role": "assistant", "content": text, "refusal": refusal}
    if refusal is not None or tool is not None:
        message["content"] = None
    if tool is not None:
        call = {"id": "call_0", "type": "function", "function": {"name": tool, "arguments": text}}
        message["tool_calls"] = [call]
    if completion_tokens is None:
        completion_tokens = len((refusal or text).encode("utf-8", "surrogatepass")) // 4 + 1
    usage = {
        "prompt_tokens": prompt_tokens,
        "completion_tokens": completion_tokens,
        "total_tokens": prompt_tokens + completion_tokens,
        "prompt_tokens_details": {"cached_tokens": cached_tokens},
    }
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": finish_reason}
    return Reply(body={"object": "chat.completion", "created": 1_700_000_000, "choices": [choice], "usage": usage})


def embeddings(request: Request) -> Reply:
    """One vector of length 1 for each input, drawn from its text alone: 64 numbers, or as many as `dimensions` says."""
    inputs, size = request.body["input"], request.body.get("dimensions", 64)
    whole = isinstance(inputs, str) or (inputs and isinstance(inputs[0], int))
    rows: list[dict[str, Any]] = []
    for index, text in enumerate([inputs] if whole else inputs):
        rng = random.Random(str(text))
        raw = [rng.gauss(0, 1) for _ in range(size)]
        norm = sum(x * x for x in raw) ** 0.5
        vector: list[float] | str = [x / norm for x in raw]
        if request.body.get("encoding_format") == "base64":
            vector = base64.b64encode(struct.pack(f"<{size}f", *vector)).decode()
        rows.append({"object": "embedding", "index": index, "embedding": vector})
    tokens = sum(len(str(text)) for text in inputs)
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    return Reply(body={"object": "list", "data": rows, "model": request.body.get("model"), "usage": usage})


def rate_limited(
    after: float | None = None,
    header: Literal["retry-after", "retry-after-ms"] = "retry-after",
    flavour: Flavour = "openai",
) -> Reply:
    """429 that asks for a pause of `after` seconds, in the header that counts seconds or that of thousandths."""
    reply = _error(429, "Rate limit reached for requests.", "requests", "rate_limit_exceeded", flavour)
    if after is None:
        return reply
    return replace(reply, headers={header: f"{after * 1000:.0f}" if header == "retry-after-ms" else f"{after:g}"})


def quota_spent() -> Reply:
    """429 that no waiting heals: the account is empty."""
    message = "You exceeded your current quota, please check your plan and billing details."
    return _error(429, message, "insufficient_quota", "insufficient_quota", "openai")


def server_error(status: Literal[500, 502, 503] = 500, flavour: Flavour = "openai") -> Reply:
    """The server's own failure."""
    return _error(status, "The server had an error while processing your request.", "server_error", None, flavour)


def unauthorized(flavour: Flavour = "openai") -> Reply:
    """401: the key is wrong."""
    return _error(401, "Incorrect API key provided.", "invalid_request_error", "invalid_api_key", flavour)


def not_found_model(flavour: Flavour = "openai") -> Reply:
    """404: there is no such model."""
    return _error(404, "The model does not exist.", "invalid_request_error", "model_not_found", flavour)


def bad_request(message: str, code: str | None = None, flavour: Flavour = "openai") -> Reply:
    """400: the request cannot be served as it stands."""
    return _error(400, message, "invalid_request_error", code, flavour)


def context_too_long(flavour: Flavour = "openai") -> Reply:
    """400: the messages do not fit into the model's window."""
    if flavour == "llama.cpp":
        message = "request (9000 tokens) exceeds the available context size (8192 tokens), try increasing it"
        error = {"code": 400, "message": message, "type": "exceed_context_size_error"}
        return Reply(400, body={"error": error | {"n_prompt_tokens": 9000, "n_ctx": 8192}})
    message = (
        "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens. "
        "Please reduce the length of the messages."
    )
    return bad_request(message, "context_length_exceeded", flavour)


def reset() -> Reply:
    """The connection is reset instead of a reply."""
    return Reply(fault=Fault.RESET)


def hang() -> Reply:
    """Nothing comes until the client gives up."""
    return Reply(fault=Fault.HANG)


def cut(reply: Reply) -> Reply:
    """The connection is closed in the middle of the body."""
    return replace(reply, fault=Fault.CUT)


def truncated(reply: Reply) -> Reply:
    """A reply that is complete for HTTP and half a JSON document."""
    body = encode(reply.body)
    return replace(reply, body=body[: len(body) // 2])


def mistyped(reply: Reply) -> Reply:
    """A good reply that calls itself plain text."""
    return replace(reply, headers={**reply.headers, "content-type": "text/plain"})


def proxy_page(status: int = 502) -> Reply:
    """The page of a proxy in front of the server; with status 200 it poses as a reply."""
    page = f"<html><head><title>{status}</title></head><body><center>proxy</center></body></html>"
    return Reply(status, {"content-type": "text/html"}, page.encode())


def object_to(body: dict[str, Any], supports: Collection[str], flavour: Flavour) -> Reply | None:
    """The refusal of a request that wants what this server lacks: of "json_schema", "json_object" (with a schema of
    its own, "json_object_schema") and "tools"."""
    if flavour == "silent":
        return None
    kind = (body.get("response_format") or {}).get("type", "text")
    if kind != "text" and kind not in supports:
        return bad_request(_NO_FORMAT[flavour].format(kind=kind), flavour=flavour)
    if kind == "json_object" and "schema" in body["response_format"] and "json_object_schema" not in supports:
        return bad_request("Unknown parameter: 'response_format.schema'.", flavour=flavour)
    if body.get("tools") and "tools" not in supports:
        if flavour == "llama.cpp":  # says 500 here, for good: no retry heals it
            return _error(500, _NO_TOOLS[flavour], "server_error", None, flavour)
        return bad_request(_NO_TOOLS[flavour], flavour=flavour)
    return None


def echo(request: Request) -> Reply:
    """Say the last user message back, at a token for four bytes."""
    return say(request.prompt, prompt_tokens=len(request.prompt.encode("utf-8", "surrogatepass")) // 4 + 1)


def faulty(answer: Answer, share: float = 0.3) -> Answer:
    """Let a share of the calls to `answer` fail in one of all the ways that a retry may heal.

    Body and attempt choose, so that each run meets the same faults and a retry may succeed. One of the ways is a reply
    that never comes: give the client a short timeout.
    """

    def fail_some(request: Request) -> Reply:
        rng = random.Random(f"{request.fingerprint} {request.attempt}")
        good = answer(request)
        if rng.random() >= share:
            return good
        faults = [reset(), hang(), cut(good), truncated(good), mistyped(Reply(body=b"busy")), proxy_page()]
        faults += [proxy_page(200), rate_limited(), rate_limited(0.05), rate_limited(0.05, "retry-after-ms")]
        faults += [server_error(500), server_error(502), server_error(503)]
        return rng.choice(faults)

    return fail_some


def annotate(label: Callable[[str], str]) -> Answer:
    """Label the lines `[3] text`, or else the first JSON array of objects with an "id", in the last user message.

    The reply is `{"labels": [{"id": 3, "label": ...}, ...]}`; `label` sees a line's text, or an item as JSON.
    """

    def label_lines(request: Request) -> Reply:
        found: list[tuple[Any, str]] = [(int(i), text) for i, text in _LINE.findall(request.prompt)]
        if not found and (start := _ARRAY.search(request.prompt)):
            items, _ = json.JSONDecoder().raw_decode(request.prompt, start.start())
            found = [(item["id"], json.dumps(item, ensure_ascii=False)) for item in items]
        labels = [{"id": i, "label": label(text)} for i, text in found]
        return say(json.dumps({"labels": labels}), prompt_tokens=len(request.prompt) // 4 + 1)

    return label_lines


def _pick_label(text: str) -> str:
    return random.Random(text).choice(["anger", "happiness", "neutral", "sadness", "surprise"])


SCRIPTS: Mapping[str, Answer] = {"echo": echo, "faulty30": faulty(echo), "annotate": annotate(_pick_label)}

_LINE = re.compile(r"^\[(\d+)\][ \t]*(.*)$", re.MULTILINE)
_ARRAY = re.compile(r"\[\s*\{")

_NO_FORMAT = {
    "openai": "Invalid parameter: 'response_format' of type '{kind}' is not supported with this model.",
    "vllm": "[{{'type': 'literal_error', 'loc': ('body', 'response_format', 'type'), 'input': '{kind}'}}]",
    "llama.cpp": 'response_format type must be one of "text" or "json_object", but got: {kind}',
}
_NO_TOOLS = {
    "openai": "tools is not supported in this model.",
    "vllm": '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set',
    "llama.cpp": "tools param requires --jinja flag",
}
_VLLM_TYPES = {400: "BadRequestError", 401: "UnauthorizedError", 404: "NotFoundError", 429: "TooManyRequestsError"}


def _error(status: int, message: str, kind: str, code: str | None, flavour: Flavour) -> Reply:
    if flavour == "vllm":
        kind = _VLLM_TYPES.get(status, "InternalServerError")
        return Reply(status, body={"error": {"message": message, "type": kind, "param": None, "code": status}})
    if flavour == "llama.cpp":
        return Reply(status, body={"error": {"code": status, "message": message, "type": kind}})
    return Reply(status, body={"error": {"message": message, "type": kind, "param": None, "code": code}})
