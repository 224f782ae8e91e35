"""A build that asks a model: over a real server, with faults, and a replay without any server."""

import hashlib
import json
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from openai_replies import Reply as Said
from openai_replies import Request as Heard
from openai_replies import faulty, fingerprint, say
from openai_server import OpenAIServer
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.errors import BudgetError, ConfigError, EndpointError, FolderError, JournalError, YieldError
from roleinstruct.llm.journal import Journal
from roleinstruct.pipeline.build import build, run_step
from roleinstruct.pipeline.config import BuildConfig
from roleinstruct.pipeline.listener import Listener
from roleinstruct.pipeline.replaying import replay
from roleinstruct.pipeline.session import JOURNAL

NAMES = "anger disgust fear happiness sadness surprise neutral frustration excitement other".split()


def shape(heard: Heard) -> str:
    """What is asked for: "Labels", "Findings" or "Pairs"."""
    return str(heard.body["response_format"]["json_schema"]["name"])


def labels(heard: Heard) -> Said:
    """What a model would say: labels that depend on the lines alone, one statement, one pair."""
    if shape(heard) == "Findings":
        statement = {"field": "hobbies", "value": "下棋", "evidence": [1]}
        return say(json.dumps({"statements": [statement]}, ensure_ascii=False))
    if shape(heard) == "Pairs":
        answer = "徒弟要拜师，得先把工具擦一个月，我那会儿擦了半年呢。"
        pair = {"question": "郝师傅，你收徒弟有什么规矩？", "answer": answer, "emotion": "neutral", "evidence": [1]}
        about = {"kind": "plot", "reason": "他说过", "confidence": "high"}
        return say(json.dumps({"pairs": [{**pair, **about}]}, ensure_ascii=False))
    lines = re.findall(r"^(\d+) \| (.*)$", heard.prompt, re.MULTILINE)
    told = [f"{number} {NAMES[hashlib.sha256(text.encode()).digest()[0] % 10]}" for number, text in lines]
    return say(json.dumps({"labels": told}), prompt_tokens=len(heard.prompt), completion_tokens=5 * len(told))


def words(scene: int, turn: int) -> str:
    """Some characters that no other turn has in this order."""
    digest = hashlib.sha256(f"{scene} {turn}".encode()).digest()
    return "".join(chr(0x4E00 + byte * 16 + place) for place, byte in enumerate(digest[:10]))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "raw" / "郝师傅"
    folder.mkdir(parents=True)
    scenes = []
    for scene in range(60):
        turns = [f"{('客人', '郝师傅')[n % 2]}：第{scene}回第{n}句，{words(scene, n)}。" for n in range(8)]
        scenes.append(f"第{scene + 1}场\n" + "\n".join(turns))
    (folder / "script.txt").write_text("\n\n".join(scenes), encoding="utf-8")
    return folder.parent


def config(source: Path, base_url: str, **model: object) -> BuildConfig:
    words = {
        "source": {"path": str(source)},
        "questions": {"rounds": 1},
        "general": {"when": "never"},
        # The model below knows one question, whatever it is shown.
        "model": {"name": "m", "base_url": base_url, "timeout": 2, "least_yield": 0, **model},
        "annotation": {"window": 8},  # a request for each dialogue
    }
    return BuildConfig.checked(words, "test")


def tables(out: Path) -> dict[str, str]:
    found = (path for path in out.rglob("*") if ".roleinstruct" not in path.parts)
    files = [path for path in found if path.suffix in (".parquet", ".json", ".md")]
    return {str(f.relative_to(out)): hashlib.sha256(f.read_bytes()).hexdigest() for f in files}


def labelling(server: OpenAIServer) -> int:
    """Calls for labels that were answered."""
    return sum(shape(call.request) == "Labels" for call in server.calls)


def turns(out: Path) -> list[dict[str, object]]:
    return [turn for row in DataFolder(out).rows("dialogues") for turn in row["turns"]]


