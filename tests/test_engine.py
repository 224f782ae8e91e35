"""The engine against a real server over HTTP."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from openai_replies import (
    Reply as Said,
)
from openai_replies import (
    Request as Heard,
)
from openai_replies import (
    bad_request,
    echo,
    faulty,
    hang,
    not_found_model,
    proxy_page,
    quota_spent,
    rate_limited,
    reset,
    say,
    server_error,
    truncated,
    unauthorized,
)
from openai_server import OpenAIServer
from roleinstruct.errors import BudgetError, EndpointError, StoppedError
from roleinstruct.llm.budget import Meter, Prices
from roleinstruct.llm.calling import Limits
from roleinstruct.llm.endpoint import Endpoint
from roleinstruct.llm.engine import Engine, Failed
from roleinstruct.llm.journal import Journal
from roleinstruct.llm.ordered import in_order
from roleinstruct.llm.request import Reply, Request
from roleinstruct.pipeline.listener import Listener
from roleinstruct.pipeline.model_blocks import ModelConfig
from roleinstruct.pipeline.session import Session
from roleinstruct.records import Message

FAST = Limits(concurrency=32, attempts=4, patience=20)


def request(text: str, **parameters: object) -> Request:
    return Request("m", (Message("user", text),), {"max_tokens": 50, **parameters})


def run(
    server: OpenAIServer,
    path: Path,
    requests: list[Request],
    *,
    limits: Limits = FAST,
    meter: Meter | None = None,
    timeout: float = 5.0,
) -> tuple[list[Reply | Failed], Engine]:
    async def ask_all() -> tuple[list[Reply | Failed], Engine]:
        endpoint = Endpoint.of("m", server.base_url, timeout=timeout)
        with Journal(path / "journal.sqlite") as journal:
            counting = meter or Meter(Prices.load().at(server.base_url))
            async with Engine(endpoint, journal, counting, limits) as engine:
                found = [r async for r in in_order(requests, lambda r: engine.ask(r, "test"), 64)]
                return found, engine

    return asyncio.run(ask_all())


def test_replies_come_in_the_order_of_the_requests_and_are_paid_for_once(tmp_path: Path) -> None:
    requests = [request(f"第{n}句") for n in range(200)]
    with OpenAIServer(echo) as server:
        first, engine = run(server, tmp_path, requests)
        again, engine_again = run(server, tmp_path, requests)
        assert len(server.calls) == 200
    assert first == again
    assert all(isinstance(reply, Reply) and f"第{n}句" in reply.text for n, reply in enumerate(first))
    assert (engine.counts.called, engine.counts.cached) == (200, 0)
    assert (engine_again.counts.called, engine_again.counts.cached) == (0, 200)


def test_the_same_request_at_the_same_time_is_sent_once(tmp_path: Path) -> None:
    with OpenAIServer(echo, latency=0.1) as server:
        found, _ = run(server, tmp_path, [request("一样")] * 20)
        assert len(server.calls) == 1
    assert len(set(found)) == 1


def test_half_a_surrogate_pair_is_sent_as_a_mark_and_harms_nobody(tmp_path: Path) -> None:
    with OpenAIServer(echo) as server:
        [found], _ = run(server, tmp_path, [request("坏的\ud800字")])
    assert isinstance(found, Reply)
    assert "坏的?字" in found.text


def test_samples_are_replies_of_their_own(tmp_path: Path) -> None:
    with OpenAIServer(lambda heard: say(str(heard.number))) as server:
        found, _ = run(server, tmp_path, [replace(request("再说一遍"), sample=n) for n in range(3)])
    assert {reply.text for reply in found if isinstance(reply, Reply)} == {"0", "1", "2"}


def once(trouble: Callable[[], Said]) -> Callable[[Heard], Said]:
    return lambda heard: trouble() if heard.attempt == 0 else say("好")


@pytest.mark.parametrize(
    "trouble",
    [
        lambda: server_error(500),
        lambda: server_error(503),
        lambda: rate_limited(0.05),
        lambda: rate_limited(None),
        lambda: rate_limited(0.05, "retry-after-ms"),
        reset,
        hang,
        lambda: truncated(say("断了")),
        lambda: proxy_page(502),
        lambda: proxy_page(200),
    ],
)
def test_what_can_pass_is_asked_again(trouble: Callable[[], Said], tmp_path: Path) -> None:
    with OpenAIServer(once(trouble)) as server:
        [found], engine = run(server, tmp_path, [request("在吗")], timeout=1.0)
    assert isinstance(found, Reply)
    assert found.text == "好"
    assert engine.counts.retried == 1


@pytest.mark.parametrize("trouble", [unauthorized, not_found_model])
def test_what_cannot_pass_stops_the_run_with_a_sentence(trouble: Callable[[], Said], tmp_path: Path) -> None:
    with OpenAIServer(lambda _: trouble()) as server:
        with pytest.raises(EndpointError, match=r"refuses: HTTP 4\d\d.*check the key"):
            run(server, tmp_path, [request("一")])
        assert len(server.calls) == 1


def test_a_request_that_the_server_refuses_fails_alone(tmp_path: Path) -> None:
    def answer(heard: Heard) -> Said:
        return bad_request("the prompt is not allowed") if "坏" in heard.prompt else say("好")

    with OpenAIServer(answer) as server:
        found, engine = run(server, tmp_path, [request("好"), request("坏"), request("也好")])
        assert len(server.calls) == 3
    assert [isinstance(reply, Failed) for reply in found] == [False, True, False]
    assert isinstance(found[1], Failed)
    assert found[1].reason == "refused_by_server"
    assert "not allowed" in found[1].message
    assert engine.counts.failed == 1


def test_with_every_third_call_faulty_every_request_ends(tmp_path: Path) -> None:
    with OpenAIServer(faulty(echo, share=0.3)) as server:
        found, engine = run(
            server, tmp_path, [request(f"第{n}句") for n in range(300)], limits=replace(FAST, attempts=9), timeout=0.5
        )
    assert len(found) == 300
    assert all(isinstance(reply, Reply) for reply in found)
    assert engine.counts.retried > 50


def test_retry_after_is_kept_by_everybody(tmp_path: Path) -> None:
    arrived: list[float] = []

    def answer(heard: Heard) -> Said:
        arrived.append(time.monotonic())
        return rate_limited(0.6) if heard.number == 0 else say("好")

    with OpenAIServer(answer) as server:
        run(server, tmp_path, [request("一")])
        assert arrived[1] - arrived[0] >= 0.6


def test_a_server_that_is_not_there_is_given_up_with_what_to_do(tmp_path: Path) -> None:
    with OpenAIServer(echo) as server:
        gone = server
    for limits in (Limits(patience=0.5), Limits(patience=600)):  # one that was never there is not waited for
        with pytest.raises(EndpointError, match=r"has given no reply for .* run the same command again"):
            run(gone, tmp_path, [request("有人吗")], limits=limits)


def test_the_limit_on_cost_stops_before_it_is_passed_and_keeps_what_is_done(tmp_path: Path) -> None:
    meter = Meter(Prices.flat("1000,1000"), max_cost=1.0)  # a call is about 0.1 at worst, and half of it in fact
    requests = [request(f"第{n}句") for n in range(50)]
    with OpenAIServer(lambda _: say("好", prompt_tokens=20, completion_tokens=30)) as server:
        with pytest.raises(BudgetError, match="what is done is kept"):
            run(server, tmp_path, requests, meter=meter, limits=Limits(concurrency=1))
        paid = len(server.calls)
    assert 0 < meter.spent <= 1.0
    with Journal(tmp_path / "journal.sqlite", read_only=True) as journal:
        assert len(list(journal.rows())) == paid


def test_the_key_is_in_no_message_and_no_journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret-0123456789")
    endpoint = Endpoint.of("m", "http://localhost:1/v1")
    assert "secret" not in repr(endpoint)
    with OpenAIServer(lambda heard: say("好") if heard.attempt == 0 else unauthorized()) as server:
        run(server, tmp_path, [request("一")])
        assert server.calls[0].request.headers["authorization"] == "Bearer sk-very-secret-0123456789"
        assert not any("stainless" in name for name in server.calls[0].request.headers)
    assert b"secret" not in b"".join(path.read_bytes() for path in tmp_path.iterdir())


def test_without_a_key_openai_itself_is_refused_and_a_local_server_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    with pytest.raises(EndpointError, match="set OPENAI_API_KEY"):
        Endpoint.of("gpt-4o-mini")
    assert Endpoint.of("m", "http://localhost:8000/v1/").base_url == "http://localhost:8000/v1"


@pytest.mark.parametrize(
    "given", ["X-Team: blue\nauthorization: Basic abc\n", '{"X-Team": "blue", "authorization": "Basic abc"}']
)
def test_headers_of_a_gateway_come_from_the_environment(
    given: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROLEINSTRUCT_HEADERS", given)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-0123456789")
    assert "blue" not in repr(Endpoint.of("m", "http://localhost:1/v1"))
    with OpenAIServer(echo) as server:
        run(server, tmp_path, [request("一")])
        heard = server.calls[0].request.headers
    assert (heard["x-team"], heard["authorization"]) == ("blue", "Basic abc")
    assert b"blue" not in b"".join(path.read_bytes() for path in tmp_path.iterdir())


@pytest.mark.parametrize("given", ["blue-secret", "X-Team:", '{"a": 1, "b": "blue-secret"}', '{"blue-secret', "a b: c"])
def test_what_is_no_header_is_refused_and_never_shown(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROLEINSTRUCT_HEADERS", given)
    with pytest.raises(EndpointError) as raised:
        Endpoint.of("m", "http://localhost:1/v1")
    assert "ROLEINSTRUCT_HEADERS" in str(raised.value)
    assert "secret" not in str(raised.value)


def test_memory_holds_a_window_however_many_items_there_are() -> None:
    begun = done = most = 0

    async def work(number: int) -> int:
        nonlocal begun, most
        begun += 1
        most = max(most, begun - done)
        await asyncio.sleep(0)
        return number

    async def count() -> None:
        nonlocal done
        async for number in in_order(range(5_000), work, 50):
            assert number == done
            done += 1

    asyncio.run(count())
    assert done == 5_000
    assert most <= 50


def test_what_is_under_way_is_ended_when_the_consumer_stops() -> None:
    ended: list[int] = []

    async def work(number: int) -> int:
        try:
            await asyncio.sleep(0.01 if number == 0 else 10)
        finally:
            ended.append(number)
        return number

    async def first() -> int:
        stream = in_order(range(100), work, 10)
        async for number in stream:
            await stream.aclose()  # type: ignore[attr-defined]
            return number
        return -1

    assert asyncio.run(first()) == 0
    assert sorted(ended) == list(range(10))


def test_a_spent_quota_is_told_from_a_wrong_key(tmp_path: Path) -> None:
    with OpenAIServer(lambda _: quota_spent()) as server:
        with pytest.raises(EndpointError, match=r"billing details; the account has no credit left.*what is done is"):
            run(server, tmp_path, [request("一")])
        assert len(server.calls) == 1


def test_calls_under_way_are_waited_for_before_the_limit_stops_the_run(tmp_path: Path) -> None:
    meter = Meter(Prices.flat("1000,1000"), max_cost=0.2)  # a call is about 0.07 at worst, and 0.002 in fact
    with OpenAIServer(lambda _: say("好", prompt_tokens=1, completion_tokens=1), latency=0.01) as server:
        found, _ = run(server, tmp_path, [request(f"第{n}句") for n in range(50)], meter=meter)
    assert all(isinstance(reply, Reply) for reply in found)
    assert meter.spent == pytest.approx(0.1)
    assert meter.held == pytest.approx(0.0)


def test_where_the_limit_stops_the_run_nothing_is_under_way(tmp_path: Path) -> None:
    meter = Meter(Prices.flat("1000,1000"), max_cost=0.2)
    with OpenAIServer(lambda _: say("好", prompt_tokens=10, completion_tokens=20), latency=0.02) as server:
        with pytest.raises(BudgetError, match=r"0\.1\d\d0 are spent; what is done is kept"):
            run(server, tmp_path, [request(f"第{n}句") for n in range(50)], meter=meter)
        assert meter.spent == pytest.approx(0.03 * len(server.calls))


def test_who_waits_for_money_hears_that_the_run_is_stopped(tmp_path: Path) -> None:
    async def play(base_url: str) -> list[Reply | Failed | BaseException]:
        meter = Meter(Prices.flat("1000,1000"), max_cost=0.1)
        with Journal(tmp_path / "journal.sqlite") as journal:
            async with Engine(Endpoint.of("m", base_url), journal, meter, FAST) as engine:
                asyncio.get_running_loop().call_later(0.1, engine.stop)
                asked = (engine.ask(request(f"第{n}句"), "test") for n in range(3))
                return await asyncio.gather(*asked, return_exceptions=True)

    with OpenAIServer(echo, latency=0.4) as server:
        first, *others = asyncio.run(play(server.base_url))
        assert len(server.calls) == 1
    assert isinstance(first, Reply)
    assert [type(other) for other in others] == [StoppedError, StoppedError]


@pytest.mark.parametrize(
    "address", ["127.0.0.1:8701/v1", "localhost:8000", "ftp://a/v1", "http://", "http://a:b/v1", "http://a b/v1", ""]
)
def test_what_is_no_address_is_refused_at_once(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(EndpointError, match=r"--base-url\), expected one that begins with http:// or https://"):
        Endpoint.of("m", address)
    monkeypatch.setenv("OPENAI_BASE_URL", address)
    with pytest.raises(EndpointError, match="OPENAI_BASE_URL"):
        Endpoint.of("m")


@pytest.mark.parametrize("number", [1, 20])
def test_a_server_that_never_speaks_the_protocol_is_given_up_soon(number: int, tmp_path: Path) -> None:
    with OpenAIServer(lambda _: proxy_page(200)) as server:
        with pytest.raises(EndpointError, match=r"answers, but not as an OpenAI-compatible server .*/v1"):
            run(server, tmp_path, [request(f"第{n}句") for n in range(number)], limits=Limits(patience=0.5))
        assert len(server.calls) < number + 10


def test_a_session_tells_of_each_step_by_itself(tmp_path: Path) -> None:
    told: list[str] = []

    async def step(session: Session, numbers: range) -> None:
        async with session.asker("asking", None) as asker:
            await asyncio.gather(*(asker.engine.ask(request(f"第{n}句"), "test") for n in numbers))

    with OpenAIServer(lambda _: say("好", prompt_tokens=100, completion_tokens=10)) as server:
        config = ModelConfig(name="m", base_url=server.base_url, price="1000,1000")
        session = Session(config, tmp_path, Listener(told.append))
        for numbers in (range(3), range(5)):
            session.run(step(session, numbers))
    assert told == [
        "3 replies paid for (300 tokens sent, 30 received, 0.3300 USD), 0 from the journal, 0 calls repeated, 0 failed",
        "2 replies paid for (200 tokens sent, 20 received, 0.2200 USD of 0.5500 so far in all), 3 from the journal, "
        "0 calls repeated, 0 failed",
    ]
