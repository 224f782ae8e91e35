"""The rules about structure: for each a planted flaw that is found, and near misses that are not."""

from collections.abc import Sequence
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roleinstruct.cleaning.lint.catalogue import find_rule
from roleinstruct.cleaning.lint.material import Asked, Corpus, Person, Scene, SourceFile
from roleinstruct.cleaning.lint.reference import Reference
from roleinstruct.cleaning.lint.report import lint
from roleinstruct.cleaning.lint.rule import Finding
from roleinstruct.emotions import Emotion
from roleinstruct.records import CharacterProfile, Instruction, Place, Rejected, Unit, Utterance

NAME = "何静云"


def place(line: int, file: str = "script.txt") -> Place:
    return Place(f"{NAME}/{file}", line, line)


def said(
    *lines: tuple[str, str], begins: str = "file", first: int = 1, file: str = "script.txt", id: str = ""
) -> Scene:
    utterances = (Utterance(who, text, place=place(first + n, file)) for n, (who, text) in enumerate(lines))
    return Scene(id, begins, tuple(utterances))


def ask(
    question: str,
    answer: str = "",
    line: int = 1,
    *,
    split: str = "",
    kind: Literal["specific", "general"] = "specific",
    id: str = "",
    provenance: str = "source",
    raw: str | None = None,
) -> Asked:
    answers = (answer,) if answer else ()
    item = Instruction(id, NAME, kind, question, answers, raw, provenance=provenance, place=place(line, "qa.jsonl"))
    return Asked(item, split)


def person(name: str = NAME, **parts: Any) -> Person:  # noqa: ANN401 - the fields of Person, as they are
    return Person(name, **parts)


def corpus(
    *people: Person, kind: Literal["source", "data set"] = "data set", reference: Reference | None = None
) -> Corpus:
    by_name = {one.name: one for one in people}
    return Corpus(kind, tuple(by_name), by_name.__getitem__, reference=reference)


def find(rule: str, one: Person) -> list[Finding]:
    search = find_rule(rule).person
    assert search is not None
    return list(search(one))


def find_in(rule: str, whole: Corpus) -> list[Finding]:
    return [finding for _, finding in lint(whole, [find_rule(rule)]).results()]


# --- questions


def test_a_question_that_is_asked_again_names_the_first() -> None:
    asked = (ask("何静云，你最怕什么？", line=4), ask("你几点起床？", line=5), ask("何静云 你最怕什么", line=90))
    [finding] = find("duplicate-question", person(asked=asked))
    assert finding.where == f"{NAME}/qa.jsonl:90"
    assert finding.character == NAME
    assert f"the same as {NAME}/qa.jsonl:4" in finding.message
    assert finding.excerpt == "何静云 你最怕什么"


def test_a_question_that_is_nearly_the_same_is_found_by_its_row() -> None:
    asked = (
        ask("何静云，你是怎么在工作和照顾孩子之间分配时间的？", id="q-1"),
        ask("何静云，你是怎么在工作和照顾孩子之间分配时间的呢？", id="q-2"),
    )
    [finding] = find("duplicate-question", person(asked=asked))
    assert finding.row == "specific/q-2"
    assert "nearly the same" in finding.message
    assert "specific/q-1" in finding.message


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("何静云，你喜欢狗吗？", "何静云，你喜欢猫吗？"),
        ("何静云，你为什么喜欢你的老师？", "何静云，你为什么不喜欢你的老师？"),
        (
            "何静云，你第一次在图书馆值夜班的时候听到了什么声音？",
            "何静云，你第二次在图书馆值夜班的时候听到了什么声音？",
        ),
        ("How old are you?", "How old is your son?"),
    ],
)
def test_other_questions_are_no_duplicates(one: str, other: str) -> None:
    assert find("duplicate-question", person(asked=(ask(one), ask(other)))) == []


def test_general_instructions_may_repeat() -> None:
    twice = (ask("写一首关于秋天的诗。", kind="general"), ask("写一首关于秋天的诗。", kind="general"))
    assert find("duplicate-question", person(asked=twice)) == []


