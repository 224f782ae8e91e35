"""An encoder by its name on a command line or in a config."""

import os
from pathlib import Path

from roleinstruct.encoders.cached import CachedEncoder
from roleinstruct.encoders.encoder import Encoder
from roleinstruct.encoders.ngrams import NgramEncoder
from roleinstruct.errors import ConfigError

__all__ = ["load_encoder"]


def load_encoder(
    spec: str,
    *,
    cache: Path | None = None,
    base_url: str | None = None,
    device: str | None = None,
    instruction: str | None = None,
) -> Encoder:
    """Make an encoder.

    Args:
        spec: "ngrams"; "flag:MODEL" or "m3:MODEL" for BGE through FlagEmbedding; "sentence:MODEL" for any model of
            sentence-transformers, MODEL being a folder or a name on the Hub; "openai:MODEL" for a server's.
        cache: Folder that keeps the vectors of models, so that every distinct text is encoded once; for "openai:" it
            is needed, since there they cost money. None keeps nothing.
        base_url: Server of "openai:"; None takes `OPENAI_BASE_URL`, or OpenAI itself.
        device: Of a local model, such as "cuda:1"; None for the first GPU if there is one.
        instruction: What a local model is told before a query; None for what its card says.

    Raises:
        ConfigError: The spec means nothing, or there is no such model.
        MissingExtraError: The library is not installed.
        EndpointError: There is no key for OpenAI.
    """
    kind, _, model = spec.partition(":")
    if spec == "ngrams":
        return NgramEncoder()
    if not model or kind not in ("flag", "m3", "sentence", "openai"):
        raise ConfigError(
            f"the encoder is {spec!r}, expected ngrams, or flag:MODEL, m3:MODEL, sentence:MODEL or openai:MODEL, as in "
            "flag:BAAI/bge-small-zh-v1.5."
        )
    if kind == "openai":
        return _from_server(model, cache, base_url)
    encoder = _local(kind, os.path.expanduser(model), device, instruction)
    return encoder if cache is None else CachedEncoder(encoder, cache / "vectors.sqlite")


def _local(kind: str, model: str, device: str | None, instruction: str | None) -> Encoder:
    if kind == "sentence":
        from roleinstruct.encoders.sentence import SentenceEncoder

        return SentenceEncoder(model, device=device, instruction=instruction)
    from roleinstruct.encoders.flag import FlagEncoder

    return FlagEncoder(model, m3=kind == "m3", device=device, instruction=instruction)


def _from_server(model: str, cache: Path | None, base_url: str | None) -> Encoder:
    from roleinstruct.encoders.openai import OpenAIEncoder
    from roleinstruct.llm.budget import Meter, Prices
    from roleinstruct.llm.endpoint import Endpoint

    if cache is None:
        raise ConfigError(f"openai:{model} may cost money, so that its vectors are always kept: give a cache folder.")
    endpoint = Endpoint.of(model, base_url)
    return OpenAIEncoder(endpoint, cache / "embeddings.sqlite", Meter(Prices.load().at(endpoint.base_url)))
