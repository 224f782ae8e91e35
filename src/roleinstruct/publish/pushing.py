"""Publishing in one call: choose the files, make the card, look through the gates, push."""

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict, Unpack

from roleinstruct.publish.base_model import with_base
from roleinstruct.publish.bundles import read_bundle, write_bundle
from roleinstruct.publish.card_regions import merged_card
from roleinstruct.publish.cards import card_for
from roleinstruct.publish.gates.finding import GateReport
from roleinstruct.publish.gates.gate import LINT_SCORE, check, expect_open
from roleinstruct.publish.hub import Pushed, push
from roleinstruct.publish.remote import expect_repo_id
from roleinstruct.publish.retrying import Patience
from roleinstruct.publish.spaces import metric_space
from roleinstruct.publish.staging import CARD, Staged, stage

__all__ = [
    "Prepared",
    "PushOptions",
    "prepare_adapter",
    "prepare_dataset",
    "prepare_metrics",
    "prepare_space",
    "push_adapter",
    "push_bundle",
    "push_dataset",
    "push_metrics",
    "push_prepared",
]


class PushOptions(TypedDict, total=False):
    """What a push may be told beside its folder and its repository.

    Attributes:
        private: Whether the repository has to be; True unless said.
        tag: A name for the commit.
        pull_request: Push into our open pull request instead of the main branch.
        message: Of the commit.
        patience: With the hub.
        say: Hears what is done and waited for.
    """

    private: bool
    tag: str | None
    pull_request: bool
    message: str
    patience: Patience
    say: Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Prepared:
    """What would be published, before anything is sent.

    Attributes:
        staged: The files, with the card.
        repo_id: Where they go.
        report: What the gates found.
        allow: What they were told to let through, and why.
    """

    staged: Staged
    repo_id: str
    report: GateReport
    allow: Mapping[str, str]

    def write_bundle(self, target: Path) -> None:
        """Write them into an archive instead of sending them; see `bundles.write_bundle`.

        Raises:
            GateError: Something stands in the way.
            PublishError: The file exists already.
        """
        expect_open(self.report)
        write_bundle(self.staged, target, self.repo_id, self.allow)


def prepare_dataset(
    folder: Path,
    repo_id: str,
    *,
    allow: Mapping[str, str] | None = None,
    lint_score: float = LINT_SCORE,
    with_rejected: bool = False,
) -> Prepared:
    """Choose the files of a data set folder, and look at them.

    Args:
        folder: As `roleinstruct build` makes it.
        repo_id: "owner/name".
        allow: Exceptions of the gates and their reasons.
        lint_score: The least score of the linter, 0 to 100.
        with_rejected: Publish the rejected rows too.

    Raises:
        FolderError: It is no data set folder.
        ConfigError: An exception names no gate, or a file is a link.
    """
    more = ("rejected/*.parquet",) if with_rejected else ()
    return _prepared(stage(folder, "dataset", more=more), repo_id, allow, lint_score)


def prepare_adapter(
    folder: Path, repo_id: str, *, allow: Mapping[str, str] | None = None, base_model: str = ""
) -> Prepared:
    """Choose the files of an adapter folder, and look at them.

    Args:
        folder: As `roleinstruct train` makes it.
        repo_id: "owner/name".
        allow: Exceptions of the gates and their reasons.
        base_model: The name on the hub of the base model, where it was trained on a local copy.

    Raises:
        FolderError: It is no adapter folder.
        ConfigError: An exception names no gate, or a file is a link.
    """
    staged = stage(folder, "adapter")
    return _prepared(with_base(staged, base_model) if base_model else staged, repo_id, allow)


def prepare_metrics(name: str, repo_id: str, *, allow: Mapping[str, str] | None = None) -> Prepared:
    """Choose the files of a metric as a Space, and look at them.

    Args:
        name: "roleplay_rouge_l" or "roleplay_rpcs".
        repo_id: "owner/name".
        allow: Exceptions of the gates and their reasons.

    Raises:
        AssetError: There is no such metric.
    """
    return _prepared(metric_space(name, repo_id), repo_id, allow)


def prepare_space(folder: Path, repo_id: str, *, allow: Mapping[str, str] | None = None) -> Prepared:
    """Choose the files of a demo Space, and look at them; the arguments are those of `prepare_adapter`.

    Raises:
        FolderError: It is no folder of a Space.
    """
    return _prepared(stage(folder, "space"), repo_id, allow)


def push_prepared(prepared: Prepared, **options: Unpack[PushOptions]) -> Pushed:
    """Send what was prepared.

    Raises:
        GateError: Something stands in the way.
        PublishError: The hub refuses, or cannot be reached.
        ConfigError: The name of the repository is none.
    """
    expect_open(prepared.report)
    staged = prepared.staged
    card = staged.text(CARD)
    return push(
        staged,
        prepared.repo_id,
        message=options.get("message") or f"{staged.kind} made by roleinstruct",
        is_private=options.get("private", True),
        tag=options.get("tag"),
        as_pull_request=options.get("pull_request", False),
        rebuilt=lambda theirs: merged_card(card, theirs),
        patience=options.get("patience"),
        say=options.get("say", _unheard),
    )


def push_dataset(folder: Path | str, repo_id: str, **options: Unpack[PushOptions]) -> Pushed:
    """Publish a data set folder, so that `load_dataset(repo_id, config)` opens it.

    Raises:
        GateError: Something in it must not be published.
        PublishError: The hub refuses, or cannot be reached.
        FolderError: It is no data set folder.
    """
    return push_prepared(prepare_dataset(Path(folder), repo_id), **options)


def push_adapter(folder: Path | str, repo_id: str, **options: Unpack[PushOptions]) -> Pushed:
    """Publish an adapter folder, so that `AutoPeftModelForCausalLM.from_pretrained(repo_id)` opens it.

    Raises:
        GateError: Something in it must not be published, such as the path of a base model on this machine.
        PublishError: The hub refuses, or cannot be reached.
        FolderError: It is no adapter folder.
    """
    return push_prepared(prepare_adapter(Path(folder), repo_id), **options)


def push_metrics(name: str, repo_id: str, **options: Unpack[PushOptions]) -> Pushed:
    """Publish a metric as a Space, so that `evaluate.load(repo_id)` runs it.

    Raises:
        AssetError: There is no such metric.
        PublishError: The hub refuses, or cannot be reached.
    """
    return push_prepared(prepare_metrics(name, repo_id), **options)


def push_bundle(path: Path | str, repo_id: str = "", **options: Unpack[PushOptions]) -> Pushed:
    """Publish what `Prepared.write_bundle` wrote; the gates look at it again.

    Args:
        path: The archive.
        repo_id: "owner/name"; "" for the one that it was packed for.
        options: See `PushOptions`.

    Raises:
        GateError: Something in it must not be published.
        PublishError: It is damaged, the hub refuses, or cannot be reached.
    """
    with tempfile.TemporaryDirectory(prefix="roleinstruct-") as temporary:
        bundle = read_bundle(Path(path), Path(temporary))
        wanted = repo_id or bundle.repo_id
        report = check(bundle.staged, wanted, allow=bundle.allow)
        return push_prepared(Prepared(bundle.staged, wanted, report, bundle.allow), **options)


def _prepared(
    staged: Staged, repo_id: str, allow: Mapping[str, str] | None, lint_score: float = LINT_SCORE
) -> Prepared:
    expect_repo_id(repo_id)
    report = check(staged, repo_id, allow=allow, lint_score=lint_score)
    return Prepared(staged.with_card(card_for(staged, repo_id, report)), repo_id, report, allow or {})


def _unheard(_: str) -> None:
    pass
