"""A real server on 127.0.0.1 that speaks OpenAI's protocol over HTTP/1.1, for tests and benchmarks of clients.

What it answers is a callable; `openai_replies.py` has replies, errors, faults and scripts to make one of. In a test:

    with OpenAIServer(lambda request: say("yes"), latency=0.1) as server:
        client = openai.AsyncOpenAI(base_url=server.base_url, api_key="none", max_retries=0)

By itself, until it is interrupted, with its base URL as the one line on stdout:

    python tests/openai_server.py --port 0 --latency 0.2 --script faulty30 --log calls.jsonl
"""

import argparse
import asyncio
import contextlib
import json
import socket
import struct
import sys
import threading
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from http.client import responses
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

from openai_batches import Batches, BatchPlan
from openai_replies import (
    SCRIPTS,
    Answer,
    Fault,
    Flavour,
    Reply,
    Request,
    bad_request,
    embeddings,
    encode,
    fingerprint,
    object_to,
)

__all__ = ["CHAT", "Call", "OpenAIServer"]

CHAT = "/v1/chat/completions"

_MODELS = {"object": "list", "data": [{"id": "stub", "object": "model", "created": 0, "owned_by": "tests"}]}
_QUERY = "?"
_TOLD_AND_GONE = struct.pack("ii", 1, 0)


@dataclass(frozen=True, slots=True)
class Call:
    """A request and the reply that was sent in full."""

    request: Request
    reply: Reply


