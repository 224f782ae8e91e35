"""Vectors from a server that speaks OpenAI's protocol, every distinct text paid for once."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from roleinstruct.encoders.encoder import Vectors, unit
from roleinstruct.errors import ConfigError, EndpointError
from roleinstruct.llm.budget import Meter
from roleinstruct.llm.calling import Limits
from roleinstruct.llm.embeddings import MOST_TEXTS, Embeddings, embedding_of, embedding_request
from roleinstruct.llm.endpoint import Endpoint
from roleinstruct.llm.engine import Engine, Failed
from roleinstruct.llm.journal import Journal
from roleinstruct.llm.ordered import in_order
from roleinstruct.llm.trouble import Trouble

__all__ = ["LIMITS", "OpenAIEncoder"]

LIMITS = Limits(concurrency=8 * MOST_TEXTS)
"""Texts under way at once, which is eight calls; a limit of requests per minute counts texts here, not calls."""


class OpenAIEncoder:
    """Encodes by a server: OpenAI, vLLM, Ollama, llama.cpp, text-embeddings-inference, or another.

    Args:
        endpoint: The model and its server.
        journal: File that keeps every vector, committed before it is used. No other step may be writing to it.
        meter: Adds up what it costs, under the stage "embed", and stops before the limit.
        dimensions: Of the vectors, for models that can give shorter ones.
        limits: What it keeps to.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        journal: Path,
        meter: Meter,
        *,
        dimensions: int | None = None,
        limits: Limits = LIMITS,
    ) -> None:
        self.endpoint = endpoint
        self.meter = meter
        self._journal = journal
        self._dimensions = dimensions
        self._limits = limits

    @property
    def name(self) -> str:
        """The model's name, and the dimensions where they were chosen."""
        return self.endpoint.model if self._dimensions is None else f"{self.endpoint.model}/{self._dimensions}"

    def encode(self, texts: Sequence[str], *, query: bool = False) -> Vectors:
        """Vectors of texts; `query` changes nothing here.

        Raises:
            ConfigError: It was called from within an event loop.
            EndpointError: The server cannot be used, or gave no vector for a text; what it gave is kept.
            BudgetError: The next call could pass the limit.
            JournalError: A vector could not be kept.
            FolderError: Another process writes to the journal.
        """
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            distinct = list(dict.fromkeys(text for text in texts if text.strip()))
            rows = asyncio.run(self._ask(distinct)) if distinct else np.zeros((0, self._dimensions or 0), np.float32)
        else:
            raise ConfigError(
                "OpenAIEncoder.encode was called within an event loop, which it would hold up: call it by "
                "asyncio.to_thread(encoder.encode, texts)."
            )
        vectors = np.zeros((len(texts), rows.shape[1]), np.float32)
        place = {text: i for i, text in enumerate(distinct)}
        filled = [i for i, text in enumerate(texts) if text in place]
        vectors[filled] = rows[[place[texts[i]] for i in filled]]
        return vectors

    async def _ask(self, texts: Sequence[str]) -> Vectors:
        with Journal(self._journal) as journal:
            async with Engine(self.endpoint, journal, self.meter, self._limits, transport=Embeddings) as engine:

                async def one(text: str) -> tuple[str, NDArray[np.float32] | Failed]:
                    return text, await self._vector(engine, text)

                answers = [answer async for answer in in_order(texts, one, 2 * self._limits.concurrency)]
        failed = [(text, answer) for text, answer in answers if isinstance(answer, Failed)]
        if failed:
            text, first = failed[0]
            raise EndpointError(
                f"{self.endpoint.base_url} ({self.name}) gave no vector for {len(failed)} of {len(texts)} texts, the "
                f"first {text[:30]!r} with {len(text)} characters: {first.message}; the other vectors are kept."
            )
        return unit(np.stack([answer for _, answer in answers if not isinstance(answer, Failed)]))

    async def _vector(self, engine: Engine, text: str) -> NDArray[np.float32] | Failed:
        try:
            reply = await engine.ask(embedding_request(self.endpoint.model, text, self._dimensions), "embed")
        except Trouble as trouble:  # there is no other form to ask in
            return Failed("refused_by_server", trouble.message)
        return reply if isinstance(reply, Failed) else embedding_of(reply)
