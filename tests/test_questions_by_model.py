"""Questions by a model: each pair is an instruction or a rejected question with a reason, whatever the model says."""

import json
import random
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openai_replies import Reply, bad_request, faulty, say
from openai_replies import Request as Heard
from roleinstruct.emotions import Emotion
from roleinstruct.errors import ConfigError, RecordError
from roleinstruct.generate.pairs import Pair, Shown, kind_of, outcome_of
from roleinstruct.generate.prompting import prompt
from roleinstruct.generate.questioning import Questions, questions_by_model, requests_of
from roleinstruct.generate.rounds import Pairs, QuestionOptions
from roleinstruct.generate.variety import KINDS
from roleinstruct.llm.replies import strict_schema
from roleinstruct.llm.request import Request
from roleinstruct.records import CharacterProfile, Dialogue, Instruction, Place, Rejected
from teachers import NAMES, firsts, is_repair, say_json, script, sent, teach, told

SMALL = QuestionOptions(pairs=2, context=800, further=0)
SAID = ("kind: plot", "confidence: high", "reason: 说到工钱 12:30。")
WHOLE = {
    "zh": ("你最近为什么手头紧？", "工钱压着没发，我能有啥办法。"),
    "en": ("Why are you short of money, Maggie?", "Well, nobody has paid me for weeks."),
}


def pair(
    question: str, answer: str, emotion: str = "frustration", evidence: tuple[int, ...] = (1,), **more: str
) -> dict[str, object]:
    said = {"question": question, "answer": answer, "emotion": emotion, "evidence": list(evidence)}
    return {**said, "kind": "plot", "reason": "说到工钱 12:30", "confidence": "high", **more}


def asker_of(language: str) -> object:
    """Asks about every piece something of its own."""

    def answer(heard: Heard) -> Reply:
        question, said = WHOLE[language]
        mark = str(random.Random(told(heard)).randrange(1000))
        return say_json({"pairs": [pair(question, said + mark), pair(question, said, evidence=(999,))]})

    return answer


def questions(
    answer: object,
    path: Path,
    dialogues: list[Dialogue],
    options: QuestionOptions | None = None,
    timeout: float = 20.0,
) -> tuple[Questions, list[Heard]]:
    known = CharacterProfile(dialogues[0].character, fields={"age": "28", "observed_phrases": "哎呀"})
    assert callable(answer)
    return teach(answer, lambda asker: questions_by_model(known, dialogues, asker, options), path, timeout)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_pair_becomes_an_instruction_with_its_evidence(language: str, tmp_path: Path) -> None:
    question, said = WHOLE[language]
    pairs = [pair(question, f" {said}\n", "沮丧", (3, 1, 3)), pair(question, said, "Anger", ())]
    found, calls = questions(lambda _: say_json({"pairs": pairs}), tmp_path, script(3, language))
    assert not found.failed
    assert found.items == (
        Instruction(
            id="",
            character=NAMES[language][0],
            kind="specific",
            instruction=question,
            responses=(said,),
            emotion=Emotion.FRUSTRATION,
            evidence=("剧本.txt:10-19", "剧本.txt:30-39", "dialogue: d1", "dialogue: d3", *SAID),
            provenance="tester",
        ),
        replace(found.items[0], emotion=Emotion.ANGER, evidence=("profile", *SAID)),
    )
    assert len(found.keys) == len(calls) == 1
    assert "28" in told(calls[0])
    assert "哎呀\n" not in told(calls[0])
    assert re.search("请写 10 个" if language == "zh" else "Write 10 pairs", told(calls[0]))


SCRIPT = script(3)
SHOWN = Shown.of("于小强", tuple(SCRIPT))


def judge(question: str, answer: str, emotion: str = "anger", evidence: tuple[int, ...] = (1,)) -> str:
    outcome = outcome_of(Pair.model_validate(pair(question, answer, emotion, evidence)), SHOWN, "tester")
    return outcome.reason if isinstance(outcome, Rejected) else "good"


@pytest.mark.parametrize(
    ("question", "answer", "reason"),
    [
        ("你平时周末都干些啥？", "去河边坐一天，钓着钓不着都舒坦。", "good"),
        ("小强，钓鱼有什么意思？", "图个清静呗。", "good"),
        ("于小强最怕什么？", "怕我妈生病。", "good"),
        ("房东为什么要来收房租？", "因为到日子了。", "not_addressed"),
        ("你在这段对话里为什么生气？", "我没生气啊。", "not_self_contained"),
        ("你刚才为什么叹气？", "工钱没结嘛。", "not_self_contained"),
        ("你为什么没交房租？", "我真不是故意的，这个月工钱还没结，你再容我几天。", "copied_answer"),
        ("你为什么没交房租？", "这个月工钱还没结，你再容我几天！", "copied_answer"),
        ("谁把你的车座弄坏了？", "不知道。", "good"),
        ("你呢？", "我也是。", "short_question"),
        ("你最喜欢什么运动？", "嗯。", "short_answer"),
        ("你最喜欢什么运动？", "钓鱼" * 210, "too_long"),
        ("你" + "喜欢什么" * 30, "钓鱼算不算？", "too_long"),
        ("你的训练数据是什么？", "作为一个人工智能助手，我不能说。", "meta_talk"),
    ],
)
def test_what_is_wrong_with_a_pair_has_a_name(question: str, answer: str, reason: str) -> None:
    assert judge(question, answer) == reason


