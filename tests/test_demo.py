"""The demo behind the build: a base and an adapter are made, asked, and held against each other."""

from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("trl")

from roleinstruct.dataset.folder import DataFolder
from roleinstruct.evaluation.answers import read_answers
from roleinstruct.pipeline.build import build
from roleinstruct.pipeline.config import BuildConfig
from roleinstruct.pipeline.demo import ADAPTER, BASE, Demo, tune_and_score
from roleinstruct.training.models import Size
from roleinstruct.training.pretraining import Pretraining

LITTLE = Size(vocabulary=600, hidden=32, layers=1, heads=2, key_value_heads=1, intermediate=64, context=2048)


def quick(data: Path) -> Demo:
    """The demo in a few seconds, which teaches nobody anything."""
    return tune_and_score(
        data,
        size=LITTLE,
        how=Pretraining(tokens=2000, block=128, batch=1),
        settings=("sft.max_steps=2", "sft.save_steps=2"),
        longest=6,
    )


def test_base_and_adapter_answer_the_same_questions_and_lie_beside_the_data(tmp_path: Path) -> None:
    data = tmp_path / "people"
    build(BuildConfig.load("sample"), data)
    made = quick(data)
    assert {path.name for path in tmp_path.iterdir()} == {"people", "people-base", "people-adapter", "people-answers"}
    systems = {one.system: one for one in made.scored.table.systems}
    assert set(systems) == {BASE, ADAPTER}
    asked = {row["id"] for row in DataFolder(data).rows("benchmark")}
    for name in systems:
        answers = read_answers(made.answers / f"{name}.jsonl")
        assert set(answers.texts) == asked
    files = [read_answers(made.answers / f"{name}.jsonl").settings["personas"] for name in systems]
    assert files[0] == files[1]
    assert {duel.task for duel in made.scored.table.duels} == {"raw", "cus", "spe", "avg"}
    card = (made.adapter / "README.md").read_text(encoding="utf-8")
    assert f"{systems[ADAPTER].average:.4f}" in card


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_adapter_beats_its_base_on_what_neither_was_trained_on(tmp_path: Path) -> None:
    data = tmp_path / "people"
    build(BuildConfig.load("sample"), data)
    made = tune_and_score(data)
    for duel in made.scored.table.duels:
        if duel.task in ("cus", "spe"):
            assert duel.first == ADAPTER
            assert duel.comparison.interval[0] > 0
