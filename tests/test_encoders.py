"""The encoders that need no library: character n-grams, vectors that are kept, vectors of a server."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openai_replies import Reply, bad_request, embeddings, hang, quota_spent, rate_limited, reset, say, server_error
from openai_replies import Request as Heard
from openai_server import OpenAIServer
from roleinstruct.encoders.cached import CachedEncoder
from roleinstruct.encoders.encoder import Encoder, Vectors
from roleinstruct.encoders.folder import find_model
from roleinstruct.encoders.load import load_encoder
from roleinstruct.encoders.ngrams import NgramEncoder
from roleinstruct.encoders.openai import LIMITS, OpenAIEncoder
from roleinstruct.errors import BudgetError, ConfigError, EndpointError, FolderError, JournalError, MissingExtraError
from roleinstruct.llm.budget import Meter, Prices
from roleinstruct.llm.calling import Limits
from roleinstruct.llm.embeddings import Embeddings, embedding_request
from roleinstruct.llm.endpoint import Endpoint
from roleinstruct.llm.journal import Journal

TEXTS = [f"第{i}句：今天河边的风很大。" for i in range(500)]


def cosines(encoder: Encoder, query: str, *texts: str) -> list[float]:
    return [float(score) for score in encoder.encode([query], query=True)[0] @ encoder.encode(texts).T]


# Character n-grams


@pytest.mark.parametrize(
    ("query", "near", "far"),
    [
        ("你周末去钓鱼了吗？", "周末钓到了两条鱼", "房租怎么又没交"),
        ("who went fishing?", "He fished all day, fishing is his life.", "The rent is late."),
        ("ＷＨＯ　ｗａｓ　Ｉｔ", "who was it", "nobody knows"),
        ("用Python写的", "python 脚本", "用笔写字"),
    ],
)
def test_texts_that_share_characters_are_near(query: str, near: str, far: str) -> None:
    left, right = cosines(NgramEncoder(), query, near, far)
    assert left > right + 0.1


def test_ngrams_know_nothing_of_meaning() -> None:
    assert cosines(NgramEncoder(), "happy", "glad", "unhappy") == pytest.approx([0, 0.5], abs=0.2)


def test_the_vectors_are_the_same_everywhere() -> None:
    vector = NgramEncoder().encode(["钓鱼 fish"])[0]
    assert {int(i): round(float(vector[i]), 4) for i in np.flatnonzero(vector)} == {
        136: 0.3015,
        231: 0.3015,
        350: -0.3015,
        373: 0.3015,
        437: -0.3015,
        688: 0.3015,
        777: -0.3015,
        1067: 0.3015,
        1653: 0.3015,
        1939: -0.3015,
        1956: -0.3015,
    }


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(st.characters(), max_size=30), max_size=5))
def test_every_text_has_a_vector_of_length_one_or_none(texts: list[str]) -> None:
    encoder = NgramEncoder()
    vectors = encoder.encode(texts)
    assert vectors.shape == (len(texts), 2048)
    assert vectors.dtype == np.float32
    assert all(abs(length - 1) < 1e-5 or length == 0 for length in np.linalg.norm(vectors, axis=1))
    assert np.array_equal(vectors, encoder.encode(texts, query=True))
    assert all(np.array_equal(row, encoder.encode([text])[0]) for row, text in zip(vectors, texts, strict=True))


def test_a_text_without_letters_is_a_row_of_zeros() -> None:
    assert not NgramEncoder().encode(["", "  \n", "……？！"]).any()


# Vectors that are kept


@dataclass
class Counting:
    """Encodes as `NgramEncoder`, and counts."""

    name: str = "counting"
    encoded: Counter[tuple[str, bool]] = field(default_factory=Counter)
    fails_at: str = "nothing"

    def encode(self, texts: Sequence[str], *, query: bool = False) -> Vectors:
        if self.fails_at in texts:
            raise EndpointError("the server is gone.")
        self.encoded.update((text, query) for text in texts)
        return NgramEncoder().encode(texts) * (0.5 if query else 1)


def test_every_distinct_text_is_encoded_once_in_a_process_and_across_runs(tmp_path: Path) -> None:
    inner = Counting()
    texts = ["钓鱼", "rent", "钓鱼", "", "\ud800"]
    for _ in range(2):
        encoder = CachedEncoder(inner, tmp_path / "new" / "vectors.sqlite")
        assert np.array_equal(encoder.encode(texts), NgramEncoder().encode(texts))
        assert encoder.encode(["钓鱼"], query=True)[0] == pytest.approx(NgramEncoder().encode(["钓鱼"])[0] / 2)
    assert inner.encoded == {
        ("钓鱼", False): 1,
        ("rent", False): 1,
        ("", False): 1,
        ("\ud800", False): 1,
        ("钓鱼", True): 1,
    }
    assert encoder.encode([]).shape == (0, 2048)


def test_encoders_share_a_file_and_are_told_apart(tmp_path: Path) -> None:
    one, other = Counting("one"), Counting("other")
    for inner in (one, other, replace(one)):
        CachedEncoder(inner, tmp_path / "vectors.sqlite").encode(["钓鱼"])
    assert one.encoded == other.encoded == {("钓鱼", False): 1}


def test_what_was_encoded_before_a_failure_is_kept(tmp_path: Path) -> None:
    inner = Counting(fails_at=TEXTS[-1])
    encoder = CachedEncoder(inner, tmp_path / "vectors.sqlite")
    many = [f"{text}{i}" for i in range(3) for text in TEXTS[:-1]] + [TEXTS[-1]]
    with pytest.raises(EndpointError, match="the server is gone"):
        encoder.encode(many)
    inner.fails_at = "nothing more"
    assert np.array_equal(encoder.encode(many), NgramEncoder().encode(many))
    assert set(inner.encoded.values()) == {1}


def test_a_file_that_is_no_cache_is_named(tmp_path: Path) -> None:
    (tmp_path / "vectors.sqlite").write_text("something else " * 99)
    with pytest.raises(JournalError, match=r"vectors.sqlite cannot be read or written .* delete the file"):
        CachedEncoder(Counting(), tmp_path / "vectors.sqlite").encode(["钓鱼"])
    with pytest.raises(JournalError, match="choose another"):
        CachedEncoder(Counting(), tmp_path / "vectors.sqlite" / "below").encode(["钓鱼"])


# Vectors of a server


def served_by(
    server: OpenAIServer, folder: Path, dimensions: int | None = None, limits: Limits = LIMITS
) -> OpenAIEncoder:
    endpoint = Endpoint.of("text-embedding-3-small", server.base_url, timeout=5)
    return OpenAIEncoder(endpoint, folder / "e.sqlite", Meter(Prices.load()), dimensions=dimensions, limits=limits)


def expected(texts: Sequence[str], size: int = 64) -> Vectors:
    """The server's vectors, by a call of their own each."""
    rows = []
    for text in texts:
        found: Any = embeddings(Heard(0, "", {}, {"input": text, "dimensions": size}, 0, "")).body
        rows.append(found["data"][0]["embedding"])
    return np.array(rows, np.float32)


