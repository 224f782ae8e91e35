"""The card of an adapter: what it tells, where its base lies, and that its figures and snippets hold."""

import json
import shutil
import sys
import warnings
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml
from huggingface_hub import ModelCard, parse_eval_result_entries

from little_benchmark import little_benchmark
from little_cards import little_adapter
from roleinstruct.cli.main import main
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.errors import ConfigError, FolderError
from roleinstruct.evaluation.items import read_items
from roleinstruct.publish.adapter_card import write_adapter_card
from roleinstruct.publish.adapter_results import gather_results
from roleinstruct.publish.card_rules import problems_of
from roleinstruct.publish.card_yaml import metadata_of
from roleinstruct.publish.pushing import prepare_adapter
from roleinstruct.publish.staging import CARD
from roleinstruct.publish.training_curve import curve


@pytest.fixture
def adapter(tmp_path: Path) -> Path:
    return little_adapter(tmp_path / "人物" / "lao-fang")


def card_of(folder: Path) -> str:
    return (folder / CARD).read_text(encoding="utf-8")


def test_the_hubs_own_class_reads_results_with_signature_and_interval(adapter: Path) -> None:
    card = ModelCard(card_of(adapter))
    assert (card.data.base_model, card.data.datasets, card.data.library_name) == ("bev/base-1b", ["bev/joiner"], "peft")
    results = card.data.eval_results
    assert results is not None
    assert [one.metric_args["task"] for one in results] == ["avg", "raw", "cus", "spe"]
    assert results[0].metric_args["interval"] == [0.28, 0.34]
    assert results[0].metric_args["signature"].startswith("rougeL|")
    assert problems_of(card_of(adapter), "model") == []


def test_the_entries_for_the_hub_are_read_by_its_own_parser(adapter: Path) -> None:
    entries = yaml.safe_load((adapter / ".eval_results" / "roleinstruct.yaml").read_text(encoding="utf-8"))
    found = parse_eval_result_entries(entries)
    assert {(one.dataset_id, one.task_id, one.value) for one in found} >= {("bev/joiner", "spe", 0.31)}
    assert "95% [0.2600, 0.3500]" in str(found[1].notes)


def test_a_local_base_is_told_plainly_and_its_path_is_nowhere_in_the_card(tmp_path: Path) -> None:
    folder = little_adapter(tmp_path / "lao-fang", base=str(tmp_path / "secret-project" / "base"))
    card = card_of(folder)
    assert "base_model" not in metadata_of(card)
    assert "**The base was a model of the trainer's own machine**" in card
    assert "`0123456789ab`" in card
    assert str(tmp_path) not in card
    assert problems_of(card, "model") == []


def test_a_public_base_that_is_said_at_the_push_is_in_every_file_that_names_it(tmp_path: Path) -> None:
    folder = little_adapter(tmp_path / "lao-fang", base=str(tmp_path / "base"))
    (folder / "adapter_model.safetensors").write_bytes(b"\x02\0\0\0\0\0\0\0{}")
    recipe = {"model": {"name_or_path": str(tmp_path / "base")}, "lora": {}, "sft": {}, "data": {}}
    (folder / "recipe.yaml").write_text(yaml.safe_dump(recipe), encoding="utf-8")
    prepared = prepare_adapter(folder, "bev/lao-fang", base_model="bev/base-1b")
    staged = prepared.staged
    assert not [name for name in staged.files if str(tmp_path).encode() in staged.text(name).encode()]
    assert metadata_of(staged.text(CARD))["base_model"] == "bev/base-1b"
    assert "trainer's own machine" not in staged.text(CARD)
    assert 'hf_hub_download("bev/lao-fang", "personas.json")' in staged.text(CARD)
    assert not prepared.report.findings
    assert {"personas.json", "results.json", "figures/training.svg", ".eval_results/roleinstruct.yaml"} <= set(
        staged.files
    )


def test_what_a_person_wrote_and_the_licence_stay(adapter: Path) -> None:
    before = card_of(adapter)
    write_adapter_card(adapter)
    assert card_of(adapter) == before
    edited = before.replace("## Limits", "x").replace(
        "<!-- roleinstruct:data -->", "By Bev.\n\n<!-- roleinstruct:data -->"
    )
    (adapter / CARD).write_text(edited, encoding="utf-8")
    write_adapter_card(adapter)
    assert "By Bev.\n\n<!-- roleinstruct:data -->" in card_of(adapter)
    assert "## Limits" in card_of(adapter)
    assert metadata_of(card_of(adapter))["license"] == "apache-2.0"


def test_a_cell_holds_any_answer(adapter: Path) -> None:
    assert "| 老方 | 你爱喝什么茶？ | 粗茶 \\| 浓的。 &lt;b> | 粗茶。 |" in card_of(adapter)


