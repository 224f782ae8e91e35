"""The system prompt: what it says, what it leaves out when it must be short, and how it is kept."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roleinstruct.dataset.persona import PHRASINGS, persona, read_personas, write_personas
from roleinstruct.errors import ConfigError
from roleinstruct.records import CharacterProfile

BAKER = CharacterProfile(
    "Nora Field",
    "en",
    {
        "name": "Nora Field",
        "age": "47",
        "height": "168 cm",
        "traits": "Brisk and warm. She never sits down before noon",
        "background": "Took over the bakery from her aunt. Has never left the valley for long",
        "catchphrase": "Flour first",
        "favourite_films": "Silent ones",
        "observed_phrases": "mind you",
    },
)
CARPENTER = CharacterProfile(
    "老方",
    "zh",
    {"职业": "木匠"},
    text="六十岁，修了一辈子桌椅。话不多，爱喝浓茶。徒弟都走了，他还守着那间铺子；夜里常听见刨子响。",
)


def shorter_than(size: int, profile: CharacterProfile, phrasing: int = 0) -> str:
    return persona(profile, phrasing=phrasing, fits=lambda prompt: len(prompt) <= size)


def test_the_persona_speaks_the_profiles_language() -> None:
    assert persona(CharacterProfile("Maggie", "en", text="Name: Maggie")).startswith("You are Maggie.")
    assert persona(CharacterProfile("甲", "zh")) == "你是甲。请以这个人的身份和口吻回答。"


def test_a_persona_without_text_is_made_of_the_fields_by_their_names_in_its_language() -> None:
    fields = {"gender": "female", "inferred_age": "young", "observed_partners": "乙 3"}
    assert persona(CharacterProfile("甲", "zh", fields)).splitlines()[1] == "gender：female；年龄：young"
    assert persona(CharacterProfile("Ann", "en", fields)).splitlines()[1] == "gender: female. Age: young."


def test_what_matters_least_is_dropped_first_and_the_order_of_the_profile_stays() -> None:
    whole = persona(BAKER)
    assert "Name: Nora Field. Age: 47. Height: 168 cm. Traits: Brisk" in whole
    assert "mind you" not in whole
    without_name = shorter_than(len(whole) - 1, BAKER)
    assert "Name" not in without_name
    assert without_name.endswith("catchphrase: Flour first. Favourite films: Silent ones.")
    assert shorter_than(250, BAKER).splitlines()[1] == (
        "Age: 47. Traits: Brisk and warm. She never sits down before noon. "
        "Background: Took over the bakery from her aunt. Has never left the valley for long. catchphrase: Flour first."
    )
    cut = shorter_than(190, BAKER)
    assert cut.endswith("before noon. Background: Took over the bakery from her aunt.")


def test_a_text_that_the_fields_do_not_hold_is_cut_at_the_end_of_a_sentence() -> None:
    about = [shorter_than(size, CARPENTER).partition("\n")[2] for size in range(20, 80)]
    assert list(dict.fromkeys(about)) == [
        "",
        "六十岁，修了一辈子桌椅。",
        "六十岁，修了一辈子桌椅。话不多，爱喝浓茶。",
        "六十岁，修了一辈子桌椅。话不多，爱喝浓茶。徒弟都走了，他还守着那间铺子",
        CARPENTER.text,
    ]


@given(st.integers(0, 500), st.integers(0, PHRASINGS - 1), st.sampled_from([BAKER, CARPENTER]))
def test_a_persona_fits_or_is_the_name_alone_and_never_ends_within_a_word(
    size: int, phrasing: int, profile: CharacterProfile
) -> None:
    found = shorter_than(size, profile, phrasing)
    assert profile.character in found
    assert len(found) <= size or found == persona(CharacterProfile(profile.character, profile.language))
    said = " ".join(persona(profile, phrasing=number) for number in (0, phrasing))
    assert {*re.findall(r"[A-Za-z]+", found)} <= {*re.findall(r"[A-Za-z]+", said)}


@pytest.mark.parametrize("profile", [BAKER, CARPENTER])
def test_there_are_several_ways_of_saying_it_and_each_says_all(profile: CharacterProfile) -> None:
    said = [persona(profile, phrasing=number) for number in range(PHRASINGS)]
    assert len(set(said)) == PHRASINGS
    about = said[0].partition("\n")[2]
    assert all(about in one and profile.character in one for one in said)
    with pytest.raises(IndexError):
        persona(profile, phrasing=PHRASINGS)


def test_the_prompts_of_a_training_are_kept_and_what_is_none_is_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "personas.json"
    write_personas(file, {"老方": persona(CARPENTER)})
    assert read_personas(file) == {"老方": persona(CARPENTER)}
    for text in ("[]", '{"老方": 1}'):
        file.write_text(text)
        with pytest.raises(ConfigError, match="one text for each character"):
            read_personas(file)
    file.write_text("{")
    with pytest.raises(ConfigError, match="cannot be read"):
        read_personas(file)
    with pytest.raises(ConfigError, match="cannot be read"):
        read_personas(tmp_path / "nothing.json")