class OpenAIServer:
    """The server, on a thread of its own from `with` to the end of its block.

    `answer` runs on that thread and must not block: a reply that takes its time says so by `delay`. What it raises is
    raised again at the end of the block.

    Args:
        answer: Gives the reply to a chat completion, single or in a batch.
        latency: Seconds that every reply takes.
        port: 0 for any free one.
        supports: Which of "json_schema", "json_object" and "tools" it has; a request for the others is refused.
        flavour: Whose words it refuses in; "silent" refuses nothing.
        batches: Plans of the batches in the order of their creation; the last one serves all further ones.
        embed: Gives the reply to a request for embeddings.
        log: File to which each call is appended as a line of JSON before its reply is sent.
        watch: Hears method and path of a request that was carried out, before its reply is sent.
    """

    def __init__(
        self,
        answer: Answer,
        *,
        latency: float = 0.0,
        port: int = 0,
        supports: Collection[str] = ("json_schema", "json_object", "tools"),
        flavour: Flavour = "openai",
        batches: Sequence[BatchPlan] = (BatchPlan(),),
        embed: Answer = embeddings,
        log: Path | None = None,
        watch: Callable[[str, str], None] = lambda method, path: None,
    ) -> None:
        self.latency = latency
        self.in_flight = 0
        self.peak = 0
        self.connections: set[_Connection] = set()
        self._answer, self._embed, self._supports, self._flavour = answer, embed, supports, flavour
        self._port, self._log_path, self._watch = port, log, watch
        self._log: BinaryIO | None = None
        self.batches = Batches(batches, self._answer_line)
        self._arrived = 0
        self._attempts: Counter[tuple[str, str]] = Counter()
        self._calls: list[Call] = []
        self._lock = threading.Lock()
        self._failures: list[BaseException] = []

    @property
    def base_url(self) -> str:
        """What a client takes as its `base_url`."""
        return f"http://127.0.0.1:{self._port}/v1"

    @property
    def calls(self) -> tuple[Call, ...]:
        """All calls so far whose reply was sent in full, errors too, in the order of the replies."""
        with self._lock:
            return tuple(self._calls)

    @property
    def arrived(self) -> int:
        """How many requests came, lines of batches and those that met a fault included."""
        return self._arrived

    def __enter__(self) -> Self:
        self._log = self._log_path.open("ab", buffering=0) if self._log_path else None
        listener = socket.create_server(("127.0.0.1", self._port), backlog=1024)
        self._port = listener.getsockname()[1]
        ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(listener, ready)))
        self._thread.start()
        ready.wait()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        if self._log is not None:
            self._log.close()
        if self._failures:
            raise self._failures[0]

    async def _serve(self, listener: socket.socket, ready: threading.Event) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        self._loop.set_exception_handler(self._note_failure)
        server = await self._loop.create_server(lambda: _Connection(self), sock=listener, backlog=1024)
        ready.set()
        await self._stop.wait()
        server.close()
        while self.connections:
            for connection in self.connections:
                connection.transport.abort()
            await asyncio.sleep(0)

    def _note_failure(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        self._failures.append(context.get("exception") or RuntimeError(context["message"]))

    def respond(self, method: str, path: str, headers: Mapping[str, str], raw: bytes) -> tuple[Request, Reply]:
        """Find the reply to one request."""
        form = headers.get("content-type", "").startswith("multipart/")
        try:
            body = json.loads(raw) if raw and not form else {}
        except ValueError:
            body = None
        request = self._admit(path, headers, body if isinstance(body, dict) else {})
        if not isinstance(body, dict):
            return request, bad_request("We could not parse the JSON body of your request.")
        reply = self._route(method, request, raw)
        self._watch(method, path)
        return request, reply

    def _route(self, method: str, request: Request, raw: bytes) -> Reply:
        match (method, *request.path.split("/")[1:]):
            case ("POST", "v1", "chat", "completions"):
                return self._complete(request)
            case ("POST", "v1", "embeddings"):
                return self._embed(request)
            case ("GET", "v1", "models"):
                return Reply(body=_MODELS)
            case ("POST", "v1", "files"):
                return self.batches.upload(request.headers.get("content-type", ""), raw)
            case ("GET", "v1", "files", name, "content"):
                return self.batches.content(name)
            case ("POST", "v1", "batches"):
                return self.batches.create(request.body)
            case ("GET", "v1", "batches"):
                return self.batches.listing(request.headers.get(_QUERY, "").partition("after=")[2] or None)
            case ("GET", "v1", "batches", name):
                return self.batches.poll(name)
            case ("POST", "v1", "batches", name, "cancel"):
                return self.batches.cancel(name)
            case _:
                return replace(bad_request(f"Invalid URL ({method} {request.path})"), status=404)

    def record(self, request: Request, reply: Reply) -> None:
        """Note a call that is complete; the log has it before the client has."""
        with self._lock:
            self._calls.append(Call(request, reply))
        if self._log is not None:
            usage = reply.body.get("usage") if isinstance(reply.body, dict) else None
            line = {"number": request.number, "path": request.path, "fingerprint": request.fingerprint}
            line |= {"attempt": request.attempt, "status": reply.status, "usage": usage}
            line["custom_id"] = request.headers.get("x-custom-id")
            self._log.write(json.dumps(line).encode() + b"\n")

    def _admit(self, path: str, headers: Mapping[str, str], body: dict[str, Any]) -> Request:
        name = fingerprint(body)
        request = Request(self._arrived, path, headers, body, self._attempts[path, name], name)
        self._arrived += 1
        self._attempts[path, name] += 1
        return request

    def _complete(self, request: Request) -> Reply:
        if request.body.get("stream"):
            return bad_request("This server does not stream.")
        reply = object_to(request.body, self._supports, self._flavour) or self._answer(request)
        if isinstance(reply.body, dict) and "choices" in reply.body:
            stamp = {"id": f"chatcmpl-{request.number}", "model": request.body.get("model")}
            reply = replace(reply, body=stamp | reply.body)
        return reply

    def _answer_line(self, path: str, headers: Mapping[str, str], body: dict[str, Any]) -> Reply | None:
        request = self._admit(path, headers, body)
        reply = self._complete(request) if path == CHAT else self._embed(request)
        if reply.fault is not None or isinstance(reply.body, bytes):
            return None
        self.record(request, reply)
        return reply


class _Connection(asyncio.Protocol):
    """One connection, kept alive; it serves its requests one after the other."""

    def __init__(self, server: OpenAIServer) -> None:
        self.server = server
        self.buffer = bytearray()
        self.busy = False
        self.timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.server.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self.server.connections.discard(self)
        if self.timer is not None:
            self.timer.cancel()
        self._rest()

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if not self.busy:
            self._take()

    def _take(self) -> None:
        end = self.buffer.find(b"\r\n\r\n") + 4
        if end < 4:
            return
        method, path, headers = _read_head(bytes(self.buffer[:end]))
        if "transfer-encoding" in headers:
            raise ValueError("the body comes in chunks, and this server wants a content-length")
        stop = end + int(headers.get("content-length", 0))
        if len(self.buffer) < stop:
            return
        raw = bytes(self.buffer[end:stop])
        del self.buffer[:stop]
        self.busy = True
        self.server.in_flight += 1
        self.server.peak = max(self.server.peak, self.server.in_flight)
        request, reply = self.server.respond(method, path, headers, raw)
        wait = self.server.latency + reply.delay
        if reply.fault is Fault.HANG:
            return
        if wait > 0:
            self.timer = asyncio.get_running_loop().call_later(wait, self._send, request, reply)
        else:
            self._send(request, reply)

    def _send(self, request: Request, reply: Reply) -> None:
        if self.transport.is_closing():
            return
        if reply.fault is Fault.RESET:
            link = self.transport.get_extra_info("socket")
            link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _TOLD_AND_GONE)
            self.transport.abort()
            return
        head, body = _render(request, reply)
        if reply.fault is Fault.CUT:
            self.transport.write(head + body[: len(body) // 2])
            self.transport.close()
            return
        self._rest()
        self.server.record(request, reply)
        self.transport.write(head + body)
        if request.headers.get("connection") == "close":
            self.transport.close()
        elif self.buffer:
            self._take()

    def _rest(self) -> None:
        self.server.in_flight -= self.busy
        self.busy = False


@lru_cache(maxsize=1024)
def _read_head(head: bytes) -> tuple[str, str, Mapping[str, str]]:
    # A client sends the same head again and again; all its requests then share one mapping.
    first, *lines = head.decode("latin-1").rstrip().split("\r\n")
    method, target, _ = first.split(" ")
    pairs = (line.partition(":") for line in lines)
    path, _, query = target.partition("?")
    return method, path, {name.lower(): value.strip() for name, _, value in pairs} | {_QUERY: query}


def _render(request: Request, reply: Reply) -> tuple[bytes, bytes]:
    body = encode(reply.body)
    headers = {"content-type": "application/json", "x-request-id": f"req_{request.number}", **reply.headers}
    lines = [f"HTTP/1.1 {reply.status} {responses.get(reply.status, 'Unknown')}", f"content-length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode(), body


def main() -> None:
    """Serve a script until interrupted."""
    parser = argparse.ArgumentParser(description="A local server that speaks OpenAI's protocol.")
    parser.add_argument("--port", type=int, default=0, help="0 for any free one")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds that every reply takes")
    parser.add_argument("--script", choices=sorted(SCRIPTS), default="echo")
    parser.add_argument("--log", type=Path, help="file to which each call is appended as a line of JSON")
    options = parser.parse_args()
    answer = SCRIPTS[options.script]
    with OpenAIServer(answer, latency=options.latency, port=options.port, log=options.log) as server:
        sys.stdout.write(server.base_url + "\n")
        sys.stdout.flush()
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    main()
