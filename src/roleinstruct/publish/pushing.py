"""Publishing in one call: choose the files, make the card, look through the gates, push."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypedDict, Unpack

from roleinstruct.errors import ConfigError
from roleinstruct.publish.base_model import with_base
from roleinstruct.publish.card_changes import LICENCE_OF_CARD, card_over
from roleinstruct.publish.gates.gate import LINT_SCORE, expect_open
from roleinstruct.publish.hub import Pushed, push
from roleinstruct.publish.opening import opened_bundle
from roleinstruct.publish.prepared import Prepared
from roleinstruct.publish.retrying import Patience
from roleinstruct.publish.spaces import metric_space
from roleinstruct.publish.staging import CARD, stage

__all__ = [
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


def prepare_dataset(
    folder: Path,
    repo_id: str,
    *,
    allow: Mapping[str, str] | None = None,
    lint_score: float = LINT_SCORE,
    with_rejected: bool = False,
) -> Prepared:
    """Choose the files of a data set folder, and look at them; what the gates found in a file is kept in the folder.

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
    return Prepared.of(stage(folder, "dataset", more=more), repo_id, allow, lint_score, remember=True)


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
    say = options.get("say", _unheard)
    may_change = any(name in prepared.allow for name in LICENCE_OF_CARD)
    return push(
        staged,
        prepared.repo_id,
        message=options.get("message") or f"{staged.kind} made by roleinstruct",
        is_private=options.get("private", True),
        tag=options.get("tag"),
        as_pull_request=options.get("pull_request", False),
        rebuilt=lambda theirs: card_over(card, theirs, may_change_licence=may_change, say=say),
        patience=options.get("patience"),
        say=say,
    )


def push_dataset(
    folder: Path | str,
    repo_id: str,
    *,
    allow: Mapping[str, str] | None = None,
    lint_score: float = LINT_SCORE,
    **options: Unpack[PushOptions],
) -> Pushed:
    """Publish a data set folder, so that `load_dataset(repo_id, config)` opens it.

    Args:
        folder: As `roleinstruct build` makes it.
        repo_id: "owner/name".
        allow: Exceptions of the gates and their reasons, such as {"private:README.md": "the shop's own number"}.
        lint_score: The least score of the linter, 0 to 100.
        options: See `PushOptions`.

    Raises:
        GateError: Something in it must not be published.
        PublishError: The hub refuses, or cannot be reached.
        FolderError: It is no data set folder.
    """
    return push_prepared(prepare_dataset(Path(folder), repo_id, allow=allow, lint_score=lint_score), **options)


def push_adapter(
    folder: Path | str,
    repo_id: str,
    *,
    allow: Mapping[str, str] | None = None,
    base_model: str = "",
    **options: Unpack[PushOptions],
) -> Pushed:
    """Publish an adapter folder, so that `AutoPeftModelForCausalLM.from_pretrained(repo_id)` opens it.

    Args:
        folder: As `roleinstruct train` makes it.
        repo_id: "owner/name".
        allow: Exceptions of the gates and their reasons.
        base_model: The name on the hub of the base model, where it was trained on a local copy.
        options: See `PushOptions`.

    Raises:
        GateError: Something in it must not be published, such as the path of a base model on this machine.
        PublishError: The hub refuses, or cannot be reached.
        FolderError: It is no adapter folder.
    """
    return push_prepared(prepare_adapter(Path(folder), repo_id, allow=allow, base_model=base_model), **options)


def push_metrics(
    name: str, repo_id: str, *, allow: Mapping[str, str] | None = None, **options: Unpack[PushOptions]
) -> Pushed:
    """Publish a metric as a Space, so that `evaluate.load(repo_id)` runs it; see `prepare_metrics`.

    Raises:
        AssetError: There is no such metric.
        PublishError: The hub refuses, or cannot be reached.
    """
    return push_prepared(prepare_metrics(name, repo_id, allow=allow), **options)


def push_bundle(
    path: Path | str,
    repo_id: str = "",
    *,
    allow: Mapping[str, str] | None = None,
    lint_score: float = LINT_SCORE,
    **options: Unpack[PushOptions],
) -> Pushed:
    """Publish what `Prepared.write_bundle` wrote; the gates look at it again.

    Args:
        path: The archive.
        repo_id: "owner/name"; "" for the one that it was packed for.
        allow: Exceptions of the gates and their reasons, beside those of the archive, see `opened_bundle`.
        lint_score: The least score of a data set, 0 to 100.
        options: See `PushOptions`.

    Raises:
        GateError: Something in it must not be published.
        PublishError: It is damaged, the hub refuses, or cannot be reached.
    """
    say = options.get("say", _unheard)
    with opened_bundle(Path(path), repo_id, allow=allow, lint_score=lint_score, say=say) as prepared:
        return push_prepared(prepared, **options)


def _unheard(_: str) -> None:
    pass
