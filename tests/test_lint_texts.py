"""The rules about texts: each finds a planted flaw at its place, and none of its near misses."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from roleinstruct.cleaning.lint.catalogue import find_rule
from roleinstruct.cleaning.lint.material import Asked, Person, Scene
from roleinstruct.cleaning.lint.rule import Finding
from roleinstruct.emotions import Emotion
from roleinstruct.records import CharacterProfile, Instruction, Place, Utterance

RULES = (
    "ai-self-reference leftover-markup mixed-script mojibake off-label overlong-turn private-data prompt-echo "
    "repeated-answer trailing-comma truncated-answer wrong-language"
).split()


def find(rule: str, person: Person) -> list[Finding]:
    check = find_rule(rule).person
    assert check is not None
    return list(check(person))


def talk(*turns: Utterance | str, speaker: str = "田小雨", profile: CharacterProfile | None = None) -> Person:
    """A script, one utterance a line; a text that is given alone is the character's."""
    said = (turn if isinstance(turn, Utterance) else Utterance(speaker, turn) for turn in turns)
    placed = (replace(turn, place=Place("script.txt", n, n)) for n, turn in enumerate(said, 1))
    return Person(speaker, (speaker,), profile, (Scene("", "file", tuple(placed)),))


def asked(*pairs: tuple[str, str], name: str = "田小雨", profile: CharacterProfile | None = None) -> Person:
    """Questions with their answers, as rows of a data set."""
    items = (
        Instruction(f"q{n}", name, "specific", question, (answer,)) for n, (question, answer) in enumerate(pairs, 1)
    )
    return Person(name, (name,), profile, asked=tuple(map(Asked, items)))


def tagged(*tags: str) -> Person:
    """A script whose lines bear these tags, read as the sources read them."""
    return talk(*(Utterance("田小雨", "今天风真大", _read(tag), tag=tag) for tag in tags))


def _read(tag: str) -> Emotion | None:
    return Emotion.parse(tag) if tag not in ("", "纠结") else None


def rows(findings: Sequence[Finding]) -> list[str]:
    return [finding.row or finding.where for finding in findings]


CHAT = [("你喜欢什么季节？", "我最喜欢秋天，路边的桂花一开，整条街都是香的。")] * 6


# off-label


@pytest.mark.parametrize(
    ("tag", "what", "read"),
    [
        ("(激动)", "none of the ten names", "excitement (兴奋)"),
        ("（生气）", "none of the ten names", "anger (愤怒)"),
        ("grateful", "none of the ten names", "other (其他)"),
        ("(其他", "damaged brackets", "other (其他)"),
        ("（（快乐））", "damaged brackets", "happiness (快乐)"),
        ("(中立) ，", "damaged brackets", "neutral (中立)"),
        ("Neutral", "another case", "neutral (中立)"),
    ],
)
def test_a_tag_that_is_none_of_the_ten_names_is_found_once_with_its_lines(tag: str, what: str, read: str) -> None:
    [finding] = find("off-label", tagged("(中立)" if tag[0] in "(（" else "neutral", tag, tag))
    assert (finding.where, finding.rows, finding.character) == ("script.txt:2", 2, "田小雨")
    assert repr(tag) in finding.message
    assert what in finding.message
    assert read in finding.message


def test_a_tag_that_nobody_knows_was_read_as_nothing() -> None:
    [finding] = find("off-label", tagged("(中立)", "纠结"))
    assert "read as no emotion" in finding.message


def test_a_bare_tag_is_damage_only_where_the_others_have_brackets() -> None:
    [finding] = find("off-label", tagged("(中立)", "(快乐)", "沮丧"))
    assert finding.where == "script.txt:3"
    assert "brackets that most tags here have" in finding.message
    assert find("off-label", tagged("沮丧", "中立", "(快乐)")) == []


def test_clean_tags_are_fine_in_either_language_and_any_brackets() -> None:
    assert find("off-label", tagged("(中立)", "（快乐）", "[sadness]", "【惊讶】", "(fear) :", "")) == []
    assert find("off-label", tagged(*(emotion.value for emotion in Emotion))) == []


