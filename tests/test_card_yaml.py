"""The head of a card: every reader reads the same in it, and what others wrote there stays as they wrote it."""

import pytest
import yaml
from huggingface_hub import RepoCard
from hypothesis import example, given, settings
from hypothesis import strategies as st

from roleinstruct.publish.card_regions import merged_card
from roleinstruct.publish.card_rules import problems_of
from roleinstruct.publish.card_yaml import metadata_for_clients, metadata_of, page_of, with_metadata

OURS = with_metadata({"license": "mit", "tags": ["role-play"]}, "# Ours\n")


@pytest.mark.parametrize(
    ("theirs", "kept"),
    [
        ("language: no", "language: 'no'"),
        ("length: 12:30:00", "length: '12:30:00'"),
        ("tons: 1_000", "tons: '1_000'"),
        ("date: 2026-11-21", "date: '2026-11-21'"),
        ("version: 1.10", "version: 1.10"),
        ("rate: 1e-3", "rate: 1e-3"),
        ("id: 007", "id: 007"),
        ("mask: 0x1F", "mask: 0x1F"),
        ("most: .inf", "most: .inf"),
        ("rows: 12", "rows: 12"),
        ("gated: true", "gated: true"),
        ("extra: ~", "extra: null"),
    ],
)
def test_values_of_others_stay_as_they_were_meant(theirs: str, kept: str) -> None:
    merged = merged_card(OURS, f"---\n{theirs}\n---\n# Theirs\n")
    assert kept in merged.splitlines()
    assert merged_card(OURS, merged) == merged


def test_words_that_yaml_once_took_for_yes_and_no_stay_tags() -> None:
    merged = merged_card(OURS, "---\ntags:\n- on\n- off\n- 12\n---\n# Theirs\n")
    assert metadata_of(merged)["tags"] == metadata_for_clients(merged)["tags"] == ["role-play", "on", "off", 12]


def test_a_language_that_clients_in_python_take_for_false_is_named() -> None:
    assert [problem.where for problem in problems_of("---\nlanguage: no\n---\n", "dataset")] == ["language"]
    assert problems_of("---\nlanguage: 'no'\n---\n", "dataset") == []


@pytest.mark.parametrize("head", ["n: !!int abc", "n: !!float a", "[a]: {}", "a: &x [*y]", "- 1"])
def test_what_is_no_yaml_or_no_mapping_is_one_sentence(head: str) -> None:
    assert "\n" not in str(problems_of(f"---\n{head}\n---\n", "dataset")[0])


ODD = "no on Yes ~ null 1e3 12:30 08:30 1_000 010 0o17 0b1 1.10 .5 ._1 +.inf 2026-11-21 << = --- ... a:_ -_1".split()
WORDS = st.sampled_from(ODD) | st.text(max_size=8) | st.text("0123456789.:_-+exo ~'\"#\n\x85\u2028\t", max_size=8)
NUMBERS = st.integers() | st.floats(allow_nan=False) | st.booleans() | st.none()
METADATA = st.dictionaries(WORDS, WORDS | NUMBERS | st.lists(WORDS, max_size=3), max_size=4)


@settings(max_examples=60)
@example({"title": "Terms\n---\nYou agree", "---": "\n---\n"})
@given(METADATA)
def test_both_yamls_read_in_a_card_what_was_written(metadata: dict[str, object]) -> None:
    card = with_metadata(metadata, "---\n# Page\n---\n")
    assert metadata_of(card) == metadata_for_clients(card) == metadata
    assert page_of(card) == "---\n# Page\n---\n"
    assert with_metadata(metadata_of(card), page_of(card)) == card


def test_a_line_of_dashes_inside_a_text_ends_no_head() -> None:
    terms = {"extra_gated_prompt": "Terms\n---\nYou agree", "license": "mit"}
    card = with_metadata(terms, "# Page\n")
    assert RepoCard(card, ignore_metadata_errors=True).data.to_dict() == terms
    assert page_of(card) == RepoCard(card).text == "# Page\n"
    assert yaml.safe_load(card.removesuffix("---\n# Page\n")) == terms
