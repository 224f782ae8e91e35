"""A data set without the words of its script, and the words put back."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub_server import Hub
from roleinstruct.assets import find
from roleinstruct.cleaning.turns import join_texts
from roleinstruct.cli.main import app
from roleinstruct.dataset.folder import WORK, DataFolder
from roleinstruct.dataset.matching import match_lines
from roleinstruct.dataset.overlay import Line, literals, named, parts_of, text_of, unquoted
from roleinstruct.dataset.overlay_tables import OVERLAY, TABLES
from roleinstruct.dataset.quoting import LEAST, Quotes, fold
from roleinstruct.dataset.rows import Row
from roleinstruct.dataset.tables import read_rows
from roleinstruct.errors import ConfigError, FolderError, GateError, SourceError
from roleinstruct.grams import weight
from roleinstruct.pipeline.build import build
from roleinstruct.pipeline.concealing import Concealer
from roleinstruct.pipeline.config import BuildConfig
from roleinstruct.pipeline.data_blocks import CardConfig
from roleinstruct.pipeline.overlay_card import write_overlay_card
from roleinstruct.pipeline.overlaying import digests, make_overlay
from roleinstruct.pipeline.rebuilding import rebuild
from roleinstruct.pipeline.remembering import remembered
from roleinstruct.pipeline.replacing import replacing
from roleinstruct.pipeline.restoring import Restorer
from roleinstruct.pipeline.script_lines import Script
from roleinstruct.publish.card_rules import problems_of
from roleinstruct.publish.pushing import prepare_dataset, push_prepared
from roleinstruct.publish.staging import CARD, stage
from roleinstruct.records import Place

SCENE = """方建国：晓燕，今天的豆角怎么比昨天贵了五毛钱？
林晓燕：方叔，昨晚下大雨，菜都运不进城里来。
方建国：那给我来两斤，晚上包饺子吃。
林晓燕：行，再送您一把小葱，回去好调馅儿。
方建国：好。
林晓燕：您女儿周末回来吗？
方建国：她说要加班，我这心里空落落的。
林晓燕：好。
方建国：你这孩子，光会说好。

