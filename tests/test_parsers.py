"""Whatever a model, a server or a file says: it is read, or refused by an error of ours, and nothing else is raised."""

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from roleinstruct.errors import RecordError, SourceError
from roleinstruct.generate.answering import Spoken
from roleinstruct.generate.labels import LabelReply, Labels, ReasonedLabels, sift
from roleinstruct.generate.pairs import Shown, outcome_of
from roleinstruct.generate.rounds import Pairs
from roleinstruct.generate.statements import Findings, complaint, read
from roleinstruct.llm.batching.results import read_results
from roleinstruct.llm.chat import read_completion
from roleinstruct.llm.replies import parse
from roleinstruct.llm.request import Reply, Request, Usage
from roleinstruct.llm.store import Row
from roleinstruct.llm.transfer import read_lines
from roleinstruct.llm.trouble import Trouble, of_status
from roleinstruct.records import Dialogue, Instruction, Message, Place, Rejected, Utterance

PAIR = {
    "kind": "plot", "evidence": [1], "reason": "[1]里说了", "question": "老周，你为什么不卖铺子？",
    "answer": "卖了我天天干啥去？", "emotion": "anger", "confidence": "high",
}  # fmt: skip
GOOD: dict[type[BaseModel], Any] = {
    Labels: {"labels": ["1 anger", "2 neutral"]},
    ReasonedLabels: {"labels": [{"id": 1, "reason": "骂人", "emotion": "anger"}]},
    Pairs: {"pairs": [PAIR]},
    Findings: {"statements": [{"field": "traits", "value": "节俭", "evidence": [1]}]},
    Spoken: {"answer": "先烧水，后下面。"},
}
REQUEST = Request("m", (Message("user", "问"),), {"temperature": 0.7}, {"type": "object"}, 2)
REPLY = Reply("答", "stop", Usage(3, 2, 1), "m")
COMPLETION = {
    "model": "m",
    "choices": [{"finish_reason": "stop", "message": {"content": "答", "refusal": None, "tool_calls": []}}],
    "usage": {"prompt_tokens": 3, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 1}},
}
SCENE = Dialogue("d1", "老周", "客人", (Utterance("客人", "铺子卖吗？"),), Place("剧本.txt", 1, 2))
DEEP = "[" * 3_000  # more than the interpreter follows

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
)


def near(good: object) -> st.SearchStrategy[Any]:
    """A value with another one in a place of it, one of its keys gone, or one too many."""
    ways: list[st.SearchStrategy[Any]] = [st.just(good), VALUES]
    if isinstance(good, dict):
        ways += [st.builds(lambda value, key=key: {**good, key: value}, near(good[key])) for key in good]
        ways += [st.just({k: v for k, v in good.items() if k != key}) for key in good]
        ways += [st.builds(lambda key, value: {**good, key: value}, st.text(max_size=6), SCALARS)]
    if isinstance(good, list):
        ways += [st.lists(near(good[0]), max_size=3)] if good else []
    return st.one_of(ways)


def said(good: object) -> st.SearchStrategy[str]:
    """What a model may make of an answer: prose, another value, or the right one cut, doubled or wrapped."""
    text = json.dumps(good, ensure_ascii=False)
    cut = st.integers(0, len(text)).map(lambda end: text[:end])
    wrapped = st.builds("{}{}{}".format, st.text(max_size=9), near(good).map(json.dumps), st.text(max_size=9))
    return st.one_of(st.text(), cut, wrapped, wrapped.map("```json\n{}\n```".format), st.just(text + text))


@pytest.mark.parametrize("shape", GOOD, ids=lambda shape: shape.__name__)
def test_a_reply_fits_its_shape_or_is_refused_in_words(shape: type[BaseModel]) -> None:
    assert parse(json.dumps(GOOD[shape]), shape).model_dump() == GOOD[shape]

    @given(said(GOOD[shape]))
    @settings(max_examples=120, deadline=None)
    @example(DEEP)
    @example('{"labels": ["' + "9" * 5000 + ' anger"]}')
    def check(text: str) -> None:
        with suppress(RecordError):
            use(parse(text, shape))

    check()


