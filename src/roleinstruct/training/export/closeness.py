"""How close merged weights come to a base with its adapter: the same greedy text, and logits within a tolerance."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from roleinstruct.errors import ExportError

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["TOLERANCE", "Closeness", "Said", "closeness", "greedy"]

TOLERANCE = {"float64": 1e-8, "float32": 1e-4, "float16": 1e-2, "bfloat16": 5e-2}
"""The most that logits may differ, as a share of the range from the least to the greatest logit of the same token.

Merging rounds each weight once more, to 24, 11 or 8 bits: a relative error of 6e-8, 5e-4 or 4e-3 at each, which grows
through the layers. What would be a mistake (a wrong scale, a layer left out) differs by a tenth and more.
"""


@dataclass(frozen=True, slots=True)
class Said:
    """What a model says to a prompt, each token the likeliest.

    Attributes:
        ids: The prompt and the answer.
        start: Where the answer begins.
        logits: Of the tokens of the answer: (answer, vocabulary), float32, on the CPU.
    """

    ids: tuple[int, ...]
    start: int
    logits: "Tensor"


@dataclass(frozen=True, slots=True)
class Closeness:
    """How close two models are.

    Attributes:
        dtype: The type of the weights.
        conversations: Answers that were compared.
        tokens: Tokens of these answers.
        difference: The greatest difference of two logits, as a share of the range of the logits of that token.
        tolerance: What it may be.
        ties: Tokens where another was the likeliest, though by less than the tolerance: 0 in float32.
    """

    dtype: str
    conversations: int
    tokens: int
    difference: float
    tolerance: float
    ties: int


def greedy(model: Any, prompts: Sequence[Sequence[int]], stop_ids: Sequence[int]) -> list[Said]:  # noqa: ANN401 - of many classes
    """Have a model answer, each time with the likeliest token, with at most `_TOKENS`.

    Args:
        model: Of transformers or PEFT.
        prompts: Token ids; those that leave no room for an answer are left out.
        stop_ids: Tokens that end an answer; the end is part of what is compared.

    Raises:
        ExportError: No prompt fits into the model.
    """
    import torch
    from transformers import GenerationConfig

    configuration: Any = GenerationConfig  # its class brings no types
    room = getattr(model.config, "max_position_embeddings", None)
    fit = [prompt for prompt in prompts if room is None or len(prompt) + _TOKENS <= room]
    if not fit:
        raise ExportError(f"no conversation fits into the model's {room} tokens, so that nothing can be compared.")
    plain = configuration(
        max_new_tokens=_TOKENS, do_sample=False, eos_token_id=list(stop_ids), pad_token_id=stop_ids[0]
    )
    said = []
    with torch.inference_mode():
        for prompt in fit:
            given = torch.tensor([list(prompt)], device=model.device)
            out = model.generate(input_ids=given, attention_mask=torch.ones_like(given), generation_config=plain)
            ids = tuple(out[0].tolist())
            said.append(Said(ids, len(prompt), _logits(model, ids, len(prompt))))
    return said


def closeness(model: Any, said: Sequence[Said]) -> Closeness:  # noqa: ANN401 - of many classes
    """Hold a model against what another said.

    Raises:
        ExportError: It would say something else, or its logits differ by more than the tolerance.
    """
    import torch

    dtype = str(model.dtype).removeprefix("torch.")
    tolerance = TOLERANCE[dtype]
    worst, ties = 0.0, 0
    with torch.inference_mode():
        for one in said:
            logits = _logits(model, one.ids, one.start)
            span = one.logits.amax(-1) - one.logits.amin(-1)
            gap = (logits - one.logits).abs().amax(-1) / span
            furthest = gap.max().item()
            best, other = one.logits.argmax(-1), logits.argmax(-1)
            lead = (one.logits.gather(-1, best[:, None]) - one.logits.gather(-1, other[:, None])).squeeze(-1) / span
            ties += int((best != other).sum())
            if not furthest <= tolerance or not lead.max().item() <= 2 * tolerance:  # a NaN is below nothing
                raise ExportError(
                    f"the merged weights do not say what the base with the adapter says: logits differ by "
                    f"{furthest:.2g} of their range, and {tolerance:g} is allowed in {dtype}; nothing was exported."
                )
            worst = max(worst, furthest)
    return Closeness(dtype, len(said), sum(len(one.ids) - one.start for one in said), worst, tolerance, ties)


_TOKENS = 24
"""The most of an answer that is compared."""


def _logits(model: Any, ids: Sequence[int], start: int) -> "Tensor":  # noqa: ANN401 - of many classes
    """The logits of which the tokens from `start` on are chosen: (answer, vocabulary)."""
    import torch

    given = torch.tensor([list(ids)], device=model.device)
    out: Tensor = model(input_ids=given, use_cache=False).logits
    return out[0, start - 1 : -1].float().cpu()
