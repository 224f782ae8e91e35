"""Examples of two invented people and a GLM of two layers: enough to train for a few steps in a test."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from roleinstruct.records import Example, Message
from roleinstruct.training.recipe import Recipe

__all__ = ["examples_and_validation", "little_examples", "little_recipe", "same_weights", "tiny_base", "weights"]

_ASKED = (
    ("老方", "你的锤子是谁给的？", "是我师傅临走时塞给我的，木柄换过三回。"),
    ("老方", "你早上几点起来？", "天不亮就起，先把炉子生上。"),
    ("老方", "桌腿松了怎么办？", "别急，拆下来重新上胶，捆一夜就好。"),
    ("老方", "你爱喝什么茶？", "粗茶，泡得浓些。"),
    ("老方", "徒弟做坏了料你骂不骂？", "骂两句，再给他一块。谁不是糟蹋着木头学出来的？"),
    ("老方", "下雨天做什么？", "磨凿子。"),
    ("Nora", "When do you get up?", "At four, long before the birds do."),
    ("Nora", "What do you put into the Friday bread?", "Rye, honey and whatever nuts are left over."),
    ("Nora", "Who taught you to bake?", "My aunt Edith, with a wooden spoon in hand."),
    ("Nora", "Is the oven old?", "Older than me, and in a worse temper."),
    ("Nora", "Do you ever rest?", "On Mondays."),
    ("Nora", "What sells best?", "White."),
)


def little_examples(begin: int = 0, end: int = len(_ASKED)) -> list[Example]:
    """Questions and answers, those of both people in turn."""
    order = [number for pair in zip(range(6), range(6, 12), strict=True) for number in pair]
    return [
        Example(
            f"{name}-{number:05d}",
            name,
            "specific",
            (Message("system", f"You are {name}."), Message("user", asked)),
            Message("assistant", said),
        )
        for number in order[begin:end]
        for name, asked, said in [_ASKED[number]]
    ]


def tiny_base(path: Path) -> Path:
    """A GLM of two layers with random weights, and a tokenizer of some 400 tokens in GLM-4's shape."""
    torch, transformers = pytest.importorskip("torch"), pytest.importorskip("transformers")
    from chat_tokenizers import make_tokenizer

    tokenizer = make_tokenizer("glm-4")
    user, end = tokenizer.convert_tokens_to_ids(["<|user|>", "<|endoftext|>"])
    torch.manual_seed(0)
    config = transformers.GlmConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=16,
        max_position_embeddings=512,
        eos_token_id=[end, user],
        pad_token_id=end,
        bos_token_id=None,
    )
    transformers.GlmForCausalLM(config).save_pretrained(path)
    tokenizer.save_pretrained(path)
    return path


def little_recipe(path: Path, base: Path, lora: dict[str, Any] | None = None, **sft: object) -> Recipe:
    """A recipe of 8 steps, three an epoch, of 4 rows that saves and evaluates at every third; `sft` sets keys anew."""
    words = {
        "model": {"name_or_path": str(base)},
        "lora": {"r": 4, "lora_alpha": 8, "lora_dropout": 0.1, **(lora or {})},
        "sft": {
            "learning_rate": 5.0e-2,
            "max_steps": 8,
            "per_device_train_batch_size": 2,
            "gradient_accumulation_steps": 2,
            "max_length": 128,
            "logging_steps": 1,
            "save_steps": 3,
            **sft,
        },
        "data": {},
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(words), encoding="utf-8")
    return Recipe.load(str(path))


def examples_and_validation() -> tuple[Sequence[Example], Sequence[Example]]:
    """Nine to train on, three to evaluate on."""
    return little_examples(0, 9), little_examples(9)


def weights(adapter: Path) -> dict[str, Any]:
    """The tensors of an adapter folder."""
    from safetensors.torch import load_file

    found: dict[str, Any] = load_file(adapter / "adapter_model.safetensors")
    return found


def same_weights(one: Path, other: Path) -> bool:
    """Whether two adapters are the same, bit for bit."""
    ours, theirs = weights(one), weights(other)
    return ours.keys() == theirs.keys() and all(bool((ours[name] == theirs[name]).all()) for name in ours)