def test_an_emotion_or_a_dialogue_that_does_not_exist_costs_the_pair() -> None:
    assert judge("你最怕什么？", "怕我妈生病。", "羡慕") == "unknown_emotion"
    assert judge("你最怕什么？", "怕我妈生病。", evidence=(1, 4)) == "unknown_evidence"
    assert judge("你最怕什么？", "怕我妈生病。", evidence=(0,)) == "unknown_evidence"


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"kind": "天气"}, "unknown_kind"),
        ({"kind": " Feelings"}, "good"),
        ({"confidence": "0.9"}, "unknown_confidence"),
        ({"confidence": "low"}, "low_confidence"),
        ({"confidence": "Medium"}, "good"),
    ],
)
def test_what_a_pair_says_about_itself_counts(more: dict[str, str], reason: str) -> None:
    outcome = outcome_of(Pair.model_validate(pair(*WHOLE["zh"], **more)), SHOWN, "tester")
    assert (outcome.reason if isinstance(outcome, Rejected) else "good") == reason


def test_how_sure_is_sure_enough_can_be_said() -> None:
    made = Pair.model_validate(pair(*WHOLE["zh"], confidence="low"))
    kept = outcome_of(made, replace(SHOWN, least="low"), "tester")
    assert isinstance(kept, Instruction)
    assert "confidence: low" in kept.evidence
    assert kind_of(kept) == "plot"
    strict = outcome_of(made.model_copy(update={"confidence": "medium"}), replace(SHOWN, least="high"), "tester")
    assert isinstance(strict, Rejected)
    assert strict.reason == "low_confidence"


@given(st.text(max_size=40))
def test_no_reason_reads_as_a_place(reason: str) -> None:
    made = outcome_of(Pair.model_validate(pair(*WHOLE["zh"], reason=reason)), SHOWN, "tester")
    assert isinstance(made, Instruction)
    for line in made.evidence[2:]:
        with pytest.raises(RecordError):
            Place.parse(line)


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("What do you dream of, Maggie?", "good"),
        ("What does Maggie Doyle dream of at night?", "good"),
        ("What is the best bait for perch?", "not_addressed"),
        ("What is Maggiedoyle short for, then?", "not_addressed"),
        ("Why did you sigh in the dialogue?", "not_self_contained"),
        ("Why?", "short_question"),
    ],
)
def test_english_questions_are_judged_alike(question: str, reason: str) -> None:
    shown = Shown.of("Maggie Doyle", tuple(script(3, "en")))
    made = pair(question, "A boat of my own, and calm water.", "happiness", ())
    outcome = outcome_of(Pair.model_validate(made), shown, "tester")
    assert (outcome.reason if isinstance(outcome, Rejected) else "good") == reason


def test_a_rejected_pair_can_be_put_back(tmp_path: Path) -> None:
    wrong = pair("房东为什么要来收房租？", "因为到日子了。")
    right = pair(*WHOLE["zh"])
    found, _ = questions(lambda _: say_json({"pairs": [wrong, right]}), tmp_path, script(3))
    assert [item.instruction for item in found.items] == [WHOLE["zh"][0]]
    (rejected,) = found.failed
    assert (rejected.unit, rejected.stage, rejected.reason) == ("question", "ask", "not_addressed")
    assert rejected.payload == {**wrong, "dialogues": ["d1", "d2", "d3"], "model": "tester"}
    assert (rejected.character, str(rejected.place)) == ("于小强", "剧本.txt:10-19")
    json.dumps(rejected.payload)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (say_json({"pairs": []}), "unreadable_reply"),
        (say("你想问什么？"), "unreadable_reply"),
        (say('{"pairs": [{"question": "你', finish_reason="length"), "unreadable_reply"),
        (say("", refusal="no"), "refused_by_model"),
        (bad_request("context length exceeded"), "refused_by_server"),
    ],
)
def test_a_piece_that_comes_to_nothing_is_one_rejected_question(answer: Reply, reason: str, tmp_path: Path) -> None:
    found, calls = questions(lambda _: answer, tmp_path, script(3))
    assert not found.items
    assert not found.keys
    assert [(one.unit, one.stage, one.reason) for one in found.failed] == [("question", "ask", reason)]
    assert found.failed[0].payload["dialogues"] == ["d1", "d2", "d3"]
    assert len(calls) == (2 if reason == "unreadable_reply" else 1)


