"""People's labels: drawn from a folder, given back, measured, and merged with every label accounted for."""

import csv
import hashlib
import io
import json
import re
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from openai_replies import Reply as Said
from openai_replies import Request as Heard
from openai_replies import say
from openai_server import OpenAIServer
from roleinstruct.cli.main import app
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.emotions import Emotion
from roleinstruct.errors import ConfigError, FolderError
from roleinstruct.pipeline.agreeing import agree, write_disputes
from roleinstruct.pipeline.build import build, run_step
from roleinstruct.pipeline.config import BuildConfig
from roleinstruct.pipeline.merging import merge
from roleinstruct.pipeline.people import sample_sheets

LABELS = tuple(Emotion)
Choose = Callable[[str, str, str], str]
"""A label from the line's id, the text and the label that the folder has for it."""


def by_text(text: str) -> Emotion:
    """The label that the model below gives a text."""
    return LABELS[hashlib.sha256(text.encode()).digest()[0] % 10]


def labels(heard: Heard) -> Said:
    """A model that labels a line by its words, and has nothing else to say."""
    kind = heard.body["response_format"]["json_schema"]["name"]
    if kind == "Findings":
        return say('{"statements": []}')
    if kind == "Pairs":
        return say('{"pairs": []}')
    lines = re.findall(r"^(\d+) \| [^：]*：(.*)$", heard.prompt, re.MULTILINE)
    return say(json.dumps({"labels": [f"{number} {by_text(text)}" for number, text in lines]}))


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("raw") / "郝师傅"
    folder.mkdir()
    things = "链条 车座 铃铛 轮胎 脚蹬 前叉 气门 刹车 车筐 后架 内胎 车锁".split()
    scenes = []
    for number, thing in enumerate(things):
        says = (
            f"客人：师傅，{thing}坏了第{number}回了，怎么办？",
            f"郝师傅：{thing}啊，先放这儿，{number}块钱的事。",
            f"客人：{number}块？上回可没要我{thing}的钱！",
            f"郝师傅：{'(愤怒)' if number == 0 else ''}上回是上回，这{thing}都锈成{number}截了。",
        )
        scenes.append(f"第{number + 1}场\n" + "\n".join(says))
    (folder / "script.txt").write_text("\n\n".join(scenes), encoding="utf-8")
    return folder.parent


def config(source: Path, base_url: str) -> BuildConfig:
    words = {
        "source": {"path": str(source)},
        "general": {"when": "never"},
        "model": {"name": "m", "base_url": base_url, "timeout": 5, "least_yield": 0},
    }
    return BuildConfig.checked(words, "test")


