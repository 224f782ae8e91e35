"""Answers in character: each sample is an answer or a rejected one with a reason, whatever the model says."""

import json
import random
from collections.abc import Callable
from dataclasses import replace
from itertools import takewhile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openai_replies import Reply, bad_request, faulty, say
from openai_replies import Request as Heard
from roleinstruct.emotions import Emotion
from roleinstruct.encoders.ngrams import NgramEncoder
from roleinstruct.errors import ConfigError
from roleinstruct.generate.answering import AnswerOptions, Answers, Spoken, answers_by_model, requests_of
from roleinstruct.generate.echoes import copies, plain, takes_over
from roleinstruct.generate.examples import EXAMPLES, Example, telling
from roleinstruct.generate.faults import fault_in_character, fault_of_neutral, refuses
from roleinstruct.generate.prompting import prompt
from roleinstruct.generate.repertoire import Repertoire
from roleinstruct.generate.roles import Role
from roleinstruct.machine import speaks_as_machine
from roleinstruct.records import CharacterProfile, Dialogue, Instruction, Place, Utterance
from teachers import NAMES, firsts, is_repair, say_json, script, sent, teach, told

ASKED = Instruction(
    "g-7", "", "general", "请用一句话告诉我怎样才能睡个好觉。", (), place=Place("general.jsonl", 7, 7), evidence=("x",)
)
PERSONA = "你是于小强。请以这个人的身份和口吻回答。\n28岁，在河边修车铺干活，心直口快，爱钓鱼。"
GOOD = "把手机扔远点儿，累一天倒头就着！"


def role(language: str = "zh", persona: str = PERSONA) -> Role:
    return Role.of(CharacterProfile(NAMES[language][0]), persona, script(6, language))


def answer_all(
    answer: Callable[[Heard], Reply],
    path: Path,
    options: AnswerOptions | None = None,
    *,
    who: Role | None = None,
    asked: Instruction = ASKED,
    timeout: float = 20.0,
) -> tuple[Answers, list[Heard]]:
    return teach(answer, lambda asker: answers_by_model(asked, who or role(), asker, options), path, timeout)


def is_neutral(heard: Heard) -> bool:
    return PERSONA not in told(heard)


def test_an_instruction_gets_its_samples_and_a_neutral_answer(tmp_path: Path) -> None:
    count = iter(range(9))

    def answer(heard: Heard) -> Reply:
        return say_json({"answer": "放松，规律作息。" if is_neutral(heard) else f" {GOOD}{next(count)}\n"})

    found, calls = answer_all(answer, tmp_path, AnswerOptions(neutral=True))
    assert found.item is not None
    assert sorted(found.item.responses) == [f"{GOOD}{number}" for number in range(5)]
    assert found.item == replace(
        ASKED,
        id="",
        character="于小强",
        responses=found.item.responses,
        raw_response="放松，规律作息。",
        evidence=("x", "profile", "example: d1", "example: d2", "example: d3", "neutral: tester"),
        provenance="tester",
        place=None,
    )
    assert found.failed == ()
    assert len(calls) == len(set(found.keys)) == 6


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_prompt_holds_the_persona_and_three_exchanges_and_the_instruction_last(
    language: str, tmp_path: Path
) -> None:
    who = role(language, "An honest soul.")
    _, calls = answer_all(lambda _: say_json({"answer": GOOD}), tmp_path, AnswerOptions(samples=1), who=who)
    shown = told(calls[0])
    assert "An honest soul." in shown
    assert shown.endswith(ASKED.instruction)
    assert shown.count(f"{NAMES[language][0]}{'：' if language == 'zh' else ': '}") == EXAMPLES
    assert calls[0].body["messages"][0]["content"] == prompt("answers", language).system
    assert (calls[0].body["temperature"], calls[0].body["top_p"]) == (0.7, 0.95)
    assert calls[0].body["max_tokens"] == 1024


@pytest.mark.parametrize("neutral", [False, True])
def test_the_estimate_is_what_is_asked(neutral: bool, tmp_path: Path) -> None:
    options = AnswerOptions(samples=3, neutral=neutral)
    found, calls = answer_all(lambda _: say_json({"answer": GOOD}), tmp_path, options)
    estimate = requests_of(ASKED, role(), "tester", options)
    assert sorted(found.keys) == sorted(request.key for request in estimate)
    assert len(calls) == len(estimate) == 3 + neutral
    assert firsts(calls) == sent(estimate)


