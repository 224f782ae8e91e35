"""`annotate --cascade` and the model options of the command line, against a real local server."""

import hashlib
import json
import random
import re
import shutil
import sys
from collections import Counter
from pathlib import Path

import pytest

from openai_replies import Reply, say
from openai_replies import Request as Heard
from openai_server import OpenAIServer
from roleinstruct.cli.main import main
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.pipeline.build import build
from roleinstruct.pipeline.cascading import draw_sample
from roleinstruct.pipeline.config import BuildConfig
from roleinstruct.pipeline.remembering import remembered

SAID = {
    "happiness": ("真开心呀", "太好啦哈哈"),
    "anger": ("气死我了", "你给我滚开"),
    "neutral": ("三点在站台", "钥匙放桌上"),
}
ODD = "鸢尾"
LINE = re.compile(r"^(\d+) \| [^：]*：(.*)$", re.MULTILINE)


def emotion_of(text: str) -> str:
    """What the model says: plain for the lines that hold a key phrase, anything for the odd ones."""
    for emotion, phrases in SAID.items():
        if any(phrase in text for phrase in phrases):
            return emotion
    return random.Random(text).choice(["fear", "surprise", "disgust"])


def answer(heard: Heard) -> Reply:
    shape = heard.body["response_format"]["json_schema"]["name"]
    if shape == "Labels":
        told = [f"{number} {emotion_of(text)}" for number, text in LINE.findall(heard.prompt)]
        return say(json.dumps({"labels": told}))
    return say(json.dumps({"statements": []} if shape == "Findings" else {"pairs": []}))


