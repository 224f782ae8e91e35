"""`score`: files of answers to the paper's table, as a person and as a program sees it."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from little_benchmark import little_benchmark
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.errors import ConfigError, FolderError
from roleinstruct.evaluation.items import Item, digest_of, read_items
from roleinstruct.metrics.rouge_l import rouge_l
from roleinstruct.pipeline.scoring import ScoreOptions, score_files

MACHINE = "作为一个人工智能语言模型，我没有个人经历。"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return little_benchmark(tmp_path_factory.mktemp("data"))


def write(path: Path, items: list[Item], texts: Mapping[str, str]) -> Path:
    rows = [{"system": path.stem, "settings": {"seed": 1}, "items": digest_of(items)}]
    lines = [
        json.dumps(row, ensure_ascii=False) for row in (*rows, *({"id": i, "answer": t} for i, t in texts.items()))
    ]
    path.write_text("\n".join([*lines, ""]), encoding="utf-8")
    return path


@pytest.fixture
def files(data: Path, tmp_path: Path) -> list[Path]:
    """Three systems: one that has learnt the references by heart, one that gives half of each, and a machine."""
    items = read_items(DataFolder(data))
    answers: dict[str, Callable[[Item], str]] = {
        "exact": lambda item: item.references[-1],
        "half": lambda item: item.references[0][: len(item.references[0]) // 2],
        "machine": lambda _: MACHINE,
    }
    return [write(tmp_path / f"{name}.jsonl", items, {i.id: said(i) for i in items}) for name, said in answers.items()]


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal on which no cell is folded."""
    monkeypatch.setenv("COLUMNS", "200")


def test_the_table_has_a_row_a_system_with_intervals_floors_and_duels(
    data: Path, files: list[Path], command: Callable[..., tuple[str, str]]
) -> None:
    told, talk = command("score", *files, "--data", data)
    assert talk == ""
    assert "8 items; rougeL|measure:f|tokenizer:char|references:max|version:1" in told
    for expected in (
        "floor of exact",
        "exact – machine",
        "1.000–1.000",
        "not to be compared",
        "RoleCraft-GLM",
        "0.4704",
    ):
        assert expected in told


def test_by_character_and_by_emotion(data: Path, files: list[Path], command: Callable[..., tuple[str, str]]) -> None:
    told, _ = command("score", *files, "--data", data, "--by", "character")
    assert "老方, SPE" in told
    told, _ = command("score", *files, "--data", data, "--by", "emotion")
    assert "happiness" in told
    _, talk = command("score", *files, "--data", data, "--by", "size", code=1)
    assert "expected character or emotion" in talk


