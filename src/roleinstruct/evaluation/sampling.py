"""How the next token is chosen: by one number in [0, 1) for each token of an answer, which the question alone decides.

So an answer depends on the model, the question and the seed, and not on the questions that are answered beside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from roleinstruct.errors import ConfigError

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Sampling", "TokenDraws"]


@dataclass(frozen=True, slots=True)
class Sampling:
    """How answers are sampled; by default as RoleCraft-GLM does (appendix C).

    Attributes:
        temperature: 0 takes the most likely token each time.
        top_p: Of the probability, so much in the most likely tokens is drawn from; above 0, to 1.
        seed: Another seed gives other answers.
        max_tokens: The most of an answer.

    Raises:
        ConfigError: A number is out of its range.
    """

    temperature: float = 0.95
    top_p: float = 0.7
    seed: int = 0
    max_tokens: int = 256

    def __post_init__(self) -> None:
        if not (0 <= self.temperature < float("inf") and 0 < self.top_p <= 1 and self.max_tokens > 0):
            raise ConfigError(
                f"temperature {self.temperature}, top-p {self.top_p} and {self.max_tokens} tokens were given; expected "
                "a temperature of 0 or more, a top-p above 0 and to 1, and one token or more."
            )

    def as_json(self) -> dict[str, object]:
        """As a JSON document."""
        return {
            "temperature": self.temperature,
            "top_p": self.top_p,
            "seed": self.seed,
            "max_tokens": self.max_tokens,
        }


class TokenDraws:
    """A logits processor that leaves one token to each row of a batch, the one that is drawn.

    Args:
        sampling: How.
        seeds: One a row.
    """

    def __init__(self, sampling: Sampling, seeds: Sequence[int]) -> None:
        # Below 1 by more than rounding adds, so that no draw falls off the end of the probabilities.
        numbers = [np.random.default_rng(seed).random(sampling.max_tokens) * (1 - 1e-9) for seed in seeds]
        self._numbers, self._sampling, self._step = np.array(numbers), sampling, 0

    def __call__(self, input_ids: "Tensor", scores: "Tensor") -> "Tensor":
        """Scores that are -inf but for the token that is drawn: (rows, vocabulary)."""
        import torch

        chosen = self._drawn(scores.double()) if self._sampling.temperature else scores.argmax(-1, keepdim=True)
        self._step += 1
        return torch.full_like(scores, -torch.inf).scatter(1, chosen, 0.0)

    def _drawn(self, scores: "Tensor") -> "Tensor":
        import torch

        shares = torch.softmax(scores / self._sampling.temperature, -1)
        ordered, order = shares.sort(descending=True, stable=True)
        before = ordered.cumsum(-1) - ordered  # of the most likely token it is 0, so that one always stays
        kept = torch.where(before < self._sampling.top_p, ordered, 0.0)
        # Drawn in the order of the vocabulary: that of the probabilities changes with the last digit of one.
        ladder = torch.zeros_like(shares).scatter(1, order, kept).cumsum(-1)
        number = torch.as_tensor(self._numbers[:, self._step, None], device=scores.device)
        return torch.searchsorted(ladder, number * ladder[:, -1:], right=True)
