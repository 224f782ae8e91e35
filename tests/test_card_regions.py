"""A card that is made anew: what is ours changes, what people wrote stays, and it still loads."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roleinstruct.errors import PublishError
from roleinstruct.publish.card_regions import merged_card, region, with_region
from roleinstruct.publish.card_yaml import metadata_of, with_metadata

OURS = with_metadata(
    {
        "license": "unknown",
        "tags": ["role-play"],
        "configs": [{"config_name": "dialogues", "data_files": "new", "default": True}],
    },
    f"# Title\n\n{region('figures', '12 dialogues')}\n\n{region('limits', 'none')}\n",
)


def test_a_first_card_is_ours_and_a_second_changes_nothing() -> None:
    assert merged_card(OURS, None) == OURS
    assert merged_card(OURS, "  \n") == OURS
    assert merged_card(OURS, OURS) == OURS


def test_what_a_person_wrote_stays_where_it_stood() -> None:
    theirs = (
        OURS.replace("# Title", "# Our street\n\nA word before.").replace("none\n", "old\n") + "\nThank you, Bev.\n"
    )
    theirs = theirs.replace("12 dialogues", "9 dialogues")
    merged = merged_card(OURS, theirs)
    body = merged.partition("---\n# ")[2]
    assert body.startswith("Our street\n\nA word before.\n\n<!-- roleinstruct:figures -->\n12 dialogues\n")
    assert "9 dialogues" not in merged
    assert merged.rstrip().endswith("Thank you, Bev.")


def test_new_regions_stand_behind_the_one_they_follow_and_old_ones_go() -> None:
    theirs = f"Mine.\n\n{region('figures', 'x')}\n\nIn between.\n\n{region('gone', 'y')}\n\nThe end.\n"
    body = merged_card(OURS, theirs).partition("---\n")[2].partition("---\n")[2]
    places = [body.index(text) for text in ("Mine.", "12 dialogues", "none", "In between.", "The end.")]
    assert places == sorted(places)
    assert "gone" not in body
    assert "# Title" not in body


def test_a_card_without_our_marks_stays_whole_and_ours_comes_behind() -> None:
    body = merged_card(OURS, "---\nlicense: mit\n---\n# Written by hand\n")
    assert body.index("# Written by hand") < body.index("# Title") < body.index("12 dialogues")


def test_other_peoples_yaml_stays_and_a_licence_that_we_do_not_know_is_theirs() -> None:
    theirs = with_metadata(
        {
            "license": "cc-by-4.0",
            "tags": ["leeds", "role-play"],
            "annotations_creators": ["expert-generated"],
            "configs": [
                {"config_name": "poems", "data_files": "p", "default": True},
                {"config_name": "dialogues", "data_files": "old"},
            ],
        },
        "",
    )
    merged = metadata_of(merged_card(OURS, theirs))
    assert merged["license"] == "cc-by-4.0"
    assert merged["tags"] == ["role-play", "leeds"]
    assert merged["annotations_creators"] == ["expert-generated"]
    assert merged["configs"] == [
        {"config_name": "dialogues", "data_files": "new"},
        {"config_name": "poems", "data_files": "p", "default": True},
    ]


def test_the_default_config_is_never_lost() -> None:
    theirs = with_metadata({"configs": [{"config_name": "poems", "data_files": "p"}]}, "")
    for before in (theirs, OURS, None):
        merged = metadata_of(merged_card(OURS, before))
        assert [c["config_name"] for c in merged["configs"] if c.get("default")] == ["dialogues"]


@pytest.mark.parametrize("head", ["license: [", "- a list", "\tx: y"])
def test_a_head_that_cannot_be_read_is_one_sentence(head: str) -> None:
    with pytest.raises(PublishError, match="the head of the card"):
        merged_card(OURS, f"---\n{head}\n---\n")


NAMES = st.sampled_from(["figures", "limits", "other"])
TEXTS = st.text("abc \n人", max_size=20)


@settings(max_examples=60)
@given(st.lists(st.tuples(NAMES, TEXTS), unique_by=lambda part: part[0]), st.lists(TEXTS, min_size=4, max_size=4))
def test_merging_twice_is_merging_once_and_loses_no_text(parts: list[tuple[str, str]], words: list[str]) -> None:
    theirs = words[-1]
    for (name, text), word in zip(parts, words, strict=False):
        theirs += f"\n{word}\n{region(name, text)}\n"
    once = merged_card(OURS, theirs)
    assert merged_card(OURS, once) == once
    assert "12 dialogues" in once
    for word in (*words[: len(parts)], words[-1]):
        assert word.strip() in once


LOST = "<!-- /roleinstruct:figures -->\n"


def test_notes_behind_a_mark_that_was_lost_stay_through_every_merge() -> None:
    theirs = OURS.replace("12 dialogues", "9 dialogues").replace(LOST, "\nMy notes.\n")
    once = merged_card(OURS, theirs)
    assert "My notes." in once
    assert once.index("12 dialogues") < once.index("9 dialogues"), "the new region stands where the lost one began"
    assert merged_card(OURS, once) == once


def test_a_region_that_has_lost_its_end_is_taken_out_without_what_stands_behind() -> None:
    kept = with_region(OURS.replace(LOST, ""), "figures", lambda _: "")
    assert kept == OURS.replace(LOST, "").replace("<!-- roleinstruct:figures -->", "")


def test_a_mark_in_the_middle_of_a_line_is_somebodys_text() -> None:
    theirs = OURS.replace("# Title", "A region begins with <!-- roleinstruct:figures --> in a line of its own.")
    assert merged_card(OURS, theirs) == theirs


REGIONS = ["figures", "limits", "other", "gone"]
ALL = with_metadata({"license": "mit"}, "\n\n".join(region(name, f"new {name}") for name in REGIONS[:3]))
DAMAGE = st.lists(st.tuples(st.integers(0, 40), st.sampled_from([0, 2])), max_size=6)


@settings(max_examples=100)
@given(st.lists(DAMAGE, min_size=1, max_size=3))
def test_no_damage_of_marks_ever_loses_a_persons_line(rounds: list[list[tuple[int, int]]]) -> None:
    """Marks are lost, or doubled where they stand; then it is merged, and damaged again."""
    card = "Line 0.\n" + "".join(f"{region(name, f'old {name}')}\nLine {n}.\n" for n, name in enumerate(REGIONS, 1))
    for damage in rounds:
        for where, times in damage:
            lines = card.splitlines()
            marks = [number for number, line in enumerate(lines) if line.startswith("<!--")]
            if marks:
                number = marks[where % len(marks)]
                lines[number : number + 1] = [lines[number]] * times
            card = "\n".join(lines) + "\n"
        card = merged_card(ALL, card)
        assert [line for line in card.splitlines() if line.startswith("Line")] == [f"Line {n}." for n in range(5)]
        assert all(card.count(region(name, f"new {name}")) >= 1 for name in REGIONS[:3])
        assert merged_card(ALL, card) == card


@pytest.mark.parametrize(
    ("ours", "theirs", "kept"),
    [
        ("apache-2.0", "other", set()),
        ("other", "other", {"license_name", "license_link"}),
        ("unknown", "other", {"license_name", "license_link"}),
    ],
)
def test_name_and_link_of_a_licence_go_with_it(ours: str, theirs: str, kept: set[str]) -> None:
    before = with_metadata({"license": theirs, "license_name": "mine", "license_link": "https://example.org/l"}, "x")
    merged = metadata_of(merged_card(with_metadata({"license": ours}, ""), before))
    assert merged.keys() - {"license"} == kept
