"""Many pieces of work at once, their results in order."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import TypeVar

from roleinstruct.errors import RoleInstructError

__all__ = ["in_order"]

Item = TypeVar("Item")
Result = TypeVar("Result")


async def in_order(
    items: Iterable[Item], work: Callable[[Item], Awaitable[Result]], window: int
) -> AsyncIterator[Result]:
    """Work on many items at once, and yield the results in the order of the items.

    Memory holds `window` items, however many there are. When a piece of work raises one of our errors, what is under
    way comes to its end first, since it may have been paid for; when the consumer stops, it is cancelled.

    Args:
        items: Taken one by one.
        work: What to do with each.
        window: How many may be begun before the first of them is done.
    """
    waiting: deque[asyncio.Future[Result]] = deque()
    try:
        for item in items:
            waiting.append(asyncio.ensure_future(work(item)))
            if len(waiting) >= window:
                yield await waiting.popleft()
            elif len(waiting) % 64 == 0:
                await asyncio.sleep(0)
        while waiting:
            yield await waiting.popleft()
    except RoleInstructError:
        await asyncio.gather(*waiting, return_exceptions=True)
        raise
    finally:
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
