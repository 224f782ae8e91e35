"""What a recipe has to know of a model's architecture: which of its modules LoRA adapts, and where a turn ends."""

from typing import Literal

__all__ = ["end_of_turn", "target_modules"]


def target_modules(model_type: str) -> list[str] | Literal["all-linear"]:
    """The modules that `target_modules: auto` stands for.

    Every linear layer of attention and of the feed-forward block. The paper's script adapts attention alone
    (`query_key_value` of ChatGLM3: here q_proj, k_proj and v_proj), but adapters on all linear layers are what it
    takes to come as far as full fine-tuning (QLoRA, arXiv 2305.14314, section 4), and at rank 8 they are still 0.25 %
    of GLM-4-9B's weights. A mixture of experts keeps to attention: its experts are 3-D parameters, no modules.

    Args:
        model_type: The `model_type` of the model's config.json, such as "glm4".

    Returns:
        Names of modules, or "all-linear", which peft resolves, for an architecture that is not known here.
    """
    return [*_TARGETS[model_type]] if model_type in _TARGETS else "all-linear"


def end_of_turn(model_type: str) -> str | None:
    """The token with which a model ends its answer though its chat template does not write it, or None.

    A GLM-4 template closes no turn: the answer ends where the next user's turn would begin, and a model that was
    never trained on that token does not stop.
    """
    return "<|user|>" if model_type in _OPEN_TURNS else None


_ATTENTION = ("q_proj", "k_proj", "v_proj", "o_proj")
_GATED = (*_ATTENTION, "gate_proj", "up_proj", "down_proj")
_FUSED = (*_ATTENTION, "gate_up_proj", "down_proj")  # GLM's gate and up are one matrix

_TARGETS = {
    "glm": _FUSED,
    "glm4": _FUSED,
    "glm4_moe": _ATTENTION,
    "llama": _GATED,
    "qwen2": _GATED,
    "qwen3": _GATED,
}
_OPEN_TURNS = frozenset({"glm", "glm4", "glm4_moe"})
