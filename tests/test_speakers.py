"""The lines of a script, each by itself: speakers, scene headings, stage directions."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roleinstruct.sources.headings import heading_title
from roleinstruct.sources.phrases import is_direction, join_lines, strip_directions
from roleinstruct.sources.speakers import split_alone, split_speaker, tidy_name


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ("第一场 出租车里 夜 内", "第一场 出租车里 夜 内"),
        ("第3集 场景7", "第3集 场景7"),
        ("【第3集 场景7】", "第3集 场景7"),
        ("第一幕第二场", "第一幕第二场"),
        ("场景：厨房", "场景：厨房"),
        ("INT. KITCHEN - DAY", "INT. KITCHEN - DAY"),
        ("12 EXT. YARD", "12 EXT. YARD"),
        ("ACT II", "ACT II"),
        ("SCENE 4", "SCENE 4"),
        ("Act Two: The storm", "Act Two: The storm"),
        ("## The marquee", "The marquee"),
        ("---", ""),
        ("* * *", ""),
        ("第一场比赛我们赢了", None),
        ("Interesting.", None),
        ("INTO the wild", None),
        ("Act now", None),
        ("场景很美", None),
    ],
)
def test_headings_are_told_from_sentences(line: str, title: str | None) -> None:
    assert heading_title(line) == title


@pytest.mark.parametrize(
    ("name", "tidy"),
    [
        ("MAGGIE  DOYLE", "Maggie Doyle"),
        ("O'BRIEN-SMITH", "O'Brien-Smith"),
        ("BEV'S MUM", "Bev's Mum"),
        ("HENRY IV", "Henry IV"),
        ("DJ", "DJ"),
        ("A", "A"),
        ("McKay", "McKay"),
        ("郝建国", "郝建国"),
    ],
)
def test_names_in_capitals_are_written_as_names(name: str, tidy: str) -> None:
    assert tidy_name(name) == tidy


@pytest.mark.parametrize(
    ("line", "name", "aside", "sure"),
    [
        ("MAGGIE DOYLE (CONT'D)", "Maggie Doyle", "(CONT'D)", True),
        ("郝建国", "郝建国", "", False),
        ("Maggie", "Maggie", "", False),
    ],
)
def test_a_name_may_stand_alone_on_a_line(line: str, name: str, aside: str, sure: bool) -> None:
    cue = split_alone(line)
    assert cue is not None
    assert (cue.name, cue.aside, cue.sure) == (name, aside, sure)


@pytest.mark.parametrize("line", ["NO!", "我不知道该怎么办才好", "Yes.", "他说", "The more the merrier it is", "12"])
def test_a_sentence_alone_on_a_line_is_no_name(line: str) -> None:
    assert split_alone(line) is None


@pytest.mark.parametrize(
    ("text", "stripped"),
    [
        ("在呢（笑），进来吧。", "在呢，进来吧。"),
        ("Well (she sits (slowly)) I never.", "Well I never."),
        ("（笑）好【停】吧[走]", "好吧"),
        ("damaged （brackets) here", "damaged here"),
        ("an open (bracket stays", "an open (bracket stays"),
        ("(1) first, (2) second", "(1) first, (2) second"),
        ("嗯（……）好", "嗯好"),
        ("(all of it)", ""),
    ],
)
def test_directions_are_taken_out_of_a_line(text: str, stripped: str) -> None:
    assert strip_directions(text) == stripped


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("（雨声）", True),
        ("[Thunder.] (Rain.)", True),
        ("（笑）好", False),
        ("（没完", False),
        ("(12)", False),
        ("", False),
    ],
)
def test_a_line_of_directions_alone_is_one(line: str, expected: bool) -> None:
    assert is_direction(line) is expected


def test_lines_are_joined_by_spaces_only_between_latin_words() -> None:
    assert join_lines(["我", " 等了 ", "", "Bob", "and Al", "一晚"]) == "我等了Bob and Al一晚"


@settings(max_examples=300, deadline=None)
@given(text=st.text(alphabet="a张（(【[]】)） ，1.\n", max_size=40))
def test_taking_out_directions_adds_nothing_and_keeps_text_without_brackets(text: str) -> None:
    assert not set(strip_directions(text)) - set(text) - {" "}
    plain = text.translate(dict.fromkeys(map(ord, "（(【[]】)）")))
    assert strip_directions(plain) == plain.strip()


@settings(max_examples=300, deadline=None)
@given(text=st.text(max_size=60))
def test_a_speaker_that_is_found_is_part_of_its_line(text: str) -> None:
    cue = split_speaker(text)
    assert cue is None or (cue.name.casefold() in " ".join(text.split()).casefold() and cue.name)
