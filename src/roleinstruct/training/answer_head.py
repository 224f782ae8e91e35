"""What TRL's forward does not: the output layer for answers alone on a CPU, and the attention of folded rows.

TRL 1.16 puts a forward of its own on a model (`fused_lm_head`). On a GPU with Triton it sends the tokens that are
learnt through the output layer; elsewhere all of them, twice and in float32, though five of six are the persona's.
"""

from typing import Any

import torch
from torch.nn import functional
from trl.trainer.utils import FusedCausalLMOutput

__all__ = ["add_answer_head", "sees"]


def add_answer_head(model: Any) -> None:  # noqa: ANN401 - of transformers, whose classes bring no types
    """Put it on a model on which TRL has put its own; on a TRL that has none, only the attention of folded rows.

    Args:
        model: The base, without PEFT.
    """
    below = model.forward
    alone = not any(getattr(model.config.get_text_config(), name, None) for name in _SCALED)

    def forward(*args: Any, segments: torch.Tensor | None = None, **given: Any) -> Any:  # noqa: ANN401
        if segments is not None:
            given["attention_mask"] = sees(segments)
        if alone and given.get("fused_lm_head") and model.device.type == "cpu":
            del given["fused_lm_head"]
            return _answers(model, *args, **given)
        return below(*args, **given)

    model.forward = forward


def sees(segments: torch.Tensor) -> torch.Tensor:
    """Which tokens attend to which.

    Args:
        segments: (rows, tokens), whole numbers; see `folding.Folded`. What is negative is padding.

    Returns:
        (rows, 1, tokens, tokens), of bool: [:, :, i, j] says whether i sees j. Each token sees itself.
    """
    of, to = segments[:, None, :, None], segments[:, None, None, :]
    places = torch.arange(segments.shape[-1], device=segments.device)
    return ((to == 0) | (of == to)) & (places[:, None] >= places)


def _answers(model: Any, *args: Any, labels: torch.Tensor, **given: Any) -> FusedCausalLMOutput:  # noqa: ANN401
    given.pop("num_items_in_batch", None)
    read = model.base_model(*args, **{**given, "use_cache": False}).last_hidden_state[:, :-1]
    learnt = labels[:, 1:] != -100
    wanted = labels[:, 1:][learnt]
    logits = model.get_output_embeddings()(read[learnt]).float()
    said = -functional.cross_entropy(logits, wanted, reduction="none")
    with torch.no_grad():
        sure = torch.log_softmax(logits, -1)
        entropy = -(sure.exp() * sure).sum(-1)
        first = logits.argmax(-1) == wanted
    return FusedCausalLMOutput(log_probs=said, entropy=entropy, is_top1=first, label_mask=learnt)


_SCALED = (
    "final_logit_softcapping",
    "logit_scale",
    "logits_scaling",
    "lm_head_multiplier",
    "output_multiplier",
    "output_router_logits",
)
"""Of the configurations of models whose output layer does more than multiply: these keep TRL's."""
