"""A hub on 127.0.0.1 that speaks the Hub's protocol to its real clients: for tests, in memory, with no other promise.

The hub is known as 127.0.0.1 and its object store as localhost, since clients tell hosts apart by name. Tokens have
rights, commits have git's ids, a stale parent is refused, and every byte that is uploaded is searched for every token.
What a client asks for that is not here is noted in `unknown`, and a test that leaves something there has failed.

    with Hub() as hub:
        token = hub.user("ann")
        os.environ["HF_ENDPOINT"] = hub.endpoint     # before huggingface_hub is imported
"""

import io
import json
import re
import secrets
import socket
import threading
import time
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

import yaml

from hub_faults import Fault, take
from hub_store import Entry, Repo
from hub_xet import XetStore

__all__ = ["Answer", "Hub", "Seen", "check_yaml", "unpacked"]

LARGE = (".parquet", ".safetensors", ".bin", ".gguf", ".png", ".zip", ".jpg", ".charx")
"""Files that are kept as objects whatever their size; others are from 1 MB."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A request, with the bytes of its body and of its answer."""

    method: str
    path: str
    user: str
    status: int
    received: int
    sent: int


@dataclass(slots=True)
class Answer:
    """What is sent back: JSON, or bytes."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)

    def content(self) -> bytes:
        if isinstance(self.body, bytes):
            return self.body
        return b"" if self.body is None else json.dumps(self.body).encode()


def refuse(status: int, message: str, code: str = "") -> Answer:
    headers = {"X-Error-Message": message} | ({"X-Error-Code": code} if code else {})
    return Answer(status, {"error": message}, headers)


class Refused(Exception):
    """An answer that ends the work on a request."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer


def check_yaml(content: str, kind: str) -> list[str]:
    """The least that a hub asks of a card: its YAML parses to a mapping."""
    match = re.match(r"---\r?\n(.*?)\r?\n---(\r?\n|\Z)", content, re.DOTALL)
    try:
        found = yaml.safe_load(match.group(1)) if match else {}
    except yaml.YAMLError as error:
        return [f"the YAML of this {kind} cannot be read: {' '.join(str(error).split())}"]
    return [] if isinstance(found, dict | None) else ["the YAML is no mapping"]


def unpacked(content: bytes) -> bytes:
    """The texts inside a table or an archive, in which they lie compressed; nothing of what is neither, or broken."""
    if content[:4] == content[-4:] == b"PAR1":
        import pyarrow as pa
        import pyarrow.parquet as pq

        rows, sink = pq.read_table(io.BytesIO(content)), pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, rows.schema) as stream:
            stream.write_table(rows)
        return bytes(sink.getvalue().to_pybytes())
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return b"".join(archive.read(name) for name in archive.namelist())
    except (zipfile.BadZipFile, zlib.error):  # no archive, or a piece of one, which is searched again when it is whole
        return b""


