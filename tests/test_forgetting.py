"""What a training has cost: neutral questions, asked without a persona, before and after."""

from collections.abc import Callable
from pathlib import Path

import pytest

from little_benchmark import little_benchmark, tiny_adapter, tiny_model
from openai_replies import say
from openai_server import OpenAIServer
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.errors import ConfigError, RecordError
from roleinstruct.evaluation.answers import AnswerFile, Answers, read_answers
from roleinstruct.evaluation.forgetting import Forgetting, forgetting
from roleinstruct.evaluation.items import Item, digest_of, read_items
from roleinstruct.evaluation.responses import NEUTRAL, neutral_queries
from roleinstruct.evaluation.sampling import Sampling
from roleinstruct.metrics.rouge_l import rouge_l
from roleinstruct.metrics.score import Score
from roleinstruct.pipeline.model_blocks import ModelConfig
from roleinstruct.pipeline.responding import Asked, respond_by_endpoint, respond_locally
from roleinstruct.pipeline.scoring import strange
from roleinstruct.records import Message

SHORT = Sampling(max_tokens=12)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return little_benchmark(tmp_path_factory.mktemp("data"))


def measure(answers: object, references: object) -> Score:
    return rouge_l(answers, references, floor=False)  # type: ignore[arg-type]


def raw(count: int) -> list[Item]:
    return [Item(f"raw-{n}", "老方", "raw", f"第{n}题？", ("一二三四五",)) for n in range(count)]


def answers(system: str, texts: list[str], **settings: object) -> Answers:
    return Answers(system, {f"raw-{n}": text for n, text in enumerate(texts)}, {**NEUTRAL, **settings})


def test_a_neutral_question_is_asked_once_for_all_characters_and_to_nobody() -> None:
    asked = [Item(f"raw-{name}-1", name, "raw", "怎么煮面？", ("水开下面。",)) for name in ("老方", "小舟")]
    [query] = neutral_queries(asked)
    assert query.items == ("raw-老方-1", "raw-小舟-1")
    assert query.messages == (Message("user", "怎么煮面？"),)
    assert (query.character, query.likely) == ("", "水开下面。")


