"""Plain text scripts: who speaks, what is narration, where scenes end."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roleinstruct.emotions import Emotion
from roleinstruct.errors import SourceError
from roleinstruct.records import Boundary, CharacterProfile, Event, Rejected, Utterance
from roleinstruct.sources import screenplay
from roleinstruct.sources.phrases import join_lines
from roleinstruct.sources.reading import Head, ReadOptions
from roleinstruct.sources.text import lines, look


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("scripts")


def head_of(folder: Path, text: str) -> Head:
    path = folder / "script.txt"
    path.write_text(text, encoding="utf-8", newline="")
    return look(path, "script.txt")


def events_of(folder: Path, text: str) -> list[Event]:
    return list(screenplay.read(head_of(folder, text), ReadOptions()))


def speech_of(folder: Path, text: str) -> list[tuple[str, str]]:
    return [(event.speaker, event.text) for event in events_of(folder, text) if isinstance(event, Utterance)]


def narration_of(folder: Path, text: str) -> list[object]:
    return [
        event.payload["text"]
        for event in events_of(folder, text)
        if isinstance(event, Rejected) and event.reason == "narration"
    ]


def boundaries_of(folder: Path, text: str) -> list[tuple[str, str, int]]:
    return [
        (event.kind, event.title, event.place.first) for event in events_of(folder, text) if isinstance(event, Boundary)
    ]


@pytest.mark.parametrize(
    ("line", "speaker", "text"),
    [
        ("张三：你来了", "张三", "你来了"),
        ("张三: 你来了", "张三", "你来了"),
        ("张三（笑）：你来了", "张三", "你来了"),
        ("MRS OKAFOR (V.O.): Oh!", "Mrs Okafor", "Oh!"),
        ("Mr D. Patel-Hughes: Sugar?", "Mr D. Patel-Hughes", "Sugar?"),
        ("**Maggie:** Sugar?", "Maggie", "Sugar?"),
        ("【张三】：你来了", "张三", "你来了"),
        ("甲、乙：干杯", "甲、乙", "干杯"),
        ("A & B: cheers", "A & B", "cheers"),
        ("Maggie: it is 12:30, see http://a.b", "Maggie", "it is 12:30, see http://a.b"),
    ],
)
def test_a_name_and_a_colon_name_the_speaker(folder: Path, line: str, speaker: str, text: str) -> None:
    assert speech_of(folder, f"Bob: yes\n{line}\nBob: no\n")[1] == (speaker, text)


@pytest.mark.parametrize(
    "line",
    [
        "他说：别走",
        "我要讲的是：别走",
        "比如这样：别走",
        "这一路上我们遇到了许许多多的事：别走",
        "我想了想，觉得吧：别走",
        "The thing is: no",
        "Remember: nothing",
        "one: two",
        "12:30 already",
        "晚上8:30开会",
        "http://example.org/a",
        "Maggie :)",
    ],
)
def test_a_sentence_with_a_colon_names_nobody(folder: Path, line: str) -> None:
    assert speech_of(folder, f"Bob: yes\n{line}\nBob: no\n") == [("Bob", join_lines(["yes", line])), ("Bob", "no")]


def test_a_small_lettered_name_is_one_when_it_comes_twice(folder: Path) -> None:
    assert speech_of(folder, "user: hi\nBob: yes\nuser: bye\n") == [("user", "hi"), ("Bob", "yes"), ("user", "bye")]


def test_the_data_of_a_script_and_its_narrator_are_narration(folder: Path) -> None:
    text = (
        "《夜车》\n时间：晚上\n人物：张三、李四\n张三：走\n旁白：雨下起来了。\n  下到天亮。\n李四：好\nNote: cut this\n"
    )
    assert narration_of(folder, text) == [
        "《夜车》",
        "时间：晚上",
        "人物：张三、李四",
        "旁白：雨下起来了。",
        "下到天亮。",
        "Note: cut this",
    ]
    assert speech_of(folder, text) == [("张三", "走"), ("李四", "好")]


def test_stage_directions_are_left_out_of_lines_and_rejected_as_lines(folder: Path) -> None:
    text = "张三：来了（坐下），好【停】吧\n（两人沉默，\n谁也不看谁。）\n李四：[sighs] 走 (1)。\n(Thunder.)\n"
    assert speech_of(folder, text) == [("张三", "来了，好吧"), ("李四", "走 (1)。")]
    assert narration_of(folder, text) == ["（两人沉默，", "谁也不看谁。）", "(Thunder.)"]


def test_an_unclosed_direction_ends_where_a_known_speaker_begins(folder: Path) -> None:
    assert len(speech_of(folder, "A: one\nB: two\n(He goes\nA: three\nB: four\n")) == 4


def test_an_emotion_in_brackets_becomes_the_emotion(folder: Path) -> None:
    events = events_of(
        folder, "张三：(愤怒)走\n李四（悲伤）：不\n张三（笑）：（快乐）好\nBob (V.O.): (pointing) There\n"
    )
    found = [(event.emotion, event.text) for event in events if isinstance(event, Utterance)]
    assert found == [(Emotion.ANGER, "走"), (Emotion.SADNESS, "不"), (Emotion.HAPPINESS, "好"), (None, "There")]


def test_an_emotion_without_brackets_counts_only_where_most_lines_have_one(folder: Path) -> None:
    tagged = events_of(folder, "张三：(愤怒)走\n李四：悲伤 不\n张三：（快乐）好\n")
    plain = events_of(folder, "张三：走\n李四：悲伤 不\n张三：好\n")
    assert [event.emotion for event in (tagged[1], plain[1]) if isinstance(event, Utterance)] == [Emotion.SADNESS, None]


def test_wrapped_lines_are_joined_as_their_script_is_written(folder: Path) -> None:
    events = events_of(folder, "张三：我等了你\n  一个晚上，\n  他说：没事。\nBob: I waited\nall night.\n")
    said = [(event.text, event.place) for event in events if isinstance(event, Utterance)]
    assert [text for text, _ in said] == ["我等了你一个晚上，他说：没事。", "I waited all night."]
    assert [str(place) for _, place in said] == ["script.txt:1-3", "script.txt:4-5"]


SCREENPLAY = """FADE IN:

INT. KITCHEN - DAY

Maggie looks up.

MAGGIE DOYLE
(laughing)
I waited
all night.
(beat)
Fine.

DES (O.S.)
(happiness) Oh!

The door bangs.

MAGGIE DOYLE (CONT'D)

EXT. YARD - NIGHT

O'BRIEN
Note: he is late.

MAGGIE DOYLE
YES

THE END
"""


def test_speakers_may_stand_above_what_they_say(folder: Path) -> None:
    assert speech_of(folder, SCREENPLAY) == [
        ("Maggie Doyle", "I waited all night. Fine."),
        ("Des", "Oh!"),
        ("O'Brien", "Note: he is late."),
        ("Maggie Doyle", "YES"),
    ]
    assert narration_of(folder, SCREENPLAY) == ["FADE IN:", "Maggie looks up.", "The door bangs.", "THE END"]
    assert boundaries_of(folder, SCREENPLAY) == [
        ("heading", "INT. KITCHEN - DAY", 3),
        ("heading", "EXT. YARD - NIGHT", 21),
    ]


def test_a_speaker_without_text_is_rejected(folder: Path) -> None:
    rejected = [e for e in events_of(folder, SCREENPLAY + "\nA: (nods)\n") if isinstance(e, Rejected)]
    assert [(e.reason, e.payload["speaker"]) for e in rejected if e.reason != "narration"] == [
        ("empty_text", "Maggie Doyle")
    ]
    bare = events_of(folder, "张三：你好\n李四：\n张三：（点头）\n")
    assert [e.reason for e in bare if isinstance(e, Rejected)] == ["empty_text", "empty_text"]


def test_chinese_speakers_may_stand_above_what_they_say(folder: Path) -> None:
    text = "张三\n你好啊，好久不见。\n李四\n是啊，好久不见。\n张三\n走吧。\n李四：\n（笑）\n好。\n"
    assert speech_of(folder, text) == [
        ("张三", "你好啊，好久不见。"),
        ("李四", "是啊，好久不见。"),
        ("张三", "走吧。"),
        ("李四", "好。"),
    ]
    assert speech_of(folder, "张三：你好\n李四：好\n张三\n走吧。\n")[-1] == ("张三", "走吧。")


def test_blank_lines_end_scenes_where_nothing_else_does(folder: Path) -> None:
    text = "\nA: x\nB: y\n\n\nA: z\nB: w\n\n"
    assert boundaries_of(folder, text) == [("blank", "", 4)]


@pytest.mark.parametrize(
    "text",
    [
        "A: x\n\nB: y\n\nA: z\n\nB: w\n",
        "A\nI said so.\n\nB\nNo you did not.\n\nA\nDid.\n\nB\nNot.\n",
        "A: x\nB: y\n\nA: z\n(rain)\n\nB: w\n\nA: v\n",
    ],
)
def test_blank_lines_between_turns_end_nothing(folder: Path, text: str) -> None:
    assert boundaries_of(folder, text) == []


def test_blank_lines_end_nothing_where_scenes_have_headings(folder: Path) -> None:
    text = "第一场\n\n---\nA: x\nB: y\n\nA: z\nB: w\n第二场\nA: v\nB: u\n"
    assert boundaries_of(folder, text) == [("heading", "第一场", 1), ("heading", "第二场", 9)]


def test_a_title_alone_is_no_heading_of_scenes(folder: Path) -> None:
    kinds = [kind for kind, _, _ in boundaries_of(folder, "# Play\nA: x\nB: y\n\nA: z\nB: w\n")]
    assert kinds == ["heading", "blank"]


def test_paragraphs_between_blank_lines_go_on_only_with_what_is_unfinished(folder: Path) -> None:
    text = "A: one\n\nB: two\n\nA: three and\n\nfour.\n\nHe leaves.\n\nB: bye.\n"
    assert speech_of(folder, text)[2:] == [("A", "three and four."), ("B", "bye.")]
    assert narration_of(folder, text) == ["He leaves."]


@pytest.mark.parametrize("text", ["你好。\n再见。\n", "Once upon a time there was a fox.\n", "{}\n"])
def test_a_file_without_speakers_says_so(folder: Path, text: str) -> None:
    assert screenplay.fits(head_of(folder, text)) is None
    with pytest.raises(SourceError, match=r"script\.txt holds no spoken line"):
        events_of(folder, text)


def test_a_script_is_recognised_and_a_list_of_facts_is_not(folder: Path) -> None:
    assert screenplay.fits(head_of(folder, "A: x\nB: y\n")) == (
        "script: 2 of 2 lines begin with a speaker's name and a colon"
    )
    assert screenplay.fits(head_of(folder, SCREENPLAY))
    assert screenplay.fits(head_of(folder, "姓名：张三\n年龄：三\n身高：五\n爱好：无\n梦想：有\n家庭：大\n")) is None


PIECES = """张三：你好
张三（笑）：
  然后呢
（雨声）
（没完
完了）
MAGGIE
Maggie: hi (x
INT. X - DAY

---
# t
旁白：雨
Note: n
CUT TO:
A & B: c
：
(
愤怒 走
张三
12:30
　　李四：嗯""".splitlines()


@settings(max_examples=300, deadline=None)
@given(rows=st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=12)), max_size=25))
def test_every_line_of_any_script_is_in_one_event_in_order(folder: Path, rows: list[str]) -> None:
    path = folder / "any.txt"
    path.write_bytes("\n".join(rows).encode("utf-8", "replace"))
    try:
        head = look(path, "any.txt")
        events = list(screenplay.read(head, ReadOptions()))
    except SourceError:
        return
    filled = [number for number, line in lines(head) if line.strip()]
    places = [event.place for event in events if not isinstance(event, Boundary) or event.kind == "heading"]
    covered = [number for place in places if place for number in range(place.first, place.last + 1)]
    assert [number for number in covered if number in set(filled)] == filled
    assert all(event.text.strip() for event in events if isinstance(event, Utterance))


def test_a_word_of_the_users_is_a_tag_in_front_of_a_line_and_at_the_name(folder: Path) -> None:
    head = head_of(folder, "Ann: (annoyed) No.\nBob (annoyed): Why?\n")
    events = list(screenplay.read(head, ReadOptions(labels={"annoyed": "anger"})))
    found = [(event.emotion, event.text) for event in events if isinstance(event, Utterance)]
    assert found == [(Emotion.ANGER, "No."), (Emotion.ANGER, "Why?")]


@pytest.mark.parametrize(
    ("text", "people", "spoken"),
    [
        (
            "人物表：\n王芳：五十岁，开小卖部\n李强：她的儿子\n\n第一场 店里\n王芳：关门。\n李强：好。\n王芳：走。\n",
            [("王芳", "五十岁，开小卖部"), ("李强", "她的儿子")],
            ["关门。", "好。", "走。"],
        ),
        (
            "# Cast\n\nANN (61): a retired driver\nBOB, her lodger\n\nANN: Tea?\nBOB: No.\nANN: Oh.\n",
            [("Ann", "61, a retired driver")],
            ["Tea?", "No.", "Oh."],
        ),
        (
            "Dramatis personae\n\nAnn: a driver\n\nBob: her lodger\n\nAnn: Tea?\n\nBob: No.\n\nAnn: Oh.\n",
            [("Ann", "a driver"), ("Bob", "her lodger")],
            ["Tea?", "No.", "Oh."],
        ),
        ("人物：\n王芳、李强\n王芳：关门。\n李强：好。\n王芳：走。\n", [], ["关门。", "好。", "走。"]),
        (
            "主要人物\n姓名：王芳\n年龄：50\n姓名：李强\n年龄：20\n\n王芳：关门。\n李强：好。\n王芳：走。\n",
            [],
            ["关门。", "好。", "走。"],
        ),
    ],
)
def test_a_list_of_the_cast_is_profile_text_and_no_speech(
    folder: Path, text: str, people: list[tuple[str, str]], spoken: list[str]
) -> None:
    assert [(e.character, e.text) for e in events_of(folder, text) if isinstance(e, CharacterProfile)] == people
    assert [said for _, said in speech_of(folder, text)] == spoken


@pytest.mark.parametrize(
    "line", ["They look at each other: nobody speaks.", "Time cut: the next morning.", "他们对视一眼：谁也没说话。"]
)
def test_narration_with_a_colon_that_comes_again_is_nobody_and_no_part_of_a_speech(folder: Path, line: str) -> None:
    text = f"Ann: Tea?\n{line}\nBob: No, thanks.\n{line}\nAnn: Oh.\n{line}\nBob: Well.\n"
    assert speech_of(folder, text) == [("Ann", "Tea?"), ("Bob", "No, thanks."), ("Ann", "Oh."), ("Bob", "Well.")]


@pytest.mark.parametrize("name", ["Man in hat", "my mum", "the old man at the bar", "maggie"])
def test_a_part_in_small_letters_still_speaks(folder: Path, name: str) -> None:
    text = f"Ann: Tea?\n{name}: No.\nAnn: Oh.\n{name}: Well.\n"
    assert [speaker for speaker, _ in speech_of(folder, text)] == ["Ann", name, "Ann", name]


def test_words_of_a_speech_that_come_again_before_a_colon_are_nobodys_name(folder: Path) -> None:
    text = (
        "Ann: Well.\nI thought we'd agreed: no dogs.\nBob: Hm.\nThey bark.\nAnn: But\nI thought we'd agreed: no cats.\n"
    )
    assert speech_of(folder, text) == [
        ("Ann", "Well. I thought we'd agreed: no dogs."),
        ("Bob", "Hm. They bark."),
        ("Ann", "But I thought we'd agreed: no cats."),
    ]
