"""Ablations: the grid, the figures of hand-made scores, and tiny trainings that are stopped, fail and go on."""

import json
import signal
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from little_benchmark import little_benchmark, tiny_model
from roleinstruct.cli.main import main
from roleinstruct.dataset.persona import PERSONAS, write_personas
from roleinstruct.errors import ConfigError, RecordError, StoppedError
from roleinstruct.evaluation.ablation import BASE, SHEETS, Setting, cells_of, is_best, settings_of, verdicts
from roleinstruct.evaluation.answers import Answers
from roleinstruct.evaluation.benchmark import AVERAGE
from roleinstruct.evaluation.contrasts import Contrast, compare, values_of
from roleinstruct.evaluation.items import Item
from roleinstruct.evaluation.paper import paper_table
from roleinstruct.evaluation.sampling import Sampling
from roleinstruct.metrics.crossed import bounds, chance, crossed_means
from roleinstruct.metrics.rouge_l import rouge_l
from roleinstruct.pipeline.ablating import ablate, emotion_of
from roleinstruct.pipeline.cells import Plan, run_cells
from roleinstruct.pipeline.listener import Listener


def items(raw: int = 0, cus: int = 0, spe: int = 0) -> list[Item]:
    return [
        Item(f"{task}-{number}", "老方", task, f"{'问' if task == 'spe' else '题'}{number}？", ("好。",))
        for task, count in (("raw", raw), ("cus", cus), ("spe", spe))
        for number in range(count)
    ]


def test_the_grid_holds_each_setting_once_and_one_seed_after_the_other() -> None:
    both = settings_of(list(SHEETS), "system")
    assert [setting.name for setting in both] == ["general", "specific", "hybrid", "hybrid-without-emotion"]
    assert both[1].words == ("data.strategy=specific", "data.emotion=system")
    assert both[3].words == ("data.strategy=hybrid", "data.emotion=none")
    assert [setting.name for setting in settings_of(["emotion"], "tag")] == ["hybrid", "hybrid-without-emotion"]
    assert [setting.words[1] for setting in settings_of(["strategy"], "none")] == ["data.emotion=none"] * 3
    cells = cells_of(both[:2], 2)
    assert [cell.name for cell in cells] == ["general-seed0", "specific-seed0", "general-seed1", "specific-seed1"]
    assert cells[3].words == ("data.strategy=specific", "data.emotion=system", "sft.seed=1")


def test_what_cannot_be_told_apart_is_refused() -> None:
    with pytest.raises(ConfigError, match="there is no ablation 'size'"):
        settings_of(["size"], "tag")
    with pytest.raises(ConfigError, match="no training with emotion"):
        settings_of(["emotion"], "none")


@pytest.mark.parametrize("name", SHEETS)
def test_the_rows_and_columns_are_the_papers(name: str) -> None:
    sheet, published = SHEETS[name], paper_table(SHEETS[name].paper)
    assert list(published.systems) == list(sheet.rows)
    assert all(set(sheet.columns) <= set(row) for row in published.systems.values())
    assert {setting for pair in sheet.pairs for setting in pair} <= {BASE, *sheet.rows.values()}


def test_the_figures_are_means_over_runs_of_means_over_tasks() -> None:
    asked = items(cus=2, spe=4)
    values = {
        "a": np.array([[0.2, 0.4, 0.5, 0.5, 0.5, 0.5], [0.4, 0.6, 0.7, 0.7, 0.7, 0.7]]),
        "b": np.zeros((2, 6)),
    }
    found = compare(asked, values, [("a", "b"), ("a", "missing")])
    assert (found.items, found.runs) == ({"cus": 2, "spe": 4}, 2)
    assert {c: f.value for c, f in found.figures["a"].items()} == pytest.approx({AVERAGE: 0.5, "cus": 0.4, "spe": 0.6})
    assert found.figures["a"][AVERAGE].by_run == pytest.approx((0.4, 0.6))
    assert found.figures["a"]["spe"].spread == pytest.approx(2**0.5 / 10)
    assert found.figures["a"]["spe"].interval == pytest.approx((0.5, 0.7))  # of two runs one is drawn
    assert found.figures["b"][AVERAGE].interval == (0, 0)
    [contrast] = found.of("b", "cus")
    assert (contrast.first, contrast.second, contrast.difference) == ("b", "a", pytest.approx(-0.4))
    assert contrast.interval[0] < -0.4 < contrast.interval[1] < 0
    assert len(found.contrasts) == 3
    assert json.loads(json.dumps(found.as_json()))["settings"]["b"]["cus"]["spread"] == 0


