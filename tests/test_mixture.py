"""The mixture: what is in it, how often, and what never is."""

import json
import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from roleinstruct.dataset.candidates import Candidate
from roleinstruct.dataset.choosing import balanced, chosen
from roleinstruct.dataset.derived import benchmark_rows
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.dataset.mixed import Mixture
from roleinstruct.dataset.mixture import MixtureConfig, mix
from roleinstruct.dataset.rows import dialogue_row, general_row, profile_row, specific_row
from roleinstruct.emotions import Emotion
from roleinstruct.errors import ConfigError, FolderError
from roleinstruct.evaluation.responses import personas_of
from roleinstruct.records import CharacterProfile, Dialogue, Instruction, Place, Utterance

FANG, NORA, LIAN = "老方", "Nora", "阿莲"
PROFILES = (
    CharacterProfile(FANG, "zh", {"traits": "慢性子", "age": "六十岁"}, text="修了一辈子桌椅。话不多。"),
    CharacterProfile(NORA, "en", {"traits": "Brisk"}, text="Bakes bread in a village. Gets up at four."),
    CharacterProfile(LIAN, "zh", text="在鱼市卖了二十年鱼。"),
)
Split = tuple[Instruction, str]


def own(name: str, number: int, split: str = "train", emotion: Emotion | None = Emotion.SADNESS) -> Split:
    asked, said = f"{name}，第{number}把椅子是谁的？", f"是村里第{number}户人家送来修的。"
    return Instruction(f"{name}-specific-{number:05d}", name, "specific", asked, (said,), emotion=emotion), split


def shared(name: str, number: int, split: str = "train", answers: int = 1, raw: bool = False) -> Split:
    said = tuple(f"{name}觉得这第{number}件事好办，法子{n}。" for n in range(answers))
    neutral = f"第{number}件事有三个步骤。" if raw else None
    return (
        Instruction(f"{name}-general-{number:05d}", name, "general", f"第{number}件事怎么办？", said, neutral),
        split,
    )


def talk(name: str, number: int, *texts: str, emotion: Emotion | None = Emotion.ANGER) -> Dialogue:
    said = texts or (f"第{number}张桌子好了吗？", f"还差第{number}条腿。", "哪天能好？", f"再等{number}天。")
    turns = tuple(Utterance(("小马", name)[n % 2], text, emotion) for n, text in enumerate(said))
    return Dialogue(f"{name}-{number:05d}", name, "小马", turns, Place("铺子.txt", 10 * number, 10 * number + 9))


def folder_of(path: Path, items: Sequence[Split], dialogues: Sequence[Dialogue] = ()) -> DataFolder:
    folder = DataFolder(path)
    rows: dict[str, list[tuple[dict[str, Any], str]]] = {
        "profiles": [(profile_row(profile), "train") for profile in PROFILES],
        "specific": [(specific_row(item), split) for item, split in items if item.kind == "specific"],
        "general": [(general_row(item), split) for item, split in items if item.kind == "general"],
        "dialogues": [(dialogue_row(dialogue), "train") for dialogue in dialogues],
        "benchmark": [(row, "test") for item, s in items if s in ("test", "unseen") for row in benchmark_rows(item)],
    }
    for table, some in rows.items():
        with folder.writer(table) as writer:
            for row, split in some:
                writer.write(row, split)
    return folder


def mixed(folder: DataFolder, split: str = "train", /, **words: Any) -> Mixture:  # noqa: ANN401 - of `MixtureConfig`
    return mix(folder, MixtureConfig(**words), split, count_tokens=len)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    """Two people with 8 questions of their own and 12 shared ones of 3 answers, and one who is held out."""
    items = [own(name, n) for name in (FANG, NORA) for n in range(8)]
    items += [shared(name, n, answers=3, raw=True) for name in (FANG, NORA, LIAN) for n in range(12)]
    items += [shared(name, n, "validation", raw=True) for name in (FANG, NORA) for n in range(12, 14)]
    items += [own(FANG, 90, "test"), shared(FANG, 91, "test", raw=True), own(LIAN, 92, "unseen"), own(FANG, 93)]
    return folder_of(tmp_path_factory.mktemp("data"), items, [talk(name, n) for name in (FANG, LIAN) for n in range(9)])


