"""The order in which a training sees its rows: a function of the seed and the epoch alone.

So a run that goes on from a checkpoint in the middle of any epoch, in one process or in several, takes up the very row
at which it was stopped; the samplers of transformers and accelerate draw theirs from states that a new process lacks.
"""

import math
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from roleinstruct.training.folding import TOGETHER, families

__all__ = ["batching", "epoch_order", "family_order", "to_fold"]


def batching(sft: Mapping[str, Any], lengths: Sequence[int]) -> dict[str, Any]:
    """How rows come together in batches, where the recipe does not say: THE place where that is decided.

    Args:
        sft: The recipe's block; what it says stays.
        lengths: Of the rows, in tokens.

    Returns:
        Keys of `SFTConfig`: rows of like length together, unless they are packed or all alike.
    """
    if sft.get("packing") or "train_sampling_strategy" in sft or len(set(lengths)) < 2:
        return {}
    return {"train_sampling_strategy": "group_by_length"}


def to_fold(sft: Mapping[str, Any], rows: Sequence[Sequence[int]], config: Any) -> list[int] | None:  # noqa: ANN401
    """The families of rows, where they are to be folded (see `folding`); None where they are not.

    Folded they are where the recipe does not say how they come together, most rows have kin, and the model is one of
    which it is known (by the tests) that folded rows give what separate ones give.

    Args:
        sft: The recipe's block.
        rows: Tokens of each.
        config: The model's, loaded, for its kind and its attention; of transformers, whose classes bring no types.
    """
    # Tokens of the authors' release that were trained on in a CPU second, by LoRA on a GLM of 3.9 million parameters,
    # in steps of 8 rows, 4 at a time (benchmarks/training.py): TRL's defaults 1,467; in float32 without checkpointing
    # 1,335; rows of like length, with the output layer for answers alone, 2,451; folded 5,713. A bare loop came to
    # 2,675 by length and to 6,105 folded. Packed, 4 rows attend within one matrix: 1,710 where padding in random order
    # came to 2,520. On a GPU it has not been measured.
    said = sft.get("packing") or sft.get("padding_free") or "train_sampling_strategy" in sft
    is_known = config.model_type in _FOLDABLE and getattr(config, "_attn_implementation", None) == "sdpa"
    if said or not is_known or getattr(config, "use_sliding_window", False):
        return None
    found = families(rows)
    many = sum(count for count in Counter(found).values() if count >= TOGETHER)
    return found if 2 * many >= len(rows) else None


def family_order(of: Sequence[int], *, batch: int, seed: int, epoch: int) -> list[int]:
    """All rows, shuffled, but `TOGETHER` of one family one behind the other; steps are full, as in `epoch_order`.

    Args:
        of: The family of each row.
        batch: Rows that make one step; see `epoch_order`.
        seed: Another one gives another order.
        epoch: From 0.
    """
    chance, size = random.Random(f"{seed} {epoch}"), math.gcd(batch, TOGETHER)
    rows = list(range(len(of)))
    chance.shuffle(rows)
    kin: dict[int, list[int]] = {}
    for row in rows:
        kin.setdefault(of[row], []).append(row)
    whole = [some[at : at + size] for some in kin.values() for at in range(0, len(some) - size + 1, size)]
    left = [row for some in kin.values() for row in some[len(some) - len(some) % size :]]
    groups = whole + [left[at : at + size] for at in range(0, len(left), size) if len(left) >= at + size]
    chance.shuffle(groups)
    order = [row for some in groups for row in some] + left[len(left) - len(left) % size :]
    return order + [order[place % len(order)] for place in range(-len(order) % batch)]


def epoch_order(lengths: Sequence[int], *, batch: int, seed: int, epoch: int, by_length: bool) -> list[int]:
    """All rows, shuffled.

    Every step is full, so that it is the same whatever number of processes shares it: where the last one lacks rows,
    those that come first are seen once more.

    Args:
        lengths: Of the rows, in tokens.
        batch: Rows that make one step, over all processes and accumulation.
        seed: Another one gives another order.
        epoch: From 0; each has an order of its own.
        by_length: Make steps of rows of like length, from windows of 50 steps; the step with the longest row comes
            first, so that a memory that does not suffice shows at once.
    """
    chance = random.Random(f"{seed} {epoch}")
    rows = list(range(len(lengths)))
    chance.shuffle(rows)
    rows += [rows[place % len(rows)] for place in range(-len(rows) % batch)]
    if not by_length:
        return rows
    steps: list[list[int]] = []
    for begin in range(0, len(rows), _WINDOW * batch):
        window = sorted(rows[begin : begin + _WINDOW * batch], key=lambda row: -lengths[row])
        steps += (window[at : at + batch] for at in range(0, len(window), batch))
    chance.shuffle(steps)
    longest = max(lengths)
    steps.sort(key=lambda step: lengths[step[0]] < longest)
    return [row for step in steps for row in step]


_FOLDABLE = frozenset({"glm", "glm4", "llama", "qwen2", "qwen3"})

_WINDOW = 50
"""Steps among whose rows those of like length are sought; the usual number, of transformers' own sampler."""
