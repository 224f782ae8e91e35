"""A classifier labels what it is sure of, a model the rest."""

import asyncio
import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openai_replies import Reply, Request, say
from openai_server import OpenAIServer
from roleinstruct.emotions import Emotion
from roleinstruct.errors import RecordError
from roleinstruct.generate.annotating import Annotated, annotate_by_model
from roleinstruct.generate.cascade import Cascade, choose_threshold, curve, fit_cascade, hold_out
from roleinstruct.generate.classifier import EmotionClassifier
from roleinstruct.generate.fitting import fit
from roleinstruct.generate.voting import AnnotateOptions
from roleinstruct.llm.asking import Asker
from roleinstruct.llm.budget import Meter, Prices
from roleinstruct.llm.endpoint import Endpoint
from roleinstruct.llm.engine import Engine
from roleinstruct.llm.journal import Journal
from roleinstruct.metrics.agreement import cohen_kappa
from roleinstruct.records import Dialogue, Place, Utterance

SURE = {Emotion.HAPPINESS: "今晚喀喀嗒嗒呀", Emotion.FEAR: "又是噗噜噗噜呢", Emotion.NEUTRAL: "三点在站台见"}
UNKNOWN = "鸢尾纸镇"
A, F, N = Emotion.ANGER, Emotion.FEAR, Emotion.NEUTRAL


def talk(turns: Sequence[Utterance]) -> Dialogue:
    return Dialogue("d", "阿朗", "小满", tuple(turns), Place("talk.txt", 1, len(turns)))


def said(texts: Sequence[str]) -> list[Utterance]:
    return [
        Utterance(("阿朗", "小满")[n % 2], text, place=Place("talk.txt", n + 1, n + 1)) for n, text in enumerate(texts)
    ]


