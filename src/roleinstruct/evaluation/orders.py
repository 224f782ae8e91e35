"""In which orders answers are shown to a judge, so that no system gains by its place.

Source: Williams 1949, "Experimental Designs Balanced for the Estimation of Residual Effects of Treatments": a Latin
square in which every system also follows every other equally often.
"""

import hashlib
from collections.abc import Sequence
from typing import Literal

from roleinstruct.errors import ConfigError

__all__ = ["Orders", "orders_of", "williams"]

Orders = Literal["2", "all"]
"""How many orders an item is judged in: one and its mirror, or all of the design."""


def williams(n: int) -> list[tuple[int, ...]]:
    """The design for 0 to n - 1: n orders for an even number, 2 n for an odd one.

    Everybody has every place equally often, and is shown before every other in half of the orders.

    Raises:
        ConfigError: There are fewer than two.
    """
    if n < 2:
        raise ConfigError(f"{n} systems have no order: give two or more to be judged.")
    first = [step // 2 if step % 2 == 0 else n - (step + 1) // 2 for step in range(n)]
    rows = [tuple((place + turn) % n for place in first) for turn in range(n)]
    return rows if n % 2 == 0 else [*rows, *(row[::-1] for row in rows)]


def orders_of(item: str, systems: Sequence[str], which: Orders = "all") -> list[tuple[str, ...]]:
    """The orders in which the systems' answers to an item are shown: the same in every run and for every order given.

    Who has which part of the design differs from item to item, and so does the order that "2" takes.

    Args:
        item: Its id.
        systems: Two or more names, each once.
        which: "all", or "2": one order and its mirror, which shows every pair both ways round at the cost of two calls.

    Raises:
        ConfigError: There are fewer than two systems.
    """
    rows = williams(len(systems))
    dealt = sorted(systems, key=lambda name: _digest(f"{item} {name}"))
    orders = [tuple(dealt[number] for number in row) for row in rows]
    if which == "all":
        return orders
    chosen = orders[int.from_bytes(_digest(item)) % len(orders)]
    return [chosen, chosen[::-1]]


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
