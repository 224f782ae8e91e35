"""`order.epoch_order` as torch wants it."""

from collections.abc import Callable, Iterator, Sequence

from torch.utils.data import Sampler

from roleinstruct.training.order import epoch_order, family_order

__all__ = ["EpochOrder"]


class EpochOrder(Sampler[int]):
    """The rows of one epoch after the other.

    Args:
        lengths: See `epoch_order`, as are `batch`, `seed` and `by_length`.
        epoch: Asked for the epoch whenever a new one begins.
        families: See `family_order`; None for `epoch_order`.
    """

    def __init__(
        self,
        lengths: Sequence[int],
        *,
        batch: int,
        seed: int,
        epoch: Callable[[], int],
        by_length: bool,
        families: Sequence[int] | None = None,
    ) -> None:
        self._lengths, self._batch, self._seed = lengths, batch, seed
        self._epoch, self._by_length, self._families = epoch, by_length, families

    def __len__(self) -> int:
        return -(-len(self._lengths) // self._batch) * self._batch

    def __iter__(self) -> Iterator[int]:
        if self._families is not None:
            return iter(family_order(self._families, batch=self._batch, seed=self._seed, epoch=self._epoch()))
        order = epoch_order(
            self._lengths, batch=self._batch, seed=self._seed, epoch=self._epoch(), by_length=self._by_length
        )
        return iter(order)
