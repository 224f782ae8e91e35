import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roleinstruct.cleaning.privacy.masking import Anonymiser
from roleinstruct.cleaning.privacy.names import People, find_mentioned

CAST = [
    *(
        "郝建国",
        "妈妈",
        "张伟",
        "客服",
        "欧阳倩",
        "高明",
        "向阳",
        "白雪",
        "陈志强",
        "王秀兰",
        "林晓雨",
        "郝小满",
        "关谷神奇",
    ),
    *("Maggie Doyle", "Customer", "Rose Hall", "Will Carter", "May Young", "Tom Brooks"),
]
PEOPLE = People.of(CAST)


def named(text: str) -> list[str]:
    return [found.original for found in PEOPLE.find(text)]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("郝建国，你来一下", ["郝建国"]),
        ("老郝说小郝病了", ["郝", "郝"]),
        ("郝师傅、郝老师和郝总都在", ["郝", "郝", "郝"]),
        ("建国，楼上漏水了，你快来", ["建国"]),
        ("建国哥在吗", ["建国"]),
        ("阿伟，快点", ["伟"]),
        ("志强的作业呢", ["志强"]),
        ("强哥请客", ["强"]),
        ("欧阳老师说改到七点", ["欧阳"]),
        ("我们班姓王的同学", ["王"]),
        ("高明说他明天来", ["高明"]),
        ("我去找高明。", ["高明"]),
        ("白雪！你妈喊你回家吃饭！", ["白雪"]),
        ("这办法高明的很", []),
        ("您高明，我不如您", []),
        ("外头白雪皑皑", []),
        ("我想租个向阳的房间", []),
        ("一张伟大的照片", []),
        ("国王和王后住在城堡里", []),
        ("马上就到", []),
        ("小王子在王国里称王", []),
        ("林子大了什么鸟都有", []),
        ("伟是好人，国是家", []),
        ("高兴得一宿没睡", []),
        ("Maggie's keys are with Mrs. Doyle", ["Maggie", "Doyle"]),
        ("MAGGIE, wait! maggie?", ["MAGGIE", "maggie"]),
        ("Will, did you see Rose?", ["Will", "Rose"]),
        ("Will you call me? I will.", []),
        ("I told Will twice", ["Will"]),
        ("May said hello in May", ["May"]),
        ("May I come in? Maybe in May.", []),
        ("May is when the lilacs come out", []),
        ("The rent rose, and she bought a rose", []),
        ("Town Hall is down the hall, near Park Street", []),
        ("Mr. Carter drives; a carter drives a cart", ["Carter"]),
        ("找May，说Tom来了", ["May", "Tom"]),
    ],
)
def test_a_name_is_found_where_it_is_one(text: str, names: list[str]) -> None:
    assert named(text) == names


