"""Private data in a source: gone from every part of the data set that is made of it."""

import json
import re
import stat
from pathlib import Path

import pytest

from roleinstruct.dataset.folder import DataFolder
from roleinstruct.errors import ConfigError
from roleinstruct.pipeline.build import build, run_step
from roleinstruct.pipeline.config import BuildConfig
from roleinstruct.pipeline.pseudonyms import map_beside

SCRIPT = """刘桂芬：建国，你手机号还是13812345678吗？
郝建国：早换了，加我微信 hao_jianguo62 吧。
刘桂芬：老郝你真行。小军的身份证是11010519491231002X，别弄丢。
郝建国：放心，我发到 lgf@example.com 了。
刘桂芬：王秀英女士也在等你回话。
郝建国：知道了妈妈也在等。
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "脚本 raw" / "郝建国"
    folder.mkdir(parents=True)
    (folder / "家里.txt").write_text(SCRIPT, encoding="utf-8")
    profile = "姓名：郝建国\n年龄：52\n身高：172\n爱好：钓鱼\n家庭：妻子刘桂芬\n手机：13812345678\n"
    (folder / "profile.txt").write_text(profile, encoding="utf-8")
    rows = [
        {"instruction": "郝建国，你妻子是谁？", "generated": "刘桂芬，她的号码是13812345678。"},
        {"instruction": "你叫什么？", "generated": ""},
    ]
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows) + '{"instruction": "郝建国在哪？'
    (folder / "qa.jsonl").write_text(text, encoding="utf-8")
    return folder.parent


def built(source: Path, out: Path, **privacy: object) -> DataFolder:
    build(BuildConfig.checked({"source": {"path": str(source)}, "privacy": privacy}, "test"), out)
    return DataFolder(out)


def read_tables(root: Path) -> str:
    """All texts of all tables, working tables too, of all reports and of the card."""
    import pyarrow.parquet as pq

    rows = [row for path in sorted(root.rglob("*.parquet")) for row in pq.read_table(path).to_pylist()]
    reports = "".join(path.read_text(encoding="utf-8") for path in sorted(root.glob("reports/*.json")))
    return json.dumps(rows, ensure_ascii=False) + reports + (root / "README.md").read_text(encoding="utf-8")


IDENTIFIERS = ("13812345678", "hao_jianguo62", "11010519491231002X", "lgf@example.com")
NAMES = re.compile("郝|建国|刘桂芬|桂芬|秀英")


def test_identifiers_are_masked_everywhere_and_counted_by_kind(source: Path, tmp_path: Path) -> None:
    folder = built(source, tmp_path / "out")
    text = read_tables(folder.root)
    assert [item for item in IDENTIFIERS if item in text] == []
    report = folder.read_json("reports/privacy.json")
    assert report["replaced"] == {"email": 1, "id_card": 1, "mobile": 3, "wechat": 1}
    log = list(folder.rows("masked"))
    assert len(log) == 6
    assert {row["kind"] for row in log if row["table"] == "imported/profiles"} == {"mobile"}
    assert all("郝建国/" in row["source"] and row["start"] < row["end"] for row in log)


def test_names_stay_unless_they_are_to_be_replaced(source: Path, tmp_path: Path) -> None:
    folder = built(source, tmp_path / "out")
    assert folder.by_character("dialogues").names == ["郝建国"]
    assert not map_beside(folder.root).exists()


def test_pseudonyms_are_the_same_in_dialogues_profile_and_questions(source: Path, tmp_path: Path) -> None:
    folder = built(source, tmp_path / "out", names="replace")
    text = read_tables(folder.root)
    assert NAMES.findall(text) == []
    names = json.loads(map_beside(folder.root).read_text(encoding="utf-8"))
    character, wife = names["郝建国"], names["刘桂芬"]
    assert folder.by_character("dialogues").names == [character]
    [row] = folder.rows("dialogues")
    assert row["partner"] == wife
    assert row["source"].startswith(f"{character}/")
    assert row["turns"][0]["text"].startswith(character[-2:])  # 建国，…
    assert f"老{character[0]}" in row["turns"][2]["text"]
    assert "妈妈" in row["turns"][5]["text"]
    [profile] = folder.rows("profiles")
    assert wife in profile["text"]
    [question] = folder.rows("specific")
    assert question["instruction"].startswith(character)
    assert wife in question["response"]


def test_who_is_who_is_kept_beside_the_folder_for_its_owner_alone(source: Path, tmp_path: Path) -> None:
    folder = built(source, tmp_path / "out", names="replace")
    kept = map_beside(folder.root)
    assert kept.parent == folder.root.parent
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert not any("pseudonyms" in path.name for path in folder.root.rglob("*"))


def test_a_user_chooses_pseudonyms_and_they_stay_in_the_next_build(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    map_beside(out).write_text(json.dumps({"郝建国": "彭大海"}, ensure_ascii=False), encoding="utf-8")
    first = built(source, out, names="replace")
    assert first.by_character("dialogues").names == ["彭大海"]
    before = read_tables(out)
    again = built(source, out, names="replace")
    assert read_tables(out) == before
    assert again.by_character("profiles").names == ["彭大海"]


def test_a_name_that_is_to_be_kept_is_kept(source: Path, tmp_path: Path) -> None:
    folder = built(source, tmp_path / "out", names="replace", keep=["郝建国"])
    assert folder.by_character("dialogues").names == ["郝建国"]
    assert "刘桂芬" not in read_tables(folder.root)


def test_a_damaged_file_of_names_is_an_error_and_nothing_changes(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    map_beside(out).write_text("{", encoding="utf-8")
    with pytest.raises(ConfigError, match="holds the pseudonyms, is no JSON"):
        built(source, out, names="replace")
    assert not out.exists()
    assert map_beside(out).read_text(encoding="utf-8") == "{"


def test_a_stage_that_is_run_alone_masks_too(source: Path, tmp_path: Path) -> None:
    config = BuildConfig.checked({"source": {"path": str(source)}}, "test")
    run_step("import", config, tmp_path / "out")
    rows = list(DataFolder(tmp_path / "out").rows("imported/utterances"))
    assert "[手机号]" in rows[0]["text"]


def test_nothing_is_masked_where_the_user_says_so(source: Path, tmp_path: Path) -> None:
    folder = built(source, tmp_path / "out", identifiers="none")
    assert "13812345678" in read_tables(folder.root)
    assert "Nothing has been masked" in (folder.root / "README.md").read_text(encoding="utf-8")


def test_an_unknown_kind_is_refused_with_the_kinds_that_there_are() -> None:
    with pytest.raises(ConfigError, match="no list of kinds of private data; there are all, none, or id_card, mobile"):
        BuildConfig.checked({"privacy": {"identifiers": ["phones"]}}, "test")


def test_a_pseudonym_that_is_somebodys_name_is_refused(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    map_beside(out).write_text(json.dumps({"郝建国": "刘桂芬"}, ensure_ascii=False), encoding="utf-8")
    with pytest.raises(ConfigError, match="somebody in the source is really called so"):
        built(source, out, names="replace")
    assert not out.exists()


def test_a_folder_with_a_name_and_a_number_gives_neither_away(source: Path, tmp_path: Path) -> None:
    (source / "郝建国").rename(source / "郝建国13812345678")
    folder = built(source, tmp_path / "out", names="replace")
    text = read_tables(folder.root)
    assert NAMES.findall(text) == []
    assert "13812345678" not in text


def test_a_stopped_build_leaves_no_draft_behind(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    built(source, out)
    map_beside(out).write_text("{", encoding="utf-8")
    with pytest.raises(ConfigError):
        built(source, out, names="replace")
    assert not (out / ".roleinstruct" / "draft").exists()
