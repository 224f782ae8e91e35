"""Builder files: where they are looked for, and what is refused before anything is read."""

from pathlib import Path

import pytest

from roleinstruct import assets
from roleinstruct.errors import ConfigError
from roleinstruct.pipeline.config import BuildConfig


@pytest.mark.parametrize("name", ["sample", "sample.yaml", "builders/sample", "builders/sample.yaml"])
def test_a_bundled_builder_is_known_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    assert BuildConfig.load(name).source.path == assets.root() / "builders" / "sample" / "raw"


@pytest.mark.parametrize("name", ["no/such/folder/sample.yaml", "../sample.yaml", "/sample.yaml", "my/builders/sample"])
def test_a_path_that_is_not_there_is_no_bundled_builder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match="is no file, and a builder file was expected: check the path"):
        BuildConfig.load(name)


def test_a_builder_of_the_users_comes_before_a_bundled_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("sample.yaml").write_text("source: {path: mine}", encoding="utf-8")
    assert BuildConfig.load("sample.yaml").source.path == tmp_path / "mine"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("source: {labels: {annoyed: rage against}}", "source.labels.annoyed is 'rage against': none of the ten"),
        ("cleaning: {min_rounds: 12}", "cleaning: min_rounds=12, target_rounds=15, max_rounds=20 cannot be met"),
        ("cleaning: {target_rounds: 30}", "target_rounds=30, max_rounds=20 cannot be met together"),
        (
            "cleaning: {dialogue_similarity: 0.5}",
            "dialogue_similarity is 0.5: input should be greater than or equal to 0.6",
        ),
        (
            "cleaning: {instruction_similarity: 1.1}",
            "instruction_similarity is 1.1: input should be less than or equal to 1",
        ),
        ("splits: {validation: 0.5, test: 0.5}", "splits: validation 0.5 and test 0.5 are no shares of a whole"),
    ],
)
def test_what_cannot_be_meant_is_refused_when_the_file_is_loaded(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "my.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        BuildConfig.load(str(path))
    assert message in str(error.value)
    assert "\n" not in str(error.value)
    assert not str(error.value).endswith("..")


def test_labels_name_the_ten_in_any_language(tmp_path: Path) -> None:
    path = tmp_path / "my.yaml"
    path.write_text("source: {labels: {annoyed: 愤怒, glad: happiness}}", encoding="utf-8")
    assert BuildConfig.load(str(path)).source.labels == {"annoyed": "愤怒", "glad": "happiness"}