@pytest.mark.parametrize("question", [ASKED.instruction, "How do I sleep well?"])
def test_a_neutral_answer_is_paid_once_for_all_characters(question: str) -> None:
    options = AnswerOptions(samples=1, neutral=True)
    asked = replace(ASKED, instruction=question)
    first = requests_of(asked, role("zh"), "tester", options)
    second = requests_of(asked, role("en"), "tester", options)
    assert first[1].messages[1].content.endswith(question)
    assert first[0].key != second[0].key
    assert first[1].key == second[1].key


def test_a_neutral_answer_that_is_there_is_not_asked_for() -> None:
    known = replace(ASKED, raw_response="早睡。")
    assert len(requests_of(known, role(), "tester", AnswerOptions(neutral=True))) == 5


SLIPS = [
    ("", "empty_answer"),
    (" \n", "empty_answer"),
    ("作为一个人工智能，我不需要睡觉。", "ai_self_reference"),
    ("As an AI language model, I do not sleep.", "ai_self_reference"),
    ("我只是在扮演于小强。", "ai_self_reference"),
    ("请用一句话告诉我怎样才能睡个好觉？这还不简单。", "prompt_echo"),
    ("问题：怎么睡？", "prompt_echo"),
    ("我28岁，在河边修车铺干活，心直口快，爱钓鱼。睡得香！", "prompt_echo"),
    ("我真不是故意的，这个月工钱还没结，你再容我几天。", "prompt_echo"),
    ("很抱歉，我无法为您提供这方面的建议。", "refusal"),
    ("I'm sorry, but I can't help with that.", "refusal"),
    ("Just put the phone away and you will sleep like a log.", "wrong_language"),
]


@pytest.mark.parametrize(("said", "reason"), SLIPS)
def test_a_slip_is_sent_back_once_and_then_rejected(said: str, reason: str, tmp_path: Path) -> None:
    persona = "我28岁，在河边修车铺干活，心直口快，爱钓鱼。"
    options = AnswerOptions(samples=1, resamples=0)
    found, calls = answer_all(
        lambda _: say_json({"answer": said}), tmp_path, options, who=replace(role(), persona=persona)
    )
    assert found.item is None
    assert found.keys == ()
    (rejected,) = found.failed
    assert (rejected.unit, rejected.stage, rejected.reason) == ("answer", "answer", reason)
    assert (rejected.character, rejected.place) == ("于小强", ASKED.place)
    assert rejected.payload["instruction"] == ASKED.instruction
    assert (rejected.payload["id"], rejected.payload["kind"], rejected.payload["sample"]) == ("g-7", "character", 0)
    assert json.loads(str(rejected.payload["reply"])) == {"answer": said}
    assert len(calls) == 2


def test_a_slip_that_is_mended_is_an_answer(tmp_path: Path) -> None:
    def answer(heard: Heard) -> Reply:
        return say_json({"answer": GOOD if is_repair(heard) else "我是一个语言模型。"})

    found, calls = answer_all(answer, tmp_path, AnswerOptions(samples=1))
    assert found.item is not None
    assert found.item.responses == (GOOD,)
    assert len(calls) == len(found.keys) == 2
    assert "being a machine" in calls[1].prompt


def test_a_slip_is_asked_for_anew_a_bounded_number_of_times_and_then_rejected(tmp_path: Path) -> None:
    options = AnswerOptions(samples=2, resamples=3)
    found, calls = answer_all(lambda _: say_json({"answer": "我是一个语言模型。"}), tmp_path, options)
    assert found.item is None
    assert [(one.reason, one.payload["sample"], one.payload["attempts"]) for one in found.failed] == [
        ("ai_self_reference", 0, 4),
        ("ai_self_reference", 1, 4),
    ]
    assert len(calls) == 2 * 4 * 2  # each of the attempts is sent back once


def test_another_sample_takes_the_place_of_a_slip_in_every_run_alike(tmp_path: Path) -> None:
    slips = 0

    def answer(heard: Heard) -> Reply:
        nonlocal slips
        if is_repair(heard) or slips < 2:
            slips += not is_repair(heard)
            return say_json({"answer": "作为一个语言模型，我不睡觉。"})
        return say_json({"answer": GOOD})

    options = AnswerOptions(samples=3)
    found, calls = answer_all(answer, tmp_path, options)
    assert found.item is not None
    assert (found.item.responses, found.failed) == ((GOOD,) * 3, ())
    assert len(calls) == 3 + 2 + 2  # two slips, sent back in vain, and asked for anew
    assert answer_all(answer, tmp_path, options) == (found, [])


