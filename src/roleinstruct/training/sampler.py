"""`order.epoch_order` as torch wants it."""

from collections.abc import Callable, Iterator, Sequence

from torch.utils.data import Sampler

from roleinstruct.training.order import epoch_order

__all__ = ["EpochOrder"]


class EpochOrder(Sampler[int]):
    """The rows of one epoch after the other.

    Args:
        lengths: See `epoch_order`, as are `batch`, `seed` and `by_length`.
        epoch: Asked for the epoch whenever a new one begins.
    """

    def __init__(
        self, lengths: Sequence[int], *, batch: int, seed: int, epoch: Callable[[], int], by_length: bool
    ) -> None:
        self._lengths, self._batch, self._seed = lengths, batch, seed
        self._epoch, self._by_length = epoch, by_length

    def __len__(self) -> int:
        return -(-len(self._lengths) // self._batch) * self._batch

    def __iter__(self) -> Iterator[int]:
        order = epoch_order(
            self._lengths, batch=self._batch, seed=self._seed, epoch=self._epoch(), by_length=self._by_length
        )
        return iter(order)
