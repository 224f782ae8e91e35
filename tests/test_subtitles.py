"""Subtitles: speakers, speeches over several blocks, pauses, and lines that are where they say."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roleinstruct.emotions import Emotion
from roleinstruct.errors import SourceError
from roleinstruct.records import Boundary, Event, Rejected, Utterance
from roleinstruct.sources import subtitles
from roleinstruct.sources.reading import Head, ReadOptions
from roleinstruct.sources.text import look


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("subtitles")


def head_of(folder: Path, text: str) -> Head:
    path = folder / "film.srt"
    path.write_text(text, encoding="utf-8", newline="")
    return look(path, "film.srt")


def events_of(folder: Path, text: str, gap: float | None = None) -> list[Event]:
    return list(subtitles.read(head_of(folder, text), ReadOptions(gap=gap)))


def subrip(*blocks: tuple[float, float, str]) -> str:
    def stamp(seconds: float) -> str:
        return (
            f"{int(seconds // 3600):02}:{int(seconds // 60) % 60:02}:{int(seconds % 60):02},{seconds % 1 * 1000:03.0f}"
        )

    numbered = enumerate(blocks, start=1)
    return "\n".join(f"{number}\n{stamp(start)} --> {stamp(end)}\n{text}\n" for number, (start, end, text) in numbered)


def shown(events: list[Event]) -> list[tuple[str, ...]]:
    """Each event as (speaker, text), (reason, text) or (kind,)."""
    found: list[tuple[str, ...]] = []
    for event in events:
        if isinstance(event, Utterance):
            found.append((event.speaker, event.text))
        elif isinstance(event, Rejected):
            found.append((event.reason, str(event.payload["text"])))
        elif isinstance(event, Boundary):
            found.append((event.kind,))
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("顾敏：早", [("顾敏", "早")]),
        ("<i>Maggie</i>: <font color=red>Morning</font>", [("Maggie", "Morning")]),
        ("MRS OKAFOR: Morning", [("Mrs Okafor", "Morning")]),
        ("{\\an8}Maggie: Morn{\\i1}ing{\\i0}", [("Maggie", "Morning")]),
        ("Maggie: I waited\nall night.", [("Maggie", "I waited all night.")]),
        ("- 小季：能剪掉吗？\n- 导演：不能。", [("小季", "能剪掉吗？"), ("导演", "不能。")]),
        ("小季：能剪掉吗？\n导演：不能。", [("小季", "能剪掉吗？"), ("导演", "不能。")]),
        ("- Maggie: Well?\n- No.", [("Maggie", "Well?"), ("no_speaker", "No.")]),
        ("[门响]\n顾敏：谁？", [("narration", "[门响]"), ("顾敏", "谁？")]),
        ("【资料画面：2022年12月】", [("narration", "【资料画面：2022年12月】")]),
        ("♪ la la ♪", [("narration", "♪ la la ♪")]),
        ("旁白：多年以后", [("narration", "旁白：多年以后")]),
        ("顾敏：（写：慢）", [("empty_text", "（写：慢）")]),
        ("顾敏：（小声）慢一点", [("顾敏", "慢一点")]),
        ("", [("empty_text", "")]),
        ("Maggie: the code is\n7304", [("Maggie", "the code is 7304")]),
    ],
)
def test_a_block_is_read_by_speaker(folder: Path, text: str, expected: list[tuple[str, str]]) -> None:
    blocks = subrip((1, 2, "Bob: yes"), (2.5, 3, text), (3.5, 4, "Bob: no"))
    assert shown(events_of(folder, blocks))[1:-1] == expected


def test_a_name_in_brackets_speaks_and_a_sound_does_not(folder: Path) -> None:
    texts = [
        "[Maggie] One",
        "[sighs] Two",
        "[Maggie] Three",
        "[laughing] Four",
        "[laughing] Five",
        "[笑声] 六",
        "[笑声] 七",
    ]
    found = shown(events_of(folder, subrip(*((9 * n, 9 * n + 8, text) for n, text in enumerate(texts)))))
    assert found[0] == ("Maggie", "One Two")
    assert found[1] == ("Maggie", "Three Four Five六七")


def test_round_brackets_name_only_who_is_named_otherwise_too(folder: Path) -> None:
    texts = ["IVAN: One", "RUTH: Two", "(IVAN) Three", "(ANGRILY) Four", "(ANGRILY) Five", "RUTH: Six", "IVAN: Seven"]
    found = shown(events_of(folder, subrip(*((9 * n, 9 * n + 8, text) for n, text in enumerate(texts)))))
    assert found == [("Ivan", "One"), ("Ruth", "Two"), ("Ivan", "Three Four Five"), ("Ruth", "Six"), ("Ivan", "Seven")]


def test_an_emotion_in_brackets_becomes_the_emotion(folder: Path) -> None:
    events = events_of(folder, subrip((1, 2, "小季：（恐惧）手心全是汗")))
    assert [(event.emotion, event.text) for event in events if isinstance(event, Utterance)] == [
        (Emotion.FEAR, "手心全是汗")
    ]


def test_a_block_without_a_speaker_goes_on_within_two_seconds(folder: Path) -> None:
    events = events_of(folder, subrip((1, 2, "顾敏：我早来"), (3.9, 5, "是来开水的。"), (7.1, 8, "不是？")))
    assert shown(events) == [("顾敏", "我早来是来开水的。"), ("no_speaker", "不是？")]
    first = events[0]
    assert isinstance(first, Utterance)
    assert (str(first.place), first.lines) == ("film.srt:1-7", 2)


def test_a_long_pause_ends_a_scene(folder: Path) -> None:
    blocks = subrip((1, 2, "A: x"), (9.9, 10, "B: y"), (18.5, 19, "A: z"), (1, 2, "B: w"))
    assert shown(events_of(folder, blocks)) == [("A", "x"), ("B", "y"), ("gap",), ("A", "z"), ("gap",), ("B", "w")]
    assert ("gap",) not in shown(events_of(folder, blocks, gap=60))


def test_a_broken_block_costs_that_block_alone(folder: Path) -> None:
    text = (
        "first line\n\n1\n00:00:01,000 --> 00:00:02,000\nA: x\n\n2\n00:00:0x,000 --> 00:00:04,000\nB: y\n"
        "3\n00:00:05,000 --> 00:00:06,000\nA: z\n\n\n"
    )
    events = events_of(folder, text)
    assert [(event[0]) for event in shown(events)] == ["broken_block", "A", "broken_time", "A"]
    assert [str(event.place) for event in events] == ["film.srt:1", "film.srt:3-5", "film.srt:7-9", "film.srt:10-12"]


ADVANCED = """[Script Info]
Title: x

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Comment: 0,0:00:00.00,0:00:01.00,Default,,0,0,0,,a note
Dialogue: 0,0:00:01.00,0:00:02.00,Default,沈阿婆,0,0,0,,(快乐) 汤圆，\\N{\\i1}六个{\\i0}, sweet
Dialogue: 0,0:00:02.50,0:00:03.00,Sound,,0,0,0,,[手机响]
Dialogue: 0,0:00:03.00,0:00:04.00,Default,MAGGIE,,,,,Note: one
Dialogue: 0,0:00:03.00,0:00:04.00,Default,,0,0,0,,Des: two
Dialogue: 0,0:00:03.00,0:00:04.00,Default,,0,0,0,,{\\p1}m 0 0 l 1 1{\\p0}
Dialogue: 0,soon,0:00:04.00,Default,,0,0,0,,Des: three
Dialogue: 0,0:00:04.00,0:00:04.50,Default,旁白,0,0,0,,多年以后
"""


def test_the_name_field_names_the_speaker(folder: Path) -> None:
    events = events_of(folder, ADVANCED)
    assert [(*row, event.place.first) for row, event in zip(shown(events), events, strict=True) if event.place] == [
        ("comment", "Comment: 0,0:00:00.00,0:00:01.00,Default,,0,0,0,,a note", 6),
        ("沈阿婆", "汤圆，六个, sweet", 7),
        ("narration", "[手机响]", 8),
        ("Maggie", "Note: one", 9),
        ("Des", "two", 10),
        ("drawing", "Dialogue: 0,0:00:03.00,0:00:04.00,Default,,0,0,0,,{\\p1}m 0 0 l 1 1{\\p0}", 11),
        ("broken_time", "Dialogue: 0,soon,0:00:04.00,Default,,0,0,0,,Des: three", 12),
        ("narration", "多年以后", 13),
    ]


def test_the_order_of_fields_is_that_of_the_file(folder: Path) -> None:
    text = "[Events]\nFormat: Start, End, Name, Text\nDialogue: 0:00:01.00,0:00:02.00,Des,One, two\n"
    assert shown(events_of(folder, text)) == [("Des", "One, two")]


def test_the_name_field_may_be_called_actor(folder: Path) -> None:
    text = "[Events]\nFormat: Start, End, Actor, Text\nDialogue: 0:00:01.00,0:00:02.00,Anna,Hi\n"
    assert shown(events_of(folder, text)) == [("Anna", "Hi")]


def test_commas_behind_the_last_field_shift_no_other(folder: Path) -> None:
    rows = ["[Events]", "Format: Text, Name, Start, End", "Dialogue: Hi,Anna,0:00:01.00,0:00:02.00"]
    text = "\n".join([*rows, "Dialogue: Ho,Tom,0:00:03.00,0:00:04.00,x,y"])
    assert [event[0] for event in shown(events_of(folder, text))] == ["Anna", "Tom"]


def test_webvtt_has_voices_short_times_and_notes(folder: Path) -> None:
    text = (
        "WEBVTT\n\nNOTE by hand\n\n00:01.000 --> 00:02.000 align:start\n<v.loud anna>Hi,</v>\nTom.\n\n"
        "2\n00:00:03.000 --> 00:00:04.000\nTom: Hello.\n\n"
        "00:00:05.000 --> 00:00:06.000\n<v Anna>Well?</v>\n<v Tom>No.</v>\n"
    )
    assert subtitles.fits(head_of(folder, text)) == "subtitles: a WebVTT header"
    assert shown(events_of(folder, text)) == [
        ("comment", "WEBVTT"),
        ("comment", "NOTE by hand"),
        ("anna", "Hi, Tom."),
        ("Tom", "Hello."),
        ("Anna", "Well?"),
        ("Tom", "No."),
    ]


def test_the_two_kinds_are_recognised(folder: Path) -> None:
    assert subtitles.fits(head_of(folder, subrip((1, 2, "A: x")))) == "subtitles: 1 SubRip times"
    assert subtitles.fits(head_of(folder, ADVANCED)) == "subtitles: SubStation sections and events"
    assert subtitles.fits(head_of(folder, "A: x --> y\n")) is None


@pytest.mark.parametrize("text", ["nothing here\n", subrip((1, 2, "nobody says it")), "[Events]\n"])
def test_a_file_that_names_no_speaker_says_so(folder: Path, text: str) -> None:
    with pytest.raises(SourceError, match=r"film\.srt names the speaker of none"):
        events_of(folder, text)


PIECES = """1
2
00:00:01,000 --> 00:00:02,000
00:00:02,500 --> 00:00:03,000
00:01:00.0 --> 00:02:00.0
0 --> 1
A: x
- B: y
- no