def test_every_turn_is_labelled_by_the_model_and_the_card_says_so(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with OpenAIServer(labels) as server:
        build(config(source, server.base_url), out)
        calls = labelling(server)
    assert {turn["annotator"] for turn in turns(out)} == {"m"}
    report = DataFolder(out).read_json("reports/generation.json")["steps"]
    assert list(report) == ["annotate", "profile", "ask"]
    assert report["annotate"]["requests"] == calls == 60
    card = (out / "README.md").read_text(encoding="utf-8")
    assert all(step["journal_sha256"] in card for step in report.values())
    assert "without a language model" not in card
    assert DataFolder(out).read_json("reports/accounting.json")["label"] == {
        "read": 480,
        "kept": 480,
        "merged": 0,
        "rejected": {},
    }


def test_a_second_build_pays_nothing_and_a_replay_calls_nobody(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with OpenAIServer(labels) as server:
        asked = config(source, server.base_url)
        build(asked, out)
        before = tables(out)
        paid = len(server.calls)
        build(asked, out)
        assert len(server.calls) == paid
    assert tables(out) == before
    build(asked, out, replay=True)  # the server is gone
    assert tables(out) == before


def test_a_replay_of_what_was_never_asked_says_what_is_missing(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with OpenAIServer(labels) as server:
        asked = config(source, server.base_url)
        build(asked, out)
    before = tables(out)
    with pytest.raises(JournalError, match="holds no reply to a request of stage annotate"):
        build(asked.with_model(samples=3), out, replay=True)
    assert tables(out) == before


def test_with_every_third_call_faulty_every_line_is_labelled_or_rejected(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"

    def answer(heard: Heard) -> Said:
        everything = json.dumps(heard.body, ensure_ascii=False)
        if "第7回" in everything:
            return say("我不想标注这段。")
        if "第9回" in everything:
            return say("", refusal="no")
        return labels(heard)

    with OpenAIServer(faulty(answer, share=0.3)) as server:
        build(config(source, server.base_url, timeout=0.5), out)
    account = DataFolder(out).read_json("reports/accounting.json")["label"]
    assert account["read"] == 480
    assert account["kept"] + sum(account["rejected"].values()) == 480
    assert account["rejected"]["unreadable_reply"] == 8
    assert account["rejected"]["refused_by_model"] == 8
    unlabelled = [turn for turn in turns(out) if turn["emotion"] is None]
    assert len(unlabelled) == sum(account["rejected"].values())
    rows = [row for row in DataFolder(out).rows("rejected") if row["reason"] == "unreadable_reply"]
    assert {json.loads(row["payload"])["reply"] for row in rows} == {"我不想标注这段。"}


def test_a_wrong_key_leaves_the_folder_as_it_was(source: Path, tmp_path: Path) -> None:
    from openai_replies import unauthorized

    out = tmp_path / "out"
    with OpenAIServer(lambda _: unauthorized()) as server, pytest.raises(EndpointError, match="check the key"):
        build(config(source, server.base_url), out)
    assert not (out / "dialogues").exists()


def test_a_step_alone_asks_only_for_what_nobody_has_labelled(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with OpenAIServer(labels) as server:
        asked = config(source, server.base_url)
        build(asked.with_model(name=""), out)
        assert {turn["annotator"] for turn in turns(out)} == {"extractive"}
        run_step("annotate", asked, out)
        assert {turn["annotator"] for turn in turns(out)} == {"m"}
        run_step("annotate", asked.with_model(name="another"), out)
        assert labelling(server) == 60
    with pytest.raises(ConfigError, match="concurrency"):
        asked.with_model(concurrency=0)


def command(source: Path, out: Path, base_url: str) -> list[str]:
    builder = out.parent / "builder.yaml"
    builder.write_text(json.dumps(config(source, base_url, concurrency=8).model_dump(mode="json")), encoding="utf-8")
    return [sys.executable, "-m", "roleinstruct", "build", str(builder), "--out", str(out)]


def test_ctrl_c_lets_what_is_under_way_come_to_its_end(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with OpenAIServer(labels, latency=0.4) as server:
        arguments = command(source, out, server.base_url)
        process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        while len(server.calls) < 8:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=20)
        assert process.returncode == 130
        assert "waiting for the calls that are under way" in said
        assert "Traceback" not in said
        paid = len(server.calls)
        with Journal(out / JOURNAL, read_only=True) as journal:
            assert len(list(journal.rows())) == paid < 60
        subprocess.run(arguments, check=True, capture_output=True)
        assert Counter(fingerprint(call.request.body) for call in server.calls).most_common(1)[0][1] == 1


def test_profiles_and_questions_are_made_and_every_one_is_traceable(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with OpenAIServer(labels) as server:
        build(config(source, server.base_url), out)
    folder = DataFolder(out)
    [profile] = folder.rows("profiles")
    assert {"key": "hobbies", "value": "下棋"} in profile["fields"]
    assert any(evidence.startswith("hobbies: 郝师傅-") for evidence in profile["evidence"])
    [question] = [row for row in folder.rows("specific") if row["provenance"] == "m"]
    assert question["instruction"] == "郝师傅，你收徒弟有什么规矩？"
    assert any(evidence.startswith("dialogue: 郝师傅-") for evidence in question["evidence"])
    account = folder.read_json("reports/accounting.json")["question"]
    assert account["kept"] == 1
    assert account["read"] == 1 + sum(account["rejected"].values())  # each further piece gave the same question
    assert set(account["rejected"]) <= {"duplicate_question"}


def test_the_limit_on_cost_is_for_all_steps_together_and_what_is_paid_for_stays(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with OpenAIServer(labels) as server:
        asked = config(source, server.base_url, price="0,100", concurrency=1)
        build(asked, tmp_path / "free")
        whole = sum(call_cost(call.reply.body) for call in server.calls)
        with pytest.raises(BudgetError, match="what is done is kept"):
            build(asked.with_model(max_cost=0.9 * whole), out)
        paid = len(server.calls)
        with Journal(out / JOURNAL, read_only=True) as journal:
            assert {entry.stage for entry in journal.rows()} >= {"annotate"}
        build(asked, out)
        assert len(server.calls) > paid
    assert not (out / ".roleinstruct" / "draft").exists()
    assert tables(out).keys() == tables(tmp_path / "free").keys()


def call_cost(body: object) -> float:
    """Dollars of a reply at a hundred for a million tokens received."""
    assert isinstance(body, dict)
    return float(body["usage"]["completion_tokens"]) * 100 / 1e6


def test_a_journal_that_is_replayed_elsewhere_gives_every_file_again(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "我的 角色"
    with OpenAIServer(labels) as server:
        build(config(source, server.base_url), out)
    before = tables(out)
    found = replay(out, Listener())  # the server is gone
    assert not found.different
    assert {"README.md", "dialogues/train-00000-of-00001.parquet", "reports/generation.json"} <= set(found.same)
    assert tables(out) == before
    (out / "README.md").write_text("mine", encoding="utf-8")
    assert replay(out, Listener()).different == ("README.md",)
    with pytest.raises(FolderError, match="holds no journal"):
        replay(tmp_path, Listener())


def test_a_step_that_makes_the_same_again_leaves_a_finished_folder_as_it_is(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with OpenAIServer(labels) as server:
        asked = config(source, server.base_url)
        build(asked, out)
        before = tables(out)
        for step in ("annotate", "profile", "ask", "answer"):
            run_step(step, asked, out)
            assert tables(out) == before
        run_step("profile", asked.with_model(name=""), out)  # another profile: what rests on the former goes
    assert not (out / "chat").exists()


def test_a_model_that_only_talks_nonsense_is_not_asked_to_the_end(source: Path, tmp_path: Path) -> None:
    with OpenAIServer(lambda _: say("今天天气不错。")) as server:
        asked = config(source, server.base_url, concurrency=2, least_yield=0.5)
        with pytest.raises(YieldError, match=r"stopped early: of the first 2\d\d that were asked for 0 came"):
            build(asked, tmp_path / "out")
        paid = len(server.calls)
    assert paid < 60  # of 480 lines, each dialogue asked for alone, and each reply sent back once
    assert (tmp_path / "out" / JOURNAL).is_file()
