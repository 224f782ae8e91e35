"""A model for Ollama: its Modelfile with the chat template, the persona, the stop tokens and the paper's sampling.

Where the weights come from is the user's choice: a GGUF file by llama.cpp's converter, which knows most architectures;
the merged safetensors, which Ollama converts itself where it knows the architecture and the way its tokenizer cuts
text (convert/convert.go, convert/tokenizer.go, read in 2026); or the adapter beside a base that Ollama has already.
"""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from roleinstruct.errors import ExportError
from roleinstruct.records import Message
from roleinstruct.training.export.chat_template import served_template
from roleinstruct.training.export.conversations import CONVERSATIONS, Conversation
from roleinstruct.training.export.gaps import Gaps, find_gaps
from roleinstruct.training.export.gguf import write_gguf
from roleinstruct.training.export.go_interpreter import execute
from roleinstruct.training.export.go_template import go_template
from roleinstruct.training.export.lora import expect_fits, expect_plain, write_adapter
from roleinstruct.training.export.merging import TEMPERATURE, TOP_P, write_merged, write_tokenizer
from roleinstruct.training.export.modelfile import is_readable, modelfile
from roleinstruct.training.export.opening import Adapter
from roleinstruct.training.export.parity import Parity, compare_prompts
from roleinstruct.training.export.staging import staged
from roleinstruct.training.rendering import prompt_text, tokens_of

__all__ = ["export_ollama"]


def export_ollama(
    adapter: Adapter, out: Path, *, system: str = "", converter: Path | None = None, ollama_base: str = ""
) -> Parity:
    """Write a folder in which `ollama create NAME` makes the model.

    Args:
        adapter: See `opening.open_adapter`.
        out: A folder that does not exist yet, or is empty.
        system: The persona that answers where a conversation brings no system prompt; "" for none.
        converter: llama.cpp's converter, see `gguf.find_converter`; None to leave the conversion to Ollama.
        ollama_base: The name of the base in Ollama's library, to put the adapter beside it; "" for merged weights.

    Raises:
        ConfigError: The adapter does not fit its base, or `out` is not free.
        ExportError: Ollama cannot be made to ask as was trained, or cannot take the weights; `out` stays empty.
    """
    gaps = find_gaps(lambda messages: prompt_text(messages, adapter.tokenizer))
    with staged(out, adapter.sources) as folder:
        if ollama_base:
            source, parity = _beside(adapter, folder, ollama_base)
            gaps, adds_bos = _without_bos(gaps, adapter)
        else:
            source, parity = _whole(adapter, folder, converter)
            adds_bos = False
        parity.export = "ollama"
        is_in_template = bool(system) and not is_readable(system)
        template = go_template(gaps, system if is_in_template else "")
        _compare(adapter, parity, template, Message("system", system) if system else None, is_in_template, adds_bos)
        stops = _names(adapter, parity.stop_ids)
        text = modelfile(source, template, "" if is_in_template else system, stops, _parameters(adapter))
        (folder / "Modelfile").write_text(text, encoding="utf-8")
        parity.write(folder)
    return parity


def _whole(adapter: Adapter, folder: Path, converter: Path | None) -> tuple[list[str], Parity]:
    """Merged weights, as GGUF or for Ollama to convert."""
    if converter is not None:
        return ["FROM ./model.gguf"], write_gguf(adapter, folder, converter, "auto")
    architecture = next(iter(adapter.base_config.architectures or ()), adapter.base_config.model_type)
    if architecture not in _IMPORTED:
        raise ExportError(
            f"Ollama does not convert {architecture} from safetensors: name a copy of llama.cpp with --llama-cpp, "
            "whose converter writes GGUF."
        )
    model = folder / "model"
    write_tokenizer(adapter, served_template(adapter), model)
    if not (model / "tokenizer.model").is_file() and _way_of_cutting(model / "tokenizer.json") not in _CUT:
        raise ExportError(
            "Ollama's own conversion does not know how this tokenizer cuts text, and would cut it otherwise: name a "
            "copy of llama.cpp with --llama-cpp, whose converter writes GGUF."
        )
    parity = write_merged(adapter, model)
    path = model / "tokenizer_config.json"
    words: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    words |= {"add_bos_token": False, "add_eos_token": False}  # the template writes what the training had
    path.write_text(json.dumps(words, ensure_ascii=False, indent=2), encoding="utf-8")
    parity.not_compared.append("the tokens that Ollama's own conversion makes: it is done by `ollama create`.")
    return ["FROM ./model"], parity


def _beside(adapter: Adapter, folder: Path, ollama_base: str) -> tuple[list[str], Parity]:
    """The adapter for a base that Ollama has."""
    if adapter.base_config.model_type not in _ADAPTED or adapter.words.get("use_rslora"):
        raise ExportError(
            f"Ollama takes adapters of {', '.join(sorted(_ADAPTED))} without rsLoRA, and this one is of "
            f"{adapter.base_config.model_type}: leave out --ollama-base to export it merged."
        )
    expect_plain(adapter, "Ollama")
    expect_fits(adapter)
    write_adapter(adapter, folder / "adapter", with_halves=False)
    parity = Parity.of("ollama", adapter)
    parity.not_compared.append(
        f"the weights and the tokenizer of {ollama_base} in Ollama's library: take the one of {adapter.base}, "
        "unquantised if it can be had."
    )
    return [f"FROM {ollama_base}", "ADAPTER ./adapter"], parity


