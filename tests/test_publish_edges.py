"""What is rare at a push: words of a hub that hold an address, cards from other editors, archives, other people."""

import json
import pickle
import shutil
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

import roleinstruct
from hub_server import Hub
from hub_store import entry_of_bytes
from little_cards import little_adapter, little_dataset
from roleinstruct.errors import ConfigError, FolderError, PublishError
from roleinstruct.publish.adapter_card import adapter_card, write_adapter_card
from roleinstruct.publish.card_regions import merged_card, region
from roleinstruct.publish.card_rules import problems_of
from roleinstruct.publish.card_yaml import metadata_for_clients, metadata_of, with_metadata
from roleinstruct.publish.hub import Pushed, push
from roleinstruct.publish.pushing import prepare_dataset, prepare_metrics, push_bundle, push_prepared
from roleinstruct.publish.retrying import Patience, failed, hub_errors, patiently, trouble_of
from roleinstruct.publish.staging import CARD, Staged, stage

QUICK = Patience(tries=3, first=0.01, longest=0.05)

over_lfs = pytest.mark.parametrize("hub", ["lfs"], indirect=True)


def staged(card: bytes = b"---\nlicense: mit\n---\n# ours\n", **files: bytes) -> Staged:
    return Staged("dataset", Path(), {CARD: card, **files})


def send(what: Staged, repo: str, **options: Any) -> Pushed:  # noqa: ANN401 - those of `push`
    chosen = {"message": "push", "patience": QUICK, "rebuilt": lambda theirs: merged_card(what.text(CARD), theirs)}
    return push(what, repo, **(chosen | options))


@pytest.fixture(scope="module")
def joiner(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return little_dataset(tmp_path_factory.mktemp("set") / "joiner")


ADDRESS = "https://store.example/a?X-Amz-Signature=abcdef"


def answered(status: int, headers: dict[str, str] | None = None, text: str = "") -> Exception:
    """The error that the client makes of a hub's answer to a request that bore a token."""
    from huggingface_hub import errors
    from huggingface_hub.utils import get_session, hf_raise_for_status

    request = get_session().build_request("PUT", ADDRESS, headers={"Authorization": "Bearer hf_" + "x" * 34})
    answer = errors.Response(status, headers=headers, text=text, request=request)
    with pytest.raises(errors.HfHubHTTPError) as caught:
        hf_raise_for_status(answer)
    return caught.value


@pytest.mark.parametrize("status", [403, 500, 503])
@pytest.mark.parametrize("text", ["", "a page", f"see {ADDRESS}\n\nfor more", "x" * 9000, "<html>busy</html>"])
def test_no_word_of_ours_holds_a_signed_address_or_a_token_nor_does_a_pickled_error(status: int, text: str) -> None:
    error = answered(status, text=text)
    assert b"hf_xxx" in pickle.dumps(error.response.request.headers)  # type: ignore[attr-defined]  # of HfHubHTTPError
    with pytest.raises(PublishError) as caught:
        raise failed("pushing to a/b", error) from error
    told = str(caught.value)
    assert str(status) in told
    assert "Signature" not in told
    assert "\n" not in told
    assert len(told) < 600
    kept = pickle.dumps(caught.value)
    assert b"hf_xxx" not in kept
    assert b"Signature" not in kept
    assert str(pickle.loads(kept)) == told


def test_a_hub_asks_to_wait_by_a_number_a_date_or_its_window_and_is_not_waited_for_longer_than_said() -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)
    asked = {
        "7": 7.0,
        "Wed, 21 Oct 2015 07:28:00 GMT": 0.0,
        "soon": None,
        "-3": None,
        "": None,
    }
    for words, seconds in asked.items():
        assert trouble_of(answered(503, {"Retry-After": words})).wait == seconds
    assert 90 < (trouble_of(answered(503, {"Retry-After": soon})).wait or 0) <= 100
    assert trouble_of(answered(429, {"RateLimit": '"api";r=0;t=55'})).wait == 55
    assert trouble_of(answered(429, {"RateLimit": '"api";r=10;t=55'})).wait is None
    assert Patience(longest=60).wait(1, 86400) == 60


@pytest.mark.parametrize("status", [502, 520, 521, 522, 523, 524, 529])
def test_what_a_proxy_in_front_of_a_hub_or_a_hub_with_too_much_to_do_answers_passes(status: int) -> None:
    assert trouble_of(answered(status, text="<html>busy</html>")).is_passing


