"""The linter on whole folders and sources, mends included, and its command."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from roleinstruct.cleaning.lint.catalogue import all_rules, choose, find_rule
from roleinstruct.cleaning.lint.material import Person
from roleinstruct.cleaning.lint.report import lint
from roleinstruct.cleaning.lint.rule import SEVERITIES
from roleinstruct.cli.main import app
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.errors import ConfigError, FolderError, SourceError
from roleinstruct.pipeline.build import build, run_step
from roleinstruct.pipeline.config import BuildConfig
from roleinstruct.pipeline.linting import is_data_set, open_corpus, read_reference, record
from roleinstruct.pipeline.listener import Listener
from roleinstruct.pipeline.mending import mend


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("sample") / "我的 set"
    build(BuildConfig.load("sample"), out)
    return out


@pytest.fixture
def copied(sample: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sample, tmp_path / "set"))


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["lint", *map(str, arguments)])


def found(path: Path, **options: object) -> dict[str, int]:
    with open_corpus(path, **options) as corpus:  # type: ignore[arg-type]
        return dict(lint(corpus, all_rules()).counts)


def test_every_rule_explains_itself() -> None:
    rules = all_rules()
    assert len({rule.id for rule in rules}) == len(rules) >= 28
    for rule in rules:
        assert rule.severity in SEVERITIES
        assert all((rule.summary.endswith("."), rule.why.endswith("."), rule.example, rule.mend.endswith(".")))
        assert rule.person or rule.corpus
        assert rule.id in run("--explain", rule.id).stdout


def test_the_page_of_the_docs_names_every_rule() -> None:
    page = (Path(__file__).parents[1] / "docs" / "lint.md").read_text(encoding="utf-8")
    assert [rule.id for rule in all_rules() if f"`{rule.id}`" not in page] == []


def test_an_unknown_rule_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(ConfigError, match="no rule is named 'nothing'; there are ai-self-reference"):
        find_rule("nothing")
    assert choose(without=["off-label"]) == tuple(rule for rule in all_rules() if rule.id != "off-label")
    assert [rule.id for rule in choose(only=["mojibake"])] == ["mojibake"]


def test_the_built_sample_has_no_errors_and_the_raw_one_has_its_known_flaws(sample: Path) -> None:
    counts = found(sample)
    errors = [rule.id for rule in all_rules() if rule.severity == "error" and counts.get(rule.id)]
    assert errors == []
    raw = found(BuildConfig.load("sample").source.path or Path())
    assert raw["unreadable-row"] == 5
    assert raw["duplicate-question"] == 8
    assert raw["private-data"] > 10


def test_each_character_is_read_once_whatever_the_rules_compare(sample: Path) -> None:
    read: list[str] = []
    with open_corpus(sample) as corpus:

        def person(name: str) -> Person:
            read.append(name)
            return corpus.person(name)

        lint(replace(corpus, person=person), all_rules())
    assert read == list(corpus.names)


def test_a_mended_set_is_clean_and_stays_clean(copied: Path) -> None:
    mended = mend(copied, all_rules(), ["copied-answer"], Listener())
    assert mended == {"trailing-comma": 49, "leftover-markup": 5, "copied-answer": 3}
    counts = found(copied)
    assert {rule.id for rule in all_rules() if rule.severity != "note" and counts.get(rule.id)} == set()
    assert mend(copied, all_rules(), ["copied-answer"], Listener()) == {}
    assert found(copied) == counts


def test_a_mend_is_written_down_and_every_row_stays_accounted_for(copied: Path) -> None:
    before = DataFolder(copied).read_json("reports/accounting.json")["specific"]
    mend(copied, all_rules(), ["copied-answer"], Listener())
    folder = DataFolder(copied)
    assert {row["rule"] for row in folder.rows("mended")} == {"trailing-comma", "leftover-markup", "copied-answer"}
    after = folder.read_json("reports/accounting.json")["specific"]
    assert after["kept"] == before["kept"] - 3
    assert after["rejected"]["copied-answer"] == 3
    gone = [json.loads(row["payload"]) for row in folder.rows("rejected") if row["stage"] == "lint"]
    assert len(gone) == 3
    assert all(row["instruction"] and row["responses"] for row in gone)
    assert (folder.root / "README.md").is_file()


def test_of_several_answers_only_the_flawed_one_is_left_out(tmp_path: Path) -> None:
    source = tmp_path / "raw" / "小林"
    source.mkdir(parents=True)
    answers = ["我才不说呢，你自己猜。", "作为一个人工智能语言模型，我没有爱好。"]
    rows = [{"role": "小林", "instruction": "讲讲你的爱好。", "generated": answer} for answer in answers]
    for n in range(5):
        rows.append({"role": "小林", "instruction": f"第{n}件事是什么？", "generated": f"是我{n}岁那年的事。"})
    text = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    (source / "general.jsonl").write_text(text, encoding="utf-8")
    build(BuildConfig.checked({"source": {"path": str(source.parent)}}, "test"), tmp_path / "out")
    mend(tmp_path / "out", (), ["ai-self-reference"], Listener())
    folder = DataFolder(tmp_path / "out")
    assert [row["responses"] for row in folder.rows("general") if "爱好" in row["instruction"]] == [answers[:1]]
    account = folder.read_json("reports/accounting.json")["answer"]
    assert (account["read"], account["kept"], account["rejected"]) == (7, 6, {"ai-self-reference": 1})


def test_cleaning_again_takes_the_mends_back_and_their_accounts(copied: Path) -> None:
    mend(copied, all_rules(), ["copied-answer"], Listener())
    config = BuildConfig.load("sample")
    for step in ("clean", "annotate", "profile", "ask", "mix"):
        run_step(step, config, copied)
    assert "copied-answer" not in DataFolder(copied).read_json("reports/accounting.json")["specific"]["rejected"]


def test_a_downloaded_set_is_linted_but_cannot_be_mended(copied: Path) -> None:
    shutil.rmtree(copied / ".roleinstruct")
    assert found(copied)["copied-answer"] == 3
    with pytest.raises(FolderError, match="no working tables to mend"):
        mend(copied, all_rules(), [], Listener())


def test_a_recorded_report_stands_in_the_card(copied: Path) -> None:
    with open_corpus(copied) as corpus:
        report = lint(corpus, all_rules())
    record(copied, report)
    card = (copied / "README.md").read_text(encoding="utf-8")
    assert f"score **{report.score}**" in card
    assert "| copied-answer | warning | 3 | 3 |" in card
    assert DataFolder(copied).read_json("reports/lint.json")["score"] == report.score


def test_a_reference_that_the_script_was_taken_from_is_found(copied: Path, tmp_path: Path) -> None:
    turns = [turn["text"] for row in DataFolder(copied).rows("dialogues") for turn in row["turns"]]
    corpus = "\n".join(json.dumps({"role": "甲", "content": text}, ensure_ascii=False) for text in turns)
    (tmp_path / "corpus.jsonl").write_text(corpus, encoding="utf-8")
    counts = found(copied, reference=read_reference(tmp_path / "corpus.jsonl"))
    assert counts["hidden-provenance"] == 4


def test_nothing_to_lint_is_an_error_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="does not exist"), open_corpus(tmp_path / "nowhere"):
        pass
    assert not is_data_set(tmp_path)


def test_the_exit_code_goes_by_severity(sample: Path) -> None:
    assert run(sample).exit_code == 0
    assert run(sample, "--fail-on", "warning").exit_code == 1
    assert run(sample, "--fail-on", "note", "--only", "mojibake").exit_code == 0
    raw = BuildConfig.load("sample").source.path
    assert run(raw).exit_code == 1
    assert run(raw, "--fail-on", "never").exit_code == 0


def test_json_is_one_document_with_every_finding(sample: Path) -> None:
    document = json.loads(run(sample, "--json").stdout)
    assert document["rows"] > 1_000
    [copies] = [rule for rule in document["found"] if rule["rule"] == "copied-answer"]
    assert copies["findings"] == len(copies["first"]) == 3
    assert all(finding["where"] and finding["row"].startswith("specific/") for finding in copies["first"])


def test_findings_for_code_hosts_are_written_beside_the_table(sample: Path, tmp_path: Path) -> None:
    ran = run(sample, "--sarif", tmp_path / "lint.sarif")
    assert "copied-answer" in ran.stdout
    document = json.loads((tmp_path / "lint.sarif").read_text(encoding="utf-8"))
    assert document["version"] == "2.1.0"
    assert len(document["runs"][0]["results"]) >= 6


@pytest.mark.parametrize("option", ["--fix", "--record"])
def test_a_source_is_never_changed(option: str) -> None:
    ran = run(BuildConfig.load("sample").source.path, option, "--fail-on", "never")
    assert isinstance(ran.exception, ConfigError)
    assert "a source is never changed" in str(ran.exception)


def test_what_is_asked_wrongly_is_said_so(sample: Path) -> None:
    assert run().exit_code == 2
    assert isinstance(run(sample, "--limit", 3).exception, ConfigError)
    assert isinstance(run(sample, "--drop", "mojibake").exception, ConfigError)
    assert isinstance(run(sample, "--fix", "--drop", "small-test").exception, ConfigError)
    assert isinstance(run("--explain", "nothing").exception, ConfigError)


def test_what_cannot_be_done_is_said_before_anything_is_mended(copied: Path, tmp_path: Path) -> None:
    for wrong in (("--limit", 3), ("--reference", tmp_path / "nowhere"), ("--sarif", tmp_path)):
        assert isinstance(run(copied, "--fix", *wrong).exception, ConfigError | SourceError)
        assert not DataFolder(copied).has("mended")


@pytest.mark.slow
def test_the_release_shows_what_is_known_of_it(release: Path) -> None:
    with open_corpus(release) as corpus:
        report = lint(corpus, all_rules())
    counts = report.counts
    assert counts["empty-answer"] == 3
    assert counts["duplicate-question"] == 189
    assert counts["no-boundaries"] == 12
    assert counts["name-mismatch"] == 1
    assert report.touched["same-speaker-run"] == 15_652
    assert counts["crowded-script"] == 9
    names = {finding.where.split(":")[0] for finding in report.findings["file-name"]}
    assert {"于小强/于小强_specific_QA..json", "邓小可/邓小可_general_rp6.jsonl"} <= names
    assert any("'(激动)'" in finding.message for finding in report.findings["off-label"])
    assert any("brackets" in finding.message for finding in report.findings["off-label"])
    assert all(counts[name] for name in ("prompt-echo", "ai-self-reference", "mixed-script", "trailing-comma"))


@pytest.mark.slow
def test_the_reference_shows_that_a_character_of_the_release_is_cped(release: Path, cped: Path) -> None:
    with open_corpus(release, reference=read_reference(cped.parent)) as corpus:
        report = lint(corpus, choose(only=["hidden-provenance"]))
    [finding] = report.findings["hidden-provenance"]  # the validation part of CPED holds one of the four
    assert finding.character == "唐鹏"
    assert "710 of the 710" in finding.message


def test_a_model_that_gives_itself_away_in_a_chat_is_found(tmp_path: Path) -> None:
    turns = [
        {"from": "human", "value": "Ann, what did you do on Sunday?"},
        {"from": "gpt", "value": "As an AI language model, I do not have Sundays."},
        {"from": "human", "value": "Pardon?"},
        {"from": "gpt", "value": "### Instruction: answer as Ann. I went swimming."},
    ]
    (tmp_path / "Ann").mkdir()
    (tmp_path / "Ann" / "chat.json").write_text(json.dumps([{"id": "1", "conversations": turns}]), encoding="utf-8")
    counts = found(tmp_path)
    assert counts["ai-self-reference"] == 1
    assert counts["prompt-echo"] == 1


def test_a_leak_between_files_called_train_and_test_is_found(tmp_path: Path) -> None:
    (tmp_path / "Ann").mkdir()
    rows = [
        {"instruction": f"Ann, what happened in week {n} of June?", "generated": f"It rained {n}."} for n in range(9)
    ]
    for name, part in (("qa_train", rows), ("qa_test", rows[:3])):
        text = "\n".join(map(json.dumps, part))
        (tmp_path / "Ann" / f"{name}.jsonl").write_text(text, encoding="utf-8")
    assert found(tmp_path)["split-leak"] == 3
