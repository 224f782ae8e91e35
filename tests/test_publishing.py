"""Publishing whole folders, as a user does, and what the others' ways of doing it would have lost or leaked."""

import json
import os
import re
import shutil
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hub_faults import Fault
from hub_server import Hub
from little_benchmark import tiny_adapter, tiny_model
from roleinstruct.dataset.builder import RoleInstruct
from roleinstruct.errors import ConfigError, FolderError, GateError, PublishError
from roleinstruct.pipeline.build import build
from roleinstruct.pipeline.built import Built
from roleinstruct.pipeline.config import BuildConfig
from roleinstruct.publish.gates.gate import check
from roleinstruct.publish.ours import is_ours
from roleinstruct.publish.pushing import (
    prepare_adapter,
    prepare_dataset,
    push_adapter,
    push_bundle,
    push_dataset,
    push_metrics,
    push_prepared,
)
from roleinstruct.publish.retrying import Patience

QUICK = Patience(tries=3, first=0.01, longest=0.05)

over_lfs = pytest.mark.parametrize("hub", ["lfs"], indirect=True)
"""For what does not depend on the way on which large files travel."""


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample") / "data"
    return build(BuildConfig.load("sample"), folder).folder


@pytest.fixture(scope="module")
def adapter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An adapter as PEFT and a trainer leave it: on a local base, with what must not travel beside it."""
    home = tmp_path_factory.mktemp("adapter")
    folder = tiny_adapter(home / "adapter", tiny_model(home / "base"))
    (folder / "README.md").write_text("---\nlibrary_name: peft\nlicense: apache-2.0\n---\n# Bev\n", encoding="utf-8")
    (folder / "training_args.bin").write_bytes(b"a pickle with a token")
    (folder / "checkpoints" / "checkpoint-1").mkdir(parents=True)
    (folder / "checkpoints" / "checkpoint-1" / "optimizer.pt").write_bytes(b"large")
    return folder


def loaded(hub: Hub, cache: Path, name: str, *args: str, **options: Any) -> Any:  # noqa: ANN401 - as `datasets` has it
    from datasets import load_dataset

    return load_dataset(name, *args, cache_dir=str(cache), **options)


@pytest.fixture
def online(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """`datasets` has made up its mind about the network at import, and asks for another server's view of the data."""
    import datasets.config

    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(datasets.config, "USE_PARQUET_EXPORT", False)


@pytest.mark.usefixtures("online")
def test_a_pushed_data_set_is_loaded_by_every_config_streamed_and_by_default(
    hub: Hub, person: str, sample: Path, tmp_path: Path
) -> None:
    done = push_dataset(sample, f"{person}/street", patience=QUICK)
    assert done.is_private
    assert done.snippet("dataset") == f'datasets.load_dataset("{person}/street")'
    default = loaded(hub, tmp_path, f"{person}/street")
    assert default["train"].features["turns"].feature["emotion"].names[0] == "anger"
    rows = {c: loaded(hub, tmp_path, f"{person}/street", c) for c in ("specific", "general", "chat", "benchmark")}
    assert rows["benchmark"]["test"].num_rows > 0
    assert {"train", "validation", "test", "unseen"} == set(rows["specific"])
    streamed = loaded(hub, tmp_path, f"{person}/street", "chat", streaming=True)["train"]
    assert next(iter(streamed))["prompt"] == rows["chat"]["train"][0]["prompt"]
    assert not any(".roleinstruct" in path for path in hub.files("dataset", f"{person}/street"))
    assert [path for path in done.changed if not is_ours(path)] == ["README.md"]


