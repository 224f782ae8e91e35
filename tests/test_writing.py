"""Profiles and questions of many characters: worked on at once, in order, without questions that repeat."""

import hashlib
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from openai_replies import Reply, say
from openai_replies import Request as Heard
from openai_server import OpenAIServer
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.errors import ConfigError
from roleinstruct.generate.variety import KINDS
from roleinstruct.pipeline.build import build
from roleinstruct.pipeline.config import BuildConfig
from roleinstruct.pipeline.repeats import distinct, repeats
from roleinstruct.pipeline.writing import profile_options, question_options
from roleinstruct.records import Instruction

PEOPLE = ("郝师傅", "丁老师", "小梅")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    for name in PEOPLE:
        (tmp_path / "raw" / name).mkdir(parents=True)
        said = "\n".join(f"客人：{name}，第{n}件东西什么时候修好？\n{name}：第{n}件后天下午来取。" for n in range(6))
        (tmp_path / "raw" / name / "script.txt").write_text(f"第1场\n{said}", encoding="utf-8")
    return tmp_path / "raw"


def config(source: Path, base_url: str, **questions: object) -> BuildConfig:
    return BuildConfig.checked(
        {
            "source": {"path": str(source)},
            "general": {"when": "never"},
            "questions": {"per_character": 5, **questions},
            "model": {"name": "m", "base_url": base_url, "least_yield": 0},
        },
        "test",
    )


def who(heard: Heard) -> str:
    return next(name for name in PEOPLE if f"人物：{name}" in heard.prompt)


class Teacher:
    """Answers after a while, the first one last, and notes how many requests were under way with each shape."""

    def __init__(self) -> None:
        self.server: OpenAIServer | None = None
        self.together: Counter[str] = Counter()

    def __call__(self, heard: Heard) -> Reply:
        shape = str(heard.body["response_format"]["json_schema"]["name"])
        assert self.server is not None
        self.together[shape] = max(self.together[shape], self.server.in_flight)
        if shape == "Labels":
            lines = [line.split(" | ")[0] for line in heard.prompt.splitlines() if " | " in line]
            return say(json.dumps({"labels": [f"{number} neutral" for number in lines if number.isdecimal()]}))
        if shape == "Findings":
            made: object = {"statements": [{"field": "hobbies", "value": who(heard), "evidence": [1]}]}
        else:
            made = {"pairs": [pair(who(heard), topic, kind) for topic, kind in zip(TOPICS, KINDS, strict=True)]}
        return replace(say(json.dumps(made, ensure_ascii=False)), delay=0.5 - 0.1 * PEOPLE.index(who(heard)))


TOPICS = ("徒弟的规矩", "收音机的年头", "街坊的脾气", "下雨天的生意", "早饭的讲究")


def pair(name: str, topic: str, kind: str) -> dict[str, object]:
    words = {"question": f"{name}，你怎么看{topic}？", "answer": f"{topic}嘛，随缘。", "emotion": "neutral"}
    return {**words, "kind": kind, "evidence": [1], "reason": "顺口说的", "confidence": "high"}


def test_characters_are_worked_on_at_once_and_stay_in_order(source: Path, tmp_path: Path) -> None:
    teacher = Teacher()
    with OpenAIServer(teacher) as server:
        teacher.server = server
        build(config(source, server.base_url), tmp_path / "out")
    assert teacher.together["Findings"] == teacher.together["Pairs"] == len(PEOPLE)
    folder = DataFolder(tmp_path / "out")
    profiles = {row["character"]: {f["key"]: f["value"] for f in row["fields"]} for row in folder.rows("profiles")}
    assert set(profiles) == set(PEOPLE)
    assert all(fields["hobbies"] == name for name, fields in profiles.items())
    asked = folder.read_json("reports/generation.json")["steps"]["ask"]
    assert list(asked["kinds"]) == list(profiles)
    assert asked["kinds"]["小梅"] == {kind: {"asked": 1, "came": 1} for kind in KINDS}
    assert asked["rounds"] == dict.fromkeys(profiles, 1)
    rows = [row for row in folder.rows("specific") if row["character"] == "小梅"]
    noted = {line for row in rows for line in row["evidence"]}
    assert noted >= {"kind: plot", "confidence: high", "reason: 顺口说的。"}


