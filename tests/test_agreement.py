"""Agreement between annotators, against scikit-learn and by hand."""

import math
from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, cohen_kappa_score, f1_score

from roleinstruct.errors import RecordError
from roleinstruct.metrics.agreement import accuracy, cohen_kappa, macro_f1

PAIRS = st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from("abcd")), min_size=1, max_size=60)


@given(PAIRS)
def test_the_figures_are_those_of_scikit_learn(pairs: list[tuple[str, str]]) -> None:
    gold, found = [a for a, _ in pairs], [b for _, b in pairs]
    assert accuracy(gold, found) == pytest.approx(accuracy_score(gold, found))
    assert macro_f1(gold, found) == pytest.approx(f1_score(gold, found, average="macro", zero_division=0))
    if len({*gold, *found}) > 1:
        assert cohen_kappa(gold, found) == pytest.approx(cohen_kappa_score(gold, found))


def test_kappa_of_a_table_done_by_hand() -> None:
    # 20 yes-yes, 15 no-no, 5 yes-no, 10 no-yes: observed .7, expected .5, kappa .4
    gold = ["y"] * 25 + ["n"] * 25
    found = ["y"] * 20 + ["n"] * 5 + ["y"] * 10 + ["n"] * 15
    assert cohen_kappa(gold, found) == pytest.approx(0.4)


def test_one_label_throughout_agrees_perfectly() -> None:
    assert cohen_kappa(["a", "a"], ["a", "a"]) == 1.0


def test_the_majority_label_has_no_kappa() -> None:
    assert cohen_kappa(["a", "a", "b"], ["a", "a", "a"]) == pytest.approx(0.0)
    assert math.isclose(accuracy(["a", "a", "b"], ["a", "a", "a"]), 2 / 3)


@pytest.mark.parametrize("measure", [accuracy, macro_f1, cohen_kappa])
def test_nothing_and_unequal_lengths_are_refused(measure: object) -> None:
    assert callable(measure)
    with pytest.raises(RecordError, match="no labels"):
        measure([], [])
    with pytest.raises(RecordError, match="2 reference labels and 1 predicted"):
        measure(["a", "b"], ["a"])


def test_the_lexicon_agrees_with_lines_that_its_author_did_not_see() -> None:
    from roleinstruct import Emotion, Utterance, assets
    from roleinstruct.generate.emotions import label

    gold: list[str] = []
    found: list[str] = []
    for path in sorted(assets.find("builders/emotion_lines").glob("*.tsv")):
        lines = (line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()[1:])
        for _, block in groupby(lines, key=lambda row: row[0]):
            rows = list(block)
            gold += [Emotion(emotion).value for *_, emotion in rows]
            found += [emotion.value for emotion in label([Utterance(name, text) for _, name, text, _ in rows])]
    assert len(gold) > 8_500
    assert set(gold) == {emotion.value for emotion in Emotion}
    assert cohen_kappa(gold, found) > 0.22