@pytest.fixture(scope="module")
def built(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("built") / "set"
    with OpenAIServer(labels) as server:
        build(config(source, server.base_url), out)
    return out


@pytest.fixture
def data(built: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(built, tmp_path / "set"))


def turns(data: Path) -> dict[str, dict[str, Any]]:
    rows = DataFolder(data).rows("dialogues")
    return {f"{row['dialogue_id']}#{n}": turn for row in rows for n, turn in enumerate(row["turns"], 1)}


def fill(sheet: Path, to: Path, choose: Choose, known: dict[str, dict[str, Any]]) -> Path:
    """A sheet with labels, as its person hands it in."""
    rows = list(csv.reader(io.StringIO(sheet.read_text(encoding="utf-8-sig"), newline="")))
    for row in rows[1:]:
        if row[5] != "—":
            row[5] = choose(row[0], row[4], LABELS[known[row[0]]["emotion"]])
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    to.parent.mkdir(exist_ok=True)
    to.write_text(out.getvalue(), encoding="utf-8-sig")
    return to


def other(label: str, step: int) -> str:
    return LABELS[(LABELS.index(Emotion(label)) + step) % 10].value


def anna(line: str, text: str, label: str) -> str:
    return label


def ben(line: str, text: str, label: str) -> str:
    """Overrules the model in the first turn of a dialogue, as cho does, and in the second, as nobody does."""
    return other(label, 1) if line.endswith(("#1", "#2")) else label


def cho(line: str, text: str, label: str) -> str:
    return other(label, 1) if line.endswith("#1") else other(label, 2) if line.endswith("#2") else label


def hand_in(data: Path, tmp_path: Path, dialogues: int = 5) -> list[Path]:
    known = turns(data)
    sample_sheets(data, tmp_path / "sheets", ("anna", "ben", "cho"), dialogues=dialogues)
    people = {"anna": anna, "ben": ben, "cho": cho}
    return [fill(tmp_path / f"sheets/{n}.csv", tmp_path / f"in/{n}.csv", how, known) for n, how in people.items()]


def accounts(data: Path) -> dict[str, Any]:
    found: dict[str, Any] = DataFolder(data).read_json("reports/accounting.json")["label"]
    return found


def test_a_sample_is_written_with_what_it_is_made_of(data: Path, tmp_path: Path) -> None:
    found = sample_sheets(data, tmp_path / "sheets", ("anna", "ben"), dialogues=4, overlap=0.5)
    assert json.loads((tmp_path / "sheets" / "sample.json").read_text(encoding="utf-8")) == found
    assert (found["dialogues"], found["of_dialogues"], found["common"]) == (4, 12, 2)
    assert found["people"] == {"anna": {"dialogues": 3, "lines": 12}, "ben": {"dialogues": 3, "lines": 12}}
    assert sum(cell["of_turns"] for cell in found["composition"]) == 48
    assert sum(cell["turns"] for cell in found["composition"]) == 16
    assert sample_sheets(data, tmp_path / "again", ("anna", "ben"), dialogues=4, overlap=0.5) == found
    for path in (tmp_path / "sheets").iterdir():
        assert path.read_bytes() == (tmp_path / "again" / path.name).read_bytes()


def test_a_sample_of_nothing_and_a_share_of_two_are_refused(data: Path, tmp_path: Path) -> None:
    with pytest.raises(FolderError, match="has no dialogues to label"):
        sample_sheets(tmp_path, tmp_path / "sheets", ("anna",))
    with pytest.raises(ConfigError, match="an overlap of 2"):
        sample_sheets(data, tmp_path / "sheets", ("anna",), overlap=2)


def test_the_majority_goes_in_and_every_label_is_accounted_for(data: Path, tmp_path: Path) -> None:
    before, sheets = turns(data), hand_in(data, tmp_path)
    assert accounts(data) == {"read": 47, "kept": 47, "merged": 0, "rejected": {}}
    outcome = agree(sheets, data=data)
    # In each of five dialogues: the first turn overruled, the second a tie, two confirmed.
    assert (len(outcome.verdicts), len(outcome.ties)) == (20, 5)
    assert merge(outcome, data) == 15
    after = turns(data)
    human = {name for name, turn in after.items() if turn["annotator"] == "human"}
    assert len(human) == 15
    overruled = {name for name in human if after[name]["emotion"] != before[name]["emotion"]}
    assert overruled == {name for name in human if name.endswith("#1")}
    assert all(after[name]["confidence"] == pytest.approx(2 / 3 if name in overruled else 1) for name in human)
    assert {name: turn for name, turn in after.items() if name not in human} == {
        name: turn for name, turn in before.items() if name not in human
    }
    by_source = sum(before[name]["annotator"] == "source" for name in human)
    assert accounts(data) == {
        "read": 47,
        "kept": 32 + by_source,
        "merged": 10 - by_source,
        "rejected": {"overruled_by_people": 5},
    }
    gone = [row for row in DataFolder(data).rows("rejected") if row["reason"] == "overruled_by_people"]
    assert {json.loads(row["payload"])["annotator"] for row in gone} == {"m"}


def test_the_report_and_the_card_say_how_well_people_and_model_agree(data: Path, tmp_path: Path) -> None:
    merge(agree(hand_in(data, tmp_path), data=data), data)
    report = DataFolder(data).read_json("reports/agreement.json")
    by_model = report["labels"]["m"]
    assert by_model["percent"]["value"] == pytest.approx(
        (by_model["percent"]["n"] - 5) / by_model["percent"]["n"], abs=1e-6
    )
    assert (report["labelled"], report["ties"], report["merged"]) == (20, 5, 15)
    text = json.dumps(report)
    assert not any(f'"{name}"' in text for name in ("anna", "ben", "cho"))
    card = (data / "README.md").read_text(encoding="utf-8")
    assert "## Labels by people" in card
    assert f"labels by m and people's majority, share alike | {by_model['percent']['value']:.3f}" in card
    assert "anna" not in card
    assert "\n| 3 people, share of pairs alike | " in card
    assert "5 overruled_by_people" in card


def test_people_stay_when_a_model_is_asked_again_and_the_accounts_close(
    data: Path, source: Path, tmp_path: Path
) -> None:
    merge(agree(hand_in(data, tmp_path), data=data), data)
    before = turns(data)
    with OpenAIServer(labels) as server:
        again = config(source, server.base_url).with_model(name="m2")
        for step in ("annotate", "profile", "ask", "mix"):
            run_step(step, again, data)
        asked = sum(heard.request.body["response_format"]["json_schema"]["name"] == "Labels" for heard in server.calls)
    assert asked == 0  # what people and another model have labelled is settled
    assert turns(data) == before
    left = sum(turn["annotator"] == "m" for turn in before.values())
    assert accounts(data) == {"read": left, "kept": left, "merged": 0, "rejected": {}}
    assert "## Labels by people" in (data / "README.md").read_text(encoding="utf-8")


def test_guesses_give_way_to_a_model_and_people_do_not(source: Path, tmp_path: Path) -> None:
    data = tmp_path / "set"
    build(BuildConfig.checked({"source": {"path": str(source)}, "general": {"when": "never"}}, "test"), data)
    assert merge(agree(hand_in(data, tmp_path), data=data), data) == 15
    people = {name: turn for name, turn in turns(data).items() if turn["annotator"] == "human"}
    with OpenAIServer(labels) as server:
        for step in ("annotate", "profile", "ask", "mix"):
            run_step(step, config(source, server.base_url), data)
    after = turns(data)
    assert {name: after[name] for name in people} == people
    assert Counter(turn["annotator"] for turn in after.values())["human"] == 15
    assert set(Counter(turn["annotator"] for turn in after.values())) <= {"human", "m", "source"}
    assert accounts(data)["read"] == accounts(data)["kept"] == sum(t["annotator"] == "m" for t in after.values())


def test_the_lexicon_run_again_leaves_people_and_accounts_as_they_are(data: Path, tmp_path: Path) -> None:
    merge(agree(hand_in(data, tmp_path), data=data), data)
    before, counted = turns(data), accounts(data)
    plain = BuildConfig.checked({"source": {"path": "unused"}, "general": {"when": "never"}}, "test")
    for step in ("annotate", "profile", "ask", "mix"):
        run_step(step, plain, data)
    assert turns(data) == before
    assert accounts(data) == counted


def test_merging_again_changes_nothing(data: Path, tmp_path: Path) -> None:
    sheets = hand_in(data, tmp_path)
    merge(agree(sheets, data=data), data)
    report, before, counted = DataFolder(data).read_json("reports/agreement.json"), turns(data), accounts(data)
    assert merge(agree(sheets, data=data), data) == 15
    assert DataFolder(data).read_json("reports/agreement.json") == report
    assert turns(data) == before
    assert accounts(data) == counted


def test_ties_are_settled_in_a_second_round(data: Path, tmp_path: Path) -> None:
    known, sheets = turns(data), hand_in(data, tmp_path)
    first = agree(sheets, data=data)
    merge(first, data)
    written = write_disputes(first, tmp_path / "again")
    assert (tmp_path / "again" / "anna.html") in written
    assert len((tmp_path / "again" / "disputes.csv").read_text(encoding="utf-8-sig").splitlines()) == 11
    with pytest.raises(ConfigError, match="there already"):
        write_disputes(first, tmp_path / "again")
    more = [fill(tmp_path / f"again/{n}.csv", tmp_path / f"in2/{n}.csv", anna, known) for n in ("anna", "ben", "cho")]
    second = agree([*sheets, *more], data=data)
    assert second.ties == []
    assert second.concord == first.concord
    assert merge(second, data) == 20
    assert accounts(data)["rejected"] == {"overruled_by_people": 5}
    assert sum(turn["annotator"] == "human" for turn in turns(data).values()) == 20
    assert second.labels["m"].percent.n > first.labels["m"].percent.n


def test_labels_of_the_source_that_people_overrule_are_kept_among_the_rejected(data: Path, tmp_path: Path) -> None:
    known = turns(data)
    (line,) = (name for name, turn in known.items() if turn["annotator"] == "source")
    sample_sheets(data, tmp_path / "sheets", ("anna",))
    sheet = fill(
        tmp_path / "sheets/anna.csv",
        tmp_path / "in/anna.csv",
        lambda n, _, was: other(was, 3) if n == line else "",
        known,
    )
    assert merge(agree([sheet], data=data), data) == 1
    assert turns(data)[line]["annotator"] == "human"
    assert turns(data)[line]["confidence"] is None
    assert accounts(data) == {"read": 48, "kept": 47, "merged": 0, "rejected": {"overruled_by_people": 1}}


def test_labels_of_lines_that_the_folder_does_not_hold_are_refused(data: Path, tmp_path: Path) -> None:
    sheets = hand_in(data, tmp_path)
    text = sheets[0].read_text(encoding="utf-8-sig")
    line = next(name for name in turns(data) if f"{name}," in text)
    row = next(row for row in text.splitlines() if row.startswith(f"{line},"))
    strange = row.replace(line, "nobody-1#1", 1)
    sheets[0].write_text(text.replace(row, row.replace("，", "…"), 1) + strange + "\r\n", encoding="utf-8-sig")
    outcome = agree(sheets[:1], data=data)
    assert outcome.returned.refused == [f"{line} reads otherwise in {data}", f"nobody-1#1 is not in {data}"]
    assert len(outcome.verdicts) == 19


def test_sheets_put_people_back_into_a_folder_that_was_built_anew(data: Path, source: Path, tmp_path: Path) -> None:
    sheets = hand_in(data, tmp_path)
    merge(agree(sheets, data=data), data)
    before = turns(data)
    build(config(source, "http://127.0.0.1:9/v1"), data, replay=True)
    assert not any(turn["annotator"] == "human" for turn in turns(data).values())
    assert not (data / "reports" / "agreement.json").exists()
    merge(agree(sheets, data=data), data)
    assert turns(data) == before


def test_nothing_labelled_is_refused_with_the_first_reason(data: Path, tmp_path: Path) -> None:
    sample_sheets(data, tmp_path / "sheets", ("anna",))
    with pytest.raises(ConfigError, match=r"there is no label in anna\.csv: name filled sheets"):
        agree([tmp_path / "sheets" / "anna.csv"])
    with pytest.raises(FolderError, match="has no dialogues to compare with"):
        agree(hand_in(data, tmp_path / "x"), data=tmp_path)


def test_a_folder_that_was_not_built_here_is_compared_and_not_changed(data: Path, tmp_path: Path) -> None:
    outcome = agree(hand_in(data, tmp_path), data=data)
    shutil.rmtree(data / ".roleinstruct")
    assert agree([tmp_path / f"in/{n}.csv" for n in ("anna", "ben", "cho")], data=data).labels == outcome.labels
    with pytest.raises(FolderError):
        merge(outcome, data)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, list(map(str, arguments)))


