"""Lines of a batch: how a request is written into its file, and what the result files say of each."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from roleinstruct.llm.budget import worst_case
from roleinstruct.llm.chat import body_of, read_completion
from roleinstruct.llm.request import Reply, Request, Usage
from roleinstruct.llm.trouble import Kind, Trouble, of_status

__all__ = ["Line", "cut", "read_results"]


@dataclass(slots=True, eq=False)
class Line:
    """A request in a batch.

    Attributes:
        key: The request's.
        model: Who is asked.
        text: The line of the file.
        digest: Of what is sent: it differs where the same request goes out in another form.
        worst: The most tokens that it may use.
        attempts: How often it came back without a reply.
    """

    key: str
    model: str
    text: bytes
    digest: str
    worst: Usage
    attempts: int = field(default=0)

    @classmethod
    def of(cls, request: Request, form: Mapping[str, object]) -> "Line":
        """Write a request down.

        Args:
            request: What to ask.
            form: See `body_of`.
        """
        key, body = request.key, body_of(request, form)
        head = json.dumps({"custom_id": key, "method": "POST", "url": "/v1/chat/completions"})
        text = head[:-1].encode() + b', "body": ' + body + b"}\n"
        return cls(key, request.model, text, hashlib.sha256(body).hexdigest()[:16], worst_case(request))


def cut(lines: Sequence[Line], most: int, most_bytes: int) -> Iterator[list[Line]]:
    """Divide lines, in order, into files of so many lines and bytes at most; a longer line is a file of its own."""
    some: list[Line] = []
    size = 0
    for line in lines:
        if some and (len(some) == most or size + len(line.text) > most_bytes):
            yield some
            some, size = [], 0
        some.append(line)
        size += len(line.text)
    if some:
        yield some


def read_results(content: bytes, model: str) -> Iterator[tuple[str, Reply | Trouble]]:
    """What became of each request, by key, in no order; a line that cannot be read is passed over, and so is lost.

    Args:
        content: The output or error file of a batch.
        model: Who was asked.
    """
    for text in content.splitlines():
        try:
            found: Any = json.loads(text)
        except (ValueError, RecursionError):
            continue
        if isinstance(found, dict) and isinstance(found.get("custom_id"), str):
            yield found["custom_id"], _outcome(found, model)


def _outcome(found: Mapping[str, Any], model: str) -> Reply | Trouble:
    response, error = found.get("response"), found.get("error")
    if not isinstance(response, dict):
        said = error if isinstance(error, dict) else {}
        why = f"{said.get('code') or 'no response'}: {said.get('message') or 'no reason is given'}"
        return Trouble(Kind.FAULT, why)
    status, body = response.get("status_code"), response.get("body")
    if status != 200:
        return of_status(status if isinstance(status, int) else 0, json.dumps(body).encode(), {})
    try:
        return read_completion(body, model)
    except Trouble as trouble:
        return trouble
