import csv
from collections import Counter, defaultdict
from itertools import cycle, groupby, pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roleinstruct.cleaning.duplicates import DuplicatePair
from roleinstruct.cleaning.segments import SegmentOptions
from roleinstruct.cleaning.turns import join_texts, merge_runs
from roleinstruct.cleaning.two_party import TwoPartyOptions, two_party
from roleinstruct.emotions import Emotion
from roleinstruct.errors import ConfigError
from roleinstruct.records import Boundary, Dialogue, Place, Rejected, Utterance

CPED = Path(__file__).parents[2] / "shared" / "data" / "cped" / "valid_split.csv"
SMALL = TwoPartyOptions(segments=SegmentOptions(target_rounds=3, min_rounds=1, max_rounds=4))

Events = list[Utterance | Boundary]


def scene(speakers: str, start: int = 1) -> Events:
    """A boundary and one line for each letter; C is the character."""
    lines = [Utterance(s, f"{s}{i}", place=Place("f", i, i)) for i, s in enumerate(speakers, start)]
    return [Boundary("id", "", Place("f", start, start)), *lines]


def split(results: list[Dialogue | Rejected]) -> tuple[list[Dialogue], list[Rejected]]:
    return [r for r in results if isinstance(r, Dialogue)], [r for r in results if isinstance(r, Rejected)]


def again(dialogues: list[Dialogue]) -> Events:
    return [e for d in dialogues for e in (Boundary("id", d.title, d.source), *d.utterances)]


def test_a_scene_of_two_is_taken_whole() -> None:
    [dialogue] = two_party(scene("AACAC"), "C")
    assert isinstance(dialogue, Dialogue)
    assert (dialogue.id, dialogue.character, dialogue.partner) == ("C-00001", "C", "A")
    assert [(u.speaker, u.lines) for u in dialogue.utterances] == [("A", 2), ("C", 1), ("A", 1), ("C", 1)]
    assert dialogue.source == Place("f", 1, 5)


@pytest.mark.parametrize(
    ("speakers", "dialogues", "rejected"),
    [
        ("ACACXACAC", ["ACACACAC"], ["X third_party"]),
        ("ACACXYACAC", ["ACACACAC"], ["X third_party", "Y third_party"]),
        ("ACACXYZACAC", ["ACAC", "ACAC"], [f"{s} without_character" for s in "XYZ"]),
        ("ACACXCXCXC", ["ACAC", "XCXCXC"], []),
        ("ACX", ["AC"], ["X without_character"]),
        ("ABAB", [], [f"{s} without_character" for s in "ABAB"]),
        ("CCC", [], ["C monologue"] * 3),
        ("C", [], ["C monologue"]),
        ("AAABC", ["BC"], ["A without_character"] * 3),
        ("CACABCAC", ["CACACAC"], ["B third_party"]),
        ("ACACXXCACAC", ["ACACCACAC"], ["X third_party"] * 2),
    ],
)
def test_windows_hold_the_character_and_one_partner(speakers: str, dialogues: list[str], rejected: list[str]) -> None:
    kept, dropped = split(list(two_party(scene(speakers), "C")))
    assert ["".join(u.speaker * u.lines for u in d.utterances) for d in kept] == dialogues
    assert [f"{r.payload['speaker']} {r.reason}" for r in dropped] == rejected


def test_a_rejected_line_can_be_put_back() -> None:
    line = Utterance("X", "让一让", Emotion.ANGER, Place("f", 3, 3), lines=2)
    events = [*scene("AC"), line, *scene("AC", 4)[1:]]
    [rejected] = split(list(two_party(events, "C")))[1]
    assert rejected.payload == {"speaker": "X", "text": "让一让", "emotion": "anger"}
    assert (rejected.unit, rejected.reason, rejected.stage) == ("utterance", "third_party", "clean")
    assert (rejected.place, rejected.lines, rejected.character) == (Place("f", 3, 3), 2, "C")


@pytest.mark.parametrize("joint", ["甲、乙", "TOM AND ANN", "A/B", "众人"])
def test_those_who_speak_as_one_are_a_third_party(joint: str) -> None:
    lines = [Utterance(s, f"{i}", place=Place("f", i, i)) for i, s in enumerate([joint, "C", joint, "C"], 1)]
    assert {r.reason for r in split(list(two_party(lines, "C")))[1]} == {"multi_party"}


