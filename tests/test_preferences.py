from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from little_benchmark import little_benchmark
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.errors import ConfigError, RecordError
from roleinstruct.evaluation.answers import AnswerFile, Answers, read_answers
from roleinstruct.evaluation.items import Item, digest_of, read_items
from roleinstruct.evaluation.preferences import Pairing, Vote, pairs_of, texts_of, votes_of_people, votes_of_verdicts
from roleinstruct.evaluation.ratings import Rating
from roleinstruct.evaluation.sampling import Sampling
from roleinstruct.evaluation.verdicts import Judge, Verdict, Verdicts, write_verdicts
from roleinstruct.metrics.tokenize import tokenizer_of
from roleinstruct.pipeline.judging import Trial
from roleinstruct.pipeline.preferring import Evidence
from roleinstruct.pipeline.responding import Asked
from roleinstruct.pipeline.scoring import score_files

ASKED = Item("spe-x", "Nora", "spe", "Is the oven old?", ("Older than me.",))
TEXTS = {"calm": {"spe-x": "Older than me, and grumpier."}, "loud": {"spe-x": "As an oven, it has an age."}}


def vote(side: int, margin: float, *, earlier: bool = True, judge: str = "") -> Vote:
    return Vote("spe-x", ("calm", "loud"), side, margin, judge, earlier)


def both_orders(*votes: tuple[int, float]) -> list[Vote]:
    return [vote(side, margin, earlier=not number % 2, judge="j") for number, (side, margin) in enumerate(votes)]


@pytest.mark.parametrize(
    ("votes", "how", "chosen"),
    [
        (both_orders((1, 2), (1, 1)), Pairing(), "calm"),
        (both_orders((-1, -2), (-1, -1)), Pairing(), "loud"),
        ([vote(1, 1), vote(1, 0.5)], Pairing(margin=0.75), "calm"),  # the mean of people's margins is what counts
        ([vote(1, 2), vote(1, 2), vote(-1, -1)], Pairing(agreement=0.66), "calm"),
        ([vote(-1, -2), vote(-1, -2), vote(0, 0)], Pairing(agreement=0.66), "loud"),
        (both_orders((1, 0), (1, 0)), Pairing(margin=0), "calm"),
    ],
)
def test_who_agrees_makes_a_pair(votes: Sequence[Vote], how: Pairing, chosen: str) -> None:
    found = pairs_of(votes, [ASKED], TEXTS, how)
    (pair,) = found.pairs
    other = "loud" if chosen == "calm" else "calm"
    assert (pair.chosen, pair.rejected) == (TEXTS[chosen]["spe-x"], TEXTS[other]["spe-x"])
    assert pair.systems == (chosen, other)
    assert (pair.votes, found.left_out) == (len(votes), {})


@pytest.mark.parametrize(
    ("votes", "how", "reason"),
    [
        (both_orders((1, 2), (-1, -2)), Pairing(), "contradiction"),  # whatever came first was liked
        ([vote(1, 2), vote(1, 2), vote(-1, -1)], Pairing(), "contradiction"),
        ([vote(1, 2), vote(-1, -2)], Pairing(agreement=0.51), "contradiction"),
        (both_orders((0, 0), (0, 0)), Pairing(), "tie"),
        (both_orders((1, 2), (0, 0)), Pairing(), "tie"),
        (both_orders((1, 0.25), (1, 0.5)), Pairing(), "close"),
        (both_orders((1, -1), (1, -1)), Pairing(margin=0), "close"),  # ranked above, and scored below
        ([vote(1, 3, judge="j")], Pairing(), "one_order"),
        ([vote(1, 3, judge="j"), vote(1, 3, judge="k", earlier=False)], Pairing(), "one_order"),
    ],
)
def test_what_is_tied_contradicted_or_close_makes_no_pair(votes: Sequence[Vote], how: Pairing, reason: str) -> None:
    found = pairs_of(votes, [ASKED], TEXTS, how)
    assert (found.pairs, found.left_out) == ((), {reason: 1})


@pytest.mark.parametrize(
    ("items", "texts", "reason"),
    [
        ([], TEXTS, "other_question"),
        ([ASKED], {"calm": TEXTS["calm"]}, "unanswered"),
        ([ASKED], {**TEXTS, "loud": {"spe-x": " "}}, "empty"),
        ([ASKED], {**TEXTS, "loud": {"spe-x": "<think>hm</think> Older than me, and grumpier."}}, "same"),
    ],
)
def test_what_cannot_be_learnt_from_makes_no_pair(
    items: Sequence[Item], texts: Mapping[str, Mapping[str, str]], reason: str
) -> None:
    assert pairs_of([vote(1, 3)], items, texts).left_out == {reason: 1}


