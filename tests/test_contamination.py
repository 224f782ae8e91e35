"""Items that stand in the training part are found, and nothing else is."""

from pathlib import Path

import pytest

from little_benchmark import little_benchmark
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.evaluation.contamination import contaminated, training_answers
from roleinstruct.evaluation.items import Item, read_items

ASKED, SAID = "你的锤子是谁给的？", "是我师傅临走时塞给我的，木柄换过三回。"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    return DataFolder(little_benchmark(tmp_path_factory.mktemp("data")))


def item(instruction: str = "谁来了？", *references: str, character: str = "老方") -> Item:
    return Item("spe-1", character, "spe", instruction, references or ("下雪天谁也没来，就我一个人守着铺子。",))


def test_the_test_part_of_a_data_set_is_clean(data: DataFolder) -> None:
    assert contaminated(read_items(data), data) == []


@pytest.mark.parametrize(
    ("made", "what"),
    [
        (item(ASKED), ["instruction"]),
        (item("你的锤子，是谁给的"), ["instruction"]),
        (item("谁？", SAID), ["reference"]),
        (item("谁？", "没人。", f"{SAID[:-2]}！"), ["reference"]),
        (item(ASKED, SAID, SAID), ["instruction", "reference"]),
        (item("Nora? WHEN do you get up", "At four, long before the birds do!!", character="Nora"), ["reference"]),
        (item(ASKED, character="Nora"), []),
        (item("你的锤子是谁弄丢的？"), []),
        (item("谁？", "是我师傅。"), []),
        (item("谁？", f"{SAID}后来我又自己做了一把更趁手的，送给了隔壁的小孙子。"), []),
        (item("？"), []),
    ],
)
def test_an_item_is_known_by_its_question_or_by_an_answer(data: DataFolder, made: Item, what: list[str]) -> None:
    found = contaminated([made], data)
    assert [one.what for one in found] == what
    assert all(0.8 <= one.share <= 1 for one in found)
    assert {one.row for one in found} <= {"老方-specific-00001", "Nora-specific-00004"}


def test_all_answers_of_the_training_part_are_known_once(data: DataFolder) -> None:
    found = training_answers(data)
    assert len(found) == len(set(found)) == 4
    assert {SAID, "放入密封袋，置于阴凉处，或者冷冻。"} <= set(found)


def test_a_folder_without_a_training_part_contaminates_nothing(tmp_path: Path) -> None:
    assert contaminated([item(ASKED)], DataFolder(tmp_path)) == []
    assert training_answers(DataFolder(tmp_path)) == []