def test_without_a_word_everything_in_character_is_taken_once(folder: DataFolder) -> None:
    found = mixed(folder)
    report = found.report()
    assert report["kinds"] == {"general": 72, "specific": 17}
    assert report["characters"] == {FANG: {"general": 36, "specific": 9}, NORA: {"general": 36, "specific": 8}}
    assert report["repeats"] == {"1": 89}
    assert report["left_out"] == {"general": {"held_out_character": 36}}
    assert len({one.id for one in found.examples}) == len({one.source for one in found.examples}) == 89
    for one in found.examples:
        assert [message.role for message in one.prompt] == ["system", "user"]
        assert one.prompt[0].content == personas_of(folder)[one.character] == found.personas[one.character]


def test_every_row_is_recorded_and_the_account_can_be_kept_as_json(folder: DataFolder) -> None:
    found = mixed(folder, specific=0.5, dialogues=0.1, neutral=0.1, emotion="tag")
    rows = json.loads(json.dumps(list(found.rows())))
    report = json.loads(json.dumps(found.report()))
    assert [row["id"] for row in rows] == [one.id for one in found.examples]
    assert sum(row["prompt_tokens"] for row in rows) == report["tokens"]["prompt"]
    assert sum(len(one.completion.content) for one in found.examples) == report["tokens"]["completion"]
    assert sum(report["kinds"].values()) == report["rows"] == len(rows)
    assert sum(report["repeats"].values()) == report["sources"] == len({row["source"] for row in rows})
    assert report["config"]["specific"] == 0.5
    assert (report["digest"], report["split"]) == (found.digest, "train")


@pytest.mark.parametrize(
    ("words", "kinds"),
    [
        ({"strategy": "general"}, {"general": 72}),
        ({"strategy": "specific"}, {"specific": 17}),
        ({"strategy": "general", "dialogues": 3}, {"general": 72}),
        ({"strategy": "specific", "dialogues": 3}, {"dialogue": 3, "specific": 17}),
        ({"answers": 1}, {"general": 24, "specific": 17}),
        ({"characters": [NORA]}, {"general": 36, "specific": 8}),
        ({"specific": 5, "general": 20}, {"general": 40, "specific": 10}),
        ({"specific": 30, "general": 0, "max_repeats": 2}, {"specific": 34}),
        ({"specific": 0.5, "answers": 1}, {"general": 24, "specific": 24}),
        ({"specific": 0.5, "max_repeats": 1}, {"general": 17, "specific": 17}),
        ({"neutral": 5}, {"general": 72, "neutral": 5, "specific": 17}),
        ({"neutral": 0.1}, {"general": 72, "neutral": 10, "specific": 17}),
        ({"neutral": 100}, {"general": 72, "neutral": 12, "specific": 17}),
        ({"dialogues": 0.1}, {"dialogue": 5, "general": 72, "specific": 17}),
        ({"dialogues": 100}, {"dialogue": 18, "general": 72, "specific": 17}),
    ],
)
def test_the_mixture_has_what_it_is_told_to_have(
    folder: DataFolder, words: dict[str, Any], kinds: dict[str, int]
) -> None:
    assert mixed(folder, **words).report()["kinds"] == kinds


@pytest.mark.parametrize(
    ("split", "kinds"),
    [
        ("validation", {"general": 4, "neutral": 2}),
        ("test", {"general": 1, "neutral": 1, "specific": 1}),
        ("unseen", {"specific": 1}),
    ],
)
def test_what_is_not_for_training_is_never_repeated_and_has_no_dialogues(
    folder: DataFolder, split: str, kinds: dict[str, int]
) -> None:
    assert mixed(folder, split, dialogues=5, neutral=0.4, specific=9, general=9).report()["kinds"] == kinds


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 6), st.integers(0, 6), st.integers(0, 20), st.integers(0, 20), st.integers(1, 4), st.randoms())
def test_counts_and_the_cap_hold_and_the_order_of_the_rows_changes_nothing(
    specific: int, general: int, wanted: int, others: int, most: int, chance: random.Random
) -> None:
    items = [own(FANG, n) for n in range(specific)] + [shared(FANG, n, answers=2, raw=True) for n in range(general)]
    dialogues = [talk(FANG, n) for n in range(3)]
    words = {"specific": wanted, "general": others, "max_repeats": most, "dialogues": 0.2, "neutral": 0.2}
    with TemporaryDirectory() as one, TemporaryDirectory() as two:
        found = mixed(folder_of(Path(one), items, dialogues), **words)
        chance.shuffle(items)
        chance.shuffle(dialogues)
        again = mixed(folder_of(Path(two), items, dialogues), **words)
    assert (found.digest, found.examples, found.report()) == (again.digest, again.examples, again.report())
    kinds = found.report()["kinds"]
    assert kinds.get("specific", 0) == min(wanted, specific * most)
    assert kinds.get("general", 0) == min(others, 2 * general * most)
    uses = Counter(example.source for example in found.examples)
    assert max(uses.values(), default=0) <= most
    assert all(max(some) - min(some) <= 1 for some in _uses_by_kind(found, uses) if some)