@pytest.mark.parametrize(
    "question",
    [
        "何静云，图书馆几点开门？",
        "静云昨天去哪儿了？",
        "云姐为什么换工作？",
        "您家住在哪里？",
        "介绍一下自己。",
        "What is YOUR favourite tea?",
        "What do y'all eat?",
    ],
)
def test_a_question_with_a_name_or_a_you_is_addressed(question: str) -> None:
    profile = CharacterProfile(NAME, fields={"昵称": "云姐"})
    assert find("unaddressed-question", person(asked=(ask(question),), profile=profile)) == []


def test_a_question_to_nobody_is_told_one_by_one_while_it_is_rare() -> None:
    asked = [ask(f"何静云，你第{n}天做了什么？", line=n) for n in range(1, 10)]
    asked += [ask("图书馆几点开门？", line=40, id="x")]
    [finding] = find("unaddressed-question", person(asked=tuple(asked)))
    assert (finding.where, finding.row, finding.rows) == (f"{NAME}/qa.jsonl:40", "specific/x", 1)


def test_a_manner_of_asking_nobody_is_told_once() -> None:
    asked = (ask("你多大？"), *(ask(f"第{n}条规定是什么？", line=n) for n in range(5, 9)))
    [finding] = find("unaddressed-question", person(asked=asked))
    assert finding.rows == 4
    assert "4 of 5" in finding.message
    assert all(f"qa.jsonl:{n}" in finding.message for n in (5, 6, 7))


@pytest.mark.parametrize("name", ["Maggie Doyle", "Zoë Young", "O'Brien Young"])
def test_a_given_name_addresses_and_a_word_like_you_in_another_does_not(name: str) -> None:
    first = name.split()[0]
    assert find("unaddressed-question", person(name, asked=(ask(f"{first}, who is Gerald?"),))) == []
    assert find("unaddressed-question", person(name, asked=(ask(f"What is {first}'s cat called?"),))) == []
    [finding] = find("unaddressed-question", person(name, asked=(ask("Who are the youngest bayou players?"),)))
    assert "bayou" in finding.excerpt


# --- names


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("何静云", "何静云"),
        ("何静云", "静云"),
        ("Maggie Doyle", "Maggie"),
        ("Maggie Doyle", "Margaret Doyle (Maggie), MAGGIE DOYLE"),
        ("何静云", "小云（何静云）"),
    ],
)
def test_a_part_or_a_variant_of_the_name_is_no_mismatch(name: str, given: str) -> None:
    profile = CharacterProfile(name, fields={"name": given})
    assert find("name-mismatch", person(name, profile=profile, speaks_as=(name, name.split()[0]))) == []


def test_a_profile_under_another_name_is_a_mismatch() -> None:
    profile = CharacterProfile(NAME, fields={"姓名": "何敬云"}, evidence=("source: 何静云/desc.txt:1",))
    [finding] = find("name-mismatch", person(profile=profile))
    assert finding.where == "何静云/desc.txt:1"
    assert "何敬云" in finding.message


def test_a_character_who_speaks_under_another_name_is_a_mismatch() -> None:
    one = person(speaks_as=("老板娘",), scenes=(said((NAME, "早"), ("小赵", "早")),))
    [finding] = find("name-mismatch", one)
    assert "老板娘" in finding.message


def test_a_character_who_never_speaks_is_a_mismatch() -> None:
    scenes = (said(("小赵", "她走了"), ("小钱", "走了")),)
    [finding] = find("name-mismatch", person(scenes=scenes))
    assert "never speaks" in finding.message
    assert "小赵" in finding.message
    assert find("name-mismatch", person(name="", scenes=scenes)) == []


# --- the script


def test_runs_of_a_source_are_told_once_with_the_longest() -> None:
    lines = [
        ("小赵", "来"),
        (NAME, "好"),
        (NAME, "我"),
        (NAME, "走"),
        ("小赵", "嗯"),
        *[("小赵", "嗯"), (NAME, "哦")] * 8,
    ]
    [finding] = find("same-speaker-run", person(scenes=(said(*lines),)))
    assert "3 of 21 lines (14%)" in finding.message
    assert finding.where == f"{NAME}/script.txt:2-4"
    assert finding.rows == 3


def test_few_runs_of_a_source_and_runs_over_a_boundary_are_none() -> None:
    turns = [("小赵", "嗯"), (NAME, "哦")] * 15
    few = (said(*turns, (NAME, "啊")),)
    parted = tuple(said((NAME, "哦"), begins="heading", first=n) for n in range(30))
    assert find("same-speaker-run", person(scenes=few)) == []
    assert find("same-speaker-run", person(scenes=parted)) == []