def test_what_the_server_refuses_is_not_asked_for_anew(tmp_path: Path) -> None:
    found, calls = answer_all(lambda _: bad_request("no"), tmp_path, AnswerOptions(samples=1))
    assert [(one.reason, one.payload["attempts"]) for one in found.failed] == [("refused_by_server", 1)]
    assert len(calls) == 1


def test_a_neutral_answer_beside_none_in_character_is_rejected_with_its_words(tmp_path: Path) -> None:
    def answer(heard: Heard) -> Reply:
        return say_json({"answer": "放松，规律作息。" if is_neutral(heard) else ""})

    found, _ = answer_all(answer, tmp_path, AnswerOptions(samples=1, neutral=True, resamples=0))
    assert found.item is None
    assert [(one.reason, one.payload["kind"]) for one in found.failed] == [
        ("empty_answer", "character"),
        ("no_answer_in_character", "neutral"),
    ]
    assert found.failed[1].payload["reply"] == "放松，规律作息。"


REFUSALS = [
    ("抱歉，我无法回答这个问题。", True),
    ("很抱歉，我不能提供医疗建议。如果还有其他问题，我很乐意帮忙。", True),
    (
        "对不起，这个问题我无法回答，因为它违反了相关规定。我们可以聊聊别的，比如天气、美食、旅行、读书、电影和音乐。",
        True,
    ),
    ("I'm sorry, I can't assist with that request.", True),
    ("Sorry, but I cannot provide medical advice. Is there anything else I can help you with today, my friend?", True),
    ("I apologize, I'm unable to comply.", True),
    ("抱歉啊，我昨儿喝多了，说错话了。", False),
    ("对不起我不懂这些个，你问我修车我在行。", False),
    ("我不能回去，那边还欠着人家钱呢。", False),
    ("Sorry, I can't help you carry it, my back's gone.", False),
    ("I'm sorry, love, I can't tell you, I never learnt to swim.", False),
    ("I can't stand the stuff.", False),
    (
        "抱歉，我没办法给你翻译全，可头一句是“慢点儿来”，第二句是劝你别着急上火，第三句呢，说的是日子还长，饭要一口一口吃。",
        False,
    ),
]


@pytest.mark.parametrize(("answer", "is_one"), REFUSALS)
def test_a_service_that_refuses_is_told_from_a_person_who_is_sorry(answer: str, is_one: bool) -> None:
    assert refuses(answer) is is_one


@pytest.mark.parametrize(
    ("answer", "question", "language", "fault"),
    [
        ("Early to bed, that is all there is to it.", "怎么睡得好？", "zh", "wrong_language"),
        ("Early to bed, that is all there is to it.", "How do I sleep well?", "zh", ""),
        ("早点躺下，手机撂远点儿。", "How do I sleep well?", "zh", ""),
        ("早点躺下，手机撂远点儿。", "How do I sleep well?", "en", "wrong_language"),
        ("Take it slow, there is no hurry at all.", "翻译成英文：慢慢来。", "zh", ""),
        ("OK！", "明天来吗？", "zh", ""),
        ("def total(numbers): return sum(numbers)", "写一个函数，求数组的和。", "zh", ""),
        ("42", "How many?", "en", ""),
        ("Whatever you like, it is all the same.", "1 + 1 = ?", "zh", ""),
    ],
)
def test_an_answer_is_in_the_language_of_the_question_or_of_the_character(
    answer: str, question: str, language: str, fault: str
) -> None:
    assert fault_in_character(answer, question, "", language) == fault


def test_a_neutral_answer_may_not_refuse_nor_change_the_language() -> None:
    assert fault_of_neutral("I'm sorry, I can't assist with that.", "How do I sleep?") == "refusal"
    assert fault_of_neutral("早点睡，睡前少看手机。", "How do I sleep?") == "wrong_language"
    assert fault_of_neutral("As an AI, I would go to bed early.", "How do I sleep?") == ""


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (say(GOOD), "unreadable_reply"),
        (say('{"answer": "把手机', finish_reason="length"), "unreadable_reply"),
        (say("", refusal="I can't."), "refused_by_model"),
        (say("", finish_reason="content_filter"), "refused_by_model"),
        (bad_request("no"), "refused_by_server"),
    ],
)
def test_what_is_no_answer_is_rejected_with_a_reason(reply: Reply, reason: str, tmp_path: Path) -> None:
    found, _ = answer_all(lambda _: reply, tmp_path, AnswerOptions(samples=2))
    assert found.item is None
    assert [one.reason for one in found.failed] == [reason, reason]
    assert [one.payload["sample"] for one in found.failed] == [0, 1]


