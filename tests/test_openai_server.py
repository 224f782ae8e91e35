import asyncio
import json
import math
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Literal, TypeVar

import openai
import pytest
from openai.types import Batch
from openai.types.chat import ChatCompletion

from openai_batches import BatchPlan
from openai_replies import (
    SCRIPTS,
    Fault,
    Flavour,
    Reply,
    Request,
    annotate,
    bad_request,
    context_too_long,
    cut,
    echo,
    embeddings,
    fingerprint,
    hang,
    mistyped,
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
from openai_server import CHAT, OpenAIServer

T = TypeVar("T")

PROGRAM = Path(__file__).with_name("openai_server.py")

SCHEMA: dict[str, Any] = {"type": "json_schema", "json_schema": {"name": "labels", "schema": {"type": "object"}}}
TOOLS: list[Any] = [{"type": "function", "function": {"name": "label", "parameters": {"type": "object"}}}]


def talk(url: str, act: Callable[[openai.AsyncOpenAI], Awaitable[T]], timeout: float = 20) -> T:
    """Do something with the real client, which never retries by itself."""

    async def run() -> T:
        async with openai.AsyncOpenAI(base_url=url, api_key="none", max_retries=0, timeout=timeout) as client:
            return await act(client)

    return asyncio.run(run())


def ask(
    server: OpenAIServer, text: str = "你好", options: dict[str, Any] | None = None, timeout: float = 20
) -> ChatCompletion:
    async def act(client: openai.AsyncOpenAI) -> ChatCompletion:
        messages: list[Any] = [{"role": "user", "content": text}]
        completion: ChatCompletion = await client.chat.completions.create(
            model="m", messages=messages, **(options or {})
        )
        return completion

    return talk(server.base_url, act, timeout)


def test_a_completion_says_what_it_cost_and_who_was_asked() -> None:
    with OpenAIServer(lambda request: say("好的", prompt_tokens=7, completion_tokens=3, cached_tokens=5)) as server:
        completion = ask(server)
    assert completion.choices[0].message.content == "好的"
    assert completion.choices[0].finish_reason == "stop"
    assert (completion.model, completion.id, completion._request_id) == ("m", "chatcmpl-0", "req_0")
    assert completion.usage is not None
    assert (completion.usage.prompt_tokens, completion.usage.completion_tokens, completion.usage.total_tokens) == (
        7,
        3,
        10,
    )
    assert completion.usage.prompt_tokens_details is not None
    assert completion.usage.prompt_tokens_details.cached_tokens == 5


@pytest.mark.parametrize("reason", ["stop", "length", "content_filter"])
def test_a_completion_ends_for_the_reason_that_was_set(reason: Literal["stop", "length", "content_filter"]) -> None:
    with OpenAIServer(lambda request: say("half a sen", finish_reason=reason)) as server:
        assert ask(server).choices[0].finish_reason == reason


def test_a_completion_can_be_a_refusal() -> None:
    with OpenAIServer(lambda request: say("", refusal="I would rather not.")) as server:
        message = ask(server).choices[0].message
    assert (message.content, message.refusal) == (None, "I would rather not.")


def test_a_forced_tool_is_called() -> None:
    forced = {"type": "function", "function": {"name": "label"}}
    with OpenAIServer(lambda request: say('{"a": 1}', tool=request.body["tool_choice"]["function"]["name"])) as server:
        message = ask(server, options={"tools": TOOLS, "tool_choice": forced}).choices[0].message
    assert message.content is None
    assert message.tool_calls is not None
    assert [
        (call.function.name, call.function.arguments) for call in message.tool_calls if call.type == "function"
    ] == [("label", '{"a": 1}')]


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (reset(), openai.APIConnectionError),
        (cut(say("x" * 1000)), openai.APIConnectionError),
        (hang(), openai.APITimeoutError),
        (truncated(say("x")), json.JSONDecodeError),
        (proxy_page(), openai.InternalServerError),
        (rate_limited(), openai.RateLimitError),
        (quota_spent(), openai.RateLimitError),
        (server_error(500), openai.InternalServerError),
        (server_error(503), openai.InternalServerError),
        (unauthorized(), openai.AuthenticationError),
        (not_found_model(), openai.NotFoundError),
        (context_too_long(), openai.BadRequestError),
        (bad_request("response_format json_schema is not supported"), openai.BadRequestError),
        (Reply(529, body={"error": {"message": "Overloaded"}}), openai.InternalServerError),
    ],
)
def test_what_goes_wrong_reaches_the_client_as_its_own_error(reply: Reply, error: type[Exception]) -> None:
    with OpenAIServer(lambda request: reply) as server:
        with pytest.raises(error) as caught:
            ask(server, timeout=1 if reply.fault is Fault.HANG else 20)
        assert type(caught.value) is error
        assert [call.reply.status for call in server.calls] == ([] if reply.fault else [reply.status])
        assert server.arrived == 1