def test_neighbouring_turns_of_a_data_set_are_told_each() -> None:
    scene = said((NAME, "早"), ("小赵", "早"), ("小赵", "吃了吗"), (NAME, "没"), id="d-7", begins="dialogue")
    [finding] = find("same-speaker-run", person(scenes=(scene,)))
    assert (finding.row, finding.where) == ("dialogues/d-7", f"{NAME}/script.txt:3")
    assert "turn 3" in finding.message


def test_a_script_of_many_speakers_is_crowded() -> None:
    scene = said((NAME, "早"), ("小赵", "早"), ("小钱", "早"), (NAME, "吃了吗"))
    [finding] = find("crowded-script", person(scenes=(scene,)))
    assert "3 speakers: 何静云 (2)" in finding.message
    assert finding.where == f"{NAME}/script.txt:1-4"


def test_crowded_scenes_are_counted_and_the_fullest_is_named() -> None:
    two = said((NAME, "早"), ("小赵", "早"))
    three = said((NAME, "早"), ("小赵", "早"), ("小钱", "早"), first=10, begins="heading")
    four = said((NAME, "早"), ("小赵", "早"), ("小钱", "早"), ("小孙", "早"), first=20, begins="heading")
    [finding] = find("crowded-script", person(scenes=(two, three, four)))
    assert finding.message.startswith("2 of 3 scenes have more than two speakers, the fullest 4")
    assert finding.where == f"{NAME}/script.txt:20-23"
    assert find("crowded-script", person(scenes=(two, two))) == []


def test_a_long_script_without_boundaries_is_told_by_file() -> None:
    turns = [(NAME, "早"), ("小赵", "早")]
    long, short = said(*turns * 51), said(*turns * 50, file="short.txt")
    [finding] = find("no-boundaries", person(scenes=(long, short)))
    assert finding.where == f"{NAME}/script.txt:1-102"
    cut = (said(*turns * 30), said(*turns * 30, begins="heading", first=61))
    assert find("no-boundaries", person(scenes=cut)) == []
    assert find("no-boundaries", person(scenes=(said(*turns * 60, begins="dialogue", id="d"),))) == []


# --- answers


SCRIPT = said(
    ("小赵", "你昨天怎么没来上班"),
    (NAME, "我昨天去医院排队"),
    (NAME, "排了三个小时才轮到我"),
    ("小赵", "那可真够久的"),
    (NAME, "回家的时候雨下得太大，我连鞋都湿透了。"),
    first=11,
)


@pytest.mark.parametrize(
    ("answer", "lines", "how"),
    [
        ("回家的时候，雨下得太大，我连鞋都湿透了！", "15", "word for word"),
        ("我昨天去医院排队，排了三个小时才轮到我。", "12-13", "word for word"),
        ("唉，回家的时候雨下得太大，我连鞋都湿透了", "15", "of its 5-character sequences"),
    ],
)
def test_an_answer_out_of_the_script_is_found_with_its_lines(answer: str, lines: str, how: str) -> None:
    asked = (
        ask("你昨天去哪儿了？", "我在家看书，哪里也没有去，真的没有去。"),
        ask("昨天怎么样？", answer, 8, id="a-8"),
    )
    [finding] = find("copied-answer", person(scenes=(SCRIPT,), asked=asked))
    assert (finding.where, finding.row) == (f"{NAME}/qa.jsonl:8", "specific/a-8")
    assert how in finding.message
    assert finding.message.endswith(f"in the script, {NAME}/script.txt:{lines}")


@pytest.mark.parametrize(
    ("answer", "provenance"),
    [
        ("排了三个小时才轮到我", "source"),
        ("回家的时候雨下得太大，我连鞋都湿透了。", "extractive"),
        ("雨大得很，我的鞋子全湿透了，回到家都快八点了。", "source"),
    ],
)
def test_short_answers_own_words_and_what_is_cut_out_on_purpose_are_not_copied(answer: str, provenance: str) -> None:
    asked = (ask("昨天怎么样？", answer, provenance=provenance),)
    assert find("copied-answer", person(scenes=(SCRIPT,), asked=asked)) == []