def use(reply: BaseModel) -> None:
    """What is done with a reply that fits its shape: every part ends somewhere."""
    if isinstance(reply, LabelReply):
        sifted = sift(reply, [1, 2], 2)
        assert set(sifted.labels) <= {1, 2}
        assert bool(sifted.complaint) == (len(sifted.labels) < 2)
    elif isinstance(reply, Findings):
        if not complaint(reply, 2, 400, merged=False):
            assert all(set(one.dialogues) <= {"d1", "d2"} for one in read(reply, [("d1",), ("d2",)]))
    elif isinstance(reply, Pairs):
        outcomes = [outcome_of(pair, Shown("老周", (SCENE,), "卖铺子"), "m") for pair in reply.pairs]
        assert all(isinstance(one, Instruction | Rejected) for one in outcomes)


@pytest.mark.parametrize(
    ("read_it", "good"),
    [(Request.from_json, json.loads(REQUEST.as_json())), (Reply.from_json, json.loads(REPLY.as_json()))],
    ids=["request", "reply"],
)
def test_what_the_journal_holds_is_what_was_written_or_damaged(read_it: Callable[[str], Any], good: object) -> None:
    @given(said(good))
    @settings(max_examples=200, deadline=None)
    @example(DEEP)
    @example(json.dumps(good))
    def check(text: str) -> None:
        with suppress(RecordError):
            found = read_it(text)
            assert read_it(found.as_json()) == found

    check()


@given(near(COMPLETION))
@settings(max_examples=300, deadline=None)
@example({**COMPLETION, "usage": {"prompt_tokens": float("inf")}})
@example({**COMPLETION, "usage": {"prompt_tokens": "many"}})
@example({**COMPLETION, "model": 4})
@example({**COMPLETION, "choices": [{"finish_reason": 1, "message": {"content": {"a": [1]}, "refusal": {"no": 1}}}]})
def test_a_completion_is_a_reply_or_trouble(found: object) -> None:
    with suppress(Trouble):
        reply = read_completion(found, "m")
        assert {type(said) for said in (reply.text, reply.finish_reason, reply.model, reply.refusal)} == {str}
        assert isinstance(reply.usage.prompt_tokens, int)
        Row.of(REQUEST, reply, "test")  # it can be written down


@given(st.binary() | near({"error": {"message": "no", "code": 1, "type": "x"}}).map(lambda v: json.dumps(v).encode()))
@settings(max_examples=200, deadline=None)
@example(DEEP.encode())
def test_whatever_stands_in_an_error_is_trouble(body: bytes) -> None:
    for status in (301, 400, 401, 422, 429, 500, 503):
        assert isinstance(of_status(status, body, {"retry-after": "soon"}), Trouble)


LINE = {"custom_id": "k", "response": {"status_code": 200, "body": COMPLETION}, "error": None}


@given(st.lists(st.binary(max_size=40) | near(LINE).map(lambda v: json.dumps(v).encode()), max_size=3))
@settings(max_examples=200, deadline=None)
@example([DEEP.encode()])
@example([json.dumps({**LINE, "response": {"status_code": "fine", "body": COMPLETION}}).encode()])
@example([json.dumps({**LINE, "response": {"status_code": 200, "body": None}}).encode()])
def test_a_batch_brings_replies_and_troubles(lines: list[bytes]) -> None:
    for key, found in read_results(b"\n".join(lines), "m"):
        assert isinstance(key, str)
        assert isinstance(found, Reply | Trouble)


def test_an_exported_journal_is_read_or_the_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    good = {"stage": "ask", "request": json.loads(REQUEST.as_json()), "reply": json.loads(REPLY.as_json())}
    path.write_text(json.dumps(good) + "\n\n", encoding="utf-8")
    assert [row.key for row in read_lines(path)] == [REQUEST.key]

    @given(near(good).map(json.dumps) | st.text(st.characters(codec="utf-8", exclude_characters="\r\n")))
    @settings(max_examples=200, deadline=None)
    @example(DEEP)
    def check(line: str) -> None:
        path.write_text(json.dumps(good) + "\n" + line + "\n", encoding="utf-8")
        lines = read_lines(path)
        assert next(lines).key == REQUEST.key
        with suppress(SourceError):
            assert len(list(lines)) <= 1

    check()
