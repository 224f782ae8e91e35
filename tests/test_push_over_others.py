"""A push into a repository where something lies: what is ours goes, what is not stays, and nothing unseen is sent."""

import io
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hub_faults import Fault
from hub_server import Hub
from roleinstruct.dataset.overlay_tables import OVERLAY, overlay_features
from roleinstruct.errors import PublishError
from roleinstruct.publish.card_regions import merged_card
from roleinstruct.publish.card_yaml import metadata_of, with_metadata
from roleinstruct.publish.hub import Pushed, push
from roleinstruct.publish.ours import is_ours
from roleinstruct.publish.retrying import Patience
from roleinstruct.publish.staging import CARD, Staged, stage

QUICK = Patience(tries=3, first=0.01, longest=0.05)

over_lfs = pytest.mark.parametrize("hub", ["lfs"], indirect=True)
"""For what does not depend on the way on which large files travel."""


IMPORTED, LINTED = {"reports/import.json": b"{}"}, {"reports/lint.json": b"{}"}


def of(*tables: str, **files: bytes) -> Staged:
    """A data set of these tables, which no hub looks into, and of further files."""
    configs = [{"config_name": t, "data_files": [{"split": "train", "path": f"{t}/train-*"}]} for t in tables]
    card = with_metadata({"license": "mit", "configs": configs}, "# ours\n")
    shards = {f"{table}/train-00000-of-00001.parquet": table.encode() * 9 for table in tables}
    return Staged("dataset", Path(), {CARD: card.encode(), **shards, **files})


def overlay() -> Staged:
    """An overlay of nothing."""
    files: dict[str, Path | bytes] = {}
    for table in ("dialogues", "lines"):
        sink = io.BytesIO()
        pq.write_table(pa.Table.from_pylist([], overlay_features(table).arrow_schema), sink)
        files[f"{table}/train-00000-of-00001.parquet"] = sink.getvalue()
    return Staged("dataset", Path(), {CARD: b"---\nlicense: mit\n---\n", OVERLAY: b"{}", **files})


def send(staged: Staged, repo: str, **options: object) -> Pushed:
    card = staged.text(CARD)
    chosen: dict[str, object] = {"message": "push", "patience": QUICK, "rebuilt": lambda it: merged_card(card, it)}
    return push(staged, repo, **(chosen | options))  # type: ignore[arg-type]  # those of `push`


def names(hub: Hub, repo: str) -> set[str]:
    return set(hub.files("dataset", repo)) - {".gitattributes"}


def add(repo: str, **files: bytes) -> None:
    """What a person adds with the client of the hub."""
    from huggingface_hub import CommitOperationAdd, HfApi

    operations = [CommitOperationAdd(name, content) for name, content in files.items()]
    HfApi().create_commit(repo, operations, commit_message="by hand", repo_type="dataset")


@over_lfs
def test_what_is_ours_and_no_more_part_of_it_goes_in_the_same_commit_with_its_config(hub: Hub, person: str) -> None:
    send(of("dialogues", "general", "rejected", **IMPORTED, **LINTED), f"{person}/x")
    done = send(of("dialogues", **LINTED), f"{person}/x")
    gone = ("general/train-00000-of-00001.parquet", "rejected/train-00000-of-00001.parquet", "reports/import.json")
    assert (done.changed, done.deleted) == ((CARD,), gone)
    assert names(hub, f"{person}/x") == {CARD, "dialogues/train-00000-of-00001.parquet", "reports/lint.json"}
    configs = metadata_of(hub.files("dataset", f"{person}/x")[CARD].decode())["configs"]
    assert [row["config_name"] for row in configs] == ["dialogues"]
    assert len(list(hub.repo("dataset", f"{person}/x").history("main"))) == 3


@over_lfs
def test_what_others_put_beside_and_into_our_tables_stays(hub: Hub, person: str) -> None:
    send(of("dialogues"), f"{person}/x")
    card = metadata_of(hub.files("dataset", f"{person}/x")[CARD].decode())
    card["configs"][0]["data_files"].append({"split": "japanese", "path": "dialogues/japanese-*"})
    theirs = {
        "dialogues/japanese-00000-of-00001.parquet": b"a split",
        "poems/train-00000-of-00001.parquet": b"a table",
        "reports/review.json": b"{}",
        "figures/shop.png": b"a picture",
    }
    add(f"{person}/x", **{CARD: with_metadata(card, "# ours\n").encode(), **theirs})
    assert (send(of("dialogues"), f"{person}/x").changed, set(theirs) - names(hub, f"{person}/x")) == ((), set())
    send(of("dialogues", "profiles"), f"{person}/x")
    now = hub.files("dataset", f"{person}/x")
    assert {**now, **theirs} == now
    assert metadata_of(now[CARD].decode())["configs"][0] == card["configs"][0]


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("chat/unseen-00003-of-00012.parquet", True),
        ("lines/train-00000-of-00001.parquet", True),
        ("overlay.json", True),
        ("figures/verbs-zh.png", True),
        ("chat/train-00000-of-00001-1a2b3c.parquet", False),
        ("chat/train.parquet", False),
        ("old/chat/train-00000-of-00001.parquet", False),
        ("figures/index.htm", False),
        ("README.md", False),
        (".gitattributes", False),
    ],
)
def test_ours_is_what_bears_a_name_that_we_give(path: str, found: bool) -> None:
    assert is_ours(path) is found


