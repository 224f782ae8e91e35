"""In which numbers a device computes."""

from pathlib import Path
from typing import Any, Literal

from roleinstruct.training.config_keys import renamed

__all__ = ["device_type", "on_this_machine", "precision_for"]


def device_type() -> str:
    """The kind of device that torch computes on here: "cuda", "xpu", "mps", ..., or "cpu"."""
    import torch

    accelerator = torch.accelerator.current_accelerator() if torch.accelerator.is_available() else None
    return accelerator.type if accelerator is not None else "cpu"


def precision_for(device: str) -> Literal["bf16", "fp16", "no"]:
    """The mixed precision to train in there, in accelerate's words; "no" is float32.

    TRL's own default is bf16 wherever it runs; on most CPUs that is emulated, and several times slower than float32.

    Args:
        device: As `device_type` says it.
    """
    from transformers.utils.import_utils import is_torch_bf16_gpu_available

    if device in ("cpu", "mps"):  # Metal of older chips emulates bf16, too
        return "no"
    if is_torch_bf16_gpu_available():
        return "bf16"
    return "fp16" if device == "cuda" else "no"


def on_this_machine(config: type, block: dict[str, Any], forced: dict[str, object], out: Path) -> dict[str, Any]:
    """A recipe's block with what the run decides, and with this machine's device and precision where neither says them.

    Args:
        config: The trainer's configuration that it is for, such as SFTConfig.
        block: As it was read.
        forced: Keys that the run decides.
        out: The folder for checkpoints and logs.
    """
    said = {**renamed(block, config), **renamed(forced, config)}
    device = "cpu" if said.get("use_cpu") else device_type()
    precision = "bf16" if said.get("bf16") else "fp16" if said.get("fp16") else precision_for(device)
    unsaid = {"use_cpu": device == "cpu", "bf16": precision == "bf16", "fp16": precision == "fp16"}
    # Said aloud, for transformers 5.23 warns of the old name by which TRL's own default goes.
    unsaid |= renamed({"activation_checkpointing": True}, config)
    return {**unsaid, **said, "output_dir": str(out)}