def inputs(server: OpenAIServer) -> list[str]:
    """The texts of all calls that were answered."""
    return [text for call in server.calls if call.reply.status == 200 for text in call.request.body["input"]]


def never(request: Heard) -> Reply:
    return say("nobody asks for a chat")


def test_every_distinct_text_is_one_entry_and_calls_are_few(tmp_path: Path) -> None:
    with OpenAIServer(never, latency=0.02) as server:
        encoder = served_by(server, tmp_path)
        texts = [*TEXTS, "", *TEXTS[:50], "  "]
        vectors = encoder.encode(texts)
        assert sorted(inputs(server)) == sorted(TEXTS)
        assert len(server.calls) <= 25
        assert all(call.request.body["encoding_format"] == "base64" for call in server.calls)
        assert not any("max_tokens" in call.request.body for call in server.calls)
        before = server.arrived
        assert np.array_equal(served_by(server, tmp_path).encode(texts, query=True), vectors)
        assert server.arrived == before, "the second run calls nobody"
    assert vectors[:500] == pytest.approx(expected(TEXTS), abs=1e-6)
    assert np.array_equal(vectors[501:551], vectors[:50])
    assert not vectors[[500, 551]].any()
    with Journal(tmp_path / "e.sqlite", read_only=True) as journal:
        assert journal.counts() == {"embed": 500}


