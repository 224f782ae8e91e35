"""General instructions: the bundled set, files and data sets of the shapes that the field uses."""

import json
from collections import Counter
from pathlib import Path

import pytest

from roleinstruct import assets
from roleinstruct.dataset.splits import instruction_key
from roleinstruct.errors import ConfigError, SourceError
from roleinstruct.language import language_of
from roleinstruct.pipeline.config import BuildConfig
from roleinstruct.pipeline.general import expect_source, general_instructions
from roleinstruct.pipeline.listener import Listener
from roleinstruct.pipeline.model_blocks import GeneralConfig
from roleinstruct.records import Instruction

ALPACA = [
    {"instruction": "Name three fruits.", "input": "", "output": "Apples, pears and plums."},
    {"instruction": "Say it in one word.", "input": "very, very tired", "output": "Exhausted."},
]
ROLEBENCH = [
    {"role": "Ann", "question": "Why is the sky blue?", "generated": ["Ask the sky, dear!", "No idea, love."]},
    {"role": "Bob", "question": "Why is the sky blue?", "generated": ["Physics."]},
    {"question": "How do magnets work?", "generated": ["By the spins of electrons."]},
]


def read(*languages: str, listener: Listener | None = None, **words: object) -> list[Instruction]:
    config = BuildConfig.checked({"general": words}, "test").general
    return general_instructions(config, languages or ("en",), listener or Listener())


def write(path: Path, rows: list[dict[str, object]]) -> str:
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    return str(path)


def test_the_bundled_set_has_eighty_of_each_language_and_no_two_alike() -> None:
    found = read("zh", "en")
    assert Counter(language_of(item.instruction) for item in found) == {"zh": 80, "en": 80}
    assert len({instruction_key(item.instruction) for item in found}) == len({item.id for item in found}) == 160
    assert {item.raw_response for item in found} == {None}
    first = read("zh")[0]
    assert (first.id, first.evidence) == ("zh-advice-01", ("bundled/everyday_zh.jsonl:1",))
    assert (first.kind, first.character, first.responses) == ("general", "", ())


def test_the_bundled_set_is_of_many_kinds_in_both_languages() -> None:
    kinds = []
    for name in ("everyday_zh", "everyday_en"):
        lines = assets.find(f"builders/general/{name}.jsonl").read_text(encoding="utf-8").splitlines()
        rows = [json.loads(line) for line in lines]
        assert all({"id", "instruction", "category"} <= set(row) for row in rows)
        assert all(row.get("input") for row in rows if row["category"] == "summary")
        kinds.append(Counter(row["category"] for row in rows))
    assert kinds[0] == kinds[1]
    assert len(kinds[0]) >= 10


def test_alpaca_rows_bring_their_input_and_a_neutral_answer(tmp_path: Path) -> None:
    first, second = read(source=write(tmp_path / "alpaca.jsonl", ALPACA))
    assert (first.instruction, first.raw_response) == ("Name three fruits.", "Apples, pears and plums.")
    assert second.instruction == "Say it in one word.\nvery, very tired"
    assert second.evidence == ("alpaca.jsonl:2",)


def test_an_array_and_tables_are_read_like_json_lines(tmp_path: Path) -> None:
    import pyarrow
    import pyarrow.parquet

    array, table, parquet = tmp_path / "a.json", tmp_path / "a.csv", tmp_path / "a.parquet"
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(ALPACA), parquet)
    array.write_text(json.dumps(ALPACA), encoding="utf-8")
    table.write_text(
        'instruction,input,output\nName three fruits.,,"Apples, pears and plums."\n'
        'Say it in one word.,"very, very tired",Exhausted.\n',
        encoding="utf-8",
    )
    told = [
        [(item.instruction, item.raw_response) for item in read(source=str(path))] for path in (array, table, parquet)
    ]
    assert (
        told[0]
        == told[1]
        == told[2]
        == [(i.instruction, i.raw_response) for i in read(source=write(tmp_path / "b", ALPACA))]
    )


def test_of_rolebench_rows_the_question_counts_once_and_a_role_s_answer_is_not_neutral(tmp_path: Path) -> None:
    first, second = read(source=write(tmp_path / "rb.jsonl", ROLEBENCH))
    assert (first.instruction, first.raw_response) == ("Why is the sky blue?", None)
    assert (second.instruction, second.raw_response) == ("How do magnets work?", "By the spins of electrons.")


def test_a_column_map_goes_before_the_names(tmp_path: Path) -> None:
    source = write(
        tmp_path / "x.jsonl", [{"query": "Name a tree.", "prompt": "system", "gold": "Oak.", "output": "no"}]
    )
    [item] = read(source=source, columns={"instruction": "query", "response": "gold"})
    assert (item.instruction, item.raw_response) == ("Name a tree.", "Oak.")


def test_a_folder_of_parquet_is_opened_by_load_dataset(tmp_path: Path, hf_cache: Path) -> None:
    from datasets import Dataset

    folder = tmp_path / "set"
    folder.mkdir()
    Dataset.from_list(ALPACA).to_parquet(folder / "train.parquet")
    found = read(source=str(folder))
    assert [item.instruction for item in found] == ["Name three fruits.", "Say it in one word.\nvery, very tired"]
    assert found[1].evidence == ("set:2",)
    with pytest.raises(SourceError, match=r"general instructions of set cannot be loaded \(.*split"):
        read(source=str(folder), split="nothing")
    assert hf_cache.is_dir()


