"""Rouge-L: known answers, the packages it must agree with, and what it says of itself."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roleinstruct.errors import ConfigError, RecordError
from roleinstruct.metrics.rouge_l import rouge_l
from roleinstruct.metrics.signature import expect_same
from roleinstruct.metrics.tokenize import tokenised, tokenizer_of


@pytest.mark.parametrize(
    ("answer", "reference", "precision", "recall", "f"),
    [
        ("我喜欢钓鱼", "我喜欢钓鱼", 1, 1, 1),
        ("我喜欢钓鱼", "我也喜欢去河边钓鱼", 1, 5 / 9, 10 / 14),
        ("鱼钓", "钓鱼", 1 / 2, 1 / 2, 1 / 2),  # the order counts
        ("", "钓鱼", 0, 0, 0),
        ("钓鱼", "", 0, 0, 0),
        ("", "", 0, 0, 0),
        ("   ", "钓鱼", 0, 0, 0),
        ("好", "坏", 0, 0, 0),
        ("Fishing with Tom", "fishing WITH my brother Tom", 1, 3 / 5, 6 / 8),
        ("我用iPhone15拍的", "我用 iPhone15 拍的", 1, 1, 1),
        ("don't go", "don't stay", 1 / 2, 1 / 2, 1 / 2),
    ],
)
def test_precision_recall_and_f_of_known_pairs(
    answer: str, reference: str, precision: float, recall: float, f: float
) -> None:
    found = rouge_l([answer], [reference])
    assert (found.parts["precision"], found.parts["recall"], found.parts["f"]) == pytest.approx((precision, recall, f))
    assert found.value == found.parts["f"]


@pytest.mark.parametrize(
    ("name", "text", "tokens"),
    [
        ("char", "我有2个iPad！", ["我", "有", "2", "个", "ipad", "！"]),
        ("char", "我 很好", "我很好"),
        ("char", "Łódź über", ["łódź", "über"]),
        ("char-all", "Ab 好", "Ab好"),
        ("rouge_score", "It's 好 2 go", ["it", "s", "2", "go"]),
        ("word", "我喜欢钓鱼 。", ["我", "喜欢", "钓鱼", "。"]),
    ],
)
def test_each_tokenizer_cuts_as_it_says(name: str, text: str, tokens: Sequence[str]) -> None:
    assert list(tokenizer_of(name)[1](text)) == list(tokens)


def test_of_several_references_the_best_counts_or_their_mean() -> None:
    wanted = [["我喜欢钓鱼", "不知道"], "不知道"]
    assert rouge_l(["我喜欢钓鱼", "不知道"], wanted).value == 1
    assert rouge_l(["我喜欢钓鱼", "不知道"], wanted, aggregate="mean").values.tolist() == [0.5, 1]


def test_beta_weighs_recall() -> None:
    found = rouge_l(["我喜欢"], ["我喜欢钓鱼"], beta=2)
    assert found.value == pytest.approx(5 * 1 * 0.6 / (0.6 + 4 * 1))
    assert "measure:f2" in found.signature


def test_a_score_says_how_it_was_made_and_others_are_not_compared_with_it() -> None:
    one = rouge_l(["好"], ["好"])
    assert one.signature == "rougeL|measure:f|tokenizer:char|references:max|version:1"
    other = rouge_l(["好"], ["好"], tokenizer="word")
    with pytest.raises(RecordError, match="cannot be compared"):
        expect_same(one.signature, other.signature)
    assert expect_same(one.signature, one.signature) == one.signature


def test_the_floor_is_that_of_answers_to_other_questions() -> None:
    answers = ["早上吃面条", "我妹妹在北京", "车坏了三天"]
    found = rouge_l(answers, answers)
    assert found.value == 1
    assert found.floor is not None
    assert found.floor < 0.2
    assert rouge_l(["好"], ["好"]).floor is None


@pytest.mark.parametrize(
    ("predictions", "references", "complaint"),
    [
        ([], [], "nothing to score"),
        (["a"], [], "1 predictions and 0 items"),
        (["a"], [[]], "item 1 has"),
        (["a"], [None], "item 1 has None"),
        ([None], ["a"], "prediction 1 is None"),
        (["a"], [["b", 3]], "a reference of item 1 is 3"),
        ("a", ["a"], "one text was given"),
    ],
)
def test_what_cannot_be_scored_is_refused_in_one_sentence(
    predictions: list[str], references: list[str], complaint: str
) -> None:
    with pytest.raises(RecordError, match=complaint):
        rouge_l(predictions, references)


@pytest.mark.parametrize(
    "settings",
    [{"tokenizer": "bpe"}, {"measure": "g"}, {"beta": 0}, {"compat": "mine"}, {"compat": "llamafactory", "beta": 2}],
)
def test_a_setting_without_meaning_is_refused(settings: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        rouge_l(["a"], ["a"], **settings)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("answer", "references", "precision", "recall", "f"),
    [
        ("testing", "testing one two", 1, 1 / 3, 1 / 2),
        ("testing one", "testing one two", 1, 2 / 3, 4 / 5),
        ("testing two", "testing one two", 1, 2 / 3, 4 / 5),
        ("", "testing one two", 0, 0, 0),
        ("text first", ["first text", "first something"], 1 / 2, 1 / 2, 1 / 2),
        ("/", "w1 w2 w3 w4 w5", 0, 0, 0),
        ("this is a test", "this is a test", 1, 1, 1),
    ],
)
def test_the_published_vectors_of_rouge_score(
    answer: str, references: str | list[str], precision: float, recall: float, f: float
) -> None:
    found = rouge_l([answer], [references], tokenizer="rouge_score")
    assert (found.parts["precision"], found.parts["recall"], found.parts["f"]) == pytest.approx((precision, recall, f))


def test_the_floor_can_be_left_out() -> None:
    one, other = rouge_l(["好的", "不"], ["好", "不"], floor=False), rouge_l(["好的", "不"], ["好", "不"])
    assert one.floor is None
    assert (one.value, one.signature, one.interval) == (other.value, other.signature, other.interval)


def test_a_tokenizer_of_ones_own_is_not_taken_for_a_named_one() -> None:
    def char(text: str) -> list[str]:
        return text.split("-")

    found = rouge_l(["a-b"], ["a-c"], tokenizer=char)
    assert found.value == 0.5
    assert "tokenizer:own-char" in found.signature


@given(st.lists(st.text(alphabet="aBé1'’好，ßİΣ_ \n\U00040000\U0010ffff한글", max_size=12), max_size=6))
@settings(max_examples=200, deadline=None)
def test_spelled_texts_are_the_same_tokens_one_character_each(texts: list[str]) -> None:
    cut = tokenizer_of("char")[1]
    written = tokenised(texts, cut)
    for text in texts:
        assert len(written[text]) == len(cut(text))
    both = {(token, name) for text in texts for token, name in zip(cut(text), written[text], strict=True)}
    assert len(both) == len({token for token, _ in both}) == len({name for _, name in both})


def test_more_texts_than_are_spelled_at_once_share_their_names() -> None:
    texts = [f"word{number % 9}x 好{number}a" for number in range(9000)]
    written = tokenised(texts, tokenizer_of("char")[1])
    assert len({names[0] for names in written.values()}) == 9
    assert {len(names) for names in written.values()} == {3}


def test_the_two_readings_of_the_authors_script_are_there() -> None:
    answers, references = ["我喜欢钓鱼", "天气不错"], ["我也喜欢去河边钓鱼", "不是"]
    released = rouge_l(answers, references, compat="authors-release")
    assert released.values.tolist() == [1, 1]  # one shared character is enough
    meant = rouge_l(answers, references, compat="authors-intent")
    assert meant.values.tolist() == pytest.approx([5 / 9, 1 / 2])
    assert released.signature != meant.signature


texts = st.text(alphabet="我你他好的钓鱼去ab c1，。\n", max_size=30)


@given(st.lists(st.tuples(texts, texts), min_size=1, max_size=8))
@settings(max_examples=60, deadline=None)
def test_scores_lie_between_0_and_1_and_precision_and_recall_change_places(pairs: list[tuple[str, str]]) -> None:
    answers, references = [a for a, _ in pairs], [b for _, b in pairs]
    there, back = rouge_l(answers, references), rouge_l(references, answers)
    assert 0 <= there.values.min() <= there.values.max() <= 1
    assert there.parts["precision"] == pytest.approx(back.parts["recall"])
    assert there.values == pytest.approx(back.values)


@given(st.lists(st.tuples(texts, texts), min_size=1, max_size=5))
@settings(max_examples=40, deadline=None)
def test_it_is_rouge_score_with_another_tokenizer(pairs: list[tuple[str, str]]) -> None:
    _expect_as_rouge_score([a for a, _ in pairs], [b for _, b in pairs])


def test_it_is_rouge_score_on_real_answers(release: Path) -> None:
    _expect_as_rouge_score(*_first_and_second(release, 300))


def test_it_is_what_llamafactory_logs(release: Path) -> None:
    rouge_chinese = pytest.importorskip("rouge_chinese")
    jieba = pytest.importorskip("jieba")
    answers, references = _first_and_second(release, 150)
    scorer = rouge_chinese.Rouge()
    for answer, reference, mine in zip(
        answers, references, rouge_l(answers, references, compat="llamafactory").values, strict=True
    ):
        hypothesis, target = " ".join(jieba.cut(answer)), " ".join(jieba.cut(reference))
        if hypothesis.split() and target.split():
            logged = round(scorer.get_scores(hypothesis, target)[0]["rouge-l"]["f"] * 100, 4)
            assert mine * 100 == pytest.approx(logged, abs=1e-9)
        else:
            assert mine == 0


def _expect_as_rouge_score(answers: list[str], references: list[str]) -> None:
    rouge_scorer = pytest.importorskip("rouge_score.rouge_scorer")

    class Characters:
        def tokenize(self, text: str) -> list[str]:
            return list(tokenizer_of("char")[1](text))

    scorer = rouge_scorer.RougeScorer(["rougeL"], tokenizer=Characters())
    found = [scorer.score(reference, answer)["rougeL"] for answer, reference in zip(answers, references, strict=True)]
    mine = rouge_l(answers, references)
    assert np.abs(mine.values - [one.fmeasure for one in found]).max() <= 1e-12
    assert mine.parts["precision"] == pytest.approx(np.mean([one.precision for one in found]), abs=1e-12)
    assert mine.parts["recall"] == pytest.approx(np.mean([one.recall for one in found]), abs=1e-12)


def _first_and_second(release: Path, most: int) -> tuple[list[str], list[str]]:
    """The first two answers of one character to the same general instructions."""
    first = min(release.glob("*/*general_rp1*"))
    second = next(path for path in first.parent.iterdir() if "general_rp2" in path.name)
    pairs = list(zip(_answers(first), _answers(second), strict=False))[:most]
    return [a for a, _ in pairs], [b for _, b in pairs]


def _answers(path: Path) -> list[str]:
    rows = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip())
    return [str(row.get("generated") or "") for row in rows]
