from pathlib import Path

import pytest

from roleinstruct import Emotion
from roleinstruct.dataset.draft import draft
from roleinstruct.dataset.features import features
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.dataset.rows import dialogue_row, general_row, profile_row, specific_row
from roleinstruct.dataset.statistics import PAPER_EMOTIONS, emotion_shares, statistics, summary
from roleinstruct.records import CharacterProfile, Dialogue, Instruction, Place, Utterance


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    """Two dialogues of 2 and 4 turns, two profiles, three instructions with four answers."""
    place = Place("a.txt", 1, 9)
    said = [
        Utterance("甲", "好", Emotion.ANGER, annotator="source"),
        Utterance("乙", "嗯", Emotion.NEUTRAL, annotator="extractive"),
    ]
    with draft(tmp_path, keep=False) as data:
        with data.writer("dialogues") as writer:
            writer.write(dialogue_row(Dialogue("甲-1", "甲", "乙", tuple(said), place)))
            writer.write(dialogue_row(Dialogue("甲-2", "甲", "乙", tuple(said * 2), place)))
        with data.writer("profiles") as writer:
            writer.write(profile_row(CharacterProfile("甲", "zh", traits=("乐观", "坚韧"), text="名字：甲。")))
            writer.write(profile_row(CharacterProfile("丙", "zh", traits=("乐观",), text="名字：丙，高")))
        with data.writer("specific") as writer:
            writer.write(specific_row(Instruction("1", "甲", "specific", "甲，好吗？", ("好。",))))
        with data.writer("general") as writer:
            writer.write(general_row(Instruction("2", "甲", "general", "天？", ("蓝。", "灰的。"))), "train")
            writer.write(general_row(Instruction("3", "丙", "general", "天？", ("黑。",))), "test")
    return DataFolder(tmp_path)


def test_every_row_of_table_1_has_its_value(folder: DataFolder) -> None:
    assert {s.name: s.value for s in statistics(folder)} == {
        "dialogues": 2,
        "average rounds a dialogue": 1.5,
        "characters": 2,
        "personality traits": 2,
        "average profile length": 5.5,
        "instructions": 3,
        "character-specific instructions": 1,
        "general instructions": 2,
        "average instruction length": 3.0,
        "responses": 4,
        "character-specific responses": 1,
        "general responses": 3,
        "average response length": 2.25,
    }


def test_an_empty_folder_has_no_averages(tmp_path: Path) -> None:
    values = {s.name: s.value for s in statistics(DataFolder(tmp_path))}
    assert values["average rounds a dialogue"] is None
    assert values["dialogues"] == 0
    assert emotion_shares(DataFolder(tmp_path)) == {}


def test_emotions_are_shares_of_the_labelled_turns(folder: DataFolder) -> None:
    shares = emotion_shares(folder)
    assert (shares[Emotion.ANGER], shares[Emotion.NEUTRAL], shares[Emotion.FEAR]) == (50, 50, 0)
    assert list(shares) == list(Emotion)
    assert sum(PAPER_EMOTIONS.values()) == pytest.approx(99.9)


def test_the_summary_counts_tables_annotators_and_characters(folder: DataFolder) -> None:
    document = summary(folder)
    assert document["rows"]["general"] == {"train": 1, "test": 1}
    assert document["labelled_by"] == {"extractive": 3, "source": 3}
    assert document["characters"] == {"甲": {"dialogues": 2, "specific": 1, "general": 1}, "丙": {"general": 1}}
    assert list(features("dialogues")) == ["dialogue_id", "character", "partner", "title", "turns", "source"]