def test_an_unnamed_speaker_is_a_partner_only_where_nobody_else_is() -> None:
    def lines(*speakers: str) -> Events:
        return [Boundary("id", "", Place("f", 1, 1)), *(Utterance(s, f"{s}{i}") for i, s in enumerate(speakers))]

    assert [d.partner for d in split(list(two_party(lines("其他", "C", "其他", "C"), "C")))[0]] == ["其他"]
    kept, dropped = split(list(two_party(lines("其他", "C", "A", "C"), "C")))
    assert [d.partner for d in kept] == ["A"]
    assert [r.payload["speaker"] for r in dropped] == ["其他"]


def test_a_dialogue_below_the_least_turns_is_too_short() -> None:
    kept, dropped = split(list(two_party([*scene("AC"), *scene("ACAC", 3)], "C", TwoPartyOptions(min_turns=4))))
    assert [d.id for d in kept] == ["C-00001"]
    assert [r.reason for r in dropped] == ["too_short"] * 2


def test_a_party_that_talks_on_and_on_ends_the_dialogue() -> None:
    tale: Events = [Utterance("A", f"后来的事就更长了，{n:03d}", place=Place("f", n, n)) for n in range(5, 105)]
    dialogues, [rejected] = split(list(two_party([*scene("ACAC"), *tale, *scene("CACA", 105)[1:]], "C")))
    assert ["".join(u.speaker for u in d.utterances) for d in dialogues] == ["ACAC", "CACA"]
    assert (rejected.reason, rejected.lines, rejected.place) == ("overlong_turn", 100, Place("f", 5, 104))
    letter = Utterance("A", "信很长，" * 400)
    [whole] = two_party([*scene("AC"), letter, Utterance("C", "C")], "C")
    assert isinstance(whole, Dialogue)
    assert whole.utterances[2] == letter


def test_a_scene_in_which_no_window_is_long_enough_is_multi_party() -> None:
    results = list(two_party(scene("ACBCDCEC"), "C", TwoPartyOptions(min_turns=4, max_interruption=0)))
    assert [r.reason for r in split(results)[1]] == ["multi_party"] * 8


