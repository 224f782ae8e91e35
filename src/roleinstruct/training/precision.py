"""In which numbers a device computes."""

from typing import Literal

__all__ = ["device_type", "precision_for"]


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