def test_an_endpoint_hears_no_persona_and_the_file_says_so(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "neutral.jsonl"
    with OpenAIServer(lambda _: say("好。")) as server:
        config = ModelConfig(name="m", base_url=server.base_url)
        counts = respond_by_endpoint(Asked(data, out, "m", SHORT, neutral=True), config)
    assert [[m["role"] for m in call.request.body["messages"]] for call in server.calls] == [["user"], ["user"]]
    found = read_answers(out)
    assert (counts.items, found.settings["persona"]) == (2, "none")
    assert set(found.texts) == {item.id for item in read_items(DataFolder(data), tasks=("raw",))}
    assert "was asked without a persona" in strange(found, read_items(DataFolder(data)))[0]


def test_neutral_answers_and_those_in_character_are_never_in_one_file(data: Path, tmp_path: Path) -> None:
    digest, settings = digest_of(read_items(DataFolder(data))), {"model": "m"}
    with AnswerFile(tmp_path / "a.jsonl", "m", settings, digest):
        pass
    with (
        pytest.raises(ConfigError, match="give another file"),
        AnswerFile(tmp_path / "a.jsonl", "m", settings | NEUTRAL, digest),
    ):
        pass
    with pytest.raises(ConfigError, match="in character alone"):
        Asked(data, tmp_path / "b.jsonl", "m", SHORT, tasks=("spe",), neutral=True).queries()


def test_the_loss_is_the_mean_over_questions_and_runs() -> None:
    whole, half = ["一二三四五"] * 8, ["一二三四五"] * 4 + ["猫"] * 4
    found = forgetting(raw(8), [answers("b", whole)] * 2, [answers("a", whole), answers("a", half)], measure, 0.02)
    assert (found.base, found.adapter, found.loss) == (1, 0.75, 0.25)
    assert (found.questions, found.runs, found.verdict) == (8, 2, "exceeded")
    assert found.interval[0] == 0
    assert "a loss of +0.2500" in found.told()
    assert forgetting(raw(8), [answers("b", half)], [answers("a", whole)], measure, 0).verdict == "kept"


@pytest.mark.parametrize(
    ("loss", "high", "verdict"),
    [(0.01, 0.02, "kept"), (-0.1, 0.0, "kept"), (0.01, 0.05, "open"), (0.021, 0.03, "exceeded")],
)
def test_a_budget_is_kept_if_the_whole_interval_is_within_it(loss: float, high: float, verdict: str) -> None:
    found = Forgetting(0.5, 0.5 - loss, loss, (loss - 0.1, high), 0.02, 30, 1)
    assert found.verdict == verdict
    assert "0.02" in found.told()


def test_a_question_to_two_characters_counts_once() -> None:
    twice = [*raw(2), Item("raw-2", "小舟", "raw", "第0题？", ("一二三四五",))]
    texts = ["猫", "一二三四五", "猫"]
    assert forgetting(twice, [answers("b", texts)], [answers("a", texts)], measure, 0.1).base == 0.5


def test_what_was_not_asked_alike_is_refused(tmp_path: Path) -> None:
    texts = ["一", "二"]
    in_character = Answers("a", {"raw-0": "一"}, {"temperature": 0.95}, path=tmp_path / "a.jsonl")
    with pytest.raises(ConfigError, match=r"a\.jsonl was answered in character.*--neutral"):
        forgetting(raw(2), [answers("b", texts)], [in_character], measure, 0.02)
    with pytest.raises(ConfigError, match="were not asked alike"):
        forgetting(raw(2), [answers("b", texts, seed=0)], [answers("a", texts, seed=1)], measure, 0.02)
    with pytest.raises(ConfigError, match=r"holds no answer; expected a file of roleinstruct respond --neutral\.$"):
        forgetting(raw(2), [Answers("b", {})], [answers("a", texts)], measure, 0.02)
    with pytest.raises(ConfigError, match="does not say how it was answered"):
        forgetting(raw(2), [Answers("b", {"raw-0": "一"})], [answers("a", texts)], measure, 0.02)
    with pytest.raises(RecordError, match="no neutral question"):
        forgetting([], [answers("b", texts)], [answers("a", texts)], measure, 0.02)
    with pytest.raises(ConfigError, match="budget is 2"):
        forgetting(raw(2), [answers("b", texts)], [answers("a", texts)], measure, 2)


def test_the_commands_ask_a_base_and_its_adapter_and_exit_with_one_beyond_the_budget(
    data: Path, tmp_path: Path, talk: Callable[..., str]
) -> None:
    model = tiny_model(tmp_path / "model")
    adapter = tiny_adapter(tmp_path / "adapter", model)
    base, tuned = tmp_path / "base.jsonl", tmp_path / "tuned.jsonl"
    common = ("--data", data, "--neutral", "--max-tokens", 12)
    assert "answered: 2 items" in talk("respond", "--base", model, "--out", base, *common)
    talk("respond", "--adapter", adapter, "--out", tuned, *common)
    respond_locally(Asked(data, tmp_path / "c.jsonl", "tiny", SHORT), base=str(model))
    assert "neutral RAW" in talk("forgetting", base, tuned, "--data", data, "--budget", 1)
    assert "in character" in talk("forgetting", tmp_path / "c.jsonl", tuned, "--data", data, code=1)
    good = tmp_path / "good.jsonl"
    with AnswerFile(good, "good", read_answers(base).settings, read_answers(base).items) as file:
        for item in read_items(DataFolder(data), tasks=("raw",)):
            file.add(item.id, item.references[0])
    assert '"verdict": "exceeded"' in talk("forgetting", good, tuned, "--data", data, "--json", code=1)
