"""Answers of a shape: whatever form a server knows, and whatever a model says."""

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict

from openai_replies import Reply as Said
from openai_replies import Request as Heard
from openai_replies import bad_request, say
from openai_server import OpenAIServer
from roleinstruct.errors import ConfigError, RecordError
from roleinstruct.llm.asking import Answered, Asker, Question
from roleinstruct.llm.budget import Meter, Prices
from roleinstruct.llm.calling import Limits
from roleinstruct.llm.endpoint import Endpoint
from roleinstruct.llm.engine import Engine, Failed
from roleinstruct.llm.forms import FORMS, Forms
from roleinstruct.llm.journal import Journal
from roleinstruct.llm.replies import parse, strict_schema
from roleinstruct.pipeline.config import BuildConfig
from roleinstruct.records import Message


class Label(BaseModel):
    model_config = ConfigDict(extra="forbid")
    line: int
    emotion: Literal["anger", "neutral"]
    why: str = ""


GOOD = '{"line": 3, "emotion": "anger", "why": "他在骂人"}'
QUESTION = Question((Message("user", "第3句：你给我出去！"),), Label, "test")


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        f"```json\n{GOOD}\n```",
        f"好的，标注如下：\n```\n{GOOD}\n```\n希望有帮助。",
        f"Here you are: {GOOD} Anything else?",
        f"\n\n{GOOD}\n{GOOD}",
    ],
)
def test_json_is_found_where_models_put_it(text: str) -> None:
    assert parse(text, Label) == Label(line=3, emotion="anger", why="他在骂人")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "there is no JSON in it"),
        ("I cannot do that.", "there is no JSON in it"),
        ('{"line": 3, "emotion": "ang', "the JSON breaks at character"),
        ('{"line": 3, "emotion": "furious"}', "emotion: Input should be 'anger' or 'neutral'"),
        ('{"line": 3}', "emotion: Field required"),
        ('{"line": "third", "emotion": "anger"}', "line: Input should be a valid integer"),
        ('{"line": 3, "emotion": "anger", "mood": 1}', "mood: Extra inputs are not permitted"),
        ("[1, 2]", "the whole: Input should be a valid dictionary"),
        ("[" * 100_000, "cannot be read"),
        (f'{{"line": {"1" * 5_000}}}', "the JSON holds what is no value"),
    ],
)
def test_what_does_not_fit_is_said_in_words(text: str, why: str) -> None:
    with pytest.raises(RecordError) as raised:
        parse(text, Label)
    assert why in str(raised.value)


@given(st.one_of(st.text(), st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps)))
@settings(max_examples=300)
def test_no_text_raises_anything_but_our_own(text: str) -> None:
    with suppress(RecordError):
        assert parse(text, Label).emotion in ("anger", "neutral")


def test_a_strict_schema_requires_everything_and_allows_nothing_else() -> None:
    schema = strict_schema(Label)
    assert schema["required"] == ["line", "emotion", "why"]
    assert schema["additionalProperties"] is False
    assert "default" not in json.dumps(schema)


def ask(
    answer: Callable[[Heard], Said],
    path: Path,
    question: Question[Label] = QUESTION,
    *,
    supports: tuple[str, ...] = ("json_schema", "json_object", "tools"),
    flavour: str = "openai",
    times: int = 1,
) -> tuple[Answered[Label] | Failed, list[Heard]]:
    async def once(server: OpenAIServer) -> Answered[Label] | Failed:
        with Journal(path / "journal.sqlite") as journal:
            meter = Meter(Prices.load().at(server.base_url))
            async with Engine(Endpoint.of("m", server.base_url), journal, meter, Limits(attempts=2)) as engine:
                return await Asker(engine, Forms(path / "forms.json")).ask(question)

    with OpenAIServer(answer, supports=supports, flavour=flavour) as server:  # type: ignore[arg-type]
        for _ in range(times):
            found = asyncio.run(once(server))
        return found, [call.request for call in server.calls]