def test_a_tag_that_was_left_in_the_text_is_found() -> None:
    found = find("off-label", talk("你来啦", "（开心）我等你好久了", "[sadness] I know."))
    assert sorted(rows(found)) == ["script.txt:2", "script.txt:3"]


def test_an_unknown_word_in_brackets_counts_where_tags_stand() -> None:
    lines = [Utterance("田小雨", "好", Emotion.NEUTRAL, tag="(中立)")] * 3
    [finding] = find("off-label", talk(*lines, "(纠结)去还是不去呢"))
    assert (finding.where, finding.rows) == ("script.txt:4", 1)
    assert find("off-label", talk("好", "好", "(纠结)去还是不去呢")) == []


@pytest.mark.parametrize(
    "text", ["（笑着）你来啦", "《悲伤》这首歌我听过", "“怒”字怎么写", "(其他人都走了)我也走吧", "开心！", "（开心）"]
)
def test_what_only_looks_like_a_tag_is_left_alone(text: str) -> None:
    assert find("off-label", talk(text)) == []
    assert mend_turn("off-label", Utterance("田小雨", text)).text == text


# prompt-echo


@pytest.mark.parametrize(
    "answer",
    [
        "好的，我来回答。\n\nUser Prompt: 你喜欢什么颜色？",
        "蓝色。\n  Assistant Prompt: 蓝色。",
        "### Response: 蓝色",
        "<|im_start|>assistant\n蓝色",
        "[INST] 你喜欢什么颜色 [/INST] 蓝色",
        "请以田小雨的身份回答这个问题。蓝色。",
        "用户：你喜欢什么颜色\n助手：蓝色",
        "Assistant: Blue, of course.",
        "你平时下了班最喜欢做些什么？\n看书，遛狗。",
    ],
)
def test_pieces_of_a_prompt_in_an_answer_are_found(answer: str) -> None:
    found = find("prompt-echo", asked(*CHAT, ("你平时下了班最喜欢做些什么？", answer)))
    assert rows(found) == ["specific/q7"]


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("写一段用户和客服的对话。", "用户：我的快递呢？\n客服：明天到。"),
        ("Write a short conversation.", "User: hi\nAssistant: hello"),
        ("这电脑是什么牌子？", "不记得了，Operating System: 老掉牙的那种。"),
        (
            "把这句话翻译成英文：今天天气真好啊朋友们",
            "把这句话翻译成英文：今天天气真好啊朋友们，就是 The weather is lovely.",
        ),
        ("请重复一遍：我明天一定会准时到公司", "请重复一遍：我明天一定会准时到公司"),
        ("你吃了吗？", "你吃了吗？我也没吃。"),
        ("给我讲一个关于海边小镇的故事。", "我来给我讲一个关于海边小镇的故事吧，从前有座灯塔。"),
        ("谈谈你对小镇图书馆关门的看法。", "谈谈你对小镇图书馆关门的看法？这可难住我了。"),
        ("你怎么看待提示词 User Prompt 这种东西？", "User Prompt 嘛，我不懂。"),
    ],
)
def test_an_answer_may_take_the_question_up(question: str, answer: str) -> None:
    assert find("prompt-echo", asked((question, answer))) == []


# ai-self-reference


@pytest.mark.parametrize(
    "answer",
    [
        "作为一个人工智能，我不需要睡觉。",
        "抱歉，作为AI语言模型，我无法提供实时天气。",
        "对不起，因为我只是一个语言模型，不会做饭。",
        "我是由深海公司开发的大模型，很高兴认识你。",
        "我是ChatGPT，有什么可以帮你？",
        "我只是一个虚拟角色，没有电话。",
        "我是被赋予田小雨人格的助手。",
        "As an AI language model, I cannot eat.",
        "Well, I'm just an AI, so no.",
        "I was trained by OpenAI.",
    ],
)
def test_a_character_who_says_to_be_a_model_is_found(answer: str) -> None:
    assert rows(find("ai-self-reference", asked(("你饿了吗？", answer)))) == ["specific/q1"]


