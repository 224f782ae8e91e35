"""Chat rows as other training programs read them."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from datasets import load_dataset

from roleinstruct.cli.main import main
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.errors import ConfigError, FolderError
from roleinstruct.pipeline.chat_formats import CHAT_FORMATS, export_chat
from roleinstruct.records import Utterance
from roleinstruct.sources import chats
from roleinstruct.sources.reading import ReadOptions
from roleinstruct.sources.text import look

SYSTEM = "You are Nora Field."


def row(number: int, *messages: str) -> dict[str, Any]:
    """A row of `chat`: "u" or "a" in front of each message behind the system's; the last is the completion."""
    roles = {"u": "user", "a": "assistant"}
    said = [{"role": roles[text[0]], "content": text[1:]} for text in messages]
    return {
        "id": f"nora-{number}", "character": "Nora Field", "kind": "specific",
        "prompt": [{"role": "system", "content": SYSTEM}, *said[:-1]], "completion": said[-1:],
    }  # fmt: skip


ROWS = {
    "train": [
        row(1, "uIs there post?", "aTwo letters\nand a card."),
        row(2, "u早！", "a早啊。", "u有信吗？", "a有两封。"),
        row(3, "aMind the step.", "uThanks.", "uAny post?", "aNone."),
    ],
    "validation": [row(4, "uWho sent it?", "aYour sister.")],
    "test": [row(5, "uFrom where?", "aBergen.")],
}


