"""Batches against a real server over HTTP: sent, left, killed, come back to, fetched; nothing is paid for twice."""

import asyncio
import json
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest

from openai_batches import BatchPlan
from openai_replies import Reply as Said
from openai_replies import Request as Heard
from openai_replies import bad_request, echo, say, server_error, unauthorized
from openai_server import OpenAIServer
from roleinstruct.errors import BudgetError, ConfigError, EndpointError, JournalError, StoppedError
from roleinstruct.llm.batching.api import BatchApi
from roleinstruct.llm.batching.batches import Batches
from roleinstruct.llm.batching.following import BatchOptions
from roleinstruct.llm.budget import Meter, Price, Prices
from roleinstruct.llm.calling import Limits
from roleinstruct.llm.endpoint import Endpoint
from roleinstruct.llm.engine import Engine, Failed
from roleinstruct.llm.journal import Journal
from roleinstruct.llm.ordered import in_order
from roleinstruct.llm.request import Reply, Request
from roleinstruct.llm.wire import Wire
from roleinstruct.pipeline.listener import Listener
from roleinstruct.pipeline.model_blocks import ModelConfig
from roleinstruct.pipeline.session import Session
from roleinstruct.records import Message

Found = TypeVar("Found")

LINE = b'{"custom_id": "a", "method": "POST", "url": "/v1/chat/completions", "body": {"model": "m", "messages": []}}'
QUICK = BatchOptions(quiet=0.05, first_look=0.05, longest_look=0.1, patience=5.0)


def requests(number: int) -> list[Request]:
    return [Request("m", (Message("user", f"第{n}句"),), {"max_tokens": 50}) for n in range(number)]


def run(
    base_url: str,
    path: Path,
    asked: list[Request],
    *,
    options: BatchOptions | None = QUICK,
    meter: Meter | None = None,
    told: list[str] | None = None,
    during: Callable[[Engine], None] = lambda engine: None,
) -> list[Reply | Failed]:
    """Ask by batches, or call by call where there are no options."""

    async def ask_all() -> list[Reply | Failed]:
        endpoint, counting = Endpoint.of("m", base_url, timeout=5.0), meter or Meter(Prices.load().at(base_url))
        say = (told if told is not None else []).append
        with Journal(path / "journal.sqlite") as journal:
            batches = options and Batches(
                endpoint, path / "batches", lambda key: journal.get(key) is not None, counting, say, options
            )
            limits = Limits(attempts=2, patience=2)
            async with Engine(endpoint, journal, counting, limits, batches=batches) as engine:
                during(engine)
                return [reply async for reply in in_order(asked, lambda r: engine.ask(r, "test"), 10_000)]

    return asyncio.run(ask_all())


def answered(server: OpenAIServer) -> Counter[str]:
    """How often each prompt was answered, in batches and by single calls."""
    replies = ((call.request.prompt, call.reply.body) for call in server.calls)
    return Counter(prompt for prompt, body in replies if isinstance(body, dict) and "choices" in body)


def batch_sizes(server: OpenAIServer) -> list[int]:
    shown = json.loads(json.dumps(server.batches.listing(None).body))
    found: list[int] = []
    while True:
        found += [batch["request_counts"]["total"] for batch in shown["data"]]
        if not shown["has_more"]:
            return found[::-1]
        shown = json.loads(json.dumps(server.batches.listing(shown["data"][-1]["id"]).body))


def test_a_batch_brings_what_single_calls_bring_in_order_and_once(tmp_path: Path) -> None:
    told: list[str] = []
    with OpenAIServer(echo) as server:
        single = run(server.base_url, tmp_path / "single", requests(200), options=None)
    with OpenAIServer(echo, batches=[BatchPlan(polls=2)]) as server:
        found = run(server.base_url, tmp_path / "batch", requests(200), told=told)
        again = run(server.base_url, tmp_path / "batch", requests(200))
        assert set(answered(server).values()) == {1}
        assert batch_sizes(server) == [199]  # the first went ahead, to see whether the server takes such requests
    assert found == again == single
    assert told[0].startswith("199 requests are sent as batch batch_0, to be answered within 24 hours; Ctrl-C leaves")
    assert list((tmp_path / "batch" / "batches").iterdir()) == []