@pytest.mark.parametrize("reply", [proxy_page(200), mistyped(Reply(body=b"busy"))])
def test_a_page_that_poses_as_a_reply_is_a_mere_text_to_the_client(reply: Reply) -> None:
    with OpenAIServer(lambda request: reply) as server:
        assert isinstance(ask(server), str)


def test_a_good_reply_of_the_wrong_type_is_sent_as_text() -> None:
    with OpenAIServer(lambda request: mistyped(say("yes"))) as server:
        ask(server)
        [call] = server.calls
    assert call.reply.headers == {"content-type": "text/plain"}


@pytest.mark.parametrize(
    ("reply", "name", "value"),
    [(rate_limited(0.05), "retry-after", "0.05"), (rate_limited(1500, "retry-after-ms"), "retry-after-ms", "1500000")],
)
def test_a_rate_limit_says_how_long_to_wait(reply: Reply, name: str, value: str) -> None:
    with OpenAIServer(lambda request: reply) as server:
        with pytest.raises(openai.RateLimitError) as caught:
            ask(server)
    assert caught.value.response.headers[name] == value


def test_a_spent_quota_can_be_told_from_a_rate_limit() -> None:
    with OpenAIServer(lambda request: quota_spent()) as server:
        with pytest.raises(openai.RateLimitError) as caught:
            ask(server)
    assert caught.value.code == "insufficient_quota"


@pytest.mark.parametrize(
    ("flavour", "kind", "code"),
    [
        ("openai", "invalid_request_error", "context_length_exceeded"),
        ("vllm", "BadRequestError", 400),
        ("llama.cpp", "exceed_context_size_error", 400),
    ],
)
def test_each_flavour_has_its_own_words_for_a_full_window(flavour: Flavour, kind: str, code: object) -> None:
    with OpenAIServer(lambda request: context_too_long(flavour)) as server:
        with pytest.raises(openai.BadRequestError) as caught:
            ask(server)
    assert isinstance(caught.value.body, dict)
    assert (caught.value.body["type"], caught.value.body["code"]) == (kind, code)


@pytest.mark.parametrize(
    ("flavour", "options", "status", "words"),
    [
        ("openai", {"response_format": SCHEMA}, 400, "'json_schema' is not supported with this model"),
        ("openai", {"response_format": {"type": "json_object"}}, 400, "'json_object' is not supported"),
        ("openai", {"tools": TOOLS}, 400, "tools is not supported"),
        ("vllm", {"response_format": SCHEMA}, 400, "literal_error"),
        ("vllm", {"tools": TOOLS}, 400, "--enable-auto-tool-choice"),
        ("llama.cpp", {"response_format": SCHEMA}, 400, "but got: json_schema"),
        ("llama.cpp", {"tools": TOOLS}, 500, "--jinja"),
    ],
)
def test_what_a_server_lacks_it_refuses(flavour: Flavour, options: dict[str, Any], status: int, words: str) -> None:
    with OpenAIServer(echo, supports=(), flavour=flavour) as server:
        with pytest.raises(openai.APIStatusError, match=words) as caught:
            ask(server, options=options)
        assert caught.value.status_code == status
        assert ask(server, "in plain text").choices[0].message.content == "in plain text"


