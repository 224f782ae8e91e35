"""What servers take of a LoRA adapter that they put on a base themselves, and an adapter written as they take it."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from roleinstruct.errors import ConfigError, ExportError
from roleinstruct.training.export.opening import Adapter

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["expect_fits", "expect_plain", "write_adapter"]


def expect_plain(adapter: Adapter, server: str) -> None:
    """Refuse an adapter that is more than two low-rank matrices, all of one scale, beside each of some linear layers.

    Args:
        adapter: The adapter.
        server: The server's name, for the sentence.

    Raises:
        ExportError: The server would leave a part of it out, or not load it.
    """
    used = [key for key, plain in _PLAIN.items() if adapter.words.get(key, plain) not in (plain, None, False, [], {})]
    if used:
        raise ExportError(
            f"{server} does not serve an adapter with {used[0]} ({adapter.words[used[0]]!r}): export it merged."
        )
    for name in _tensors(adapter):
        module = name.removesuffix(".weight").removesuffix(".lora_A").removesuffix(".lora_B")
        if module == name.removesuffix(".weight") or module.rsplit(".", 1)[-1] in _HEADS:
            raise ExportError(
                f"{server} does not serve what {adapter.folder} trained of {module.rsplit('.', 1)[-1]}: export it "
                "merged."
            )


def expect_fits(adapter: Adapter) -> None:
    """Hold the shapes of an adapter against those of its base, whose weights are not read.

    Raises:
        ConfigError: It was trained on another model.
    """
    import torch
    from transformers import AutoModelForCausalLM

    auto: Any = AutoModelForCausalLM  # its class brings no types
    with torch.device("meta"):
        linear = dict(auto.from_config(adapter.base_config).named_modules())
    for name, tensor in _tensors(adapter).items():
        module, side, _ = name.removeprefix("base_model.model.").rsplit(".", 2)
        weight = getattr(linear.get(module), "weight", None)
        is_first = side == "lora_A"
        if weight is None or weight.shape[1 if is_first else 0] != tensor.shape[1 if is_first else 0]:
            raise ConfigError(
                f"{adapter.folder} does not fit {adapter.base}: {module} is not there or of another size; it was "
                "trained on another model: name that one with --base."
            )


def write_adapter(adapter: Adapter, folder: Path, *, with_halves: bool) -> None:
    """Write the adapter's two files.

    Args:
        adapter: The adapter.
        folder: Where to; it is made.
        with_halves: Write an adapter of gate_up_proj, which is two layers in one, as two of gate_proj and up_proj: the
            same first matrix for both, and half of the rows of the second for each, so that nothing is rounded.
    """
    from safetensors.torch import save_file

    tensors, words = _tensors(adapter), dict(adapter.words)
    if with_halves:
        tensors = _in_halves(tensors)
        words["target_modules"] = sorted({name.rsplit(".", 3)[-3] for name in tensors})
    folder.mkdir(parents=True)
    save_file(tensors, folder / "adapter_model.safetensors", metadata={"format": "pt"})
    (folder / "adapter_config.json").write_text(json.dumps(words, indent=2) + "\n", encoding="utf-8")


_PLAIN: dict[str, Any] = {
    "modules_to_save": None, "use_dora": False, "bias": "none", "lora_bias": False, "rank_pattern": {},
    "alpha_pattern": {}, "target_parameters": None, "trainable_token_indices": None, "layer_replication": None,
    "fan_in_fan_out": False,
}  # fmt: skip
"""Keys of an adapter_config.json that have to say nothing."""

_HEADS = ("lm_head", "embed_tokens", "output_layer", "embedding", "wte")


def _tensors(adapter: Adapter) -> dict[str, "Tensor"]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    path = adapter.folder / "adapter_model.safetensors"
    try:
        tensors: dict[str, Tensor] = load_file(path)
    except (OSError, SafetensorError) as error:
        raise ConfigError(f"{path} cannot be read ({error}): train the adapter again.") from error
    return tensors


def _in_halves(tensors: dict[str, "Tensor"]) -> dict[str, "Tensor"]:
    found: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        if ".gate_up_proj." not in name:
            found[name] = tensor
            continue
        halves = (tensor, tensor) if ".lora_A." in name else tensor.chunk(2, dim=0)
        for half, part in zip(("gate_proj", "up_proj"), halves, strict=True):
            found[name.replace("gate_up_proj", half)] = part.clone()
    return found
