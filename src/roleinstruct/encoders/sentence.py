"""Any model of sentence-transformers."""

from collections.abc import Sequence
from importlib import import_module
from typing import Any

from roleinstruct.encoders.encoder import Vectors, unit
from roleinstruct.encoders.flag import best_device
from roleinstruct.encoders.folder import ModelFolder, find_model, quiet, spread
from roleinstruct.errors import ConfigError, needs_extra

__all__ = ["SentenceEncoder"]


class SentenceEncoder:
    """Encodes by a `SentenceTransformer`, as the model's own `modules.json` says.

    BGE without that file is given its own way, the first token's vector; the library would silently take the mean.

    Args:
        model: A folder or a name on the Hub.
        device: Such as "cpu" or "cuda:1"; None for the first GPU if there is one.
        instruction: What is put before a query; None for the model's own prompt, and for BGE what its card says.

    Raises:
        MissingExtraError: sentence-transformers is not installed.
        ConfigError: There is no such model, or nothing says how its tokens become one vector.
    """

    def __init__(self, model: str, *, device: str | None = None, instruction: str | None = None) -> None:
        needs_extra("retrieval", "sentence_transformers")
        folder = find_model(model)
        self.name, self._instruction = folder.named(instruction)
        with quiet():
            self._model: Any = _load(folder, device or best_device())
        self._dimensions = int(self._model.get_embedding_dimension())

    def encode(self, texts: Sequence[str], *, query: bool = False) -> Vectors:
        """Vectors of texts, queries with the model's instruction before them."""
        vectors, places, fit = spread(texts, self._dimensions)
        if places:
            given = {"prompt": self._instruction} if query and self._instruction else {}
            work = self._model.encode_query if query else self._model.encode_document
            vectors[places] = unit(work(fit, show_progress_bar=False, **given))
        return vectors


def _load(folder: ModelFolder, device: str) -> Any:  # noqa: ANN401 - the library's class, which is not always here
    library = import_module("sentence_transformers")
    if folder.pooling:
        return library.SentenceTransformer(str(folder.path), device=device)
    if not folder.is_bge:
        raise ConfigError(
            f"{folder.name} has no modules.json, so that nothing says how its tokens become one vector: "
            "use flag: if it is the first token's, as for BGE, or save it by sentence-transformers."
        )
    models = import_module("sentence_transformers.sentence_transformer.modules")
    words = models.Transformer(str(folder.path), max_seq_length=folder.max_length)
    first = models.Pooling(words.get_embedding_dimension(), pooling_mode="cls")
    return library.SentenceTransformer(modules=[words, first, models.Normalize()], device=device)