@pytest.mark.parametrize(
    "answer",
    [
        "人工智能是让机器像人一样思考的技术。",
        "我是人工智能专业的学生，天天写作业。",
        "作为AI工程师，我每天加班。",
        "我是做机器人的，厂子在城东。",
        "我又不是机器人，也会累啊。",
        "你以为我是机器人吗？",
        "如果我是一个机器人，就不用写作业了。",
        "他冲我喊：“我是机器人！”",
        "孩子说：我是机器人。",
        "我觉得语言模型挺有意思的。",
        "As an AI researcher, I read a lot.",
        "I'm an AI engineer in Leeds.",
        "If I'm an AI then you are a toaster.",
        "Artificial intelligence is a field of study.",
    ],
)
def test_a_character_may_talk_about_machines(answer: str) -> None:
    assert find("ai-self-reference", asked(("人工智能是什么？", answer))) == []


def test_a_robot_may_say_that_it_is_one() -> None:
    robot = CharacterProfile("阿铁", "zh", text="阿铁是一台扫地机器人，住在田家客厅。")
    person = asked(("你是谁？", "我是一个机器人，负责扫地。"), name="阿铁", profile=robot)
    assert find("ai-self-reference", person) == []


# truncated-answer


@pytest.mark.parametrize(
    ("answer", "end"),
    [
        ("我搬家是因为房租涨了，", "comma"),
        ("我搬家是因为房租涨了，而且", "而且"),
        ("他说：“你先别着急，我马上", "“"),
        ("我喜欢的城市有很多（比如昆明", "（"),
        ("I moved because the rent went up and", "and"),
        ("我的三条建议：\n1. 早睡\n2.", "list"),
        ("代码如下：\n```python\nx = 1", "code"),
        (
            "我那天从早上一直忙到晚上，先去了菜市场，又去了医院，最后还去了学校。回家以后我坐在沙发上想了很久觉得人这一辈子",
            "full stop",
        ),
    ],
)
def test_an_answer_that_breaks_off_is_found(answer: str, end: str) -> None:
    whole = (
        "周末做什么？",
        "周末我一般在家收拾屋子，下午去河边走走，晚上给女儿做一顿好吃的，然后早点睡觉，第二天接着上班。",
    )
    [finding] = find("truncated-answer", asked(*[whole] * 5, ("后来呢？", answer)))
    assert finding.row == "specific/q6"
    assert end in finding.message


@pytest.mark.parametrize(
    "answer",
    [
        "好",
        "蓝色",
        "所以",
        "and",
        "不知其所以",
        "好的，我知道了",
        "他说“你好。",
        "真的吗:(",
        "苹果、香蕉、梨",
        "1. 早睡\n2. 早起",
        "没问题，交给我，我在这条街上住了四十年，谁家几口人我都清清楚楚，你就放心吧。哈哈哈",
        "尊敬的老师，您好。我因为发烧今天不能到校上课，特此请假一天，望您批准，谢谢您的理解与支持！田小雨",
        "我给你唱一首歌吧，希望你每天都开开心心的，工作顺利，身体健康，万事如意！♪(＾∀＾●)ﾉ",
    ],
)
def test_an_answer_that_is_whole_without_a_full_stop_is_not(answer: str) -> None:
    assert find("truncated-answer", asked(*CHAT, ("怎么样？", answer))) == []


# wrong-language


def test_an_answer_in_another_language_is_found() -> None:
    found = find("wrong-language", asked(*CHAT, ("你周末做什么？", "I usually go hiking with my sister.")))
    assert rows(found) == ["specific/q7"]
    english = CharacterProfile("Ruth", "en", text="Ruth is a baker.")
    found = find("wrong-language", asked(("How was work?", "今天店里特别忙，我累坏了。"), name="Ruth", profile=english))
    assert [finding.message for finding in found] == ["the answer is in Chinese, but the character speaks English"]