def test_the_tokens_of_a_call_are_shared_out_exactly(tmp_path: Path) -> None:
    with OpenAIServer(never) as server:
        encoder = served_by(server, tmp_path)
        encoder.encode(["一", "two words", *TEXTS])
        billed = sum(
            call.reply.body["usage"]["prompt_tokens"] for call in server.calls if isinstance(call.reply.body, dict)
        )
    assert encoder.meter.usage["embed"].prompt_tokens == billed
    assert encoder.meter.usage["embed"].completion_tokens == 0
    assert encoder.meter.spent == pytest.approx(billed * 0.02e-6)
    with Journal(tmp_path / "e.sqlite", read_only=True) as journal:
        assert journal.total()["embed"].prompt_tokens == billed


def test_other_dimensions_are_other_entries_and_another_name(tmp_path: Path) -> None:
    with OpenAIServer(never) as server:
        small, usual = served_by(server, tmp_path, dimensions=8), served_by(server, tmp_path)
        assert small.encode(["鱼", ""]).shape == (2, 8)
        assert usual.encode(["鱼"]).shape == (1, 64)
        assert len(server.calls) == 2
    assert (small.name, usual.name) == ("text-embedding-3-small/8", "text-embedding-3-small")
    assert small.encode(["", " "]).shape == (2, 8)


