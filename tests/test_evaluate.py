"""Rouge-L and RPCS as the package `evaluate` uses them: it takes five seconds to import, so all is in this file."""

from pathlib import Path
from typing import Any

import pytest

from roleinstruct.encoders.ngrams import NgramEncoder
from roleinstruct.errors import AssetError, ConfigError, RecordError
from roleinstruct.metrics.folders import metric_folder
from roleinstruct.metrics.rouge_l import rouge_l
from roleinstruct.metrics.rpcs import rpcs

ANSWERS = ["我喜欢钓鱼", "不知道", "Fishing with Tom"]
MIXED: list[Any] = ["我也喜欢去河边钓鱼", ["不是", "我不知道"], ("fishing with my brother Tom",)]


@pytest.fixture(scope="module")
def evaluate() -> Any:  # noqa: ANN401 - a module
    return pytest.importorskip("evaluate")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, evaluate: Any, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ANN401
    monkeypatch.setattr(evaluate.config, "HF_METRICS_CACHE", str(tmp_path / "metrics"))


@pytest.fixture
def rouge(evaluate: Any) -> Any:  # noqa: ANN401
    from roleinstruct.metrics import RougeL

    return RougeL()


def test_mixed_and_ragged_references_score_as_the_function_has_it(rouge: Any) -> None:  # noqa: ANN401
    expected = rouge_l(ANSWERS, MIXED)
    found = rouge.compute(predictions=ANSWERS, references=MIXED)
    assert found == {
        "rougeL": expected.value,
        "interval": list(expected.interval),
        "floor": expected.floor,
        "n": 3,
        "signature": expected.signature,
        **expected.parts,
    }
    assert rouge.compute(predictions=ANSWERS, references=[[MIXED[0]], *MIXED[1:]]) == found


@pytest.mark.parametrize(
    "settings",
    [
        {"tokenizer": "char-all"},
        {"measure": "recall", "aggregate": "mean"},
        {"compat": "authors-intent"},
        {"floor": False},
    ],
)
def test_compute_takes_the_settings_of_the_function(rouge: Any, settings: dict[str, Any]) -> None:  # noqa: ANN401
    found = rouge.compute(predictions=ANSWERS, references=MIXED, **settings)
    expected = rouge_l(ANSWERS, MIXED, **settings)
    assert (found["rougeL"], found["floor"], found["signature"]) == (
        expected.value,
        expected.floor,
        expected.signature,
    )


def test_answers_can_be_added_one_by_one_and_in_batches(rouge: Any) -> None:  # noqa: ANN401
    rouge.add(prediction=ANSWERS[0], reference=MIXED[0])
    rouge.add_batch(predictions=ANSWERS[1:], references=MIXED[1:])
    assert rouge.compute()["rougeL"] == pytest.approx(rouge_l(ANSWERS, MIXED).value)


@pytest.mark.parametrize(
    ("predictions", "references", "complaint"),
    [
        ([], [], "there is nothing to score"),
        (["a"], [None], "item 1 has None"),
        (["a"], [[]], "item 1 has"),
        (["a"], [["b", 3]], "a reference of item 1 is 3"),
        ([None], ["a"], "prediction 1 is None"),
        (["a", "b"], ["a"], "2 predictions and 1 items"),
        ("a", ["a"], "one text was given"),
        (["a"], None, "1 predictions and 0 items"),
    ],
)
def test_what_cannot_be_scored_is_refused_in_our_own_sentence(
    rouge: Any,  # noqa: ANN401
    predictions: Any,  # noqa: ANN401
    references: Any,  # noqa: ANN401
    complaint: str,
) -> None:
    with pytest.raises(RecordError, match=complaint):
        rouge.compute(predictions=predictions, references=references)


def test_a_metric_that_failed_can_be_used_again(rouge: Any) -> None:  # noqa: ANN401
    with pytest.raises(ConfigError, match="no tokenizer 'bpe'"):
        rouge.compute(predictions=ANSWERS, references=MIXED, tokenizer="bpe")
    with pytest.raises(RecordError):
        rouge.add(prediction="a", reference=None)
    assert rouge.compute(predictions=ANSWERS[:2], references=MIXED[:2])["n"] == 2


def test_rpcs_takes_its_encoder_by_name_or_as_it_is(evaluate: Any) -> None:  # noqa: ANN401
    from roleinstruct.metrics import RPCS

    expected = rpcs(ANSWERS, MIXED, encoder=NgramEncoder())
    for metric, given in ((RPCS(encoder="ngrams"), {}), (RPCS(), {"encoder": NgramEncoder()})):
        found = metric.compute(predictions=ANSWERS, references=MIXED, **given)
        assert (found["rpcs"], found["floor"]) == pytest.approx((expected.value, expected.floor))
        assert found["rescaled"] == pytest.approx(expected.parts["rescaled"])
        assert found["signature"] == expected.signature


def test_the_folders_can_be_loaded_and_combined(evaluate: Any) -> None:  # noqa: ANN401
    one = evaluate.load(str(metric_folder("roleplay_rouge_l")))
    other = evaluate.load(str(metric_folder("roleplay_rpcs")), encoder="ngrams")
    both = evaluate.combine([one, other]).compute(predictions=ANSWERS, references=MIXED)
    prefixed = evaluate.combine([one, other], force_prefix=True)
    prefixed.add(prediction=ANSWERS[0], reference=MIXED[0])
    prefixed.add_batch(predictions=ANSWERS[1:], references=MIXED[1:])
    again = prefixed.compute()
    expected = rouge_l(ANSWERS, MIXED)
    assert both["rougeL"] == again["rouge_l_rougeL"] == expected.value
    assert both["rouge_l_interval"] == again["rouge_l_interval"] == list(expected.interval)
    assert both["rpcs"] == again["rpcs_rpcs"]
    assert both["rpcs_signature"].startswith("rpcs|encoder:ngrams-v1|")


def test_a_folder_can_be_combined_by_its_path(evaluate: Any) -> None:  # noqa: ANN401
    names = {"words": str(metric_folder("roleplay_rouge_l")), "meaning": str(metric_folder("roleplay_rpcs"))}
    found = evaluate.combine(names, force_prefix=True).compute(predictions=ANSWERS, references=MIXED)
    assert found["words_n"] == found["meaning_n"] == 3


def test_a_metric_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(AssetError, match="no metric 'rouge'; there are roleplay_rouge_l, roleplay_rpcs"):
        metric_folder("rouge")


def test_the_names_of_the_package_can_be_had(evaluate: Any) -> None:  # noqa: ANN401
    from roleinstruct import metrics

    assert dir(metrics) == sorted(metrics.__all__)
    assert metrics.metric_folder is metric_folder
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = metrics.nothing
