"""Raw source to data set folder, as a user runs it."""

import hashlib
import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from datasets import load_dataset
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from roleinstruct import Emotion, RoleInstruct
from roleinstruct.dataset.features import PUBLISHED, features
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.errors import AccountingError, ConfigError, FolderError, RoleInstructError, SourceError
from roleinstruct.pipeline.build import build, run_step
from roleinstruct.pipeline.config import BuildConfig
from roleinstruct.pipeline.lacking import what_lacks
from roleinstruct.pipeline.listener import Listener
from roleinstruct.pipeline.remembering import remembered
from roleinstruct.pipeline.steps import STEPS

KITCHEN = """第一场 厨房 夜
王芳：（愤怒）你又把锅烧了！
李强：我就出去接了个电话。
（锅还在冒烟）
王芳：这是这个月第三口锅。
李强：那你说怎么办，我明天去买一口行不行？
王芳：行，买口厚的。

第二场 阳台 晨
王芳：今天天气真好。
李强：是啊，要不要去公园走走？
王芳：好啊，我换件衣服就走。
"""


@pytest.fixture
def kitchen(tmp_path: Path) -> Path:
    """One character's folder, in a path with a space and Chinese."""
    folder = tmp_path / "我的 剧本" / "王芳"
    folder.mkdir(parents=True)
    (folder / "厨房.txt").write_text(KITCHEN, encoding="gb18030")
    (folder / "profile.txt").write_text(
        "名字：王芳，年龄：46岁；性格特点：直爽、心软；爱好：做菜；背景：她在纺织厂干了二十年。", encoding="utf-8"
    )
    qa = [{"instruction": f"王芳，第{n}口锅是怎么烧坏的？", "generated": f"第{n}次忘了关火。"} for n in range(8)]
    rows = [
        {"role": "王芳", "instruction": f"说说{what}。", "generated": f"{what}啊，我可说不好。"}
        for what in ("春天", "夏天", "秋天", "冬天")
    ]
    lines = [json.dumps(row, ensure_ascii=False) for row in (*qa, qa[0], *rows, rows[0])]
    (folder / "rows.jsonl").write_text("\n".join([*lines, '{"instruction": "断', ""]), encoding="utf-8")
    neutral = [{"instruction": "说说春天。", "raw_response": "春天是一年的第一季。"}]
    (folder.parent / "neutral.json").write_text(json.dumps(neutral, ensure_ascii=False), encoding="utf-8")
    return folder.parent


def config(source: Path, **blocks: object) -> BuildConfig:
    return BuildConfig.model_validate({"source": {"path": source}, **blocks})


def accounting(folder: Path) -> dict[str, Any]:
    return DataFolder(folder).read_json("reports/accounting.json")


