"""Questions and answers out of adjacent turns."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roleinstruct.emotions import Emotion
from roleinstruct.generate.questions import extract_questions
from roleinstruct.generate.vocatives import calls_another, names_of
from roleinstruct.records import Dialogue, Instruction, Place, Rejected, Utterance


def outcome(question: str, answer: str, character: str = "于小强") -> Instruction | Rejected:
    turns = (
        Utterance("客人", question, place=Place("a.txt", 3, 3)),
        Utterance(character, answer, Emotion.HAPPINESS, Place("a.txt", 4, 5)),
    )
    (found,) = extract_questions(Dialogue("d-1", character, "客人", turns, Place("a.txt", 1, 9)))
    return found


def reason(question: str, answer: str, character: str = "于小强") -> str:
    found = outcome(question, answer, character)
    return found.reason if isinstance(found, Rejected) else ""


@pytest.mark.parametrize(
    ("question", "answer", "instruction"),
    [
        ("你是在哪里长大的？", "我在海边的一个小镇长大，家里开杂货铺。", "于小强，你是在哪里长大的？"),
        ("好久不见。你为什么喜欢养鸽子？", "因为我爷爷养了一辈子鸽子。", "于小强，你为什么喜欢养鸽子？"),
        ("对了，你学画画多久了", "从六岁开始，学了十几年了", "于小强，你学画画多久了？"),
        ("小强，你最喜欢哪个季节？", "我最喜欢秋天，不冷不热。", "于小强，你最喜欢哪个季节？"),
        ("于小强你会修自行车吗？", "会啊，我以前在车行干过三年。", "于小强你会修自行车吗？"),
        ("师傅您平时几点收车？我好排班。", "一般晚上十点，雨天早一点。", "于小强，您平时几点收车？"),
        ("他们问您，开车这么多年最怕什么？", "最怕半夜没油，前后不着店。", "于小强，开车这么多年最怕什么？"),
        ("你有什么爱好吗？", "我喜欢修表，修了二十年了。", "于小强，你有什么爱好吗？"),
        ("你以后真的要回老家？", "退休以后，先回去修房子。", "于小强，你以后真的要回老家？"),
        ("你喜欢蛇吗？", "不喜欢，我从小就怕它们。", "于小强，你喜欢蛇吗？"),
        ("你父母住在什么地方？", "他们住在老家，在江边种橘子。", "于小强，你父母住在什么地方？"),
    ],
)
def test_a_good_pair_becomes_an_instruction_put_by_name(question: str, answer: str, instruction: str) -> None:
    found = outcome(question, answer)
    assert isinstance(found, Instruction), found
    assert found.instruction == instruction
    assert found.responses == (answer,)
    assert found.kind == "specific"
    assert found.provenance == "extractive"
    assert found.emotion is Emotion.HAPPINESS
    assert found.evidence == ("a.txt:3", "a.txt:4-5", "dialogue: d-1")
    assert found.place == Place("a.txt", 3, 5)


@pytest.mark.parametrize(
    ("question", "instruction"),
    [
        ("Morning, love. Where did you grow up?", "Maggie Doyle, where did you grow up?"),
        ("Maggie, what do you grow on your allotment?", "Maggie Doyle, what do you grow on your allotment?"),
        ("What time do you close on Sundays? Lovely.", "Maggie Doyle, what time do you close on Sundays?"),
        ("And how long have you run the launderette?", "Maggie Doyle, how long have you run the launderette?"),
    ],
)
def test_english_questions_are_put_by_name(question: str, instruction: str) -> None:
    found = outcome(question, "In Leeds, twenty years on the same street, with leeks in the yard.", "Maggie Doyle")
    assert isinstance(found, Instruction), found
    assert found.instruction == instruction


@pytest.mark.parametrize(
    ("question", "answer", "why"),
    [
        ("今天天气真不错。", "是啊，我们出去走走吧。", "not_a_question"),
        ("你什么都不懂", "我懂得比你多多了。", "not_a_question"),
        ("你懂不懂规矩，知道吗？", "我当然懂规矩，不用你教。", "not_a_question"),
        ("你是谁？", "我是新来的厨师，姓于。", "short_question"),
        ("昨晚的比赛是谁赢的？", "是北京队赢的，三比一。", "not_addressed"),
        ("你能帮我搬一下桌子吗？", "可以，我这就来搬桌子。", "request"),
        ("你觉得我穿红色好看吗？", "好看，我觉得特别好看。", "not_self_contained"),
        ("你为什么扔了那个箱子？", "因为我觉得它很占地方。", "not_self_contained"),
        ("你是怎么认识他的？", "我们是大学同学，一个班的。", "not_self_contained"),
        ("你最喜欢什么运动？", "嗯，足球。", "short_answer"),
        ("你最喜欢什么运动？", "那你最喜欢什么运动呢？", "echo"),
        ("你能负责明天发一份公告吗？", "可以，我一上班就去发。", "request"),
        ("在你多大的时候去世？", "我十岁那年，冬天的时候。", "not_self_contained"),
        ("你现在在哪里呢？", "我在北门的停车场里。", "not_self_contained"),
        ("你打印多少？", "就几张纸，几毛钱的事。", "not_self_contained"),
        ("你钱包里有什么？", "当然是一些钱和身份证。", "not_about_life"),
        ("你是做什么工作的？", "天气一直都特别热。", "answer_does_not_fit"),
        ("你为什么喜欢养鸽子？", "我怎么会不喜欢呢，你不喜欢吗？", "answer_is_question"),
        ("你为什么喜欢养鸽子？", "因为他从小就教我养这个。", "answer_not_self_contained"),
        ("你为什么喜欢养鸽子？", "不知道，从来没有想过原因。", "no_answer"),
        ("你最喜欢什么运动？", "作为一个AI语言模型，我没有喜好。", "meta_talk"),
    ],
)
def test_what_is_left_out_says_why(question: str, answer: str, why: str) -> None:
    assert reason(question, answer) == why


@pytest.mark.parametrize(
    ("question", "answer", "why"),
    [
        ("Lovely day for it.", "It is, I've got the washing out already.", "not_a_question"),
        ("Could you pass me the soap powder, please?", "I could, if I knew where I had put my hands.", "request"),
        ("What did you do with it?", "I threw my old coat on the compost heap.", "not_self_contained"),
        ("How many did you get last night?", "A hundred and six, I counted.", "not_self_contained"),
        ("What have you got in your pocket?", "A key and two tennis balls.", "not_about_life"),
        ("What do you do on Sundays?", "No.", "short_answer"),
    ],
)
def test_english_pairs_are_left_out_alike(question: str, answer: str, why: str) -> None:
    assert reason(question, answer, "Maggie Doyle") == why


@pytest.mark.parametrize(
    ("question", "character", "is_put_to_another"),
    [
        ("Where did you grow up, Priya?", "MAUREEN", True),
        ("Priya, where did you grow up?", "Maureen", True),
        ("How long have you been a nurse, Old Tom?", "Maureen", True),
        ("How long have you been a nurse, Mr Doyle?", "Maureen", True),
        ("Where did you grow up, Maureen?", "MAUREEN", False),
        ("Where did you grow up, Mrs Doyle?", "Maureen Doyle", False),
        ("Where did you grow up, Mum?", "Maureen", False),
        ("Did you grow up in Leeds, Yorkshire?", "Maureen", False),
        ("How long have you known Priya?", "Maureen", False),
        ("Where did you and Priya grow up?", "Maureen", False),
        ("周小满，你是在哪里长大的？", "于小强", True),
        ("小满啊，你是在哪里长大的？", "于小强", True),
        ("小满你是在哪里长大的？", "于小强", True),
        ("你是在哪里长大的，小满？", "于小强", True),
        ("老公，你是在哪里长大的？", "于小强", False),
        ("小强，你是在哪里长大的？", "于小强", False),
        ("你认识周小满多久了？", "于小强", False),
        ("师傅，你平时几点收车？", "于小强", False),
    ],
)
def test_a_question_that_calls_another_is_not_put_to_the_character(
    question: str, character: str, is_put_to_another: bool
) -> None:
    names = names_of(["Priya", "OLD TOM", "周小满", "李师傅", "老公", character])
    assert calls_another(question, character, names) is is_put_to_another


def test_of_two_who_are_there_the_one_who_is_called_is_asked() -> None:
    turns = tuple(
        Utterance(speaker, text)
        for question in ("Where did you grow up, Priya?", "Where did you grow up, Mrs Doyle?")
        for speaker, text in (("Tom", question), ("Maggie Doyle", "In Leeds, on the same street for twenty years."))
    )
    dialogue = Dialogue("d", "Maggie Doyle", "Tom", turns, Place("a", 1, 4))
    first, second = extract_questions(dialogue, names_of(["Tom", "Priya", "Maggie Doyle"]))
    assert isinstance(first, Rejected)
    assert first.reason == "not_addressed"
    assert isinstance(second, Instruction)
    assert second.instruction == "Maggie Doyle, where did you grow up?"


def test_a_rejected_pair_can_be_put_back() -> None:
    found = outcome("今天天气真不错。", "是啊。")
    assert isinstance(found, Rejected)
    assert (found.unit, found.stage, found.character, found.place) == (
        "question",
        "ask",
        "于小强",
        Place("a.txt", 3, 3),
    )
    assert found.payload == {"question": "今天天气真不错。", "answer": "是啊。", "dialogue": "d-1"}


LINES = st.lists(
    st.tuples(
        st.sampled_from(["甲", "乙"]),
        st.text(max_size=30) | st.sampled_from(["你喜欢什么运动？", "我喜欢跑步和游泳。", "Where do you live?", "你"]),
    ),
    max_size=8,
)


@given(LINES)
def test_every_candidate_has_one_outcome(lines: list[tuple[str, str]]) -> None:
    turns = tuple(Utterance(*line) for line in lines)
    found = list(extract_questions(Dialogue("d", "甲", "乙", turns, Place("a", 1, 1))))
    assert len(found) == sum(a.speaker == "乙" and b.speaker == "甲" for a, b in pairwise(turns))
    assert all("甲" in o.instruction for o in found if isinstance(o, Instruction))