def _uses_by_kind(found: Mixture, uses: Counter[str]) -> list[list[int]]:
    return [[uses[e.source] for e in found.examples if e.kind == kind] for kind in ("specific", "general")]


@given(st.integers(1, 500), st.integers(1, 500), st.floats(0.01, 0.99), st.integers(1, 8))
def test_a_share_is_met_to_the_row_and_no_row_is_repeated_too_often(
    specific: int, general: int, share: float, most: int
) -> None:
    taken = balanced(specific, general, share, most)
    assert 1 <= taken[0] <= specific * most
    assert 1 <= taken[1] <= general * most
    if min(taken) > 1:
        assert abs(taken[0] - share * sum(taken)) <= 1
    assert taken[0] <= specific or taken[1] <= general
    assert taken[0] >= specific or taken[1] >= general or max(taken[0] / specific, taken[1] / general) >= most - 1


@given(st.sets(st.integers(0, 2**32)), st.sets(st.integers(0, 2**32)), st.integers(0, 60))
def test_a_grown_data_set_keeps_the_rows_that_new_ones_do_not_displace(
    old: set[int], new: set[int], count: int
) -> None:
    def rows(keys: set[int]) -> list[Candidate]:
        return [Candidate(str(key), FANG, "general", str(key), (), "", None, key % 3, key) for key in keys]

    before = {row.id for row, _ in chosen(rows(old), count, 1)}
    after = {row.id for row, _ in chosen(rows(old | new), count, 1)}
    assert after - {str(key) for key in new - old} <= before


def test_every_instruction_has_one_answer_before_any_has_two(folder: DataFolder) -> None:
    found = mixed(folder, strategy="general", general=12, characters=[FANG])
    assert len({example.prompt[-1].content for example in found.examples}) == 12
    firsts = {example.source for example in found.examples}
    more = {example.source for example in mixed(folder, strategy="general", answers=2, characters=[FANG]).examples}
    assert firsts < more
    assert len(more) == 24


_SAID = st.lists(
    st.sampled_from(["今天刨木头了吗？", "刨了。", "是村里第7户人家送来修的。", "第8件事怎么办", "好"]), max_size=5
)


@settings(max_examples=25, deadline=None)
@given(st.lists(_SAID, min_size=1, max_size=4), st.lists(st.sampled_from(range(6, 10)), max_size=4, unique=True))
def test_nothing_that_is_held_out_is_ever_mixed(said: list[list[str]], hidden: list[int]) -> None:
    dialogues = [talk(FANG, n, *texts) for n, texts in enumerate(said) if texts]
    items = [own(FANG, n, "test" if n in hidden else "train") for n in range(5, 9)]
    items += [shared(FANG, n, "test" if n in hidden else "train", raw=True) for n in range(5, 9)]
    items += [own(LIAN, 20, "unseen"), shared(LIAN, 5)]
    with TemporaryDirectory() as path:
        found = mixed(folder_of(Path(path), items, [*dialogues, talk(LIAN, 1)]), dialogues=99, neutral=99)
    words = "\n".join(message.content for e in found.examples for message in (*e.prompt[1:], e.completion))
    for item in (item for item, split in items if split != "train"):
        assert item.instruction.rstrip("？") not in words
        assert not any(answer in words for answer in item.responses)
    assert LIAN not in {example.character for example in found.examples}


def test_an_instruction_of_the_benchmark_is_left_out_wherever_it_stands(tmp_path: Path) -> None:
    items = [own(FANG, 1), shared(FANG, 2, raw=True), own(FANG, 3)]
    folder = folder_of(tmp_path, items)
    with folder.writer("benchmark") as writer:
        for item, _ in items[:2]:
            for row in benchmark_rows(item):
                writer.write(row, "test")
    report = mixed(folder, neutral=9).report()
    assert report["kinds"] == {"specific": 1}
    assert report["left_out"] == {kind: {"in_benchmark": 1} for kind in ("general", "neutral", "specific")}


