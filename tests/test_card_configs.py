"""The tables that a card tells of: ours as they are now, and the splits and tables that people added."""

from typing import Any

import pytest

from roleinstruct.publish.card_configs import with_configs


def config(name: str, *splits: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - YAML
    files = [{"split": split, "path": f"{name}/{split}-*"} for split in splits]
    return {"config_name": name, "data_files": files, **more}


def info(name: str, *splits: str) -> dict[str, Any]:
    return {"config_name": name, "features": [], "splits": [{"name": split, "num_examples": 3} for split in splits]}


def card(*configs: dict[str, Any], infos: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    return {"configs": list(configs), **({"dataset_info": list(infos)} if infos else {})}


def merged(ours: dict[str, Any], theirs: dict[str, Any]) -> dict[str, Any]:
    found = with_configs({**theirs, **ours}, ours, theirs, keep_splits=True)
    assert with_configs({**found, **ours}, ours, found, keep_splits=True) == found
    return found


OURS = card(config("dialogues", "train", default=True), infos=(info("dialogues", "train"),))


def test_a_table_of_ours_that_is_no_longer_there_is_told_of_no_more_and_one_of_somebody_else_is() -> None:
    theirs = card(
        config("dialogues", "train", default=True),
        config("general", "train", "test"),
        config("chat", "train", "unseen"),
        config("poems", "train"),
        infos=(info("dialogues", "train"), info("general", "train", "test"), info("poems", "train")),
    )
    assert merged(OURS, theirs) == card(
        config("dialogues", "train", default=True),
        config("poems", "train"),
        infos=(info("dialogues", "train"), info("poems", "train")),
    )


def test_a_split_that_a_person_added_to_a_table_of_ours_stays_also_where_the_table_goes() -> None:
    theirs = card(
        config("dialogues", "train", "japanese", "validation"),
        config("general", "train", "japanese"),
        infos=(info("dialogues", "train", "japanese"), info("general", "train", "japanese")),
    )
    assert merged(OURS, theirs) == card(
        config("dialogues", "train", "japanese", default=True),
        config("general", "japanese"),
        infos=(info("dialogues", "train", "japanese"), info("general", "japanese")),
    )
    assert with_configs({**theirs, **OURS}, OURS, theirs, keep_splits=False) == OURS


def test_columns_of_an_earlier_push_are_not_held_against_a_table_of_which_ours_states_none() -> None:
    overlay = card(config("dialogues", "train", default=True), config("lines", "train"))
    assert merged(overlay, OURS) == overlay
    assert merged(OURS, overlay) == OURS


@pytest.mark.parametrize("theirs", [{"configs": [config("chat", "train")]}, {}])
def test_the_card_of_a_model_keeps_the_tables_that_it_has(theirs: dict[str, Any]) -> None:
    assert with_configs({"license": "mit", **theirs}, {"license": "mit"}, theirs, True) == {"license": "mit", **theirs}