def test_an_unreadable_reply_is_mended_once(tmp_path: Path) -> None:
    def answer(heard: Heard) -> Reply:
        return say_json({"pairs": [pair(*WHOLE["zh"])]}) if is_repair(heard) else say("好的！")

    found, calls = questions(answer, tmp_path, script(1))
    assert len(found.items) == 1
    assert len(found.keys) == len(calls) == 2


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_estimate_is_what_is_asked(language: str, tmp_path: Path) -> None:
    dialogues = script(40, language)
    known = CharacterProfile(NAMES[language][0], fields={"age": "28", "observed_phrases": "哎呀"})
    found, calls = questions(asker_of(language), tmp_path, dialogues, SMALL)
    estimate = requests_of(known, dialogues, "tester", SMALL)
    assert firsts(calls) == sent(estimate)
    assert sorted(found.keys) == sorted(request.key for request in estimate)
    assert len(found.items) == len(found.failed) == len(calls) > 2
    assert {one.reason for one in found.failed} == {"unknown_evidence"}


@pytest.mark.parametrize("most", [1, 2, 99])
def test_fewer_pieces_are_spread_over_the_script(most: int) -> None:
    dialogues = script(60)
    every = shown(requests_of(CharacterProfile("于小强"), dialogues, "tester", SMALL))
    some = shown(requests_of(CharacterProfile("于小强"), dialogues, "tester", replace(SMALL, wanted=2 * most)))
    assert len(some) == min(most, len(every))
    assert some == [every[number * len(every) // len(some)] for number in range(len(some))]


def shown(requests: list[Request]) -> list[str]:
    """The headings of the dialogues that each request shows."""
    return [" ".join(re.findall(r"^\[\d+\] \d+$", one.messages[1].content, re.MULTILINE)) for one in requests]


def test_thirty_percent_faults_and_late_replies_change_nothing(tmp_path: Path) -> None:
    calm_answer = asker_of("zh")
    assert callable(calm_answer)

    def late(heard: Heard) -> Reply:
        reply = calm_answer(heard)
        assert isinstance(reply, Reply)
        return replace(reply, delay=random.Random(told(heard)).random() / 20)

    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    calm, _ = questions(calm_answer, tmp_path / "a", script(60), SMALL)
    rough, _ = questions(faulty(late), tmp_path / "b", script(60), SMALL, timeout=0.5)
    assert rough == calm
    again, calls = questions(calm_answer, tmp_path / "b", script(60), SMALL)
    assert (again, calls) == (calm, [])
    places = [item.evidence[1] for item in calm.items]
    assert places == sorted(places, key=lambda line: int(line.removeprefix("dialogue: d")))


TEXT = st.text(max_size=30) | st.sampled_from(["你喜欢什么？", "我喜欢钓鱼。", "于小强", "房租怎么又没交？", "\ud800"])
PAIRS = st.lists(
    st.builds(
        Pair,
        question=TEXT,
        answer=TEXT,
        emotion=st.sampled_from([*map(str, Emotion), "羡慕", ""]) | st.text(max_size=5),
        evidence=st.lists(st.integers(-2, 5), max_size=4),
        kind=st.sampled_from([*KINDS, " Feelings", "weather"]),
        reason=TEXT,
        confidence=st.sampled_from(["high", "Medium ", "low", "0.9"]),
    ),
    max_size=6,
)


@given(PAIRS)
@settings(max_examples=150, deadline=None)
def test_every_pair_has_one_outcome(pairs: list[Pair]) -> None:
    for made in pairs:
        outcome = outcome_of(made, SHOWN, "tester")
        if isinstance(outcome, Rejected):
            assert outcome.reason
            assert outcome.payload["question"] == made.question
        else:
            assert outcome.emotion is not None
            assert outcome.responses[0]
            assert {line for line in outcome.evidence if line.startswith("dialogue: ")} == {
                f"dialogue: d{number}" for number in made.evidence
            }


def test_a_server_that_knows_schemas_is_held_to_the_ten_emotions() -> None:
    schema = json.dumps(strict_schema(Pairs))
    assert json.dumps([str(emotion) for emotion in Emotion]) in schema
    assert "description" not in schema


def test_no_pairs_at_all_are_no_request() -> None:
    with pytest.raises(ConfigError, match="expected 1 or more"):
        QuestionOptions(pairs=0)
    assert requests_of(CharacterProfile("陈大爷"), script(2), "tester") == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_example_of_a_prompt_is_an_answer(language: str) -> None:
    answer = Pairs.model_validate(json.loads(prompt("questions", language).system.splitlines()[-1]))
    name = {"zh": "老周", "en": "Walter"}[language]
    outcomes = [outcome_of(one, Shown(name, tuple(script(3)), ""), "tester") for one in answer.pairs]
    assert all(isinstance(one, Instruction) for one in outcomes)