def test_a_long_scene_is_cut_and_a_short_one_is_not() -> None:
    longest = SMALL.longest_scene
    [whole] = two_party(scene("AC" * (longest // 2)), "C", SMALL)
    assert isinstance(whole, Dialogue)
    assert len(whole.utterances) == longest
    pieces = split(list(two_party(scene("AC" * longest), "C", SMALL)))[0]
    assert max(len(d.utterances) for d in pieces) <= 2 * SMALL.segments.max_rounds


def test_a_file_without_boundaries_is_cut() -> None:
    script = scene("AC" * 20)[1:]
    end = Boundary("file", "g", Place("g", 1, 1))
    pieces = split(list(two_party([*script, end, *scene("AC", 50)[1:]], "C", SMALL)))[0]
    assert len(pieces) > 2
    assert [u.text for u in pieces[-1].utterances] == ["A50", "C51"]


def test_doubled_lines_are_merged_and_reported() -> None:
    found: list[DuplicatePair] = []
    lines = [
        Utterance(s, t, place=Place("f", i, i))
        for i, (s, t) in enumerate([("A", "快走"), ("A", "快走！"), ("C", "好")], 1)
    ]
    [dialogue] = two_party(lines, "C", on_doubled=found.append)
    assert isinstance(dialogue, Dialogue)
    assert [(u.text, u.lines) for u in dialogue.utterances] == [("快走", 2), ("好", 1)]
    assert [(p.kept_id, p.dropped_id, p.exact) for p in found] == [("f:1", "f:2", True)]


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        (["以前的味儿不大", "这一次的特难喝"], "以前的味儿不大，这一次的特难喝"),
        (["是吗？", "我不信。"], "是吗？我不信。"),
        (["他说", "“走吧”"], "他说“走吧”"),
        (["I see", "come in"], "I see come in"),
        (["my possession", "他说错了"], "my possession，他说错了"),
        (["", " 走 ", ""], "走"),
        ([], ""),
    ],
)
def test_texts_of_a_turn_are_joined_as_they_are_written(lines: list[str], text: str) -> None:
    assert join_texts(lines) == text


@pytest.mark.parametrize(
    ("labels", "most"),
    [
        ([("anger", 1), ("neutral", 2)], "neutral"),
        ([("anger", 1), ("neutral", 1)], "anger"),
        ([("anger", 1), ("fear", 1), ("neutral", 1)], "fear"),
        ([(None, 5), ("sadness", 1)], "sadness"),
        ([(None, 1), (None, 1)], None),
    ],
)
def test_the_emotion_of_a_run_is_that_of_most_of_its_lines(
    labels: list[tuple[str | None, int]], most: str | None
) -> None:
    run = [Utterance("A", "x", Emotion(e) if e else None, lines=n, annotator=e) for e, n in labels]
    [turn] = merge_runs(run)
    assert turn.emotion == (Emotion(most) if most else None)
    assert turn.annotator == most


@pytest.mark.parametrize("numbers", [{"min_turns": 1}, {"max_interruption": -1}])
def test_options_without_meaning_are_refused(numbers: dict[str, int]) -> None:
    with pytest.raises(ConfigError, match="or more"):
        TwoPartyOptions(**numbers)


def test_cleaning_streams() -> None:
    assert isinstance(next(two_party(cycle([Utterance("A", "a"), Utterance("C", "c")]), "C")), Dialogue)


utterances = st.builds(
    Utterance,
    speaker=st.sampled_from(["C", "A", "B", "X", "其他", "甲、乙", ""]),
    text=st.text(max_size=12) | st.sampled_from(["你好", "再见", "在吗？", "我们今天晚上一起去吃饭吧"]),
    emotion=st.none() | st.sampled_from(Emotion),
    place=st.none() | st.builds(Place, st.sampled_from("fg"), st.integers(1, 9), st.integers(9, 20)),
    lines=st.integers(1, 3),
)
boundaries = st.builds(Boundary, st.sampled_from(["id", "blank", "file"]), st.just(""), st.just(Place("f", 1, 1)))
scripts = st.lists(st.one_of(utterances, utterances, utterances, utterances, boundaries), max_size=80)
choices = st.builds(
    TwoPartyOptions, st.integers(2, 4), st.integers(0, 3), st.sampled_from([SMALL.segments, SegmentOptions()])
)


@settings(max_examples=150, deadline=None)
@given(scripts, choices)
def test_any_script_is_accounted_for_and_clean_ones_stay_as_they_are(events: Events, options: TwoPartyOptions) -> None:
    kept, dropped = split(list(two_party(events, "C", options)))
    read = sum(e.lines for e in events if isinstance(e, Utterance))
    assert read == sum(u.lines for d in kept for u in d.utterances) + sum(r.lines for r in dropped)
    for dialogue in kept:
        assert {u.speaker for u in dialogue.utterances} == {"C", dialogue.partner}
        assert all(a.speaker != b.speaker for a, b in pairwise(dialogue.utterances))
        assert len(dialogue.utterances) >= options.min_turns
    assert list(two_party(again(kept), "C", options)) == kept


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from("CA"), min_size=2, max_size=40).filter(lambda s: len(set(s)) == 2))
def test_no_scene_of_two_loses_a_line(speakers: list[str]) -> None:
    [dialogue] = two_party(scene("".join(speakers)), "C")
    assert isinstance(dialogue, Dialogue)
    assert [u.speaker for u in dialogue.utterances] == [speaker for speaker, _ in groupby(speakers)]


@pytest.mark.skipif(not CPED.is_file(), reason="the CPED table is not beside this checkout")
def test_exactly_nine_dialogues_of_cped_have_a_third_party_and_no_other_is_touched() -> None:
    with CPED.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    said = Counter(row["Speaker"] for row in rows)
    dialogues: dict[str, list[Utterance]] = defaultdict(list)
    for number, row in enumerate(rows, 2):
        place = Place("valid_split.csv", number, number)
        dialogues[row["Dialogue_ID"]].append(Utterance(row["Speaker"], row["Utterance"], place=place))
    reduced = []
    for name, lines in dialogues.items():
        character = max(sorted({u.speaker for u in lines}), key=said.__getitem__)
        results = list(two_party([Boundary("id", name, lines[0].place or Place("", 0, 0)), *lines], character))
        kept, dropped = split(results)
        turns = [(speaker, len(list(run))) for speaker, run in groupby(u.speaker for u in lines)]
        if dropped or [(u.speaker, u.lines) for d in kept for u in d.utterances] != turns or len(kept) != 1:
            reduced.append(name)
    assert len(dialogues) == 934
    assert len(reduced) == 9
    assert reduced == [name for name, lines in dialogues.items() if len({u.speaker for u in lines}) > 2]