def write_source(folder: Path, scenes: int = 30, *, tagged: bool = False) -> Path:
    """The scripts of three people, one line in five odd."""
    lot = random.Random(1)
    for person in ("阿朗", "小满", "老周"):
        lines = []
        for scene in range(scenes):
            lines.append(f"第{scene + 1}场")
            for turn in range(8):
                filler = "".join(chr(0x4E00 + lot.randrange(4000)) for _ in range(4))
                phrase = ODD if lot.random() < 0.2 else lot.choice(SAID[lot.choice(list(SAID))])
                tag = f"({emotion_of(phrase + filler)})" if tagged else ""
                lines.append(f"{('客人', person)[turn % 2]}：{tag}{phrase}，{filler}。")
            lines.append("")
        (folder / person).mkdir(parents=True)
        (folder / person / "script.txt").write_text("\n".join(lines), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def cleaned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data set folder whose labels are guesses of this package."""
    home = tmp_path_factory.mktemp("cascade")
    build(BuildConfig.checked({"source": {"path": str(write_source(home / "raw"))}}, "test"), home / "set")
    return home / "set"


@pytest.fixture
def folder(cleaned: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(cleaned, tmp_path / "set"))


def run(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: object) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "argv", ["roleinstruct", *map(str, words)])
    with pytest.raises(SystemExit) as stop:
        main()
    out, err = capfd.readouterr()
    return int(stop.value.code or 0), out, err


def annotators(folder: Path) -> Counter[str]:
    return Counter(turn["annotator"] for row in DataFolder(folder).rows("dialogues") for turn in row["turns"])


def digest(folder: Path) -> str:
    files = sorted((folder / "dialogues").glob("*.parquet"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def test_without_labels_a_sample_is_asked_for_and_then_what_the_classifier_is_not_sure_of(
    cleaned: Path, folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    again = Path(shutil.copytree(cleaned, tmp_path / "again"))
    words = ("--model", "m", "--cascade", "auto", "--agreement", "0.9", "--sample", "240")
    with OpenAIServer(answer) as server:
        code, _, err = run(capfd, monkeypatch, "annotate", folder, "--base-url", server.base_url, *words)
        calls = len(server.calls)
    assert code == 0, err
    by = annotators(folder)
    assert set(by) == {"m", "fitted"}
    assert by.total() == 720
    assert by["fitted"] > 250
    assert calls < 15  # a request for every forty lines would be 18
    step = DataFolder(folder).read_json("reports/generation.json")["steps"]["annotate"]
    assert step["requests"] == calls
    found = step["cascade"]
    assert (found["agreement"], found["taken"]) == (0.9, by["fitted"])
    assert found["expected"] >= 0.9
    assert found["known_of"] >= 240
    assert f"the classifier takes lines of which it is {found['threshold']:.2f} sure" in err
    for row in DataFolder(folder).rows("dialogues"):
        for turn in row["turns"]:
            assert (turn["confidence"] is None) == (turn["annotator"] == "m")
            assert turn["confidence"] is None or turn["confidence"] >= found["threshold"]
    assert remembered(folder).annotation.sample == 240
    journal = ".roleinstruct/journal.sqlite"
    shutil.copy(folder / journal, again / journal)
    assert run(capfd, monkeypatch, "annotate", again, "--replay", *words)[0] == 0
    assert digest(again) == digest(folder)


def test_where_nothing_can_be_taken_the_model_is_asked_for_all(
    folder: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def contrary(heard: Heard) -> Reply:
        names = ("anger", "fear", "neutral")
        told = [f"{n} {names[hashlib.sha256(t.encode()).digest()[0] % 3]}" for n, t in LINE.findall(heard.prompt)]
        return say(json.dumps({"labels": told}))

    with OpenAIServer(contrary) as server:
        words = ("--model", "m", "--base-url", server.base_url, "--cascade", "auto", "--agreement", "1.0")
        code, _, err = run(capfd, monkeypatch, "annotate", folder, *words)
    assert code == 0, err
    assert "no line can be labelled without the model at a kappa of 1.0: it is asked for all" in err
    assert annotators(folder) == {"m": 720}
    found = DataFolder(folder).read_json("reports/generation.json")["steps"]["annotate"]["cascade"]
    assert (found["threshold"], found["taken"]) == (None, 0)


def test_a_build_fits_the_cascade_on_a_labelled_source_and_the_card_tells_both_parts(tmp_path: Path) -> None:
    labelled = write_source(tmp_path / "labelled", 8, tagged=True)
    with OpenAIServer(answer) as server:
        words = {
            "source": {"path": str(write_source(tmp_path / "raw", 6))},
            "model": {"name": "m", "base_url": server.base_url, "least_yield": 0},
            "questions": {"when": "never"},
            "general": {"when": "never"},
            "annotation": {"cascade": str(labelled), "agreement": 0.9},
        }
        build(BuildConfig.checked(words, "test"), tmp_path / "set")
    folder = DataFolder(tmp_path / "set")
    by = annotators(tmp_path / "set")
    assert by["fitted"] > by["m"] > 0
    account = folder.read_json("reports/accounting.json")["label"]
    assert account == {"read": by["m"], "kept": by["m"], "merged": 0, "rejected": {}}
    card = (tmp_path / "set" / "README.md").read_text(encoding="utf-8")
    assert f"- {by['fitted']:,} turns are labelled by a classifier that was fitted on labelled dialogue" in card
    assert "m was asked for\n  the others." in card


def test_a_sample_is_spread_over_the_characters_and_always_the_same(cleaned: Path) -> None:
    folder = DataFolder(cleaned)
    drawn = draw_sample(folder, 240)
    assert draw_sample(folder, 240) == drawn
    rows = {row["dialogue_id"]: row for row in folder.rows("dialogues")}
    by = Counter(rows[number]["character"] for number in drawn)
    assert set(by) == {"阿朗", "小满", "老周"}
    assert max(by.values()) - min(by.values()) <= 1
    assert 240 <= sum(len(rows[number]["turns"]) for number in drawn) < 280
    assert draw_sample(folder, 10**6) == set(rows)
    assert draw_sample(folder, 0) == frozenset()


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["--set", "model.nothing=1"], 1, "--set: model.nothing is no key of a builder file"),
        (["--set", "model.samples=many"], 1, "--set: model.samples is 'many'"),
        (["--set", "model.samples"], 1, "expected KEY=VALUE"),
        (["--set", "model.name.first=x"], 1, "name is '' and holds no keys"),
        (["--set", "annotation.window=[1"], 1, "the value is no YAML"),
        (["--agreement", "0.9"], 1, "belong to --cascade"),
        (["--cascade", "auto"], 1, "say which with --model"),
        (["--cascade", "nowhere", "--model", "m", "--base-url", "http://127.0.0.1:9/v1"], 1, "nowhere"),
        (["--cascade", "auto", "--model", "m", "--agreement", "2"], 1, "annotation.agreement is 2.0"),
        (["--estimate"], 2, "say which with --model"),
    ],
)
def test_options_without_meaning_are_one_sentence(
    folder: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    code: int,
    message: str,
) -> None:
    before = digest(folder)
    got, _, err = run(capfd, monkeypatch, "annotate", folder, *words)
    assert got == code
    assert message in err
    assert "Traceback" not in err
    assert digest(folder) == before


@pytest.mark.parametrize("command", ["annotate", "profile", "ask"])
def test_every_command_that_asks_a_model_takes_the_same_options(
    command: str, folder: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("--model", "m", "--price", "1,2", "--concurrency", "3", "--timeout", "9", "--set", "model.samples=3")
    code, out, err = run(capfd, monkeypatch, command, folder, *words, "--estimate")
    assert code == 0, err
    assert "nothing was sent" in out


def test_settings_reach_the_model_and_an_option_of_its_own_goes_before_them(
    folder: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with OpenAIServer(answer) as server:
        settings = ("model.samples=2", "annotation.window=100", "model.name=x", "card.language=[zh]")
        words = [word for setting in settings for word in ("--set", setting)]
        code, _, err = run(
            capfd, monkeypatch, "annotate", folder, "--model", "m", "--base-url", server.base_url, *words
        )
        heard = [call.request for call in server.calls]
    assert code == 0, err
    assert {request.body["model"] for request in heard} == {"m"}
    assert {request.body["temperature"] for request in heard} == {0.7}
    assert max(len(LINE.findall(request.prompt)) for request in heard) > 80
    known = remembered(folder)
    assert (known.model.samples, known.annotation.window, known.card.language) == (2, 100, ("zh",))