def _compare(
    adapter: Adapter, parity: Parity, template: str, persona: Message | None, is_in_template: bool, adds_bos: bool
) -> None:
    """Hold what Ollama will make of conversations against the training: it adds the persona where there is none."""

    def found(conversation: Conversation) -> list[int]:
        messages = conversation.messages
        if is_in_template and messages[0] == persona:
            messages = messages[1:]
        bos = [adapter.tokenizer.bos_token_id] if adds_bos else []
        return [*bos, *tokens_of(execute(template, messages), adapter.tokenizer)]

    conversations = [_with(persona, one) for one in CONVERSATIONS]
    try:
        counts = compare_prompts(adapter, found, "Ollama", conversations)
    except ExportError:
        bare = [one.stripped() if one.has_blanks else one for one in conversations]
        counts = compare_prompts(adapter, found, "Ollama", bare)
        parity.notes.append(
            "the chat template of the training takes white space away from the ends of messages, and Ollama does not: "
            "send messages without it."
        )
    parity.prompts["ollama"] = counts
    parity.not_compared.append(
        "what Ollama itself writes: its template was run by a reader of the same language that is part of this package."
    )


def _with(persona: Message | None, conversation: Conversation) -> Conversation:
    if persona is None or conversation.messages[0].role == "system":
        return conversation
    return Conversation(conversation.name, (persona, *conversation.messages), conversation.has_blanks)


def _without_bos(gaps: Gaps, adapter: Adapter) -> tuple[Gaps, bool]:
    """The gaps without the beginning-of-text token where the tokenizer, and so Ollama, adds it by itself."""
    bos = adapter.tokenizer.bos_token
    if not bos or adapter.tokenizer("x")["input_ids"][0] != adapter.tokenizer.bos_token_id:
        return gaps, False
    if not all(gap.startswith(bos) for (last, _), gap in gaps.before.items() if not last):
        raise ExportError(
            f"Ollama puts {bos} before every prompt of this model, and the training had none there: leave out "
            "--ollama-base to export it merged."
        )
    before = {pair: gap.removeprefix(bos) if not pair[0] else gap for pair, gap in gaps.before.items()}
    return Gaps(before, gaps.opening), True


def _names(adapter: Adapter, stop_ids: Sequence[int]) -> list[str]:
    names = [str(name) for name in adapter.tokenizer.convert_ids_to_tokens(list(stop_ids))]
    if lost := [name for name in names if not is_readable(name)]:
        raise ExportError(f"a Modelfile cannot hold the stop token {lost[0]!r}; nothing was exported.")
    return names


def _parameters(adapter: Adapter) -> dict[str, float]:
    """The paper's sampling; Ollama's own choices besides, of the likeliest 40 and against repetition, are put off."""
    room = getattr(adapter.base_config, "max_position_embeddings", None) or _ROOM
    sampling = {"temperature": TEMPERATURE, "top_p": TOP_P, "top_k": 0, "min_p": 0, "repeat_penalty": 1}
    return {**sampling, "num_ctx": min(room, _ROOM)}


_ROOM = 8192
"""Tokens of a conversation that Ollama keeps, where the model knows as many; its own choice is half of that or less."""

_ADAPTED = frozenset({"gemma2", "llama", "mistral"})

_IMPORTED = frozenset({
    "CohereForCausalLM", "Gemma2ForCausalLM", "Gemma3ForCausalLM", "GemmaForCausalLM", "LlamaForCausalLM",
    "MixtralForCausalLM", "Olmo3ForCausalLM", "Phi3ForCausalLM", "Qwen2ForCausalLM",
})  # fmt: skip

_CUT = frozenset(
    {
        "d98f9631be1e9607a9848c26c1f9eac1aa9fc21ac6ba82a2fc0741af9780a48f",  # Llama 3
        "03df5c5863ad70781dcfdef491ead25140f895fe8010964be0daefe27be32b02",  # DeepSeek
        "21cde974d587f0d54dc8d56b183cc1e6239600172035c68fbd6d4b9f8da0576e",  # DeepSeek Coder
        "1ff7f41064896984db5d1bb6ff64fa4bc29007d08c1b439e505b7392777a319e",  # Qwen 2
    }
)
"""What Ollama knows a tokenizer's way of cutting text by: a digest of its regular expressions."""


def _way_of_cutting(path: Path) -> str:
    words: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    steps = (words.get("pre_tokenizer") or {}).get("pretokenizers") or ()
    digest = hashlib.sha256()
    for step in steps:
        if step.get("type") == "Split":
            digest.update(str(step["pattern"].get("Regex", "")).encode())
    return digest.hexdigest()
