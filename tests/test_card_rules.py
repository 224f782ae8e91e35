"""The rules of a card, checked without a hub: what is sound passes, and each flaw is named with its cure."""

import math
from pathlib import Path
from typing import Any

import pytest
from datasets import ClassLabel, Dataset, Features, Value
from huggingface_hub import HfApi

from hub_server import Hub
from little_cards import GOLDEN
from roleinstruct.dataset.card_metadata import size_category
from roleinstruct.publish.card_problem import is_repo_id
from roleinstruct.publish.card_rules import CardKind, problems_of
from roleinstruct.publish.card_words import LICENCES, known_words
from roleinstruct.publish.card_yaml import with_metadata
from roleinstruct.publish.gates.card import check_card
from roleinstruct.publish.staging import CARD, Staged

RESULT = {
    "task": {"type": "text-generation"},
    "dataset": {"type": "a/b", "name": "b"},
    "metrics": [{"type": "rouge", "value": 0.3}],
}


def found(kind: CardKind, body: str = "", **metadata: Any) -> list[str]:  # noqa: ANN401 - YAML
    return [problem.where for problem in problems_of(with_metadata(metadata, body), kind)]


@pytest.mark.parametrize(
    ("name", "kind"),
    [("dataset.md", "dataset"), ("adapter.md", "model"), ("rouge_l.md", "space"), ("rpcs.md", "space")],
)
def test_our_own_cards_are_sound(name: str, kind: CardKind) -> None:
    assert problems_of((GOLDEN / name).read_text(encoding="utf-8"), kind) == []


@pytest.mark.parametrize(
    ("metadata", "where"),
    [
        ({"license": "MIT License"}, "license"),
        ({"license": 3}, "license"),
        ({"license": ["mit", "mine"]}, "license"),
        ({"license": "other"}, "license"),
        ({"language": ["zh", "chinese"]}, "language"),
        ({"language": False}, "language"),
        ({"size_categories": "huge"}, "size_categories"),
        ({"annotations_creators": ["machine"]}, "annotations_creators"),
        ({"language_creators": ["no-annotation"]}, "language_creators"),
        ({"multilinguality": "bilingual"}, "multilinguality"),
        ({"source_datasets": ["copied"]}, "source_datasets"),
        ({"source_datasets": ["extended|a/b/c"]}, "source_datasets"),
        ({"tags": [1, "a"]}, "tags"),
        ({"pretty_name": 12}, "pretty_name"),
        ({"configs": [{"data_files": "x"}]}, "configs"),
        ({"configs": [{"config_name": "a", "default": True}, {"config_name": "a"}]}, "configs"),
    ],
)
def test_a_flaw_of_a_data_set_is_named(metadata: dict[str, Any], where: str) -> None:
    assert found("dataset", **metadata) == [where]


@pytest.mark.parametrize(
    ("metadata", "where"),
    [
        ({"base_model": "/home/ann/base"}, "base_model"),
        ({"base_model": "a/b/c"}, "base_model"),
        ({"base_model": ["a/b", "../x"]}, "base_model"),
        ({"base_model_relation": "child"}, "base_model_relation"),
        ({"datasets": "C:\\data"}, "datasets"),
        ({"pipeline_tag": 1}, "pipeline_tag"),
        ({"model-index": {"name": "m"}}, "model-index"),
        ({"model-index": [{"name": "m"}]}, "model-index"),
        ({"model-index": [{"name": "m", "results": [{}]}]}, "model-index of m"),
        ({"model-index": [{"name": "m", "results": [RESULT | {"dataset": {"type": "a/b"}}]}]}, "model-index of m"),
        ({"model-index": [{"name": "m", "results": [RESULT | {"metrics": [{"type": "x"}]}]}]}, "model-index of m"),
        (
            {"model-index": [{"name": "m", "results": [RESULT | {"metrics": [{"type": "x", "value": math.nan}]}]}]},
            "model-index of m",
        ),
    ],
)
def test_a_flaw_of_a_model_is_named(metadata: dict[str, Any], where: str) -> None:
    assert found("model", **metadata)[0] == where
    assert (
        found("model", base_model="a/b", datasets=["c/d"], **{"model-index": [{"name": "m", "results": [RESULT]}]})
        == []
    )


@pytest.mark.parametrize(
    ("metadata", "where"),
    [
        ({"sdk": "flask"}, "sdk"),
        ({}, "sdk"),
        ({"sdk": "gradio", "colorFrom": "teal"}, "colorFrom"),
        ({"sdk": "gradio", "short_description": "x" * 61}, "short_description"),
        ({"sdk": "gradio", "title": 1}, "title"),
        ({"sdk": "gradio", "models": ["/tmp/m"]}, "models"),
    ],
)
def test_a_flaw_of_a_space_is_named(metadata: dict[str, Any], where: str) -> None:
    assert found("space", **metadata)[0] == where


@pytest.mark.parametrize(
    "line",
    [
        "open /home/ann/x.json",
        "`/tmp/base`",
        "C:\\Users\\ann\\x",
        "see ~/models/base",
        "file:///etc/x",
        '"/Users/ann/b"',
    ],
)
def test_a_path_of_this_machine_is_found_with_its_line(line: str) -> None:
    assert found("model", f"# Card\n\n{line}\n") == ["line 6"]


