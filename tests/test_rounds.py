"""What is asked for questions: the kinds, the scenes from elsewhere, what is missing, and what fits into a context."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openai_replies import Reply, say
from openai_replies import Request as Heard
from roleinstruct.encoders.ngrams import NgramEncoder
from roleinstruct.errors import ConfigError
from roleinstruct.generate.chunks import chunks_of
from roleinstruct.generate.elsewhere import Elsewhere
from roleinstruct.generate.profiling import ProfileOptions
from roleinstruct.generate.profiling import requests_of as profile_requests
from roleinstruct.generate.questioning import Questions, questions_by_model, requests_of
from roleinstruct.generate.rounds import QuestionOptions
from roleinstruct.generate.variety import KINDS, allotted, turns
from roleinstruct.llm.clipping import tokens_of
from roleinstruct.llm.tokens import count_request
from roleinstruct.records import CharacterProfile, Dialogue, Place, Utterance
from teachers import NAMES, say_json, script, teach, told

EQUAL = dict.fromkeys(KINDS, 1.0)
SMALL = QuestionOptions(pairs=5, context=800, further=0)


@pytest.mark.parametrize(
    ("weights", "pairs", "expected"),
    [
        (EQUAL, 10, [2, 2, 2, 2, 2]),
        (EQUAL, 3, [1, 1, 1, 0, 0]),
        ({"plot": 3, "feelings": 1}, 8, [0, 6, 0, 2, 0]),
        ({"everyday": 0.5}, 2, [0, 0, 0, 0, 2]),
        (EQUAL, 0, [0, 0, 0, 0, 0]),
    ],
)
def test_pairs_are_shared_out_over_the_kinds(weights: dict[str, float], pairs: int, expected: list[int]) -> None:
    found = allotted(weights, pairs)
    assert [found[kind] for kind in KINDS] == expected


@given(
    st.dictionaries(st.sampled_from(KINDS), st.integers(0, 9), min_size=1).filter(lambda found: any(found.values())),
    st.integers(1, 120),
)
@settings(max_examples=60, deadline=None)
def test_every_kind_has_its_share_at_any_moment(weights: dict[str, int], pairs: int) -> None:
    found = allotted(weights, pairs)
    assert found.total() == pairs
    for kind in KINDS:
        share = weights.get(kind, 0) * pairs / sum(weights.values())
        assert abs(found[kind] - share) < len(KINDS)
        assert found[kind] == 0 or weights.get(kind, 0) > 0
    whole = sum(weights.values())
    assert allotted(weights, whole) == Counter({kind: count for kind, count in weights.items() if count})
    assert [kind for kind, _ in zip(turns(weights), range(pairs), strict=False)].count("plot") == found["plot"]


def quota(heard: Heard) -> Counter[str]:
    """The kinds that a request asks for, at its very end."""
    last = told(heard).splitlines()[-1]
    return Counter({kind: int(count) for kind, count in re.findall(r"(\w+) (\d+)(?=[ ,.])", last) if kind in KINDS})


def willing(heard: Heard) -> Reply:
    """As many pairs as are asked for, of the kinds that are asked for, all different."""
    number = sum(map(ord, told(heard)))
    return say_json({"pairs": [one(f"{kind}{number}") for kind in quota(heard).elements() for number in [number + 1]]})


def one(mark: str, question: str = "于小强，关于{}你怎么看？", **more: object) -> dict[str, object]:
    kind = next((kind for kind in KINDS if mark.startswith(kind)), "plot")
    said = {"question": question.format(mark), "answer": "那还用说，凑合过呗。", "emotion": "neutral", "evidence": [1]}
    return {"kind": kind, "reason": "他一向如此", "confidence": "medium", **said, **more}


def ask(
    answer: Callable[[Heard], Reply], path: Path, options: QuestionOptions, dialogues: list[Dialogue]
) -> tuple[Questions, list[Heard]]:
    known = CharacterProfile(dialogues[0].character, fields={"age": "28"})
    return teach(answer, lambda asker: questions_by_model(known, dialogues, asker, options), path)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_requests_have_the_quota_together_and_what_came_is_counted(language: str, tmp_path: Path) -> None:
    def answer(heard: Heard) -> Reply:
        return say_json({"pairs": [one("plot", f"{NAMES[language][0]}, 你 {len(told(heard))} {n}?") for n in range(3)]})

    options = replace(SMALL, wanted=12, pairs=3, rounds=1)
    found, calls = ask(answer, tmp_path, options, script(60, language))
    assert len(calls) == 4
    assert sum(map(quota, calls), Counter()) == allotted(EQUAL, 12) == Counter(found.asked)
    assert found.kinds == {"plot": len(found.items)}
    assert found.rounds == 1


def test_what_is_missing_is_asked_for_until_there_is_enough(tmp_path: Path) -> None:
    serial = iter(range(1000))

    def answer(heard: Heard) -> Reply:
        """Half of the pairs are no good, and nobody is asked about daily life before the third round."""
        kinds = [kind for kind in quota(heard).elements() if kind != "everyday" or "everyday" in told(heard)[-20:]]
        asked = [one(f"{kind}{next(serial)}") for kind in kinds]
        return say_json({"pairs": [one("plot", "房东为什么要来收房租？"), *asked]})

    options = replace(SMALL, wanted=20, pairs=5, rounds=6)
    found, calls = ask(answer, tmp_path, options, script(12))
    first = [call for call in calls if "\n（无）\n\n请写" in told(call)]
    again = [call for call in calls if call not in first]
    assert len(found.items) >= 20
    assert found.rounds > 1
    assert again
    assert all("\n- 于小强，关于" in told(call) for call in again)
    assert Counter(found.asked).total() == sum(quota(call).total() for call in calls)
    assert {one.reason for one in found.failed} == {"not_addressed"}


def test_a_kind_that_came_short_is_asked_for_again(tmp_path: Path) -> None:
    serial = iter(range(1000))

    def answer(heard: Heard) -> Reply:
        first = "\n（无）\n\n请写" in told(heard)
        kinds = ["plot"] * 3 if first else list(quota(heard).elements())
        return say_json({"pairs": [one(f"{kind}{next(serial)}") for kind in kinds]})

    found, calls = ask(answer, tmp_path, replace(SMALL, wanted=5, rounds=3), script(3))
    assert [sorted(quota(call)) for call in calls] == [sorted(KINDS), sorted(set(KINDS) - {"plot"})]
    assert set(found.kinds) == set(KINDS)


def test_a_round_that_brings_nothing_new_is_the_last_one(tmp_path: Path) -> None:
    found, calls = ask(lambda _: say_json({"pairs": [one("plot1")] * 2}), tmp_path, replace(SMALL, wanted=9), script(3))
    assert found.rounds == len(calls) == 2
    refused, calls = ask(lambda _: say("", refusal="no"), tmp_path / "b", replace(SMALL, wanted=9), script(3))
    assert (refused.rounds, len(refused.failed), len(calls)) == (1, 1, 1)


def test_the_rounds_have_a_bound(tmp_path: Path) -> None:
    serial = iter(range(1000))
    options = replace(SMALL, wanted=50, rounds=3)
    found, calls = ask(lambda _: say_json({"pairs": [one(f"plot{next(serial)}")]}), tmp_path, options, script(2))
    assert found.rounds == len(calls) == len(found.items) == 3
    sizes = [tokens_of(told(call)) for call in calls]
    assert sizes == sorted(sizes)


def test_a_second_run_goes_through_the_same_rounds_and_pays_nothing(tmp_path: Path) -> None:
    def answer(heard: Heard) -> Reply:
        return say_json({"pairs": [one(f"plot{sum(map(ord, told(heard)))}{n}") for n in range(2)]})

    options = replace(SMALL, wanted=30, rounds=3)
    found, calls = ask(answer, tmp_path, options, script(40))
    again, none = ask(answer, tmp_path, options, script(40))
    assert found.rounds == 3
    assert calls
    assert (again, none) == (found, [])


def scene(number: int, question: str, answer: str) -> Dialogue:
    turns = (Utterance("李梅", question), Utterance("于小强", answer))
    return Dialogue(f"d{number}", "于小强", "李梅", turns, Place("剧本.txt", number, number), f"第{number}场")


FILLER = [
    scene(n, f"今天{n}号桌的客人点了什么菜？", f"{n}号桌要了一碗面和两碟小菜，不要辣。" * 4) for n in range(2, 40)
]
STORY = [
    scene(1, "你爸那条旧木船还在吗？", "旧木船早卖了，给我弟弟交学费了。"),
    *FILLER,
    scene(40, "要是旧木船没卖就好了。", "旧木船卖就卖了，弟弟念出来就行。"),
]


def test_a_distant_scene_that_bears_on_a_piece_is_shown_and_can_be_evidence(tmp_path: Path) -> None:
    def answer(heard: Heard) -> Reply:
        shown = re.findall(r"^\[(\d+)\] (.*)$", told(heard), re.MULTILINE)
        numbers = [int(number) for number, title in shown if title in ("第1场", "第40场")]
        return say_json({"pairs": [one("plot", "于小强，你家的旧木船后来怎样了？", evidence=numbers)]})

    options = QuestionOptions(pairs=1, context=800, further=300)
    found, calls = ask(answer, tmp_path, options, STORY)
    assert not found.failed
    assert found.items[0].evidence[:4] == ("剧本.txt:1", "剧本.txt:40", "dialogue: d1", "dialogue: d40")
    for call in calls:
        numbers = [int(number) for number in re.findall(r"^\[(\d+)\]", told(call), re.MULTILINE)]
        assert numbers == list(range(1, len(numbers) + 1))


@given(st.integers(0, 400), st.integers(0, 3))
@settings(max_examples=10, deadline=None)
def test_what_is_found_fits_and_is_not_in_the_piece(room: int, place: int) -> None:
    chunk = chunks_of(STORY, 800, "zh")[place]
    found = Elsewhere(STORY, NgramEncoder(), "zh").near(chunk, "弟弟的学费", room)
    assert tokens_of(found.text) <= room + 1
    assert not set(found.ids) & set(chunk.ids)
    assert len(found.ids) == len(set(found.ids)) <= 3


def test_a_script_in_one_piece_has_no_elsewhere(tmp_path: Path) -> None:
    _, calls = ask(lambda _: say_json({"pairs": [one("plot1")]}), tmp_path, QuestionOptions(), script(3))
    assert "同样可作依据）：\n\n（无）\n\n已经问过的：\n（无）\n\n请写 10 个问答：profile 2 个、" in told(calls[0])


SPEECH = st.text("好的 ok，\n…🙂ßж", max_size=80) | st.integers(1, 900).map("长".__mul__)
SCRIPTS = st.lists(st.lists(SPEECH, min_size=1, max_size=12), min_size=1, max_size=6)


@given(
    SCRIPTS,
    st.text("好 a，", max_size=3000),
    st.sampled_from([4096, 6000, 8192, 16_384]),
    st.sampled_from(["zh", "en"]),
)
@settings(max_examples=12, deadline=None)
def test_every_request_its_reply_and_its_repair_fit(
    texts: list[list[str]], about: str, window: int, language: str
) -> None:
    dialogues = [
        Dialogue(f"d{n}", "甲", "乙", tuple(Utterance("甲", text) for text in said), Place("a", n, n))
        for n, said in enumerate(texts * 4, 1)
    ]
    known = CharacterProfile("甲", language, text=about)
    asked = QuestionOptions.within(window, wanted=40, kinds=EQUAL, confidence="low", rounds=2)
    made = [
        *requests_of(known, dialogues, "tester", asked),
        *profile_requests(known, dialogues, "tester", ProfileOptions.within(window)),
    ]
    assert made
    for request in made:
        limit = request.parameters["max_tokens"]
        assert isinstance(limit, int)
        assert count_request(request).tokens * 1.15 + 2 * limit + 100 <= window


def test_a_usual_context_leaves_the_usual_sizes() -> None:
    asked = QuestionOptions.within(wanted=40, kinds=EQUAL, confidence="medium", rounds=4)
    assert asked == QuestionOptions(40)
    assert ProfileOptions.within() == ProfileOptions()


@pytest.mark.parametrize(
    "wrong",
    [{"pairs": 0}, {"rounds": 0}, {"wanted": 0}, {"kinds": {"plot": 0}}, {"kinds": {"weather": 1}}, {"kinds": {}}],
)
def test_what_asks_for_nothing_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match="expected"):
        replace(SMALL, **wrong)


def test_a_context_that_holds_nothing_is_refused() -> None:
    with pytest.raises(ConfigError, match="expected 4,096 or more"):
        ProfileOptions.within(2048)
