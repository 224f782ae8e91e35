"""Publishing in one call: choose the files, make the card, look through the gates, push."""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypedDict, Unpack

from roleinstruct.errors import ConfigError, PublishError
from roleinstruct.publish.base_model import with_base
from roleinstruct.publish.bundles import read_bundle
from roleinstruct.publish.card_regions import merged_card
from roleinstruct.publish.gates.gate import LINT_SCORE, expect_open
from roleinstruct.publish.hub import Pushed, push
from roleinstruct.publish.prepared import Prepared
from roleinstruct.publish.retrying import Patience
from roleinstruct.publish.spaces import metric_space
from roleinstruct.publish.staging import CARD, expect_whole, stage

__all__ = [
    "PushOptions",
    "opened_bundle",
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
    return Prepared.of(stage(folder, "dataset", more=more), repo_id, allow, lint_score)


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
    return Prepared.of(with_base(staged, base_model) if base_model else staged, repo_id, allow)


def prepare_metrics(name: str, repo_id: str, *, allow: Mapping[str, str] | None = None) -> Prepared:
    """Choose the files of a metric as a Space, and look at them.

    Args:
        name: "roleplay_rouge_l" or "roleplay_rpcs".
        repo_id: "owner/name".
        allow: Exceptions of the gates and their reasons.

    Raises:
        AssetError: There is no such metric.
    """
    return Prepared.of(metric_space(name, repo_id), repo_id, allow)


def prepare_space(folder: Path, repo_id: str, *, allow: Mapping[str, str] | None = None) -> Prepared:
    """Choose the files of a demo Space, and look at them; the arguments are those of `prepare_adapter`.

    Raises:
        FolderError: It is no folder of a Space.
    """
    return Prepared.of(stage(folder, "space"), repo_id, allow)


def push_prepared(prepared: Prepared, **options: Unpack[PushOptions]) -> Pushed:
    """Send what was prepared.

    Raises:
        GateError: Something stands in the way.
        PublishError: The hub refuses, or cannot be reached.
        ConfigError: The name of the repository or of the tag is none, or an option is unknown.
    """
    if unknown := sorted(set(options) - set(PushOptions.__annotations__)):
        raise ConfigError(f"a push has no {unknown[0]}; expected some of {', '.join(PushOptions.__annotations__)}.")
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
    with opened_bundle(Path(path), repo_id) as prepared:
        return push_prepared(prepared, **options)


@contextmanager
def opened_bundle(path: Path, repo_id: str = "", *, lint_score: float = LINT_SCORE) -> Iterator[Prepared]:
    """Unpack an archive for as long as it is looked at or pushed.

    Args:
        path: The archive.
        repo_id: "owner/name"; "" for the one that it was packed for.
        lint_score: The least score of a data set, 0 to 100.

    Raises:
        PublishError: It is damaged, or holds a metric that is called otherwise.
        FolderError: It lacks what everything of its kind has.
    """
    with tempfile.TemporaryDirectory(prefix="roleinstruct-") as temporary:
        bundle = read_bundle(path, Path(temporary))
        expect_whole(bundle.staged)
        wanted = repo_id or bundle.repo_id
        if bundle.staged.kind == "metric" and wanted.rpartition("/")[2] != bundle.repo_id.rpartition("/")[2]:
            raise PublishError(
                f"{path} holds the metric {bundle.repo_id}, whose script bears that name: keep the name, or pack it "
                f"anew for {wanted} with push metrics … --bundle."
            )
        yield Prepared.of(bundle.staged, wanted, bundle.allow, lint_score)


def _unheard(_: str) -> None:
    pass