def test_of_several_answers_the_best_is_set_against_the_worst() -> None:
    texts = {**TEXTS, "mute": {"spe-x": "No."}}
    votes = [
        Vote("spe-x", ("calm", "loud"), 1, 1.5),
        Vote("spe-x", ("calm", "mute"), 1, 3),
        Vote("spe-x", ("loud", "mute"), 1, 1.5),
    ]
    found = pairs_of(votes, [ASKED], texts)
    assert [pair.systems for pair in found.pairs] == [("calm", "mute")]
    assert found.left_out == {"lesser": 2}
    every = pairs_of(votes, [ASKED], texts, Pairing(all_pairs=True))
    assert [pair.systems for pair in every.pairs] == [("calm", "loud"), ("calm", "mute"), ("loud", "mute")]
    assert every.left_out == {}


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([-1, 0, 1]), st.integers(0, 4)), min_size=1, max_size=6))
def test_names_and_the_order_of_votes_decide_nothing(told: list[tuple[int, int]]) -> None:
    votes = [vote(side, side * size) for side, size in told]
    mirrored = [vote(-one.side, -one.margin) for one in reversed(votes)]
    ours = pairs_of(votes, [ASKED], TEXTS)
    theirs = pairs_of(mirrored, [ASKED], {"calm": TEXTS["loud"], "loud": TEXTS["calm"]})
    assert [pair.chosen for pair in ours.pairs] == [pair.chosen for pair in theirs.pairs]
    assert ours.left_out == theirs.left_out


def test_a_verdict_is_a_vote_for_each_two_systems() -> None:
    scores = {"a": {"style": 5, "memory": 4}, "b": {"style": 2, "memory": 2}, "c": {"style": 2, "memory": 3}}
    row = Verdict("i", "Nora", 0, ("b", "a", "c"), dict.fromkeys("abc", 3), {"a": 1, "b": 2.5, "c": 2.5}, scores)
    unread = Verdict("i", "Nora", 0, ("a", "b", "c"), dict.fromkeys("abc", 3), unscored="unreadable_reply")
    votes = list(votes_of_verdicts([file_of([row, unread])]))
    assert votes == [
        Vote("i", ("a", "b"), 1, 2.5, "judge", False),
        Vote("i", ("a", "c"), 1, 2.0, "judge", True),
        Vote("i", ("b", "c"), 0, -0.5, "judge", True),
    ]


def test_a_person_prefers_what_they_gave_more_points() -> None:
    ratings = [
        Rating("i", system, dimension, rater, score)
        for system, dimension, rater, score in [
            ("a", "consistency", "wang", 4),
            ("b", "consistency", "wang", 2),
            ("a", "emotion", "wang", 5),  # of b it is not said
            ("a", "consistency", "li", 3),
            ("b", "consistency", "li", 3),
            ("a", "consistency", "cho", 1),  # who has not seen b
        ]
    ]
    assert list(votes_of_people(ratings)) == [Vote("i", ("a", "b"), 1, 2), Vote("i", ("a", "b"), 0, 0)]


def file_of(rows: Sequence[Verdict]) -> Verdicts:
    systems = dict.fromkeys(sorted(rows[0].order), "")
    return Verdicts(Judge("judge", "m", "", "", systems, (), "", "2", 1), tuple(rows))


def test_answers_that_are_not_those_that_were_judged_are_refused() -> None:
    row = Verdict("spe-x", "Nora", 0, ("calm", "loud"), {"calm": 5, "loud": 99}, unscored="unreadable_reply")
    with pytest.raises(RecordError, match=r"calm answers spe-x in \d+ tokens, and the answer that was judged had 5"):
        texts_of([Answers(name, texts) for name, texts in TEXTS.items()], [file_of([row])])
    twice = [Answers("calm", {"x": "yes"}), Answers("calm", {"x": "no"}, path=Path("second.jsonl"))]
    with pytest.raises(RecordError, match=r"calm has answered x twice and differently, once in second\.jsonl"):
        texts_of(twice)
    with pytest.raises(ConfigError, match=r"n\.jsonl was asked without a persona"):
        texts_of([Answers("calm", {}, {"persona": "none"}, path=Path("n.jsonl"))])


@pytest.mark.parametrize("words", [{"margin": -1}, {"agreement": 0.5}, {"agreement": 1.1}])
def test_settings_without_a_meaning_are_refused(words: Mapping[str, float]) -> None:
    with pytest.raises(ConfigError, match=r"expected 0 to 4 points, and a share above 0\.5"):
        Pairing(**words)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return little_benchmark(tmp_path_factory.mktemp("people") / "data")


def test_the_training_questions_are_none_of_the_benchmark(data: Path) -> None:
    folder = DataFolder(data)
    items = read_items(folder, questions="train")
    assert [item.id for item in items] == [
        "spe-老方-specific-00001",
        "spe-Nora-specific-00004",
        "raw-老方-general-00002",
        "cus-老方-general-00002",
    ]
    assert not {item.instruction for item in items} & {item.instruction for item in read_items(folder)}
    with pytest.raises(ConfigError, match="'Wu' is not in the train part; there are Nora, 老方"):
        read_items(folder, characters=["Wu"], questions="train")
    with pytest.raises(ConfigError, match="there is no task 'all'"):
        read_items(folder, tasks=["all"], questions="train")


