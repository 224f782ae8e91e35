"""The routes of the Batch API: files go up, batches are made and looked at, results come down.

https://platform.openai.com/docs/guides/batch
"""

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from roleinstruct.errors import EndpointError
from roleinstruct.llm.calling import refusal
from roleinstruct.llm.endpoint import Endpoint
from roleinstruct.llm.trouble import Kind, Trouble
from roleinstruct.llm.wire import Wire

if TYPE_CHECKING:
    from aiohttp import FormData

__all__ = ["BatchApi"]

Data = Callable[[], "bytes | FormData | None"]


@dataclass(frozen=True, slots=True)
class BatchApi:
    """Talks to the server; what can pass is tried again.

    All methods raise `EndpointError` where the server refuses, or gives no reply for so long.

    Attributes:
        wire: Open.
        endpoint: The model and its server.
        patience: Seconds without any reply after which the server is given up.
    """

    wire: Wire
    endpoint: Endpoint
    patience: float = 600.0

    async def upload(self, lines: bytes) -> str:
        """Send a file of requests; returns its id."""

        def form() -> "FormData":
            from aiohttp import FormData

            made = FormData()
            made.add_field("purpose", "batch")
            made.add_field("file", lines, filename="requests.jsonl", content_type="application/jsonl")
            return made

        try:
            found = await self._json("POST", "/files", form, seconds=_LONG)
        except Trouble as trouble:
            if trouble.status in (404, 405, 501):
                raise EndpointError(
                    f"{self.endpoint.base_url} has no Batch API (POST /files: {trouble}): ask it without --batch."
                ) from trouble
            raise self._refused("a file of requests", trouble) from trouble
        return str(found["id"])

    async def create(self, file_id: str, name: str) -> str:
        """Make a batch of a file, once: where the answer is lost, the batch is looked for before it is made again.

        Args:
            file_id: The file.
            name: Our own name for the batch, kept in its metadata.

        Returns:
            The server's id of the batch.
        """
        told = {"input_file_id": file_id, "endpoint": "/v1/chat/completions", "completion_window": "24h"}
        body = json.dumps({**told, "metadata": {_NAME: name}}).encode()
        began, pause = time.monotonic(), 0.5
        while True:
            try:
                found: Mapping[str, Any] = json.loads(await self.wire.send("POST", "/batches", body))
                return str(found["id"])
            except (Trouble, ValueError, KeyError) as error:
                trouble = error if isinstance(error, Trouble) else Trouble(Kind.FAULT, "the reply is no batch")
            self._check(trouble, "a batch", began)
            await asyncio.sleep(trouble.after or pause)
            pause = min(2 * pause, _LONGEST)
            if trouble.kind is Kind.FAULT and (known := await self.find(name)):
                return known

    async def find(self, name: str) -> str:
        """The server's id of the batch that bears our name; "" if there is none."""
        after = ""
        while True:
            try:
                found = await self._json("GET", f"/batches?limit=100{f'&after={after}' if after else ''}")
            except Trouble as trouble:
                raise self._refused("the list of batches", trouble) from trouble
            batches: list[Any] = found.get("data") or []
            for batch in batches:
                if (batch.get("metadata") or {}).get(_NAME) == name:
                    return str(batch["id"])
            if not found.get("has_more") or not batches:
                return ""
            after = batches[-1]["id"]

    async def look(self, batch: str) -> Mapping[str, Any] | None:
        """How a batch is; None if the server has it no more."""
        try:
            found: Mapping[str, Any] = await self._json("GET", f"/batches/{batch}")
            return found
        except Trouble as trouble:
            if trouble.status == 404:
                return None
            raise self._refused(f"the state of {batch}", trouble) from trouble

    async def read(self, file_id: str | None) -> bytes:
        """The content of a file; nothing if there is none."""
        if not file_id:
            return b""
        try:
            return await self._patiently("GET", f"/files/{file_id}/content", seconds=_LONG)
        except Trouble as trouble:
            if trouble.status == 404:
                return b""
            raise self._refused(f"the results in {file_id}", trouble) from trouble

    async def _json(self, method: str, path: str, data: Data = lambda: None, seconds: float | None = None) -> Any:  # noqa: ANN401 - JSON
        content = await self._patiently(method, path, data, seconds)
        try:
            found = json.loads(content)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise Trouble(Kind.UNFIT, f"{method} {path} gives no JSON, it begins {content[:80]!r}")
        return found

    async def _patiently(
        self, method: str, path: str, data: Data = lambda: None, seconds: float | None = None
    ) -> bytes:
        began, pause = time.monotonic(), 0.5
        while True:
            try:
                return await self.wire.send(method, path, data(), seconds)
            except Trouble as trouble:
                if trouble.kind not in (Kind.BUSY, Kind.FAULT, Kind.UNREACHABLE):
                    raise
                self._check(trouble, path, began)
                wait = trouble.after or pause
            await asyncio.sleep(wait)
            pause = min(2 * pause, _LONGEST)

    def _check(self, trouble: Trouble, what: str, began: float) -> None:
        """Raise if there is no use in trying again."""
        if trouble.kind in (Kind.FORBIDDEN, Kind.SPENT, Kind.UNFIT, Kind.UNSUPPORTED):
            raise self._refused(what, trouble) from trouble
        if trouble.kind is not Kind.BUSY and time.monotonic() - began > self.patience:
            raise EndpointError(
                f"{self.endpoint.where} has given no reply for {time.monotonic() - began:.0f} seconds (the last "
                f"trouble: {trouble}); what was sent in batches goes on there: run the same command again."
            ) from trouble

    def _refused(self, what: str, trouble: Trouble) -> EndpointError:
        return refusal(self.endpoint, trouble, what)


_NAME = "roleinstruct"
_LONG = 3600.0  # seconds that a file of 200 MB may take
_LONGEST = 20.0
