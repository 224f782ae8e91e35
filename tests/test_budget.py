"""Tokens are counted or estimated, never waited for; money is counted before it is spent."""

import os
import socket
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest
import tiktoken.registry
import yaml
from hypothesis import given
from hypothesis import strategies as st

from roleinstruct.errors import BudgetError, ConfigError
from roleinstruct.llm.budget import Meter, Price, Prices, worst_case
from roleinstruct.llm.request import Request, Usage
from roleinstruct.llm.tokens import TokenCount, count_request, count_tokens
from roleinstruct.records import Message

PROGRAM = """
import sys
from roleinstruct.llm import tokens
tokens.PATIENCE = 0.3
MODELS = ("gpt-4o", "gpt-4o", "gpt-3.5-turbo")
print(*(tokens.count_tokens("今天下雨了，我没带伞。", model) for model in MODELS), sep="\\n")
"""


def count_elsewhere(folder: Path, **environment: str) -> list[str]:
    """Count in a process of its own, whose tokenizer tables are in `folder` and nowhere else."""
    inherited = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**inherited, "TIKTOKEN_CACHE_DIR": str(folder), **environment},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert ran.stderr == ""
    return ran.stdout.splitlines()


def test_a_host_that_never_answers_holds_up_neither_the_caller_nor_the_end(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        proxy = f"http://127.0.0.1:{silent.getsockname()[1]}"
        found = count_elsewhere(tmp_path, HTTPS_PROXY=proxy)
        silent.settimeout(10)
        connection, _ = silent.accept()  # it did ask, and got no answer
        with connection:
            assert connection.recv(7) == b"CONNECT"
    assert found[0] == found[1]
    assert [line.endswith("exact=False)") for line in found] == [True, True, True]


def test_without_a_network_the_count_is_an_estimate(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    found = count_elsewhere(tmp_path, HTTPS_PROXY=f"http://127.0.0.1:{port}")  # nobody listens there any more
    assert [line.endswith("exact=False)") for line in found] == [True, True, True]


def test_a_wrong_table_on_disk_is_not_believed(tmp_path: Path) -> None:
    (tmp_path / "fb374d419588a4632f3f557e76b4b70aebbca790").write_text("IQ== 0\n", encoding="ascii")
    [first, *_] = count_elsewhere(tmp_path, HTTPS_PROXY="http://127.0.0.1:1")
    assert first.endswith("exact=False)")


@pytest.fixture
def bytes_for_davinci(monkeypatch: pytest.MonkeyPatch) -> str:
    """A model of OpenAI whose tokenizer is at hand: a token a byte."""
    ranks = {bytes([byte]): byte for byte in range(256)}
    encoding = tiktoken.Encoding("p50k_base", pat_str=r"[\s\S]", mergeable_ranks=ranks, special_tokens={"<|end|>": 256})
    monkeypatch.setitem(tiktoken.registry.ENCODINGS, "p50k_base", encoding)
    return "text-davinci-003"


def test_a_tokenizer_at_hand_counts_exactly(bytes_for_davinci: str) -> None:
    assert count_tokens("abc", bytes_for_davinci) == TokenCount(3, True)
    assert count_tokens("好<|end|>", bytes_for_davinci) == TokenCount(10, True)  # a special token is plain text
    messages = (Message("system", "abc"), Message("user", "de"))
    assert count_request(Request(bytes_for_davinci, messages)) == TokenCount(3 + 2 * 4 + 5, True)
    with_schema = count_request(Request(bytes_for_davinci, messages, schema={"a": 1}))
    assert with_schema == TokenCount(16 + len('{"a": 1}'), False)


@pytest.mark.parametrize(
    ("text", "model", "tokens"),
    [
        ("", "qwen-plus", 0),
        ("我" * 100, "qwen-plus", 65),
        ("我" * 100, "glm-4-plus", 65),
        ("我" * 100, "my-own-model", 85),
        ("word " * 90, "my-own-model", 100),
        ('{"', "my-own-model", 2),
        ("😀", "my-own-model", 1),
        ("\ud800", "my-own-model", 1),
    ],
)
def test_an_estimate_goes_by_the_kind_of_character(text: str, model: str, tokens: int) -> None:
    count = count_tokens(text, model)
    assert abs(count.tokens - tokens) <= 1
    assert not count.exact


@given(st.text(max_size=30), st.text(max_size=30))
def test_more_text_is_never_fewer_tokens(one: str, other: str) -> None:
    assert count_tokens(one, "m").tokens <= count_tokens(one + other, "m").tokens


def test_every_packaged_price_is_dated_and_sourced() -> None:
    blocks = yaml.safe_load(files("roleinstruct.llm").joinpath("prices.yaml").read_text(encoding="utf-8"))
    names = [name for block in blocks for name in block["models"]]
    assert len(set(names)) == len(names) > 15
    for block in blocks:
        assert block["source"].startswith("https://")
        assert block["date"].year >= 2025
    for price in Prices.load().listed.values():
        assert 0 <= price.cached <= price.input


MILLION = Usage(1_000_000, 1_000_000, 400_000)


@pytest.mark.parametrize(
    ("model", "batch", "cost"),
    [
        ("gpt-4o-mini", False, 0.6 * 0.15 + 0.4 * 0.075 + 0.6),
        ("gpt-4o-mini", True, (0.15 + 0.6) / 2),
        ("gpt-4o-mini-2024-07-18", False, 0.6 * 0.15 + 0.4 * 0.075 + 0.6),
        ("gpt-4o-2024-05-13", False, 5.0 + 15.0),  # a date with a price of its own; nothing off for cached tokens
        ("gpt-3.5-turbo-0125", False, 0.5 + 1.5),
        ("text-embedding-3-small", False, 0.02),
        ("deepseek-v4-flash", True, 0.6 * 0.14 + 0.4 * 0.0028 + 0.28),  # no batch interface there
        ("qwen-plus", False, 0.6 * 0.4 + 0.4 * 0.16 + 1.2),
        ("glm-4.5-flash", False, 0.0),
        ("ft:gpt-4o-mini:me", False, None),
        ("my-own-model", False, None),
    ],
)
def test_a_call_costs_what_its_provider_says(model: str, batch: bool, cost: float | None) -> None:
    assert Prices.load().cost(model, MILLION, batch) == (None if cost is None else pytest.approx(cost))


def test_a_users_file_goes_before_the_packaged_one(tmp_path: Path) -> None:
    path = tmp_path / "prices.yaml"
    path.write_text(
        "- models: {my-own-model: {input: 1, output: 2}, gpt-4o: {input: 9, output: 9}}\n", encoding="utf-8"
    )
    prices = Prices.load(path)
    assert prices.of("my-own-model") == Price(1, 1, 2)
    assert prices.of("gpt-4o-2024-08-06") == Price(9, 9, 9)
    assert prices.of("gpt-4o-mini") == Prices.load().of("gpt-4o-mini")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("- models: {m: {input: -1, output: 2}}", "0.models.m.input"),
        ("- models: {m: {input: 1}}", "0.models.m.output"),
        ("- models: {m: {input: 1, output: .inf}}", "0.models.m.output"),
        ("- {batch: 2, models: {}}", "0.batch"),
        ("- {modells: {}}", "0.models"),
        ("", "the whole"),
        ("[", "is no YAML"),
        (None, "cannot be read"),
    ],
)
def test_a_price_file_that_holds_none_is_named(tmp_path: Path, text: str | None, words: str) -> None:
    path = tmp_path / "mine.yaml"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=words) as raised:
        Prices.load(path)
    assert "mine.yaml" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_price_on_the_command_line_holds_for_every_model() -> None:
    assert Prices.flat("0.15,0.60").cost("whatever", MILLION) == pytest.approx(0.75)
    assert Prices.flat("0.2, 0.1, 0.6").cost("gpt-4o", MILLION) == pytest.approx(0.6 * 0.2 + 0.4 * 0.1 + 0.6)
    assert Prices.flat("0,0").cost("whatever", MILLION) == 0
    for text in ("", "1", "1,2,3,4", "a,b", "-1,2", "nan,1", "inf,1"):
        with pytest.raises(ConfigError, match="dollars per million tokens"):
            Prices.flat(text)


