"""Answers to the benchmark: of a real server over its journal, and of tiny models on this machine."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from little_benchmark import PEOPLE, TEMPLATE, little_benchmark, tiny_adapter, tiny_model
from openai_replies import Reply, bad_request, context_too_long, say, unauthorized
from openai_replies import Request as Heard
from openai_server import OpenAIServer
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.dataset.persona import PERSONAS, persona, write_personas
from roleinstruct.errors import ConfigError, EndpointError, FolderError
from roleinstruct.evaluation.answers import read_answers
from roleinstruct.evaluation.items import digest_of, read_items
from roleinstruct.evaluation.local_model import LocalModel, weights_of
from roleinstruct.evaluation.responses import personas_of, queries_of
from roleinstruct.evaluation.sampling import Sampling, TokenDraws
from roleinstruct.pipeline.listener import Listener
from roleinstruct.pipeline.model_blocks import ModelConfig
from roleinstruct.pipeline.responding import Asked, Counts, estimate_responses, respond_by_endpoint, respond_locally

SHORT = Sampling(max_tokens=12)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return little_benchmark(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("model"))


def by_endpoint(data: Path, out: Path, answer: Callable[[Heard], Reply], **asked: Any) -> tuple[Counts, list[Heard]]:  # noqa: ANN401 - as `Asked` has them
    with OpenAIServer(answer) as server:
        config = ModelConfig(name="m", base_url=server.base_url, concurrency=3)
        counts = respond_by_endpoint(Asked(data, out, "m", SHORT, **asked), config)
        return counts, [call.request for call in server.calls]


def test_the_model_is_asked_as_it_was_trained_and_a_general_question_once(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "answers.jsonl"
    counts, heard = by_endpoint(data, out, lambda request: say(f" 答：{request.prompt} "))
    items = read_items(DataFolder(data))
    assert counts.items == len(items) == 8
    assert len(heard) == 6
    found = read_answers(out)
    assert found.texts == {item.id: f"答：{item.instruction}" for item in items}
    assert found.items == digest_of(items)
    assert found.settings == {
        "model": "m",
        "temperature": 0.95,
        "top_p": 0.7,
        "seed": 0,
        "max_tokens": 12,
        "parameters": {},
    }
    prompts = [row["prompt"] for row in DataFolder(data).rows("chat", "test")]
    assert all(call.body["messages"] in prompts for call in heard)
    assert {call.body["temperature"] for call in heard} == {0.95}


def test_a_model_is_asked_with_the_system_prompts_of_its_training(data: Path, model: Path, tmp_path: Path) -> None:
    adapter = tiny_adapter(tmp_path / "adapter", model)
    write_personas(adapter / PERSONAS, {"老方": "你是老方，话很少。"})
    _, heard = by_endpoint(data, tmp_path / "a.jsonl", lambda _: say("好"), personas=adapter / PERSONAS)
    systems = {call.body["messages"][0]["content"] for call in heard}
    assert systems == {"你是老方，话很少。", persona(PEOPLE["Nora"])}
    respond_locally(Asked(data, tmp_path / "b.jsonl", "tiny", SHORT), adapter=str(adapter))
    write_personas(adapter / PERSONAS, {})
    respond_locally(Asked(data, tmp_path / "c.jsonl", "tiny", SHORT), adapter=str(adapter))
    told, plain = (read_answers(tmp_path / name) for name in ("b.jsonl", "c.jsonl"))
    assert told.settings["personas"] == read_answers(tmp_path / "a.jsonl").settings["personas"]
    assert {item for item, text in told.texts.items() if text != plain.texts[item]} == {
        item.id for item in read_items(DataFolder(data)) if item.character == "老方"
    }


def test_a_run_again_asks_for_nothing_and_one_without_the_file_pays_for_nothing(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "answers.jsonl"
    by_endpoint(data, out, lambda request: say(request.prompt))
    before = out.read_bytes()
    counts, heard = by_endpoint(data, out, lambda request: say("anders"))
    assert (counts.known, heard, out.read_bytes()) == (8, [], before)
    out.unlink()
    assert by_endpoint(data, out, lambda request: say("anders"))[1] == []
    assert out.read_bytes() == before
    out.write_bytes(before[: len(before) // 2])
    config = ModelConfig(name="m")
    respond_by_endpoint(Asked(data, out, "m", SHORT), config, replay=True)
    assert sorted(out.read_bytes().splitlines()) == sorted(before.splitlines())
    assert estimate_responses(Asked(data, out, "m", SHORT), config).known == 6


def test_what_is_refused_or_only_thought_is_an_empty_answer_and_counted(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "answers.jsonl"

    def answer(request: Heard) -> Reply:
        if "锤子" in request.prompt or "椅子" in request.prompt:
            return context_too_long()
        if "bread" in request.prompt:
            return say("", finish_reason="content_filter")
        if "bake" in request.prompt:
            return say("<think>Who was it?", finish_reason="length")
        return say("") if "sleep" in request.prompt else say("<think>嗯</think>\n好。")

    counts, _ = by_endpoint(data, out, answer)
    assert (counts.refused, counts.cut, counts.empty, counts.lost) == (2, 1, 5, 0)
    assert sorted(set(read_answers(out).texts.values())) == ["", "好。"]


def test_another_seed_is_another_request_that_no_server_has_to_know(data: Path, tmp_path: Path) -> None:
    with OpenAIServer(lambda request: say(str(request.number))) as server:
        config = ModelConfig(name="m", base_url=server.base_url, concurrency=1)
        for seed in range(2):
            respond_by_endpoint(Asked(data, tmp_path / f"{seed}.jsonl", "m", Sampling(seed=seed)), config)
    assert len(server.calls) == 12
    assert not any("seed" in call.request.body for call in server.calls)


def test_a_server_that_refuses_all_leaves_a_file_to_go_on_with(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "answers.jsonl"
    with pytest.raises(EndpointError):
        by_endpoint(data, out, lambda _: unauthorized())
    assert read_answers(out).texts == {}
    with pytest.raises(EndpointError, match=r"every question was refused.*seed"):
        by_endpoint(data, out, lambda _: bad_request("'seed' must be a number"))
    assert read_answers(out).texts == {}
    assert by_endpoint(data, out, lambda request: say("好。"))[0].known == 0


def test_some_tasks_and_characters_are_asked_alone(data: Path, tmp_path: Path) -> None:
    _, heard = by_endpoint(
        data, tmp_path / "a.jsonl", lambda _: say("好"), tasks=("spe",), characters=("老方",), limit=1
    )
    assert len(heard) == 1
    with pytest.raises(ConfigError, match="nobody"):
        Asked(data, tmp_path / "b.jsonl", "m", SHORT, characters=("nobody",)).queries()


def test_a_greater_limit_goes_on_in_the_file_of_a_smaller(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "a.jsonl"
    first, _ = by_endpoint(data, out, lambda _: say("好"), limit=1)
    assert (first.known, 0 < first.items < 8) == (0, True)
    whole, _ = by_endpoint(data, out, lambda _: say("好"))
    assert (whole.known, whole.items) == (first.items, 8)
    assert len(read_answers(out).texts) == 8


def test_a_character_without_a_profile_is_one_sentence(data: Path) -> None:
    items = read_items(DataFolder(data))
    with pytest.raises(FolderError, match="Nora has no profile"):
        queries_of(items, {"老方": "x"})
    assert set(personas_of(DataFolder(data))) == set(PEOPLE)


def lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def test_neither_a_stop_nor_another_batch_size_changes_a_local_file(data: Path, model: Path, tmp_path: Path) -> None:
    whole, one, stopped = (Asked(data, tmp_path / name, "tiny", SHORT) for name in ("whole", "one", "stopped"))
    respond_locally(whole, base=str(model), batch_size=4)
    respond_locally(one, base=str(model), batch_size=1)
    assert lines(whole.out) == lines(one.out)
    assert len(set(read_answers(whole.out).texts.values())) > 3
    part = Asked(data, tmp_path / "part", "tiny", SHORT, tasks=("spe",), characters=("Nora",))
    respond_locally(part, base=str(model))
    assert read_answers(part.out).texts.items() < read_answers(whole.out).texts.items()

    def stop(what: str, done: int, total: int | None) -> None:
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        respond_locally(stopped, base=str(model), batch_size=4, listener=Listener(progress=stop))
    assert 1 < len(lines(stopped.out)) < len(lines(whole.out))
    half = stopped.out.read_bytes()
    stopped.out.write_bytes(half[:-3])
    counts = respond_locally(stopped, base=str(model), batch_size=4)
    assert counts.known > 0
    assert lines(stopped.out) == lines(whole.out)


def test_another_seed_is_another_answer_and_an_adapter_too(data: Path, model: Path, tmp_path: Path) -> None:
    adapter = tiny_adapter(tmp_path / "adapter", model)
    items = queries_of(read_items(DataFolder(data), tasks=("spe",)), personas_of(DataFolder(data)))
    base, changed, moved = (
        LocalModel(str(model)),
        LocalModel(adapter=str(adapter)),
        LocalModel(str(model), str(adapter)),
    )
    first, again = (base.answer(items, SHORT) for _ in range(2))
    assert first == again
    assert base.answer(items, Sampling(seed=1, max_tokens=12)) != first
    assert changed.answer(items, SHORT) != first
    assert changed.answer(items, SHORT) == moved.answer(items, SHORT)
    assert changed.base == str(model)
    assert len(weights_of(str(adapter))) == 16
    greedy = [base.answer(items, Sampling(0, 0.7, seed, 12)) for seed in range(2)]
    assert greedy[0] == greedy[1]


def test_a_prompt_without_room_for_an_answer_is_refused(data: Path, model: Path) -> None:
    items = queries_of(read_items(DataFolder(data), tasks=("spe",)), personas_of(DataFolder(data)))
    found = LocalModel(str(model)).answer(items, Sampling(max_tokens=1000))
    assert all(response.refusal and not response.text for response in found)


def test_what_is_no_model_or_has_no_chat_template_is_one_sentence(model: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be loaded"):
        LocalModel(str(tmp_path / "nothing"))
    with pytest.raises(ConfigError, match="there is no such folder"):
        LocalModel(adapter="nodir")
    with pytest.raises(ConfigError, match="this is a base model: use --base"):
        LocalModel(adapter=str(model))
    bare = tiny_model(tmp_path / "bare", template=None)
    with pytest.raises(ConfigError, match="no chat template"):
        LocalModel(str(bare))


def test_a_template_that_knows_no_system_prompt_is_one_sentence(data: Path, tmp_path: Path) -> None:
    strict = "{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system role') }}{% endif %}" + TEMPLATE
    model = tiny_model(tmp_path / "strict", template=strict)
    with pytest.raises(ConfigError, match=r"refuses a system prompt .*no system role"):
        respond_locally(Asked(data, tmp_path / "a.jsonl", "strict", SHORT), base=str(model))


def test_an_answer_ends_where_the_template_ends_one(data: Path, tmp_path: Path) -> None:
    over = 1  # the template's own sign, which is not the tokenizer's end of text
    model = LocalModel(str(tiny_model(tmp_path / "short", always=over)))
    found = model.answer(queries_of(read_items(DataFolder(data)), personas_of(DataFolder(data))), SHORT)
    assert {(response.text, response.is_cut) for response in found} == {("", False)}


def test_draws_follow_the_probabilities_of_the_most_likely_tokens_alone() -> None:
    torch = pytest.importorskip("torch")
    shares = torch.tensor([0.05, 0.4, 0.25, 0.3])  # .4 and .3 make up .7
    scores = shares.log().repeat(4000, 1)
    found = TokenDraws(Sampling(temperature=1.0, top_p=0.69), range(4000))(scores, scores).argmax(-1)
    counts = torch.bincount(found, minlength=4) / 4000
    assert counts[[0, 2]].tolist() == [0, 0]
    assert counts[1].item() == pytest.approx(4 / 7, abs=0.03)
    sharp = TokenDraws(Sampling(temperature=0.01, top_p=1.0), range(100))(scores[:100], scores[:100]).argmax(-1)
    assert set(sharp.tolist()) == {1}
    whole = TokenDraws(Sampling(temperature=1.0, top_p=1.0), range(4000))(scores, scores).argmax(-1)
    assert (torch.bincount(whole, minlength=4) / 4000).tolist() == pytest.approx(shares.tolist(), abs=0.03)


@pytest.mark.parametrize("wrong", [{"temperature": -1}, {"top_p": 0}, {"top_p": 1.5}, {"max_tokens": 0}])
def test_sampling_out_of_range_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="expected"):
        Sampling(**wrong)


def test_the_command_asks_an_endpoint_and_says_how_it_went(
    data: Path, tmp_path: Path, talk: Callable[..., str]
) -> None:
    out = tmp_path / "answers.jsonl"
    with OpenAIServer(lambda request: say("好。")) as server:
        model = ("--model", "org/m", "--base-url", server.base_url)
        assert "org/m, nothing was sent" in talk("respond", "--data", data, "--out", out, *model, "--estimate")
        assert not out.exists()
        told = talk("respond", "--data", data, "--out", out, *model, "--set", "model.parameters.top_p=null")
    assert "answered: 8 items" in told
    assert "6 replies paid for" in told
    assert "top_p" not in server.calls[0].request.body
    assert json.loads(lines(out)[0])["system"] == "m"
    other = ("--model", "other", "--base-url", "http://127.0.0.1:9/v1")
    told = talk("respond", "--data", data, "--out", out, *other, code=1)
    assert "give another file" in told


@pytest.mark.parametrize("who", [(), ("--model", "m", "--base", "x")])
def test_the_command_wants_one_who_answers(
    data: Path, tmp_path: Path, talk: Callable[..., str], who: tuple[str, ...]
) -> None:
    assert "who is to answer" in talk("respond", "--data", data, "--out", tmp_path / "a.jsonl", *who, code=1)


def test_the_command_asks_a_local_model(data: Path, model: Path, tmp_path: Path, talk: Callable[..., str]) -> None:
    out = tmp_path / "answers.jsonl"
    told = talk(
        "respond", "--data", data, "--out", out, "--base", model, "--max-tokens", 4, "--tasks", "spe", "--limit", 1
    )
    assert "answered: 2 items" in told
    assert read_answers(out).system == model.name
