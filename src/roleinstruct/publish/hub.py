"""The push: staged files become one commit on the newest state of a repository, or nothing does."""

import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from roleinstruct.errors import ConfigError, PublishError
from roleinstruct.publish.ours import holds_whole_texts
from roleinstruct.publish.overlays import is_overlay
from roleinstruct.publish.remote import Remote, State
from roleinstruct.publish.retrying import Patience, failed, hub_errors, trouble_of, wait_for
from roleinstruct.publish.staging import CARD, REPO_TYPES, Staged

__all__ = ["Pushed", "Rebuilt", "push"]

Rebuilt = Callable[[str | None], str]
"""Makes the card: from the one that lies in the repository (None where there is none) to the one that is pushed."""


@dataclass(frozen=True, slots=True)
class Pushed:
    """What a push has done.

    Attributes:
        url: Of the repository.
        commit: Its newest commit, of the branch or the pull request.
        is_private: Whether the repository is.
        changed: Files that were sent.
        deleted: Files of ours that were taken away, since what is published has them no more.
        size: Bytes of the changed files.
        pull_request: Its number, or 0.
    """

    url: str
    commit: str
    is_private: bool
    changed: tuple[str, ...] = field(default=())
    deleted: tuple[str, ...] = field(default=())
    size: int = 0
    pull_request: int = 0

    @property
    def repo_id(self) -> str:
        """The repository's name, "owner/name"."""
        return "/".join(self.url.split("/")[-2:])

    def as_json(self) -> dict[str, Any]:
        """One JSON document."""
        return {**asdict(self), "repo_id": self.repo_id}

    def snippet(self, kind: str) -> str:
        """The line of Python that opens what was pushed."""
        return {
            "dataset": f'datasets.load_dataset("{self.repo_id}")',
            "adapter": f'peft.AutoPeftModelForCausalLM.from_pretrained("{self.repo_id}")',
            "metrics": f'evaluate.load("{self.repo_id}", revision="{self.commit}")',
        }.get(kind, f"open {self.url} in a browser")


def push(
    staged: Staged,
    repo_id: str,
    *,
    message: str,
    is_private: bool = True,
    tag: str | None = None,
    as_pull_request: bool = False,
    rebuilt: Rebuilt,
    patience: Patience | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> Pushed:
    """Bring staged files to a repository.

    A commit is made on the state that was looked at, so that nobody's work is written over: where somebody was faster,
    the card is made anew from theirs. When no answer comes, what lies in the repository decides whether it is done.
    What lies there by a name of ours and is not among the files goes with the same commit.

    Args:
        staged: The files, with a card.
        repo_id: "owner/name".
        message: Of the commit; also the title of a pull request.
        is_private: What the repository has to be; it is made so if it is not there.
        tag: A name for the commit.
        as_pull_request: Into our open pull request of this title, which is opened if there is none.
        rebuilt: Makes the card.
        patience: With the hub.
        say: Hears what is done and waited for.

    Raises:
        PublishError: The repository has another visibility, or holds the texts that an overlay leaves out; another
            commit bears the tag; a file is no longer what was staged, or is kept out by the hub; nobody may write
            there, or the hub cannot be reached.
        ConfigError: The name of the repository or of the tag is none.
    """
    if tag is not None and _NO_TAG.search(tag):
        raise ConfigError(f"{tag!r} is no name of a version; expected letters, digits, dots, _ and -, such as v1.")
    remote = Remote(repo_id, REPO_TYPES[staged.kind], patience or Patience(), say)
    remote.create(is_private=is_private, space_sdk=_SDKS.get(staged.kind))
    number = 0
    if as_pull_request:
        _expect_fit(remote, remote.state("main"), staged, is_private)  # what it is called is seen too
        number = remote.pull_request(message)
    order = _Order(staged, message, f"refs/pr/{number}" if number else "main", is_private, tag, rebuilt)
    done = _committed(remote, order)
    if tag:
        remote.tag(tag, done.commit)
    return replace(done, pull_request=number)


@dataclass(frozen=True, slots=True)
class _Order:
    """What is wanted of a push; the names are those of `push`."""

    staged: Staged
    message: str
    revision: str
    is_private: bool
    tag: str | None
    rebuilt: Rebuilt


def _committed(remote: Remote, order: _Order) -> Pushed:
    """Make the commit; a failure whose work was done all the same is seen by what lies there afterwards."""
    doing = f"pushing to {remote.repo_id}"
    sent: Pushed | None = None
    last: Exception | None = None
    failures = races = 0
    while True:
        state = remote.state(order.revision)
        _expect_fit(remote, state, order.staged, order.is_private)
        ready = order.staged.with_card(order.rebuilt(remote.read(CARD, state)))
        changed = tuple(path for path, digest in ready.digests.items() if not state.holds(path, digest))
        deleted = tuple(path for path in state.files if ready.is_replaced(path))
        if not changed and not deleted:
            return replace(sent or Pushed(remote.url, state.commit, state.is_private), commit=state.commit)
        if last is not None and (failures >= remote.patience.tries or races >= _MOST_RACES):
            raise failed(doing, last) from last
        if order.tag:
            remote.expect_free(order.tag)
        size = sum(ready.digests[path].size for path in changed)
        sent = Pushed(remote.url, "", state.is_private, changed, deleted, size)
        try:
            commit = remote.commit(ready, changed, deleted, order.message, state.commit, order.revision)
        except PublishError:
            raise
        except hub_errors() as error:
            trouble, last = trouble_of(error), error
            if not (trouble.is_passing or trouble.is_stale):
                raise failed(doing, error) from error
            failures, races = failures + trouble.is_passing, races + trouble.is_stale
            wait_for(doing, trouble, remote.patience.wait(failures, trouble.wait) if failures else 0.0, remote.say)
            continue
        _expect_arrived(remote, remote.state(commit), ready, changed)
        return replace(sent, commit=commit)


def _expect_fit(remote: Remote, state: State, staged: Staged, is_private: bool) -> None:
    """Refuse a repository that is seen by others than was said, or that tells what an overlay leaves out.

    Asking for a visibility does not change that of a repository which is there, and its owner may change it meanwhile.
    """
    if state.is_private != is_private:
        found, wanted = ("private", "public") if state.is_private else ("public", "private")
        raise PublishError(
            f"{remote.url} is {found}, and was to be {wanted}; nothing is sent: change it in its settings, "
            f"or push with --{found} (in Python private={state.is_private})."
        )
    if holds_whole_texts(state.files) and is_overlay(staged):
        raise PublishError(
            f"{remote.url} holds the texts that this overlay leaves out, and its git history would keep them; nothing "
            "is sent: push the overlay to a repository of another name, or delete that one first."
        )


def _expect_arrived(remote: Remote, state: State, ready: Staged, changed: Sequence[str]) -> None:
    """Tell of files that a hub leaves out of a commit without a word."""
    if lost := [path for path in changed if not state.holds(path, ready.digests[path])]:
        raise PublishError(
            f"{remote.url} has taken the commit {state.commit[:8]} without {', '.join(lost[:5])}"
            f"{f' and {len(lost) - 5:,} more' if len(lost) > 5 else ''}: a .gitignore there keeps them out; mend it, "
            "and give the same command again."
        )


_MOST_RACES = 20
_NO_TAG = re.compile(r"\A\Z|[\s~^:?*\[\\\x00-\x1f\x7f]|\.\.|@\{|//|\A[-/.]|[/.]\Z|\.lock\Z")
"""What git takes in no name."""
_SDKS = {"metric": "gradio", "space": "gradio"}
