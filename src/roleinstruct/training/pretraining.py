"""Pre-training of a small model from nothing, in a bare loop.

Three things make it cheap: blocks that are full (see `training.blocks`), that only positions which are learnt from go
through the output layer, and an optimizer that learns more from each token than AdamW.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from roleinstruct.errors import ConfigError
from roleinstruct.training.blocks import Block, Pair, blocks
from roleinstruct.training.muon import Muon

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Pretraining", "pretrain"]


@dataclass(frozen=True, slots=True)
class Pretraining:
    """How long, and how.

    Attributes:
        tokens: To train on, counted with those that are only read.
        block: Tokens of a block.
        batch: Blocks of a step.
        muon_rate: The learning rate of the layers' matrices at its peak, which is reached after a twentieth of the
            steps; from there it falls in a straight line to 0.
        adam_rate: Likewise of all else, the embedding above all.
        talk: The share of conversations among the blocks, 0 to 1; the others are plain text.
        seed: Another one gives other weights and another order.

    Raises:
        ConfigError: A number is out of its range.
    """

    tokens: int = 400_000
    block: int = 512
    batch: int = 2
    muon_rate: float = 0.02
    adam_rate: float = 8e-3
    talk: float = 0.6
    seed: int = 0

    def __post_init__(self) -> None:
        is_fit = min(self.tokens, self.block, self.batch) > 0 and 0 <= self.talk <= 1
        if not is_fit or min(self.muon_rate, self.adam_rate) <= 0:
            raise ConfigError(
                f"{self} cannot be trained: expected tokens, block and batch of 1 or more, a share of conversations "
                "from 0 to 1, and rates above 0."
            )

    @property
    def steps(self) -> int:
        """Steps of the optimizer, one or more."""
        return max(1, self.tokens // (self.block * self.batch))

    def share(self, step: int) -> float:
        """What share of the rates a step takes, above 0 to 1; steps are counted from 0."""
        warm = max(1, self.steps // 20)
        return min((step + 1) / warm, (self.steps - step) / max(1, self.steps - warm))


def pretrain(
    model: Any,  # noqa: ANN401 - a causal language model of transformers, whose classes bring no types
    tokenizer: Any,  # noqa: ANN401 - likewise
    texts: Sequence[str],
    pairs: Sequence[Pair],
    how: Pretraining,
    heard: Callable[[int, int, float], None],
) -> list[float]:
    """Train a model in place.

    The same texts, settings, version of torch, kind of processor and number of threads give the same weights: the last
    three decide in which order floating-point numbers are summed up.

    Args:
        model: With an `lm_head` over a `model`, on the device that it is to be trained on.
        tokenizer: See `blocks`.
        texts: See `blocks`.
        pairs: See `blocks`.
        how: How long, and how.
        heard: Told the step, the number of steps and the loss, after each step.

    Returns:
        The loss of each step, in nats for each token that is learnt.
    """
    import torch

    supply = blocks(tokenizer, texts, pairs, size=how.block, talk=how.talk, seed=how.seed)
    inner = [weight for weight in model.model.layers.parameters() if weight.ndim == 2]
    known = {id(weight) for weight in inner}
    others = [weight for weight in model.parameters() if id(weight) not in known]
    muon = Muon(inner, decay=_DECAY)
    adam = torch.optim.AdamW(others, lr=how.adam_rate, betas=(0.9, 0.95), weight_decay=0.0, fused=True)
    losses: list[float] = []
    model.train()
    for step in range(how.steps):
        loss = _loss(model, [next(supply) for _ in range(how.batch)])
        loss.backward()  # type: ignore[no-untyped-call]
        muon.step(how.muon_rate * how.share(step))
        for group in adam.param_groups:
            group["lr"] = how.adam_rate * how.share(step)
        adam.step()
        model.zero_grad(set_to_none=True)
        losses.append(loss.item())
        heard(step + 1, how.steps, losses[-1])
    model.eval()
    return losses


_DECAY = 0.1


def _loss(model: Any, some: Sequence[Block]) -> "Tensor":  # noqa: ANN401
    """The mean over the tokens that are learnt, each foretold at the position before it."""
    import torch

    tokens = torch.tensor([block[0] for block in some], device=model.device)
    learnt = torch.tensor([block[1] for block in some], device=model.device)[:, 1:]
    read = model.model(input_ids=tokens[:, :-1], use_cache=False).last_hidden_state
    return torch.nn.functional.cross_entropy(model.lm_head(read[learnt]).float(), tokens[:, 1:][learnt])
