import json
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roleinstruct.cleaning.duplicates import DuplicatePair, Duplicates, find_duplicates, merge_doubled
from roleinstruct.cleaning.ngrams import pack, passages, unpack
from roleinstruct.emotions import Emotion
from roleinstruct.errors import ConfigError
from roleinstruct.grams import normalise
from roleinstruct.records import Place, Utterance

RELEASE = Path(__file__).parents[2] / "shared" / "data" / "rolecraft-release"

LONG = "你是如何平衡工作和家庭的责任的"


def number(texts: list[str]) -> list[tuple[str, str]]:
    return [(str(i), text) for i, text in enumerate(texts)]


def trigrams(text: str) -> set[str]:
    text = normalise(text)
    return {text[i : i + 3] for i in range(len(text) - 2)}


def likeness(left: str, right: str) -> float:
    if normalise(left) == normalise(right):
        return 1.0
    if min(len(normalise(left)), len(normalise(right))) < 8:
        return 0.0
    a, b = trigrams(left), trigrams(right)
    return len(a & b) / len(a | b)


def keep_by_brute_force(texts: list[str], threshold: float) -> list[str]:
    kept: list[int] = []
    for i, text in enumerate(texts):
        if all(likeness(texts[k], text) < threshold for k in kept):
            kept.append(i)
    return [str(k) for k in kept]


@pytest.mark.parametrize(
    ("left", "right"), [("你好！", "你好"), ("ＡＢＣ", "abc"), ("a b\tc", "ABC"), ("", ""), ("Straße", "STRASSE")]
)
def test_equal_texts_are_exact_duplicates_whatever_their_dress(left: str, right: str) -> None:
    result = find_duplicates([("a", left), ("b", right)])
    assert result.kept == ("a",)
    assert result.pairs == (DuplicatePair("a", "b", 1.0, True),)


@pytest.mark.parametrize(("left", "right"), [("……", "？"), ("我走了啊", "我走了"), ("😀", "😭"), ("", "。")])
def test_short_texts_are_duplicates_of_equal_ones_only(left: str, right: str) -> None:
    assert find_duplicates([("a", left), ("b", right)], 0.6).kept == ("a", "b")


def test_a_near_duplicate_is_explained() -> None:
    [pair] = find_duplicates([("a", LONG), ("b", f"{LONG}呢？")], 0.9).pairs
    assert pair == DuplicatePair("a", "b", 13 / 14, False, (LONG,))


def test_the_threshold_moves_without_reading_again() -> None:
    texts = [LONG, LONG + "呢", LONG + "呢你说", "完全是另外一句话没有关系", LONG]
    once = find_duplicates(iter(number(texts)), 0.6)
    for threshold in (0.6, 0.8, 0.9, 0.95, 1.0):
        moved = once.rethreshold(threshold)
        assert moved == find_duplicates(number(texts), threshold)
        assert list(moved.kept) == keep_by_brute_force(texts, threshold)


def test_an_item_is_dropped_only_for_one_that_stays() -> None:
    texts = [LONG + "啊" * n for n in (0, 1)] + [LONG[k:] + "啊" for k in range(1, 5)]
    result = find_duplicates(number(texts), 0.8)
    assert {pair.kept_id for pair in result.pairs} <= set(result.kept)
    assert len(result.kept) + len(result.pairs) == len(texts)


@pytest.mark.parametrize("threshold", [0.0, 0.59, 1.01])
def test_a_threshold_out_of_reach_is_refused(threshold: float) -> None:
    with pytest.raises(ConfigError, match=r"from 0\.6 to 1"):
        find_duplicates([], threshold)
    with pytest.raises(ConfigError, match=r"from 0\.6 to 1"):
        find_duplicates([]).rethreshold(threshold)


def test_boilerplate_does_not_cost_the_square_of_its_number() -> None:
    texts = [f"您好，我想问一下我的订单{i:05d}现在到哪里了，什么时候可以送到" for i in range(1500)]
    result = find_duplicates(number(texts), 0.9)
    assert len(result.kept) + len(result.pairs) == len(texts)
    assert sum(map(len, result._findings.near.values())) < 80 * len(texts)


SAID = (
    "您好，这里是客服中心，请问有什么可以帮您？我的{}出问题了。",
    "麻烦您提供一下{}的单号。好的，单号是{}。",
    "请稍等，我帮您查询一下{}。",
    "已经为您登记了{}，三个工作日内回复。",
    "感谢您的来电，祝您生活愉快，再见。",
    "请问{}还有其他问题吗？没有了，谢谢。",
)
THINGS = [f"{kind}{thing}" for kind in "红黄蓝绿大小新旧长短" for thing in ("水壶", "车票", "话费", "快递", "电表")]


def calls(count: int) -> list[str]:
    """Calls made of the same few sentences: two of them are 0.35 alike on average."""
    rng = random.Random(1)
    return [
        "".join(rng.choice(SAID).format(rng.choice(THINGS), rng.choice(THINGS)) for _ in range(8)) for _ in range(count)
    ]


def test_calls_of_the_same_few_sentences_are_hardly_ever_measured_and_their_copies_all_found() -> None:
    texts = calls(1000)
    copied = range(0, 1000, 40)
    result = find_duplicates(number([*texts, *(f"{texts[first]}好的" for first in copied)]), 0.9)
    expected = [(str(first), str(copy)) for copy, first in enumerate(copied, len(texts))]
    assert [(pair.kept_id, pair.dropped_id) for pair in result.pairs] == expected
    index = result._findings.index
    assert index.measured < 0.1 * len(texts) ** 2 / 2
    assert index.looked_at < 300 * len(texts)