def test_an_instruction_in_another_language_is_found_once() -> None:
    question = ("What do you do on the weekend?", "I usually go hiking with my sister.")
    [finding] = find("wrong-language", asked(*CHAT, question, question))
    assert (finding.row, finding.rows) == ("specific/q7", 2)
    assert finding.message.startswith("the instruction is in English")


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("把“我爱你”翻译成英文。", "I love you with all my heart."),
        ("用英语介绍自己。", "Hello, my name is Xiaoyu and I like cats."),
        ("你喜欢哪部电影？", "Forrest Gump"),
        ("怎么打印两个数的和？", "print(a + b) if a and b else print('the sum of it is not known')"),
        ("你好吗？", "OK"),
        ("最近看什么？", "最近在看 The Lord of the Rings，挺好看的，就是有点长。"),
    ],
)
def test_another_language_may_be_asked_for(question: str, answer: str) -> None:
    assert find("wrong-language", asked(*CHAT, (question, answer))) == []


# mixed-script


def test_traditional_characters_in_simplified_text_are_one_finding_a_character() -> None:
    person = asked(*CHAT, ("你在哪儿？", "我们都在這里等你。"), ("然后呢？", "這边来，這边坐，我給你倒水。"))
    [finding] = find("mixed-script", person)
    assert (finding.row, finding.rows) == ("specific/q7", 2)
    assert "這 (3), 給 (1)" in finding.message


def test_simplified_characters_in_traditional_text_are_found_too() -> None:
    usual = [("你喜歡什麼季節？", "我最喜歡秋天，風吹過來，樹葉一片一片飄下來，還有烤紅薯的味道。")] * 4
    [finding] = find("mixed-script", asked(*usual, ("你在哪裡？", "我們都在这裡等你。")))
    assert finding.row == "specific/q5"
    assert "simplified characters" in finding.message
    assert find("mixed-script", asked(*usual)) == []


def test_names_japanese_and_what_was_asked_for_are_no_mixture() -> None:
    person = asked(
        *CHAT,
        ("你儿子叫什么？", "他叫陶喆昇，小名瞭瞭。"),
        ("日语怎么说？", "電車に乗ります。"),
        ("“国”的繁体字怎么写？", "是國字。"),
        ("老家的人怎么叫阿姨？", "叫孃孃。"),
    )
    assert find("mixed-script", person) == []


# mojibake

SOUND = [
    "你好，今天天气真好。",
    "“真的吗？”——她问……",
    "It’s “fine”, naïve café, £5 – or 10 °C…",
    "(╯°□°）╯︵ ┻━┻",
    "♪(＾∀＾●)ﾉ",
    "👨‍👩‍👧 一家人 👍🏽",
    "ＡＢＣ　１２３",
    "電車に乗ります。ありがとう",
    "Привет, как дела?",
    "浣熊在垃圾桶旁边",
    "AT&T 和 R&D",
    "C:\\temp\tx\n下一行",
    "한국어도 괜찮아요",
]


@pytest.mark.parametrize(
    ("text", "what", "mended"),
    [
        ("浣犲ソ", "GBK", "你好"),
        ("涓€浜岋紝鐪熺殑", "GBK", "一二，真的"),
        ("浣犲ソ鍚?", "GBK", None),
        ("CafÃ© au lait", "Latin-1", "Café au lait"),
        ("Itâ€™s late", "Latin-1", "It’s late"),
        ("他说â€œ好â€\x9d", "Latin-1", "他说“好”"),
        ("锟斤拷锟斤拷", "U+FFFD", None),
        ("早上\ufffd好", "U+FFFD", None),
        ("你&amp;nbsp;好", "HTML entity", "你 好"),
        ("Tom &amp; Ann", "HTML entity", "Tom & Ann"),
        ("你\u200b好", "no width", "你好"),
        ("\ufeff你好", "no width", "你好"),
        ("你\x00好", "control character", "你好"),
        ("你\x08好", "control character", None),
        ("好\ue012啊", "private use", None),
        ("好\ud83d啊", "surrogate", None),
        ("好\ud83d\ude00啊", "surrogate", "好😀啊"),
    ],
)
def test_text_in_the_wrong_encoding_is_found_and_mended_where_that_is_certain(
    text: str, what: str, mended: str | None
) -> None:
    found = find("mojibake", talk("你来啦", text))
    assert rows(found) == ["script.txt:2"] * len(found)
    assert any(what in finding.message for finding in found)
    assert mend_text("mojibake", text) == (mended or text)
    assert mended is None or find("mojibake", talk(mended)) == []


