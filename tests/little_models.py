"""Folders with a model's small files and no weights: a tokenizer of `chat_tokenizers`, and the config for it."""

import json
from pathlib import Path

from transformers import GlmConfig, PretrainedConfig, Qwen2Config

from chat_tokenizers import ENDS, make_tokenizer

__all__ = ["make_folder", "write_recipe"]


def make_folder(folder: Path, shape: str, *, template: str | None = None, ends: tuple[str, ...] | None = None) -> Path:
    """Write config.json and the tokenizer; `ends` are the tokens that the model stops at."""
    tokenizer = make_tokenizer(shape, template=template)
    kind: type[PretrainedConfig] = GlmConfig if shape == "glm-4" else Qwen2Config
    config = kind(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=8,
        max_position_embeddings=512,
        pad_token_id=0,
        eos_token_id=tokenizer.convert_tokens_to_ids(list(ends if ends is not None else (ENDS[shape],))),
    )
    config.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def write_recipe(path: Path, model: Path | str, **sft: object) -> Path:
    """Write a recipe for it; JSON is YAML."""
    recipe = {
        "model": {"name_or_path": str(model)},
        "lora": {"r": 4, "lora_alpha": 8},
        "sft": {"use_cpu": True, "per_device_train_batch_size": 2, **sft},
        "data": {},
    }
    path.write_text(json.dumps(recipe), encoding="utf-8")
    return path
