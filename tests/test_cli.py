"""The command line, as a process of its own where signals and pipes are the point."""

import json
import os
import signal
import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest
import typer
from typer.main import get_group

from roleinstruct import __version__
from roleinstruct.__main__ import run as run_package
from roleinstruct.cli.main import main
from roleinstruct.pipeline.remembering import remembered

SAMPLE = Path(__file__).parents[1] / "builders" / "sample" / "raw"


def run(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: object) -> tuple[int, str, str]:
    """Run a command in this process: its exit code, stdout and stderr."""
    monkeypatch.setattr(sys, "argv", ["roleinstruct", *map(str, words)])
    with pytest.raises(SystemExit) as stop:
        main()
    out, err = capfd.readouterr()
    return int(stop.value.code or 0), out, err


def command(*words: object) -> list[str]:
    return [sys.executable, "-m", "roleinstruct", *map(str, words)]


def test_the_demo_builds_four_people_and_says_what_to_do_next(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out, err = run(capfd, monkeypatch, "demo", "--no-train", "--out", tmp_path / "demo")
    assert code == 0
    assert "Every source row" in out
    assert "average rounds a dialogue" in out
    assert "roleinstruct assets copy builders/screenplay.yaml" in err
    assert "\x1b[" not in out + err  # no colours and no bar where there is no terminal
    code, out, err = run(capfd, monkeypatch, "stats", tmp_path / "demo", "--json")
    document = json.loads(out)
    assert (code, err) == (0, "")
    assert set(document["characters"]) == {"郝建国", "苏小棠", "顾敏", "Maggie Doyle"}
    specific = document["accounting"]["specific"]
    assert specific["rejected"] == {"broken_json": 4, "duplicate_instruction": 8}
    assert specific["kept"] == 120


def test_the_stages_run_by_hand(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "a folder 一"
    code, _, err = run(capfd, monkeypatch, "import", folder, "--source", SAMPLE / "顾敏", "--character", "顾敏")
    assert code == 0
    assert "热线2023.csv: table (columns 说话人 and 内容)" in err
    for step in ("clean", "annotate", "profile", "ask", "mix"):
        code, out, err = run(capfd, monkeypatch, step, folder)
        assert code == 0, err
    assert "Every source row" in out


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["build", "nowhere.yaml", "--out", "x"], 1, "nowhere.yaml is no file"),
        (["build", "sample", "--source", "no such folder", "--out", "x"], 1, "no such folder does not exist"),
        (["import", "x", "--source", "{empty}"], 1, "empty.txt is empty"),
        (["import", "x"], 1, "names no source"),
        (["import", "x", "--source", "{empty}", "--format", "nothing"], 1, "no source format of that name"),
        (["import", "x", "--source", "{empty}", "--column", "text"], 1, "expected WHAT=NAME"),
        (["clean", "x"], 1, "run roleinstruct build first"),
        (["stats", "x"], 1, "run roleinstruct build first"),
        (["build", "sample", "--out", "{empty}"], 1, "is a file, expected a folder"),
        (["assets", "show", "nothing"], 1, "no asset is named 'nothing'"),
        (["nothing"], 2, "No such command"),
        (["build"], 2, "Missing argument"),
        (["build", "sample", "--out", "x", "--batch"], 2, "--batch is about a language model"),
        (["build", "sample", "--out", "x", "--base-url", "http://localhost:1"], 2, "--base-url is about"),
        (["build", "sample", "--out", "x", "--extractive", "--model", "m"], 2, "--model names one"),
        (["build", "sample", "--out", "x", "--model", "m", "--set", "general.source=no.csv"], 1, "no such file"),
        (["build", "sample", "--out", "x", "--limit", "0"], 2, "--limit"),
    ],
)
def test_an_error_is_one_sentence_and_an_exit_code(
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    code: int,
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    empty = tmp_path / "empty.txt"
    empty.touch()
    got, out, err = run(capfd, monkeypatch, *(word.replace("{empty}", str(empty)) for word in words))
    assert got == code
    assert message in err
    assert out == ""
    assert "Traceback" not in err
    assert not (tmp_path / "x").exists()


def test_the_version_the_assets_and_the_doctor_answer(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(capfd, monkeypatch, "--version") == (0, f"roleinstruct {__version__}\n", "")
    listed = run(capfd, monkeypatch, "assets", "list")[1].split()
    assert "builders/screenplay.yaml" in listed
    assert run(capfd, monkeypatch, "assets", "show", "screenplay")[1].startswith("# A builder to copy")
    assert "raw/郝建国/profile.txt" in run(capfd, monkeypatch, "assets", "show", "builders/sample")[1]
    assert run(capfd, monkeypatch, "assets", "copy", "builders/screenplay.yaml", tmp_path / "my.yaml")[0] == 0
    document = json.loads(run(capfd, monkeypatch, "doctor", "--json")[1])
    assert document["packages"]["core"]["datasets"]
    assert "datasets" in run(capfd, monkeypatch, "doctor")[1]


def test_a_limit_reads_that_many_rows_of_each_file(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("build", "sample", "--out", tmp_path / "few", "--limit", "5")
    assert run(capfd, monkeypatch, *words)[0] == 0
    document = json.loads(run(capfd, monkeypatch, "stats", tmp_path / "few", "--json")[1])
    assert document["accounting"]["specific"]["read"] == 20


def test_a_build_that_leaves_nothing_to_train_on_says_so(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "王芳.txt").write_text("李强：你饿了。\n王芳：我不饿。\n", encoding="utf-8")
    code, _, err = run(
        capfd, monkeypatch, "build", "screenplay", "--source", tmp_path / "王芳.txt", "--out", tmp_path / "set"
    )
    assert code == 0
    assert "has no questions with answers, to train on or to score with" in err.splitlines()[-1]


def test_ctrl_c_leaves_the_folder_as_it_was_and_says_so(tmp_path: Path) -> None:
    out = tmp_path / "set"
    process = subprocess.Popen(command("build", "sample", "--out", out), stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    process.stderr.readline()  # it has begun
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err.strip().splitlines()[-1] == (
        "roleinstruct: stopped; nothing half-made is left behind, and the same command goes on: what a model has "
        "answered is kept."
    )
    assert "Traceback" not in err
    assert not out.exists()


def test_a_reader_that_goes_away_is_no_failure() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    ran = subprocess.run(command("assets", "show", "screenplay"), stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert ran.returncode in (0, 1)  # typer's answer to a closed pipe is 1
    assert ran.stderr == b""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_full_disk_is_one_sentence() -> None:
    with open("/dev/full", "wb") as full:
        ran = subprocess.run(command("assets", "list"), stdout=full, stderr=subprocess.PIPE, check=False)
    assert ran.returncode != 0
    assert b"Traceback" not in ran.stderr
    assert b"No space left on device" in ran.stderr


def test_import_again_uses_the_builder_and_the_source_of_the_folder(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "a.txt"
    script.write_text("Ann: (annoyed) No.\nBob: Why?\nAnn: So.\n", encoding="utf-8")
    builder = tmp_path / "my.yaml"
    builder.write_text("source: {path: a.txt, labels: {annoyed: anger}}\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert run(capfd, monkeypatch, "import", "set", "--config", "my.yaml")[0] == 0
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    for words in ((), ("--source", script)):
        code, _, err = run(capfd, monkeypatch, "import", tmp_path / "set", *words)
        assert code == 0, err
        assert remembered(tmp_path / "set").source.labels == {"annoyed": "anger"}
        assert remembered(tmp_path / "set").source.path == script


def test_an_output_inside_the_source_is_never_read(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "Ann").mkdir()
    (tmp_path / "Ann" / "a.txt").write_text("Ann: No, I am not.\nBob: Why?\n" * 12, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    documents = []
    for _ in range(2):
        code, _, err = run(capfd, monkeypatch, "build", "screenplay", "--source", ".", "--out", "out")
        assert code == 0, err
        assert "left out: out is a data set folder" in err
        documents.append(json.loads(run(capfd, monkeypatch, "stats", "out", "--json")[1]))
    assert documents[0] == documents[1]
    assert set(documents[0]["characters"]) == {"Ann"}


def test_a_command_does_not_wait_for_what_the_others_import() -> None:
    asked = "import sys; from roleinstruct.cli.main import main; sys.argv[1:] = ['train', '--help']\n"
    told = "try: main()\nfinally: print([name for name in sys.modules if name.startswith('roleinstruct.cli.')])"
    shown = subprocess.run([sys.executable, "-c", asked + told], capture_output=True, text=True, check=True).stdout
    assert "roleinstruct.cli.train'" in shown
    assert "roleinstruct.cli.judge'" not in shown


def test_what_is_wrong_at_a_glance_is_told_before_what_trains_is_imported(tmp_path: Path) -> None:
    asked = "import sys; from roleinstruct.cli.main import main\nfor words in {}:\n    sys.argv[1:] = words.split()\n"
    told = "    try: main()\n    except SystemExit: pass\nprint({'torch', 'transformers', 'trl'} & sys.modules.keys())"
    (tmp_path / "data" / ".roleinstruct").mkdir(parents=True)
    wrong = [
        "train tiny-glm --data nowhere --out out",
        "train tiny-glm --data data --out data/adapter",
        "train tiny-glm --data data --out out --set sfx.max_steps=4",
        "train tiny-glm --data data --out out --set sft.max_steps",
        "train tiny-gml --data data --out out",
        "inspect tiny-glm --data nowhere",
    ]
    code = asked.format(wrong) + told
    ran = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert ran.stdout == "set()\n"
    assert [line.partition(": ")[0] for line in ran.stderr.splitlines()] == ["roleinstruct"] * len(wrong)


def test_ctrl_c_while_the_command_line_is_loaded_has_a_word_too(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "roleinstruct.cli.main", _Interrupted("roleinstruct.cli.main"))
    with pytest.raises(SystemExit) as ended:
        run_package()
    assert (ended.value.code, capfd.readouterr().err) == (130, "roleinstruct: stopped.\n")


class _Interrupted(ModuleType):
    """A module in whose import Ctrl-C is pressed."""

    def __getattr__(self, name: str) -> object:
        raise KeyboardInterrupt


def test_help_shows_what_every_module_registers(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out, _ = run(capfd, monkeypatch, "--help")
    assert code == 0
    for path in Path(main.__code__.co_filename).parent.glob("*.py"):
        module = import_module(f"roleinstruct.cli.{path.stem}")
        if hasattr(module, "register"):
            module.register(group := typer.Typer())
            for name in get_group(group).commands:
                assert f"\n  {name} " in out
    code, _, err = run(capfd, monkeypatch, "trian")
    assert (code, "Did you mean 'train'?" in err) == (2, True)