[门响]
♪
{\\i1}
<i>C: z</i>
7304
99:99:99,999 --> 0:0:0,0""".splitlines()


@settings(max_examples=200, deadline=None)
@given(rows=st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=10)), max_size=25))
def test_every_line_of_any_subrip_file_is_in_an_event(folder: Path, rows: list[str]) -> None:
    path = folder / "any.srt"
    path.write_bytes("\n".join(["1", "00:00:00,000 --> 00:00:01,000", "Z: a", "", *rows]).encode("utf-8", "replace"))
    try:
        head = look(path, "any.srt")
        places = [event.place for event in subtitles.read(head, ReadOptions()) if not isinstance(event, Boundary)]
    except SourceError:
        return
    covered = {number for place in places if place for number in range(place.first, place.last + 1)}
    text = head.text.split("\n")
    assert {number for number, line in enumerate(text, start=1) if line.strip()} <= covered


@settings(max_examples=200, deadline=None)
@given(
    rows=st.lists(
        st.builds(
            "Dialogue: {},{},{},Default,{},0,0,0,,{}".format,
            st.text(max_size=3),
            st.sampled_from(["0:00:01.00", "-0:00:01.00", "", "x", "0:00:90.00"]),
            st.sampled_from(["0:00:02.00", "0:0:0"]),
            st.sampled_from(["", "A", "旁白"]),
            st.text(max_size=20),
        ),
        max_size=10,
    )
)
def test_any_advanced_lines_are_read_or_rejected(folder: Path, rows: list[str]) -> None:
    path = folder / "any.ass"
    path.write_bytes("\n".join(["[Events]", *rows]).encode("utf-8", "replace"))
    try:
        events = list(subtitles.read(look(path, "any.ass"), ReadOptions()))
    except SourceError:
        return
    assert sum(event.lines for event in events if isinstance(event, Utterance | Rejected)) >= len(rows)


def test_a_word_of_the_users_is_a_tag(folder: Path) -> None:
    head = head_of(folder, subrip((1, 2, "Ann: (annoyed) No.")))
    (event,) = subtitles.read(head, ReadOptions(labels={"annoyed": "anger"}))
    assert isinstance(event, Utterance)
    assert (event.emotion, event.text) == (Emotion.ANGER, "No.")