@over_lfs
def test_an_overlay_does_not_go_where_the_texts_are_and_follows_another_overlay(hub: Hub, person: str) -> None:
    send(of("dialogues", "chat"), f"{person}/whole")
    before = hub.files("dataset", f"{person}/whole")
    with pytest.raises(PublishError, match=r"its git history would keep them; nothing is sent: .* another name"):
        send(overlay(), f"{person}/whole")
    assert hub.files("dataset", f"{person}/whole") == before
    add(f"{person}/whole", **{OVERLAY: b"{}"})  # what an overlay that was pushed over them before has left
    with pytest.raises(PublishError, match="holds the texts that this overlay leaves out"):
        send(overlay(), f"{person}/whole")
    send(overlay(), f"{person}/free")
    assert send(overlay(), f"{person}/free").changed == ()
    assert OVERLAY in send(of("dialogues"), f"{person}/free").deleted


@pytest.mark.parametrize(
    ("hub", "size"), [("lfs", 9), ("lfs", 10_000_001), ("xet", 10_000_001)], indirect=["hub"], ids=str
)
def test_a_file_that_changed_since_it_was_looked_at_is_not_sent(
    hub: Hub, person: str, tmp_path: Path, size: int
) -> None:
    (tmp_path / "dialogues").mkdir()
    (tmp_path / CARD).write_text("---\nlicense: mit\n---\n", encoding="utf-8")
    file = tmp_path / "dialogues" / "train-00000-of-00001.parquet"
    file.write_bytes(b"seen" * size)
    staged = stage(tmp_path, "dataset")
    file.write_bytes(b"SEEN" * size)
    with pytest.raises(PublishError, match=r"train-.* has changed since it was looked at, so that no commit was made"):
        send(staged, f"{person}/x")
    file.unlink()
    if size < 10_000_000:
        with pytest.raises(PublishError, match="has changed since"):
            send(staged, f"{person}/x")
    assert names(hub, f"{person}/x") == set()


@over_lfs
def test_files_that_the_repository_ignores_are_named_and_not_told_as_sent(hub: Hub, person: str) -> None:
    send(of("dialogues"), f"{person}/x")
    add(f"{person}/x", **{".gitignore": b"# ours\nreports/\n*.log\n"})
    whole = of("dialogues", "profiles", **IMPORTED, **LINTED)
    with pytest.raises(PublishError, match=r"without reports/import\.json, reports/lint\.json: .*\.gitignore"):
        send(whole, f"{person}/x")
    assert "profiles/train-00000-of-00001.parquet" in names(hub, f"{person}/x")
    add(f"{person}/x", **{".gitignore": b"*.log\n"})
    assert set(send(whole, f"{person}/x").changed) == {"reports/import.json", "reports/lint.json"}


@over_lfs
def test_a_repository_that_becomes_public_between_two_tries_gets_nothing(hub: Hub, person: str) -> None:
    def open_it(_: str) -> None:
        hub.repo("dataset", f"{person}/x").private = False

    hub.faults.append(Fault("POST", "/commit/"))
    with pytest.raises(PublishError, match="is public, and was to be private; nothing is sent"):
        send(of("dialogues"), f"{person}/x", say=open_it)
    assert names(hub, f"{person}/x") == set()


@over_lfs
def test_a_tag_that_is_taken_is_found_before_the_commit(hub: Hub, person: str) -> None:
    first = send(of("dialogues"), f"{person}/x", tag="v1")
    with pytest.raises(PublishError, match=r"has a tag v1 already, on another commit .*; nothing is sent"):
        send(of("dialogues", "profiles"), f"{person}/x", tag="v1")
    repo = hub.repo("dataset", f"{person}/x")
    assert (repo.branches["main"], repo.tags) == (first.commit, {"v1": first.commit})
    send(of("dialogues", "profiles"), f"{person}/x")
    with pytest.raises(PublishError, match="what was pushed is there without a tag"):
        send(of("dialogues", "profiles"), f"{person}/x", tag="v1")


def test_a_card_made_anew_has_a_digest_of_its_own(tmp_path: Path) -> None:
    (tmp_path / CARD).write_text("---\nlicense: mit\n---\n", encoding="utf-8")
    staged = Staged("dataset", tmp_path, {CARD: tmp_path / CARD})
    anew = staged.with_card("# anew\n")
    assert (anew.digests[CARD].size, anew.sent(CARD)) == (7, b"# anew\n")
    assert staged.digests[CARD].size == 21
