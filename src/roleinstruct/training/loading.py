"""The base model and its tokenizer, in the precision and with the attention that suit the device."""

import os
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from roleinstruct.errors import ConfigError, TrainingError, needs_extra
from roleinstruct.training.failures import is_of_memory
from roleinstruct.training.fetching import hub_words, what_to_do
from roleinstruct.training.precision import device_type, precision_for
from roleinstruct.training.recipe import Recipe
from roleinstruct.training.templates import load_tokenizer

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

__all__ = ["load_base"]


def load_base(recipe: Recipe) -> "tuple[PreTrainedModel, PreTrainedTokenizerBase]":
    """The frozen model that a recipe tunes, and its tokenizer with the template that the recipe names.

    A `dtype` of "auto" is bfloat16 on a GPU that computes in it, else float32. On a GPU, FlashAttention is used where
    it is installed. Quantised weights are laid on this process's own device; other models are moved by the trainer.

    Raises:
        ConfigError: There is no such model, or transformers does not know it.
        MissingExtraError: A library that it needs is not installed.
        TrainingError: It does not fit into the memory.
    """
    needs_extra("train", "torch", "transformers", "peft", "trl", "accelerate")
    from safetensors import SafetensorError
    from transformers import AutoModelForCausalLM

    tokenizer = load_tokenizer(recipe)
    quantization = recipe.quantization_config()
    settings: dict[str, Any] = {"dtype": _dtype(recipe), "attn_implementation": _attention(recipe)}
    if quantization is not None:
        own = "cpu" if device_type() == "cpu" else int(os.environ.get("LOCAL_RANK", "0"))
        settings |= {"quantization_config": quantization, "device_map": {"": own}}
    try:
        model: PreTrainedModel = AutoModelForCausalLM.from_pretrained(
            recipe.model.name_or_path, **_where(recipe), **settings
        )
    except (OSError, ValueError, ImportError, SafetensorError) as error:  # the last of a file that is cut off
        raise _unloadable(recipe, error) from error
    except (MemoryError, RuntimeError) as error:
        if not is_of_memory(error):
            raise
        raise TrainingError(
            f"{recipe.model.name_or_path} alone does not fit into the memory: take a smaller model, or a recipe that "
            "quantises it (glm4-9b-qlora, qwen3-8b-qlora)."
        ) from error
    # Not by `prepare_model_for_kbit_training`, which TRL has left too: it makes float32 of embeddings, norms and the
    # output layer, several GB of a large vocabulary, for losses that differ in the third digit.
    return model, tokenizer


def _where(recipe: Recipe) -> dict[str, Any]:
    model = recipe.model
    words = {"revision": model.revision, "trust_remote_code": model.trust_remote_code}
    return {**words, **hub_words(model.name_or_path)}


def _dtype(recipe: Recipe) -> Any:  # noqa: ANN401 - a torch.dtype, imported late
    import torch

    said = recipe.model.dtype
    if said != "auto":
        return getattr(torch, said)
    device = "cpu" if recipe.sft.get("use_cpu") else device_type()
    return torch.bfloat16 if precision_for(device) == "bf16" else torch.float32


def _attention(recipe: Recipe) -> str | None:
    """None leaves the choice to transformers: SDPA where the architecture has it."""
    if recipe.model.attn_implementation or recipe.sft.get("use_cpu") or device_type() != "cuda":
        return recipe.model.attn_implementation
    return "flash_attention_2" if find_spec("flash_attn") is not None else None


def _unloadable(recipe: Recipe, error: Exception) -> ConfigError:
    reason = (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
    name = recipe.model.name_or_path
    return ConfigError(f"{name} cannot be loaded ({reason}): {what_to_do(name)}.")