def test_the_command_annotates_a_folder_as_before(data: Path) -> None:
    result = run("annotate", data, "--extractive")
    assert result.exit_code == 0, result.output
    assert "next: roleinstruct profile" in result.output
    assert run("annotate", "--extractive", data).exit_code == 0


def test_both_kinds_of_help_are_there() -> None:
    whole = run("annotate", "--help")
    assert whole.exit_code == 0
    assert "--extractive" in whole.stdout
    assert "annotate sample DIR" in whole.stdout
    assert "roleinstruct annotate [OPTIONS]" in whole.stdout
    assert {"roleinstruct[fit].", "0.95", "300"} <= set(whole.stdout.split())
    assert "--overlap" in run("annotate", "sample", "--help").stdout
    assert "--merge" in run("annotate", "agree", "--help").stdout
    assert run("annotate").exit_code == 2


def test_a_folder_that_bears_the_name_of_a_command_is_reached_by_its_path(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(data, data.parent / "sample")
    monkeypatch.chdir(data.parent)
    assert run("annotate", "sample", "--extractive").exit_code == 2
    assert run("annotate", "./sample", "--extractive").exit_code == 0


def test_a_sample_goes_into_no_folder_of_another(data: Path, tmp_path: Path) -> None:
    sample_sheets(data, tmp_path / "s", ("anna",), dialogues=2)
    before = (tmp_path / "s" / "sample.json").read_bytes()
    with pytest.raises(ConfigError, match="holds the sheets of another sample"):
        sample_sheets(data, tmp_path / "s", ("ben",), dialogues=3)
    assert (tmp_path / "s" / "sample.json").read_bytes() == before
    assert not (tmp_path / "s" / "ben.csv").exists()


def test_one_person_has_no_agreement_and_is_no_majority(data: Path, tmp_path: Path) -> None:
    sheet = hand_in(data, tmp_path)[0]
    told = " ".join(run("annotate", "agree", sheet, "--data", data).output.split())
    assert "anna is one person, who has no agreement with anybody" in told
    assert "beside people's labels" in told
    assert "majority" not in told


def test_a_row_of_another_sheet_is_told_of(data: Path, tmp_path: Path) -> None:
    sheet = hand_in(data, tmp_path)[0]
    sheet.write_text(sheet.read_text(encoding="utf-8").replace(",anna,", ",annna,", 1), encoding="utf-8")
    [told] = agree([sheet]).mixed
    assert re.fullmatch(r"anna.csv holds rows of the sheets of anna \(\d+\) and annna \(1\), who count .*", told)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    for words in (("annotate",), ("annotate", "sample", "--out", tmp_path / "s"), ("ask",), ("stats",)):
        error = run(*words, tmp_path / "nowhere").exception
        assert isinstance(error, FolderError)
        assert str(error).startswith(f"{tmp_path / 'nowhere'} does not exist")


def test_the_commands_go_from_sample_to_card(data: Path, tmp_path: Path) -> None:
    known = turns(data)
    drawn = run("annotate", "sample", data, "--out", tmp_path / "s", "--dialogues", 3, "--annotators", "anna,ben")
    assert drawn.exit_code == 0, drawn.output
    assert "Turns in the sample" in drawn.stdout
    sheets = [
        fill(tmp_path / f"s/{n}.csv", tmp_path / f"in/{n}.csv", how, known) for n, how in (("anna", anna), ("ben", ben))
    ]
    told = run("annotate", "agree", *sheets, "--data", data, "--out", tmp_path / "again", "--merge")
    assert told.exit_code == 0, told.output
    assert "Krippendorff's alpha" in told.stdout
    assert "Lines in dispute" in told.stdout
    assert "6 labels by people are in the folder now" in " ".join(told.output.split())
    document = json.loads(run("annotate", "agree", *sheets, "--data", data, "--json").stdout)
    assert (document["settled"], document["ties"], document["merged"]) == (6, 6, None)
    assert document["people"]["people"] == ["anna", "ben"]
    refused = run("annotate", "sample", data, "--out", tmp_path / "s", "--annotators", "anna")
    assert isinstance(refused.exception, ConfigError)
    assert isinstance(run("annotate", "agree", *sheets, "--merge").exception, ConfigError)
    assert json.loads(run("annotate", "sample", data, "--out", tmp_path / "j", "--json").stdout)["dialogues"] == 12
