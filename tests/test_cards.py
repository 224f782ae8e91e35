"""Cards of data sets and metrics: true, valid for the Hub's classes, runnable, and kept where a person wrote."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from huggingface_hub import DatasetCard, RepoCard

from chromium import Browser
from hub_server import Hub
from little_cards import GOLDEN, cards, little_dataset
from roleinstruct.dataset.columns import COLUMNS, TABLES
from roleinstruct.dataset.features import PUBLISHED, features
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.pipeline.build import build, run_step
from roleinstruct.pipeline.carding import rewrite_card
from roleinstruct.pipeline.config import BuildConfig
from roleinstruct.pipeline.remembering import remembered
from roleinstruct.publish.card_yaml import metadata_of, page_of, with_metadata
from roleinstruct.publish.pushing import prepare_dataset, push_metrics, push_prepared
from roleinstruct.publish.staging import CARD


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return cards(tmp_path_factory.mktemp("cards"))


@pytest.fixture(scope="module")
def joiner(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return little_dataset(tmp_path_factory.mktemp("我的 set") / "joiner")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pages")


def code_of(card: str) -> str:
    """The Python of a card."""
    return card.partition("```python\n")[2].partition("```")[0]


@pytest.mark.parametrize("name", ["dataset.md", "adapter.md", "rouge_l.md", "rpcs.md"])
def test_a_card_is_the_golden_one(made: dict[str, str], name: str) -> None:
    assert made[name] == (GOLDEN / name).read_text(encoding="utf-8")


def test_the_hubs_own_class_reads_the_card(joiner: Path) -> None:
    card = DatasetCard((joiner / CARD).read_text(encoding="utf-8"))
    assert card.data.license_name == "shop-licence"
    assert card.data.source_datasets == ["extended|bev/joiner"]
    assert card.data.annotations_creators == ["found", "machine-generated"]
    assert card.data.multilinguality == ["monolingual"]
    assert card.data.size_categories == ["n<1K"]
    assert [row["config_name"] for row in card.data.configs if row.get("default")] == ["dialogues"]
    turns = next(r for r in card.data.dataset_info if r["config_name"] == "dialogues")["features"][4]
    assert turns["list"][2]["dtype"]["class_label"]["names"]["0"] == "anger"


@pytest.mark.parametrize("config", PUBLISHED)
def test_every_column_is_told(config: str) -> None:
    assert list(COLUMNS[config]) == list(features(config))
    assert TABLES[config]


@pytest.mark.usefixtures("hf_cache")
def test_the_loading_snippet_runs_on_the_real_folder(joiner: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = code_of((joiner / CARD).read_text(encoding="utf-8"))
    monkeypatch.chdir(joiner.parent)
    names: dict[str, object] = {}
    exec(compile(code, "README.md", "exec"), names)
    assert names["emotions"][0] == "anger"  # type: ignore[index]
    assert len(names["dialogues"]) == DataFolder(joiner).count("dialogues")  # type: ignore[arg-type]


def test_what_a_person_wrote_stays_through_every_way_of_writing_it_again(joiner: Path) -> None:
    before = (joiner / CARD).read_text(encoding="utf-8")
    rewrite_card(joiner)
    assert (joiner / CARD).read_text(encoding="utf-8") == before
    head = metadata_of(before) | {"paperswithcode_id": "shop", "tags": ["bev", *metadata_of(before)["tags"]]}
    head["extra_gated_prompt"] = "Terms\n---\nYou agree"
    head["configs"] = [*head["configs"], {"config_name": "poems", "data_files": "poems.csv"}]
    edited = with_metadata(head, page_of(before).replace("## Figures", "## Figure it out"))
    edited = edited.replace("<!-- roleinstruct:limits -->", "Thank you, Bev.\n\n<!-- roleinstruct:limits -->")
    (joiner / CARD).write_text(edited, encoding="utf-8")
    for again in (rewrite_card, _mix, _build):
        again(joiner)
        after = (joiner / CARD).read_text(encoding="utf-8")
        assert "\n\nThank you, Bev.\n\n<!-- roleinstruct:limits -->" in after
        assert "## Figures\n" in after
        assert metadata_of(after)["paperswithcode_id"] == "shop"
        assert metadata_of(after)["extra_gated_prompt"] == "Terms\n---\nYou agree"
        assert after.count("You agree") == 1
        assert metadata_of(after)["configs"][-1]["config_name"] == "poems"
        assert "bev" in metadata_of(after)["tags"]


def _mix(folder: Path) -> None:
    run_step("mix", remembered(folder), folder)


def _build(folder: Path) -> None:
    build(remembered(folder), folder)


def test_a_table_that_is_no_longer_there_leaves_the_card(joiner: Path) -> None:
    before = metadata_of((joiner / CARD).read_text(encoding="utf-8"))
    assert "benchmark" in {row["config_name"] for row in before["configs"]}
    DataFolder(joiner).remove("benchmark")
    rewrite_card(joiner)
    after = metadata_of((joiner / CARD).read_text(encoding="utf-8"))
    assert "benchmark" not in {row["config_name"] for row in (*after["configs"], *after["dataset_info"])}
    build(remembered(joiner), joiner)


def test_the_builder_in_the_reports_makes_the_same_rows(joiner: Path, tmp_path: Path) -> None:
    config = BuildConfig.load(str(joiner / "reports" / "builder.json"))
    assert config.source.path is None
    build(config.with_source(path=joiner.parent / "scripts"), tmp_path / "joiner")
    for table in ("dialogues", "profiles", "specific", "general", "chat", "benchmark"):
        first, again = DataFolder(joiner), DataFolder(tmp_path / "joiner")
        assert first.has(table) == again.has(table)
        if first.has(table):
            assert list(first.rows(table)) == list(again.rows(table))


@pytest.mark.parametrize(
    ("words", "kept", "gone"),
    [
        ({"source": {"path": "/home/ann/scripts"}}, {}, "ann"),
        (
            {"model": {"name": "m", "base_url": "http://10.0.0.7:80/v1", "max_cost": 2}},
            {"model": {"name": "m"}},
            "10.0",
        ),
        ({"model": {"encoder": "flag:/home/ann/bge"}}, {"model": {"encoder": "flag:bge"}}, "ann"),
        ({"general": {"source": "/home/ann/q.jsonl"}}, {"general": {"source": "q.jsonl"}}, "ann"),
        ({"source": {"characters": ["王芳"]}, "privacy": {"names": "replace", "keep": ["李白"]}}, None, "王芳"),
    ],
)
def test_settings_that_are_published_tell_nothing_of_this_machine_or_of_people(
    words: dict[str, object], kept: dict[str, object] | None, gone: str
) -> None:
    from roleinstruct.pipeline.shown_settings import shown_settings

    shown = shown_settings(BuildConfig.checked(words, "test"))
    assert gone not in str(shown)
    assert kept is None or shown == kept


@pytest.mark.parametrize(("said", "meant"), [(True, "yes"), (False, "no"), ("unknown", "unknown")])
def test_yes_and_no_of_yaml_are_words(said: object, meant: str) -> None:
    words = {"card": {"sources": [{"name": "x", "may_publish": said}]}}
    assert BuildConfig.checked(words, "test").card.sources[0].may_publish == meant


def test_croissant_names_every_file_with_its_digest_and_every_column(joiner: Path) -> None:
    import hashlib

    found = DataFolder(joiner).read_json("reports/croissant.json")
    files = {file["@id"]: file["sha256"] for file in found["distribution"]}
    tables = [path for config in PUBLISHED for path in (joiner / config).glob("*.parquet")]
    digests = {p.relative_to(joiner).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in tables}
    assert files == digests
    dialogues = next(record for record in found["recordSet"] if record["@id"] == "dialogues/train")
    assert [field["@id"].rpartition("/")[2] for field in dialogues["field"]] == list(features("dialogues"))
    assert "rai:dataAnnotationProtocol" in found
    assert found["rai:dataCollection"] == "Made of joiner's scripts (other): I wrote them."


def test_an_exception_of_the_gates_stands_in_the_card_with_its_reason(joiner: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(joiner, tmp_path / "joiner"))
    sound = (folder / CARD).read_text(encoding="utf-8")
    (folder / CARD).write_text(sound.replace("license: other", "license: unknown", 1), encoding="utf-8")
    allow = {"licence": "The shop will say on Monday."}
    card = prepare_dataset(folder, "bev/shop", allow=allow).staged.text(CARD)
    assert card.count("- `licence:README.md` (1): The shop will say on Monday.") == 1
    assert 'load_dataset("bev/shop", "dialogues", split="train")' in card
    (folder / CARD).write_text(card, encoding="utf-8")
    assert prepare_dataset(folder, "bev/shop", allow=allow).staged.text(CARD) == card
    (folder / CARD).write_text(card.replace("license: unknown", "license: other", 1), encoding="utf-8")
    assert "on Monday" not in prepare_dataset(folder, "bev/shop").staged.text(CARD)


def test_a_pushed_card_runs_as_it_stands_on_the_hub(hub: Hub, person: str, joiner: Path, tmp_path: Path) -> None:
    done = push_prepared(prepare_dataset(joiner, f"{person}/shop"))
    code = code_of(hub.files("dataset", done.repo_id)[CARD].decode())
    assert f'load_dataset("{person}/shop", "dialogues"' in code
    environment = os.environ | {"HF_HOME": str(tmp_path), "HF_HUB_OFFLINE": "0"}
    ran = subprocess.run([sys.executable, "-c", f"{code}\nprint(len(dialogues))"], env=environment, capture_output=True)
    assert ran.stdout.decode().split() == [str(DataFolder(joiner).count("dialogues"))], ran.stderr.decode()


@pytest.mark.parametrize("name", ["roleplay_rouge_l", "roleplay_rpcs"])
def test_the_card_of_a_metric_runs_from_its_space(
    hub: Hub, person: str, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    push_metrics(name, f"{person}/{name}", private=False)
    card = RepoCard(hub.files("space", f"{person}/{name}")[CARD].decode())
    assert card.data.sdk == "gradio"
    exec(compile(code_of(card.text), "README.md", "exec"), {})
    assert "version:1" in capsys.readouterr().out


def test_a_rendered_card_has_its_tables_and_shows_no_marks(made: dict[str, str], browser: Browser, place: Path) -> None:
    markdown = pytest.importorskip("markdown_it").MarkdownIt("commonmark", {"html": True}).enable("table")
    expected = {"dataset.md": 11, "adapter.md": 5, "rouge_l.md": 1, "rpcs.md": 1}
    for name, tables in expected.items():
        page = place / f"{name}.html"
        body = markdown.render(page_of(made[name]))
        page.write_text(f"<!doctype html><meta charset=utf-8><body>{body}", encoding="utf-8")
        browser.open(page)
        assert browser.run("document.querySelectorAll('table').length") >= tables, name
        text = browser.run("document.body.innerText")
        assert "roleinstruct:" not in text
        assert "|---" not in text
        assert "{{" not in text
        assert "{%" not in text