def test_pieces_of_a_long_script_do_not_add_up_to_a_copy() -> None:
    lines = [("小赵", f"第{n}页写的是什么我看不清楚") for n in range(1, 200)]
    lines[10], lines[150] = (NAME, "我小时候在海边住过一年"), (NAME, "后来跟着爸爸搬进了城里")
    answer = "我小时候在海边住过一年，后来跟着爸爸搬进了城里。"
    assert find("copied-answer", person(scenes=(said(*lines),), asked=(ask("从前呢？", answer),))) == []
    lines[11] = lines[150]
    assert len(find("copied-answer", person(scenes=(said(*lines),), asked=(ask("从前呢？", answer),)))) == 1


def test_without_a_script_nothing_is_copied() -> None:
    assert find("copied-answer", person(asked=(ask("昨天怎么样？", "回家的时候雨下得太大，我连鞋都湿透了。"),))) == []


def test_a_copy_over_the_edge_of_a_piece_is_found() -> None:
    lines = [("小赵", f"第{n}件东西放在第{n * 7}号箱子里") for n in range(1, 90)]
    texts = [text for _, text in lines]
    for start in range(0, 88):
        asked = (ask("东西呢？", texts[start] + texts[start + 1]),)
        [finding] = find("copied-answer", person(scenes=(said(*lines),), asked=asked))
        assert finding.message.endswith(f"script.txt:{start + 1}-{start + 2}")


# --- splits


LONG = "何静云，你为什么在大学毕业以后回到老家的图书馆工作？"
ANSWER = "因为我妈妈身体不好，家里只有我一个孩子，我不放心。"


def leak(*asked: Asked) -> list[Finding]:
    return find_in("split-leak", corpus(person(asked=asked)))


@pytest.mark.parametrize("split", ["test", "validation", "unseen"])
def test_a_question_in_training_and_in_a_test_leaks(split: str) -> None:
    trained, held = ask("你怕狗吗？", id="a", split="train"), ask("你怕狗吗", line=5, id="b", split=split)
    [finding] = leak(trained, held)
    assert (finding.row, finding.where, finding.character) == ("specific/b", f"{NAME}/qa.jsonl:5", NAME)
    assert f"the question of specific/b ({split}) is that of specific/a" in finding.message


def test_a_question_leaks_between_characters_too() -> None:
    one, other = ask("你怕狗吗？", split="train", id="a"), ask("你怕狗吗？", split="test", id="b")
    findings = find_in("split-leak", corpus(person(asked=(other,)), person("小赵", asked=(one,))))
    assert [finding.row for finding in findings] == ["specific/b"]


@pytest.mark.parametrize(
    ("trained", "held", "part"),
    [
        ((LONG + "你后悔过吗？", "没有。"), (LONG, "不想走远。"), "question"),
        (("你为什么回来？", ANSWER), ("你怎么不留在大城市？", ANSWER), "answer"),
        (("你为什么回来？", f"这个嘛，{ANSWER}"), ("你怎么不留在大城市？", ANSWER), "answer"),
    ],
)
def test_what_is_nearly_the_same_leaks(trained: tuple[str, str], held: tuple[str, str], part: str) -> None:
    [finding] = leak(ask(*trained, split="train", id="a"), ask(*held, split="test", id="b"))
    assert finding.message.startswith(f"the {part} of specific/b (test) is")
    assert "specific/a" in finding.message


@pytest.mark.parametrize(
    ("trained", "held"),
    [
        (("你怕狗吗？", "不怕。"), ("你怕猫吗？", "不怕。")),
        ((LONG, "没有。"), ("何静云，你为什么在小学毕业以后离开老家去外地读书？", "没办法。")),
        (("你为什么回来？", "妈妈。"), ("你为什么不回来？", "妈妈。")),
        ((LONG[:12] + "？", "没有。"), (LONG, "没有。")),
        (("何静云，你为什么在大学毕业以后不去国外读书？", "没有。"), (LONG, "没有。")),
    ],
)
def test_other_questions_and_short_answers_do_not_leak(trained: tuple[str, str], held: tuple[str, str]) -> None:
    assert leak(ask(*trained, split="train", id="a"), ask(*held, split="test", id="b")) == []


def test_general_rows_leak_by_their_question_alone() -> None:
    template = "这个问题我现在还回答不了，请您先把文章发给我看一看好吗？"
    one = ask("给文章起一个标题。", template, kind="general", split="train", id="a")
    assert leak(one, ask("数一数文章的字数。", template, kind="general", split="test", id="b")) == []
    [finding] = leak(one, ask("给文章起一个标题", "好的", kind="general", split="test", id="b"))
    assert finding.row == "general/b"


