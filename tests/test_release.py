"""The whole build on real data, read in place."""

import csv
import importlib.util
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from roleinstruct import Emotion
from roleinstruct.dataset.features import PUBLISHED
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.pipeline.build import build
from roleinstruct.pipeline.config import BuildConfig
from roleinstruct.records import Place

THREE = ("周晨曦", "桃子", "唐鹏")
"""Of the twelve characters of the release: enough for what holds of each."""


def configured(name: str, source: Path, **more: object) -> BuildConfig:
    return BuildConfig.load(name).with_source(path=source, **more)


@pytest.fixture(scope="module")
def built_release(release: Path, tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    """Three characters of it."""
    out = tmp_path_factory.mktemp("release") / "set"
    build(configured("rolecraft_release", release, characters=THREE), out)
    return DataFolder(out)


@pytest.fixture(scope="module")
def whole_release(release: Path, tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    """All twelve."""
    out = tmp_path_factory.mktemp("whole") / "set"
    build(configured("rolecraft_release", release), out)
    return DataFolder(out)


@pytest.fixture(scope="module")
def built_cped(cped: Path, tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    out = tmp_path_factory.mktemp("cped") / "set"
    build(configured("cped", cped), out)
    return DataFolder(out)


def test_the_accounts_of_three_characters_close(built_release: DataFolder) -> None:
    accounts = built_release.read_json("reports/accounting.json")
    assert accounts["profile"]["read"] == len(THREE)
    for counts in accounts.values():
        assert counts["read"] == counts["kept"] + counts["merged"] + sum(counts["rejected"].values())


@pytest.mark.slow
def test_every_row_of_the_release_is_in_the_accounting(whole_release: DataFolder) -> None:
    accounts = whole_release.read_json("reports/accounting.json")
    assert {unit: accounts[unit]["read"] for unit in ("utterance", "specific", "general", "profile")} == {
        "utterance": 59_682,
        "specific": 5_648,
        "general": 85_972,
        "profile": 12,
    }
    # 86,420 when a list inside a list counts as one answer; 217 rows of one file hold such lists.
    assert accounts["answer"]["read"] == 86_770
    assert accounts["general"]["rejected"] == {"empty_answer": 3}
    for counts in accounts.values():
        assert counts["read"] == counts["kept"] + counts["merged"] + sum(counts["rejected"].values())


def test_every_character_of_the_release_has_all_it_should(built_release: DataFolder) -> None:
    everyone = set(built_release.by_character("profiles").names)
    assert everyone == set(THREE)
    for config in ("dialogues", "specific", "general", "benchmark"):
        assert set(built_release.by_character(config).names) == everyone
    for row in built_release.rows("profiles"):
        keys = {field["key"] for field in row["fields"]}
        assert {"name", "age", "height", "birthday", "background", "hobbies"} <= keys
        assert row["language"] == "zh"
        assert row["traits"]


def test_the_tags_of_the_release_survive_as_labels(built_release: DataFolder) -> None:
    turns = [turn for row in built_release.rows("dialogues", columns=["turns"]) for turn in row["turns"]]
    assert {turn["annotator"] for turn in turns} == {"source"}
    assert {turn["emotion"] for turn in turns} == set(range(len(Emotion)))
    tags = ("沮丧", "grateful", "sadness", *(f"({emotion.value}" for emotion in Emotion))
    assert not any(turn["text"].startswith(tags) for turn in turns)


def test_dialogues_of_the_release_are_as_long_as_the_papers_where_two_speak(built_release: DataFolder) -> None:
    turns: dict[str, list[int]] = {}
    for row in built_release.rows("dialogues", columns=["character", "turns"]):
        turns.setdefault(row["character"], []).append(len(row["turns"]))
    for character in ("周晨曦", "桃子"):
        rounds = sum(turns[character]) / len(turns[character]) / 2
        assert 14 < rounds < 16


def test_every_turn_of_a_dialogue_alternates_and_knows_its_lines(built_release: DataFolder) -> None:
    for row in built_release.rows("dialogues"):
        speakers = [turn["speaker"] for turn in row["turns"]]
        assert all(a != b for a, b in pairwise(speakers))
        assert set(speakers) == {row["character"], row["partner"]}
        assert all(turn["source"] and turn["lines"] >= 1 for turn in row["turns"])


@pytest.mark.parametrize("config", PUBLISHED)
def test_every_config_of_the_release_loads_normally_and_streaming(
    built_release: DataFolder, hf_cache: Path, config: str
) -> None:
    from datasets import load_dataset

    loaded = load_dataset(str(built_release.root), config, cache_dir=str(hf_cache))
    for split, rows in loaded.items():
        assert len(rows) == built_release.count(config, split)
        assert next(iter(load_dataset(str(built_release.root), config, split=split, streaming=True))) == rows[0]


def test_no_instruction_of_the_release_is_in_two_splits(built_release: DataFolder) -> None:
    for config in ("specific", "general"):
        splits = [set(_instructions(built_release, config, split)) for split in built_release.splits(config)]
        assert len(splits) == (4 if config == "specific" else 3)
        assert len(set().union(*splits)) == sum(map(len, splits))


def _instructions(folder: DataFolder, config: str, split: str) -> list[str]:
    return [row["instruction"] for row in folder.rows(config, split, columns=["instruction"])]


def test_cped_keeps_its_dialogues_and_only_the_nine_crowded_ones_lose_lines(built_cped: DataFolder, cped: Path) -> None:
    with cped.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.DictReader(lines)
        numbered = [(reader.line_num, row) for row in reader]
    home = {number: row["Dialogue_ID"] for number, row in numbered}
    rows = [row for _, row in numbered]
    speakers: dict[str, set[str]] = {}
    for row in rows:
        speakers.setdefault(row["Dialogue_ID"], set()).add(row["Speaker"])
    crowded = {name for name, names in speakers.items() if len(names) > 2}
    assert (len(rows), len(speakers), len(crowded)) == (11_137, 934, 9)
    assert built_cped.read_json("reports/accounting.json")["utterance"]["read"] == 11_137

    lost: Counter[str] = Counter()
    repeated: set[str] = set()
    for row in built_cped.rows("rejected"):
        if row["unit"] == "utterance":
            place = Place.parse(row["source"])
            if row["reason"] in ("duplicate_dialogue", "near_duplicate_dialogue"):
                repeated.add(home[place.last])
            else:
                lost[home[place.last]] += row["lines"]
    kept = Counter(row["title"] for row in built_cped.rows("dialogues", columns=["title"]))
    assert set(lost) <= crowded
    assert set(kept) | repeated | crowded == set(speakers)
    assert all(kept[name] + (name in repeated) == 1 for name in set(speakers) - crowded)


def test_the_people_of_cped_have_what_the_corpus_says_of_them(built_cped: DataFolder) -> None:
    profile = next(row for row in built_cped.rows("profiles") if row["character"] == "唐鹏")
    assert {"gender", "age", "neuroticism", "extraversion"} <= {field["key"] for field in profile["fields"]}


@pytest.mark.slow
def test_the_page_of_reproduced_figures_says_what_the_release_gives(whole_release: DataFolder) -> None:
    root = Path(__file__).parents[1]
    spec = importlib.util.spec_from_file_location("reproduce", root / "benchmarks" / "reproduce.py")
    assert spec
    assert spec.loader
    reproduce = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(reproduce)
    page = (root / "docs" / "reproduction.md").read_text(encoding="utf-8")
    for table in (reproduce.table_1, reproduce.lengths, reproduce.emotions):
        assert "\n".join(table(whole_release)) in page