@pytest.mark.parametrize(
    "line", ["https://example.org/home/ann/x", "and/or", "a/home/b", "//home/x", "1/2", "~ 3 /root"]
)
def test_what_only_looks_like_a_path_is_not_found(line: str) -> None:
    assert found("model", line) == []


def test_yaml_that_cannot_be_read_is_one_problem() -> None:
    [problem] = problems_of("---\nlicense: [\n---\n", "dataset")
    assert "the head of the card" in str(problem)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    features = Features({"text": Value("string"), "emotion": ClassLabel(names=["anger", "fear"])})
    path = tmp_path / "train-0.parquet"
    Dataset.from_dict({"text": ["a", "b"], "emotion": [0, 1]}, features=features).to_parquet(path)
    return path


def columns(*names: str) -> list[dict[str, Any]]:
    label = {"class_label": {"names": {str(n): name for n, name in enumerate(names)}}}
    features = [{"name": "text", "dtype": "string"}, {"name": "emotion", "dtype": label}]
    return [{"config_name": "d", "features": features}]


def of_files(table: Path, **changes: Any) -> list[str]:  # noqa: ANN401 - YAML
    metadata = {
        "size_categories": ["n<1K"],
        "dataset_info": columns("anger", "fear"),
        "configs": [{"config_name": "d", "data_files": [{"split": "train", "path": "d/train-*"}], "default": True}],
    }
    card = with_metadata(metadata | changes, "")
    return [str(problem) for problem in problems_of(card, "dataset", {CARD: b"", "d/train-0.parquet": table})]


def test_the_card_is_held_against_the_files(table: Path) -> None:
    assert of_files(table) == []
    assert "emotion of d is another in the files" in of_files(table, dataset_info=columns("fear", "anger"))[0]
    assert "for 2 rows; write n<1K" in of_files(table, size_categories=["1K<n<10K"])[0]
    other = {"config_name": "d", "data_files": [{"split": "test", "path": "d/test-*"}], "default": True}
    assert [line.partition(";")[0] for line in of_files(table, configs=[other])] == [
        "configs: no file is named d/test-*",
        "configs: no config reads d/train-0.parquet",
    ]
    assert "cannot be read" in of_files(table, dataset_info=[{"config_name": "d", "features": [{"dtype": "x"}]}])[0]


@pytest.mark.parametrize(("defaults", "problems"), [("", 1), ("a", 0), ("b", 0), ("ab", 1)])
def test_exactly_one_config_is_the_default(defaults: str, problems: int) -> None:
    configs = [{"config_name": n, "data_files": n, **({"default": True} if n in defaults else {})} for n in "ab"]
    card = with_metadata({"configs": configs}, "")
    assert len([p for p in problems_of(card, "dataset", {}) if "default" in p.mend]) == problems
    assert problems_of(card, "dataset") == []  # a hub takes it all the same


def test_somebody_elses_config_and_rejected_rows_are_left_alone(table: Path) -> None:
    poems = {"config_name": "poems", "data_files": "poems/*.parquet"}
    ours = {"config_name": "d", "data_files": [{"split": "train", "path": "d/*"}], "default": True}
    card = with_metadata({"configs": [ours, poems], "size_categories": ["n<1K"]}, "")
    assert problems_of(card, "dataset", {"d/train-0.parquet": table, "rejected/train-0.parquet": table}) == []


def test_the_gate_tells_it_with_its_place(table: Path) -> None:
    staged = Staged("metric", table.parent, {CARD: b"---\nsdk: gradio\napp_file: app.py\n---\n"})
    [finding] = check_card(staged)
    assert (finding.gate, finding.where, finding.name) == ("card", "README.md app_file", "card:README.md")


def test_a_hub_refuses_what_the_rules_refuse(hub: Hub, person: str) -> None:
    api = HfApi()
    api.create_repo(f"{person}/x", repo_type="dataset")

    def send(card: str) -> None:
        api.upload_file(path_or_fileobj=card.encode(), path_in_repo=CARD, repo_id=f"{person}/x", repo_type="dataset")

    with pytest.raises(ValueError, match="is no licence id"):
        send("---\nlicense: mine\n---\n")
    send("---\nlicense: mit\n---\n")
    assert hub.files("dataset", f"{person}/x")[CARD] == b"---\nlicense: mit\n---\n"


@pytest.mark.parametrize(
    ("rows", "word"),
    [(0, "n<1K"), (999, "n<1K"), (1000, "1K<n<10K"), (27_259, "10K<n<100K"), (10**6, "1M<n<10M"), (10**13, "n>1T")],
)
def test_the_word_for_a_size_is_one_of_the_hubs(rows: int, word: str) -> None:
    assert size_category(rows) == word
    assert word in (known_words("size_categories") or ())


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("a/b", True),
        ("gpt2", True),
        ("THUDM/glm-4", True),
        ("/a/b", False),
        ("a/b/c", False),
        ("a/..b", False),
        (3, False),
    ],
)
def test_names_of_repositories(name: object, is_one: bool) -> None:
    assert is_repo_id(name) is is_one


def test_the_words_of_the_lists() -> None:
    assert {"zh", "en", "yue"} <= (known_words("language") or set())
    assert {"apache-2.0", "cc-by-nc-sa-4.0", "other", "unknown"} <= LICENCES
    assert all(word == word.lower() for word in LICENCES)