def test_what_a_server_has_it_takes() -> None:
    with OpenAIServer(echo, supports={"json_schema", "tools"}) as server:
        assert ask(server, "a", {"response_format": SCHEMA, "tools": TOOLS}).choices[0].message.content == "a"
        with pytest.raises(openai.BadRequestError):
            ask(server, options={"response_format": {"type": "json_object"}})


def test_a_silent_server_objects_to_nothing_and_obeys_nothing() -> None:
    with OpenAIServer(echo, supports=(), flavour="silent") as server:
        assert (
            ask(server, "no JSON", {"response_format": SCHEMA, "tools": TOOLS}).choices[0].message.content == "no JSON"
        )


def test_requests_are_numbered_and_know_how_often_they_came() -> None:
    with OpenAIServer(lambda request: server_error() if request.attempt == 0 else say("ok")) as server:
        for text in ("a", "b"):
            with pytest.raises(openai.InternalServerError):
                ask(server, text)
            assert ask(server, text).choices[0].message.content == "ok"
        seen = [(c.request.number, c.request.prompt, c.request.attempt, c.reply.status) for c in server.calls]
    assert seen == [(0, "a", 0, 500), (1, "a", 1, 200), (2, "b", 0, 500), (3, "b", 1, 200)]


def test_a_request_has_path_headers_and_body() -> None:
    with OpenAIServer(echo) as server:
        ask(server, options={"temperature": 0.5})
        [call] = server.calls
    assert call.request.path == CHAT
    assert call.request.headers["authorization"] == "Bearer none"
    assert call.request.body["temperature"] == 0.5


def test_the_fingerprint_does_not_depend_on_the_order_of_keys() -> None:
    assert fingerprint({"a": 1, "b": [2]}) == fingerprint({"b": [2], "a": 1}) != fingerprint({"a": 1, "b": [3]})


def test_requests_in_flight_are_counted_until_the_client_gives_up() -> None:
    with OpenAIServer(lambda request: hang()) as server:

        async def give_up(client: openai.AsyncOpenAI) -> None:
            tasks = [asyncio.create_task(client.embeddings.create(model="m", input="x")) for _ in range(3)]
            await asyncio.gather(*tasks)
            messages: list[Any] = [{"role": "user", "content": "x"}]
            hung = [
                asyncio.ensure_future(client.chat.completions.create(model="m", messages=messages)) for _ in "12345"
            ]
            while server.in_flight < 5:
                await asyncio.sleep(0.01)
            for task in hung:
                task.cancel()
            await asyncio.gather(*hung, return_exceptions=True)
            while server.in_flight:
                await asyncio.sleep(0.01)

        talk(server.base_url, give_up)
        assert (server.peak, server.arrived, len(server.calls)) == (5, 8, 3)


def test_many_requests_at_once_each_get_their_own_reply() -> None:
    async def act(client: openai.AsyncOpenAI) -> list[str | None]:
        async def one(i: int) -> str | None:
            completion = await client.chat.completions.create(model="m", messages=[{"role": "user", "content": str(i)}])
            return completion.choices[0].message.content

        return await asyncio.gather(*map(one, range(256)))

    with OpenAIServer(echo, latency=0.05) as server:
        assert talk(server.base_url, act) == [str(i) for i in range(256)]
        assert 1 < server.peak <= 256
        assert len({call.request.number for call in server.calls}) == 256