def test_a_hub_that_cannot_be_reached_is_one_sentence(
    hf_cache: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SourceError) as caught:
        read(source="hub:nobody/no-such-set@main")
    message = str(caught.value)
    assert message.startswith("the general instructions of nobody/no-such-set cannot be loaded (")
    assert message.endswith("whether the Hub can be reached.")
    assert "\n" not in message
    assert (caplog.messages, capfd.readouterr().err) == ([], "")


def test_a_limit_is_for_each_language_and_reads_no_further(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [{"instruction": f"Name {n} trees."} for n in range(5)]
    rows += [{"instruction": f"说出{n}种树。"} for n in range(5)]
    source = write(tmp_path / "mixed.jsonl", rows)
    assert len(read("en", source=source, limit=2)) == 2
    both = read("zh", "en", source=source, limit=2)
    assert [item.instruction for item in both][-2:] == ["说出0种树。", "说出1种树。"]
    assert len(read("zh", source=source, language="any", limit=3)) == 3
    assert len(read("zh", source=source, language="any")) == 10


def test_a_sum_without_words_is_for_everybody(tmp_path: Path) -> None:
    source = write(tmp_path / "sums.jsonl", [{"instruction": "12 × 12 = ?"}, {"instruction": "Name a tree."}])
    assert [item.instruction for item in read("zh", source=source)] == ["12 × 12 = ?"]


def test_a_broken_row_is_told_of_and_costs_itself_alone(tmp_path: Path) -> None:
    path = tmp_path / "broken.jsonl"
    path.write_text('{"instruction": "Name a tree."}\n{"instruction": "Na\n{"instruction": "Name a fish."}\n')
    heard: list[str] = []
    found = read(source=str(path), listener=Listener(say=heard.append))
    assert [item.instruction for item in found] == ["Name a tree.", "Name a fish."]
    assert heard == ["left out: broken.jsonl:2 is no instruction (broken_json)."]


def test_a_table_of_one_column_is_a_list_of_instructions(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text(
        'instruction\nName a tree, please.\n"Name ""a"" fish,\nor two."\n\nName a bird.\n', encoding="utf-8"
    )
    found = read(source=str(path))
    assert [i.instruction for i in found] == ["Name a tree, please.", 'Name "a" fish,\nor two.', "Name a bird."]
    assert found[1].evidence == ("list.csv:3-4",)
    path.write_text("Name a tree.\nName a fish.\n", encoding="utf-8")
    with pytest.raises(SourceError, match=r"has the columns Name a tree\., none of them known"):
        read(source=str(path))


def test_a_number_is_no_instruction(tmp_path: Path) -> None:
    heard: list[str] = []
    source = write(tmp_path / "odd.jsonl", [{"instruction": 5}, {"instruction": "Name a tree."}])
    found = read(source=source, listener=Listener(say=heard.append))
    assert [item.instruction for item in found] == ["Name a tree."]
    assert heard == ["left out: odd.jsonl:1 is no instruction (5 stands where a text was expected)."]


@pytest.mark.parametrize("columns", ["instruction", "instruction,input"])
def test_a_quote_that_does_not_end_is_noticed(columns: str, tmp_path: Path) -> None:
    more = ",x" if "," in columns else ""
    path, heard = tmp_path / "open.csv", list[str]()
    path.write_text(f'{columns}\n"Name a tree{more}\nName a fish{more}\n', encoding="utf-8")
    found = read(source=str(path), listener=Listener(say=heard.append))
    assert [item.instruction.split()[2] for item in found] == ["fish"]
    assert heard == ["left out: open.csv:2 is no instruction (a cell begins with a quote that does not end)."]


def test_a_source_that_is_not_there_is_told_before_anything_is_asked() -> None:
    with pytest.raises(SourceError, match="there is no such file or folder"):
        expect_source(GeneralConfig(source="nowhere.csv"))
    for config in (GeneralConfig(source="nowhere.csv", when="never"), GeneralConfig(), GeneralConfig(source="hub:a/b")):
        expect_source(config)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"source": "nowhere.jsonl"}, "there is no such file or folder"),
        ({"source": "{path}", "columns": {"instruction": "ask"}}, "no column 'ask' for the instruction; it has a, b"),
        ({"source": "{path}"}, "none of them known to hold instructions: say"),
        ({"source": "{path}", "columns": {"instruction": "a"}}, "holds no instruction in en"),
    ],
)
def test_what_cannot_be_used_is_told_in_one_sentence(words: dict[str, object], message: str, tmp_path: Path) -> None:
    path = write(tmp_path / "odd.jsonl", [{"a": "种一棵树。", "b": "x"}])
    filled = {key: value.format(path=path) if isinstance(value, str) else value for key, value in words.items()}
    with pytest.raises(SourceError, match=message):
        read(**filled)


def test_a_path_in_a_builder_file_is_relative_to_it(tmp_path: Path) -> None:
    builder = tmp_path / "mine.yaml"
    builder.write_text("general: {source: asked.jsonl, columns: {instruction: q}}\n")
    config = BuildConfig.load(str(builder)).general
    assert config.source == str(tmp_path / "asked.jsonl")
    for source in ("bundled", "hub:a/b"):
        builder.write_text(f"general: {{source: '{source}'}}\n")
        assert BuildConfig.load(str(builder)).general == GeneralConfig(source=source)
    with pytest.raises(ConfigError, match="answer"):
        BuildConfig.checked({"general": {"columns": {"answer": "x"}}}, "test")
