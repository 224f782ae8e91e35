"""What must not be trained on: each way in which a dialogue can give away what is held out."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from roleinstruct.dataset.derived import benchmark_rows
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.dataset.leaks import held_of
from roleinstruct.records import Dialogue, Instruction, Place, Utterance

ASKED = Instruction(
    "老方-asked-1", "老方", "specific", "你那把锤子到底是谁送给你的？", ("是我师傅临走那天硬塞给我的。",)
)
SHORT = Instruction("老方-asked-2", "老方", "specific", "是吗？", ("不知道。",))
HIDDEN = Instruction("阿莲-specific-1", "阿莲", "specific", "阿莲，你几点起床？", ("四点，鱼市不等人。",))


def dialogue(*texts: str, partner: str = "小马", character: str = "老方", source: str = "铺子.txt:10-19") -> Dialogue:
    speakers = (partner, character)
    turns = tuple(Utterance(speakers[number % 2], text) for number, text in enumerate(texts))
    return Dialogue("老方-00001", character, partner, turns, Place.parse(source))


def why(path: Path, items: Sequence[tuple[Instruction, str]], said: Dialogue) -> str:
    folder = DataFolder(path)
    with folder.writer("benchmark") as writer:
        for item, split in items:
            for row in benchmark_rows(item) if split in ("test", "unseen") else ():
                writer.write(row, "test")
    return held_of(folder, items).why(said)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (dialogue("今天刨了几块板？", "三块，都是榆木的。"), ""),
        (dialogue("你那把锤子,到底是谁送给你的", "这个嘛。"), "said"),
        (dialogue("说说吧。", "嗯，是我师傅临走那天硬塞给我的！我一直留着。"), "said"),
        (dialogue("是吗？", "不知道。"), ""),
        (dialogue("几点起？", "四点，鱼市不等人。", character="阿莲"), "held_out_character"),
        (dialogue("几点起？", "早得很。", partner="阿莲"), "held_out_character"),
    ],
)
def test_a_dialogue_that_gives_away_what_is_held_out_is_known(tmp_path: Path, said: Dialogue, reason: str) -> None:
    assert why(tmp_path, [(ASKED, "test"), (SHORT, "test"), (HIDDEN, "unseen")], said) == reason


@pytest.mark.parametrize("split", ["validation", "test", "unseen"])
@pytest.mark.parametrize("evidence", [("dialogue: 老方-00001",), ("铺子.txt:12",), ("profile", "铺子.txt:1-10")])
def test_a_dialogue_that_a_held_out_row_was_taken_from_is_known(
    tmp_path: Path, split: str, evidence: tuple[str, ...]
) -> None:
    item = Instruction("阿莲-asked-1", "阿莲", "specific", "阿莲，你信吗？", ("信。",), evidence=evidence)
    assert why(tmp_path, [(item, split)], dialogue("好了吗？", "快了。")) == "evidence"
    assert why(tmp_path, [(item, split)], dialogue("好了吗？", "快了。", source="街口.txt:12")) == (
        "evidence" if evidence[0].startswith("dialogue") else ""
    )


def test_what_is_trained_on_gives_nothing_away(tmp_path: Path) -> None:
    item = Instruction(
        "老方-asked-1", "老方", "specific", ASKED.instruction, ASKED.responses, evidence=("铺子.txt:12",)
    )
    assert why(tmp_path, [(item, "train")], dialogue(item.instruction, item.responses[0])) == ""


def test_the_folders_own_account_names_who_is_held_out_where_no_row_does(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    folder.write_json("reports/mixture.json", {"held_out_characters": ["老方"]})
    assert held_of(folder, []).why(dialogue("好了吗？", "快了。")) == "held_out_character"
