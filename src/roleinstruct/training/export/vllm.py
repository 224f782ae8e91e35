"""Adapters for a vLLM server: several on one base, each a model of its own name.

What vLLM takes is read in its source, versions 0.14 to 0.27: `max_lora_rank` is one of a few numbers
(vllm/config/lora.py); DoRA, modules_to_save and biases are refused (vllm/lora/peft_helper.py), patterns of ranks and
alphas are passed over; modules have to be those that vLLM fuses (vllm/lora/lora_model.py), which of GLM's
gate_up_proj are gate_proj and up_proj (vllm/model_executor/models/{glm,glm4}.py). Prompts are written with the base's
tokenizer, and answers end at the tokens of generation_config.json.
"""

import json
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from roleinstruct.errors import ConfigError, ExportError
from roleinstruct.records import Message
from roleinstruct.training.export.chat_template import by_server, served_template
from roleinstruct.training.export.conversations import CONVERSATIONS, Conversation
from roleinstruct.training.export.lora import expect_fits, expect_plain, write_adapter
from roleinstruct.training.export.merging import TEMPERATURE, TOP_P, answering
from roleinstruct.training.export.opening import Adapter
from roleinstruct.training.export.parity import Parity, compare_prompts
from roleinstruct.training.export.staging import staged

__all__ = ["RANKS", "export_vllm", "served_rank"]

RANKS = (1, 8, 16, 32, 64, 128, 256, 320, 512)
"""What --max-lora-rank may be."""


def served_rank(rank: int) -> int:
    """The rank to start vLLM with for adapters of a rank.

    Raises:
        ExportError: It serves none of so high a rank.

    Examples:
        >>> served_rank(12)
        16
    """
    fit = next((served for served in RANKS if served >= rank), None)
    if fit is None:
        raise ExportError(f"vLLM serves ranks up to {RANKS[-1]}, and the adapter's is {rank}: export it merged.")
    return fit


def export_vllm(adapters: Mapping[str, Adapter], out: Path, request: Sequence[Message]) -> Parity:
    """Write a folder with the adapters, serve.sh, which starts the server, and request.sh, which asks the first.

    Args:
        adapters: By the names that they are asked by; all of one base and one chat template.
        out: A folder that does not exist yet, or is empty.
        request: What the example asks.

    Raises:
        ConfigError: An adapter does not fit its base, or they are of several, or `out` is not free.
        ExportError: vLLM would not serve one of them, or would ask otherwise than was trained; `out` stays empty.
    """
    first, *others = adapters.values()
    template = served_template(first)
    for other in others:
        if (other.base, served_template(other), other.stop_ids()) != (first.base, template, first.stop_ids()):
            raise ConfigError(
                f"{first.folder} and {other.folder} have another base, chat template or end of answers, so that one "
                "server cannot serve both: export them one by one."
            )
    for adapter in adapters.values():
        expect_plain(adapter, "vLLM")
        expect_fits(adapter)
    with staged(out, [folder for adapter in adapters.values() for folder in adapter.sources]) as folder:
        parity = _compared(adapters, template, request)
        for name, adapter in adapters.items():
            write_adapter(adapter, folder / "adapters" / name, with_halves=first.base_config.model_type in _IN_HALVES)
        (folder / "chat_template.jinja").write_text(template, encoding="utf-8")
        answering(first).save_pretrained(folder)
        _write_script(folder / "serve.sh", _serving(adapters))
        _write_script(folder / "request.sh", _asking(next(iter(adapters)), request))
        parity.write(folder)
    return parity


_IN_HALVES = frozenset({"glm", "glm4"})
"""Architectures of which vLLM knows gate_up_proj as gate_proj and up_proj alone."""


def _compared(adapters: Mapping[str, Adapter], template: str, request: Sequence[Message]) -> Parity:
    from transformers import AutoTokenizer

    first = next(iter(adapters.values()))
    of_base: Any = AutoTokenizer.from_pretrained(first.base)
    parity = Parity.of("vllm", first)
    conversations = (*CONVERSATIONS, Conversation("the example", tuple(request)))
    for name, adapter in adapters.items():
        parity.prompts[name] = compare_prompts(
            adapter, by_server(of_base, template), f"vLLM with the tokenizer of {first.base}", conversations
        )
    parity.not_compared.append("logits: vLLM is not started here; the adapters' weights are those of the training.")
    return parity


def _serving(adapters: Mapping[str, Adapter]) -> str:
    first = next(iter(adapters.values()))
    base = str(Path(first.base).resolve()) if Path(first.base).is_dir() else first.base
    rank = served_rank(max(int(adapter.words["r"]) for adapter in adapters.values()))
    modules = " ".join(shlex.quote(f"{name}=adapters/{name}") for name in adapters)
    return (
        f"vllm serve {shlex.quote(base)} \\\n  --enable-lora --max-lora-rank {rank} --max-loras {len(adapters)} \\\n"
        f"  --lora-modules {modules} \\\n  --chat-template chat_template.jinja --generation-config ."
    )


def _asking(name: str, request: Sequence[Message]) -> str:
    told = [{"role": message.role, "content": message.content} for message in request]
    body = {"model": name, "messages": told, "temperature": TEMPERATURE, "top_p": TOP_P}
    text = json.dumps(body, ensure_ascii=False, indent=2)
    return (
        "curl http://localhost:8000/v1/chat/completions -H 'Content-Type: application/json' \\\n"
        f"  -d {shlex.quote(text)}"
    )


def _write_script(path: Path, command: str) -> None:
    path.write_text(f'#!/bin/sh\ncd "$(dirname "$0")" || exit 1\n{command} "$@"\n', encoding="utf-8")
    path.chmod(0o755)