林晓燕：方叔，您的老花镜落在我摊上了。
方建国：哎呀，我在家里翻箱倒柜找了一个上午！
林晓燕：好。
方建国：谢谢你，电话还是13812345678吗？
林晓燕：是啊，您有事就打给我，我骑车送过去。
方建国：明天我请你吃韭菜盒子，一定要来。
林晓燕：那我带两瓶汽水，咱爷俩好好聊聊。
（两个人都笑了起来，旁边的人也跟着笑。）
"""


PROFILE = """姓名：方建国
年龄：63岁
性格：热心，爱唠叨，嘴硬心软
背景：在公交公司开了三十年的七路车，退休后每天早上去菜市场转一圈。
"""

QUESTIONS = [
    ("方师傅，您以前开哪一路车？", "七路车，从火车站一直开到南湖，闭着眼睛都能走。"),
    ("方师傅，您最拿手的菜是什么？", "韭菜盒子，皮儿薄得能透亮，我女儿一顿能吃五个。"),
    ("方师傅，您的老花镜丢过几回？", "三回，回回都落在菜摊上，多亏晓燕给我收着。"),
    ("方师傅，您女儿在哪儿上班？", "在医院的药房里，忙起来饭都顾不上吃。"),
]
GENERAL = [
    ("请介绍一种适合阳台种的菜。", "种小葱啊，插在土里就活，包饺子随手掐一把。"),
    ("怎样才能早起？", "开早班车的人不用闹钟，到点儿自己就醒。"),
    ("Why is the sky blue?", "天蓝就蓝呗，您要问这个，得问我那念物理的外孙。"),
]
ROOM = "方建国"
TALK = f"{ROOM}/市场.txt"


def line(number: int, text: str) -> Line:
    return Line(number, text, Place("a.txt", number + 1, number + 1))


def write_script(folder: Path, scene: str = SCENE) -> Path:
    """What there is of an invented market."""
    room = folder / ROOM
    room.mkdir(parents=True)
    (room / "市场.txt").write_text(scene, encoding="utf-8")
    (room / "profile.txt").write_text(PROFILE, encoding="utf-8")
    for name, pairs in (("qa", QUESTIONS), ("general", GENERAL)):
        who = {"role": ROOM} if name == "general" else {}
        rows = [{**who, "instruction": asked, "generated": said} for asked, said in pairs]
        (room / f"{name}.jsonl").write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows), "utf-8")
    return folder


def built(folder: Path, scene: str = SCENE, **privacy: str) -> Path:
    """A data set folder of that market."""
    write_script(folder / "script", scene)
    config = BuildConfig.checked(
        {
            "privacy": privacy,
            "cleaning": {"min_rounds": 2, "target_rounds": 3, "max_rounds": 4},
            "splits": {"validation": 0.2, "test": 0.3},
            "card": {
                "license": "cc-by-4.0",
                "sources": [{"name": "market", "license": "other", "may_publish": "overlay"}],
            },
        },
        "test",
    ).with_source(path=folder / "script")
    build(config, folder / "set")
    return folder / "set"


def strings(value: object) -> list[str]:
    """Every text in rows."""
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for one in inner for text in strings(one)]


# --- the parts of a text


@pytest.mark.parametrize(
    ("text", "lines", "expected"),
    [
        ("Wait. Where is it", ["Wait.", "Where is it"], [0, " ", 1]),
        ("  好 ", ["好"], ["  ", 0, " "]),
        ("我姓李，住在河边的小楼里", ["我姓欧阳，住在河边的小楼里"], [(0, 0, 2), "李，", (0, 4, 12)]),
        ("nothing of that", ["其他的话"], ["nothing of that"]),
        ("", ["好"], []),
    ],
)
def test_a_text_is_taken_apart_into_lines_and_put_together_again(
    text: str, lines: list[str], expected: list[Any]
) -> None:
    near = [line(number, said) for number, said in enumerate(lines)]
    parts = parts_of(text, near, whole=True)
    told = [
        p["text"] if p["line"] is None else p["line"] if p["start"] is None else (p["line"], p["start"], p["end"])
        for p in parts
    ]
    assert told == expected
    assert text_of(parts, dict(enumerate(lines))) == text


def test_a_text_that_lacks_a_line_is_none() -> None:
    parts = parts_of("甲乙丙", [line(4, "乙丙")], whole=True)
    assert text_of(parts, {}) is None
    assert text_of(parts, {4: "乙丙"}) == "甲乙丙"


@given(
    st.text(alphabet="abc 甲乙丙丁，。!Ａ", max_size=40),
    st.lists(st.text(alphabet="abc 甲乙丙丁，。!Ａ", max_size=20), max_size=4),
)
@settings(max_examples=120, deadline=None)
def test_parts_say_the_same_whatever_the_lines(text: str, said: list[str]) -> None:
    near = [line(number, one) for number, one in enumerate(said)]
    quotes = Quotes([fold(one) for one in said])
    for parts in (parts_of(text, near, whole=True), parts_of(text, near)):
        assert text_of(parts, dict(enumerate(said))) == text
        bare = unquoted(parts, quotes, near)
        rebuilt = text_of(bare, dict(enumerate(said)))
        assert rebuilt is not None
        assert fold(rebuilt) == fold(text)
        assert not any(quotes.runs(fold(one)) for one in literals(bare))


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("他总说雨停了再去河边钓鱼也不晚。", "雨停了再去河边钓鱼也不晚"),
        ("雨停，了再。去河边", "雨停了再去河边"),
        ("雨停了再去", ""),
        ("She said: a kettle never boils while you are watching!", "akettleneverboilswhileyou"),
        ("a kettle never", ""),
    ],
)
def test_long_runs_are_quotes_and_short_ones_are_anybodys(text: str, quoted: str) -> None:
    script = [fold("等雨停了再去河边钓鱼也不晚，急什么"), fold("A kettle never boils while you look at it.")]
    folded = fold(text)
    runs = Quotes(script).runs(folded)
    assert "".join(folded[run.start : run.end] for run in runs) == quoted
    assert all(weight(folded[run.start : run.end]) >= LEAST for run in runs)


def test_the_hash_of_a_line_minds_no_form_but_its_words() -> None:
    salt = "00" * 16
    assert named("Ｈello， World ！", salt) == named("hello world", salt) != named("hello word", salt)
    assert named("hello world", salt) != named("hello world", "01" * 16)
    assert named("……", salt) != named("？", salt)


# --- which line is which


@given(st.lists(st.sampled_from("abcdefgh"), max_size=30))
def test_in_an_unchanged_copy_every_line_is_itself(names: list[str]) -> None:
    wanted = dict(enumerate(names))
    assert match_lines(wanted, names) == {number: number for number in wanted}


@pytest.mark.parametrize(
    ("wanted", "given", "expected"),
    [
        ("axbxc", "axbc", {0: 0, 1: 1, 2: 2, 4: 3}),
        ("axbxc", "abxc", {0: 0, 2: 1, 3: 2, 4: 3}),
        ("abcd", "cdab", {0: 2, 1: 3, 2: 0, 3: 1}),
        ("axbx", "zzaxbxzz", {0: 2, 1: 3, 2: 4, 3: 5}),
        ("ab", "", {}),
    ],
)
def test_a_line_is_found_after_others_were_taken_out_or_moved(
    wanted: str, given: str, expected: dict[int, int]
) -> None:
    assert match_lines(dict(enumerate(wanted)), list(given)) == expected


# --- rows of little data sets

WORD = st.text(alphabet="雨停了再去河边钓鱼ab ，。!", min_size=1, max_size=14).filter(lambda word: bool(word.strip()))


@st.composite
def little_sets(draw: st.DrawFn) -> tuple[list[Line], list[Row]]:
    """Lines, and dialogues that join one to three of them to a turn."""
    lines = [line(number, text) for number, text in enumerate(draw(st.lists(WORD, min_size=2, max_size=14)))]
    turns: list[Row] = []
    rest = list(lines)
    while rest:
        run, rest = rest[: (size := draw(st.integers(1, 3)))], rest[size:]
        place = Place("a.txt", run[0].place.first, run[-1].place.last)
        who, text = "甲乙"[len(turns) % 2], join_texts(one.text for one in run)
        turns.append({"speaker": who, "text": text, "emotion": draw(st.sampled_from([None, 3])), "annotator": "source"})
        turns[-1] |= {"confidence": None, "source": str(place), "lines": len(run)}
    row = {
        "dialogue_id": "甲-1",
        "character": "甲",
        "partner": "乙",
        "title": draw(st.sampled_from(["", lines[0].text])),
    }
    return lines, [{**row, "turns": turns, "source": f"a.txt:1-{len(lines)}"}]


@given(little_sets())
@settings(max_examples=60, deadline=None)
def test_rebuilding_undoes_the_overlay_and_the_overlay_is_silent(little: tuple[list[Line], list[Row]]) -> None:
    lines, rows = little
    concealer = Concealer(Script(tuple(lines), ("a.txt",)), None, ())
    restorer = Restorer(lines, {one.number: one for one in lines})
    for row in rows:
        hidden = concealer.dialogue(row)
        assert not [text for text in strings(hidden) if concealer.quotes.runs(fold(text))]
        assert all(not fold(text) for turn in hidden["turns"] for text in literals(turn["text"]))
        assert restorer.dialogue(hidden) == row
    assert restorer.rejected == []


def test_what_was_said_over_three_lines_is_missed_once() -> None:
    lines = [
        line(n, text)
        for n, text in enumerate(("雨下了一夜没有停", "河边的路全淹了", "你今天就别过来了", "好的我等天晴"))
    ]
    spoken = [("苏小棠", "".join(one.text for one in lines[:3]), "1-3"), ("阿柚", lines[3].text, "4")]
    turns = [
        {"speaker": who, "text": text, "source": f"a.txt:{at}", "lines": 1, "annotator": "extractive", "emotion": 0}
        for who, text, at in spoken
    ]
    row: Row = {"dialogue_id": "d", "character": "苏小棠", "title": "", "source": "a.txt:1-4", "turns": turns}
    hidden = Concealer(Script(tuple(lines), ("a.txt",)), None, ()).dialogue(row)
    restorer = Restorer(lines, {3: lines[3]})
    assert restorer.dialogue(hidden) is None
    counts = {(one.reason, one.lines) for one in restorer.rejected}
    assert counts == {("not_in_your_source", 1), ("beside_not_in_your_source", 1)}


# --- from the script that it was made of


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("market")
    make_overlay(built(folder), folder / "overlay")
    return folder


def test_the_same_script_gives_the_same_tables(market: Path, tmp_path: Path) -> None:
    found = rebuild(market / "overlay", market / "script", tmp_path / "set")
    assert found.is_same
    assert (found.missing, found.unknown, dict(found.left_out)) == ((), (), {})
    again, first = DataFolder(tmp_path / "set"), DataFolder(market / "set")
    assert digests(again) == digests(first)
    assert list(again.rows("rejected")) == list(first.rows("rejected"))
    for report in ("accounting", "statistics", "mixture", "sources", "builder"):
        assert again.read_json(f"reports/{report}.json") == first.read_json(f"reports/{report}.json")


def test_no_cell_holds_a_run_of_the_script(market: Path) -> None:
    said = [row.partition("：")[2] for row in (SCENE + PROFILE).splitlines()]
    said += [text for pair in (*QUESTIONS, *GENERAL) for text in pair]
    runs = {folded[n : n + 5] for folded in map(fold, said) for n in range(len(folded) - 4) if not folded.isascii()}
    files = [path for path in (market / "overlay").rglob("*") if path.is_file()]
    assert len(files) > 7
    cells = [
        c
        for table in TABLES
        if (market / "overlay" / table).is_dir()
        for c in strings(list(read_rows(market / "overlay" / table)))
    ]
    cells += [
        text for path in files if path.suffix in (".md", ".json") for text in path.read_text("utf-8").splitlines()
    ]
    assert not [cell for cell in cells if any(run in fold(cell) for run in runs)]
    assert not any("13812345678" in cell for cell in cells)


def test_the_overlay_of_the_same_folder_is_the_same(market: Path, tmp_path: Path) -> None:
    make_overlay(market / "set", tmp_path / "overlay")
    for file in (f for f in (market / "overlay").rglob("*") if f.is_file()):
        assert (tmp_path / "overlay" / file.relative_to(market / "overlay")).read_bytes() == file.read_bytes()


def test_another_punctuation_and_width_still_match(market: Path, tmp_path: Path) -> None:
    write_script(tmp_path / "script", SCENE.replace("，", "， ").replace("！", "!!").replace("好。", "好！"))
    found = rebuild(market / "overlay", tmp_path / "script", tmp_path / "set")
    assert found.missing == found.unknown == ()
    assert not found.is_same


def test_pseudonyms_come_back_and_stand_beside_no_name(tmp_path: Path) -> None:
    data = built(tmp_path, names="replace")
    make_overlay(data, tmp_path / "overlay")
    shutil.rmtree(data)
    (tmp_path / "set.pseudonyms.json").unlink()  # a user has no such file
    found = rebuild(tmp_path / "overlay", tmp_path / "script", tmp_path / "set")
    assert found.is_same
    told = "".join(strings([list(read_rows(tmp_path / "overlay" / table)) for table in ("dialogues", "specific")]))
    assert "林晓燕" not in told
    assert "林晓燕" not in (tmp_path / "overlay" / OVERLAY).read_text("utf-8")


def test_a_line_that_is_hardly_more_than_a_name_has_no_hash(tmp_path: Path) -> None:
    data = built(tmp_path, SCENE.replace("林晓燕：好。", "林晓燕：方建国！", 1), names="replace")
    make_overlay(data, tmp_path / "overlay")
    lines = {row["source"].split("/")[1]: row["hash"] for row in read_rows(tmp_path / "overlay" / "lines")}
    assert lines["市场.txt:8"] is None
    assert all(lines[f"市场.txt:{n}"] for n in (1, 2, 3, 7, 9))
    found = rebuild(tmp_path / "overlay", tmp_path / "script", tmp_path / "again")
    assert found.is_same
    assert found.unknown == ()


# --- from another one


def changed(market: Path, tmp_path: Path, change: Callable[[str], str]) -> tuple[Any, DataFolder]:
    script = write_script(tmp_path / "script", change(SCENE))
    return rebuild(market / "overlay", script, tmp_path / "set"), DataFolder(tmp_path / "set")


def test_a_line_that_is_gone_is_told_with_what_it_takes_with_it(market: Path, tmp_path: Path) -> None:
    found, folder = changed(market, tmp_path, lambda s: s.replace("方建国：那给我来两斤，晚上包饺子吃。\n", ""))
    assert found.missing == (f"{TALK}:3",)
    assert found.unknown == ()
    left = [row for row in folder.rows("rejected") if row["reason"] == "not_in_your_source"]
    assert {f"{TALK}:3"} <= {row["source"] for row in left}
    assert not any(
        "两斤" in text for text in strings([list(folder.rows(t)) for t in ("dialogues", "specific", "chat")])
    )
    accounts = folder.read_json("reports/accounting.json")
    assert accounts["utterance"]["rejected"]["not_in_your_source"] == 1
    for counts in accounts.values():
        assert counts["read"] == counts["kept"] + counts["merged"] + sum(counts["rejected"].values())
    before = {t["text"] for row in DataFolder(market / "set").rows("dialogues") for t in row["turns"]}
    after = {t["text"] for row in folder.rows("dialogues") for t in row["turns"]}
    assert before - after == {"那给我来两斤，晚上包饺子吃。"}
    assert folder.read_json("reports/overlay.json")["not_in_your_source"] == [f"{TALK}:3"]


def test_a_retyped_line_is_told_from_both_sides(market: Path, tmp_path: Path) -> None:
    found, _ = changed(market, tmp_path, lambda s: s.replace("菜都运不进城里来", "菜都没运进来"))
    assert found.missing == found.unknown == (f"{TALK}:2",)


def test_of_several_answers_those_stand_that_are_there(tmp_path: Path) -> None:
    def write_more(script: Path, *answers: str) -> Path:
        rows = [{"role": ROOM, "instruction": "怎样才能早起？", "generated": answer} for answer in answers]
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (script / ROOM / "general2.jsonl").write_text(text, encoding="utf-8")
        return script

    data = built(tmp_path)
    write_more(tmp_path / "script", "早睡呗，老话都这么讲。", "养只公鸡，比什么钟都准。")
    build(remembered(data), data)
    make_overlay(data, tmp_path / "overlay")
    mine = write_more(write_script(tmp_path / "mine"), "早睡呗，老话都这么讲。", "养一只大公鸡吧。")
    found = rebuild(tmp_path / "overlay", mine, tmp_path / "again")
    assert dict(found.left_out) == {"answer not_in_your_source": 1}
    again = DataFolder(tmp_path / "again")
    asked = {row["instruction"]: row["responses"] for s in again.splits("general") for row in again.rows("general", s)}
    assert asked["怎样才能早起？"] == ["开早班车的人不用闹钟，到点儿自己就醒。", "早睡呗，老话都这么讲。"]
    assert again.read_json("reports/accounting.json")["answer"]["rejected"] == {"not_in_your_source": 1}


def test_the_splits_stay_and_places_are_those_of_the_users_script(market: Path, tmp_path: Path) -> None:
    found, folder = changed(market, tmp_path, lambda s: "# 抄本\n\n" + s.replace("方建国：好。\n", ""))
    assert found.missing == (f"{TALK}:5",)
    first = DataFolder(market / "set")
    for config in ("specific", "general"):
        before = {row["id"]: split for split in first.splits(config) for row in first.rows(config, split)}
        after = {row["id"]: split for split in folder.splits(config) for row in folder.rows(config, split)}
        assert after.items() <= before.items()
    said = {t["text"]: t["source"] for row in folder.rows("dialogues") for t in row["turns"]}
    assert said["您女儿周末回来吗？"] == f"{TALK}:7"
    assert said["晓燕，今天的豆角怎么比昨天贵了五毛钱？"] == f"{TALK}:3"


def test_scenes_in_another_order_lose_nothing(market: Path, tmp_path: Path) -> None:
    found, folder = changed(market, tmp_path, lambda s: "\n".join(reversed(s.rstrip().split("\n\n"))) + "\n")
    assert found.missing == ()
    texts = [t["text"] for row in folder.rows("dialogues") for t in row["turns"]]
    assert texts == [t["text"] for row in DataFolder(market / "set").rows("dialogues") for t in row["turns"]]


@given(st.lists(st.integers(0, 16), max_size=8, unique=True))
@settings(max_examples=6, deadline=None)
def test_whatever_is_gone_the_accounts_close(
    market: Path, tmp_path_factory: pytest.TempPathFactory, gone: list[int]
) -> None:
    rows = SCENE.splitlines()
    kept = "\n".join(row for number, row in enumerate(rows) if number not in gone or not row) + "\n"
    found, folder = changed(market, tmp_path_factory.mktemp("gone"), lambda _: kept)
    assert len(found.missing) >= sum(bool(rows[n]) for n in gone) - len(found.unknown)
    for counts in folder.read_json("reports/accounting.json").values():
        assert counts["read"] == counts["kept"] + counts["merged"] + sum(counts["rejected"].values())


# --- what a model wrote


def with_answer(market: Path, tmp_path: Path, answer: str) -> Path:
    """The same data set, with an answer that a model is said to have given."""
    shutil.copytree(market / "set", tmp_path / "set")
    folder = DataFolder(tmp_path / "set")
    rows = [(split, row) for split in folder.splits("specific") for row in folder.rows("specific", split)]
    with folder.writer("specific") as writer:
        for number, (split, row) in enumerate(rows):
            writer.write({**row, **({"response": answer, "provenance": "some-model"} if number == 0 else {})}, split)
    accounts = folder.read_json(f"{WORK}/accounts/import.json")
    accounts["specific"]["read"] -= 1
    accounts["question"]["read"] += 1
    folder.write_json(f"{WORK}/accounts/import.json", accounts)
    return tmp_path / "set"


def test_what_a_model_wrote_stands_but_for_what_it_quotes(market: Path, tmp_path: Path) -> None:
    answer = "我常对人讲：我在家里翻箱倒柜，找了一个上午，才想起眼镜在菜摊上。"
    make_overlay(with_answer(market, tmp_path, answer), tmp_path / "overlay", source=market / "script")
    row = next(read_rows(tmp_path / "overlay" / "specific", DataFolder(tmp_path / "set").splits("specific")[0]))
    assert row["provenance"] == "some-model"
    assert literals(row["response"])[0] == "我常对人讲："
    assert "翻箱倒柜" not in "".join(literals(row["response"]))
    rebuild(tmp_path / "overlay", market / "script", tmp_path / "again")
    again = DataFolder(tmp_path / "again")
    assert answer in {r["response"] for split in again.splits("specific") for r in again.rows("specific", split)}


# --- what cannot be done


def test_a_script_that_has_changed_since_the_build_is_not_told_as_new_text(tmp_path: Path) -> None:
    data = built(tmp_path)
    script = tmp_path / "script" / TALK
    script.write_text(SCENE.replace("再送您一把小葱，回去好调馅儿", "再见"), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"市场\.txt:4 holds words that the script does not have there"):
        make_overlay(data, tmp_path / "overlay")
    assert not (tmp_path / "overlay").exists()


def test_a_card_that_quotes_the_script_stops_the_overlay(market: Path, tmp_path: Path) -> None:
    shutil.copytree(market / "set", tmp_path / "set")
    folder = DataFolder(tmp_path / "set")
    words = folder.read_json("reports/builder.json")
    words["card"]["source"] = "老方说，我在家里翻箱倒柜找了一个上午。"
    folder.write_json("reports/builder.json", words)
    with pytest.raises(GateError, match=r"overlay\.json of the overlay would hold 1\d signs of the script"):
        make_overlay(tmp_path / "set", tmp_path / "overlay", source=market / "script")


def test_an_overlay_that_cannot_be_put_in_place_leaves_the_one_before(tmp_path: Path) -> None:
    (tmp_path / "overlay").mkdir()
    (tmp_path / "overlay" / OVERLAY).write_text("before", encoding="utf-8")
    with pytest.raises(FileNotFoundError), replacing(tmp_path / "overlay") as root:
        root.rmdir()  # so that there is nothing to put in place
    assert (tmp_path / "overlay" / OVERLAY).read_text(encoding="utf-8") == "before"
    assert list(tmp_path.iterdir()) == [tmp_path / "overlay"]


def test_another_script_is_refused_in_a_sentence(market: Path, tmp_path: Path) -> None:
    (tmp_path / "other.txt").write_text("Ann: Did you water the beans?\nBob: Twice, and they still sulk.\n", "utf-8")
    with pytest.raises(SourceError, match="has none of the"):
        rebuild(market / "overlay", tmp_path, tmp_path.with_name("none"))
    (tmp_path / "other.txt").write_text(SCENE.splitlines()[0] + "\n林晓燕：不卖了，收摊。\n", "utf-8")
    with pytest.raises(SourceError, match="your script has none whole: it is another script"):
        rebuild(market / "overlay", tmp_path, tmp_path.with_name("none"))
    assert not tmp_path.with_name("none").exists()


def test_what_is_no_overlay_is_said_to_be_none(market: Path, tmp_path: Path) -> None:
    with pytest.raises(FolderError, match="is no overlay"):
        rebuild(market / "set", market / "script", tmp_path / "set")
    with pytest.raises(FolderError, match="holds something else than an overlay"):
        make_overlay(market / "set", market / "set")
    shutil.copytree(market / "overlay", tmp_path / "overlay")
    report = json.loads((tmp_path / "overlay" / OVERLAY).read_text("utf-8"))
    (tmp_path / "overlay" / OVERLAY).write_text(json.dumps(report | {"format": 99}), "utf-8")
    with pytest.raises(ConfigError, match="format 99"):
        rebuild(tmp_path / "overlay", market / "script", tmp_path / "set")
    (tmp_path / "overlay" / OVERLAY).write_text('{"format": 1}', "utf-8")
    with pytest.raises(ConfigError, match="lacks accounts, built, salt, settings"):
        rebuild(tmp_path / "overlay", market / "script", tmp_path / "set")


# --- published


def test_what_a_person_wrote_in_a_card_stays_when_it_is_made_again(market: Path, tmp_path: Path) -> None:
    for name in ("overlay", "set"):
        shutil.copytree(market / name, tmp_path / name)
        with (tmp_path / name / CARD).open("a", encoding="utf-8") as card:
            card.write("\n## My words\n")
    make_overlay(market / "set", tmp_path / "overlay")
    rebuild(market / "overlay", market / "script", tmp_path / "set")
    for name in ("overlay", "set"):
        edited = (market / name / CARD).read_text(encoding="utf-8") + "\n## My words\n"
        assert (tmp_path / name / CARD).read_text(encoding="utf-8") == edited


def test_a_licence_that_the_hub_does_not_know_is_told_by_name_and_link(tmp_path: Path) -> None:
    card = CardConfig(license="other", license_name="shop-licence", license_link="https://example.org/shop")
    (tmp_path / "lines").mkdir()
    (tmp_path / "lines" / "train-00000-of-00001.parquet").touch()
    write_overlay_card(tmp_path, card, {"settings": {}, "rows": {"lines": 1}}, "shop")
    assert problems_of((tmp_path / CARD).read_text(encoding="utf-8"), "dataset") == []


def test_an_overlay_may_go_where_its_script_may_not(market: Path) -> None:
    prepared = prepare_dataset(market / "overlay", "ann/market", lint_score=0)
    assert list(prepared.report.findings) == []
    assert {name.partition("/")[0] for name in prepared.staged.files} >= {"dialogues", "lines", "left_out", OVERLAY}
    whole = prepare_dataset(market / "set", "ann/market", lint_score=0)
    assert {finding.gate for finding in whole.report.findings} == {"licence"}


def test_a_file_of_that_name_makes_no_overlay_of_a_data_set(market: Path, tmp_path: Path) -> None:
    shutil.copytree(market / "set", tmp_path / "set")
    shutil.copy(market / "overlay" / OVERLAY, tmp_path / "set" / OVERLAY)
    assert OVERLAY in stage(tmp_path / "set", "dataset").files
    report = prepare_dataset(tmp_path / "set", "ann/market", lint_score=0).report
    assert "licence" in {finding.gate for finding in report.findings}


def test_an_overlay_is_pushed_downloaded_and_rebuilt(hub: Hub, person: str, market: Path, tmp_path: Path) -> None:
    from datasets import load_dataset
    from huggingface_hub import snapshot_download

    push_prepared(prepare_dataset(market / "overlay", f"{person}/market", lint_score=0))
    down = Path(snapshot_download(f"{person}/market", repo_type="dataset", local_dir=tmp_path / "down"))
    assert rebuild(down, market / "script", tmp_path / "set").is_same
    dialogues = load_dataset(str(down), cache_dir=str(tmp_path / "cache"), split="train")
    assert dialogues[0]["turns"][0]["text"][0]["line"] is not None
    assert dialogues.features["turns"].feature["emotion"].names[0] == "anger"


def test_build_and_import_do_it_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    script = write_script(tmp_path / "script")
    (tmp_path / "b.yaml").write_text("cleaning: {min_rounds: 2, target_rounds: 3, max_rounds: 4}\n", encoding="utf-8")
    folder = str(tmp_path / "set")
    run("build", str(tmp_path / "b.yaml"), "--source", str(script), "--out", folder, "--overlay")
    assert "set-overlay holds none of the script's words: dialogues 2, " in capsys.readouterr().err
    write_script(tmp_path / "mine", SCENE.replace("方建国：好。\n", ""))
    again = str(tmp_path / "again")
    run("import", again, "--source", str(tmp_path / "mine"), "--overlay", f"{folder}-overlay")
    told = capsys.readouterr().err
    assert f"1 lines are not in your script as they were: {TALK}:5; all are in" in told
    assert "left out: 1 × utterance not_in_your_source" in told
    with pytest.raises(FolderError, match="was rebuilt from an overlay"):
        run("mix", again)
    run("overlay", folder, "--out", str(tmp_path / "other"))
    assert (tmp_path / "other" / OVERLAY).read_bytes() == (tmp_path / "set-overlay" / OVERLAY).read_bytes()


def run(*words: str) -> None:
    """The command line, in this process."""
    app(list(words), standalone_mode=False)


# --- from real data


def comes_back(builder: str, source: Path, folder: Path) -> None:
    build(BuildConfig.load(builder).with_source(path=source), folder / "set")
    make_overlay(folder / "set", folder / "overlay")
    found = rebuild(folder / "overlay", source, folder / "again")
    assert found.is_same
    assert list(DataFolder(folder / "again").rows("rejected")) == list(DataFolder(folder / "set").rows("rejected"))
    assert (found.missing, found.unknown) == ((), ())


@pytest.mark.slow
def test_the_bundled_sample_comes_back(tmp_path: Path) -> None:
    comes_back("sample", find("builders/sample") / "raw", tmp_path)


@pytest.mark.slow
def test_a_part_of_the_release_comes_back(release: Path, tmp_path: Path) -> None:
    shutil.copytree(release / "桃子", tmp_path / "part" / "桃子")
    comes_back("rolecraft_release", tmp_path / "part", tmp_path)


@pytest.mark.slow
def test_cped_comes_back(cped: Path, tmp_path: Path) -> None:
    comes_back("cped", cped, tmp_path)