def test_a_setting_is_as_good_as_itself_and_a_clear_lead_is_decided() -> None:
    rng = np.random.default_rng(0)
    same = rng.uniform(size=(3, 60))
    values = {"a": same, "b": same.copy(), "c": same + rng.normal(0.2, 0.05, size=(3, 60))}
    found = compare(items(spe=60), values, [("a", "b"), ("c", "a"), ("c", "b")])
    by_pair = {(c.first, c.second): c for c in found.contrasts if c.column == "spe"}
    assert (by_pair["a", "b"].difference, by_pair["a", "b"].p) == (0, 1)
    assert by_pair["c", "a"].is_decided
    assert by_pair["c", "a"].interval == pytest.approx((0.2, 0.2), abs=0.02)
    assert by_pair["c", "a"].p == pytest.approx(3 * by_pair["c", "a"].p_uncorrected)


def test_an_interval_knows_of_runs_that_differ() -> None:
    rng = np.random.default_rng(1)
    alike = rng.uniform(size=(1, 80)).repeat(3, axis=0)
    apart = alike + np.array([[-0.2], [0.0], [0.2]])
    found = compare(items(spe=80), {"alike": alike, "apart": apart}, [])
    narrow, wide = (found.figures[name]["spe"].interval for name in ("alike", "apart"))
    assert wide[1] - wide[0] > 2 * (narrow[1] - narrow[0])
    one = compare(items(spe=80), {"alike": alike[:1]}, [])
    assert one.figures["alike"]["spe"].interval == pytest.approx(narrow, abs=0.01)
    assert one.figures["alike"]["spe"].spread is None