def test_files_keep_to_the_limits_of_the_api(tmp_path: Path) -> None:
    with OpenAIServer(echo) as server:
        by_number = run(server.base_url, tmp_path / "a", requests(100), options=replace(QUICK, requests=40))
        assert batch_sizes(server) == [40, 40, 19]
    with OpenAIServer(echo) as server:
        by_size = run(server.base_url, tmp_path / "b", requests(100), options=replace(QUICK, size=5_000))
        assert sum(batch_sizes(server)) == 99
        assert len(batch_sizes(server)) > 3
    assert by_number == by_size


PROGRAM = """
import sys
from pathlib import Path
sys.path[:0] = [sys.argv[3]]
from test_batches import requests, run
run(sys.argv[1], Path(sys.argv[2]), requests(200))
"""


def start(server: OpenAIServer, path: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", PROGRAM, server.base_url, str(path), str(Path(__file__).parent)])


@pytest.mark.parametrize(
    ("method", "path", "times"),
    [
        ("POST", "/v1/files", 1),  # it is there, and nobody has been told
        ("POST", "/v1/batches", 1),  # likewise
        ("GET", "/v1/batches/batch_0", 1),
        ("GET", "/v1/batches/batch_0", 3),
        ("GET", "/v1/files/file-1/content", 1),
    ],
)
def test_killed_at_any_step_it_goes_on_and_nothing_is_answered_twice(
    method: str, path: str, times: int, tmp_path: Path
) -> None:
    seen: Counter[tuple[str, str]] = Counter()
    running: list[subprocess.Popen[bytes]] = []

    def watch(*step: str) -> None:
        seen[step[0], step[1]] += 1
        if step == (method, path) and seen[method, path] == times:
            running[0].send_signal(signal.SIGKILL)

    with OpenAIServer(echo, batches=[BatchPlan(polls=2)], watch=watch) as server:
        running.append(start(server, tmp_path))
        assert running[0].wait() == -signal.SIGKILL
        found = run(server.base_url, tmp_path, requests(200))
        assert set(answered(server).values()) == {1}
        assert len(answered(server)) == 200
    assert found == expected(tmp_path)


def expected(path: Path) -> list[Reply | Failed]:
    with OpenAIServer(echo) as server:
        return run(server.base_url, path / "single", requests(200), options=None)


def test_killed_while_replies_are_committed_it_goes_on(tmp_path: Path) -> None:
    with OpenAIServer(echo) as server:
        running = start(server, tmp_path)
        journal = tmp_path / "journal.sqlite"
        while running.poll() is None:  # the write-ahead log grows with the first of the batch's replies
            beside = journal.with_name("journal.sqlite-wal")
            if beside.is_file() and beside.stat().st_size > 30_000:
                break
            time.sleep(0.0005)
        running.kill()
        running.wait()
        found = run(server.base_url, tmp_path, requests(200))
        assert set(answered(server).values()) == {1}
        assert batch_sizes(server) == [199]
    assert found == expected(tmp_path)


def test_what_expired_goes_out_again_alone(tmp_path: Path) -> None:
    told: list[str] = []
    plans = [BatchPlan(end="expired", answered=50), BatchPlan()]
    with OpenAIServer(echo, batches=plans) as server:
        found = run(server.base_url, tmp_path, requests(201), told=told)
        assert batch_sizes(server) == [200, 150]
        assert set(answered(server).values()) == {1}
    assert all(isinstance(reply, Reply) for reply in found)
    assert "150 requests of batch batch_0 have no reply and go out again" in told


def test_what_never_comes_fails_after_a_bounded_number_of_batches(tmp_path: Path) -> None:
    with OpenAIServer(echo, batches=[BatchPlan(end="expired", answered=0)]) as server:
        found = run(server.base_url, tmp_path, requests(5))
        assert batch_sizes(server) == [4, 4, 4]
    failed = [reply for reply in found if isinstance(reply, Failed)]
    assert len(failed) == 4
    assert failed[0].message.startswith("batch_expired")
    with OpenAIServer(echo) as server:  # and another run asks for them anew
        assert all(isinstance(reply, Reply) for reply in run(server.base_url, tmp_path, requests(5)))


def test_lines_that_fail_go_out_again_alone_and_those_refused_do_not(tmp_path: Path) -> None:
    def answer(heard: Heard) -> Said:
        if "第3句" in heard.prompt and heard.attempt == 0:
            return server_error(500)
        return bad_request("the prompt is not allowed") if "第5句" in heard.prompt else echo(heard)

    with OpenAIServer(answer) as server:
        found = run(server.base_url, tmp_path, requests(10))
        assert batch_sizes(server) == [9, 1]
    assert [number for number, reply in enumerate(found) if isinstance(reply, Failed)] == [5]
    assert isinstance(found[5], Failed)
    assert found[5].reason == "refused_by_server"


def test_a_batch_that_the_server_has_lost_is_sent_again(tmp_path: Path) -> None:
    def watch(_: str, path: str) -> None:
        if path.endswith("batch_0"):
            server.batches.lose("batch_0")

    with OpenAIServer(echo, batches=[BatchPlan(polls=50), BatchPlan()], watch=watch) as server:
        found = run(server.base_url, tmp_path, requests(20))
        assert batch_sizes(server) == [19, 19]
    assert all(isinstance(reply, Reply) for reply in found)


def test_too_much_at_once_goes_out_in_smaller_batches_one_after_the_other(tmp_path: Path) -> None:
    told: list[str] = []
    with OpenAIServer(echo, batches=[BatchPlan(end="failed"), BatchPlan()]) as server:
        found = run(server.base_url, tmp_path, requests(21), told=told)
        assert batch_sizes(server) == [20, 10, 10]
        assert set(answered(server).values()) == {1}
    assert all(isinstance(reply, Reply) for reply in found)
    assert any("too large for now (Enqueued token limit reached (token_limit_exceeded))" in said for said in told)


def test_what_can_not_be_made_smaller_ends_with_a_sentence(tmp_path: Path) -> None:
    with (
        OpenAIServer(echo, batches=[BatchPlan(end="failed")]) as server,
        pytest.raises(EndpointError, match=r"does not take batch batch_.*token_limit_exceeded.*is kept"),
    ):
        run(server.base_url, tmp_path, requests(3))


def test_a_wrong_key_stops_before_a_batch_is_made(tmp_path: Path) -> None:
    with OpenAIServer(lambda _: unauthorized()) as server:
        with pytest.raises(EndpointError, match=r"refuses: HTTP 401.*check the key"):
            run(server.base_url, tmp_path, requests(50))
        assert len(server.calls) == 1
        assert batch_sizes(server) == []


def test_a_server_without_the_batch_api_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with OpenAIServer(echo) as server:
        monkeypatch.setattr(type(server.batches), "upload", lambda *_: replace(bad_request("Not Found"), status=404))
        with pytest.raises(EndpointError, match=r"has no Batch API .* without --batch"):
            run(server.base_url, tmp_path, requests(5))


def test_left_alone_the_batch_goes_on_and_the_next_run_fetches_it(tmp_path: Path) -> None:
    told: list[str] = []

    def leave(engine: Engine) -> None:
        asyncio.get_running_loop().call_later(0.6, engine.stop)

    with OpenAIServer(echo, batches=[BatchPlan(polls=12)]) as server:
        with pytest.raises(StoppedError, match="goes on at the server: the same command fetches it"):
            run(server.base_url, tmp_path, requests(40), during=leave)
        found = run(server.base_url, tmp_path, requests(40), told=told)
        assert batch_sizes(server) == [39]
        assert set(answered(server).values()) == {1}
    assert all(isinstance(reply, Reply) for reply in found)
    assert told == ["a batch of 39 requests was sent earlier: waiting for its replies"]


def test_the_limit_on_cost_is_held_against_the_whole_batch(tmp_path: Path) -> None:
    price = Price(1000, 1000, 1000, batch=0.5)  # 50 tokens of a reply are 0.05 at once and 0.025 in a batch
    with OpenAIServer(echo) as server:
        with pytest.raises(BudgetError, match=r"39 requests in a batch could pass .* none of them was sent"):
            run(server.base_url, tmp_path, requests(40), meter=Meter(Prices({}, price), max_cost=1.0))
        assert batch_sizes(server) == []
        meter = Meter(Prices({}, price), max_cost=3.0)
        run(server.base_url, tmp_path / "other", requests(40), meter=meter)
        used = [(_is_line(call.request), call.reply.body) for call in server.calls if "第" in call.request.prompt][1:]
    assert meter.held == pytest.approx(0.0)
    dollars = [body["usage"]["total_tokens"] / 1e3 * (0.5 if by_batch else 1) for by_batch, body in used]
    assert meter.spent == pytest.approx(sum(dollars))


def _is_line(heard: Heard) -> bool:
    return "x-batch-id" in heard.headers


def test_a_form_is_tried_by_one_call_and_refused_to_all_at_once(tmp_path: Path) -> None:
    from roleinstruct.llm.asking import Answered, Asker, Question
    from roleinstruct.llm.forms import FORMS, Forms
    from test_asking import GOOD, Label

    async def ask_all(base_url: str) -> list[Any]:
        endpoint, meter = Endpoint.of("m", base_url), Meter(Prices.load().at(base_url))
        with Journal(tmp_path / "journal.sqlite") as journal:
            batches = Batches(endpoint, tmp_path / "b", lambda key: False, meter, lambda _: None, QUICK)
            async with Engine(endpoint, journal, meter, batches=batches) as engine:
                asker = Asker(engine, Forms())
                questions = [Question((Message("user", f"第{n}句"),), Label, "test") for n in range(30)]
                return await asyncio.gather(*map(asker.ask, questions))

    with OpenAIServer(lambda _: say(GOOD), supports=("tools",)) as server:
        found = asyncio.run(ask_all(server.base_url))
        chats = [call for call in server.calls if call.request.path.endswith("completions")]
        alone = [call.reply.status for call in chats if not _is_line(call.request)]
        assert alone == [*[400] * FORMS.index("tool"), 200]
        assert batch_sizes(server) == [29]
    assert all(isinstance(one, Answered) for one in found)


def test_nothing_of_what_was_asked_and_no_key_is_noted_beside_the_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret-0123456789")
    with (
        OpenAIServer(echo, batches=[BatchPlan(polls=99)]) as server,
        pytest.raises(StoppedError),
    ):
        run(
            server.base_url, tmp_path, requests(5),
            during=lambda engine: asyncio.get_running_loop().call_later(0.5, engine.stop) and None,
        )  # fmt: skip
    [noted] = (tmp_path / "batches").iterdir()
    text = noted.read_text()
    assert "secret" not in text
    assert "第" not in text
    assert len(json.loads(text)["lines"]) == 4


def talk(server: OpenAIServer, work: Callable[[BatchApi], Awaitable[Found]]) -> Found:
    async def once() -> Found:
        endpoint = Endpoint.of("m", server.base_url, timeout=5)
        async with Wire(endpoint, 4) as wire:
            return await work(BatchApi(wire, endpoint, patience=5.0))

    return asyncio.run(once())


def test_a_batch_is_found_by_our_own_name_however_many_there_are() -> None:
    async def work(api: BatchApi) -> list[str]:
        file = await api.upload(LINE)
        made = [await api.create(file, f"number {n}") for n in range(5)]
        assert [await api.find(f"number {n}") for n in range(5)] == made
        return [await api.find("nobody")]

    with OpenAIServer(echo) as server:
        assert talk(server, work) == [""]


def test_a_batch_whose_creation_was_not_heard_of_is_not_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    async def create(api: BatchApi) -> str:
        return await api.create(await api.upload(LINE), "our own name")

    with OpenAIServer(echo) as server:
        made = server.batches.create
        replies = iter([lambda body: (made(body), server_error(500))[1], made])
        monkeypatch.setattr(type(server.batches), "create", lambda _, body: next(replies)(body))
        assert talk(server, create) == "batch_0"
        assert len(batch_sizes(server)) == 1


def hand_in(server: OpenAIServer, path: Path, number: int) -> None:
    """Send a batch and leave it there."""

    def leave(engine: Engine) -> None:
        asyncio.get_running_loop().call_later(0.4, engine.stop)

    with pytest.raises(StoppedError):
        run(server.base_url, path, requests(number), during=leave)
    assert batch_sizes(server) == [number - 1]


def test_what_is_in_a_batch_is_not_paid_for_again_at_another_server(tmp_path: Path) -> None:
    with OpenAIServer(echo, batches=[BatchPlan(polls=99)]) as first, OpenAIServer(echo) as second:
        hand_in(first, tmp_path, 8)
        words = rf"7 requests are with the server {first.base_url} in 1 batch .* asked now is {second.base_url}"
        with pytest.raises(ConfigError, match=words):
            run(second.base_url, tmp_path, requests(8))
        assert second.arrived == 0


def test_a_run_with_other_settings_says_what_it_leaves_at_the_server(tmp_path: Path) -> None:
    told: list[str] = []
    with OpenAIServer(echo, batches=[BatchPlan(polls=99), BatchPlan()]) as server:
        hand_in(server, tmp_path, 8)
        others = [replace(request, parameters={"max_tokens": 60}) for request in requests(5)]
        run(server.base_url, tmp_path, others, told=told)
    assert told[0].startswith("7 requests are with the server")
    assert "are not asked for now" in told[0]
    assert told[1].startswith("4 requests are sent")


def test_a_session_without_batches_does_not_pay_for_what_is_in_one(tmp_path: Path) -> None:
    with OpenAIServer(echo, batches=[BatchPlan(polls=99)]) as server:
        hand_in(server, tmp_path / ".roleinstruct", 8)
        session = Session(ModelConfig(name="m", base_url=server.base_url), tmp_path, Listener())

        async def work() -> None:
            async with session.asker("labelling", 8):
                pass

        with pytest.raises(ConfigError, match=r"7 requests are with .* say --batch to fetch them, or delete .*batches"):
            session.run(work())


GOOD_NOTE = {"name": "a", "server": "http://a/v1", "lines": {"key": "digest"}, "batch": "batch_0"}


@pytest.mark.parametrize(
    "note", ["", "{", "[1]", "{}", json.dumps({**GOOD_NOTE, "lines": ["key"]}), json.dumps({**GOOD_NOTE, "more": 1})]
)
def test_a_damaged_note_of_a_batch_is_one_sentence_and_leaves_nothing_open(note: str, tmp_path: Path) -> None:
    (tmp_path / "batches").mkdir()
    (tmp_path / "batches" / "a.json").write_text(note, encoding="utf-8")
    with (
        OpenAIServer(echo) as server,
        pytest.raises(JournalError, match=r"a\.json notes which .* pay for those") as raised,
    ):
        run(server.base_url, tmp_path, requests(2))  # what stays open would be a warning, and so an error
    assert "BatchRecord" not in str(raised.value)


SESSION = """
import asyncio, sys
from pathlib import Path
sys.path[:0] = [sys.argv[3]]
from test_asking import Label
from test_batches import QUICK
from roleinstruct.llm.asking import Question
from roleinstruct.llm.ordered import in_order
from roleinstruct.records import Message
from roleinstruct.pipeline.model_blocks import ModelConfig
from roleinstruct.pipeline.listener import Listener
from roleinstruct.pipeline.session import Session

def say(*words):
    print(*words, flush=True)

config = ModelConfig(name="m", base_url=sys.argv[1], batch=True, concurrency=2)
session = Session(config, Path(sys.argv[2]), Listener(say, lambda *told: say("progress", *told)), batch_options=QUICK)

async def work():
    async with session.asker("labelling", 30) as asker:
        questions = (Question((Message("user", f"第{n}句"),), Label, "test") for n in range(30))
        async for _ in in_order(questions, asker.ask, session.window):
            pass

try:
    session.run(work())
except KeyboardInterrupt:
    sys.exit(130)
"""


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_leaves_the_batches_of_a_session_and_the_same_command_goes_on(
    how: signal.Signals, tmp_path: Path
) -> None:
    from test_asking import GOOD

    command = [sys.executable, "-c", SESSION, "", str(tmp_path), str(Path(__file__).parent)]
    with OpenAIServer(lambda _: say(GOOD), batches=[BatchPlan(polls=20)]) as server:
        command[3] = server.base_url
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
            assert running.stdout is not None
            for line in running.stdout:
                if "29 in 1 batch" in line:
                    break
            running.send_signal(how)
            told = running.stdout.read()
        assert running.returncode == 130
        assert "stopping: the server goes on without us (29 in 1 batch, 0 answered there)" in told
        again = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
        assert batch_sizes(server) == [29]
        assert set(answered(server).values()) == {1}
    assert "a batch of 29 requests was sent earlier: waiting for its replies" in again
    assert "29 replies paid for" in again
    assert "1 from the journal" in again
