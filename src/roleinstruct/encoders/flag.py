"""BGE through FlagEmbedding, its makers' own library."""

from collections.abc import Sequence
from importlib import import_module
from typing import Any

from roleinstruct.encoders.encoder import Vectors, unit
from roleinstruct.encoders.folder import find_model, quiet, spread
from roleinstruct.errors import ConfigError, needs_extra

__all__ = ["FlagEncoder", "best_device"]


class FlagEncoder:
    """Encodes by FlagEmbedding's `FlagModel`, or by `BGEM3FlagModel` and then takes its dense vectors.

    Args:
        model: A folder or a name on the Hub.
        m3: It is BGE-M3, or made from it.
        device: Such as "cpu" or "cuda:1"; None for the first GPU if there is one. Never several, for which
            FlagEmbedding would start processes.
        instruction: What is put before a query; None for what the model card says.

    Raises:
        MissingExtraError: FlagEmbedding is not installed.
        ConfigError: There is no such model, or it is none of the kind.
    """

    def __init__(
        self, model: str, *, m3: bool = False, device: str | None = None, instruction: str | None = None
    ) -> None:
        needs_extra("retrieval", "FlagEmbedding")
        folder = find_model(model)
        if folder.pooling not in ("", "cls", "mean"):
            raise ConfigError(f"{model} pools its tokens by {folder.pooling}, which FlagModel cannot: try sentence:.")
        self.name, told = folder.named(instruction)
        device = device or best_device()
        length = folder.max_length
        made = getattr(import_module("FlagEmbedding"), "BGEM3FlagModel" if m3 else "FlagModel")
        with quiet():
            self._model: Any = made(
                str(folder.path),
                pooling_method=folder.pooling or "cls",
                query_instruction_for_retrieval=told or None,
                query_max_length=length,  # the library's own 512 makes a smaller model fail, and cuts a larger one
                passage_max_length=length,
                use_fp16=device.startswith("cuda"),
                devices=device,
                batch_size=64,
            )
        config = self._model.model.model.config if m3 else self._model.model.config
        self._dimensions = int(config.hidden_size)

    def encode(self, texts: Sequence[str], *, query: bool = False) -> Vectors:
        """Vectors of texts, queries with the model's instruction before them."""
        vectors, places, fit = spread(texts, self._dimensions)
        if places:
            work = self._model.encode_queries if query else self._model.encode_corpus
            with quiet():
                found = work(fit)
            vectors[places] = unit(found["dense_vecs"] if isinstance(found, dict) else found)
        return vectors


def best_device() -> str:
    """The first GPU, if there is one."""
    return "cuda:0" if import_module("torch").cuda.is_available() else "cpu"