def test_what_will_be_the_same_at_every_try_is_tried_once_and_told_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import HfApi, constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    heard: list[str] = []
    with pytest.raises(PublishError, match=r"\(HF_ENDPOINT is no http address\): set it to the address of a hub"):
        patiently("looking at a/b", lambda: HfApi("nonsense").repo_info("a/b"), Patience(), heard.append)
    with pytest.raises(PublishError, match=r"a page that is no hub's.*asks for a login"):
        patiently("looking at a/b", lambda: json.loads("<html>log in here</html>"), Patience(), heard.append)
    assert not heard


def test_a_card_that_cannot_be_looked_at_is_the_hubs_trouble_and_no_missing_file() -> None:
    from huggingface_hub.errors import LocalEntryNotFoundError

    trouble = []
    for cause in (answered(500), answered(403), ConnectionResetError("x"), None):
        with pytest.raises(hub_errors()) as caught:  # after five tries of its own the client says that it is not cached
            raise LocalEntryNotFoundError("not in the cache") from cause
        trouble.append(trouble_of(caught.value))
    assert [found.status for found in trouble] == [500, 403, None, None]
    assert [found.is_passing for found in trouble] == [True, False, True, False]


@over_lfs
def test_a_card_on_the_hub_that_is_no_text_is_one_sentence(hub: Hub, person: str) -> None:
    send(staged(), f"{person}/x")
    repo = hub.repo("dataset", f"{person}/x")
    head = repo.commit_of("main")
    assert head is not None
    repo.add("main", "by git", {**head.files, CARD: entry_of_bytes("café".encode("latin-1"))})
    with pytest.raises(PublishError, match=r"README\.md of .* is no text in UTF-8"):
        send(staged(), f"{person}/x")