@pytest.fixture(scope="module")
def nora(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data set folder with chat rows in three splits."""
    folder = DataFolder(tmp_path_factory.mktemp("sets") / "nora's set")
    with folder.writer("chat") as writer:
        for split, rows in ROWS.items():
            for one in rows:
                writer.write(one, split)
    return folder.root


def written(nora: Path, out: Path, name: str) -> dict[str, list[dict[str, Any]]]:
    counts = export_chat(nora, out, name)
    found = {
        split: [json.loads(line) for line in (out / f"{split}.jsonl").read_text("utf-8").split("\n")[:-1]]
        for split in ROWS
    }
    assert list(counts.items()) == [(split, len(rows)) for split, rows in found.items()]
    return found


@pytest.mark.parametrize("name", CHAT_FORMATS)
def test_splits_and_ids_are_kept(nora: Path, tmp_path: Path, name: str) -> None:
    found = written(nora, tmp_path / "out", name)
    assert {s: [r["id"] for r in rows] for s, rows in found.items()} == {
        s: [r["id"] for r in rows] for s, rows in ROWS.items()
    }


def test_sharegpt_takes_turns(nora: Path, tmp_path: Path) -> None:
    first, second, third = written(nora, tmp_path / "out", "sharegpt")["train"]
    assert first["conversations"] == [
        {"from": "system", "value": SYSTEM},
        {"from": "human", "value": "Is there post?"},
        {"from": "gpt", "value": "Two letters\nand a card."},
    ]
    assert [part["from"] for part in second["conversations"]] == ["system", "human", "gpt", "human", "gpt"]
    assert [(part["from"], part["value"]) for part in third["conversations"][1:]] == [
        ("human", ""), ("gpt", "Mind the step."), ("human", "Thanks.\nAny post?"), ("gpt", "None."),
    ]  # fmt: skip


def test_chatml_is_the_messages_as_they_are(nora: Path, tmp_path: Path) -> None:
    found = written(nora, tmp_path / "out", "chatml")
    assert found["train"][2] == {
        "id": "nora-3",
        "messages": ROWS["train"][2]["prompt"] + ROWS["train"][2]["completion"],
    }


def test_alpaca_has_earlier_rounds_as_history(nora: Path, tmp_path: Path) -> None:
    first, second, third = written(nora, tmp_path / "out", "alpaca")["train"]
    assert first == {
        "id": "nora-1", "instruction": "Is there post?", "input": "", "output": "Two letters\nand a card.",
        "system": SYSTEM, "history": [],
    }  # fmt: skip
    assert (second["history"], second["instruction"], second["output"]) == (
        [["早！", "早啊。"]],
        "有信吗？",
        "有两封。",
    )
    assert third["history"] == [["", "Mind the step."]]


def test_llama_factory_finds_every_file_and_tag(nora: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    found = written(nora, out, "llama-factory")
    info = json.loads((out / "dataset_info.json").read_text("utf-8"))
    assert list(info) == ["nora_s_set_train", "nora_s_set_validation", "nora_s_set_test"]
    for (name, described), split in zip(info.items(), ROWS, strict=True):
        assert described["formatting"] == "sharegpt"
        tags, messages = described["tags"], described["columns"]["messages"]
        assert (out / described["file_name"]).name == f"{split}.jsonl", name
        for one in found[split]:
            assert all(set(part) == {tags["role_tag"], tags["content_tag"]} for part in one[messages])
            roles = [part[tags["role_tag"]] for part in one[messages]]
            assert roles[0] == tags["system_tag"]
            # LLaMA-Factory leaves out rows in which the user is not at every odd place behind the system's.
            assert set(roles[1::2]) == {tags["user_tag"]}
            assert set(roles[2::2]) == {tags["assistant_tag"]}


def test_axolotl_learns_the_last_answer_alone(nora: Path, tmp_path: Path, hf_cache: Path) -> None:
    out = tmp_path / "out"
    written(nora, out, "axolotl")
    config = yaml.safe_load((out / "axolotl.yaml").read_text("utf-8"))
    assert set(config) == {"datasets", "test_datasets"}
    (train,), (held,) = config["datasets"], config["test_datasets"]
    assert (train["path"], train["type"], held["path"], held["split"]) == (
        "train.jsonl", "chat_template", "validation.jsonl", "train",
    )  # fmt: skip
    # As axolotl opens a local file: by its type, the one split of it.
    loaded = load_dataset(train["ds_type"], data_files=str(out / train["path"]), split="train", cache_dir=str(hf_cache))
    properties = train["message_property_mappings"]
    for one in loaded:
        messages = one[train["field_messages"]]
        assert messages[0][properties["role"]] == "system"
        assert [m[train["message_field_training"]] for m in messages] == [False] * (len(messages) - 1) + [True]
    assert train["roles_to_train"] == []


@pytest.mark.parametrize("name", ["sharegpt", "chatml"])
def test_what_is_written_can_be_read_as_a_source(nora: Path, tmp_path: Path, name: str) -> None:
    export_chat(nora, tmp_path / "out", name)
    head = look(tmp_path / "out" / "validation.jsonl", "validation.jsonl")
    assert chats.fits(head) == "conversations"
    said = [event.text for event in chats.read(head, ReadOptions()) if isinstance(event, Utterance)]
    assert said == ["Who sent it?", "Your sister."]


def test_a_folder_in_use_or_without_rows_and_an_unknown_format_are_said(nora: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="expected one of sharegpt, chatml, alpaca, llama-factory, axolotl"):
        export_chat(nora, tmp_path / "out", "xml")
    with pytest.raises(FolderError, match="has no chat rows"):
        export_chat(tmp_path, tmp_path / "out", "chatml")
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(ConfigError, match="not an empty folder"):
        export_chat(nora, tmp_path, "chatml")


def test_the_command_says_what_it_wrote(
    nora: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["export", "chat", nora, "--format", "llama-factory", "--out", tmp_path / "out"]
    monkeypatch.setattr(sys, "argv", ["roleinstruct", *map(str, words)])
    with pytest.raises(SystemExit) as stop:
        main()
    out, err = capfd.readouterr()
    assert (stop.value.code or 0, out) == (0, "")
    assert "train 3, validation 1, test 1 rows as llama-factory" in err
    assert "mask_history: true" in err