def test_a_source_has_no_splits_to_leak() -> None:
    whole = corpus(person(asked=(ask("你怕狗吗？"), ask("你怕狗吗？"))), kind="source")
    assert find_in("split-leak", whole) == []
    assert find_in("small-test", whole) == []


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text("何静云你我去来了吗", min_size=1, max_size=40), unique=True, max_size=12), st.integers(0, 12))
def test_a_text_of_both_splits_never_goes_unseen(texts: list[str], cut: int) -> None:
    train = [ask(text, split="train", id=f"a{n}") for n, text in enumerate(texts)]
    test = [ask(text, split="test", id=f"b{n}") for n, text in enumerate(texts[:cut])]
    assert [finding.row for finding in leak(*train, *test)] == [one.row for one in test]


# --- labels


def labelled(name: str, **counts: int) -> Person:
    turns = [Utterance(name, "嗯", Emotion(label)) for label, count in counts.items() for _ in range(count)]
    return person(name, scenes=(Scene("", "file", tuple(turns)),))


USUAL = {"neutral": 110, "anger": 30, "happiness": 30, "sadness": 30}


def test_labels_that_are_distributed_otherwise_are_found_with_the_widest_differences() -> None:
    odd = labelled("odd", neutral=40, anger=120, happiness=20, sadness=20)
    [finding] = find_in("label-drift", corpus(*(labelled(name, **USUAL) for name in "abc"), odd))
    assert finding.character == "odd"
    assert "60% anger (others 15%)" in finding.message
    assert "20% neutral (others 55%)" in finding.message


def test_a_label_that_is_missing_at_one_character_is_found() -> None:
    odd = labelled("odd", neutral=130, anger=35, happiness=34, sadness=1)
    [finding] = find_in("label-drift", corpus(*(labelled(name, **USUAL) for name in "abc"), odd))
    assert "1 sadness (expected 30)" in finding.message


@pytest.mark.parametrize(
    "counts",
    [
        {"neutral": 95, "anger": 45, "happiness": 40, "sadness": 20},
        {"neutral": 20, "anger": 150, "happiness": 9, "sadness": 20},
        {"neutral": 110, "anger": 30, "happiness": 56, "sadness": 4},
    ],
)
def test_small_differences_and_small_numbers_are_no_drift(counts: dict[str, int]) -> None:
    others = [labelled(name, **USUAL) for name in "abc"]
    assert find_in("label-drift", corpus(*others, labelled("odd", **counts))) == []


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ({"other": 290, "neutral": 10}, "97% bear one label, other"),
        ({"neutral": 276, "anger": 24}, "92% are neutral"),
        ({"neutral": 6, "anger": 200, "fear": 94}, "2% are neutral"),
    ],
)
def test_extremes_are_found_without_others_to_compare_with(counts: dict[str, int], message: str) -> None:
    [finding] = find_in("label-drift", corpus(labelled("a", **counts)))
    assert message in finding.message


def test_no_label_is_no_drift() -> None:
    assert find_in("label-drift", corpus(person(scenes=(SCRIPT,)))) == []


# --- a reference corpus


def book(n: int) -> str:
    return f"这是第{n}个晚上我在灯塔里写下的第{n * 3}句话"


REFERENCE = Reference.of("灯塔", ((book(n), f"tower.csv:{n}") for n in range(60)))


def test_lines_of_another_corpus_are_found_with_both_places() -> None:
    lines = [(NAME, book(n)) for n in range(20)] + [("小赵", f"今天食堂的第{n}道菜是土豆烧牛肉") for n in range(300)]
    whole = corpus(person(scenes=(said(*lines),)), person("小赵", scenes=(SCRIPT,)), reference=REFERENCE)
    [finding] = find_in("hidden-provenance", whole)
    assert (finding.character, finding.rows, finding.where) == (NAME, 20, f"{NAME}/script.txt:1")
    assert "20 of the 320 longer lines" in finding.message
    assert f"{NAME}/script.txt:3 is tower.csv:2" in finding.message