@over_lfs
def test_a_pull_request_of_somebody_else_with_our_title_is_left_alone(
    hub: Hub, person: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (hub.user(f"{person}{n}", orgs=(person,)) for n in "ab")
    send(staged(), f"{person}/x")
    monkeypatch.setenv("HF_TOKEN", first)
    new = staged(b"---\nlicense: mit\n---\n# anew\n")
    assert send(new, f"{person}/x", as_pull_request=True).pull_request == 1
    monkeypatch.setenv("HF_TOKEN", second)
    assert send(new, f"{person}/x", as_pull_request=True).pull_request == 2
    assert send(new, f"{person}/x", as_pull_request=True).pull_request == 2


@pytest.mark.parametrize("tag", ["", "v 1", "a..b", "-x", "x.lock", "v1.", "a:b"])
def test_a_name_that_git_cannot_give_is_refused_before_anything_is_sent(tag: str) -> None:
    with pytest.raises(ConfigError, match="no name of a version"):
        send(staged(), "a/b", tag=tag)


def test_an_option_that_a_push_does_not_have_is_refused() -> None:
    with pytest.raises(ConfigError, match="a push has no token"):
        push_prepared(prepare_metrics("roleplay_rouge_l", "a/rouge"), token="hf_x")  # type: ignore[call-arg]


# Cards


BODY = f"# Title\n\nMine.\n\n{region('about', 'ours')}\n"


@pytest.mark.parametrize(
    "card",
    [
        f"---\nlicense: mit # as agreed\ntags: [a, 'b']\n---\n{BODY}",
        f"---\r\nlicense: mit\r\n---\r\n{BODY}".replace("\n", "\r\n").replace("\r\r", "\r"),
        f"\ufeff---\nlicense: mit\n---\n{BODY}",
        f"---\nlicense: mit\ndate: 2026-11-21\n---\n{BODY}",
        "---\nlicense: mit\n---",
        "---\nlicense: mit\n---\n",
        BODY,
    ],
    ids=["comments", "crlf", "bom", "date", "yaml alone", "yaml and a line", "no yaml"],
)
@over_lfs
def test_whatever_editor_a_card_comes_from_the_second_push_has_nothing_to_do(hub: Hub, person: str, card: str) -> None:
    first = send(staged(card.encode()), f"{person}/x")
    assert first.changed
    again = send(staged(card.encode()), f"{person}/x")
    assert (again.changed, again.commit) == ((), first.commit)


def test_comments_in_the_yaml_stay_while_nothing_in_it_changes() -> None:
    theirs = "---\n# asked the owner\nlicense: mit\n---\nx\n"
    assert merged_card(with_metadata({"license": "mit"}, "x\n"), theirs).startswith("---\n# asked the owner\n")


def test_a_head_ends_at_a_line_of_its_own_and_a_date_in_no_calendar_is_one_sentence() -> None:
    assert metadata_of("---\ntitle: a ---\nlicense: mit\n---\n") == {"title": "a ---", "license": "mit"}
    with pytest.raises(PublishError, match="month must be in"):
        metadata_for_clients("---\ndate: 2026-13-45\n---\n")


@pytest.mark.parametrize(
    ("head", "keys"),
    [
        ("license: mit\nlicense: gpl-3.0", {"license"}),
        ("license: mit\nconfigs:\n- config_name: a\n  config_name: b\n  data_files: c", {"config_name"}),
        ("license: mit\nextra: &a [*a, {b: 1}]", set()),
    ],
)
def test_a_key_that_stands_twice_is_named(head: str, keys: set[str]) -> None:
    assert {found.where for found in problems_of(f"---\n{head}\n---\n", "dataset")} == keys


@pytest.mark.parametrize("tags", ["chat", None, ["chat"]])
@pytest.mark.parametrize("configs", [["poems"], "poems", None, [{"config_name": ["a"]}]])
def test_odd_yaml_of_others_is_merged_as_it_is_meant(tags: object, configs: object) -> None:
    ours = with_metadata({"tags": ["role-play"], "configs": [{"config_name": "a", "default": True}]}, "")
    merged = metadata_of(merged_card(ours, with_metadata({"tags": tags, "configs": configs}, "x")))
    assert merged["tags"] == ["role-play", *(["chat"] if tags else [])]
    assert merged["configs"][0] == {"config_name": "a", "default": True}


def result(value: float, **args: str) -> dict[str, Any]:
    metric = {"type": "rouge", "value": value, **({"args": args} if args else {})}
    dataset = {"type": "a/b", "name": "b"}
    return {"task": {"type": "text-generation"}, "dataset": dataset, "metrics": [metric]}


def test_results_of_others_stay_and_older_ones_of_ours_go_whatever_the_model_was_called() -> None:
    def card(*models: dict[str, Any]) -> str:
        return with_metadata({"model-index": list(models)}, "")

    told = {"task": "avg", "signature": "rougeL|version:1", "items_sha256": "0" * 64}
    bleu = result(0.4, signature="nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:2.0.0")
    ours = card({"name": "bev", "results": [result(0.3, **told)]})
    theirs = card(
        {"name": "bev", "results": [result(0.2, **told), result(0.9)]},
        {"name": "my-folder", "results": [result(0.2, **told)]},
        {"name": "another", "results": [result(0.8), bleu]},
    )
    merged = merged_card(ours, theirs)
    assert metadata_of(merged)["model-index"] == [
        {"name": "bev", "results": [result(0.3, **told), result(0.9)]},
        {"name": "another", "results": [result(0.8), bleu]},
    ]
    assert merged_card(ours, merged) == merged
    assert merged_card(merged, merged) == merged


def test_the_name_of_the_local_folder_is_not_left_in_the_results(tmp_path: Path) -> None:
    folder = little_adapter(tmp_path / "draft-of-wednesday")
    local = (folder / CARD).read_text(encoding="utf-8")
    ours = adapter_card(lambda name: (folder / name).read_text() if (folder / name).is_file() else None, "you/bev")
    assert [model["name"] for model in metadata_of(merged_card(ours, local))["model-index"]] == ["bev"]


def test_a_card_that_is_no_text_and_broken_personas_are_one_sentence(joiner: Path, tmp_path: Path) -> None:
    data = shutil.copytree(joiner, tmp_path / "data")
    (data / CARD).write_bytes("---\nlicense: mit\n---\ncafé".encode("latin-1"))
    with pytest.raises(FolderError, match="is no text in UTF-8"):
        prepare_dataset(data, "a/b")
    folder = little_adapter(tmp_path / "adapter")
    (folder / "personas.json").write_text("{")
    with pytest.raises(FolderError, match=r"personas\.json is no JSON"):
        write_adapter_card(folder)
    (folder / CARD).write_bytes("café".encode("latin-1"))
    (folder / "personas.json").unlink()
    with pytest.raises(FolderError, match="is no text in UTF-8"):
        write_adapter_card(folder)


# Folders and archives


@over_lfs
def test_a_folder_that_came_from_the_hub_is_pushed_again(hub: Hub, person: str, joiner: Path, tmp_path: Path) -> None:
    from huggingface_hub import snapshot_download

    allow = {name: "a test of pushing" for name in ("lint", "licence")}
    first = push_prepared(prepare_dataset(joiner, f"{person}/x", allow=allow), patience=QUICK)
    home = Path(snapshot_download(f"{person}/x", repo_type="dataset", local_dir=tmp_path / "copy"))
    prepared = prepare_dataset(home, f"{person}/x", allow=allow)
    assert set(prepared.staged.files) == set(first.changed)
    assert push_prepared(prepared, patience=QUICK).changed == ()
    moved = push_prepared(prepare_dataset(home, f"{person}/y", allow=allow), patience=QUICK)
    card = hub.files("dataset", moved.repo_id)[CARD].decode()
    assert f'load_dataset("{person}/y"' in card
    assert f"{person}/x" not in card


@over_lfs
def test_an_archive_can_be_looked_at_first_and_a_metric_keeps_its_name(
    hub: Hub, person: str, tmp_path: Path, command: Callable[..., tuple[str, str]]
) -> None:
    file = tmp_path / "rouge.zip"
    command("push", "metrics", "roleplay_rouge_l", f"{person}/rouge", "--bundle", file)
    out, err = command("push", "--from-bundle", file, "--dry-run")
    assert "rouge.py" in out
    assert "nothing was sent" in err
    assert not any(name.startswith(person) for _, name in hub.repos)
    assert "has no place beside --from-bundle" in command("push", "--from-bundle", file, "--bundle", "x.zip", code=2)[1]
    assert "keep the name" in command("push", "--from-bundle", file, f"{person}/other", code=1)[1]
    hub.user(person, orgs=(f"{person}-org",))
    out = command("push", "--from-bundle", file, f"{person}-org/rouge")[0]
    assert f'evaluate.load("{person}-org/rouge"' in out
    assert f"{person}/rouge" not in hub.files("space", f"{person}-org/rouge")["README.md"].decode()


def test_an_archive_that_is_damaged_encrypted_or_without_a_card_is_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "a.zip"
    prepare_metrics("roleplay_rouge_l", "a/rouge").write_bundle(file)
    whole = file.read_bytes()
    for place in range(60, len(whole), 997):
        (tmp_path / "bad.zip").write_bytes(whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :])
        with pytest.raises(PublishError, match=r"copy it again|is no bundle"):
            push_bundle(tmp_path / "bad.zip", "a/rouge", tag="..")
    with zipfile.ZipFile(file) as archive:
        listing = archive.read("bundle.json").decode().replace('"README.md"', '"app2.py"')
        page = archive.read("files/README.md")
    with zipfile.ZipFile(tmp_path / "bare.zip", "w") as archive, zipfile.ZipFile(file) as old:
        archive.writestr("bundle.json", listing)
        archive.writestr("files/app2.py", page)
        for name in set(old.namelist()) - {"bundle.json", "files/README.md"}:
            archive.writestr(name, old.read(name))
    with pytest.raises(FolderError, match=r"has no README\.md"):
        push_bundle(tmp_path / "bare.zip")


def test_a_data_set_is_built_and_pushed_in_two_lines() -> None:
    assert {"BuildConfig", "build", "push_adapter", "push_dataset", "push_metrics"} <= set(roleinstruct.__all__)
    with pytest.raises(FolderError, match="roleinstruct build makes one"):
        roleinstruct.push_dataset("no-such-folder", "you/my-characters")


def test_only_pictures_of_the_figures_travel(tmp_path: Path) -> None:
    (tmp_path / "figures").mkdir()
    (tmp_path / "chat").mkdir()
    travels = {"README.md", "chat/train-00000-of-00001.parquet", "figures/a.png", "figures/a.svg"}
    for name in (*travels, "figures/.DS_Store", "figures/notes.txt"):
        (tmp_path / name).write_text("x")
    assert set(stage(tmp_path, "dataset").files) == travels


def test_an_adapter_is_no_data_set_and_told_so_before_anything_is_looked_at(tmp_path: Path) -> None:
    folder = little_adapter(tmp_path / "adapter")
    (folder / "mixture.parquet").write_bytes(b"x")
    with pytest.raises(FolderError, match=r"holds no data set.*roleinstruct build makes one"):
        prepare_dataset(folder, "a/b")
