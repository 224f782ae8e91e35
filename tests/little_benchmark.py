"""A data set folder of two invented people, made by hand, and models small enough to answer it in a test."""

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from roleinstruct.dataset.derived import benchmark_rows, chat_rows
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.dataset.persona import persona
from roleinstruct.dataset.rows import general_row, profile_row, specific_row
from roleinstruct.emotions import Emotion
from roleinstruct.records import CharacterProfile, Instruction

__all__ = ["PEOPLE", "TEMPLATE", "little_benchmark", "tiny_adapter", "tiny_model"]

PEOPLE = {
    "老方": CharacterProfile("老方", "zh", {"职业": "木匠"}, ("慢性子",), "六十岁，修了一辈子桌椅。", ()),
    "Nora": CharacterProfile("Nora", "en", {"job": "baker"}, ("brisk",), "Bakes bread in a village.", ()),
}

TEMPLATE = (
    "{% for m in messages %}<|{{ m['role'] }}|>{{ m['content'] }}<|over|>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
"""How the tiny models are asked."""

_SPECIFIC = (
    ("老方", "你的锤子是谁给的？", "是我师傅临走时塞给我的，木柄换过三回。", "train"),
    ("老方", "你修过最旧的椅子是哪一把？", "村口祠堂那把太师椅，比我爷爷岁数还大。", "test"),
    ("老方", "你年轻时候最怕什么？", "最怕师傅半夜敲门查活儿，那才叫吓人！", "test"),
    ("Nora", "When do you get up?", "At four, long before the birds do.", "train"),
    ("Nora", "What do you put into the Friday bread?", "Rye, honey and whatever nuts are left over.", "test"),
    ("Nora", "Who taught you to bake?", "My aunt Edith, with a wooden spoon in hand.", "test"),
)
_GENERAL = (
    (
        "下雨天适合做什么？",
        "可以看书、收拾屋子或者听雨。",
        ("磨磨凿子，喝口热茶。", "下雨？正好磨凿子，喝茶。"),
        "test",
    ),
    ("怎么保存面包？", "放入密封袋，置于阴凉处，或者冷冻。", ("拿布包上，搁柜子里。",), "train"),
    ("How do I sleep better?", "Keep regular hours and avoid screens.", ("Get up at four, you will.",), "test"),
)


def little_benchmark(path: Path) -> Path:
    """Write it: 4 specific questions and 2 general ones are in the test part, 2 and 1 in the training part."""
    folder = DataFolder(path)
    specific = [
        (
            Instruction(f"{name}-specific-{number:05d}", name, "specific", asked, (said,), emotion=Emotion.HAPPINESS),
            split,
        )
        for number, (name, asked, said, split) in enumerate(_SPECIFIC, 1)
    ]
    general = [
        (Instruction(f"{name}-general-{number:05d}", name, "general", asked, said, raw_response=raw), split)
        for number, (asked, raw, said, split) in enumerate(_GENERAL, 1)
        for name in (["Nora"] if asked.isascii() else ["老方"])
    ]
    _write(folder, "profiles", [(profile_row(profile), "train") for profile in PEOPLE.values()])
    _write(folder, "specific", [(specific_row(item), split) for item, split in specific])
    _write(folder, "general", [(general_row(item), split) for item, split in general])
    every = [*specific, *general]
    chat = [(row, split) for item, split in every for row in chat_rows(item, persona(PEOPLE[item.character]))]
    _write(folder, "chat", chat)
    _write(
        folder, "benchmark", [(row, "test") for item, split in every if split == "test" for row in benchmark_rows(item)]
    )
    return path


def tiny_model(path: Path, *, template: str | None = TEMPLATE, always: int | None = None) -> Path:
    """A Llama of two layers with random weights, and a tokenizer of bytes; its answers are noise, and always the same.

    Skips the test where torch or transformers are not installed.

    Args:
        path: The folder to write.
        template: The chat template, if it has one.
        always: The one token that it says, whatever it is asked.
    """
    torch, transformers = pytest.importorskip("torch"), pytest.importorskip("transformers")
    config = transformers.LlamaConfig(
        vocab_size=300,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=2,
        max_position_embeddings=1024,
        eos_token_id=0,
        bos_token_id=0,
    )
    torch.manual_seed(0)
    model = transformers.LlamaForCausalLM(config)
    with torch.no_grad():
        if always is None:  # of so small a model all tokens are about as likely: make some of them likelier
            model.lm_head.weight.mul_(40)
        else:  # whatever it reads becomes the same vector
            for weights in model.parameters():
                weights.zero_()
            for weights in (model.model.embed_tokens.weight, model.model.norm.weight, model.lm_head.weight[always]):
                weights.fill_(1.0)
    model.save_pretrained(path)
    _save_tokenizer(path, template)
    return path


def tiny_adapter(path: Path, base: Path) -> Path:
    """A LoRA adapter on a tiny model that changes what it says; skips where peft is not installed."""
    peft, torch = pytest.importorskip("peft"), pytest.importorskip("torch")
    from transformers import AutoModelForCausalLM

    torch.manual_seed(1)
    settings = peft.LoraConfig(r=4, target_modules=["q_proj", "v_proj"], task_type="CAUSAL_LM", init_lora_weights=False)
    with warnings.catch_warnings():  # peft calls what transformers will rename
        warnings.simplefilter("ignore", FutureWarning)
        model = peft.get_peft_model(AutoModelForCausalLM.from_pretrained(base), settings)
    model.save_pretrained(path)
    return path


def _save_tokenizer(path: Path, template: str | None) -> None:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    special = ["<|end|>", "<|over|>", "<|system|>", "<|user|>", "<|assistant|>"]
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: number for number, token in enumerate([*special, *letters])}
    raw = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=raw, eos_token="<|end|>", pad_token="<|end|>", additional_special_tokens=special[1:]
    )
    tokenizer.chat_template = template
    tokenizer.save_pretrained(path)


def _write(folder: DataFolder, table: str, rows: Sequence[tuple[dict[str, Any], str]]) -> None:
    with folder.writer(table) as writer:
        for split in ("train", "validation", "test"):
            for row, belongs in rows:
                if belongs == split:
                    writer.write(row, split)