def test_a_server_that_is_busy_or_broken_at_times_costs_time_alone(tmp_path: Path) -> None:
    troubles = [rate_limited(0.05), server_error(), reset(), rate_limited(), Reply(body={"data": []}), say("what?")]

    def stumbling(request: Heard) -> Reply:
        return troubles[request.number // 2] if request.number % 2 and request.number < 12 else embeddings(request)

    with OpenAIServer(never, embed=stumbling) as server:
        vectors = served_by(server, tmp_path).encode(TEXTS)
        assert len(server.calls) <= 60
        answered = [c for c in server.calls if isinstance(c.reply.body, dict) and len(c.reply.body.get("data", [])) > 0]
        assert sorted(text for c in answered for text in c.request.body["input"]) == sorted(TEXTS), "nothing paid twice"
    assert vectors == pytest.approx(expected(TEXTS), abs=1e-6)


def test_a_call_that_hangs_holds_up_no_other(tmp_path: Path) -> None:
    def stuck(request: Heard) -> Reply:
        return hang() if "甲" in request.body["input"] else embeddings(request)

    async def ask(server: OpenAIServer) -> bool:
        async with Embeddings(Endpoint.of("stub", server.base_url, timeout=20), 8) as send:
            first = asyncio.create_task(send(embedding_request("stub", "甲"), {}))
            while server.arrived == 0:
                await asyncio.sleep(0.01)
            await asyncio.gather(*(send(embedding_request("stub", text), {}) for text in "乙丙"))
            waits = not first.done()
        with pytest.raises(asyncio.CancelledError):
            await first
        return waits

    with OpenAIServer(never, embed=stuck) as server:
        assert asyncio.run(ask(server))
        assert inputs(server) == ["乙", "丙"]


def test_a_server_that_takes_fewer_texts_gets_halves(tmp_path: Path) -> None:
    def small(request: Heard) -> Reply:
        return embeddings(request) if len(request.body["input"]) <= 32 else bad_request("batch size > maximum of 32")

    with OpenAIServer(never, embed=small) as server:
        assert served_by(server, tmp_path).encode(TEXTS) == pytest.approx(expected(TEXTS), abs=1e-6)
        assert len(server.calls) < 60


def test_one_text_that_is_refused_is_named_and_costs_no_other(tmp_path: Path) -> None:
    def picky(request: Heard) -> Reply:
        return bad_request("too long") if "很长的话" in request.body["input"] else embeddings(request)

    with OpenAIServer(never, embed=picky) as server:
        encoder = served_by(server, tmp_path)
        with pytest.raises(EndpointError, match=r"no vector for 1 of 101 texts, the first '很长的话'.*too long.*kept"):
            encoder.encode([*TEXTS[:60], "很长的话", *TEXTS[60:100]])
        before = len(inputs(server))
        encoder.encode(TEXTS[:100])
        assert len(inputs(server)) == before == 100


def test_a_server_that_cannot_shorten_vectors_says_so(tmp_path: Path) -> None:
    with OpenAIServer(never, embed=lambda request: bad_request("Unsupported parameter: 'dimensions'")) as server:
        with pytest.raises(EndpointError, match=r"no vector for 3 of 3 texts.*Unsupported parameter: 'dimensions'"):
            served_by(server, tmp_path, dimensions=8).encode(["一", "二", "三"])


def test_numbers_come_in_lists_from_servers_that_know_no_base64(tmp_path: Path) -> None:
    def plain(request: Heard) -> Reply:
        return embeddings(replace(request, body={**request.body, "encoding_format": "float"}))

    with OpenAIServer(never, embed=plain) as server:
        assert served_by(server, tmp_path).encode(TEXTS[:5]) == pytest.approx(expected(TEXTS[:5]), abs=1e-6)


def test_vectors_of_no_number_are_never_kept(tmp_path: Path) -> None:
    def infinite(request: Heard) -> Reply:
        rows = [{"index": i, "embedding": [0.5, None]} for i, _ in enumerate(request.body["input"])]
        return Reply(body={"data": rows})

    with OpenAIServer(never, embed=infinite) as server:
        with pytest.raises(EndpointError, match="no list of embeddings"):
            served_by(server, tmp_path, limits=Limits(attempts=2)).encode(["鱼"])
    with Journal(tmp_path / "e.sqlite", read_only=True) as journal:
        assert journal.counts() == {}


def test_an_account_that_is_empty_stops_the_run_at_once(tmp_path: Path) -> None:
    with OpenAIServer(never, embed=lambda request: quota_spent()) as server:
        with pytest.raises(EndpointError, match="quota"):
            served_by(server, tmp_path).encode(TEXTS)
        assert server.arrived < 16


def test_a_limit_on_cost_holds(tmp_path: Path) -> None:
    with OpenAIServer(never) as server:
        endpoint = Endpoint.of("text-embedding-3-small", server.base_url)
        encoder = OpenAIEncoder(endpoint, tmp_path / "e.sqlite", Meter(Prices.load(), max_cost=2e-7))
        with pytest.raises(BudgetError, match="could pass the limit"):
            encoder.encode(["很长的一句话" * 50])
        assert server.arrived == 0


def test_long_texts_share_no_call_that_would_be_too_long(tmp_path: Path) -> None:
    with OpenAIServer(never) as server:
        served_by(server, tmp_path).encode([f"{i}{'长' * 60_000}" for i in range(8)])
        assert max(sum(map(len, call.request.body["input"])) for call in server.calls) <= 200_000


def test_encode_within_an_event_loop_says_what_to_do(tmp_path: Path) -> None:
    with OpenAIServer(never) as server:
        encoder = served_by(server, tmp_path)

        async def within() -> Vectors:
            with pytest.raises(ConfigError, match=r"asyncio.to_thread\(encoder.encode, texts\)"):
                encoder.encode(["鱼"])
            return await asyncio.to_thread(encoder.encode, ["鱼"])

        assert asyncio.run(within()).shape == (1, 64)


def test_a_killed_run_goes_on_where_it_was(tmp_path: Path) -> None:
    program = (
        "import sys, json; from pathlib import Path; from roleinstruct.encoders.load import load_encoder; "
        "load_encoder('openai:stub', base_url=sys.argv[1], cache=Path(sys.argv[2])).encode(json.load(sys.stdin))"
    )
    with OpenAIServer(never, latency=0.15) as server:
        command = [sys.executable, "-c", program, server.base_url, str(tmp_path)]
        run = subprocess.Popen(command, stdin=subprocess.PIPE, text=True, env={**os.environ, "OPENAI_API_KEY": "none"})
        assert run.stdin is not None
        with run.stdin:
            json.dump(TEXTS, run.stdin)
        deadline = time.monotonic() + 60
        while _committed(tmp_path / "embeddings.sqlite") == 0:
            assert run.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.01)
        run.send_signal(signal.SIGKILL)
        run.wait()
        committed = _committed(tmp_path / "embeddings.sqlite")
        before = server.arrived
        server.latency = 0.0
        time.sleep(0.2)
        calls = len(server.calls)
        vectors = load_encoder("openai:stub", base_url=server.base_url, cache=tmp_path).encode(TEXTS)
        again = [text for call in server.calls[calls:] for text in call.request.body["input"]]
    assert 0 < committed < 500
    assert server.arrived > before
    assert len(again) == len(set(again)) == 500 - committed
    assert vectors == pytest.approx(expected(TEXTS), abs=1e-6)