@pytest.mark.parametrize(("copied", "own"), [(19, 0), (20, 400)])
def test_few_lines_or_a_small_share_prove_nothing(copied: int, own: int) -> None:
    lines = [(NAME, book(n)) for n in range(copied)] + [
        ("小赵", f"今天食堂的第{n}道菜是土豆烧牛肉") for n in range(own)
    ]
    assert find_in("hidden-provenance", corpus(person(scenes=(said(*lines),)), reference=REFERENCE)) == []


def test_without_a_reference_nothing_is_compared() -> None:
    lines = [(NAME, book(n)) for n in range(60)]
    assert find_in("hidden-provenance", corpus(person(scenes=(said(*lines),)))) == []


# --- rows, files and parts


@pytest.mark.parametrize(
    ("reason", "payload", "message", "excerpt"),
    [
        ("broken_json", {"text": '{"role": ', "why": "no end"}, "the line is no JSON: no end", '{"role":'),
        ("wrong_type", {"value": 7}, "a value is of another type than text", "7"),
        ("missing_role", {"content": "早"}, "nothing says who speaks", "{'content': '早'}"),
    ],
)
def test_a_row_that_cannot_be_read_says_why(
    reason: str, payload: dict[str, object], message: str, excerpt: str
) -> None:
    rejected = Rejected("utterance", reason, "import", place(9), payload, lines=2)
    [finding] = find("unreadable-row", person(rejected=(rejected,)))
    assert (finding.message, finding.excerpt) == (message, excerpt)
    assert (finding.where, finding.rows, finding.character) == (f"{NAME}/script.txt:9", 2, NAME)


@pytest.mark.parametrize(
    ("unit", "reason", "stage"),
    [
        ("utterance", "empty_text", "import"),
        ("utterance", "narration", "import"),
        ("general", "missing_answer", "import"),
        ("utterance", "broken_json", "clean"),
    ],
)
def test_rows_that_were_left_out_for_other_reasons_are_readable(unit: Unit, reason: str, stage: str) -> None:
    assert find("unreadable-row", person(rejected=(Rejected(unit, reason, stage, place(9), {}),))) == []


def files(*names: str, encoding: str = "utf-8", layout: str = "") -> Corpus:
    listed = tuple(SourceFile(name, name.split("/")[0], "rolecraft", encoding, layout) for name in names)
    return Corpus("source", (), person, files=listed)


@pytest.mark.parametrize(
    ("name", "layout", "encoding", "part"),
    [
        ("a/x.json", "lines", "utf-8", "holds JSON Lines"),
        ("a/x.jsonl", "array", "utf-8", "holds one JSON array"),
        ("a/x.JSONL", "array", "utf-8", "called .jsonl"),
        ("a/x.txt", "", "gb18030", "written in gb18030"),
    ],
)
def test_a_file_that_is_not_what_its_name_says_is_found(name: str, layout: str, encoding: str, part: str) -> None:
    [finding] = find_in("file-shape", files(name, encoding=encoding, layout=layout))
    assert part in finding.message
    assert (finding.where, finding.character) == (f"{name}:1", "a")


@pytest.mark.parametrize(
    ("name", "layout", "encoding"),
    [
        ("a/x.json", "array", "utf-8"),
        ("a/x.jsonl", "lines", "utf-8-sig"),
        ("a/x.txt", "", "ascii"),
        ("a/x.parquet", "", ""),
    ],
)
def test_a_file_as_its_name_says_is_none(name: str, layout: str, encoding: str) -> None:
    assert find_in("file-shape", files(name, encoding=encoding, layout=layout)) == []


PEOPLE = ("何静", "Tom", "小赵", "阿芳")


def kept(pattern: str, *, without: str = "") -> list[str]:
    return [f"{name}/{pattern.replace('*', name)}" for name in PEOPLE if name != without]


@pytest.mark.parametrize(
    ("usual", "odd", "says"),
    [
        ("*_QA.json", "Tom/Tom_QA..json", "3 characters have Tom_QA.json"),
        ("*_general_rp1.jsonl", "Tom/Tomgeneral_rp1.jsonl", "3 characters have Tom_general_rp#.jsonl"),
        ("*_script.jsonl", "Tom/Tom_script.json", "3 characters have Tom_script.jsonl"),
        ("*_specific_QA.json", "Tom/specific_QA.json", "3 characters have Tom_specific_QA.json"),
    ],
)
def test_a_file_named_unlike_its_kind_is_found(usual: str, odd: str, says: str) -> None:
    [finding] = find_in("file-name", files(*kept(usual, without="Tom"), *kept("notes.txt"), odd))
    assert finding.where == f"{odd}:1"
    assert finding.character == "Tom"
    assert says in finding.message


