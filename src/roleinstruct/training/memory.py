"""How much memory a training step takes, estimated without the model's weights.

    weights      the base's parameters, in the bytes of their type; 4-bit: 0.53 bytes for those of linear layers
    adapter      LoRA's parameters in 4 bytes, for PEFT keeps them in float32
    gradients    as much again
    optimizer    two numbers of 4 bytes for each of LoRA's parameters; of 1 byte with an 8-bit optimizer
    activations  what torch keeps of the way forward for the way back, counted by running the architecture's own code on
                 torch's device "meta", where tensors have a shape and no content. The matrix of attention is left out
                 unless attention is "eager". With checkpointing: one layer's share, and what goes into each layer
    loss         logits in float32, three times; TRL from 1.16 makes them in tiles of 4,096 x 32,768, and has a tile
                 twice on a GPU, and nine times on a CPU

Not in it: what CUDA and the libraries take for themselves (about 1 GB), what an allocator wastes, and gradients on
their way through a layer. It is for one process, without sharding. How far it is off: on a CPU, with a GLM of 4 million
parameters and steps of 8 and 16 rows of 512 tokens, the process grew by 1.23 and 1.28 times the estimate, and with
checkpointing by 1.27 and 1.54 times; what torch keeps is counted to 1 in 100. On a GPU it has not been measured.
"""

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from roleinstruct.errors import ConfigError, needs_extra
from roleinstruct.training.recipe import Recipe

if TYPE_CHECKING:
    import torch
    from transformers import PretrainedConfig
    from trl.trainer.dpo_config import DPOConfig
    from trl.trainer.sft_config import SFTConfig

