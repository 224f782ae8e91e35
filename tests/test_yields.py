"""What a step was to bring and what it brought: too little fails, with what is kept and what to do."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from answerers import digests, is_about_answers, shape, speaker, village, village_config
from openai_replies import Reply, say
from openai_replies import Request as Heard
from openai_server import OpenAIServer
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.errors import ConfigError, YieldError
from roleinstruct.llm.journal import Journal
from roleinstruct.pipeline.build import build, run_step
from roleinstruct.pipeline.config import BuildConfig
from roleinstruct.pipeline.session import JOURNAL
from roleinstruct.pipeline.settings import with_settings

MACHINE = speaker(lambda _: "As an AI language model, I have no opinion.")


def instead(kind: str, reply: Reply) -> Callable[[Heard], Reply]:
    """A model that says one thing where that shape is asked for."""
    well = speaker()
    return lambda heard: reply if shape(heard) == kind else well(heard)


def test_a_model_that_is_always_a_machine_fails_loudly_and_nothing_is_lost(tmp_path: Path) -> None:
    source, out = village(tmp_path / "raw"), tmp_path / "out"
    with OpenAIServer(MACHINE) as server:
        config = village_config(source, server.base_url)
        build(config.with_model(name=""), out)
        before = digests(out)
        with pytest.raises(YieldError) as caught:
            run_step("answer", config, out)
        paid = len(server.calls)
        assert digests(out) == before
        failed = out / ".roleinstruct" / "failed" / "answer.jsonl"
        assert str(caught.value) == (
            "answer brought 0 of 8 answers (Nora Webb 0 of 4, 老方 0 of 4), less than the share model.least_yield of "
            "0.5 (8 ai_self_reference); every reply is kept in the journal and not paid for again: read what the model "
            f"said in {failed}, then change what it is asked, or take what there is with --set model.least_yield=0."
        )
        rows = [json.loads(line) for line in failed.read_text(encoding="utf-8").splitlines()]
        assert len(rows) == 8
        assert all("AI language model" in row["payload"]["reply"] for row in rows)
        assert {row["reason"] for row in rows} == {"ai_self_reference"}
        with Journal(out / JOURNAL, read_only=True) as journal:
            assert journal.counts() == {"answer": paid}
        run_step("answer", with_settings(config, ["model.least_yield=0"]), out)
        run_step("mix", config, out)
        assert len(server.calls) == paid
    assert not failed.exists()
    assert DataFolder(out).read_json("reports/accounting.json")["answer"] == {
        "read": 8,
        "kept": 0,
        "merged": 0,
        "rejected": {"ai_self_reference": 8},
    }


@pytest.mark.parametrize(
    ("kind", "reply", "message"),
    [
        ("Labels", say("I would rather not."), r"^annotate brought 0 of 16 labels .*\(16 unreadable_reply\)"),
        ("Labels", say("", refusal="no"), r"^annotate brought 0 of 16 labels .*\(16 refused_by_model\)"),
        ("Findings", say("nothing"), r"^profile brought 0 of 2 pieces of the scripts .*\(2 unreadable_reply\)"),
        ("Findings", say('{"statements": []}'), r"^profile brought 0 of 2 pieces .*\(too little was said\)"),
        ("Pairs", say('{"pairs": []}'), r"^ask brought 0 of 12 questions \(Nora Webb 0 of 6, 老方 0 of 6\)"),
        ("Spoken", say('{"answer": ""}'), r"^answer brought 0 of 8 answers .*\(8 empty_answer\)"),
    ],
)
def test_each_step_says_what_it_was_to_bring(kind: str, reply: Reply, message: str, tmp_path: Path) -> None:
    source, out = village(tmp_path / "raw"), tmp_path / "out"
    with OpenAIServer(instead(kind, reply)) as server:
        config = with_settings(
            village_config(source, server.base_url), ["questions.when=always", "questions.per_character=6"]
        )
        with pytest.raises(YieldError, match=message):
            build(config, out)
    assert not (out / "dialogues").exists()
    assert (out / JOURNAL).is_file()


def test_the_stated_share_decides_and_the_report_says_who_came_short(tmp_path: Path) -> None:
    source, out = village(tmp_path / "raw"), tmp_path / "out"

    def answer(heard: Heard) -> str:
        return "抱歉，我无法回答这个问题。" if "问题：" in str(heard.body) else "Take it slowly, my dear."

    with OpenAIServer(speaker(answer)) as server:
        config = village_config(source, server.base_url)
        with pytest.raises(YieldError, match=r"4 of 8 answers \(老方 0 of 4\).*least_yield of 0.6 .*least_yield=0.5\."):
            build(config.with_model(least_yield=0.6), out)
        build(config, out)
        assert sum(is_about_answers(call.request) for call in server.calls) == 4 + 4 * 3 * 2
    steps = DataFolder(out).read_json("reports/generation.json")["steps"]
    assert {name: (step["delivered"], step["expected"]) for name, step in steps.items()} == {
        "annotate": (16, 16),
        "profile": (2, 2),
        "ask": (0, 0),
        "answer": (4, 8),
    }
    assert steps["annotate"]["characters"]["老方"] == {"expected": 8, "delivered": 8}
    assert "| answers to general instructions | m | 4 | 4 of 8 |" in (out / "README.md").read_text(encoding="utf-8")


def test_a_step_that_is_done_again_takes_back_what_it_had_reported(tmp_path: Path) -> None:
    source, out = village(tmp_path / "raw"), tmp_path / "out"
    with OpenAIServer(speaker()) as server:
        config = village_config(source, server.base_url)
        build(config, out)
        run_step("profile", config.with_model(name=""), out)
    assert list(DataFolder(out).read_json("reports/generation.json")["steps"]) == ["annotate"]
    run_step("annotate", config.with_model(name=""), out)
    assert not (out / "reports" / "generation.json").exists()


def test_a_share_above_one_is_none() -> None:
    with pytest.raises(ConfigError, match=r"model\.least_yield"):
        BuildConfig.checked({"model": {"least_yield": 1.5}}, "test")