def test_no_dialogue_is_in_two_splits_though_questions_join_several(tmp_path: Path) -> None:
    (tmp_path / "raw" / "小梅").mkdir(parents=True)
    scenes = [f"第{n}场\n客人：{n}号桌点什么？\n小梅：{n}号桌要{chr(0x4E00 + 97 * n)}汤。" for n in range(1, 61)]
    (tmp_path / "raw" / "小梅" / "script.txt").write_text("\n\n".join(scenes), encoding="utf-8")

    def answer(heard: Heard) -> Reply:
        if heard.body["response_format"]["json_schema"]["name"] != "Pairs":
            return say("{}")
        digest = hashlib.sha256(heard.prompt.encode()).digest()
        words = ["".join(chr(0x5000 + 40 * byte + n) for byte in digest[n : n + 8]) for n in range(10)]
        pairs = [
            {**pair("小梅", word, "plot"), "evidence": [5 * n + 1, 5 * n + 1 + n % 2]} for n, word in enumerate(words)
        ]
        return say(json.dumps({"pairs": pairs}))

    with OpenAIServer(answer) as server:
        asked = config(tmp_path / "raw", server.base_url, per_character=40)
        splits = asked.splits.model_copy(update={"test": 0.4, "validation": 0})
        build(asked.model_copy(update={"splits": splits}), tmp_path / "out")
    folder = DataFolder(tmp_path / "out")
    seen: dict[str, set[str]] = {}
    for split in ("train", "test"):
        for row in folder.rows("specific", split=split):
            for line in row["evidence"]:
                if line.startswith("dialogue: "):
                    seen.setdefault(line, set()).add(split)
    assert len(seen) > 5
    assert all(len(splits) == 1 for splits in seen.values())
    apart = [row for row in folder.rows("rejected") if row["stage"] == "mix"]
    assert apart
    assert {(row["unit"], row["reason"]) for row in apart} == {("question", "in_another_split")}


def question(number: int, text: str) -> Instruction:
    return Instruction(f"q{number}", "于小强", "specific", text, ("嗯哪。",))


ASKED = (
    "于小强，你是如何平衡工作和家庭的？",
    "于小强，你平时是如何平衡工作和家庭的呢？",
    "于小强，你最喜欢的颜色是什么？",
    "于小强，你最喜欢的电影是什么？",
    "你最喜欢的颜色是什么？",
    "Xiaoqiang, what is your favourite colour?",
    "Xiaoqiang, what is your favourite food?",
)


def test_a_question_in_other_words_is_a_repeat_and_one_of_the_same_form_is_not() -> None:
    items = [question(n, text) for n, text in enumerate(ASKED)]
    found = repeats(items, [], 0.9, reworded=True)
    assert {name: one.reason for name, one in found.items()} == {"q1": "same_question", "q4": "same_question"}
    assert found["q1"].payload["same_as"] == ASKED[0]
    assert 0.8 <= found["q1"].payload["cosine"] < 1
    assert repeats(items, [], 0.9, reworded=False) == {}


def test_what_is_known_stays_whatever_repeats_it() -> None:
    known = [question(n, text) for n, text in enumerate(ASKED[:2])]
    new = [question(7, "你是如何平衡工作与家庭的？"), question(8, "你小时候最怕谁？"), question(9, "你小时候最怕谁？")]
    found = repeats(new, known, 0.9, reworded=True)
    assert {name: one.reason for name, one in found.items()} == {"q7": "same_question", "q9": "duplicate_question"}
    assert [item.instruction for item in distinct(known, 0.9)(new)] == ["你小时候最怕谁？"]
    assert distinct(known, 0.9)([]) == []


def test_a_builder_says_how_questions_are_made_and_how_much_fits(source: Path) -> None:
    asked = config(source, "http://127.0.0.1:9/v1", kinds={"plot": 3, "everyday": 1}, confidence="high", rounds=2)
    options = question_options(asked.with_model(context_tokens=4096))
    assert (options.wanted, options.kinds, options.confidence, options.rounds) == (
        5,
        {"plot": 3, "everyday": 1},
        "high",
        2,
    )
    assert options.context < question_options(asked).context == 3000
    assert profile_options(asked.with_model(context_tokens=4096)).context < profile_options(asked).context == 6000


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ({"kinds": {"weather": 1}}, "questions.kinds.weather"),
        ({"kinds": {"plot": 0}}, "no kind has a share above 0"),
        ({"kinds": {"plot": -1}}, "questions.kinds.plot is -1"),
        ({"confidence": "sure"}, "questions.confidence is 'sure'"),
        ({"rounds": 0}, "questions.rounds is 0"),
    ],
)
def test_what_a_builder_cannot_mean_is_refused(source: Path, words: dict[str, object], why: str) -> None:
    with pytest.raises(ConfigError, match=why):
        config(source, "http://127.0.0.1:9/v1", **words)


def test_a_context_too_small_to_write_in_is_refused(source: Path) -> None:
    with pytest.raises(ConfigError, match="greater than or equal to 4096"):
        config(source, "http://127.0.0.1:9/v1").with_model(context_tokens=2048)


def test_the_kinds_of_a_builder_are_those_that_are_asked_for() -> None:
    assert tuple(BuildConfig().questions.kinds) == KINDS


def test_an_encoder_that_costs_money_is_not_taken_for_finding_scenes() -> None:
    with pytest.raises(ConfigError, match="no encoder of this machine"):
        BuildConfig().with_model(encoder="openai:text-embedding-3-small")
    assert BuildConfig().with_model(encoder="flag:bge").model.encoder == "flag:bge"