def test_a_connection_serves_requests_in_their_order_however_they_are_cut_up() -> None:
    body = json.dumps({"messages": [{"role": "user", "content": "慢"}]}).encode()
    head = b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % (CHAT.encode(), len(body))
    last = b"GET /v1/models?limit=1 HTTP/1.1\r\nConnection: close\r\n\r\n"
    with OpenAIServer(echo, latency=0.01) as server:
        with socket.create_connection(("127.0.0.1", int(server.base_url.split(":")[2].split("/")[0]))) as link:
            for byte in head + body:
                link.sendall(bytes([byte]))
            link.sendall(head + body + last)
            received = b"".join(iter(lambda: link.recv(65536), b""))
        assert [call.request.path for call in server.calls] == [CHAT, CHAT, "/v1/models"]
    assert received.count(b"HTTP/1.1 200 OK") == 3


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [("/chat/completions", "{", 400), ("/chat/completions", "[]", 400), ("/nothing", "{}", 404)],
)
def test_a_request_that_makes_no_sense_is_refused(path: str, body: str, status: int) -> None:
    async def act(client: openai.AsyncOpenAI) -> None:
        await client.post(path, cast_to=object, content=body.encode())

    with OpenAIServer(echo) as server:
        with pytest.raises(openai.APIStatusError) as caught:
            talk(server.base_url, act)
    assert caught.value.status_code == status


def test_the_mistake_of_an_answer_is_raised_where_the_server_stands() -> None:
    def mistaken(request: Request) -> Reply:
        raise ZeroDivisionError(request.prompt)

    with pytest.raises(ZeroDivisionError, match="who"):
        with OpenAIServer(mistaken) as server:
            ask(server, "who")


def test_the_models_are_listed() -> None:
    async def act(client: openai.AsyncOpenAI) -> list[str]:
        return [model.id async for model in client.models.list()]

    with OpenAIServer(echo) as server:
        assert talk(server.base_url, act) == ["stub"]


def test_equal_texts_have_equal_vectors_of_length_one() -> None:
    async def act(client: openai.AsyncOpenAI) -> list[list[list[float]]]:
        texts = ["茶", "tea", "茶"]
        packed = await client.embeddings.create(model="m", input=texts, dimensions=8)
        plain = await client.embeddings.create(model="m", input=texts, dimensions=8, encoding_format="float")
        single = await client.embeddings.create(model="m", input="tea", dimensions=8)
        return [[row.embedding for row in answer.data] for answer in (packed, plain, single)]

    with OpenAIServer(echo) as server:
        packed, plain, single = talk(server.base_url, act)
    assert plain[0] == plain[2] != plain[1]
    assert single == [packed[1]]
    for one, other in zip(packed, plain, strict=True):
        assert one == pytest.approx(other, abs=1e-6)
        assert math.hypot(*other) == pytest.approx(1)


def test_embeddings_can_fail_too() -> None:
    async def act(client: openai.AsyncOpenAI) -> None:
        await client.embeddings.create(model="m", input="x")

    with OpenAIServer(
        echo, embed=lambda request: rate_limited() if request.attempt == 0 else embeddings(request)
    ) as server:
        with pytest.raises(openai.RateLimitError):
            talk(server.base_url, act)
        talk(server.base_url, act)


def batch_file(texts: list[str]) -> bytes:
    lines = [
        {
            "custom_id": f"line {i}",
            "method": "POST",
            "url": CHAT,
            "body": {"messages": [{"role": "user", "content": text}]},
        }
        for i, text in enumerate(texts)
    ]
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines).encode()