def test_the_neutral_voice_may_be_a_machine_and_may_fail_alone(tmp_path: Path) -> None:
    def machine(heard: Heard) -> Reply:
        return say_json({"answer": "作为一个人工智能，我不睡觉。" if is_neutral(heard) else GOOD})

    def silent(heard: Heard) -> Reply:
        return say_json({"answer": "" if is_neutral(heard) else GOOD})

    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    options = AnswerOptions(samples=1, neutral=True)
    found, _ = answer_all(machine, tmp_path / "a", options)
    assert found.item is not None
    assert found.item.raw_response == "作为一个人工智能，我不睡觉。"
    found, _ = answer_all(silent, tmp_path / "b", options)
    assert found.item is not None
    assert found.item.raw_response is None
    assert [(one.reason, one.payload["kind"]) for one in found.failed] == [("empty_answer", "neutral")]


def test_thirty_percent_faults_and_late_replies_lose_nothing(tmp_path: Path) -> None:
    def late(heard: Heard) -> Reply:
        return replace(say_json({"answer": GOOD}), delay=random.Random(heard.number).random() / 20)

    options = AnswerOptions(samples=12, neutral=True)
    found, _ = answer_all(faulty(late), tmp_path, options, timeout=0.5)
    assert found.item is not None
    assert found.item.responses == (GOOD,) * 12
    assert found.failed == ()
    again, calls = answer_all(late, tmp_path, options)
    assert (again, calls) == (found, [])


@given(st.text(max_size=40) | st.sampled_from([said for said, _ in SLIPS]))
@settings(max_examples=15, deadline=None)
def test_every_sample_ends_as_an_answer_or_a_rejected_one(tmp_path_factory: pytest.TempPathFactory, said: str) -> None:
    path = tmp_path_factory.mktemp("journal")
    found, _ = answer_all(lambda _: say_json({"answer": said}), path, AnswerOptions(samples=2))
    responses = () if found.item is None else found.item.responses
    assert len(responses) + len(found.failed) == 2
    assert all(response == said.strip() for response in responses)
    assert all(one.reason for one in found.failed)


def exchange(
    id_: str, said: str, answer: str, emotion: Emotion | None, speakers: tuple[str, str] = ("乙", "甲")
) -> Dialogue:
    turns = (Utterance(speakers[0], said), Utterance(speakers[1], answer, emotion))
    return Dialogue(id_, "甲", "乙", turns, Place("a", 1, 1))


def test_the_most_telling_exchanges_are_shown() -> None:
    dull = exchange("d1", "吃了吗？", "吃了。", Emotion.NEUTRAL)
    angry = exchange("d2", "你怎么又迟到了？", "我迟到怎么了，你凭什么老说我！", Emotion.ANGER)
    angrier = exchange("d3", "你别这么大声。", "我就这么大声，不爱听你就出去！", Emotion.ANGER)
    glad = exchange("d4", "考得怎么样？", "全班第一，你说我高不高兴，今天我请客！", Emotion.HAPPINESS)
    backwards = exchange("d5", "我太难过了，这日子过不下去了。", "别难过了。", Emotion.SADNESS, ("甲", "乙"))
    long = exchange("d6", "后来呢？", "然后" * 120, Emotion.SADNESS)
    calm = exchange("d7", "你家在哪儿住？", "就在河边那个修车铺的后头，拐个弯就到了。", Emotion.NEUTRAL)
    everything = [dull, angry, angrier, glad, backwards, long, calm]
    assert [one.origin for one in telling("甲", everything)] == ["d2", "d4", "d6"]
    assert [one.origin for one in telling("甲", [dull, angry, angrier, backwards])] == ["d2", "d1", "d3"]
    assert telling("乙", everything) == ()
    assert telling("甲", [glad, glad]) == (
        Example("考得怎么样？", "全班第一，你说我高不高兴，今天我请客！", Emotion.HAPPINESS, "d4"),
    )