@pytest.fixture(scope="module")
def fitted() -> EmotionClassifier:
    emotions = list(SURE)
    talks = [[emotions[(n + turn // 2) % 3] for turn in range(6)] for n in range(40)]
    return fit(
        talk([replace(u, emotion=e, annotator="source") for u, e in zip(said([SURE[e] for e in t]), t, strict=True)])
        for t in talks
    )


def lesson(number: int, character: str) -> Dialogue:
    """Six lines with the labels of a model, one of them beyond all learning."""
    emotions = [list(SURE)[(number + turn) % 3] for turn in range(6)]
    turns = [
        Utterance((character, "小满")[n % 2], SURE[emotion], emotion, annotator="tester")
        for n, emotion in enumerate(emotions)
    ]
    turns[3] = replace(turns[3], text=UNKNOWN, emotion=list(Emotion)[number % 10])
    return Dialogue(f"{character}-{number}", character, "小满", tuple(turns), Place("talk.txt", 1, 6))


LESSONS = [lesson(n, name) for name in ("阿朗", "阿青", "老周") for n in range(30)]


def mixed() -> Dialogue:
    happy, afraid = SURE[Emotion.HAPPINESS], SURE[Emotion.FEAR]
    return talk(said([happy, happy, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, afraid, afraid]))


def confidences(fitted: EmotionClassifier, dialogue: Dialogue) -> list[float]:
    return [turn.confidence or 0.0 for turn in fitted.label(dialogue).utterances]


def between(fitted: EmotionClassifier) -> float:
    """A threshold that some of the mixed lines reach and others do not."""
    found = sorted(confidences(fitted, mixed()))
    assert found[0] < found[-1]
    return (found[0] + found[-1]) / 2


def test_what_the_classifier_is_sure_of_is_taken_and_the_rest_stays(fitted: EmotionClassifier) -> None:
    threshold = between(fitted)
    taken = Cascade(fitted, threshold).take(mixed())
    sure = [n for n, confidence in enumerate(confidences(fitted, mixed())) if confidence >= threshold]
    assert 0 < len(sure) < 8
    assert sorted([*sure, *taken.rest]) == list(range(8))
    for position, turn in enumerate(taken.dialogue.utterances):
        if position in sure:
            assert turn == fitted.label(mixed()).utterances[position]
            assert turn.annotator == "fitted"
        else:
            assert turn == mixed().utterances[position]


@pytest.mark.parametrize(("threshold", "rest"), [(0.0, 0), (1.01, 8)])
def test_the_ends_are_all_and_nothing(fitted: EmotionClassifier, threshold: float, rest: int) -> None:
    assert len(Cascade(fitted, threshold).take(mixed()).rest) == rest


def test_settled_labels_are_neither_taken_nor_asked_and_guesses_are(fitted: EmotionClassifier) -> None:
    turns = list(mixed().utterances)
    turns[0] = replace(turns[0], emotion=A, annotator="source")
    turns[1] = replace(turns[1], emotion=A, annotator="tester")
    turns[6] = replace(turns[6], emotion=A, annotator="extractive")
    turns[7] = replace(turns[7], emotion=A, annotator="fitted", confidence=0.99)
    taken = Cascade(fitted, 0.0).take(talk(turns))
    assert list(taken.dialogue.utterances[:2]) == turns[:2]
    assert {turn.emotion for turn in taken.dialogue.utterances[6:]} == {F}
    assert Cascade(fitted, 1.01).take(talk(turns)).rest == (2, 3, 4, 5, 6, 7)


def test_the_model_is_asked_for_the_rest_and_sees_the_other_lines_without_the_guesses(
    fitted: EmotionClassifier, tmp_path: Path
) -> None:
    def angry(request: Request) -> Reply:
        numbers = re.findall(r"^(\d+) \|", request.prompt, re.MULTILINE)
        return say(json.dumps({"labels": [f"{number} anger" for number in numbers]}))

    async def work(base_url: str) -> Annotated:
        with Journal(tmp_path / "journal.sqlite") as journal:
            async with Engine(Endpoint.of("tester", base_url), journal, Meter(Prices({}))) as engine:
                task = Cascade(fitted, between(fitted)).take(mixed())
                [found] = [one async for one in annotate_by_model([task], Asker(engine), AnnotateOptions(), 1)]
                return found

    with OpenAIServer(angry) as server:
        found = asyncio.run(work(server.base_url))
        [call] = server.calls
    taken = Cascade(fitted, between(fitted)).take(mixed())
    by = {position: turn.annotator for position, turn in enumerate(found.dialogue.utterances)}
    assert {position for position, annotator in by.items() if annotator == "tester"} == set(taken.rest)
    assert set(by.values()) == {"tester", "fitted"}
    assert {found.dialogue.utterances[position].emotion for position in taken.rest} == {A}
    assert f"- | 阿朗：{SURE[Emotion.HAPPINESS]}\n" in call.request.prompt
    assert not any(f"[{emotion}]" in call.request.prompt for emotion in Emotion)


def test_each_line_is_guessed_by_a_classifier_that_saw_no_line_of_its_dialogue() -> None:
    guesses = list(hold_out(LESSONS))
    given = {(d.id, n): turn.emotion for d in LESSONS for n, turn in enumerate(d.utterances)}
    assert {(guess.dialogue, guess.position): guess.given for guess in guesses} == given
    easy = [guess for guess in guesses if guess.position != 3]
    hard = [guess for guess in guesses if guess.position == 3]
    assert sum(guess.local is guess.given for guess in easy) > 0.95 * len(easy)
    assert sum(guess.local is guess.given for guess in hard) < 0.4 * len(hard)
    mean = [sum(guess.confidence for guess in part) / len(part) for part in (easy, hard)]
    assert mean[0] > mean[1]


def test_a_fitted_cascade_says_what_it_is_expected_to_do_and_keeps_to_what_was_wished() -> None:
    found = fit_cascade(LESSONS, 0.9)
    assert found.cascade is not None
    assert 0.9 <= found.expected <= 1
    assert 0.5 < found.share < 0.95
    assert found.lines == 540
    taken = found.cascade.take(mixed())
    assert {0, 1} <= set(range(8)) - set(taken.rest)
    everything = fit_cascade(LESSONS, -1.0)
    assert everything.cascade is not None
    assert (everything.cascade.threshold, everything.share) == (0.0, 1.0)


def test_a_cascade_of_which_nothing_is_sure_takes_nothing() -> None:
    odd = [replace(one, utterances=tuple(replace(turn, text=UNKNOWN) for turn in one.utterances)) for one in LESSONS]
    found = fit_cascade(odd, 0.99)
    assert (found.cascade, found.expected, found.share, found.lines) == (None, 1.0, 0.0, 540)


def test_too_few_labels_are_refused() -> None:
    with pytest.raises(RecordError, match="too few to learn from"):
        fit_cascade(LESSONS[:5], 0.9)


def test_the_curve_says_what_each_threshold_would_do() -> None:
    sure, local, model = [0.9, 0.8, 0.5, 0.2], [A, N, N, F], [A, N, F, N]
    points = {point.threshold: point for point in curve(sure, local, model)}
    assert max(points) == 0.9
    assert (points[0.9].share, points[0.9].accuracy, points[0.9].kappa) == (0.25, 1.0, 1.0)
    assert (points[0.8].share, points[0.8].accuracy, points[0.8].kappa) == (0.5, 1.0, 1.0)
    assert (points[0.5].share, points[0.5].accuracy) == (0.75, 2 / 3)
    assert points[0.5].kappa == cohen_kappa(model, [A, N, N, N])
    assert (points[0.0].share, points[0.0].accuracy) == (1.0, 0.5)
    assert points[0.0].kappa == cohen_kappa(model, local)


@pytest.mark.parametrize(("agreement", "chosen"), [(1.0, 0.51), (0.5, 0.21), (-1.0, 0.0)])
def test_the_lowest_threshold_that_agrees_is_chosen(agreement: float, chosen: float) -> None:
    assert choose_threshold([0.9, 0.8, 0.5, 0.2], [A, N, N, F], [A, N, F, N], agreement) == chosen


def test_where_the_surest_line_is_wrong_nothing_can_be_taken() -> None:
    assert choose_threshold([0.9, 0.8, 0.5], [A, N, F], [N, N, F], 0.99) is None


LINES = st.lists(
    st.tuples(st.floats(0, 1), st.sampled_from([A, F, N]), st.sampled_from([A, F, N])), min_size=1, max_size=40
)


@given(LINES, st.floats(0, 1))
@settings(max_examples=60, deadline=None)
def test_a_chosen_threshold_keeps_its_promise_from_there_upwards(
    lines: list[tuple[float, Emotion, Emotion]], agreement: float
) -> None:
    sure, local, model = zip(*lines, strict=True)
    points = curve(sure, local, model)
    assert [point.share for point in points] == sorted((point.share for point in points), reverse=True)
    chosen = choose_threshold(sure, local, model, agreement)
    if chosen is None:
        assert points[-1].kappa < agreement
    else:
        assert all(point.kappa >= agreement for point in points if point.threshold >= chosen)
        below = [point for point in points if point.threshold < chosen]
        assert not below or below[-1].kappa < agreement


def test_a_sample_that_does_not_fit_together_is_refused() -> None:
    with pytest.raises(RecordError, match="2 confidences, 1 local labels and 1 of the model"):
        curve([0.5, 0.6], [A], [A])
    with pytest.raises(RecordError, match="and 2 of the model"):
        choose_threshold([0.5], [A], [A, N], 0.9)
    with pytest.raises(RecordError, match="no labels"):
        curve([], [], [])
