"""Spaces: the page of a metric, and the page to talk with an adapter's characters."""

import importlib.util
import json
import os
import re
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from hub_server import Hub
from little_benchmark import PEOPLE, little_benchmark, tiny_adapter, tiny_model
from roleinstruct.cli.main import main
from roleinstruct.encoders.load import load_encoder
from roleinstruct.errors import AssetError, ConfigError, FolderError
from roleinstruct.metrics.rouge_l import rouge_l
from roleinstruct.metrics.rpcs import rpcs
from roleinstruct.metrics.scoring_page import scored
from roleinstruct.publish.gates.gate import check
from roleinstruct.publish.pushing import prepare_space, push_prepared
from roleinstruct.publish.retrying import Patience
from roleinstruct.publish.spaces import metric_space, write_space
from roleinstruct.publish.staging import stage


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data set folder, a tiny adapter whose README states its licence, and the Space made of both."""
    folder = tmp_path_factory.mktemp("spaces")
    little_benchmark(folder / "data")
    adapter = tiny_adapter(folder / "adapter", tiny_model(folder / "base"))
    readme = "---\nlicense: apache-2.0\ndatasets:\n- ann/street\n---\n# Bev\n"
    (adapter / "README.md").write_text(readme, encoding="utf-8")
    write_space(str(adapter), folder / "space", data=folder / "data")
    return folder


def metadata(card: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(card.read_text(encoding="utf-8").split("---\n")[1])
    return found


def opened(app: Path) -> ModuleType:
    """The page's program, imported as Gradio's reloader does: nothing is launched."""
    spec = importlib.util.spec_from_file_location("generated_app", app)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def greedy(space: Path) -> dict[str, Any]:
    """The settings of a Space with answers that are not drawn."""
    found: dict[str, Any] = json.loads((space / "data" / "settings.json").read_text(encoding="utf-8"))
    return found | {"sampling": {"do_sample": False, "max_new_tokens": 12}}


def answers(speaker: Any, *args: Any) -> list[str]:  # noqa: ANN401 - a Speaker of the generated program
    with warnings.catch_warnings():  # peft calls what transformers will rename
        warnings.simplefilter("ignore", FutureWarning)
        return list(speaker.answer(*args))


@pytest.fixture(scope="module")
def speaker(home: Path) -> Any:  # noqa: ANN401 - a Speaker of the generated program
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        people = json.loads((home / "space" / "data" / "personas.json").read_text(encoding="utf-8"))
        return opened(home / "space" / "app.py").Speaker(greedy(home / "space"), people)


def test_a_space_knows_the_characters_and_what_was_said_of_them(home: Path) -> None:
    people = json.loads((home / "space" / "data" / "personas.json").read_text(encoding="utf-8"))
    assert list(people) == list(PEOPLE)
    assert "Bakes bread in a village." in people["Nora"]
    assert "修了一辈子桌椅" in people["老方"]


def test_the_pages_answer_grows_and_ends_and_is_the_adapters_not_the_bases(home: Path, speaker: Any) -> None:  # noqa: ANN401
    said = answers(speaker, "When do you get up?", [], "Nora")
    assert said[-1]
    assert [len(one) for one in said] == sorted(len(one) for one in said)
    with speaker._model.disable_adapter():
        base = answers(speaker, "When do you get up?", [], "Nora")
    assert base[-1] != said[-1]
    assert answers(speaker, "When do you get up?", [], "老方")[-1] != said[-1]
    past = [{"role": "user", "content": [{"type": "text", "text": "Hello."}]}, {"role": "assistant", "content": "Hm."}]
    prompt = speaker._tokenizer.decode(speaker._prompt("When do you get up?", past, "Nora"))
    assert prompt.endswith(
        "<|user|>Hello.<|over|><|assistant|>Hm.<|over|><|user|>When do you get up?<|over|><|assistant|>"
    )


def test_a_talk_that_is_too_long_loses_its_oldest_turns_and_keeps_who_speaks(speaker: Any) -> None:  # noqa: ANN401
    past = [
        {"role": role, "content": f"{number} " + "a" * 80} for number in range(30) for role in ("user", "assistant")
    ]
    tokens = speaker._prompt("And now?", past, "Nora")
    text = speaker._tokenizer.decode(tokens)
    assert len(tokens) <= 1024 - 12
    assert "Bakes bread" in text
    assert "29 aaaa" in text
    assert "0 aaaa" not in text.replace("10 a", "").replace("20 a", "")
    assert text.rstrip().endswith("<|assistant|>")


def test_a_space_of_an_adapter_with_a_name_passes_the_gates_and_one_of_a_folder_does_not(home: Path) -> None:
    local = check(stage(home / "space", "space"), "ann/talk")
    assert [finding.where for finding in local.findings if finding.gate == "file"] == ["data/settings.json"]
    named = home / "named"
    write_space(str(home / "adapter"), named, data=home / "data", repo_id="ann/bev")
    staged = stage(named, "space")
    assert sorted(staged.files) == [
        "README.md",
        "app.py",
        "data/personas.json",
        "data/settings.json",
        "requirements.txt",
    ]
    assert check(staged, "ann/talk").findings == []
    card = metadata(named / "README.md")
    assert (card["sdk"], card["app_file"], card["license"]) == ("gradio", "app.py", "apache-2.0")
    assert re.fullmatch(r"\d+\.\d+\.\d+", card["sdk_version"])
    assert (card["models"], card["datasets"]) == (["ann/bev"], ["ann/street"])
    text = "".join((named / name).read_text(encoding="utf-8") for name in staged.files)
    assert "trust_remote_code" not in text
    assert str(home) not in text
    needs = (named / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert [re.split(r"[<>]", line)[0] for line in needs] == ["accelerate", "peft", "torch", "transformers"]
    assert all(">=" in line for line in needs)


def test_a_space_of_an_adapter_on_the_hub_needs_only_its_name_and_the_profiles(home: Path, tmp_path: Path) -> None:
    assert write_space("ann/bev", tmp_path, data=home / "data", license="mit") == list(PEOPLE)
    assert metadata(tmp_path / "README.md")["models"] == ["ann/bev"]
    (tmp_path / "README.md").write_text(
        (tmp_path / "README.md").read_text(encoding="utf-8") + "\nWritten by Ann.\n", encoding="utf-8"
    )
    write_space("ann/bev", tmp_path, data=home / "data", license="mit")
    assert "Written by Ann." in (tmp_path / "README.md").read_text(encoding="utf-8")


def test_a_space_is_pushed_as_one(hub: Hub, person: str, home: Path, tmp_path: Path) -> None:
    write_space(str(home / "adapter"), tmp_path, data=home / "data", repo_id=f"{person}/bev")
    (tmp_path / "data" / "notes.txt").write_text("stays at home", encoding="utf-8")
    done = push_prepared(
        prepare_space(tmp_path, f"{person}/talk"), patience=Patience(tries=2, first=0.01, longest=0.05)
    )
    assert done.is_private
    assert set(hub.files("space", f"{person}/talk")) - {".gitattributes"} == set(stage(tmp_path, "space").files)


def test_what_makes_no_space_is_told(home: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="neither an adapter's folder nor its name"):
        write_space("no such folder", tmp_path, data=home / "data")
    with pytest.raises(ConfigError, match="nobody is known"):
        write_space("ann/bev", tmp_path)
    with pytest.raises(FolderError, match="has no profiles"):
        write_space("ann/bev", tmp_path, data=tmp_path)
    assert not list(tmp_path.iterdir())


def test_the_command_writes_a_space(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["card", "space", home / "adapter", "--data", home / "data", "--out", tmp_path / "space"]
    monkeypatch.setattr(sys, "argv", ["roleinstruct", *map(str, words), "--adapter-id", "ann/bev"])
    with pytest.raises(SystemExit) as stop:
        main()
    assert stop.value.code == 0
    assert "push space" in capsys.readouterr().err
    assert (tmp_path / "space" / "app.py").is_file()


@pytest.mark.parametrize("name", ["roleplay_rouge_l", "roleplay_rpcs"])
def test_the_page_of_a_metric_is_imported_without_being_launched(name: str) -> None:
    space = metric_space(name, "ann/my-metric")
    assert {"README.md", "app.py", "my-metric.py", "requirements.txt"} == set(space.files)
    app = space.files["app.py"]
    assert isinstance(app, Path)
    assert opened(app).page
    assert space.text("requirements.txt").startswith("roleinstruct[metrics]>=")
    assert "app_file: app.py" in space.text("README.md")
    assert check(space, "ann/my-metric").findings == []


def test_a_metric_space_cannot_be_called_like_its_page() -> None:
    with pytest.raises(ConfigError, match="choose another name"):
        metric_space("roleplay_rouge_l", "ann/app")
    with pytest.raises(AssetError):
        metric_space("roleplay_bleu", "ann/x")


def test_pasted_lines_are_scored_each_against_its_references() -> None:
    found = scored(rouge_l, "早关门了\n\nNo.\n", "关门了 || 早关门了\nNo.")
    assert (found["value"], found["n"]) == (1.0, 2)
    assert "rougeL" in found["signature"]
    assert scored(partial(rpcs, encoder=load_encoder("ngrams")), "No.", "No.")["value"] == pytest.approx(1.0)
    with pytest.raises(ConfigError, match="2 answers and 1 lines"):
        scored(rouge_l, "a\nb", "a")
    with pytest.raises(ConfigError, match="0 answers"):
        scored(rouge_l, "", "")


def served(program: Path, place: Path) -> Iterator[str]:
    """The address of a page that runs in a process of its own."""
    settings = {"GRADIO_ANALYTICS_ENABLED": "False", "GRADIO_SERVER_PORT": "", "PYTHONUNBUFFERED": "1"}
    environment = {k: v for k, v in (os.environ | settings | {"HF_HUB_OFFLINE": "1"}).items() if v}
    with (place / "log").open("w+", encoding="utf-8") as log:
        process = subprocess.Popen([sys.executable, str(program)], env=environment, stdout=log, stderr=log)
        try:
            for _ in range(600):
                found = re.search(r"http://127\.0\.0\.1:\d+", (place / "log").read_text(encoding="utf-8"))
                if found or process.poll() is not None:
                    break
                time.sleep(0.2)
            assert found, (place / "log").read_text(encoding="utf-8")
            yield found[0]
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(30)


@pytest.mark.slow
def test_the_generated_page_answers_over_gradios_own_api(home: Path, tmp_path: Path, speaker: Any) -> None:  # noqa: ANN401
    client = pytest.importorskip("gradio_client")
    (home / "space" / "data" / "settings.json").write_text(json.dumps(greedy(home / "space")), encoding="utf-8")
    for address in served(home / "space" / "app.py", tmp_path):
        asked = client.Client(address, verbose=False)
        said = asked.predict("When do you get up?", "Nora", api_name="/chat")
    assert said == answers(speaker, "When do you get up?", [], "Nora")[-1]


@pytest.mark.slow
def test_the_page_of_a_metric_scores_over_gradios_own_api(tmp_path: Path) -> None:
    client = pytest.importorskip("gradio_client")
    app = metric_space("roleplay_rouge_l", "ann/rouge").files["app.py"]
    assert isinstance(app, Path)
    for address in served(app, tmp_path):
        asked = client.Client(address, verbose=False)
        assert asked.predict("早关门了", "早关门了", api_name="/score")["value"] == 1.0
        with pytest.raises(Exception, match="2 answers and 1 lines"):
            asked.predict("a\nb", "a", api_name="/score")
