"""General instructions answered in character, as a stage of a build: over a real server, accounted for to the last."""

import json
import sys
from collections import Counter
from pathlib import Path

import pytest

from answerers import asked_of, digests, is_about_answers, sample_config, shape, speaker, village, village_config
from openai_replies import Request as Heard
from openai_server import OpenAIServer
from roleinstruct.cli.main import main
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.errors import FolderError
from roleinstruct.pipeline.build import build, estimate, run_step
from roleinstruct.pipeline.config import BuildConfig
from roleinstruct.pipeline.listener import Listener
from roleinstruct.pipeline.mending import mend
from roleinstruct.pipeline.settings import with_settings
from teachers import is_repair, told


def answering(server: OpenAIServer) -> list[Heard]:
    return [call.request for call in server.calls if is_about_answers(call.request)]


def made(out: Path) -> list[dict[str, object]]:
    rows = DataFolder(out).rows("general")
    return sorted((row for row in rows if row["provenance"] == "m"), key=lambda row: str(row["id"]))


def accounts(out: Path) -> dict[str, dict[str, object]]:
    return DataFolder(out).read_json("reports/accounting.json")


def test_the_whole_chain_on_the_sample_is_paid_once_and_replayed_without_a_server(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with OpenAIServer(speaker()) as server:
        config = sample_config(server.base_url, questions={"when": "always", "per_character": 6})
        build(config, out)
        shapes = Counter(shape(call.request) for call in server.calls)
        before = digests(out)
    assert set(shapes) == {"Labels", "Findings", "Pairs", "Spoken"}
    assert shapes["Spoken"] == 4 * 2 * 2
    build(config, out, replay=True)
    assert digests(out) == before

    rows = made(out)
    assert Counter(row["character"] for row in rows) == dict.fromkeys(("Maggie Doyle", "郝建国", "苏小棠", "顾敏"), 2)
    assert {len(row["responses"]) for row in rows} == {2}
    assert all(sum(e.startswith("example: ") for e in row["evidence"]) == 3 for row in rows)
    assert all(f"example: {row['character']}-" in str(row["evidence"]) for row in rows)
    assert all(row["evidence"][:2] == [row["evidence"][0], "profile"] for row in rows)
    everything = list(DataFolder(out).rows("general"))
    assert len({row["id"] for row in everything}) == len(everything)
    account = accounts(out)
    in_source = sum(len(row["responses"]) for row in everything if row["provenance"] == "source")
    assert account["answer"]["kept"] == in_source + 16
    assert account["general"]["kept"] == len(everything) - 8
    step = DataFolder(out).read_json("reports/generation.json")["steps"]["answer"]
    assert (step["expected"], step["delivered"], step["requests"]) == (16, 16, 16)
    card = (out / "README.md").read_text(encoding="utf-8")
    assert "16 answers to 8 general instructions were given by m" in card
    assert f"| answers to general instructions | m | 16 | 16 of 16 | `{step['journal_sha256']}` |" in card
    assert any(row["id"] == f"{rows[0]['id']}-1" for row in DataFolder(out).rows("chat"))


def test_what_the_source_has_answered_is_enough_unless_more_is_wanted(tmp_path: Path) -> None:
    out, heard = tmp_path / "out", list[str]()
    with OpenAIServer(speaker()) as server:
        config = sample_config(server.base_url, general={"when": "missing"})
        build(config, out, listener=Listener(say=heard.append))
        assert answering(server) == []
    assert "no character is asked general instructions (general.when: missing)." in heard
    assert "answer" not in DataFolder(out).read_json("reports/generation.json")["steps"]
    assert made(out) == []


def test_model_made_answers_alone_balance_and_a_neutral_one_is_paid_once_for_all(tmp_path: Path) -> None:
    source, out = village(tmp_path / "raw"), tmp_path / "out"
    with OpenAIServer(speaker()) as server:
        config = village_config(source, server.base_url, neutral=True, language="any")
        config = with_settings(config, ["splits.validation=0", "splits.test=0.9"])
        found = estimate(config)["answer"]
        build(config, out)
        calls = answering(server)
    assert len(calls) == found.requests == 2 * 2 * 2 + 2
    assert sum("老方" not in told(call) and "Nora" not in told(call) for call in calls) == 2
    assert len(made(out)) == 4
    assert all(row["raw_response"] and "neutral: m" in row["evidence"] for row in made(out))
    assert accounts(out)["answer"] == {"read": 12, "kept": 12, "merged": 0, "rejected": {}}
    assert accounts(out)["general"]["read"] == 0
    assert {row["id"][:4] for row in DataFolder(out).rows("benchmark")} == {"raw-", "cus-"}


def test_examples_are_real_exchanges_where_there_are_no_questions(tmp_path: Path) -> None:
    source, out = village(tmp_path / "raw"), tmp_path / "out"
    with OpenAIServer(speaker()) as server:
        build(village_config(source, server.base_url, limit=1), out)
        [shown] = {told(call) for call in answering(server) if "老方" in told(call)}
    assert "明儿一早我带着锤子过去" in shown
    assert "example: 老方-" in str(made(out))


def test_a_chinese_and_an_english_character_are_asked_in_their_own_language(tmp_path: Path) -> None:
    source, out = village(tmp_path / "raw"), tmp_path / "out"
    with OpenAIServer(speaker()) as server:
        build(village_config(source, server.base_url), out)
    assert [(row["id"], str(row["evidence"][0])[:19]) for row in made(out)] == [
        ("Nora Webb-answered-00001", "bundled/everyday_en"),
        ("Nora Webb-answered-00002", "bundled/everyday_en"),
        ("老方-answered-00001", "bundled/everyday_zh"),
        ("老方-answered-00002", "bundled/everyday_zh"),
    ]


def test_a_third_of_the_samples_bad_is_resampled_and_all_are_delivered(tmp_path: Path) -> None:
    source, out = village(tmp_path / "raw"), tmp_path / "out"
    turns = Counter[str]()

    def answer(heard: Heard) -> str:
        turns[told(heard)] += 1
        if is_repair(heard) or turns[told(heard)] % 3 == 0:
            return "作为一个人工智能，我无法感受。"
        return "慢慢来，日子长着呢。" if "问题：" in told(heard) else "Take it slowly, my dear."

    with OpenAIServer(speaker(answer)) as server:
        config = village_config(source, server.base_url, samples=5).with_model(concurrency=1)
        build(config, out)
        before, paid = digests(out), len(server.calls)
        assert len(answering(server)) > 20
        build(config, out)
        assert len(server.calls) == paid
    build(config, out, replay=True)
    assert digests(out) == before
    assert accounts(out)["answer"] == {"read": 20, "kept": 20, "merged": 0, "rejected": {}}


def test_what_stays_bad_is_rejected_with_its_reason_and_the_model_s_words(tmp_path: Path) -> None:
    source, out = village(tmp_path / "raw"), tmp_path / "out"

    def answer(heard: Heard) -> str:
        return "抱歉，我无法回答这个问题。" if "问题：" in told(heard) else "Take it slowly, my dear."

    with OpenAIServer(speaker(answer)) as server:
        build(village_config(source, server.base_url), out)
    assert accounts(out)["answer"] == {"read": 8, "kept": 4, "merged": 0, "rejected": {"refusal": 4}}
    rows = [row for row in DataFolder(out).rows("rejected") if row["stage"] == "answer"]
    assert {row["character"] for row in rows} == {"老方"}
    assert all("抱歉" in json.loads(row["payload"])["reply"] for row in rows)
    characters = DataFolder(out).read_json("reports/generation.json")["steps"]["answer"]["characters"]
    assert characters == {
        "Nora Webb": {"expected": 4, "delivered": 4},
        "老方": {"expected": 4, "delivered": 0},
    }


def test_an_instruction_that_goes_to_another_split_and_one_that_lint_drops_are_accounted_for(tmp_path: Path) -> None:
    out = tmp_path / "out"
    config = BuildConfig.load("sample")
    config = BuildConfig.checked({**config.model_dump(), "splits": {"validation": 0.4, "test": 0.4}}, "test")
    build(config, out)
    asked = sorted({row["instruction"] for row in DataFolder(out).rows("asked/specific")})
    chosen = tmp_path / "asked.jsonl"
    chosen.write_text("\n".join(json.dumps({"instruction": text}, ensure_ascii=False) for text in asked[:40]))

    def answer(heard: Heard) -> str:
        if "Person" in told(heard):
            return "Slowly does it."
        return "你要时刻记住你得慢慢来。" if "郝建国" in asked_of(heard) else "慢慢来。"

    with OpenAIServer(speaker(answer)) as server:
        named = config.with_model(name="m", base_url=server.base_url)
        named = named.with_general(when="always", source=str(chosen), samples=2, neutral=True)
        run_step("answer", named, out)
        run_step("mix", named, out)
    account = accounts(out)["answer"]
    assert account["rejected"]["in_another_split"] > 0
    kept = account["kept"]
    mend(out, [], ["prompt-echo"], Listener())
    account = accounts(out)["answer"]
    assert account["rejected"]["prompt-echo"] > 0
    assert account["kept"] < kept
    run_step("ask", config, out)
    run_step("mix", config, out)
    assert made(out) == []


def run(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: object) -> tuple[int, str]:
    monkeypatch.setattr(sys, "argv", ["roleinstruct", *map(str, words)])
    with pytest.raises(SystemExit) as stop:
        main()
    return int(stop.value.code or 0), "".join(capfd.readouterr())


def test_the_command_answers_what_it_is_given_and_says_what_it_lacks(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    source, out = village(tmp_path / "raw"), tmp_path / "out"
    (tmp_path / "mine.jsonl").write_text('{"instruction": "How do I sleep well?"}\n{"instruction": "怎么睡得好？"}\n')
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    with OpenAIServer(speaker()) as server:
        build(village_config(source, server.base_url).with_model(name=""), out)
        code, said = run(capfd, monkeypatch, "answer", out)
        assert (code, said) == (
            1,
            "roleinstruct: general instructions are answered by a model alone: say which with --model.\n",
        )
        model = ("--model", "m", "--base-url", server.base_url)
        model = (*model, "--instructions", tmp_path / "mine.jsonl", "--limit", "1")
        code, said = run(capfd, monkeypatch, "answer", out, *model, "--samples", "3", "--neutral", "--estimate")
        assert code == 0, said
        assert len(server.calls) == 0
        code, said = run(capfd, monkeypatch, "answer", out, *model, "--samples", "3", "--neutral")
        assert code == 0, said
        assert f"next: roleinstruct mix {out}" in said
        assert len(server.calls) == 2 * (3 + 1)
    assert run(capfd, monkeypatch, "mix", out)[0] == 0
    assert {row["instruction"] for row in made(out)} == {"How do I sleep well?", "怎么睡得好？"}


def test_without_profiles_there_is_nobody_to_answer(tmp_path: Path) -> None:
    source, out = village(tmp_path / "raw"), tmp_path / "out"
    config = village_config(source, "http://127.0.0.1:9/v1")
    run_step("import", config, out)
    with pytest.raises(FolderError, match="nothing to answer yet: run roleinstruct profile"):
        run_step("answer", config, out)
