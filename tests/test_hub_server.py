"""The hub of the tests, by its real clients: what a real one does, so that a push that works here works there."""

import io
import os
from pathlib import Path

import pytest

from hub_faults import Fault
from hub_server import Hub

ROWS = {"text": [f"line {number} of what the neighbours said on the stairs" for number in range(4000)]}


@pytest.fixture
def repo(hub: Hub, person: str) -> str:
    """A private data set with a card, a table of more than one row group, and small files in folders."""
    from huggingface_hub import HfApi

    name = f"{person}/stairs"
    api = HfApi()
    api.create_repo(name, repo_type="dataset", private=True)
    put(name, {"README.md": b"---\nlicense: mit\n---\n# Stairs\n", "data/train.parquet": table(ROWS)})
    put(name, {f"notes/{letter}.txt": letter.encode() for letter in "abcdef"})
    return name


def table(rows: dict[str, list[str]], compression: str = "snappy") -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = io.BytesIO()
    pq.write_table(pa.table(rows), sink, row_group_size=1000, compression=compression)
    return sink.getvalue()


def put(repo: str, files: dict[str, bytes], **options: object) -> None:
    from huggingface_hub import CommitOperationAdd, HfApi

    operations = [CommitOperationAdd(path, content) for path, content in files.items()]
    HfApi().create_commit(repo, operations, commit_message="put", repo_type="dataset", **options)  # type: ignore[arg-type]


def test_a_snapshot_of_a_tag_is_what_lay_there_when_it_was_tagged(hub: Hub, repo: str, tmp_path: Path) -> None:
    from huggingface_hub import HfApi, snapshot_download

    HfApi().create_tag(repo, tag="v1", repo_type="dataset")
    before = hub.files("dataset", repo)
    put(repo, {"notes/a.txt": b"changed", "data/train.parquet": table({"text": ["new"]})})
    for revision, files in (("v1", before), ("main", hub.files("dataset", repo))):
        folder = Path(snapshot_download(repo, repo_type="dataset", revision=revision, cache_dir=tmp_path))
        assert {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()} == files


def test_branches_and_tags_and_commits_are_listed_and_taken_away(repo: str) -> None:
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError, RevisionNotFoundError

    api = HfApi()
    commits = [row.commit_id for row in api.list_repo_commits(repo, repo_type="dataset")]
    assert len(commits) == 3
    api.create_branch(repo, branch="draft", revision=commits[1], repo_type="dataset")
    api.create_tag(repo, tag="v1", revision="draft", repo_type="dataset")
    refs = api.list_repo_refs(repo, repo_type="dataset")
    assert {ref.name: ref.target_commit for ref in refs.branches} == {"main": commits[0], "draft": commits[1]}
    assert {ref.name: ref.target_commit for ref in refs.tags} == {"v1": commits[1]}
    put(repo, {"notes/g.txt": b"g"}, revision="draft")
    assert "notes/g.txt" not in api.list_repo_files(repo, repo_type="dataset")
    assert "notes/g.txt" in api.list_repo_files(repo, repo_type="dataset", revision="draft")
    with pytest.raises(HfHubHTTPError, match="409"):
        api.create_tag(repo, tag="v1", repo_type="dataset")
    api.delete_tag(repo, tag="v1", repo_type="dataset")
    api.delete_branch(repo, branch="draft", repo_type="dataset")
    with pytest.raises(RevisionNotFoundError):
        api.repo_info(repo, revision="draft", repo_type="dataset")


