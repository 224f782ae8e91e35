"""What an owner wrote into the YAML on the hub's page: it is not set back unsaid, and the licence not at all."""

from typing import Any

import pytest

from roleinstruct.errors import PublishError
from roleinstruct.publish.card_changes import card_over
from roleinstruct.publish.card_yaml import metadata_of, with_metadata

OURS = {"license": "apache-2.0", "pretty_name": "Street", "tags": ["role-play"], "language": ["zh"]}


def over(theirs: dict[str, Any], *, may_change_licence: bool = False) -> tuple[dict[str, Any], list[str]]:
    heard: list[str] = []
    ours, old = with_metadata(OURS, "# ours\n"), with_metadata(theirs, "# ours\n")
    card = card_over(ours, old, may_change_licence=may_change_licence, say=heard.append)
    return metadata_of(card), heard


def test_keys_that_are_replaced_are_told_and_those_that_are_joined_or_the_same_are_not() -> None:
    theirs = OURS | {"pretty_name": "The  street", "tags": ["chat"], "language": "zh", "size": 3}
    card, heard = over(theirs)
    assert heard == ["the card in the repository says otherwise, and is replaced: pretty_name: The street -> Street"]
    assert (card["pretty_name"], card["tags"], card["size"]) == ("Street", ["role-play", "chat"], 3)
    assert over(OURS)[1] == []
    assert card_over("# ours\n", None, may_change_licence=False, say=heard.append) == "# ours\n"
    assert len(over(OURS | {"pretty_name": "x" * 9000})[1][0]) < 300


@pytest.mark.parametrize("theirs", [{"license": "cc-by-4.0"}, {"license": ["mit", "cc-by-4.0"]}])
def test_another_licence_stops_the_push_unless_somebody_lets_it_through(theirs: dict[str, Any]) -> None:
    with pytest.raises(PublishError, match=r"license: .*cc-by-4\.0 -> apache-2\.0.*card\.license.*--license.*--allow"):
        over(OURS | theirs)
    card, heard = over(OURS | theirs, may_change_licence=True)
    assert card["license"] == "apache-2.0"
    assert "-> apache-2.0" in heard[0]


@pytest.mark.parametrize("theirs", [{"license": "unknown"}, {"license": ["apache-2.0"]}, {"license": None}])
def test_a_licence_that_is_the_same_or_none_is_no_reason_to_stop(theirs: dict[str, Any]) -> None:
    assert over(OURS | theirs)[0]["license"] in ("apache-2.0", ["apache-2.0"])