@pytest.mark.parametrize("text", [*SOUND, "在 HTML 里写 &lt; 表示小于"])
def test_sound_text_is_left_as_it_is(text: str) -> None:
    assert find("mojibake", talk(text)) == []
    assert mend_text("mojibake", text) == text


def test_profiles_and_instructions_are_read_too() -> None:
    profile = CharacterProfile(
        "田小雨", "zh", {"job": "护士\ufffd"}, text="她叫田小雨。", place=Place("profile.txt", 3, 3)
    )
    found = find("mojibake", asked(("你好\ufffd？", "好。"), profile=profile))
    assert {(finding.where, finding.row) for finding in found} == {("profile.txt:3", ""), ("", "specific/q1")}
    [finding] = find("mojibake", asked(("你好？", "好。"), profile=replace(profile, place=None)))
    assert finding.row == "profiles/田小雨"


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(SOUND), min_size=1, max_size=4).map(" ".join))
def test_no_mixture_of_sound_texts_is_touched(text: str) -> None:
    assert mend_text("mojibake", text) == text


# Two characters are six bytes, which GBK reads as three of its own.
PAIRS = [
    a + b
    for a in "我你去看海的日"
    for b in "好们边出，。！"
    if "\ufffd" not in (a + b).encode().decode("gbk", "replace")
]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(PAIRS), min_size=2, max_size=12).map("".join))
def test_chinese_that_was_read_as_gbk_comes_back(text: str) -> None:
    damaged = text.encode().decode("gbk")
    assert find("mojibake", talk(damaged)) != []
    assert mend_text("mojibake", damaged) == text
    assert mend_text("mojibake", text) == text
    assert find("mojibake", talk(text)) == []


@settings(max_examples=200, deadline=None)
@given(
    st.text(max_size=30)
    | st.lists(st.sampled_from(["Ã©", "â€™", "浣犲ソ", "&amp;", "amp;", "\u200b", "a"])).map("".join)
)
def test_mending_text_twice_is_mending_it_once(text: str) -> None:
    once = mend_text("mojibake", text)
    assert mend_text("mojibake", once) == once


# trailing-comma


def test_trailing_commas_are_counted_with_their_first_places() -> None:
    [finding] = find("trailing-comma", talk("我知道了，", "好。", "I see,", "走吧、 "))
    assert (finding.where, finding.rows) == ("script.txt:1", 3)
    assert finding.message == "3 utterances end with a comma, also script.txt:3, script.txt:4"
    assert find("trailing-comma", talk("我知道了。", "，", "一，二，三", "1,000")) == []


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from("好ab，,、。 \n"), max_size=8))
def test_the_comma_goes_and_nothing_else(text: str) -> None:
    turn = Utterance("田小雨", text)
    mended = mend_turn("trailing-comma", turn)
    assert mend_turn("trailing-comma", mended) == mended
    assert find("trailing-comma", talk(mended)) == []
    assert text.startswith(mended.text)
    assert set(text[len(mended.text) :]) <= set("，,、 \n")
    assert bool(mended.text) == bool(text)
    if find("trailing-comma", talk(turn)) == []:
        assert mended == turn


# private-data


