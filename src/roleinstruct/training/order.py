"""The order in which a training sees its rows: a function of the seed and the epoch alone.

So a run that goes on from a checkpoint in the middle of any epoch, in one process or in several, takes up the very row
at which it was stopped; the samplers of transformers and accelerate draw theirs from states that a new process lacks.
"""

import random
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["batching", "epoch_order"]


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


_WINDOW = 50
"""Steps among whose rows those of like length are sought; the usual number, of transformers' own sampler."""