def test_a_question_to_several_characters_counts_as_one_for_the_interval() -> None:
    rng = np.random.default_rng(2)
    values = rng.uniform(size=(1, 1, 40)).repeat(4, axis=2)
    apart = crossed_means(values, range(160), [0] * 160)[:, 0, 0]
    together = crossed_means(values, [number // 4 for number in range(160)], [0] * 160)[:, 0, 0]
    assert together.std() == pytest.approx(2 * apart.std(), rel=0.15)


@settings(max_examples=25)
@given(runs=st.integers(1, 4), count=st.integers(1, 12), seed=st.integers(0, 99))
def test_draws_lie_among_the_values_and_alike_for_all_systems(runs: int, count: int, seed: int) -> None:
    values = np.random.default_rng(seed).uniform(size=(1, runs, count))
    draws = crossed_means(np.concatenate([values, values + 1]), range(count), [0] * count, resamples=50)
    assert draws.shape == (50, 2, 1)
    assert values.min() - 1e-9 <= draws[:, 0].min()
    assert draws[:, 0].max() <= values.max() + 1e-9
    assert draws[:, 1] - draws[:, 0] == pytest.approx(np.ones((50, 1)))
    low, high = bounds(draws[:, 0, 0])
    assert low <= high
    assert 0 < chance(0.5, draws[:, 0, 0]) <= 1


def test_what_does_not_fit_together_is_refused() -> None:
    with pytest.raises(RecordError, match="give one of each an item"):
        crossed_means(np.zeros((1, 1, 3)), ["a"], [0])
    with pytest.raises(RecordError, match="give as many of every setting"):
        compare(items(spe=2), {"a": np.zeros((1, 2)), "b": np.zeros((2, 2))}, [])


def contrast(second: str, difference: float, p: float) -> Contrast:
    return Contrast("hybrid", second, AVERAGE, difference, (difference, difference), p, p)


@pytest.mark.parametrize(
    ("contrasts", "answer"),
    [
        ([contrast("general", 0.1, 0.01), contrast("specific", 0.2, 0.0001)], "yes"),
        ([contrast("general", 0.1, 0.2), contrast("specific", 0.2, 0.01)], "open"),
        ([contrast("general", -0.1, 0.2), contrast("specific", 0.2, 0.01)], "open"),
        ([contrast("general", -0.1, 0.01), contrast("specific", 0.2, 0.01)], "no"),
    ],
)
def test_the_best_is_who_beats_all_others_by_more_than_chance(contrasts: list[Contrast], answer: str) -> None:
    verdict = is_best("Is it?", "hybrid", contrasts)
    assert verdict.answer == answer
    assert verdict.told().startswith(f"Is it? {answer.capitalize()}: hybrid is ")
    assert all(one.second in verdict.told() for one in contrasts)


def test_questions_of_a_task_that_the_benchmark_lacks_are_not_answered() -> None:
    values = {name: np.full((1, 4), level) for name, level in (("hybrid", 0.6), ("hybrid-without-emotion", 0.5))}
    found = verdicts(SHEETS["emotion"], compare(items(cus=2, spe=2), values, SHEETS["emotion"].pairs))
    assert [(one.question.split()[1], one.answer) for one in found] == [("SPE", "yes"), ("CUS", "yes")]
    assert "hybrid is ahead of hybrid-without-emotion by 0.1000 (p < 0.001)" in found[0].told()


def test_answers_are_scored_run_by_run() -> None:
    asked = [Item("spe-1", "老方", "spe", "问？", ("师傅给的",)), Item("spe-2", "老方", "spe", "谁？", ("阿姨",))]
    runs = [
        Answers("a-seed0", {"spe-1": "师傅给的", "spe-2": "猫"}),
        Answers("a-seed1", {"spe-1": "", "spe-2": "阿姨"}),
    ]
    found = values_of(asked, runs, lambda answers, references: rouge_l(answers, references, floor=False))
    assert found.tolist() == [[1, 0], [0, 1]]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return little_benchmark(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    for library in ("torch", "transformers", "peft", "trl"):
        pytest.importorskip(library)
    folder = tmp_path_factory.mktemp("recipe") / "a: path # of 人"
    folder.mkdir()
    tiny_model(folder / "model")
    (folder / "little.yaml").write_text(
        """
model: {name_or_path: model, end_of_turn: '<|over|>'}
lora: {r: 2, lora_alpha: 4, target_modules: [q_proj, v_proj], task_type: CAUSAL_LM}
sft: {learning_rate: 1.0e-2, max_steps: 2, per_device_train_batch_size: 2, max_length: 600, use_cpu: true,
      eval_strategy: "no", save_strategy: steps, save_steps: 1, logging_steps: 1}
data: {}
""",
        encoding="utf-8",
    )
    return folder / "little.yaml"


def plan_of(recipe: Path, data: Path, out: Path, sheets: tuple[str, ...] = ("emotion",), **more: Any) -> Plan:  # noqa: ANN401 - as `Plan` has them
    settings = settings_of(sheets, emotion_of(str(recipe), ()))
    return Plan(str(recipe), data, out, settings, **{"seeds": 1, "sampling": Sampling(max_tokens=8), **more})


@pytest.fixture(scope="module")
def done(recipe: Path, data: Path, tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """An ablation of two cells of two steps, stopped by Ctrl-C before an answer and then in the midst of a training."""
    plan = plan_of(recipe, data, tmp_path_factory.mktemp("ablation"), neutral=True)
    seen: list[str] = []

    def stop(what: str, number: int, total: int | None) -> None:
        seen.append(f"{what.partition(' ')[0]} {number}")
        if seen.count("answering 0") == 2:
            raise KeyboardInterrupt  # what SIGINT raises, where the process that runs the tests does not ignore it
        if seen.count("training 1") == 1 and seen[0] == "answering 0":
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):  # the first setting is trained, and asked in character
        run_cells(plan, listener=Listener(progress=stop))
    seen.clear()
    with pytest.raises(StoppedError):
        run_cells(plan, listener=Listener(progress=stop))
    return plan


def contents(folder: Path) -> dict[str, tuple[int, bytes]]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): (path.stat().st_mtime_ns, path.read_bytes()) for path in files}


def test_a_stopped_ablation_goes_on_and_what_is_done_is_not_done_again(done: Plan, tmp_path: Path) -> None:
    before = contents(done.out)
    assert "hybrid-seed0/neutral.jsonl" in before
    assert "base-seed0/answers.jsonl" not in before
    assert "hybrid-without-emotion-seed0/cell.json" in before
    assert "hybrid-without-emotion-seed0/adapter/training.json" not in before
    found = ablate(done, ["emotion"], budget=0.02)
    after = contents(done.out)
    changed = [name for name in before if before[name] != after.get(name)]
    assert all(name.startswith("hybrid-without-emotion-seed0/adapter/checkpoints") for name in changed)
    assert (found.failed, list(found.sheets), set(found.forgetting)) == (
        {},
        ["emotion"],
        {"hybrid", "hybrid-without-emotion"},
    )
    assert found.sheets["emotion"].findings.items == {"raw": 2, "cus": 2, "spe": 4}
    ablate(done, ["emotion"], budget=0.02)
    assert contents(done.out) == after


def test_a_stopped_cell_comes_out_as_one_that_was_not(done: Plan, tmp_path: Path) -> None:
    run_cells(done)
    lost = done.out / "hybrid-without-emotion-seed0"
    before = {name: content for name, (_, content) in contents(lost).items()}
    lost.rename(tmp_path / "elsewhere")
    run_cells(done)
    after = {name: content for name, (_, content) in contents(lost).items()}
    assert set(after) == set(before)
    for name in ("answers.jsonl", "neutral.jsonl", "cell.json", "adapter/adapter_model.safetensors"):
        assert after[name] == before[name]


def test_another_recipe_in_the_same_folder_is_refused_before_anything_is_trained(done: Plan) -> None:
    before = contents(done.out)
    with pytest.raises(ConfigError, match=r"hybrid-seed0 was trained with another recipe .*another --out"):
        run_cells(replace(done, words=("lora.r=4",)))
    with pytest.raises(ConfigError, match=r"data\.strategy"):
        run_cells(replace(done, settings=[Setting("odd", ("data.strategy=odd",))]))
    assert contents(done.out) == before


def test_a_failed_cell_is_told_and_the_others_go_on(done: Plan, capsys: pytest.CaptureFixture[str]) -> None:
    said: list[str] = []
    settings = [Setting("nobody", ("data.characters=[nobody]",)), *done.settings]
    ran = run_cells(replace(done, settings=settings), listener=Listener(say=said.append))
    assert list(ran.failed) == ["nobody-seed0"]
    assert "nobody" in ran.failed["nobody-seed0"]
    assert any("nobody-seed0 failed, and the others go on" in one for one in said)
    assert (ran.seeds([BASE, "hybrid"]), ran.seeds(["nobody"]), ran.seeds(["hybrid", "nobody"])) == ([0], [], [])


def test_the_command_prints_the_table_and_the_verdicts(
    done: Plan, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*words: object) -> str:
        common = ("ablate", done.recipe, "--data", done.data, "--out", done.out, "--only", "emotion", "--seeds", 1)
        monkeypatch.setattr(sys, "argv", ["roleinstruct", *map(str, (*common, "--max-tokens", 8, *words))])
        with pytest.raises(SystemExit) as stop:
            main()
        assert stop.value.code == 0
        return capsys.readouterr().out

    told = run("--forgetting-budget", 0.02)
    for part in ("base, untrained", "without emotion", "0.3573", "Is SPE better with emotion than without?", "before"):
        assert part in told
    document = json.loads(run("--json"))
    assert set(document["tables"]["emotion"]["settings"]) == {BASE, "hybrid", "hybrid-without-emotion"}
    assert document["tables"]["emotion"]["paper"]["systems"]["with emotion"]["spe"] == 0.3573


def test_the_base_is_asked_with_the_prompts_that_the_others_were_trained_with(
    recipe: Path, data: Path, tmp_path: Path
) -> None:
    plan = plan_of(recipe, data, tmp_path, neutral=True)
    first, last = plan.cells[0], plan.cells[-1]
    assert last.setting.name == BASE
    assert plan.asked(last)[0].personas is None
    prompts = tmp_path / first.name / "adapter" / PERSONAS
    prompts.parent.mkdir(parents=True)
    write_personas(prompts, {"老方": "你是老方。"})
    assert plan.asked(last)[0].personas == prompts
    assert plan.asked(first)[0].personas is None  # it finds them beside its weights
    assert [asked.neutral for asked in plan.asked(last)] == [False, True]