def test_a_long_listing_comes_in_pages(hub: Hub, repo: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import HfApi

    whole = [row.path for row in HfApi().list_repo_tree(repo, repo_type="dataset", recursive=True)]
    monkeypatch.setattr(hub, "page", 3)
    begun = len(hub.seen)
    assert [row.path for row in HfApi().list_repo_tree(repo, repo_type="dataset", recursive=True)] == whole
    assert len(hub.seen) - begun == -(-len(whole) // 3)


def test_a_part_of_a_large_file_comes_alone(hub: Hub, repo: str) -> None:
    from huggingface_hub import HfFileSystem

    content = hub.files("dataset", repo)["data/train.parquet"]
    begun = len(hub.seen)
    with HfFileSystem(skip_instance_cache=True).open(f"datasets/{repo}/data/train.parquet", block_size=100) as stream:
        stream.seek(len(content) - 8)
        assert stream.read() == content[-8:]
    parts = [seen for seen in hub.seen[begun:] if seen.status == 206]
    assert parts
    assert sum(seen.sent for seen in parts) < len(content) / 2


@pytest.mark.parametrize("token", ["none", "a stranger's", "made up"])
def test_what_is_private_is_not_there_for_others(
    hub: Hub, repo: str, token: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import HfApi, snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    if token == "none":
        monkeypatch.delenv("HF_TOKEN")
    else:
        monkeypatch.setenv("HF_TOKEN", hub.user("stranger") if token == "a stranger's" else f"hf_{'x' * 34}")
    with pytest.raises(HfHubHTTPError, match=r"40[14]"):
        HfApi().repo_info(repo, repo_type="dataset")
    with pytest.raises((HfHubHTTPError, LocalEntryNotFoundError)):
        snapshot_download(repo, repo_type="dataset", cache_dir=tmp_path)


def test_who_may_read_may_not_write_and_who_writes_for_others_must_belong_to_them(
    hub: Hub, repo: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError

    before = hub.files("dataset", repo)
    monkeypatch.setenv("HF_TOKEN", hub.user(repo.partition("/")[0], role="read"))
    assert HfApi().repo_info(repo, repo_type="dataset").private
    for forbidden in (
        lambda: put(repo, {"notes/a.txt": b"x"}),
        lambda: HfApi().create_tag(repo, tag="v9", repo_type="dataset"),
        lambda: HfApi().update_repo_settings(repo, repo_type="dataset", private=False),
    ):
        with pytest.raises(HfHubHTTPError, match="403"):
            forbidden()
    assert hub.files("dataset", repo) == before
    office = f"office-{repo.partition('/')[0]}"
    monkeypatch.setenv("HF_TOKEN", hub.user("clerk", orgs=(office,)))
    HfApi().create_repo(f"{office}/files", repo_type="dataset")
    with pytest.raises(HfHubHTTPError, match="403"):
        HfApi().create_repo("elsewhere/files", repo_type="dataset")


def test_a_bad_card_is_refused_with_the_whole_commit(hub: Hub, repo: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError

    before = hub.files("dataset", repo)
    bad = "---\nlicense: no-such-licence\n---\n# Stairs\n"
    with pytest.raises(ValueError, match="no-such-licence"):
        put(repo, {"README.md": bad.encode(), "notes/a.txt": b"new"})
    monkeypatch.setattr(HfApi, "_validate_yaml", lambda *_, **__: None)  # as of a client that does not look ahead
    with pytest.raises(HfHubHTTPError, match="no-such-licence"):
        put(repo, {"README.md": bad.encode(), "notes/a.txt": b"new"})
    assert hub.files("dataset", repo) == before


@pytest.mark.parametrize("hub", ["lfs"], indirect=True)
def test_a_file_in_parts_arrives_also_where_a_part_breaks_off(
    hub: Hub, repo: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "part_size", 1_000)
    content = os.urandom(4_500)
    begun = len(hub.seen)
    hub.faults.append(Fault("PUT", "/objects/.*/3", "inside"))
    put(repo, {"data/more.bin": content})
    assert sum(seen.method == "PUT" for seen in hub.seen[begun:]) == 5
    assert hub.files("dataset", repo)["data/more.bin"] == content
    assert not hub.parts


@pytest.mark.parametrize("name", ["rows.parquet", "zstd.parquet", "weights.safetensors", "archive.zip", "note.txt"])
def test_a_token_in_what_is_uploaded_is_found_however_it_is_packed(hub: Hub, repo: str, name: str) -> None:
    import zipfile

    token = os.environ["HF_TOKEN"]
    rows = {"text": [*ROWS["text"][:3000], f"line 3500 says {token}", *ROWS["text"][3000:]]}
    if name.endswith(".parquet"):
        content = table(rows, "zstd" if name.startswith("zstd") else "snappy")
    elif name.endswith(".zip"):
        sink = io.BytesIO()
        with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("rows.txt", "\n".join(rows["text"]))
        content = sink.getvalue()
    else:
        content = "\n".join(rows["text"]).encode()
    put(repo, {f"data/{name}": content})
    found, leaks = [leak for leak in hub.leaks if leak.startswith(f"data/{name} ")], hub.leaks.copy()
    hub.leaks.clear()
    assert found, leaks
