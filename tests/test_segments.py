import json
from itertools import cycle, pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roleinstruct.cleaning.cues import asks, closes, opens
from roleinstruct.cleaning.segments import SegmentOptions, count_turns, segments
from roleinstruct.errors import ConfigError
from roleinstruct.records import Utterance

RELEASE = Path(__file__).parents[2] / "shared" / "data" / "rolecraft-release"
SHORT = SegmentOptions(target_rounds=4, min_rounds=2, max_rounds=6)


def talk(turns: int, said: dict[int, str] | None = None) -> list[Utterance]:
    """An even conversation that says the same all the time, but for the turns given."""
    return [Utterance("AC"[i % 2], (said or {}).get(i, "今天的天气真好")) for i in range(turns)]


def test_a_conversation_no_longer_than_the_longest_is_left_whole() -> None:
    lines = talk(2 * SHORT.max_rounds, {6: "你好", 5: "再见"})
    assert list(segments(lines, SHORT)) == [lines]


def test_an_even_conversation_is_cut_near_the_target() -> None:
    lengths = [count_turns(piece) / 2 for piece in segments(talk(3000))]
    assert sum(lengths) / len(lengths) == pytest.approx(15, abs=1)


@pytest.mark.parametrize("said", [{10: "喂，是小王吗"}, {9: "好的，再见"}, {9: "bye", 10: "Good morning!"}])
def test_a_greeting_or_farewell_draws_the_cut(said: dict[int, str]) -> None:
    assert len(next(segments(talk(60, said), SHORT))) == 10


def test_no_cut_falls_between_a_question_and_its_answer() -> None:
    lines = talk(60, {7: "我们去哪儿", 9: "你同意吗？", 5: "why not?"})
    assert len(next(segments(lines, SHORT))) not in (6, 8, 10)


def test_a_change_of_subject_draws_the_cut() -> None:
    lines = talk(6) + [Utterance("AC"[i % 2], "股票跌得厉害") for i in range(6, 14)]
    assert len(next(segments(lines, SHORT))) == 6


def test_where_speakers_alternate_a_doubled_one_begins_a_new_dialogue() -> None:
    lines = talk(10) + [Utterance("CA"[i % 2], "今天的天气真好") for i in range(40)]
    assert len(next(segments(lines, SHORT))) == 10


def test_a_conversation_of_questions_alone_is_cut_all_the_same() -> None:
    lines = [Utterance("AC"[i % 2], "谁？") for i in range(50)]
    assert all(count_turns(piece) <= 2 * SHORT.max_rounds for piece in segments(lines, SHORT))


def test_segments_are_given_out_before_the_script_ends() -> None:
    assert next(segments(cycle([Utterance("A", "嗯"), Utterance("C", "啊")])))


@pytest.mark.parametrize("text", ["喂", "你好。我能坐在这里吗？", "“Hello there", "good evening", "  晚上好"])
def test_openings_are_known(text: str) -> None:
    assert opens(text)


@pytest.mark.parametrize("text", ["那就明天见", "Bye!", "晚安", "I'll see you soon", "好，拜拜"])
def test_closings_are_known(text: str) -> None:
    assert closes(text)


@pytest.mark.parametrize("text", ["你去哪", "这是为什么", "好吗", "真的？！", "Where is it", "然后呢。", "吃了没"])
def test_questions_are_known_without_their_mark(text: str) -> None:
    assert asks(text)


@pytest.mark.parametrize("text", ["历史很长", "hiking", "", "。。。", "谁都知道，我走了"])
def test_other_lines_are_neither(text: str) -> None:
    assert not any(shows(text) for shows in (opens, closes, asks))


@pytest.mark.parametrize("numbers", [(15, 0, 20), (15, 11, 20), (21, 5, 20), (4, 5, 20)])
def test_lengths_that_contradict_each_other_are_refused(numbers: tuple[int, int, int]) -> None:
    with pytest.raises(ConfigError, match="2 \\* min <= max"):
        SegmentOptions(*numbers)


lines_of_two = st.lists(
    st.builds(
        Utterance,
        speaker=st.sampled_from("AC"),
        text=st.text(max_size=10) | st.sampled_from(["喂", "再见", "谁？", "我们走吧"]),
    ),
    max_size=150,
)


@settings(max_examples=100, deadline=None)
@given(lines_of_two, st.sampled_from([SHORT, SegmentOptions(1, 1, 2), SegmentOptions()]))
def test_segments_are_the_same_lines_within_the_lengths(lines: list[Utterance], options: SegmentOptions) -> None:
    pieces = list(segments(lines, options))
    assert [line for piece in pieces for line in piece] == lines
    assert all(count_turns(piece) <= 2 * options.max_rounds for piece in pieces)
    if len(pieces) > 1:
        assert all(count_turns(piece) >= 2 * options.min_rounds for piece in pieces)
    assert pieces == list(segments(iter(lines), options))


@pytest.mark.skipif(not RELEASE.is_dir(), reason="the authors' release is not beside this checkout")
@pytest.mark.parametrize("name", ["周晨曦", "李娜", "桃子"])
def test_scripts_of_two_speakers_come_out_as_long_as_the_papers_dialogues(name: str) -> None:
    [path] = (RELEASE / name).glob("*scriopt*")
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    pieces = list(segments(Utterance(row["role"], row["content"].partition(")")[2]) for row in rows))
    rounds = [count_turns(piece) / 2 for piece in pieces]
    assert sum(rounds) / len(rounds) == pytest.approx(14.85, abs=1)
    # In these scripts one speaker in twenty is doubled; nearly every true boundary is one of those.
    assert sum(a[-1].speaker == b[0].speaker for a, b in pairwise(pieces)) / len(pieces) > 0.5