def test_the_snippet_of_a_trained_adapter_runs_where_it_lies(
    whole_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("adapter_config.json", "adapter_model.safetensors", "tokenizer.json", "tokenizer_config.json"):
        (tmp_path / "adapter").mkdir(exist_ok=True)
        shutil.copy(whole_run / name, tmp_path / "adapter")
    for name in ("chat_template.jinja", "training.json"):
        shutil.copy(whole_run / name, tmp_path / "adapter")
    write_adapter_card(tmp_path / "adapter")
    code = card_of(tmp_path / "adapter").partition("```python\n")[2].partition("```")[0]
    assert 'from_pretrained("adapter")' in code
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    with warnings.catch_warnings():  # peft calls what transformers will rename
        warnings.simplefilter("ignore", FutureWarning)
        exec(compile(code, CARD, "exec"), names)
    assert names["answer"].shape[1] > names["prompt"]["input_ids"].shape[1]  # type: ignore[attr-defined,index]
    assert "figures/training.svg" in card_of(tmp_path / "adapter")


def test_the_curve_is_a_drawing_of_its_points_and_nothing_where_there_are_none() -> None:
    log = [{"step": n, "loss": 4 / n} for n in range(1, 9)] + [
        {"step": 8, "eval_loss": 0.7},
        {"step": 8, "loss": float("nan")},
    ]
    drawing = ElementTree.fromstring(curve(log, 8))
    name = "{http://www.w3.org/2000/svg}"
    [line] = drawing.iter(f"{name}polyline")
    points = [tuple(map(float, point.split(","))) for point in line.attrib["points"].split()]
    assert len(points) == 8
    assert points == sorted(points)
    assert [y for _, y in points] == sorted(y for _, y in points)  # a falling loss goes down the page
    assert len(list(drawing.iter(f"{name}circle"))) == 1
    assert all(0 <= x <= 640 and 0 <= y <= 260 for x, y in points)
    assert curve([], 0) == curve([{"step": 1, "loss": 2.0}], 1) == ""


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Path]]:
    """A benchmark, and answers of two systems."""
    home = tmp_path_factory.mktemp("answered")
    data = home / "two"
    little_benchmark(data)
    files = []
    for system in ("base", "lao-fang"):
        rows = [{"system": system}]
        for item in read_items(DataFolder(data)):
            said = item.references[0] if system == "lao-fang" else "不知道。"
            rows.append({"id": item.id, "answer": said})
        files.append(home / f"{system}.jsonl")
        files[-1].write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return data, files


def run(monkeypatch: pytest.MonkeyPatch, *words: object) -> int:
    monkeypatch.setattr(sys, "argv", ["roleinstruct", *map(str, words)])
    with pytest.raises(SystemExit) as stop:
        main()
    return int(stop.value.code or 0)


def test_answers_are_scored_and_shown_by_the_command(
    adapter: Path, answered: tuple[Path, list[Path]], monkeypatch: pytest.MonkeyPatch
) -> None:
    data, files = answered
    more = [word for file in files for word in ("--answers", file)]
    assert run(monkeypatch, "card", "write", adapter, *more, "--data", data, "--dataset", "bev/two") == 0
    card = card_of(adapter)
    assert "| **lao-fang** | 1.0000 (1.000 to 1.000) |" in card
    assert "| base | " in card
    assert "| Nora | What do you put into the Friday bread? |" in card
    assert metadata_of(card)["datasets"] == ["bev/two"]
    assert run(monkeypatch, "card", "write", adapter, *more) == 1
    assert run(monkeypatch, "card", "write", data.parent) == 1


def test_files_of_score_and_of_forgetting_are_taken(
    adapter: Path, answered: tuple[Path, list[Path]], tmp_path: Path
) -> None:
    from roleinstruct.pipeline.scoring import score_files

    data, files = answered
    scores, report, lost = tmp_path / "scores.json", tmp_path / "report.json", tmp_path / "lost.json"
    document = score_files(files, DataFolder(data)).as_json()
    scores.write_text(json.dumps(document), encoding="utf-8")
    report.write_text(json.dumps({"scores": document, "rpcs": None, "settings": {}}), encoding="utf-8")
    lost.write_text(json.dumps(json.loads((adapter / "results.json").read_text())["forgetting"]), encoding="utf-8")
    for file in (scores, report):
        found = gather_results(adapter, [file, lost])
        assert (found["system"], found["forgetting"]["questions"]) == ("lao-fang", 40)
        assert [one["system"] for one in found["tables"][0]["systems"]] == ["base", "lao-fang"]
        assert str(data) not in json.dumps(found)
    with pytest.raises(ConfigError, match="say with --system which"):
        gather_results(tmp_path, [scores])
    assert gather_results(tmp_path, [scores], system="base")["system"] == "base"
    (tmp_path / "no.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ConfigError, match="holds no figures"):
        gather_results(adapter, [tmp_path / "no.json"])
    with pytest.raises(ConfigError, match="cannot be read"):
        gather_results(adapter, [tmp_path / "nowhere.json"])


def test_what_is_no_adapter_or_is_broken_is_one_sentence(adapter: Path, tmp_path: Path) -> None:
    with pytest.raises(FolderError, match=r"has no adapter_config\.json"):
        write_adapter_card(tmp_path)
    (adapter / "training.json").write_text("[]", encoding="utf-8")
    with pytest.raises(FolderError, match=r"training\.json is a list"):
        write_adapter_card(adapter)
    (adapter / "training.json").write_text("{", encoding="utf-8")
    with pytest.raises(FolderError, match=r"training\.json is no JSON"):
        write_adapter_card(adapter)


def test_an_adapter_that_peft_alone_has_saved_gets_a_card(tmp_path: Path) -> None:
    (tmp_path / "adapter_config.json").write_text(
        '{"base_model_name_or_path": "bev/base", "peft_type": "LORA", "r": 4}'
    )
    write_adapter_card(tmp_path)
    assert "The folder does not say on what." in card_of(tmp_path)
    assert "--max-lora-rank 4" in card_of(tmp_path)