@over_lfs
@pytest.mark.usefixtures("online")
def test_a_private_data_set_is_not_there_for_others(
    hub: Hub, person: str, sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from datasets.exceptions import DatasetNotFoundError

    push_dataset(sample, f"{person}/street", patience=QUICK)
    monkeypatch.setenv("HF_TOKEN", hub.user("stranger"))
    with pytest.raises(DatasetNotFoundError):
        loaded(hub, tmp_path, f"{person}/street", "chat")


@over_lfs
@pytest.mark.usefixtures("online")
def test_a_default_config_is_still_one_after_a_second_push_where_datasets_own_push_loses_it(
    hub: Hub, person: str, sample: Path, tmp_path: Path
) -> None:
    from datasets import Dataset

    for config in ("zh", "en", "zh"):
        rows = Dataset.from_dict({"text": [config]})
        rows.push_to_hub(f"{person}/theirs", config, set_default=config == "zh" and config not in _seen(hub, person))
    with pytest.raises(ValueError, match="Config name is missing"):
        loaded(hub, tmp_path, f"{person}/theirs")
    push_dataset(sample, f"{person}/street", patience=QUICK)
    push_dataset(sample, f"{person}/street", patience=QUICK)
    assert loaded(hub, tmp_path, f"{person}/street")["train"].num_rows > 0


def _seen(hub: Hub, person: str) -> str:
    known = hub.repos.get(("dataset", f"{person}/theirs"))
    return "".join(known.commit_of("main").files) if known else ""  # type: ignore[union-attr]


@over_lfs
def test_what_a_build_gives_back_is_opened_and_pushed(person: str, sample: Path) -> None:
    built = Built(sample)
    builder = built.builder("chat")
    assert builder.info.features == RoleInstruct(sample, "chat").info.features
    done = built.push(f"{person}/street", private=False, patience=QUICK)
    assert (done.is_private, done.repo_id) == (False, f"{person}/street")
    assert push_dataset(sample, f"{person}/street", private=False, patience=QUICK).changed == ()


@over_lfs
def test_what_a_person_wrote_on_the_hub_stays(hub: Hub, person: str, sample: Path) -> None:
    from huggingface_hub import HfApi

    def edit(card: str) -> None:
        HfApi().upload_file(
            path_or_fileobj=card.encode(), path_in_repo="README.md", repo_id=f"{person}/street", repo_type="dataset"
        )

    prepared = prepare_dataset(sample, f"{person}/street")
    push_prepared(prepared, patience=QUICK)
    card = hub.files("dataset", f"{person}/street")["README.md"].decode()
    edited = card.replace("---\n", "---\npaperswithcode_id: street\n", 1) + "\nWritten by Bev on the page itself.\n"
    edit(edited.replace("\nlicense: ", "\nlicense: cc-by-nc-4.0 # was ", 1))
    with pytest.raises(PublishError, match=r"license: cc-by-nc-4\.0 -> .*nothing is sent"):
        push_prepared(prepared, patience=QUICK)
    allowed = replace(prepared, allow={"licence:README.md": "Bev has agreed"})
    heard: list[str] = []
    push_prepared(allowed, patience=QUICK, say=heard.append)
    assert len(heard) == 1
    assert "is replaced: license: cc-by-nc-4.0 -> " in heard[0]
    after = hub.files("dataset", f"{person}/street")["README.md"].decode()
    assert "Written by Bev" in after
    assert "paperswithcode_id: street" in after
    assert "default: true" in after


def test_an_adapter_opens_from_the_hub_as_it_did_here(hub: Hub, person: str, adapter: Path) -> None:
    import torch
    from huggingface_hub import HfApi
    from peft import AutoPeftModelForCausalLM, PeftModel
    from transformers import AutoModelForCausalLM

    HfApi().create_repo(f"{person}/base")
    HfApi().upload_folder(repo_id=f"{person}/base", folder_path=adapter.with_name("base"))
    prepared = prepare_adapter(adapter, f"{person}/bev", base_model=f"{person}/base")
    assert push_prepared(prepared, patience=QUICK).is_private
    asked = torch.tensor([[5, 6, 7]])
    with warnings.catch_warnings():  # peft calls what transformers will rename
        warnings.simplefilter("ignore", FutureWarning)
        here = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(adapter.with_name("base")), adapter)
        there = AutoPeftModelForCausalLM.from_pretrained(f"{person}/bev")
        base = AutoModelForCausalLM.from_pretrained(f"{person}/base")
        by_hand = PeftModel.from_pretrained(base, f"{person}/bev")
    expected = here(asked).logits
    assert torch.equal(there(asked).logits, expected)
    assert torch.equal(by_hand(asked).logits, expected)


