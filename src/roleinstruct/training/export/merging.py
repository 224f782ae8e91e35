"""A model of one piece: the adapter's weights added to the base's, held against the two together before it is used."""

import copy
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from roleinstruct.errors import ExportError
from roleinstruct.training.encoding import prompt_ids
from roleinstruct.training.export.chat_template import by_server, served_template
from roleinstruct.training.export.closeness import closeness, greedy
from roleinstruct.training.export.conversations import CONVERSATIONS
from roleinstruct.training.export.opening import Adapter, load_base, load_pair
from roleinstruct.training.export.parity import Parity, compare_prompts
from roleinstruct.training.export.staging import staged
from roleinstruct.training.quiet import quiet

if TYPE_CHECKING:
    from transformers import GenerationConfig

__all__ = ["TEMPERATURE", "TOP_P", "answering", "export_merged", "write_merged", "write_tokenizer"]

TEMPERATURE = 0.95
TOP_P = 0.7
"""How RoleCraft-GLM samples its answers (appendix C)."""


def export_merged(adapter: Adapter, out: Path) -> Parity:
    """Write a folder that transformers, vLLM and llama.cpp's converter open as they open any model.

    Args:
        adapter: See `opening.open_adapter`.
        out: A folder that does not exist yet, or is empty.

    Raises:
        ConfigError: The adapter does not fit its base, or `out` is not free.
        ExportError: The merged model would not say what the base with the adapter says; `out` stays empty.
    """
    with staged(out, adapter.sources) as folder:
        parity = write_merged(adapter, folder)
        parity.write(folder)
    return parity


def write_merged(adapter: Adapter, folder: Path) -> Parity:
    """Write the merged model into a folder, read it again from there, and compare.

    Raises:
        ConfigError: The adapter does not fit its base.
        ExportError: See `export_merged`.
    """
    from safetensors import SafetensorError
    from transformers import AutoTokenizer

    parity, template = Parity.of("merged", adapter), served_template(adapter)
    prompts = [prompt_ids(one.messages, adapter.tokenizer) for one in CONVERSATIONS]
    pair = load_pair(adapter)
    said = greedy(pair, prompts, parity.stop_ids)
    try:
        with quiet():
            merged = pair.merge_and_unload(safe_merge=True)
            merged.generation_config = answering(adapter)
            merged.save_pretrained(folder)
    except (ValueError, SafetensorError) as error:
        raise ExportError(f"{adapter.folder} cannot be merged ({str(error).splitlines()[0]}).") from error
    del pair, merged
    write_tokenizer(adapter, template, folder)
    written: Any = AutoTokenizer.from_pretrained(folder)
    parity.prompts["merged"] = compare_prompts(
        adapter, by_server(written, str(written.chat_template)), "a server of the merged model"
    )
    parity.weights = asdict(closeness(load_base(str(folder)), said))
    return parity


def write_tokenizer(adapter: Adapter, template: str, folder: Path) -> None:
    """Write the tokenizer of the training with the chat template for servers."""
    tokenizer = copy.deepcopy(adapter.tokenizer)
    tokenizer.chat_template = template
    tokenizer.save_pretrained(folder)


def answering(adapter: Adapter) -> "GenerationConfig":
    """How the exported model answers by default: sampling as in the paper, and every token that ends an answer."""
    from transformers import GenerationConfig

    configuration: Any = GenerationConfig  # its class brings no types
    tokenizer, stop_ids = adapter.tokenizer, adapter.stop_ids()
    pad = stop_ids[-1] if tokenizer.pad_token_id is None else tokenizer.pad_token_id
    made: GenerationConfig = configuration(
        do_sample=True, temperature=TEMPERATURE, top_p=TOP_P, top_k=0, eos_token_id=stop_ids, pad_token_id=pad
    )
    return made