def test_chinese_words_are_looked_up_only_where_a_name_may_stand() -> None:
    program = (
        "import sys; from roleinstruct.cleaning.privacy.names import People, find_mentioned as m; "
        "p = People.of(['郝建国', 'Maggie Doyle']); p.find('今晚吃什么'); p.find('Maggie?'); m('今晚吃什么'); "
        "print('jieba' in sys.modules); p.find('建国，走'); print('jieba' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["False", "True"]
    assert ran.stderr == ""


@pytest.mark.parametrize("name", ["高明", "May Young", "Will Carter", "郝建国", "白雪"])
def test_a_name_alone_is_a_name(name: str) -> None:
    assert named(name) == [name]


def test_roles_and_kin_are_no_names() -> None:
    people = People.of(
        ["妈妈", "客服", "医生", "旁白", "路人甲", "于小强的妈妈", "隔壁大爷", "Customer", "Mom", "Speaker 2", "user"]
    )
    assert people.names == ()
    assert people.pseudonyms == {}


def test_a_family_stays_a_family_and_every_form_says_the_same() -> None:
    new = PEOPLE.pseudonyms
    surname, given_name = new["郝建国"][0], new["郝建国"][1:]
    assert new["郝小满"][0] == surname
    masked, _ = Anonymiser(people=PEOPLE).apply("郝建国是老郝，郝师傅的儿子叫郝小满，建国哥知道")
    assert masked == f"{new['郝建国']}是老{surname}，{surname}师傅的儿子叫{new['郝小满']}，{given_name}哥知道"


def test_double_surnames_and_titles_keep_their_shape() -> None:
    people = People.of(["欧阳倩", "王女士", "老吴", "Mrs. Hall"])
    new = people.pseudonyms
    assert len(new["欧阳倩"]) == 3
    assert new["王女士"].endswith("女士")
    assert new["老吴"].startswith("老")
    assert new["Mrs. Hall"].startswith("Mrs. ")
    assert not {"王", "吴", "Hall"} & {*"".join(new.values()), *new["Mrs. Hall"].split()}


def test_case_is_kept_in_english() -> None:
    first, last = PEOPLE.pseudonyms["Maggie Doyle"].split()
    masked, _ = Anonymiser(people=PEOPLE).apply("MAGGIE DOYLE, Maggie's mother is Mrs. Doyle.")
    assert masked == f"{first.upper()} {last.upper()}, {first}'s mother is Mrs. {last}."


def test_earlier_pseudonyms_stay_and_carry_over_to_the_family() -> None:
    people = People.of(["郝建国", "郝小满"], known={"郝建国": "沈明远"})
    assert people.pseudonyms["郝建国"] == "沈明远"
    assert people.pseudonyms["郝小满"].startswith("沈")
    again = People.of(["张伟", "郝小满"], known=people.pseudonyms)
    assert again.pseudonyms["郝小满"] == people.pseudonyms["郝小满"]


def test_names_to_avoid_are_not_given() -> None:
    first = People.of(["郝建国"]).pseudonyms["郝建国"]
    other = People.of(["郝建国"], avoid=[first]).pseudonyms["郝建国"]
    assert other[0] != first[0]
    assert other[1:] != first[1:]


def test_five_hundred_people_get_five_hundred_pseudonyms() -> None:
    surnames, given_names = (
        "王李张刘陈杨黄赵周吴徐孙胡朱高",
        "伟芳娜敏静强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉萍红建文辉力",
    )
    cast = [s + g + h for s in surnames for g, h in zip(given_names, given_names[7:], strict=False)]
    cast += [
        f"{first} {last}"
        for first in ("Ann", "Bob", "Cy")
        for last in "Ames Bond Cobb Dorn Eads Ford Gore Hess".split()
    ]
    cast += [f"{s}{g}{g}" for s in surnames for g in given_names[:10]]
    new = People.of(cast).pseudonyms
    assert len(cast) >= 500
    assert len(set(new.values())) == len(new) == len(cast)
    assert not set(new.values()) & set(cast)
    assert not {name[0] for name in new.values()} & set(surnames)


def test_the_same_cast_gets_the_same_pseudonyms() -> None:
    assert People.of(CAST).pseudonyms == PEOPLE.pseudonyms


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("您好，我叫孟凡军，想租房", ["孟凡军"]),
        ("我叫李明今年八岁", ["李明"]),
        ("收件人：贾文博", ["贾文博"]),
        ("联系人乔女士", ["乔"]),
        ("我姓陈", ["陈"]),
        ("挂何医生的号吧", ["何"]),
        ("是韩冰冰女士吗", ["韩冰冰"]),
        ("我是导游，我叫阿依古丽，请跟我走", ["阿依古丽"]),
        ("我叫扎西多吉", ["扎西多吉"]),
        ("他叫玛丽·史密斯，是外教", ["玛丽·史密斯"]),
        ("同学叫欧阳若曦。", ["欧阳若曦"]),
        ("石行长和财务室曲会计都在", ["石", "曲"]),
        ("到教务处找樊老师", ["樊"]),
        ("徐晓强老师病了", ["徐晓强"]),
        ("I'm Beatrix Lowe, the new tenant", ["Beatrix Lowe"]),
        ("Mr. Okafor and Dr. Lindqvist", ["Okafor", "Lindqvist"]),
        ("My name is Colin Ashworth and I live here", ["Colin Ashworth"]),
        ("我叫了外卖", []),
        ("我叫你别动", []),
        ("姓名那一栏空着就行", []),
        ("收件人不在家", []),
        ("向老师请了假", []),
        ("语文老师和班主任都来了", []),
        ("对方经理要求改合同", []),
        ("国王先生您好", []),
        ("于老师来说，这不难", []),
        ("对于老师来说，这不难", []),
        ("孔老师傅手艺好", []),
        ("温哥华房东说的", []),
        ("Mr. Coffee broke; Dr. Martens hurt", []),
        ("My name is on the list; he is no Mr. Right", []),
        ("a Dr Pepper, please", []),
    ],
)
def test_what_the_words_around_prove_is_mentioned(text: str, names: list[str]) -> None:
    assert find_mentioned(text) == names


def test_a_mentioned_surname_gets_a_pseudonym() -> None:
    people = People.of(find_mentioned("我是王女士介绍来的"))
    masked, replacements = Anonymiser(people=people).apply("王女士在吗？小王呢？")
    new = people.pseudonyms["王"]
    assert masked == f"{new}女士在吗？小{new}呢？"
    assert [r.kind for r in replacements] == ["name", "name"]


def test_a_name_inside_an_identifier_vanishes_with_it() -> None:
    masked, replacements = Anonymiser(people=PEOPLE).apply("write to maggie.doyle@example.com, Tom")
    assert "maggie" not in masked.lower()
    assert [r.kind for r in replacements] == ["email", "name"]


PIECES = st.sampled_from(
    "郝建国 老郝 建国 阿伟 强哥 张伟 欧阳 高明 白雪 向阳 妈妈 老 小 阿 姓 王 国 伟 女士 师傅 说 ， ！ 的 是 叫".split()
    + "Maggie Doyle MAGGIE Will May Rose Mrs. said you 's . 13812345678 微信 a@b.cn [手机号]".split()
)


@given(
    st.one_of(
        st.text(max_size=30), st.lists(PIECES, max_size=9).map("".join), st.lists(PIECES, max_size=9).map(" ".join)
    )
)
@settings(max_examples=300, deadline=None)
def test_masking_names_twice_changes_nothing(text: str) -> None:
    mask = Anonymiser(people=PEOPLE)
    masked, _ = mask.apply(text)
    assert mask.apply(masked) == (masked, ())