def test_the_document_holds_everything(data: Path, files: list[Path], command: Callable[..., tuple[str, str]]) -> None:
    told, _ = command("score", *files, "--data", data, "--json")
    found = json.loads(told)
    items = read_items(DataFolder(data))
    assert (found["items"], found["digest"]) == (8, digest_of(items))
    exact, half, machine = found["systems"]
    assert exact["average"] == 1
    assert exact["interval"] == [1, 1]
    spe = [item for item in items if item.task == "spe"]
    halves = [item.references[0][: len(item.references[0]) // 2] for item in spe]
    expected = rouge_l(halves, [item.references for item in spe])
    assert half["tasks"]["spe"]["value"] == expected.value
    assert half["tasks"]["spe"]["n"] == 4
    assert {part["character"] for part in half["characters"]} == {"老方", "Nora"}
    assert half["settings"] == {"seed": 1}
    assert machine["beside"]["self_reference"]["value"] == 1
    assert machine["beside"]["language_match"]["value"] == 0.5
    assert 0 < half["beside"]["length_ratio"]["value"] < 0.7
    assert exact["beside"]["copy_rate"]["value"] == 0
    assert exact["beside"]["emotion_match"]["signature"] == "emotion-match|annotator:extractive|version:1"
    assert machine["beside"]["distinct_2"]["value"] < exact["beside"]["distinct_2"]["value"]
    assert len(found["duels"]) == 3 * 4
    assert found["paper"]["comparable"] is False
    assert found["contamination"]["items"] == {"raw": 0, "cus": 0, "spe": 0}


def test_items_of_the_training_part_are_listed_and_left_out(
    tmp_path: Path, command: Callable[..., tuple[str, str]]
) -> None:
    folder = DataFolder(little_benchmark(tmp_path / "data"))
    rows = list(folder.rows("benchmark"))
    leaked = {**rows[-1], "id": "spe-leaked", "character": "老方", "task": 2, "instruction": "你的锤子是谁给的"}
    with folder.writer("benchmark") as writer:
        for row in (*rows, leaked):
            writer.write(row, "test")
    items = read_items(folder)
    file = write(tmp_path / "a.jsonl", items, {item.id: item.references[0] for item in items})
    told, _ = command("score", file, "--data", folder.root, "--list-contaminated")
    assert "9 items" in told
    assert "spe-leaked" in told
    assert "老方-specific-00001" in told
    found = score_files([file], folder, ScoreOptions(exclude_contaminated=True))
    assert (found.table.items, found.excluded) == (8, 1)
    assert found.contaminated == {"raw": 0, "cus": 0, "spe": 1}
    others = {item.id: item.references[0] for item in items if item.id != leaked["id"]}
    unasked = score_files([write(tmp_path / "b.jsonl", items, others)], folder, ScoreOptions(only_answered=True))
    assert (unasked.table.items, sum(unasked.contaminated.values())) == (8, 0)
    only = ScoreOptions(exclude_contaminated=True, tasks=("spe",), characters=("老方",))
    with folder.writer("benchmark") as writer:
        writer.write(leaked, "test")
    with pytest.raises(FolderError, match="every item"):
        score_files([file], folder, only)


def test_what_speaks_against_a_comparison_is_said(
    data: Path, files: list[Path], tmp_path: Path, command: Callable[..., tuple[str, str]]
) -> None:
    items = read_items(DataFolder(data))
    other = [Item("x", "老方", "spe", "谁？", ("我。",))]
    strange = write(tmp_path / "strange.jsonl", other, {"x": "我。", **{item.id: "好" for item in items}})
    _, talk = command("score", strange, "--data", data)
    assert "was asked other items" in talk
    assert "has 1 answers to items that are not in this benchmark" in talk
    some = write(tmp_path / "some.jsonl", items, {item.id: "好" for item in items[:3]})
    _, talk = command("score", files[0], some, "--data", data, code=1)
    assert "some has not answered 5 of 8 items" in talk
    told, talk = command("score", files[0], some, "--data", data, "--only-answered")
    assert "3 items" in told
    assert talk == ""
    part = [item for item in items if item.task == "spe"]
    spe = write(tmp_path / "spe.jsonl", part, {item.id: "好" for item in part})
    assert command("score", spe, "--data", data, "--tasks", "spe")[1] == ""


def test_other_metrics_and_settings(data: Path, files: list[Path]) -> None:
    folder = DataFolder(data)
    near = score_files(files, folder, ScoreOptions(metric="rpcs", encoder="ngrams"))
    assert near.table.signature == "rpcs|encoder:ngrams-v1|references:max|version:1"
    assert near.table.systems[0].tasks["spe"].parts["rescaled"] == pytest.approx(1)
    intent = score_files(files, folder, ScoreOptions(compat="authors-intent"))
    assert "compat:authors-intent" in intent.table.signature
    assert "tokenizer:char-all" in score_files(files, folder, ScoreOptions(tokenizer="char-all")).table.signature
    for wrong, said in (
        (ScoreOptions(metric="bleu"), "there are rouge_l and rpcs"),
        (ScoreOptions(metric="rpcs"), "give --encoder SPEC"),
        (ScoreOptions(encoder="ngrams"), "expected rouge_l"),
    ):
        with pytest.raises(ConfigError, match=said):
            score_files(files, folder, wrong)
    with pytest.raises(ConfigError, match="there is no compat"):
        score_files(files, folder, ScoreOptions(compat="other"))
