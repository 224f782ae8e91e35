"""What TRL's forward does not do: the output layer for answers alone on a CPU, and the attention of folded rows.

TRL 1.16 gives a model a forward of its own (`fused_lm_head`). On a GPU with Triton it sends the tokens that are learnt
through the output layer; elsewhere all of them, though most are the prompt's.
"""

import functools
from typing import Any

import torch
from torch.nn import functional

__all__ = ["add_answer_head", "sees"]


def add_answer_head(model: Any) -> None:  # noqa: ANN401 - of transformers, whose classes bring no types
    """Put it before the forward that TRL has put on a model.

    Args:
        model: The base, without PEFT.
    """
    below = model.forward
    is_plain = not any(getattr(model.config.get_text_config(), name, None) for name in _MORE)

    @functools.wraps(below)  # generate() reads the signature
    def forward(*args: Any, segments: torch.Tensor | None = None, **given: Any) -> Any:  # noqa: ANN401
        if segments is not None:
            given["attention_mask"] = sees(segments)
        if is_plain and given.get("fused_lm_head") and model.device.type == "cpu":
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


def _answers(model: Any, *args: Any, labels: torch.Tensor, **given: Any) -> Any:  # noqa: ANN401
    """What TRL computes its loss and metrics of, for the tokens that are learnt alone: it sums all of it up."""
    from trl.trainer.utils import FusedCausalLMOutput

    given = {key: value for key, value in given.items() if key not in ("fused_lm_head", "num_items_in_batch")}
    read = model.base_model(*args, **{**given, "use_cache": False}).last_hidden_state[:, :-1]
    learnt = labels[:, 1:] != -100
    wanted = labels[:, 1:][learnt]
    logits = model.get_output_embeddings()(read[learnt]).float()
    said = -functional.cross_entropy(logits, wanted, reduction="none")
    with torch.no_grad():
        sure = torch.log_softmax(logits, -1)
        entropy, is_first = -(sure.exp() * sure).sum(-1), logits.argmax(-1) == wanted
    return FusedCausalLMOutput(log_probs=said, entropy=entropy, is_top1=is_first, label_mask=learnt)


_MORE = (
    "final_logit_softcapping",
    "logit_scale",
    "logits_scaling",
    "lm_head_multiplier",
    "output_multiplier",
    "output_router_logits",
)
"""Of models whose output layer does more than multiply: they keep TRL's."""