@pytest.mark.parametrize(
    ("url", "cost"),
    [
        ("http://localhost:11434/v1", 0.0),
        ("http://127.0.0.1:8000/v1", 0.0),
        ("http://[::1]:8000/v1", 0.0),
        ("http://192.168.1.7:8000/v1", 0.0),
        ("http://0.0.0.0:8000", 0.0),
        ("http://desk.local/v1", 0.0),
        ("https://api.example.com/v1", None),
        ("https://8.8.8.8/v1", None),
        (None, None),
    ],
)
def test_a_server_of_ones_own_costs_nothing(url: str | None, cost: float | None) -> None:
    prices = Prices.load().at(url)
    assert prices.cost("my-own-model", MILLION) == cost
    assert prices.cost("gpt-4o", MILLION) == Prices.load().cost("gpt-4o", MILLION)  # a local server may pass it on


def test_the_worst_case_is_the_longest_reply_and_an_estimate_with_a_margin(bytes_for_davinci: str) -> None:
    messages = (Message("user", "abc"),)
    assert worst_case(Request(bytes_for_davinci, messages, {"max_tokens": 7})) == Usage(10, 7)
    assert worst_case(Request(bytes_for_davinci, messages, {"max_completion_tokens": 8})) == Usage(10, 8)
    assert worst_case(Request(bytes_for_davinci, messages), output=99) == Usage(10, 99)
    assert worst_case(Request("m", (Message("user", "我" * 1000),), {"max_tokens": 7})) == Usage(round(858 * 1.2), 7)