def test_private_data_is_found_and_never_shown() -> None:
    number, mail = "13812345678", "xiaoyu.tian@example.com"
    found = find("private-data", asked(*CHAT, (f"{number}是你的号码吗？", f"是的，邮箱是{mail}，电话{number}。")))
    assert {finding.message.rpartition(" ")[2] for finding in found} == {"mobile", "email"}
    assert set(rows(found)) == {"specific/q7"}
    assert not any(secret in repr(finding) for finding in found for secret in (number, mail))


def test_numbers_that_lead_to_nobody_are_no_private_data() -> None:
    assert find("private-data", talk("我今年38岁，2024年5月1日搬来的", "一共1380元", "七点半见")) == []


def test_one_number_in_many_lines_is_one_finding() -> None:
    [finding] = find("private-data", talk("打13812345678", "嗯", "就是13812345678"))
    assert (finding.where, finding.rows) == ("script.txt:1", 2)


# repeated-answer


def test_one_answer_to_three_unlike_questions_is_found() -> None:
    answer = "这个问题我以后再回答你。"
    person = asked(("你怕黑吗？", answer), ("昨天去哪儿了？", answer[:-1]), ("蛋糕怎么做？", answer), ("晚安", "晚安"))
    [finding] = find("repeated-answer", person)
    assert (finding.row, finding.rows) == ("specific/q1", 3)
    assert "3 different instructions" in finding.message


@pytest.mark.parametrize(
    "pairs",
    [
        [("你怕黑吗？", "我当然知道。"), ("昨天去哪儿了？", "我当然知道。"), ("蛋糕怎么做？", "我当然知道。")],
        [
            ("印度的首都是哪里？", "印度的首都是新德里。"),
            ("请问印度的首都是哪里", "印度的首都是新德里。"),
            ("你知道印度的首都是哪里吗", "印度的首都是新德里。"),
        ],
        [("你怕黑吗？", "有时候会怕一点点。")] * 4,
        [
            ("找出最长的句子：小狗追着皮球跑。", "小狗追着皮球跑。"),
            ("下面的话有几个字？小狗追着皮球跑。", "小狗追着皮球跑。"),
            ("“小狗追着皮球跑。”把它再写一次", "小狗追着皮球跑。"),
        ],
    ],
)
def test_short_answers_the_same_question_and_extracts_may_repeat(pairs: list[tuple[str, str]]) -> None:
    assert find("repeated-answer", asked(*pairs)) == []


# leftover-markup


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("（笑）你来啦", "stage direction"),
        ("走吧（叹了口气）", "stage direction"),
        ("*smiles* Come in.", "stage direction"),
        ("田小雨：你来啦", "own name"),
        ("<i>你来啦</i>", "HTML"),
        ("https://example.com/a", "web address"),
    ],
)
def test_markup_in_an_utterance_is_found(text: str, what: str) -> None:
    [finding] = find("leftover-markup", talk("你好", text))
    assert finding.where == "script.txt:2"
    assert what in finding.message


def test_markdown_and_names_in_answers_are_found() -> None:
    found = find("leftover-markup", asked(("你做什么工作？", "我是**护士**。"), ("你爱吃什么？", "田小雨：面条。")))
    assert sorted(rows(found)) == ["specific/q1", "specific/q2"]


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("写一段你和妈妈的对话。", "田小雨：妈，我回来了。\n妈妈：洗手吃饭。"),
        ("怎么换行？", "在 HTML 里写 <br> 就行。"),
        ("把关键词加粗。", "**春天**来了。"),
        ("谜语？", "麻屋子，红帐子。（答案：花生）"),
        ("比大小", "3 < 5，5 > 2，2**3 = 8"),
        ("你是谁？", "田小雨，叫我小雨就行：大家都这么叫。"),
        ("你住哪儿？", "城南（靠近火车站）"),
    ],
)
def test_what_was_asked_for_or_belongs_to_the_text_stays(question: str, answer: str) -> None:
    assert find("leftover-markup", asked((question, answer))) == []


def test_another_speaker_in_front_is_not_the_own_name() -> None:
    assert find("leftover-markup", talk("老王：这三个字我不认识")) == []