def digest(folder: Path) -> dict[str, str]:
    """Every byte that is published or reported, by path."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".roleinstruct" not in path.parts
    }


def test_every_source_row_is_accounted_for(kitchen: Path, tmp_path: Path) -> None:
    build(config(kitchen), tmp_path / "out")
    accounts = accounting(tmp_path / "out")
    assert accounts["utterance"] == {"read": 9, "kept": 8, "merged": 0, "rejected": {"narration": 1}}
    assert accounts["profile"] == {"read": 1, "kept": 1, "merged": 0, "rejected": {}}
    assert accounts["specific"] == {
        "read": 10,
        "kept": 8,
        "merged": 0,
        "rejected": {"broken_json": 1, "duplicate_instruction": 1},
    }
    assert accounts["general"] == {"read": 6, "kept": 4, "merged": 2, "rejected": {}}
    assert accounts["answer"] == {"read": 5, "kept": 4, "merged": 1, "rejected": {}}


def test_a_script_whose_questions_are_for_another_has_nothing_to_train_on_and_says_why(tmp_path: Path) -> None:
    lines = ("王芳：人都到齐了。", "周小满：大家好。", "李强：小满，你是在哪里长大的？", "王芳：我在海边的小镇长大的。")
    (tmp_path / "王芳.txt").write_text("\n".join([*lines, "李强：你饿了。", "王芳：我不饿。", ""]), encoding="utf-8")
    build(config(tmp_path / "王芳.txt"), tmp_path / "out")
    said = what_lacks(DataFolder(tmp_path / "out"))
    assert "no questions with answers" in said
    assert "of 2 exchanges in its dialogues none was taken (not_a_question 1, not_addressed 1)" in said
    assert "--set data.dialogues=200" in said


def test_a_folder_without_a_benchmark_or_questions_of_its_own_says_so(kitchen: Path, tmp_path: Path) -> None:
    build(config(kitchen, splits={"validation": 0.2, "test": 0.3}), tmp_path / "out")
    assert what_lacks(DataFolder(tmp_path / "out")) == ""
    build(config(kitchen, splits={"validation": 0, "test": 0}), tmp_path / "out")
    assert "no benchmark: none of its 8 questions fell into the test part" in what_lacks(DataFolder(tmp_path / "out"))


def test_every_config_loads_normally_and_streaming_with_its_labels(
    kitchen: Path, tmp_path: Path, hf_cache: Path
) -> None:
    out = tmp_path / "数据 集"
    build(config(kitchen, splits={"validation": 0.2, "test": 0.3}), out)
    for name in PUBLISHED:
        loaded = load_dataset(str(out), name, cache_dir=str(hf_cache))
        for split, rows in loaded.items():
            assert rows.features == features(name)
            stream = load_dataset(str(out), name, split=split, streaming=True)
            assert list(stream) == list(rows)
            assert len(rows) == DataFolder(out).count(name, split)
    turn = load_dataset(str(out), "dialogues", split="train", cache_dir=str(hf_cache))[0]["turns"][0]
    assert turn["emotion"] == list(Emotion).index(Emotion.ANGER)
    assert turn["source"] == "王芳/厨房.txt:2"
    assert [row["title"] for row in DataFolder(out).rows("dialogues")] == ["第一场 厨房 夜", "第二场 阳台 晨"]
    assert turn["annotator"] == "source"


def test_a_folder_that_was_rebuilt_is_not_answered_from_the_cache(
    kitchen: Path, tmp_path: Path, hf_cache: Path
) -> None:
    out = tmp_path / "out"
    texts: list[str] = []
    sizes: set[int] = set()
    for word in ("薄的", "旧的"):
        (kitchen / "王芳" / "厨房.txt").write_text(KITCHEN.replace("厚的", word), encoding="gb18030")
        build(config(kitchen), out)
        rows = load_dataset(str(out), "dialogues", split="train", cache_dir=str(hf_cache))
        builder = RoleInstruct(out, cache_dir=str(hf_cache))
        builder.download_and_prepare()
        assert list(builder.as_dataset(split="train")) == list(rows)
        texts.append(str(rows[0]["turns"]))
        sizes.add((out / "dialogues" / "train-00000-of-00001.parquet").stat().st_size)
    assert "买口薄的" in texts[0]
    assert "买口旧的" in texts[1]
    assert len(sizes) == 1, "the two builds must differ in nothing but the words, or this proves nothing"


def test_the_builder_class_prepares_in_processes_and_streams(
    kitchen: Path, tmp_path: Path, hf_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from roleinstruct.dataset import tables

    monkeypatch.setattr(tables, "_GROUP_ROWS", 1)
    monkeypatch.setattr(tables, "_SHARD_ROWS", 3)
    out = tmp_path / "out"
    build(config(kitchen), out)
    builder = RoleInstruct(out, "specific", cache_dir=str(hf_cache))
    builder.download_and_prepare(num_proc=2)
    prepared = builder.as_dataset(split="train")
    assert len(DataFolder(out).splits("specific")) == 2
    assert len(list((out / "specific").glob("train-*"))) == 3
    assert list(builder.as_streaming_dataset(split="train")) == list(prepared)
    assert builder.dataset_name == "roleinstruct"
    with pytest.raises(FolderError, match="no config"):
        RoleInstruct(out, "nothing")
    with pytest.raises(FolderError, match="no Parquet table"):
        RoleInstruct(tmp_path / "empty", "dialogues")


def three_people(root: Path) -> Path:
    """Three characters with 60 general instructions, 60 questions of their own and 20 that two or three share."""
    for name in ("甲人", "乙人", "丙人"):
        folder = root / name
        folder.mkdir(parents=True)
        rows = [{"role": name, "instruction": f"说说数字{n}。", "generated": f"{name}说{n}。"} for n in range(60)]
        rows += [{"instruction": f"{name}，你几岁的时候去过{n}号地点？", "generated": f"{n}岁。"} for n in range(60)]
        rows += [{"instruction": f"你喜欢{n}路公共汽车吗？", "generated": "喜欢。"} for n in range(20)]
        (folder / "rows.json").write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
    return root


def test_splits_share_no_instruction_and_hold_one_character_out(tmp_path: Path) -> None:
    build(config(three_people(tmp_path / "src"), splits={"validation": 0.2, "test": 0.2}), tmp_path / "out")
    folder = DataFolder(tmp_path / "out")
    (hidden,) = folder.read_json("reports/mixture.json")["held_out_characters"]
    for table in ("specific", "general", "chat"):
        texts = {split: _asked(folder, table, split) for split in folder.splits(table)}
        assert len(set().union(*texts.values())) == sum(map(len, texts.values()))
        assert set(texts) - {"unseen"} == {"train", "validation", "test"}
        assert ("unseen" in texts) == (table != "general")
    for table in ("specific", "chat"):
        assert {row["character"] for row in folder.rows(table, "unseen")} == {hidden}
    for split in ("train", "validation", "test"):
        assert hidden not in {row["character"] for row in folder.rows("chat", split)}
    withheld = folder.read_json("reports/mixture.json")["answers_withheld_from_chat"]
    assert withheld == {hidden: 60 + 20}
    trained = _asked(folder, "chat", "train")
    assert not trained & _asked(folder, "benchmark", "test")
    assert {row["character"] for row in folder.rows("benchmark")} == {"甲人", "乙人", "丙人"}


def _asked(folder: DataFolder, table: str, split: str) -> set[str]:
    rows = folder.rows(table, split)
    return {row["prompt"][1]["content"] if table == "chat" else row["instruction"] for row in rows}


def test_rows_stay_in_their_split_when_the_data_set_grows(tmp_path: Path) -> None:
    source = tmp_path / "src" / "王芳"
    source.mkdir(parents=True)
    scene = (
        "李强：你小时候在{0}住过多少年？\n王芳：我在{0}住了整整十二年，搬走的时候哭了一路。\n"
        "李强：你最喜欢{0}的什么东西？\n王芳：我最喜欢{0}门口的那棵老槐树，夏天特别凉快。\n"
    )
    places = ["厨房", "学校", "医院", "公园", "车站", "银行", "工厂", "海边", "山里", "乡下"]
    chosen = config(tmp_path / "src", splits={"validation": 0.3, "test": 0.3}, questions={"when": "always"})
    homes: list[dict[str, str]] = []
    for name, some in (("b.txt", places[:7]), ("a.txt", places[7:])):
        (source / name).write_text("\n".join(scene.format(place) for place in some), encoding="utf-8")
        build(chosen, tmp_path / "out")
        data = DataFolder(tmp_path / "out")
        homes.append({r["instruction"]: s for s in data.splits("specific") for r in data.rows("specific", s)})
    before, after = homes
    assert len(after) > len(before) >= 5
    assert all(after[text] == split for text, split in before.items())


def test_neutral_answers_are_joined_and_asked_in_the_benchmark(kitchen: Path, tmp_path: Path) -> None:
    build(config(kitchen, splits={"validation": 0, "test": 0.99}), tmp_path / "out")
    folder = DataFolder(tmp_path / "out")
    neutral = {row["instruction"]: row["raw_response"] for row in folder.rows("general")}
    assert neutral["说说春天。"] == "春天是一年的第一季。"
    assert neutral["说说夏天。"] is None
    assert sum(row["task"] == 0 for row in folder.rows("benchmark")) == 1


def test_the_stages_one_by_one_give_what_build_gives(kitchen: Path, tmp_path: Path) -> None:
    chosen = config(kitchen)
    build(chosen, tmp_path / "a" / "set")
    for step in STEPS:
        run_step(step, chosen, tmp_path / "b" / "set")
    assert digest(tmp_path / "a" / "set") == digest(tmp_path / "b" / "set")
    assert remembered(tmp_path / "b" / "set").source.path == kitchen
    run_step("clean", chosen, tmp_path / "b" / "set")
    assert not (tmp_path / "b" / "set" / "README.md").exists()
    with pytest.raises(FolderError, match="roleinstruct profile"):
        run_step("mix", chosen, tmp_path / "b" / "set")


def test_accounts_that_do_not_close_stop_the_build(kitchen: Path, tmp_path: Path) -> None:
    chosen = config(kitchen)
    build(chosen, tmp_path / "out")
    accounts = tmp_path / "out" / ".roleinstruct" / "work" / "accounts" / "import.json"
    counts = json.loads(accounts.read_text(encoding="utf-8"))
    counts["utterance"]["read"] += 1
    accounts.write_text(json.dumps(counts), encoding="utf-8")
    before = digest(tmp_path / "out")
    with pytest.raises(AccountingError, match="utterance: 10 rows were read, but 8 kept"):
        run_step("mix", chosen, tmp_path / "out")
    assert digest(tmp_path / "out") == before


def test_a_stage_that_is_run_again_forgets_what_later_ones_left_out(kitchen: Path, tmp_path: Path) -> None:
    chosen = config(kitchen, questions={"when": "always"})
    build(chosen, tmp_path / "out")
    before = digest(tmp_path / "out")
    for step in STEPS[1:]:
        run_step(step, chosen, tmp_path / "out")
    assert digest(tmp_path / "out") == before


def test_a_stage_before_its_time_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(FolderError, match="roleinstruct import"):
        run_step("clean", BuildConfig(), tmp_path / "out")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("source: [", "is no YAML"),
        ("sauce: {}", "sauce is no key"),
        ("source: {format: 3}", "source.format is 3"),
        ("cleaning: {min_turns: 1}", "greater than or equal to 2"),
        ("splits: {test: 2}", "less than or equal to 1"),
    ],
)
def test_a_builder_file_that_means_nothing_is_refused_in_one_sentence(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "my.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=message) as error:
        BuildConfig.load(str(path))
    assert "\n" not in str(error.value)


def test_a_builder_that_is_not_there_lists_those_that_are() -> None:
    with pytest.raises(ConfigError, match=r"builders/sample\.yaml"):
        BuildConfig.load("nowhere.yaml")


@pytest.mark.parametrize("kind", ["missing", "empty folder", "empty file", "binary", "nothing known"])
def test_a_source_that_holds_nothing_is_one_sentence_and_changes_nothing(
    kitchen: Path, tmp_path: Path, kind: str
) -> None:
    out = tmp_path / "out"
    build(config(kitchen), out)
    before = digest(out)
    source = tmp_path / "bad source"
    if kind == "empty folder":
        source.mkdir()
    elif kind != "missing":
        content = {
            "empty file": b"",
            "binary": bytes(range(256)) * 40,
            "nothing known": "只有一句话，没有人说。".encode(),
        }
        source.write_bytes(content[kind])
    with pytest.raises(SourceError) as error:
        build(config(source), out)
    assert "\n" not in str(error.value)
    assert "bad source" in str(error.value)
    assert digest(out) == before


def test_a_script_of_one_voice_leaves_nothing_and_says_why(tmp_path: Path) -> None:
    (tmp_path / "alone.txt").write_text("王芳：有人吗？\n王芳：没有人。\n王芳：那我走了。\n", encoding="utf-8")
    with pytest.raises(SourceError, match=r"no dialogue is left after cleaning .* 3 monologue"):
        build(config(tmp_path / "alone.txt"), tmp_path / "out")


def test_a_lead_of_another_name_is_recognised_and_said(tmp_path: Path) -> None:
    folder = tmp_path / "src" / "何赛"
    folder.mkdir(parents=True)
    rows = [{"role": name, "content": f"(中立)第{n}句话，你听见了吗"} for n in range(20) for name in ("何塞", "罗槟")]
    (folder / "script.json").write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
    (folder / "desc.txt").write_text(
        "名字：何塞，年龄：34岁；身高：182厘米，体重：78千克；爱好：足球", encoding="utf-8"
    )
    said: list[str] = []
    build(config(tmp_path / "src"), tmp_path / "out", listener=Listener(said.append))
    assert any("何赛 speaks as 何塞" in message for message in said)
    dialogue = next(DataFolder(tmp_path / "out").rows("dialogues"))
    assert (dialogue["character"], dialogue["partner"]) == ("何赛", "罗槟")


def test_a_build_that_is_killed_anywhere_is_completed_by_the_next(tmp_path: Path) -> None:
    source = Path(__file__).parents[1] / "builders" / "sample" / "raw" / "郝建国"
    command = [sys.executable, "-m", "roleinstruct", "build", "screenplay", "--source", str(source), "--out"]
    whole, killed = tmp_path / "whole" / "set", tmp_path / "killed" / "set"
    start = time.perf_counter()
    subprocess.run([*command, str(whole)], check=True, capture_output=True)
    took = time.perf_counter() - start
    moments = random.Random(20240117)
    for _ in range(3):
        process = subprocess.Popen([*command, str(killed)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(took * moments.uniform(0.3, 1.0))
        process.send_signal(signal.SIGKILL)
        process.wait()
    subprocess.run([*command, str(killed)], check=True, capture_output=True)
    assert digest(killed) == digest(whole)


NAMES = st.sampled_from(["王芳", "李强", "其他", "旁白", "A & B", ""])
TEXTS = st.text(alphabet=st.sampled_from("你好吗？！，。a1 \n:：()（）\ufeff\u3000😀"), max_size=20)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(st.tuples(NAMES, TEXTS), max_size=40), asked=st.lists(st.tuples(TEXTS, TEXTS), max_size=6))
def test_any_rows_build_or_end_in_a_stated_error(
    tmp_path: Path, lines: list[tuple[str, str]], asked: list[tuple[str, str]]
) -> None:
    source = tmp_path / "src" / "王芳"
    source.mkdir(parents=True, exist_ok=True)
    rows: list[dict[str, str]] = [{"role": name, "content": text} for name, text in lines]
    rows += [{"instruction": question, "generated": answer} for question, answer in asked]
    text = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    (source / "rows.jsonl").write_text(text, encoding="utf-8")
    try:
        build(config(tmp_path / "src"), tmp_path / "out")
    except RoleInstructError as error:
        assert str(error)  # noqa: PT017 - either outcome is right, but no other exception is
        return
    accounts = accounting(tmp_path / "out")
    assert accounts["utterance"]["read"] == len(lines)
    assert accounts["specific"]["read"] == len(asked)


def test_all_that_was_taken_from_one_dialogue_is_in_one_split(tmp_path: Path) -> None:
    folder = tmp_path / "src" / "王芳"
    folder.mkdir(parents=True)
    places = ["厨房", "学校", "医院", "公园", "车站", "银行", "工厂", "海边", "山里", "乡下"]
    scenes = [
        f"李强：你小时候在{place}住过多少年？\n王芳：我在{place}住了整整十二年，搬走的时候哭了一路。\n"
        f"李强：你最喜欢{place}的什么东西？\n王芳：我最喜欢{place}门口的那棵老槐树，夏天特别凉快。\n"
        for place in places
    ]
    (folder / "script.txt").write_text("\n".join(scenes), encoding="utf-8")
    chosen = config(tmp_path / "src", splits={"validation": 0.3, "test": 0.3}, questions={"when": "always"})
    build(chosen, tmp_path / "out")
    data = DataFolder(tmp_path / "out")
    homes: dict[str, set[str]] = {}
    for split in data.splits("specific"):
        for row in data.rows("specific", split):
            dialogue = next(e.removeprefix("dialogue: ") for e in row["evidence"] if e.startswith("dialogue: "))
            homes.setdefault(dialogue, set()).add(split)
    assert len(homes) >= 5
    assert all(len(splits) == 1 for splits in homes.values())
    assert len(set().union(*homes.values())) > 1


def test_the_card_says_what_it_is_and_where_it_came_from(kitchen: Path, tmp_path: Path) -> None:
    build(config(kitchen, card={"pretty_name": "厨房", "source": "写着玩的。"}), tmp_path / "my set")
    page = (tmp_path / "my set" / "README.md").read_text(encoding="utf-8")
    assert "# 厨房\n" in page
    assert "**without a language model**" in page
    assert "写着玩的。" in page
    assert 'load_dataset("my set", "dialogues", split="train")' in page
    assert "nobody stated one" in page
    assert str(tmp_path) not in page