def test_a_sample_more_than_the_others_have_is_found() -> None:
    samples = [name for n in range(1, 4) for name in kept(f"*_rp{n}.jsonl")]
    [finding] = find_in("file-name", files(*samples, "Tom/Tom_rp4.jsonl"))
    assert finding.where == "Tom/Tom_rp4.jsonl:1"
    assert "number 4, where most characters have 1, 2, 3" in finding.message


@pytest.mark.parametrize(
    "names",
    [
        [*kept("qa.jsonl"), "Tom/mum.json", "小赵/chat 2023.csv", "小赵/chat 2024.csv"],
        [*kept("qa.jsonl"), "qa..jsonl"],
        ["何静/何静_QA.json", "Tom/Tom_QA..json", "Tom/Tom_QA.json"],
        [*kept("*_QA.json"), "Zoë/Zoe\u0308_QA.json"],
        [f"{name}/{name}_{n}.txt" for n, name in enumerate(PEOPLE)],
        ["何静/何静_a.json", "何静/何静_b.json", "Tom/Tom_a.json", "Tom/Tom_b.json", "小赵/x.json", "阿芳/y.json"],
    ],
)
def test_files_of_their_own_kind_and_few_characters_are_none(names: list[str]) -> None:
    assert find_in("file-name", files(*names)) == []


KINDS: tuple[Literal["specific", "general"], ...] = ("specific", "general")


def whole_person(name: str, without: str = "") -> Person:
    parts = {
        "scenes": (said((name, "早")),),
        "profile": CharacterProfile(name),
        "asked": tuple(ask("?", "嗯", kind=kind) for kind in KINDS if kind != without),
    }
    return person(name, **{part: value for part, value in parts.items() if part != without})


@pytest.mark.parametrize(
    ("without", "part"),
    [
        ("scenes", "script"),
        ("profile", "profile"),
        ("specific", "specific questions"),
        ("general", "answers to general instructions"),
    ],
)
def test_a_character_without_what_the_others_have_is_found(without: str, part: str) -> None:
    whole = corpus(*map(whole_person, "abc"), whole_person("d", without), person(""))
    [finding] = find_in("missing-part", whole)
    assert finding.character == "d"
    assert finding.message == f"d has no {part}, which 3 of 4 characters have"


def test_what_half_of_the_characters_lack_is_not_missing() -> None:
    people: Sequence[Person] = [*map(whole_person, "ab"), whole_person("c", "profile"), whole_person("d", "profile")]
    assert find_in("missing-part", corpus(*people)) == []


@pytest.mark.parametrize(("licence", "count"), [("unknown", 1), ("apache-2.0", 0), (None, 0)])
def test_a_card_without_a_licence_is_found(licence: str | None, count: int) -> None:
    assert len(find_in("no-licence", Corpus("data set", (), person, license=licence))) == count


def test_each_notice_of_a_reader_is_passed_on() -> None:
    notices = ("何静云 speaks as 静云 in the script.", "left out: a.bin is no text")
    findings = find_in("reader-notice", Corpus("source", (), person, notices=notices))
    assert tuple(finding.message for finding in findings) == notices


def items(count: int, split: str = "test", kind: Literal["specific", "general"] = "specific") -> tuple[Asked, ...]:
    return tuple(ask(f"问题{n}", "嗯", split=split, kind=kind) for n in range(count))


def test_a_small_test_is_told_as_a_whole_or_a_character() -> None:
    [finding] = find_in("small-test", corpus(person("a", asked=items(14)), person("b", asked=items(15))))
    assert "29 items in all" in finding.message
    mixed = (*items(20), *items(9, kind="general"), *items(50, "train"))
    [finding] = find_in("small-test", corpus(person("a", asked=mixed), person("b", asked=items(30, "unseen"))))
    assert finding.character == "a"
    assert "29 items of a (20 specific, 9 general)" in finding.message


def test_a_test_of_some_size_and_people_without_questions_are_none() -> None:
    assert find_in("small-test", corpus(person("a", asked=items(30)), person("b"))) == []
    assert find_in("small-test", corpus(person("a", scenes=(SCRIPT,)))) == []
