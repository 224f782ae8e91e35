"""Money set aside for single calls: who might pass the limit waits for those under way, which mostly cost less."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from roleinstruct.errors import RoleInstructError
from roleinstruct.llm.budget import Meter
from roleinstruct.llm.request import Usage

__all__ = ["Purse"]


@dataclass(slots=True)
class Purse:
    """Sets aside what calls may cost.

    Attributes:
        meter: Knows the limit, and what is spent and set aside.
    """

    meter: Meter
    _under_way: int = field(init=False, repr=False, default=0)
    _changed: asyncio.Event = field(init=False, repr=False, default_factory=asyncio.Event)
    _end: RoleInstructError | None = field(init=False, repr=False, default=None)

    async def hold(self, model: str, worst: Usage) -> float:
        """Set aside what a call may cost; as long as it could pass the limit, wait for calls under way to end.

        Returns:
            The dollars; every call of `hold` that returns is to be followed by one of `ending`.

        Raises:
            BudgetError: No call is under way, and this one could pass the limit.
            RoleInstructError: As given to `end`.
        """
        while self._end is None and self._under_way and not self.meter.can_afford(model, worst):
            self._changed.clear()
            await self._changed.wait()
        if self._end is not None:
            raise self._end
        dollars = self.meter.hold(model, worst)
        self._under_way += 1
        return dollars

    @contextmanager
    def ending(self, dollars: float) -> Iterator[None]:
        """For the time of a call: at its end let go of what was set aside, and wake who waits for it."""
        try:
            yield
        finally:
            self.meter.release(dollars)
            self._under_way -= 1
            self._changed.set()

    def end(self, error: RoleInstructError) -> None:
        """Begin no further call; all who wait raise the error."""
        self._end = self._end or error
        self._changed.set()
