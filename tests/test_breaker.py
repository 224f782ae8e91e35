"""A server that goes down: nobody hammers it, nothing is burnt, it is waited for, and given up with one sentence."""

import asyncio
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from openai_replies import Reply as Said
from openai_replies import Request as Heard
from openai_replies import bad_request, echo, not_found_model, rate_limited, server_error, unauthorized
from openai_server import OpenAIServer
from roleinstruct.errors import EndpointError, StoppedError
from roleinstruct.llm.breaker import Breaker
from roleinstruct.llm.budget import Meter, Prices
from roleinstruct.llm.calling import Limits
from roleinstruct.llm.endpoint import Endpoint
from roleinstruct.llm.engine import Engine, Failed
from roleinstruct.llm.journal import Journal
from roleinstruct.llm.ordered import in_order
from roleinstruct.llm.request import Reply, Request
from roleinstruct.llm.trouble import Kind, Trouble
from roleinstruct.records import Message

FAULT = Trouble(Kind.FAULT, "HTTP 500")
GONE = Trouble(Kind.UNREACHABLE, "connection refused")
LIMITS = Limits(concurrency=16, attempts=3, patience=20)


def run(base_url: str, path: Path, number: int, limits: Limits = LIMITS) -> tuple[list[Reply | Failed], Engine]:
    async def ask_all() -> tuple[list[Reply | Failed], Engine]:
        asked = (Request("m", (Message("user", f"第{n}句"),), {"max_tokens": 50}) for n in range(number))
        with Journal(path / "journal.sqlite") as journal:
            meter = Meter(Prices.load().at(base_url))
            async with Engine(Endpoint.of("m", base_url, timeout=5), journal, meter, limits) as engine:
                return [r async for r in in_order(asked, lambda r: engine.ask(r, "test"), 64)], engine

    return asyncio.run(ask_all())


def test_a_server_that_fails_for_a_while_is_waited_for_and_no_request_is_given_up(tmp_path: Path) -> None:
    began = time.monotonic()
    failed: list[float] = []

    def answer(heard: Heard) -> Said:
        since = time.monotonic() - began
        if 0.3 < since < 2.3:
            failed.append(since)
            return server_error(503)
        return replace(echo(heard), delay=0.05)

    with OpenAIServer(answer) as server:
        found, engine = run(server.base_url, tmp_path, 400)
    assert len(failed) < 60  # 16 at once, 20 times a second, would have been 640
    assert all(isinstance(reply, Reply) for reply in found)
    assert engine.counts.failed == 0


def test_a_server_that_goes_away_and_comes_back_is_waited_for(tmp_path: Path) -> None:
    with OpenAIServer(echo, latency=0.1) as first:
        port = int(first.base_url.split(":")[2].split("/")[0])
        found: list[Reply | Failed] = []
        running = threading.Thread(target=lambda: found.extend(run(first.base_url, tmp_path, 300)[0]))
        running.start()
        while len(first.calls) < 40:
            time.sleep(0.01)
    time.sleep(2)
    with OpenAIServer(echo, latency=0.01, port=port) as second:
        running.join()
        assert len(first.calls) + len(second.calls) >= 300
    assert [isinstance(reply, Reply) for reply in found] == [True] * 300


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_server_that_stays_down_is_given_up_with_one_sentence(status: int, tmp_path: Path) -> None:
    began = time.monotonic()

    def answer(heard: Heard) -> Said:
        return echo(heard) if heard.number < 20 else server_error(status)  # type: ignore[arg-type]

    with OpenAIServer(answer) as server:
        sentence = r"has given no reply for \d+ seconds, since \d\d:\d\d:\d\d \(the last trouble: HTTP 50.*\); what is"
        with pytest.raises(EndpointError, match=sentence):
            run(server.base_url, tmp_path, 200, Limits(concurrency=16, patience=1.5))
        assert len(server.calls) < 100
    assert 1.4 < time.monotonic() - began < 8
    with Journal(tmp_path / "journal.sqlite", read_only=True) as journal:
        assert sum(journal.counts().values()) == 20


@pytest.mark.parametrize("trouble", [unauthorized, not_found_model])
def test_where_no_call_can_succeed_exactly_those_under_way_are_made(
    trouble: Callable[[], Said], tmp_path: Path
) -> None:
    with OpenAIServer(lambda _: trouble(), latency=0.2) as server:
        with pytest.raises(EndpointError, match=r"refuses: HTTP 4\d\d.*check the key"):
            run(server.base_url, tmp_path, 200)
        assert len(server.calls) == server.arrived == 16


def test_some_requests_that_the_server_cannot_stand_do_not_open_the_circuit(tmp_path: Path) -> None:
    def answer(heard: Heard) -> Said:
        return server_error(500) if heard.prompt in {f"第{n}句" for n in range(5)} else echo(heard)

    with OpenAIServer(answer) as server:
        found, _ = run(server.base_url, tmp_path, 7, Limits(concurrency=1, attempts=2, patience=0.2))
    assert [isinstance(reply, Failed) for reply in found] == [True] * 5 + [False] * 2


def test_a_busy_server_and_a_refused_request_are_not_a_server_that_is_down(tmp_path: Path) -> None:
    def answer(heard: Heard) -> Said:
        if heard.attempt == 0:
            return rate_limited(0.01)
        return bad_request("no such thing") if int(heard.prompt[1:-1]) < 20 else echo(heard)

    with OpenAIServer(answer) as server:
        found, _ = run(server.base_url, tmp_path, 40, Limits(concurrency=16, patience=0.01))
    assert [isinstance(reply, Failed) for reply in found] == [True] * 20 + [False] * 20


def test_while_it_is_open_one_call_at_a_time_goes_through() -> None:
    async def play() -> list[bool]:
        breaker = Breaker("a server", patience=60, pause=0.02)
        for number in range(8):
            assert not breaker.is_open
            breaker.failed(f"request {number}", FAULT, is_probe=False)
        assert breaker.is_open
        waiting = [asyncio.ensure_future(breaker.enter()) for _ in range(5)]
        await asyncio.sleep(0.03)
        assert [task.done() for task in waiting] == [True, False, False, False, False]
        breaker.failed("request 9", FAULT, is_probe=True)
        await asyncio.sleep(0.06)
        assert [task.done() for task in waiting] == [True, True, False, False, False]
        waiting[2].cancel()
        breaker.left()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert waiting[3].done()
        breaker.heard()
        assert not breaker.is_open
        return [await task for task in waiting if not task.cancelled()]

    assert asyncio.run(play()) == [True, True, True, False]


def test_a_success_between_failures_keeps_it_closed() -> None:
    breaker = Breaker("a server", patience=60)
    for number in range(50):
        breaker.failed(f"request {number}", FAULT, is_probe=False)
        breaker.heard()
    for _ in range(50):
        breaker.failed("the same", FAULT, is_probe=False)
    assert not breaker.is_open


def test_who_waits_when_the_run_is_stopped_hears_of_it() -> None:
    async def play() -> None:
        breaker = Breaker("a server", patience=60)
        breaker.failed("request", GONE, is_probe=False)
        waiting = asyncio.ensure_future(breaker.enter())
        await asyncio.sleep(0)
        breaker.end(StoppedError("stopped"))
        with pytest.raises(StoppedError):
            await waiting
        with pytest.raises(StoppedError):
            await breaker.enter()

    asyncio.run(play())