async def begin(client: openai.AsyncOpenAI, raw: bytes) -> Batch:
    file = await client.files.create(file=("lines.jsonl", raw), purpose="batch")
    return await client.batches.create(input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h")


async def follow(client: openai.AsyncOpenAI, batch: Batch) -> tuple[list[str], Batch]:
    seen = [batch.status]
    while batch.status not in ("completed", "failed", "expired", "cancelled"):
        batch = await client.batches.retrieve(batch.id)
        seen.append(batch.status)
    return [str(status) for status in seen], batch


async def read(client: openai.AsyncOpenAI, file_id: str | None) -> dict[str, Any]:
    if file_id is None:
        return {}
    text = (await client.files.content(file_id)).text
    return {row["custom_id"]: row for row in map(json.loads, text.splitlines())}


async def run_batch(client: openai.AsyncOpenAI, raw: bytes) -> tuple[list[str], Batch, dict[str, Any], dict[str, Any]]:
    seen, batch = await follow(client, await begin(client, raw))
    return seen, batch, await read(client, batch.output_file_id), await read(client, batch.error_file_id)


def test_a_batch_ends_after_its_polls_with_every_line_answered() -> None:
    with OpenAIServer(echo, batches=[BatchPlan(polls=2)]) as server:
        seen, batch, good, bad = talk(
            server.base_url, lambda client: run_batch(client, batch_file(["甲", "乙\r\n--x"]))
        )
        lines = [c.request for c in server.calls if c.request.path == CHAT]
    assert seen == ["validating", "in_progress", "in_progress", "completed"]
    assert list(good) == ["line 1", "line 0"]
    assert good["line 1"]["response"]["body"]["choices"][0]["message"]["content"] == "乙\r\n--x"
    assert (bad, batch.error_file_id) == ({}, None)
    assert batch.request_counts is not None
    assert (batch.request_counts.total, batch.request_counts.completed, batch.request_counts.failed) == (2, 2, 0)
    assert [line.headers["x-custom-id"] for line in lines] == ["line 0", "line 1"]


def test_single_lines_of_a_batch_can_fail() -> None:
    replies = {"good": say("yes"), "bad": bad_request("no"), "lost": reset(), "torn": truncated(say("yes"))}
    with OpenAIServer(lambda request: replies[request.prompt]) as server:
        seen, batch, good, bad = talk(server.base_url, lambda client: run_batch(client, batch_file(list(replies))))
    assert seen[-1] == "completed"
    assert list(good) == ["line 0"]
    assert bad["line 1"]["response"]["status_code"] == 400
    assert [bad[f"line {i}"]["error"]["code"] for i in (2, 3)] == ["request_timeout"] * 2
    assert batch.request_counts is not None
    assert batch.request_counts.failed == 3


def test_a_batch_can_expire_and_the_next_one_do_the_rest() -> None:
    async def act(client: openai.AsyncOpenAI) -> tuple[list[str], dict[str, Any], dict[str, Any], list[str]]:
        seen, _, good, bad = await run_batch(client, batch_file(["a", "b", "c"]))
        again, *_ = await run_batch(client, batch_file(["c"]))
        return seen, good, bad, again

    with OpenAIServer(echo, batches=[BatchPlan(end="expired", answered=2), BatchPlan(polls=0)]) as server:
        seen, good, bad, again = talk(server.base_url, act)
        assert [c.request.prompt for c in server.calls if c.request.path == CHAT] == ["a", "b", "c"]
    assert seen[-1] == "expired"
    assert set(good) == {"line 0", "line 1"}
    assert (bad["line 2"]["response"], bad["line 2"]["error"]["code"]) == (None, "batch_expired")
    assert again == ["validating", "completed"]


@pytest.mark.parametrize(
    ("raw", "plan", "code"),
    [
        (batch_file(["a"]), BatchPlan(end="failed"), "token_limit_exceeded"),
        (batch_file(["a"]) + b"{\n", BatchPlan(), "invalid_json_line"),
        (batch_file(["a"]) * 2, BatchPlan(), "duplicate_custom_id"),
        (batch_file(["a"]).replace(b"/v1/chat", b"/v2/chat"), BatchPlan(), "invalid_url"),
        (b"\n", BatchPlan(), "invalid_json_line"),
    ],
)
def test_a_batch_can_fail_whole(raw: bytes, plan: BatchPlan, code: str) -> None:
    with OpenAIServer(echo, batches=[plan]) as server:
        seen, batch, good, bad = talk(server.base_url, lambda client: run_batch(client, raw))
    assert (seen[0], seen[-1], good, bad) == ("validating", "failed", {}, {})
    assert batch.errors is not None
    assert batch.errors.data is not None
    assert [error.code for error in batch.errors.data] == [code]


def test_a_batch_can_be_cancelled_once() -> None:
    async def act(client: openai.AsyncOpenAI) -> tuple[str, str, dict[str, Any], dict[str, Any]]:
        batch = await begin(client, batch_file(["a", "b"]))
        cancelling = await client.batches.cancel(batch.id)
        _, batch = await follow(client, cancelling)
        with pytest.raises(openai.BadRequestError, match="status 'cancelled'"):
            await client.batches.cancel(batch.id)
        good, bad = await read(client, batch.output_file_id), await read(client, batch.error_file_id)
        return cancelling.status, batch.status, good, bad

    with OpenAIServer(echo, batches=[BatchPlan(polls=9, answered=1)]) as server:
        first, last, good, bad = talk(server.base_url, act)
    assert (first, last, list(good)) == ("cancelling", "cancelled", ["line 0"])
    assert bad["line 1"]["error"]["code"] == "batch_cancelled"


def test_files_and_batches_that_are_not_there_are_not_found() -> None:
    async def act(client: openai.AsyncOpenAI) -> None:
        for call in (
            client.files.content("file-9"),
            client.batches.retrieve("batch_9"),
            client.batches.cancel("batch_9"),
        ):
            with pytest.raises(openai.NotFoundError):
                await call
        with pytest.raises(openai.NotFoundError):
            await client.batches.create(input_file_id="f", endpoint="/v1/chat/completions", completion_window="24h")
        with pytest.raises(openai.BadRequestError):
            await client.files.create(file=b"{}", purpose="fine-tune")

    with OpenAIServer(echo) as server:
        talk(server.base_url, act)


def request_for(text: str, attempt: int = 0) -> Request:
    body = {"messages": [{"role": "system", "content": "s"}, {"role": "user", "content": text}]}
    return Request(0, CHAT, {}, body, attempt, fingerprint(body))


def test_the_faulty_script_fails_three_in_ten_in_every_way_and_a_retry_succeeds() -> None:
    faulty = SCRIPTS["faulty30"]
    good = [request_for(str(i)) for i in range(2000)]
    failed = [request for request in good if faulty(request) != echo(request)]
    assert 500 < len(failed) < 700
    kinds = Counter((reply.fault, reply.status, tuple(reply.headers)) for reply in map(faulty, failed))
    assert len(kinds) == 12
    assert [faulty(request) for request in failed] == [faulty(request) for request in failed]
    for i in range(200):
        assert any(faulty(request_for(str(i), attempt)) == echo(request_for(str(i))) for attempt in range(8))


@pytest.mark.parametrize(
    "prompt",
    [
        "Label these lines:\n[3] 你好\n[12] good-bye",
        'Label these:\n[\n {"id": 3, "text": "你好"}, {"id": 12, "text": "good-bye"}]\nThank you.',
    ],
)
def test_the_annotating_script_labels_every_line(prompt: str) -> None:
    reply = annotate(lambda text: "joy" if "你好" in text else "none")(request_for(prompt))
    assert isinstance(reply.body, dict)
    labels = json.loads(reply.body["choices"][0]["message"]["content"])["labels"]
    assert labels == [{"id": 3, "label": "joy"}, {"id": 12, "label": "none"}]


def test_the_program_serves_a_script_and_its_log_survives_its_death(tmp_path: Path) -> None:
    log = tmp_path / "calls.jsonl"
    for text in ("first", "second"):
        command = [sys.executable, str(PROGRAM), "--port", "0", "--latency", "0.01", "--log", str(log)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
            assert program.stdout is not None
            url = program.stdout.readline().strip()

            async def act(client: openai.AsyncOpenAI, text: str = text) -> None:
                messages: list[Any] = [{"role": "user", "content": text}]
                await client.chat.completions.create(model="m", messages=messages)

            talk(url, act)
            program.kill()
    rows = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    bodies = [{"messages": [{"role": "user", "content": text}], "model": "m"} for text in ("first", "second")]
    assert [row["fingerprint"] for row in rows] == [fingerprint(body) for body in bodies]
    assert [(row["path"], row["status"], row["attempt"]) for row in rows] == [(CHAT, 200, 0)] * 2
    assert all(row["usage"]["prompt_tokens"] == 2 for row in rows)