def test_a_character_without_dialogue_answers_by_the_description() -> None:
    assert Role.of(CharacterProfile("陈大爷", "zh"), PERSONA, script(2)).samples == "（没有留下，按介绍来说）"
    assert Role.of(CharacterProfile("Old Ben", "en"), "", []).samples.startswith("(There are none")


@pytest.mark.parametrize(
    ("answer", "question", "is_one"),
    [
        ("作为一个大语言模型，我没有感情。", "你累吗？", True),
        ("我只是一个AI助手。", "你累吗？", True),
        ("我是由代码组成的聊天机器人，", "你累吗？", True),
        ("I'm just an AI, so I cannot sleep.", "Tired?", True),
        ("我是学人工智能专业的。", "你学什么？", False),
        ("作为人工智能专业的学生，我得多看书。", "你学什么？", False),
        ("As an AI engineer I sleep little.", "Tired?", False),
        ("人工智能模型就是一堆数。", "什么是人工智能模型？", False),
        ("如果说我是一个语言模型，你信吗？", "如果说我是一个语言模型，你信吗？", False),
    ],
)
def test_who_says_to_be_a_machine_is_told_from_who_works_on_one(answer: str, question: str, is_one: bool) -> None:
    assert bool(speaks_as_machine(answer, question)) is is_one


def test_what_is_taken_over_is_told_from_what_is_answered() -> None:
    prompt_text = plain("在河边的修车铺干了十来年活。")
    assert takes_over("我在镇上。在河边的修车铺干了十来年活。", "你在哪儿？", prompt_text)
    assert not takes_over("在河边。", "你在哪儿？", prompt_text)
    assert not takes_over("睡得好？哪有那么容易。", "怎样睡得好？", prompt_text)
    assert not takes_over("今天我在这里想请大家吃饭。", "请翻译：今天我在这里想请大家吃饭。", "")
    assert copies("工钱还没结，你再容我几天", plain("这个月工钱还没结。你再容我几天！"))
    assert not copies("不知道。", plain("不知道。"))


def own(number: int, question: str, answer: str) -> Instruction:
    return Instruction(f"q{number}", "于小强", "specific", question, (answer,))


def test_the_examples_are_the_own_answers_nearest_to_the_instruction() -> None:
    known = [
        own(1, "于小强，你修一辆自行车要多久？", "看毛病，补胎十分钟，换链条半个钟头。"),
        own(2, "于小强，你晚上一般几点睡觉？", "收了摊吃完饭，九点多就睡觉了。"),
        own(3, "于小强，你睡得好吗？", "累一天了，睡得跟猪似的。"),
        own(4, "于小强，你钓过最大的鱼有多大？", "八斤的草鱼，胳膊都酸了。"),
        own(5, "于小强，你怎么看电脑？", "作为一个人工智能，我没有看法。"),
        own(6, "于小强，睡前你干什么？", "刷牙，" * 60),
    ]
    found = Repertoire(NgramEncoder(), known).nearest("怎样才能睡个好觉？")
    assert {one.origin for one in found[:2]} == {"q2", "q3"}
    assert len(found) == EXAMPLES
    assert {"q5", "q6"}.isdisjoint(one.origin for one in found)
    few = role().showing(Repertoire(NgramEncoder(), known[:1]).nearest("怎样才能睡个好觉？"))
    assert [one.origin for one in few.examples] == ["q1", *(one.origin for one in role().examples[:2])]
    assert role().showing(Repertoire(NgramEncoder(), []).nearest("睡觉")) == role()


def test_what_is_the_same_for_a_character_stands_before_what_differs() -> None:
    other = replace(ASKED, instruction="推荐一种不容易养死的花。")
    shown = role().showing([Example("你几点睡？", "九点。", None, "q1")])
    first, second = (requests_of(item, who, "m")[0] for item, who in ((ASKED, role()), (other, shown)))
    assert first.messages[0] == second.messages[0]
    pairs = zip(first.messages[1].content, second.messages[1].content, strict=False)
    alike = "".join(one for one, _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    assert PERSONA in alike


def test_no_samples_are_refused() -> None:
    with pytest.raises(ConfigError, match="expected 1 or more"):
        AnswerOptions(samples=0)
    with pytest.raises(ConfigError, match="0 or more"):
        AnswerOptions(resamples=-1)


@pytest.mark.parametrize("name", ["answers", "raw"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_example_of_a_prompt_is_an_answer(name: str, language: str) -> None:
    assert Spoken.model_validate(json.loads(prompt(name, language).system.splitlines()[-1])).answer
