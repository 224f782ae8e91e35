"""A small model of GLM's architecture that is made on the spot: from local text, in a minute, without a download.

It is no good model. It is one that answers in the right language and in whole words, so that training, answering and
scoring can be tried, tested and measured on two cores.
"""

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from roleinstruct.errors import ConfigError, needs_extra
from roleinstruct.training.blocks import Pair
from roleinstruct.training.pretraining import Pretraining, pretrain
from roleinstruct.training.quiet import quiet
from roleinstruct.training.tokenizers import END_OF_TEXT, ENDS, train_tokenizer

if TYPE_CHECKING:
    from transformers import GlmConfig

__all__ = ["RECORD", "Size", "make_tiny_glm", "tiny_config"]

RECORD = "tiny_glm.json"
"""The file that says how a model was made; the last one that is written."""


@dataclass(frozen=True, slots=True)
class Size:
    """How large; by default 1.8 million parameters.

    Attributes:
        vocabulary: The most tokens.
        hidden: Width of the model.
        layers: One behind the other.
        heads: Of attention; the width is a multiple of them.
        key_value_heads: Of those, so many with keys and values of their own.
        intermediate: Width within a layer.
        context: The most tokens of a conversation.
    """

    vocabulary: int = 3072
    hidden: int = 192
    layers: int = 3
    heads: int = 3
    key_value_heads: int = 1
    intermediate: int = 512
    context: int = 2048

    def __post_init__(self) -> None:
        head = self.hidden // self.heads if self.heads else 0
        # Half of each head turns with the position, and a turn takes two numbers.
        if not head or self.hidden % self.heads or head % 4 or self.heads % self.key_value_heads or self.layers < 1:
            raise ConfigError(
                f"{self} is no model: expected a width that is a multiple of four times the heads, heads that are a "
                "multiple of key_value_heads, and one layer or more."
            )


def make_tiny_glm(
    texts: Sequence[str],
    pairs: Sequence[Pair],
    out: Path,
    *,
    size: Size = Size(),
    how: Pretraining = Pretraining(),  # noqa: B008 - frozen
    heard: Callable[[int, int, float], None] = lambda step, steps, loss: None,
) -> Path:
    """Make a tokenizer and a GlmForCausalLM, pre-train it, and save it as transformers does.

    Args:
        texts: Plain text.
        pairs: Questions with neutral answers.
        out: The folder; what is in it is replaced when all is done.
        size: How large.
        how: How long it is trained, and how; see `pretrain` for what the same weights take.
        heard: See `pretrain`.

    Returns:
        `out`.

    Raises:
        MissingExtraError: torch or transformers is not installed.
        ConfigError: There is nothing to train on.
    """
    needs_extra("train", "torch", "transformers")
    import torch

    tokenizer = train_tokenizer([*texts, *(text for pair in pairs for text in pair)], size.vocabulary)
    model = _fresh(tokenizer, size, how.seed)
    losses = pretrain(model, tokenizer, texts, pairs, how, heard)
    made = out.with_name(f".{out.name}-part")
    shutil.rmtree(made, ignore_errors=True)
    with quiet():
        model.save_pretrained(made)
        tokenizer.save_pretrained(made)
    record = {
        "parameters": sum(weight.numel() for weight in model.parameters()),
        "size": asdict(size),
        "pretraining": asdict(how),
        "texts": len(texts),
        "pairs": len(pairs),
        "loss": {"first": losses[0], "last": sum(losses[-10:]) / len(losses[-10:])},
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
    }
    (made / RECORD).write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    shutil.rmtree(out, ignore_errors=True)
    made.rename(out)
    return out


def tiny_config(size: Size, **tokens: Any) -> "GlmConfig":  # noqa: ANN401 - ids, and lists of them
    """What config.json says of a tiny GLM.

    Args:
        size: How large.
        tokens: What depends on the tokenizer, such as `vocab_size`.
    """
    from transformers import GlmConfig

    return GlmConfig(
        hidden_size=size.hidden,
        intermediate_size=size.intermediate,
        num_hidden_layers=size.layers,
        num_attention_heads=size.heads,
        num_key_value_heads=size.key_value_heads,
        head_dim=size.hidden // size.heads,
        max_position_embeddings=size.context,
        tie_word_embeddings=True,
        **tokens,
    )


def _fresh(tokenizer: Any, size: Size, seed: int) -> Any:  # noqa: ANN401 - of transformers, whose classes bring no types
    """The model with random weights, each layer adding nothing at first; the caller's random numbers stay as they were.

    With layers that begin as nothing, the loss after 200,000 tokens was 3.7 where it was 4.6 with random ones.
    """
    import torch
    from transformers import GlmForCausalLM

    config = tiny_config(
        size,
        vocab_size=len(tokenizer),
        pad_token_id=tokenizer.convert_tokens_to_ids(END_OF_TEXT),
        eos_token_id=tokenizer.convert_tokens_to_ids(list(ENDS)),
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model: Any = GlmForCausalLM(config)
    for layer in model.model.layers:
        torch.nn.init.zeros_(layer.self_attn.o_proj.weight)
        torch.nn.init.zeros_(layer.mlp.down_proj.weight)
    return model.to("cuda" if torch.cuda.is_available() else "cpu")