def test_a_meter_adds_up_by_stage() -> None:
    meter = Meter(Prices.load())
    meter.add("ask", "gpt-4o-mini", Usage(100, 10))
    meter.add("ask", "gpt-4o-mini", Usage(200, 20, 100))
    meter.add("answer", "my-own-model", Usage(1, 1))
    assert meter.usage == {"ask": Usage(300, 30, 100), "answer": Usage(1, 1)}
    assert meter.spent == meter.cost["ask"] == pytest.approx((200 * 0.15 + 100 * 0.075 + 30 * 0.6) / 1e6)
    assert meter.unpriced == {"my-own-model"}


def test_calls_under_way_count_against_the_limit() -> None:
    meter, worst = Meter(Prices.flat("1,1"), max_cost=1.0), Usage(200_000, 200_000)
    held = [meter.hold("m", worst), meter.hold("m", worst)]
    assert not meter.can_afford("m", worst)
    with pytest.raises(BudgetError, match=r"may cost 0\.4000 USD, .* limit of 1: 0\.0000 are spent and 0\.8000 set"):
        meter.hold("m", worst)
    meter.add("ask", "m", Usage(100_000, 0), held[0])
    meter.release(held[1])
    assert meter.can_afford("m", worst)
    assert meter.spent == pytest.approx(0.1)
    assert meter.held == 0


def test_a_limit_needs_a_price() -> None:
    meter = Meter(Prices.load(), max_cost=1.0)
    with pytest.raises(BudgetError, match="nobody knows what my-own-model costs"):
        meter.can_afford("my-own-model", Usage(1, 1))
    with pytest.raises(BudgetError, match="give --price"):
        meter.hold("my-own-model", Usage(1, 1))
    assert Meter(Prices.load()).can_afford("my-own-model", Usage(1, 1))


@given(st.lists(st.tuples(st.integers(0, 500_000), st.floats(0, 1)), max_size=30))
def test_what_is_spent_never_passes_the_limit(calls: list[tuple[int, float]]) -> None:
    meter, under_way = Meter(Prices.flat("1,2"), max_cost=1.0), []
    for tokens, used in calls:
        worst = Usage(tokens, tokens)
        if meter.can_afford("m", worst):
            under_way.append((Usage(round(tokens * used), round(tokens * used)), meter.hold("m", worst)))
        if len(under_way) > 3:
            meter.add("x", "m", *under_way.pop(0))
    for usage, held in under_way:
        meter.add("x", "m", usage, held)
    assert meter.spent <= 1.0 + 1e-9
    assert meter.held == pytest.approx(0, abs=1e-9)