def _committed(path: Path) -> int:
    if not path.is_file():
        return 0
    try:
        with Journal(path, read_only=True) as journal:
            return sum(journal.counts().values())
    except (JournalError, FolderError):
        return 0  # it is being made


# By name


def test_an_encoder_is_made_by_its_name(tmp_path: Path) -> None:
    assert load_encoder("ngrams").name == "ngrams-v1"
    server = load_encoder("openai:bge-m3", base_url="http://localhost:1/v1", cache=tmp_path)
    assert server.name == "bge-m3"


@pytest.mark.parametrize("spec", ["", "ngram", "flag", "flag:", "bert:x", "ngrams:", "BAAI/bge-small-zh"])
def test_a_name_that_means_nothing_is_refused_with_those_that_do(spec: str) -> None:
    with pytest.raises(ConfigError, match=r"expected ngrams, or flag:MODEL, m3:MODEL, sentence:MODEL or openai:MODEL"):
        load_encoder(spec)


@pytest.mark.parametrize("model", ["nobody/has-this", "no name at all", "src"])
def test_a_model_that_is_not_there_is_one_sentence(model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "src").mkdir()
    with pytest.raises(ConfigError, match=r"is no folder, and could not be had|holds no model") as error:
        find_model(model)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("name", "instruction"),
    [
        ("bge-small-zh-v1.5", "为这个句子生成表示以用于检索相关文章："),
        ("bge-large-zh", "为这个句子生成表示以用于检索相关文章："),
        ("BGE-base-en-v1.5", "Represent this sentence for searching relevant passages: "),
        ("bge-large-zh-noinstruct", ""),
        ("bge-m3", ""),
        ("all-MiniLM-L6-v2", ""),
    ],
)
def test_bge_is_told_what_its_card_says(name: str, instruction: str, tmp_path: Path) -> None:
    (tmp_path / name).mkdir()
    (tmp_path / name / "config.json").write_text("{}")
    assert find_model(str(tmp_path / name)).query_instruction == instruction


@pytest.mark.parametrize(
    ("files", "length", "pooling"),
    [
        ({"config.json": {"max_position_embeddings": 512}}, 512, ""),
        ({"config.json": {"model_type": "xlm-roberta", "max_position_embeddings": 8194, "pad_token_id": 1}}, 8192, ""),
        ({"config.json": {}, "tokenizer_config.json": {"model_max_length": 1e30}}, 512, ""),
        (
            {
                "config.json": {"max_position_embeddings": 512},
                "sentence_bert_config.json": {"max_seq_length": 256},
                "modules.json": [{"type": "sentence_transformers.models.Transformer"}, {"type": "x.Pooling"}],
                "1_Pooling/config.json": {"pooling_mode_cls_token": False, "pooling_mode_mean_tokens": True},
            },
            256,
            "mean",
        ),
        ({"config.json": {}, "modules.json": [{"type": "x.Pooling"}, {"type": "x.Dense"}]}, 512, "Dense"),
        (
            {"config.json": {}, "modules.json": [{"type": "P"}], "1_Pooling/config.json": {"pooling_mode": "cls"}},
            512,
            "P",
        ),
    ],
)
def test_a_models_own_files_say_how_it_is_read(
    files: dict[str, object], length: int, pooling: str, tmp_path: Path
) -> None:
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(json.dumps(content))
    folder = find_model(str(tmp_path))
    assert (folder.max_length, folder.pooling) == (length, pooling)
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(ConfigError, match=r"config.json cannot be read: .*is the model complete"):
        _ = folder.max_length


def test_paid_vectors_want_a_place_to_be_kept() -> None:
    with pytest.raises(ConfigError, match="give a cache folder"):
        load_encoder("openai:text-embedding-3-small", base_url="http://localhost:1/v1")


@pytest.mark.parametrize(("spec", "module"), [("flag:x", "FlagEmbedding"), ("sentence:x", "sentence_transformers")])
def test_a_library_that_is_not_installed_is_named(spec: str, module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("roleinstruct.errors.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=rf"{module} is not installed .* 'roleinstruct\[retrieval\]'"):
        load_encoder(spec)