MARKUP = ["（笑）", "田小雨：", "<i>", "</i>", "<br/>", "*叹气*", "好的", "走吧。", " ", "（城南）", "(nods)"]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(MARKUP), max_size=7).map("".join))
def test_mended_turns_have_no_markup_left_and_sound_ones_stay(text: str) -> None:
    assume("好的" in text or "走吧" in text)
    turn = Utterance("田小雨", text)
    mended = mend_turn("leftover-markup", turn)
    assert mend_turn("leftover-markup", mended) == mended
    assert find("leftover-markup", talk(mended)) == []
    assert "好的" in mended.text or "走吧" in mended.text
    if find("leftover-markup", talk(turn)) == []:
        assert mended == turn


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.sampled_from(["（开心）", "(sadness)", "[愤怒]：", "（（其他））", "（笑）", "我", "走了"]), max_size=5
    ).map("".join),
    st.sampled_from(["", "(中立)", "(激动)", "（其他", "Neutral", "grateful", "neutral"]),
)
def test_mended_turns_have_no_tag_in_the_text_and_a_clean_one_beside_it(text: str, tag: str) -> None:
    turn = Utterance("田小雨", text, _read(tag), tag=tag)
    mended = mend_turn("off-label", turn)
    assert mend_turn("off-label", mended) == mended
    assert find("off-label", talk(mended)) == []
    assert text.endswith(mended.text)
    assert turn.emotion is None or mended.emotion is turn.emotion
    if find("off-label", talk(turn)) == []:
        assert mended == turn


def test_a_tag_in_the_text_becomes_the_emotion_of_a_turn_that_has_none() -> None:
    turn = mend_turn("off-label", Utterance("田小雨", "（开心）你来啦"))
    assert (turn.text, turn.emotion, turn.annotator) == ("你来啦", Emotion.HAPPINESS, "source")
    kept = mend_turn(
        "off-label", Utterance("田小雨", "（开心）你来啦", Emotion.SADNESS, annotator="extractive", tag="(伤心")
    )
    assert (kept.text, kept.emotion, kept.annotator, kept.tag) == ("你来啦", Emotion.SADNESS, "extractive", "(悲伤)")


# overlong-turn


def test_only_what_is_longer_than_the_limit_is_overlong() -> None:
    assert rows(find("overlong-turn", talk("好" * 1000, "好" * 1001))) == ["script.txt:2"]
    assert rows(find("overlong-turn", asked(("一", "好" * 2000), ("二", "好" * 2001)))) == ["specific/q2"]


# all of them


@pytest.mark.parametrize("name", RULES)
def test_nothing_is_found_where_there_is_nothing(name: str) -> None:
    assert find(name, Person("田小雨")) == []
    assert find(name, asked(("", ""))) == []
    assert find(name, talk("")) == []


@pytest.mark.parametrize("name", RULES)
def test_a_rule_says_what_why_and_how_to_mend(name: str) -> None:
    rule = find_rule(name)
    assert all((rule.summary, rule.why, rule.example, rule.mend))
    assert rule.drops == (name in ("prompt-echo", "ai-self-reference"))
    json.loads(rule.example)


def test_the_release_has_the_flaws_that_are_known_of_it(release: Path) -> None:
    text = (release / "樊胜美" / "樊胜美_general_rp2.jsonl").read_text(encoding="utf-8")
    read = map(json.loads, text.splitlines())
    person = asked(*((row["instruction"], row["generated"] or "") for row in read), name="樊胜美")
    assert 5 <= len(find("prompt-echo", person)) <= 60
    assert 0 < len(find("ai-self-reference", person)) <= 20


def mend_text(rule: str, text: str) -> str:
    mend = find_rule(rule).mend_text
    assert mend is not None
    return mend(text)


def mend_turn(rule: str, turn: Utterance) -> Utterance:
    mend = find_rule(rule).mend_turn
    assert mend is not None
    return mend(turn)