class Hub:
    """The hub, on threads of its own from `with` to the end of its block.

    Args:
        validate: What is wrong with a card: its text and the kind of repository.
        has_xet: Whether it offers the Xet store.
        page: The most rows of a page.
        port: 0 for any free one.
    """

    def __init__(
        self,
        *,
        validate: Callable[[str, str], list[str]] = check_yaml,
        has_xet: bool = True,
        page: int = 1000,
        port: int = 0,
    ) -> None:
        self.validate, self.has_xet, self.page = validate, has_xet, page
        self.repos: dict[tuple[str, str], Repo] = {}
        self.objects: dict[str, bytes] = {}
        self.parts: dict[str, dict[int, bytes]] = {}
        self.xet = XetStore()
        self.faults: list[Fault] = []
        self.seen: list[Seen] = []
        self.unknown: list[str] = []
        self.leaks: list[str] = []
        self.part_size = 50_000_000
        self.lock = threading.RLock()
        self._users: dict[str, tuple[str, str]] = {}
        self._orgs: dict[str, set[str]] = {}
        self._signatures: set[str] = set()
        self._server = _Server(("127.0.0.1", port), self)
        self.port = int(self._server.server_address[1])

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def store(self) -> str:
        return f"http://localhost:{self.port}"

    def user(self, name: str, role: str = "write", orgs: tuple[str, ...] = ()) -> str:
        """A token of a user, who is made if there is none of that name."""
        token = f"hf_{secrets.token_hex(17)}"
        self._users[token] = (name, role)
        self._orgs.setdefault(name, {name}).update(orgs)
        return token

    def repo(self, kind: str, name: str) -> Repo:
        return self.repos[kind, name]

    def files(self, kind: str, name: str, revision: str = "main") -> dict[str, bytes]:
        """What lies in a repository, as a reader gets it."""
        commit = self.repo(kind, name).commit_of(revision)
        assert commit is not None
        return {path: self.content(entry) for path, entry in commit.files.items()}

    def content(self, entry: Entry) -> bytes:
        if entry.xet:
            return self.xet.file(entry.xet)
        return self.objects[entry.sha256] if entry.sha256 else entry.content

    def sign(self, url: str) -> str:
        signature = secrets.token_hex(12)
        self._signatures.add(signature)
        return f"{url}?signature={signature}"

    def is_signed(self, query: Mapping[str, list[str]]) -> bool:
        return query.get("signature", [""])[0] in self._signatures

    def who(self, authorization: str) -> tuple[str, str]:
        """Name and role of a request's user; ("", "") for nobody."""
        if not authorization:
            return "", ""
        found = self._users.get(authorization.removeprefix("Bearer "))
        if found is None:
            raise Refused(refuse(401, "Invalid credentials in Authorization header"))
        return found

    def orgs_of(self, user: str) -> set[str]:
        return self._orgs.get(user, set())

    def search(self, what: str, content: bytes) -> None:
        """Note a live token in what was uploaded, also where it is packed: in a table or an archive."""
        whole = content + unpacked(content)
        self.leaks += [f"{what} holds a token of {name}" for t, (name, _) in self._users.items() if t.encode() in whole]

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        if error is None:
            assert not self.unknown, f"requests that this hub does not know: {self.unknown}"
            assert not self.leaks, self.leaks
            assert not self._server.failures, self._server.failures


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], hub: Hub) -> None:
        super().__init__(address, _Handler)
        self.hub = hub
        self.failures: list[BaseException] = []

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as in socketserver
        import sys

        error = sys.exc_info()[1]
        if error is not None and not isinstance(error, ConnectionError | TimeoutError | BrokenPipeError):
            self.failures.append(error)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_: object) -> None:
        pass

    def handle_one_request(self) -> None:
        self.requestline = self.raw_requestline = None  # type: ignore[assignment]
        super().handle_one_request()

    def _serve(self) -> None:
        hub: Hub = self.server.hub  # type: ignore[attr-defined]
        parts = urlsplit(self.path)
        path, query = parts.path, parse_qs(parts.query, keep_blank_values=True)
        fault = None
        with hub.lock:
            fault = take(hub.faults, self.command, path)
        if fault and fault.kind == "before":
            return self._reset()
        body = self._body(half=bool(fault and fault.kind == "inside"))
        if fault and fault.kind == "inside":
            return self._reset()
        if fault and fault.kind in ("silence", "delay"):
            time.sleep(fault.seconds)
        if fault and fault.kind == "silence":
            return self._reset()
        user = ""
        if fault and fault.kind == "status":
            answer = refuse(fault.status, "planned fault")
            answer.headers |= fault.headers
        elif fault and fault.kind == "page":
            answer = Answer(fault.status, b"<html>planned fault</html>", {"Content-Type": "text/html"})
        else:
            try:
                user, answer = self._answered(hub, path, query, body)
            except Refused as refused:
                answer = refused.answer
        if fault and fault.kind == "after":
            return self._reset()
        hub.seen.append(Seen(self.command, self.path, user, answer.status, len(body), len(answer.content())))
        self._send(answer, cut=bool(fault and fault.kind == "truncate"))
        return None

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = _serve

    def _answered(self, hub: Hub, path: str, query: Mapping[str, list[str]], body: bytes) -> tuple[str, Answer]:
        from hub_routes import ROUTES, STORE, Asked

        authorization = self.headers.get("Authorization", "")
        is_store = self.headers.get("Host", "").startswith("localhost")
        if is_store and authorization and not path.startswith("/xet/"):
            raise Refused(refuse(400, "the object store takes no Authorization"))
        user, role = ("", "") if is_store else hub.who(authorization)
        method = "GET" if self.command == "HEAD" else self.command
        for wanted, pattern, route in STORE if is_store else ROUTES:
            if wanted == method and (match := re.fullmatch(pattern, path)):
                found = {k: unquote(v) for k, v in match.groupdict().items() if v is not None}
                asked = Asked(
                    hub, user, role, found, query, body, {name.lower(): value for name, value in self.headers.items()}
                )
                return user, route(asked)
        hub.unknown.append(f"{self.command} {self.path}")
        return user, refuse(404, "no such route")

    def _body(self, *, half: bool) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            content = b""
            while size := int(self.rfile.readline().split(b";")[0], 16):
                content += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return content
        length = int(self.headers.get("Content-Length") or 0)
        return self.rfile.read(length // 2 if half else length)

    def _send(self, answer: Answer, *, cut: bool) -> None:
        content = answer.content()
        self.send_response(answer.status)
        headers = {"Content-Type": "application/json", "X-Request-Id": secrets.token_hex(4), **answer.headers}
        headers.setdefault("Content-Length", str(len(content)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content[: len(content) // 2] if cut else content)
        if cut:
            self.close_connection = True

    def _reset(self) -> None:
        """End the connection as a broken one ends."""
        import struct

        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True