def judged(folder: Path, items: Sequence[Item], part: str, data: Path) -> tuple[list[Path], Path]:
    """Answers of two systems, and a judge who likes those of "near" in both orders, but for the last question."""
    digest = digest_of(read_items(DataFolder(data), questions=part))  # type: ignore[arg-type]
    texts = {
        "near": {item.id: item.references[0] for item in items},
        "far": {item.id: f"{item.references[0][:3]}…" for item in items},
    }
    paths = []
    for system, answers in texts.items():
        paths.append(folder / f"{system}-{part}.jsonl")
        told = {} if part == "benchmark" else {"questions": part}
        with AnswerFile(paths[-1], system, {"model": "m", **told}, digest) as file:
            for name, text in answers.items():
                file.add(name, text)
    count = tokenizer_of("char")[1]
    rows = []
    for item in items:
        lengths = {system: len(count(texts[system][item.id])) for system in texts}
        for order in (("near", "far"), ("far", "near")):
            best = order[0] if item is items[-1] else "near"
            scores = {name: dict.fromkeys(("style", "memory"), 5 if name == best else 2) for name in order}
            ranks = {name: 1.0 if name == best else 2.0 for name in order}
            rows.append(Verdict(item.id, item.character, 0, order, lengths, ranks, scores))
    head = Judge("j", "m", "", "", dict.fromkeys(texts, "m"), (), digest, "2", 1)
    write_verdicts(folder / f"{part}.jsonl", head, rows)
    return paths, folder / f"{part}.jsonl"


def test_judged_training_questions_are_learnt_from_and_the_benchmark_is_not(data: Path, tmp_path: Path) -> None:
    folder = DataFolder(data)
    trained = [item for item in read_items(folder, questions="train") if item.task != "raw"]
    tested = read_items(folder, tasks=("spe",))
    answers, verdicts = judged(tmp_path, trained, "train", data)
    more, others = judged(tmp_path, tested, "benchmark", data)
    found = Evidence(data, [*answers, *more], [verdicts, others]).pairs()
    assert [(pair.item.id, pair.chosen) for pair in found.train.pairs] == [
        (item.id, item.references[0]) for item in trained[:-1]
    ]
    assert (found.train.left_out, found.refused) == ({"contradiction": 1}, len(tested))
    with pytest.raises(
        ConfigError, match=r"all 4 questions that were judged are of the benchmark, .*--questions train"
    ):
        Evidence(data, more, [others]).pairs()
    allowed = Evidence(data, more, [others], allow_benchmark=True).pairs()
    assert (len(allowed.train.pairs), allowed.refused) == (3, 0)


def test_files_that_do_not_belong_together_are_refused(data: Path, tmp_path: Path) -> None:
    trained = [item for item in read_items(DataFolder(data), questions="train") if item.task != "raw"]
    answers, verdicts = judged(tmp_path, trained, "train", data)
    with pytest.raises(ConfigError, match="nobody says which answers are better"):
        Evidence(data, answers).pairs()
    with pytest.raises(ConfigError, match="the answers of far were judged, and there is no file of them"):
        Evidence(data, answers[:1], [verdicts]).pairs()
    words = (
        answers[0]
        .read_text(encoding="utf-8")
        .replace(digest_of(read_items(DataFolder(data), questions="train")), "0" * 64)
    )
    answers[0].write_text(words, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"near-train\.jsonl answers other train questions \(digest 00000000\)"):
        Evidence(data, answers, [verdicts]).pairs()


def test_training_questions_are_asked_and_judged_as_such_and_never_scored(data: Path, tmp_path: Path) -> None:
    trained = [item for item in read_items(DataFolder(data), questions="train") if item.task != "raw"]
    paths, _ = judged(tmp_path, trained, "train", data)
    systems = [read_answers(path) for path in paths]
    assert [item.id for item in Trial(data, systems).items()] == [item.id for item in trained]
    assert Trial(data, systems).warnings() == []
    with pytest.raises(ConfigError, match="answers the train questions, which are for learning from"):
        score_files(paths, DataFolder(data))
    more, _ = judged(tmp_path, read_items(DataFolder(data), tasks=("spe",)), "benchmark", data)
    with pytest.raises(ConfigError, match="give files that answer the same ones"):
        Trial(data, [systems[0], read_answers(more[1])]).items()
    asked = Asked(data, tmp_path / "a.jsonl", "m", Sampling(), ("cus", "spe"), questions="train")
    queries, digest = asked.queries()
    assert sorted(name for query in queries for name in query.items) == sorted(item.id for item in trained)
    assert asked.settings(model="m")["questions"] == "train"
    assert digest == systems[0].items
