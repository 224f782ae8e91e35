"""The push, by the real client to a real server of the protocol, over LFS and over Xet, and through its faults."""

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from hub_faults import Fault, FaultKind
from hub_server import Hub
from roleinstruct.errors import ConfigError, FolderError, PublishError
from roleinstruct.publish.card_regions import merged_card
from roleinstruct.publish.hub import Pushed, push
from roleinstruct.publish.retrying import Patience
from roleinstruct.publish.staging import CARD, Staged, stage

QUICK = Patience(tries=4, first=0.01, longest=0.05)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The least that can be published as a data set; the Parquet is none, and no hub looks into it."""
    root = tmp_path / "我的 人物"
    for name in ("dialogues/train-00000-of-00001.parquet", "profiles/train-00000-of-00001.parquet"):
        (root / name).parent.mkdir(parents=True)
        (root / name).write_bytes(name.encode() * 2000)
    (root / CARD).write_text("---\nlicense: mit\n---\n# ours\n", encoding="utf-8")
    (root / ".roleinstruct").mkdir()
    (root / ".roleinstruct" / "journal.sqlite").write_bytes(b"paid for")
    (root / ".env").write_text("KEY=1")
    return root


def send(folder: Path, repo: str, **options: object) -> Pushed:
    chosen: dict[str, object] = {"message": "push", "patience": QUICK, "rebuilt": lambda _: (folder / CARD).read_text()}
    return push(stage(folder, "dataset"), repo, **(chosen | options))  # type: ignore[arg-type]


def names(hub: Hub, repo: str) -> set[str]:
    return set(hub.files("dataset", repo)) - {".gitattributes"}


ALL = {CARD, "dialogues/train-00000-of-00001.parquet", "profiles/train-00000-of-00001.parquet"}


def test_a_push_is_one_commit_in_a_private_repository_and_a_second_finds_nothing_to_do(
    hub: Hub, person: str, folder: Path
) -> None:
    done = send(folder, f"{person}/x", tag="v1")
    assert (done.is_private, set(done.changed), done.deleted) == (True, ALL, ())
    assert names(hub, f"{person}/x") == ALL
    assert hub.files("dataset", f"{person}/x")[CARD] == (folder / CARD).read_bytes()
    repo = hub.repo("dataset", f"{person}/x")
    assert len(list(repo.history("main"))) == 2
    assert repo.tags == {"v1": done.commit}
    again = send(folder, f"{person}/x", tag="v1")
    assert (again.changed, again.commit) == ((), done.commit)
    assert len(list(repo.history("main"))) == 2


def test_only_what_changed_is_sent_and_older_shards_go(hub: Hub, person: str, folder: Path) -> None:
    send(folder, f"{person}/x")
    old = folder / "dialogues" / "train-00000-of-00001.parquet"
    old.rename(old.with_name("train-00000-of-00002.parquet"))
    old.with_name("train-00001-of-00002.parquet").write_bytes(b"more")
    done = send(folder, f"{person}/x")
    assert done.deleted == ("dialogues/train-00000-of-00001.parquet",)
    assert set(done.changed) == {f"dialogues/train-0000{n}-of-00002.parquet" for n in (0, 1)}
    assert "dialogues/train-00000-of-00001.parquet" not in names(hub, f"{person}/x")


def test_a_public_repository_is_not_filled_when_a_private_one_was_meant(hub: Hub, person: str, folder: Path) -> None:
    from huggingface_hub import HfApi

    HfApi().create_repo(f"{person}/open", repo_type="dataset", private=False)
    with pytest.raises(PublishError, match="is public, and was to be private; nothing is sent"):
        send(folder, f"{person}/open")
    assert names(hub, f"{person}/open") == set()
    assert send(folder, f"{person}/open", is_private=False).is_private is False
    assert names(hub, f"{person}/open") == ALL


WAYS: list[tuple[str, str, FaultKind, int]] = [
    ("POST", "/api/repos/create", "status", 503),
    ("POST", "/api/repos/create", "after", 0),
    ("GET", "/api/datasets/", "status", 429),
    ("GET", "/tree/", "before", 0),
    ("GET", "/tree/", "truncate", 0),
    ("POST", "/api/validate-yaml", "status", 503),
    ("POST", "/api/validate-yaml", "page", 502),
    ("POST", "/preupload/", "status", 500),
    ("POST", "/commit/", "status", 503),
    ("POST", "/commit/", "status", 412),
    ("POST", "/commit/", "before", 0),
    ("POST", "/commit/", "inside", 0),
    ("POST", "/commit/", "after", 0),
    ("POST", "/commit/", "truncate", 0),
    ("POST", "/commit/", "page", 504),
    ("POST", "/tag/", "after", 0),
]


@pytest.mark.parametrize(("method", "path", "kind", "status"), WAYS, ids=[f"{w[1]} {w[2]} {w[3]}" for w in WAYS])
def test_a_fault_that_passes_ends_in_one_commit(
    hub: Hub, person: str, folder: Path, method: str, path: str, kind: FaultKind, status: int
) -> None:
    hub.faults.append(Fault(method, path, kind, status=status))
    heard: list[str] = []
    done = send(folder, f"{person}/x", tag="v1", say=heard.append)
    repo = hub.repo("dataset", f"{person}/x")
    assert names(hub, f"{person}/x") == ALL
    assert len(list(repo.history("main"))) == 2
    assert repo.tags == {"v1": done.commit}
    assert not hub.faults[0].times
    assert all("signature" not in line and os.environ["HF_TOKEN"] not in line for line in heard)


@pytest.mark.parametrize("hub", ["lfs"], indirect=True)
def test_a_network_that_asks_for_a_login_first_is_told_at_once(hub: Hub, person: str, folder: Path) -> None:
    hub.faults.append(Fault("POST", "/api/repos/create", "page", status=200, times=9))
    heard: list[str] = []
    with pytest.raises(PublishError, match="answers with a page that is no hub's"):
        send(folder, f"{person}/x", say=heard.append)
    assert not heard


@pytest.mark.parametrize("hub", ["lfs"], indirect=True)
def test_the_mixture_of_an_adapter_goes_without_a_warning_of_the_client(hub: Hub, person: str) -> None:
    files: dict[str, Path | bytes] = {CARD: b"---\nlicense: mit\n---\n", "mixture.parquet": b"x"}
    staged = Staged("adapter", Path(), files)
    done = push(staged, f"{person}/bev", message="push", rebuilt=lambda _: staged.text(CARD), patience=QUICK)
    assert set(done.changed) == set(files)


@pytest.mark.parametrize("kind", ["status", "before", "after"])
def test_a_hub_that_never_answers_a_commit_is_one_sentence_and_a_second_try_completes(
    hub: Hub, person: str, folder: Path, kind: FaultKind
) -> None:
    hub.faults.append(Fault("POST", "/commit/", kind, times=99))
    if kind == "after":  # the work is done all the same, and seen to be
        assert set(send(folder, f"{person}/x").changed) == ALL
    else:
        with pytest.raises(PublishError, match="may be there, empty or whole: give the same command again"):
            send(folder, f"{person}/x")
        assert names(hub, f"{person}/x") == set()
    hub.faults.clear()
    send(folder, f"{person}/x")
    assert names(hub, f"{person}/x") == ALL
    assert len(list(hub.repo("dataset", f"{person}/x").history("main"))) == 2


def test_a_pull_request_is_opened_once_whatever_happens(hub: Hub, person: str, folder: Path) -> None:
    send(folder, f"{person}/x")
    (folder / "profiles" / "train-00000-of-00001.parquet").write_bytes(b"new")
    hub.faults += [Fault("POST", "/discussions", "after"), Fault("POST", "/commit/", "after")]
    first = send(folder, f"{person}/x", as_pull_request=True)
    again = send(folder, f"{person}/x", as_pull_request=True)
    repo = hub.repo("dataset", f"{person}/x")
    assert (first.pull_request, again.pull_request, again.changed) == (1, 1, ())
    assert list(repo.pulls) == [1]
    assert hub.files("dataset", f"{person}/x")["profiles/train-00000-of-00001.parquet"] != b"new"
    assert hub.files("dataset", f"{person}/x", "refs/pr/1")["profiles/train-00000-of-00001.parquet"] == b"new"


def test_four_writers_at_once_all_arrive(hub: Hub, person: str, tmp_path: Path) -> None:
    def card_of(name: str) -> Callable[[str | None], str]:
        return lambda before: "\n".join(sorted({*(before or "").split(), f"line-{name}"})) + "\n"

    def write(name: str) -> None:
        staged = Staged("dataset", tmp_path, {CARD: b"", f"{name}/train-0.parquet": name.encode() * 50})
        try:
            push(staged, f"{person}/x", message=name, rebuilt=card_of(name), patience=QUICK)
        except PublishError as error:
            failures.append(error)

    failures: list[PublishError] = []
    threads = [threading.Thread(target=write, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert names(hub, f"{person}/x") == {CARD, *(f"{name}/train-0.parquet" for name in "abcd")}
    assert hub.files("dataset", f"{person}/x")[CARD].split() == [f"line-{name}".encode() for name in "abcd"]
    assert len(list(hub.repo("dataset", f"{person}/x").history("main"))) == 5


def test_without_the_right_to_write_nothing_is_tried_twice(
    hub: Hub, person: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.user("somebody")
    with pytest.raises(PublishError, match=r"403.*use a token that may write there"):
        send(folder, "somebody/x")
    monkeypatch.setenv("HF_TOKEN", hub.user(person, role="read"))
    with pytest.raises(PublishError, match=r"403.*use a token that may write there"):
        send(folder, f"{person}/x")
    monkeypatch.setenv("HF_TOKEN", "hf_" + "x" * 34)
    with pytest.raises(PublishError, match=r"401.*log in with hf auth login"):
        send(folder, f"{person}/x")


def test_a_card_without_marks_does_not_grow_with_every_push(hub: Hub, person: str, folder: Path) -> None:
    card = (folder / CARD).read_text(encoding="utf-8")
    for _ in range(3):
        send(folder, f"{person}/x", rebuilt=lambda theirs: merged_card(card, theirs))
    assert len(list(hub.repo("dataset", f"{person}/x").history("main"))) == 2


def test_somebody_who_has_said_to_be_offline_is_told_so_at_once(
    hub: Hub, person: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    heard: list[str] = []
    with pytest.raises(PublishError, match=r"HF_HUB_OFFLINE is set.*--bundle"):
        send(folder, f"{person}/x", say=heard.append)
    assert not heard


def test_a_card_that_the_hub_refuses_is_one_sentence_and_nothing_is_sent(hub: Hub, person: str, folder: Path) -> None:
    send(folder, f"{person}/x")
    before = hub.files("dataset", f"{person}/x")
    (folder / CARD).write_text("---\nlicense: no-such-licence\n---\n# ours\n", encoding="utf-8")
    with pytest.raises(PublishError, match=r"refuses the card \(.*no-such-licence.*mend the YAML"):
        send(folder, f"{person}/x")
    assert hub.files("dataset", f"{person}/x") == before


def test_a_repository_whose_files_are_told_in_pages_is_seen_whole(
    hub: Hub, person: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "page", 2)
    assert set(send(folder, f"{person}/x").changed) == ALL
    assert send(folder, f"{person}/x").changed == ()


def test_a_hub_without_xet_says_what_to_do(
    hub: Hub, person: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(hub, "has_xet", False)
    if constants.HF_HUB_DISABLE_XET:
        send(folder, f"{person}/x")
        assert names(hub, f"{person}/x") == ALL
    else:
        with pytest.raises(PublishError, match="HF_HUB_DISABLE_XET=1"):
            send(folder, f"{person}/x")


@pytest.mark.parametrize("name", ["x", "a/b/c", "a/..b", "a/b--c", "a/" + "b" * 97, "", "人/物"])
def test_a_name_that_no_hub_takes_is_refused_before_anything_is_sent(folder: Path, name: str) -> None:
    with pytest.raises(ConfigError, match=r"is no name of a repository; expected owner/name, such as ann/"):
        send(folder, name)


def test_what_may_not_travel_stays_at_home(folder: Path) -> None:
    staged = stage(folder, "dataset")
    assert set(staged.files) == ALL
    assert staged.left_out == (".env", ".roleinstruct/journal.sqlite")
    (folder / "figures").mkdir()
    (folder / "figures" / "a.png").symlink_to(folder / ".env")
    with pytest.raises(ConfigError, match="is a link"):
        stage(folder, "dataset")
    with pytest.raises(FolderError, match="is no folder"):
        stage(folder / "nowhere", "dataset")
    with pytest.raises(FolderError, match=r"has no adapter_config\.json"):
        stage(folder, "adapter")
