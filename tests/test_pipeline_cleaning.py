"""The stages that clean and ask, as tables and reports show them."""

import json
from pathlib import Path
from typing import Any

import pytest

from roleinstruct.cleaning.duplicates import find_duplicates
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.pipeline.build import run_step
from roleinstruct.pipeline.config import BuildConfig
from roleinstruct.pipeline.generating import run_ask
from roleinstruct.pipeline.listener import Listener
from roleinstruct.pipeline.model_blocks import QuestionsConfig

LONG = "你是如何平衡工作和家庭的责任的"
CHAIN = (LONG, LONG[:-2] + "时间分配呢", LONG[:-2] + "时间分配呢啊", "时间分配呢啊你说说看吧")


def cleaned(tmp_path: Path, rows: list[dict[str, str]], neutral: tuple[str, ...] = (), script: str = "") -> DataFolder:
    """A folder after "import" and "clean"; the rows are those of one character."""
    source = tmp_path / "src" / "王芳"
    source.mkdir(parents=True)
    if rows:
        (source / "rows.json").write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
    if script:
        (source / "script.txt").write_text(script, encoding="utf-8")
    if neutral:
        plain = [{"instruction": text, "raw_response": "无可奉告。"} for text in neutral]
        (source.parent / "neutral.json").write_text(json.dumps(plain, ensure_ascii=False), encoding="utf-8")
    config = BuildConfig.model_validate({"source": {"path": source.parent}})
    for step in ("import", "clean"):
        run_step(step, config, tmp_path / "out")
    return DataFolder(tmp_path / "out")


def reported(folder: DataFolder) -> list[dict[str, Any]]:
    pairs: list[dict[str, Any]] = folder.read_json("reports/duplicates.json")["pairs"]
    return pairs


def specific(text: str) -> dict[str, str]:
    return {"instruction": f"王芳，{text}", "generated": f"{len(text)}次。"}


def general(text: str, answer: str) -> dict[str, str]:
    return {"role": "王芳", "instruction": text, "generated": answer}


@pytest.mark.parametrize("threshold", [0.6, 0.75, 0.9, 1.0])
def test_the_report_can_be_cut_at_any_threshold(tmp_path: Path, threshold: float) -> None:
    texts = [*CHAIN, CHAIN[2] + "！"]
    pairs = reported(cleaned(tmp_path, [specific(text) for text in texts]))
    gone: set[str] = set()
    for pair in pairs:
        if pair["similarity"] >= threshold and pair["earlier"] not in gone:
            gone.add(pair["later"])
    found = find_duplicates(((str(n), f"王芳，{text}") for n, text in enumerate(texts, 1)), threshold)
    assert {int(name.rsplit("-", 1)[1]) for name in gone} == {int(pair.dropped_id) for pair in found.pairs}


def test_the_report_tells_pairs_that_cost_an_item_from_those_that_did_not(tmp_path: Path) -> None:
    pairs = reported(cleaned(tmp_path, [specific(text) for text in (*CHAIN, CHAIN[0])]))
    outcome = {(pair["earlier"][-1], pair["later"][-1]): pair["dropped"] for pair in pairs}
    assert outcome[("1", "5")]
    assert outcome[("2", "3")]
    assert not all(outcome.values())
    assert {pair["level"] for pair in pairs} == {"instruction"}


def test_general_instructions_and_neutral_answers_meet_by_normal_form(tmp_path: Path) -> None:
    rows = [
        general("说说ABC和春天。", "好。"),
        general("说说 abc和春天", "行。"),
        general("说说ＡＢＣ和春天！", "好。"),
    ]
    folder = cleaned(tmp_path, rows, neutral=("说说Abc和春天？", "说说夏天。"))
    (row,) = folder.rows("cleaned/general")
    assert row["instruction"] == "说说ABC和春天。"
    assert row["responses"] == ["好。", "行。"]
    assert row["raw_response"] == "无可奉告。"
    (left,) = [json.loads(row["payload"]) for row in folder.rows("rejected/clean")]
    assert left["instruction"] == "说说夏天。"


def test_near_general_instructions_are_recorded_and_stay(tmp_path: Path) -> None:
    texts = ("请把下面的句子翻译成英文：我很好", "请把下面的句子翻译成英文：我很忙")
    folder = cleaned(tmp_path, [general(text, "翻好了。") for text in texts])
    assert [row["instruction"] for row in folder.rows("cleaned/general")] == list(texts)
    (pair,) = reported(folder)
    assert (pair["level"], pair["character"], pair["dropped"], pair["exact"]) == ("instruction", "王芳", False, False)


ASKED = """李强：你最喜欢哪个季节？
王芳：我最喜欢秋天，不冷不热。
李强：今天的鱼不错。
王芳：那就多吃一点，锅里还有呢。
李强：芳姐，你最喜欢哪个季节？
王芳：还是秋天，天高云淡的。
"""


@pytest.mark.parametrize(("most", "reasons"), [(5, {"duplicate_question", "not_a_question"})])
def test_what_is_not_asked_is_explained_under_its_own_unit(tmp_path: Path, most: int, reasons: set[str]) -> None:
    folder = cleaned(tmp_path, [], script=ASKED)
    run_ask(folder, QuestionsConfig(when="always", per_character=most), 0.9, Listener())
    (kept,) = folder.rows("asked/specific")
    rejected = {row["reason"]: row for row in folder.rows("rejected/ask")}
    assert set(rejected) == reasons
    assert {row["unit"] for row in rejected.values()} == {"question"}
    payload = json.loads(rejected["duplicate_question"]["payload"])
    assert (payload["kept"], payload["similarity"]) == (kept["id"], 1.0)


def test_the_similarity_that_makes_a_question_a_repetition_is_the_builds(tmp_path: Path) -> None:
    script = ASKED.replace("芳姐，你最喜欢哪个季节", "芳姐，你最喜欢哪个季节呀")
    folder = cleaned(tmp_path, [], script=script)
    asked = []
    for similarity in (0.6, 0.95):
        run_ask(folder, QuestionsConfig(when="always"), similarity, Listener())
        asked.append(folder.count("asked/specific"))
    assert asked == [1, 2]