@over_lfs
def test_pefts_own_push_empties_the_card_and_tells_the_path_of_the_base_and_ours_does_neither(
    hub: Hub, person: str, adapter: Path
) -> None:
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    base = adapter.with_name("base")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        model = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(base), adapter)
        model.push_to_hub(f"{person}/theirs")
    theirs = hub.files("model", f"{person}/theirs")
    assert json.loads(theirs["adapter_config.json"])["base_model_name_or_path"] == str(base)
    assert b"base_model:" not in theirs["README.md"]
    with pytest.raises(GateError, match=r"1 finding stands.*a path of this machine.*\(in Python base_model=\)"):
        push_adapter(adapter, f"{person}/bev", patience=QUICK)
    assert ("model", f"{person}/bev") not in hub.repos
    push_adapter(adapter, f"{person}/bev", base_model="bev/base", patience=QUICK)
    ours = hub.files("model", f"{person}/bev")
    assert set(ours) == {".gitattributes", "README.md", "adapter_config.json", "adapter_model.safetensors"}
    assert not [name for name, content in ours.items() if str(adapter.parent).encode() in content]
    assert json.loads(ours["adapter_config.json"])["base_model_name_or_path"] == "bev/base"
    assert b"# Bev" in ours["README.md"]


@over_lfs
def test_a_trainers_own_push_sends_its_token_in_clear_and_ours_leaves_it_at_home(
    hub: Hub, person: str, adapter: Path, tmp_path: Path
) -> None:
    from transformers import AutoModelForCausalLM, Trainer, TrainingArguments

    token = os.environ["HF_TOKEN"]
    theirs, base = tmp_path / "theirs", AutoModelForCausalLM.from_pretrained(adapter.with_name("base"))
    chosen = TrainingArguments(
        str(theirs), hub_model_id=f"{person}/theirs", hub_token=token, use_cpu=True, report_to=[]
    )
    Trainer(base, chosen).push_to_hub()
    assert any(f"holds a token of {person}" in leak for leak in hub.leaks)
    assert token.encode() in hub.files("model", f"{person}/theirs")["training_args.bin"]
    hub.leaks.clear()
    shutil.copytree(adapter, tmp_path / "ours")
    shutil.copy(theirs / "training_args.bin", tmp_path / "ours")
    prepared = prepare_adapter(tmp_path / "ours", f"{person}/bev", base_model=f"{person}/base")
    assert "training_args.bin" in prepared.staged.left_out
    assert "checkpoints/checkpoint-1/optimizer.pt" in prepared.staged.left_out
    push_prepared(prepared, patience=QUICK)
    assert "training_args.bin" not in hub.files("model", f"{person}/bev")
    packed = replace(
        prepared.staged, files={**prepared.staged.files, "training_args.bin": theirs / "training_args.bin"}
    )
    found = {(f.gate, f.where) for f in check(packed, f"{person}/bev").findings}
    assert ("file", "training_args.bin") in found
    assert any(gate == "secret" and where.startswith("training_args.bin") for gate, where in found)


