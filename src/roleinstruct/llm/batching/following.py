"""A batch at a server from its sending to its end: looked at now and then, its results read when it has ended."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from roleinstruct.llm.batching.api import BatchApi
from roleinstruct.llm.batching.records import BatchRecord
from roleinstruct.llm.batching.results import read_results
from roleinstruct.llm.request import Reply
from roleinstruct.llm.trouble import Trouble

__all__ = ["BatchOptions", "Ending", "follow"]


@dataclass(frozen=True, slots=True)
class BatchOptions:
    """How batches are made and followed.

    Attributes:
        quiet: Seconds without a further request after which those that wait are sent.
        first_look: Seconds until a batch is looked at for the second time.
        longest_look: Seconds between looks, to which they grow.
        requests: The most in one batch.
        size: The most bytes of one file.
        attempts: How often a request is sent before it is given up.
        patience: Seconds without any reply after which the server is given up.
    """

    quiet: float = 2.0
    first_look: float = 5.0
    longest_look: float = 60.0
    requests: int = 50_000
    size: int = 200_000_000
    attempts: int = 3
    patience: float = 600.0


@dataclass(frozen=True, slots=True)
class Ending:
    """How a batch has ended.

    Attributes:
        results: By key, what became of the requests; those that are missing are lost.
        refusal: Why the server would not begin it at all, or "".
        is_too_much: Whether it would not because too much waits there already.
    """

    results: dict[str, Reply | Trouble] = field(default_factory=dict)
    refusal: str = ""
    is_too_much: bool = False


async def follow(
    api: BatchApi, record: BatchRecord, options: BatchOptions, model: str, hear: Callable[[int], None]
) -> Ending:
    """Wait for the end of a batch.

    Args:
        api: The server.
        record: The batch; one without the server's name was never made.
        options: How often to look.
        model: Who was asked.
        hear: Is told how many requests have been answered.

    Raises:
        EndpointError: The server refuses, or is not there.
    """
    if not record.batch:
        return Ending()
    pause = options.first_look
    while (shown := await api.look(record.batch)) is not None and shown["status"] not in _ENDED:
        hear(int((shown.get("request_counts") or {}).get("completed") or 0))
        await asyncio.sleep(pause)
        pause = min(1.5 * pause, options.longest_look)
    if shown is None:
        return Ending()
    if shown["status"] == "failed":
        errors: list[Any] = (shown.get("errors") or {}).get("data") or [{}]
        too_much = any(error.get("code") == "token_limit_exceeded" for error in errors)
        return Ending(refusal="; ".join(_told(error) for error in errors[:3]), is_too_much=too_much)
    results: dict[str, Reply | Trouble] = {}
    for kind in ("error_file_id", "output_file_id"):
        results |= read_results(await api.read(shown.get(kind)), model)
    return Ending(results)


def _told(error: Mapping[str, Any]) -> str:
    line = f"line {error['line']}: " if error.get("line") else ""
    return f"{line}{str(error.get('message') or 'no reason is given').rstrip('.')} ({error.get('code')})"


_ENDED = frozenset({"completed", "failed", "expired", "cancelled"})