@pytest.mark.parametrize("flavour", ["openai", "vllm", "llama.cpp"])
@pytest.mark.parametrize("known", range(len(FORMS)))
def test_the_strictest_form_that_a_server_knows_is_found_and_remembered(
    flavour: str, known: int, tmp_path: Path
) -> None:
    supports = ("json_schema", "json_object_schema", "json_object", "tools")[known:]
    found, calls = ask(lambda _: say(GOOD), tmp_path, supports=supports, flavour=flavour)
    assert isinstance(found, Answered)
    assert found.value.line == 3
    assert len(calls) == known + 1
    other = Question((Message("user", "第4句"),), Label, "test")
    _, more = ask(lambda _: say(GOOD), tmp_path, other, supports=supports, flavour=flavour)
    assert len(more) in (1, known + 1)  # the port may be another one, and so another server


def test_a_server_that_does_as_it_likes_is_understood_too(tmp_path: Path) -> None:
    found, _ = ask(lambda _: say(f"当然！\n```json\n{GOOD}\n```"), tmp_path, supports=(), flavour="silent")
    assert isinstance(found, Answered)


def test_an_answer_that_does_not_fit_is_sent_back_once_with_what_is_wrong(tmp_path: Path) -> None:
    def answer(heard: Heard) -> Said:
        return say(GOOD if len(heard.body["messages"]) > 1 else '{"line": 3, "emotion": "furious"}')

    found, calls = ask(answer, tmp_path)
    assert isinstance(found, Answered)
    assert len(found.keys) == 2
    assert calls[1].body["messages"][1]["content"] == '{"line": 3, "emotion": "furious"}'
    assert "Input should be 'anger' or 'neutral'" in calls[1].prompt


def test_what_the_caller_finds_wrong_is_sent_back_too(tmp_path: Path) -> None:
    question = Question(QUESTION.messages, Label, "test", lambda found: "" if found.line == 4 else "line 4 is missing.")
    found, calls = ask(
        lambda heard: say(GOOD.replace("3", "4") if "missing" in heard.prompt else GOOD), tmp_path, question
    )
    assert isinstance(found, Answered)
    assert found.value.line == 4
    assert len(calls) == 2


def test_an_answer_that_never_fits_comes_back_with_its_own_words(tmp_path: Path) -> None:
    found, calls = ask(lambda _: say("我觉得是愤怒。"), tmp_path)
    assert found == Failed("unreadable_reply", "the reply cannot be read: there is no JSON in it.", "我觉得是愤怒。")
    assert len(calls) == 2


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (say("", refusal="I won't."), "refused_by_model"),
        (say("", finish_reason="content_filter"), "refused_by_model"),
        (say('{"line": 3, "emo', finish_reason="length"), "unreadable_reply"),
        (say(""), "unreadable_reply"),
    ],
)
def test_a_reply_that_says_nothing_is_a_failure_with_a_reason(said: Said, reason: str, tmp_path: Path) -> None:
    found, _ = ask(lambda _: said, tmp_path)
    assert isinstance(found, Failed)
    assert found.reason == reason


def test_a_second_run_asks_nothing_even_where_the_first_had_to_repair(tmp_path: Path) -> None:
    def answer(heard: Heard) -> Said:
        return say(GOOD if len(heard.body["messages"]) > 1 else "噢")

    found, calls = ask(answer, tmp_path, times=2)
    assert isinstance(found, Answered)
    assert len(calls) == 2


def thinking(heard: Heard) -> Said:
    """A model that thinks: its replies are limited under another name, and sampled in one way only."""
    if "max_tokens" in heard.body:
        message = "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens'."
        return bad_request(message, "unsupported_parameter")
    if heard.body.get("temperature", 1) != 1:
        message = "Unsupported value: 'temperature' does not support 0.7 with this model. Only the default (1) is."
        return bad_request(message, "unsupported_value")
    if "top_p" in heard.body:
        return bad_request("Unsupported parameter: 'top_p' is not supported with this model.", "unsupported_parameter")
    return say(GOOD)


