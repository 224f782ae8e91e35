"""How many calls are under way, and how fast they follow."""

import asyncio
import time

from roleinstruct.llm.limits import Gate, Pace


async def work(gate: Gate, calls: int, seconds: float) -> None:
    """Calls one after the other, while as many more are under way as the gate lets in."""
    for _ in range(calls):
        while gate.under_way < int(gate.limit):
            await gate.enter()
        gate.succeeded(seconds)
        gate.leave()


def test_the_gate_opens_with_success_and_halves_when_the_server_is_busy() -> None:
    gate = Gate(most=64, start=4)
    asyncio.run(work(gate, 40, 0.1))
    assert gate.limit == 44
    gate.failed(None, 0.1)
    assert gate.limit == 22
    gate.failed(None, 0.1)  # the calls of the same round say the same: it counts once
    assert gate.limit == 22
    asyncio.run(work(gate, 22, 0.1))
    assert 22.5 < gate.limit <= 23


def test_the_gate_closes_a_little_when_the_server_becomes_slow() -> None:
    gate = Gate(most=64, start=16)
    asyncio.run(work(gate, 64, 0.1))
    before = gate.limit
    asyncio.run(work(gate, 64, 0.5))
    assert gate.limit < before


def test_never_more_than_the_limit_are_inside_and_nobody_overtakes() -> None:
    gate = Gate(most=3, start=3)
    order: list[int] = []
    most = 0

    async def enter(number: int) -> None:
        nonlocal most
        await gate.enter()
        order.append(number)
        most = max(most, gate.under_way)
        await asyncio.sleep(0)
        gate.leave()

    async def all_of_them() -> None:
        await asyncio.gather(*(enter(number) for number in range(50)))

    asyncio.run(all_of_them())
    assert order == list(range(50))
    assert most == 3
    assert gate.under_way == 0


def test_who_is_cancelled_in_the_queue_takes_nobodys_place() -> None:
    async def cancel_some() -> Gate:
        gate = Gate(most=1, start=1)
        await gate.enter()
        waiting = [asyncio.ensure_future(gate.enter()) for _ in range(3)]
        await asyncio.sleep(0)
        waiting[0].cancel()
        gate.leave()
        waiting[1].cancel()  # it has been let in already, but does not know yet
        await asyncio.gather(*waiting[:2], return_exceptions=True)
        await asyncio.wait_for(waiting[2], 1)
        gate.leave()
        return gate

    assert asyncio.run(cancel_some()).under_way == 0


def test_a_pace_lets_a_seconds_worth_through_and_then_parts_them() -> None:
    async def take(pace: Pace, number: int) -> float:
        began = time.monotonic()
        for _ in range(number):
            await pace.take(1)
        return time.monotonic() - began

    assert asyncio.run(take(Pace(None), 1_000)) < 0.5
    assert 0.45 < asyncio.run(take(Pace(1_200), 31)) < 3  # 20 a second: 20 at once, then 10 or 11 of 50 ms each