@over_lfs
def test_a_metric_space_runs_by_its_name_and_revision(hub: Hub, person: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import evaluate

    done = push_metrics("roleplay_rouge_l", f"{person}/roleplay_rouge_l", private=False, patience=QUICK)
    metric = evaluate.load(f"{person}/roleplay_rouge_l", revision=done.commit)
    assert metric.compute(predictions=["早关门了"], references=["早关门了"])["rougeL"] == 1.0
    other = push_metrics("roleplay_rouge_l", f"{person}/my-own-rouge", private=False, patience=QUICK)
    assert evaluate.load(f"{person}/my-own-rouge", revision=other.commit).compute(
        predictions=["no"], references=["yes"]
    )["rougeL"] == pytest.approx(0.0)


@over_lfs
def test_a_bundle_is_pushed_elsewhere_and_a_damaged_one_is_refused(
    hub: Hub, person: str, sample: Path, tmp_path: Path
) -> None:
    file = tmp_path / "人物.zip"
    prepared = prepare_dataset(sample, f"{person}/street")
    prepared.write_bundle(file)
    assert ("dataset", f"{person}/street") not in hub.repos
    with pytest.raises(PublishError, match="exists already"):
        prepared.write_bundle(file)
    done = push_bundle(file, patience=QUICK)
    assert done.repo_id == f"{person}/street"
    assert push_prepared(prepared, patience=QUICK).changed == ()
    raw = bytearray(file.read_bytes())
    raw[len(raw) // 2] ^= 0xFF
    (tmp_path / "bad.zip").write_bytes(raw)
    with pytest.raises(PublishError, match=r"is not what was packed|is no bundle"):
        push_bundle(tmp_path / "bad.zip", f"{person}/other")
    for broken in (b"", b"no zip", raw[: len(raw) // 2]):
        (tmp_path / "bad.zip").write_bytes(broken)
        with pytest.raises(PublishError, match="is no bundle"):
            push_bundle(tmp_path / "bad.zip", f"{person}/other")
    with pytest.raises(PublishError, match="cannot be read"):
        push_bundle(tmp_path / "nowhere.zip", f"{person}/other")
    assert ("dataset", f"{person}/other") not in hub.repos


@pytest.mark.parametrize("name", ["../evil.py", "/etc/evil", "a/../../evil", "C:evil", "a\\..\\evil"])
def test_a_bundle_unpacks_nothing_outside(tmp_path: Path, name: str) -> None:
    listing = {
        "format": 1,
        "kind": "dataset",
        "repo_id": "a/b",
        "allow": {},
        "files": {name: {"sha256": "", "size": 1}},
    }
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("bundle.json", json.dumps(listing))
        archive.writestr(f"files/{name}", "x")
    with pytest.raises(PublishError, match="would land outside"):
        push_bundle(tmp_path / "x.zip")


@over_lfs
def test_the_command_pushes_says_where_and_has_nothing_to_do_a_second_time(
    hub: Hub, person: str, sample: Path, command: Callable[..., tuple[str, str]]
) -> None:
    out, err = command("push", "dataset", sample, f"{person}/street", "--tag", "v1")
    assert out.splitlines() == [
        f"{hub.endpoint}/datasets/{person}/street",
        f'datasets.load_dataset("{person}/street")',
    ]
    assert "sent in one commit" in err
    assert "nothing to do" in command("push", "dataset", sample, f"{person}/street", "--tag", "v1")[1]
    told = json.loads(command("push", "metrics", "roleplay_rouge_l", f"{person}/rouge", "--json")[0])
    assert "rouge.py" in told["changed"]
    assert (told["is_private"], told["repo_id"]) == (True, f"{person}/rouge")


@over_lfs
def test_a_dry_run_sends_nothing_and_shows_all(
    hub: Hub, person: str, sample: Path, command: Callable[..., tuple[str, str]]
) -> None:
    out, err = command("push", "dataset", sample, f"{person}/street", "--dry-run")
    assert "dialogues/train-00000-of-00001.parquet" in out
    assert "# RoleInstruct sample" in out
    assert re.search(r"Before it was published, `roleinstruct lint` gave it \d+\.\d of 100\.\n", out)
    assert "No report of `roleinstruct lint`" in (sample / "README.md").read_text(encoding="utf-8")
    assert "would be private; now it is not there" in err
    assert ("dataset", f"{person}/street") not in hub.repos
    shown = json.loads(command("push", "metrics", "roleplay_rouge_l", f"{person}/rouge", "--dry-run", "--json")[0])
    assert shown["gates"] == {"findings": [], "allowed": [], "unused": []}
    push_metrics("roleplay_rouge_l", f"{person}/rouge", private=False, patience=QUICK)
    words = ("push", "metrics", "roleplay_rouge_l", f"{person}/rouge", "--dry-run")
    assert "now it is public, so that the push would be refused: " in command(*words)[1]
    assert "now it is public; nothing was sent" in command(*words, "--public")[1]
    hub.faults.append(Fault("GET", "/api/spaces/", status=503, times=2))
    assert "is unknown, since the hub does not answer; nothing was sent" in command(*words)[1]


@over_lfs
def test_the_command_says_what_is_wrong_in_one_sentence(
    hub: Hub, person: str, sample: Path, tmp_path: Path, command: Callable[..., tuple[str, str]]
) -> None:
    assert "is no folder" in command("push", "dataset", tmp_path / "nowhere", f"{person}/x", code=1)[1]
    assert "has no README.md" in command("push", "dataset", tmp_path, f"{person}/x", code=1)[1]
    assert "expected owner/name" in command("push", "dataset", sample, "street", code=1)[1]
    assert (
        "give each exception its reason"
        in command("push", "dataset", sample, f"{person}/x", "--allow", "lint", code=1)[1]
    )
    command("push", "dataset", sample, code=2)
    command("push", "folder", sample, f"{person}/x", code=2)
    hub.faults.append(Fault("POST", "/api/repos/create", status=403, times=1))
    assert "403" in command("push", "dataset", sample, f"{person}/x", code=1)[1]


def test_what_is_no_name_of_a_base_is_refused(adapter: Path) -> None:
    with pytest.raises(ConfigError, match="is no name on a hub"):
        prepare_adapter(adapter, "a/b", base_model=str(adapter))
    with pytest.raises(FolderError, match=r"has no adapter_config\.json"):
        prepare_adapter(adapter.with_name("base"), "a/b")