def test_a_server_is_asked_in_its_dialect_and_the_keys_stay(tmp_path: Path) -> None:
    told = {"max_tokens": 200, "temperature": 0.7, "top_p": 0.95, "seed": 3}
    question = replace(QUESTION, parameters=told)
    plain, [usual] = ask(lambda _: say(GOOD), tmp_path / "plain", question)
    found, calls = ask(thinking, tmp_path / "thinking", question)
    assert len(calls) == 4
    assert {name: calls[-1].body.get(name) for name in (*told, "max_completion_tokens")} == {
        "max_tokens": None, "temperature": None, "top_p": None, "seed": 3, "max_completion_tokens": 200,
    }  # fmt: skip
    assert usual.body["temperature"] == 0.7
    assert "max_completion_tokens" not in usual.body
    assert isinstance(plain, Answered)
    assert isinstance(found, Answered)
    assert plain.keys == found.keys
    [remembered] = json.loads((tmp_path / "thinking" / "forms.json").read_text()).values()
    assert remembered == {"refused": ["max_tokens", "temperature", "top_p"]}


def test_form_and_dialect_are_found_out_together_and_remembered(tmp_path: Path) -> None:
    async def ask_two(server: OpenAIServer) -> None:
        for text in ("一", "二"):
            with Journal(tmp_path / "journal.sqlite") as journal:
                async with Engine(Endpoint.of("m", server.base_url), journal, Meter(Prices({}))) as engine:
                    asker = Asker(engine, Forms(tmp_path / "forms.json"))
                    question = Question((Message("user", text),), Label, "test", parameters={"max_tokens": 9})
                    assert isinstance(await asker.ask(question), Answered)

    with OpenAIServer(thinking, supports=("json_object",)) as server:
        asyncio.run(ask_two(server))
        assert [call.reply.status for call in server.calls].count(200) == 2
        assert server.calls[-2].reply.status == 200  # the second question was understood at once


def test_the_parameters_of_a_run_are_part_of_every_request(tmp_path: Path) -> None:
    async def once(server: OpenAIServer, parameters: dict[str, object]) -> Answered[Label] | Failed:
        with Journal(tmp_path / "journal.sqlite") as journal:
            async with Engine(Endpoint.of("m", server.base_url), journal, Meter(Prices({}))) as engine:
                question = replace(QUESTION, parameters={"temperature": 0.0, "max_tokens": 9})
                return await Asker(engine, parameters=parameters).ask(question)

    given: dict[str, object] = {
        "temperature": None,
        "seed": 7,
        "extra_body": {"chat_template_kwargs": {"think": False}},
    }
    with OpenAIServer(lambda _: say(GOOD)) as server:
        first = asyncio.run(once(server, given))
        again = asyncio.run(once(server, given))
        other = asyncio.run(once(server, {**given, "seed": 8}))
        bodies = [call.request.body for call in server.calls]
    assert len(bodies) == 2
    assert isinstance(first, Answered)
    assert isinstance(other, Answered)
    assert first == again
    assert first.keys != other.keys
    assert "temperature" not in bodies[0]
    assert "extra_body" not in bodies[0]
    assert (bodies[0]["seed"], bodies[0]["max_tokens"]) == (7, 9)
    assert bodies[0]["chat_template_kwargs"] == {"think": False}


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"api_key": "sk-0"}, "may hold a key"),
        ({"extra_body": {"Authorization": "x"}}, "may hold a key"),
        ({"model": "other"}, "every step sets it itself"),
        ({"temperature": float("nan")}, "is no JSON"),
    ],
)
def test_parameters_that_are_none_are_refused(given: dict[str, object], why: str) -> None:
    with pytest.raises(ConfigError, match=why):
        BuildConfig.checked({"model": {"name": "m", "parameters": given}}, "the options")
    fine = BuildConfig.checked({"model": {"parameters": {"reasoning_effort": "low", "temperature": None}}}, "x")
    assert fine.model.parameters == {"reasoning_effort": "low", "temperature": None}