__all__ = ["Memory", "estimate_memory", "expect_adapter"]


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes of a training step, by what takes them.

    Attributes:
        batch: Rows of it.
        length: Tokens of each row.
        dtype: Of the weights, such as "bfloat16", or "4-bit".
        has_checkpointing: Whether activations are computed twice instead of being kept.
        parameters: Of the base.
        trainable: Of the adapter.
    """

    batch: int
    length: int
    dtype: str
    has_checkpointing: bool
    parameters: int
    trainable: int
    weights: int
    adapter: int
    gradients: int
    optimizer: int
    activations: int
    loss: int

    @property
    def total(self) -> int:
        """All of it, in bytes."""
        return self.weights + self.adapter + self.gradients + self.optimizer + self.activations + self.loss


def estimate_memory(
    recipe: Recipe, config: "PretrainedConfig", arguments: "SFTConfig | DPOConfig", *, length: int
) -> Memory:
    """Estimate the largest step.

    Args:
        recipe: The recipe.
        config: The model's config.json; see `templates.load_config`.
        arguments: The trainer's configuration, for the batch, precision, optimizer and checkpointing.
        length: Tokens of its rows: the longest, or `max_length` where rows are packed.

    Raises:
        ConfigError: The lora block does not fit the model.
        MissingExtraError: torch or peft is not installed.
    """
    needs_extra("train", "torch", "transformers", "peft")
    batch, dtype = arguments.per_device_train_batch_size, _dtype(recipe, arguments)
    model = _shapes(recipe, config, dtype)
    base = {name: p.numel() for name, p in model.named_parameters() if not p.requires_grad}
    trainable = sum(p.numel() for p in model.parameters() if p.requires_grad)
    checkpointing = _has_checkpointing(arguments)
    text = config.get_text_config()
    tokens = batch * length
    activations = _kept(model, batch, length, is_eager=recipe.model.attn_implementation == "eager")
    if checkpointing:
        entries = text.num_hidden_layers * tokens * text.hidden_size * dtype.itemsize
        activations = activations // text.num_hidden_layers + entries
    four_bit = bool((recipe.model.quantization or {}).get("load_in_4bit"))
    return Memory(
        batch, length, "4-bit" if four_bit else str(dtype).removeprefix("torch."), checkpointing,
        sum(base.values()), trainable,
        weights=_weights(model, dtype.itemsize, recipe),
        adapter=trainable * 4,
        gradients=trainable * 4,
        optimizer=trainable * (2 if "8bit" in str(arguments.optim) else 8),
        activations=activations,
        loss=_loss(tokens, text.vocab_size, is_cpu=arguments.use_cpu),
    )  # fmt: skip


def expect_adapter(recipe: Recipe, config: "PretrainedConfig") -> None:
    """Check that the lora block fits a model, of which nothing but its config.json is read.

    Raises:
        ConfigError: It does not, as where it names modules that the model has not.
        MissingExtraError: torch or peft is not installed.
    """
    needs_extra("train", "torch", "transformers", "peft")
    import torch

    _shapes(recipe, config, torch.float32)


def _shapes(recipe: Recipe, config: "PretrainedConfig", dtype: "torch.dtype") -> Any:  # noqa: ANN401 - peft is untyped
    """The model with its adapter, without content; all in one type, as what is computed in it has it."""
    import torch
    from peft import get_peft_model
    from transformers import AutoModelForCausalLM

    auto: Any = AutoModelForCausalLM
    with torch.device("meta"):
        bare = auto.from_config(config, dtype=dtype, trust_remote_code=recipe.model.trust_remote_code)
    lora = recipe.lora_config(config.model_type)
    with warnings.catch_warnings():  # peft calls what transformers is about to rename
        warnings.simplefilter("ignore", FutureWarning)
        try:
            model = get_peft_model(bare, lora, low_cpu_mem_usage=True, autocast_adapter_dtype=False)
        except ValueError as error:
            raise ConfigError(
                f"{recipe.said_by('lora')}: the lora block does not fit {config.model_type}: {error}"
            ) from error
    return model.to(dtype).train()


def _dtype(recipe: Recipe, arguments: "SFTConfig | DPOConfig") -> "torch.dtype":
    """Of the weights, as `loading.load_base` has it."""
    import torch

    said = recipe.model.dtype
    found: torch.dtype = getattr(torch, said if said != "auto" else "bfloat16" if arguments.bf16 else "float32")
    return found


def _kept(model: Any, batch: int, length: int, *, is_eager: bool) -> int:  # noqa: ANN401 - as above
    """Bytes of what a forward pass keeps, parameters apart."""
    import torch

    own = {tensor.untyped_storage()._cdata for tensor in (*model.parameters(), *model.buffers())}
    kept: dict[int, torch.Tensor] = {}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        is_matrix = tuple(tensor.shape[-2:]) == (length, length)
        if tensor.untyped_storage()._cdata not in own and (is_eager or not is_matrix):
            kept[tensor.untyped_storage()._cdata] = tensor
        return tensor

    ids = torch.zeros((batch, length), dtype=torch.long, device="meta")
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        model.get_base_model().base_model(
            input_ids=ids,
            attention_mask=torch.ones((1, 1, length, length), dtype=torch.bool, device="meta"),
            position_ids=torch.arange(length, device="meta")[None],
            use_cache=False,
        )
    return sum(tensor.untyped_storage().nbytes() for tensor in kept.values())


def _weights(model: Any, itemsize: int, recipe: Recipe) -> int:  # noqa: ANN401 - as above
    """Bytes of the base's weights; quantisation leaves embeddings, norms and the output layer as they are."""
    words = recipe.model.quantization or {}
    small = 0.53 if words.get("load_in_4bit") else 1.0 if words.get("load_in_8bit") else itemsize
    return sum(
        round(parameter.numel() * (small if ".layers." in name and parameter.dim() > 1 else itemsize))
        for name, parameter in model.named_parameters()
        if not parameter.requires_grad
    )


def _loss(tokens: int, vocabulary: int, *, is_cpu: bool) -> int:
    from trl.trainer import utils

    if not hasattr(utils, "add_fused_lm_head"):
        return 3 * 4 * tokens * vocabulary
    return (9 if is_cpu else 2) * 4 * min(tokens, _TILE[0]) * min(vocabulary, _TILE[1])


_TILE = (4096, 32768)
"""Tokens and words of a tile of logits in TRL."""


def _has_checkpointing(arguments: "SFTConfig | DPOConfig") -> bool:
    named = {name: getattr(arguments, name) for name in _CHECKPOINTING if hasattr(arguments, name)}
    return any(named.values())


_CHECKPOINTING = ("activation_checkpointing", "gradient_checkpointing")