def test_of_texts_that_are_half_alike_those_are_dropped_that_should_be() -> None:
    texts = [text for call in calls(12) for text in (call, call[10:], call + call[:12], "您好，" + call)]
    assert list(find_duplicates(number(texts), 0.9).kept) == keep_by_brute_force(texts, 0.9)


def test_ngrams_are_numbers_that_can_be_read_back() -> None:
    grams = pack("我abc😀")
    assert {unpack(int(gram)) for gram in grams} == {"我ab", "abc", "bc😀"}
    assert passages("xx我abcyy我ab", grams) == ("我abc", "我ab")


def test_doubled_lines_become_one_with_their_lines_summed() -> None:
    lines = [
        Utterance("A", "快走", place=Place("f", 1, 1)),
        Utterance("A", "快走！", Emotion.FEAR, Place("f", 2, 2), lines=2, annotator="source"),
        Utterance("B", "快走", place=Place("f", 4, 4)),
        Utterance("A", "快走", place=Place("f", 5, 5)),
    ]
    merged, pairs = merge_doubled(lines)
    assert merged == [Utterance("A", "快走", Emotion.FEAR, Place("f", 1, 2), lines=3, annotator="source"), *lines[2:]]
    assert pairs == [DuplicatePair("f:1", "f:2", 1.0, True)]


def test_nearly_the_same_line_is_doubled_too() -> None:
    merged, [pair] = merge_doubled([Utterance("A", LONG), Utterance("A", LONG + "呢")])
    assert [u.text for u in merged] == [LONG]
    assert (pair.exact, pair.shared) == (False, (LONG,))


def check(result: Duplicates, texts: list[str]) -> None:
    dropped = [pair.dropped_id for pair in result.pairs]
    assert sorted([*result.kept, *dropped], key=int) == [str(i) for i in range(len(texts))]
    for pair in result.pairs:
        kept, gone = texts[int(pair.kept_id)], texts[int(pair.dropped_id)]
        assert int(pair.kept_id) < int(pair.dropped_id)
        assert pair.similarity == likeness(kept, gone) >= result.threshold
        assert pair.exact == (normalise(kept) == normalise(gone))


def cut(recorded: tuple[DuplicatePair, ...], threshold: float) -> set[str]:
    """What is dropped at a threshold, as a reader of the recorded pairs finds it."""
    dropped: set[str] = set()
    for pair in recorded:
        if pair.similarity >= threshold and pair.kept_id not in dropped:
            dropped.add(pair.dropped_id)
    return dropped


def test_a_pair_is_recorded_though_its_earlier_item_would_go_at_the_floor() -> None:
    first, second, third = LONG, LONG[:8] + "你现在过得还好吗", LONG[:8] + "你现在过得还好吗呢"
    found = find_duplicates(number([first, second, third, third]), 0.9)
    assert cut(found.recorded, 0.9) == {"2", "3"} == {pair.dropped_id for pair in found.pairs}
    assert ("1", "2") in {(pair.kept_id, pair.dropped_id) for pair in found.recorded}
    assert DuplicatePair("2", "3", 1.0, True) in found.recorded


pieces = st.lists(st.sampled_from(["工作和家庭", "你是如何", "平衡", "ab", "，", "\ud800", "啊"]), max_size=8).map(
    "".join
)


@settings(max_examples=150, deadline=None)
@given(st.lists(pieces | st.text(max_size=20), max_size=15), st.sampled_from([0.6, 0.75, 0.9, 1.0]))
def test_any_texts_are_kept_or_explained(texts: list[str], threshold: float) -> None:
    result = find_duplicates(number(texts), threshold)
    check(result, texts)
    assert set(result.pairs) <= set(result.recorded)
    assert cut(result.recorded, threshold) == {pair.dropped_id for pair in result.pairs}
    again = [texts[int(name)] for name in result.kept]
    assert find_duplicates(number(again), threshold).pairs == ()


@settings(max_examples=100, deadline=None)
@given(st.lists(st.builds(Utterance, speaker=st.sampled_from("AC"), text=pieces, lines=st.integers(1, 3)), max_size=20))
def test_merging_doubled_lines_loses_none(lines: list[Utterance]) -> None:
    merged, pairs = merge_doubled(lines)
    assert sum(u.lines for u in merged) == sum(u.lines for u in lines)
    assert len(merged) + len(pairs) == len(lines)
    assert merge_doubled(merged) == (merged, [])


@pytest.mark.skipif(not RELEASE.is_dir(), reason="the authors' release is not beside this checkout")
def test_hardly_any_pair_of_real_instructions_is_missed_and_none_invented() -> None:
    texts: list[str] = []
    for path in sorted(RELEASE.glob("*/*specific*")):
        texts += [row["instruction"] for row in json.loads(path.read_text(encoding="utf-8")) if row.get("instruction")]
    texts = random.Random(7).sample(texts, 800)
    result = find_duplicates(number(texts), 0.6)
    check(result, texts)
    sets = [trigrams(text) for text in texts]
    near = {(i, j) for j in range(800) for i in range(j) if len(sets[i] & sets[j]) >= 0.6 * len(sets[i] | sets[j])}
    repeats = set(result._findings.repeats)
    true = {(i, j) for i, j in near if not {i, j} & repeats}
    found = {(c.earlier, j) for j, candidates in result._findings.near.items() for c in candidates}
    assert found <= true
    assert len(found) >= 0.98 * len(true) > 0
