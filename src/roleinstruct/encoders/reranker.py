"""A model that reads query and passage together: slower than vectors, and better; for the few that were found."""

from collections.abc import Sequence
from importlib import import_module
from typing import Any

from roleinstruct.encoders.flag import best_device
from roleinstruct.encoders.folder import find_model, quiet
from roleinstruct.errors import needs_extra

__all__ = ["Reranker"]


class Reranker:
    """Scores pairs by FlagEmbedding's `FlagReranker`, such as BAAI/bge-reranker-v2-m3.

    Args:
        model: A folder or a name on the Hub.
        device: As `FlagEncoder` takes it.

    Raises:
        MissingExtraError: FlagEmbedding is not installed.
        ConfigError: There is no such model.
    """

    def __init__(self, model: str, *, device: str | None = None) -> None:
        needs_extra("retrieval", "FlagEmbedding")
        folder = find_model(model)
        self.name = folder.name
        device = device or best_device()
        with quiet():
            self._model: Any = import_module("FlagEmbedding").FlagReranker(
                str(folder.path), max_length=folder.max_length, use_fp16=device.startswith("cuda"), devices=device
            )

    def score(self, query: str, texts: Sequence[str]) -> list[float]:
        """How well each text answers the query, 0 to 1: the sigmoid of what the model says."""
        if not texts:
            return []
        with quiet():
            scores = self._model.compute_score([(query, text) for text in texts], normalize=True)
        return [float(score) for score in scores]