def test_a_dialogue_is_a_conversation_that_the_character_answers(tmp_path: Path) -> None:
    lines = ("来啦？", "来了。", "坐。", "不坐了，赶活儿。", "急什么！", "人家等着要呢。")
    folder = folder_of(tmp_path, [], [talk(FANG, 1, *lines)])
    found = {one.source: one for one in mixed(folder, dialogues=9, context_turns=4).examples}
    assert sorted(found) == [f"dialogues/{FANG}-00001#{turn}" for turn in (2, 4, 6)]
    last = found[f"dialogues/{FANG}-00001#6"]
    assert [(m.role, m.content) for m in last.prompt[1:]] == [
        ("user", "坐。"),
        ("assistant", "不坐了，赶活儿。"),
        ("user", "急什么！"),
    ]
    assert (last.completion.role, last.completion.content, last.kind) == ("assistant", "人家等着要呢。", "dialogue")


@pytest.mark.parametrize(
    ("how", "place", "words"), [("tag", -1, "\n【情绪：悲伤】"), ("system", 0, "\n你此刻的情绪：悲伤。")]
)
def test_an_emotion_is_asked_for_and_never_answered(folder: DataFolder, how: str, place: int, words: str) -> None:
    bare = {one.id: one for one in mixed(folder).examples}
    found = mixed(folder, emotion=how, emotion_share=1)
    for one in found.examples:
        assert one.completion == bare[one.id].completion
        is_told = one.prompt != bare[one.id].prompt
        assert is_told == (one.kind == "specific")
        if is_told and one.character == FANG:
            assert one.prompt[place].content == bare[one.id].prompt[place].content + words
    assert found.report()["emotions"] == {"": 72, "sadness": 17}
    assert found.personas == mixed(folder).personas


@given(st.floats(0, 1))
@settings(max_examples=15, deadline=None)
def test_a_share_of_the_rows_asks_for_its_emotion_and_the_rest_for_none(share: float) -> None:
    with TemporaryDirectory() as path:
        found = mixed(folder_of(Path(path), [own(FANG, n) for n in range(60)]), emotion="tag", emotion_share=share)
    told = found.report()["emotions"].get("sadness", 0)
    assert abs(told / 60 - share) < 0.25
    assert told < 60 or share > 0.9


def test_neutral_answers_are_nobodys_and_once_for_all_characters(folder: DataFolder) -> None:
    neutral = [one for one in mixed(folder, neutral=99).examples if one.kind == "neutral"]
    assert len(neutral) == len({one.prompt[0].content for one in neutral}) == 12
    assert {(one.character, len(one.prompt), one.prompt[0].role) for one in neutral} == {("", 1, "user")}
    assert all(one.source.startswith("general/") for one in neutral)


def test_a_data_set_without_neutral_answers_takes_those_of_the_package(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, [shared(FANG, 1), shared(FANG, 2, "validation")])
    found = mixed(folder, neutral=0.5)
    assert [one.source.partition("/")[0] for one in found.examples if one.kind == "neutral"] == ["neutral"]
    assert mixed(folder, "validation", neutral=0.5).report()["kinds"] == {"general": 1}


def test_a_persona_is_said_in_several_ways_within_its_tokens(folder: DataFolder) -> None:
    found = mixed(folder, phrasings=4, persona_tokens=60)
    prompts = {one.prompt[0].content for one in found.examples if one.character == FANG}
    assert len(prompts) == 4
    assert {one.phrasing for one in found.mixed} == {0, 1, 2, 3}
    assert max(map(len, prompts)) <= 60
    assert set(found.personas) == {FANG, NORA, LIAN}
    assert found.personas[FANG] in prompts
    repeated = mixed(folder, phrasings=4, specific=32, general=0).examples
    assert {len({one.prompt[0].content for one in repeated if one.source == e.source}) for e in repeated} == {4, 3}


@pytest.mark.parametrize(
    "words",
    [
        {"specific": 0.5, "general": 10},
        {"config": "chat"},
        {"dialogues": 1.5},
        {"specific": 1.0},
        {"general": 0.5},
        {"max_repeats": 0},
        {"emotion": "answer"},
        {"phrasings": 5},
    ],
)
def test_a_mixture_that_means_nothing_is_refused(words: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        MixtureConfig(**words)


def test_who_is_not_there_is_one_sentence(folder: DataFolder, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"names 阿福, and .* has Nora, 老方, 阿莲"):
        mixed(folder, characters=["阿福"])
    with pytest.raises(FolderError, match="阿福 has no profile"):
        mixed(folder_of(tmp_path, [own("阿福", 1)]))
    with pytest.raises(FolderError, match="is no folder, and a data set folder was expected"):
        mixed(DataFolder(tmp_path / "nothing"))
