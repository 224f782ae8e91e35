"""The push: staged files become one commit on the newest state of a repository, or nothing does."""

import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from roleinstruct.errors import ConfigError, PublishError
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
        deleted: Files of older tables that were taken away.
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
        PublishError: The repository has another visibility, nobody may write there, or the hub cannot be reached.
        ConfigError: The name of the repository or of the tag is none.
    """
    if tag is not None and _NO_TAG.search(tag):
        raise ConfigError(f"{tag!r} is no name of a version; expected letters, digits, dots, _ and -, such as v1.")
    remote = Remote(repo_id, REPO_TYPES[staged.kind], patience or Patience(), say)
    remote.create(is_private=is_private, space_sdk=_SDKS.get(staged.kind))
    _expect_visibility(remote, remote.state("main"), is_private)
    number = remote.pull_request(message) if as_pull_request else 0
    done = _committed(remote, staged, message, f"refs/pr/{number}" if number else "main", rebuilt)
    if tag:
        remote.tag(tag, done.commit)
    return replace(done, pull_request=number)


def _committed(remote: Remote, staged: Staged, message: str, revision: str, rebuilt: Rebuilt) -> Pushed:
    """Make the commit; a failure whose work was done all the same is seen by what lies there afterwards."""
    doing = f"pushing to {remote.repo_id}"
    sent: Pushed | None = None
    last: Exception | None = None
    failures = races = 0
    while True:
        state = remote.state(revision)
        ready = staged.with_card(rebuilt(remote.read(CARD, state)))
        changed = {path: content for path, content in ready.files.items() if not state.holds(path, content)}
        deleted = tuple(path for path in state.files if ready.is_replaced(path))
        if not changed and not deleted:
            return replace(sent or Pushed(remote.url, state.commit, state.is_private), commit=state.commit)
        if last is not None and (failures >= remote.patience.tries or races >= _MOST_RACES):
            raise failed(doing, last) from last
        sent = Pushed(remote.url, "", state.is_private, tuple(changed), deleted, replace(ready, files=changed).size)
        try:
            return replace(sent, commit=remote.commit(changed, deleted, message, state.commit, revision))
        except PublishError:
            raise
        except hub_errors() as error:
            trouble, last = trouble_of(error), error
            if not (trouble.is_passing or trouble.is_stale):
                raise failed(doing, error) from error
            failures, races = failures + trouble.is_passing, races + trouble.is_stale
            wait_for(doing, trouble, remote.patience.wait(failures, trouble.wait) if failures else 0.0, remote.say)


def _expect_visibility(remote: Remote, state: State, is_private: bool) -> None:
    """Refuse a repository that is seen by others than was said: asking for it does not change one that is there."""
    if state.is_private != is_private:
        found, wanted = ("private", "public") if state.is_private else ("public", "private")
        raise PublishError(
            f"{remote.url} is {found}, and was to be {wanted}; nothing was sent: change it in its settings, "
            f"or push with --{found}."
        )


_MOST_RACES = 20
_NO_TAG = re.compile(r"\A\Z|[\s~^:?*\[\\\x00-\x1f\x7f]|\.\.|@\{|//|\A[-/.]|[/.]\Z|\.lock\Z")
"""What git takes in no name."""
_SDKS = {"metric": "gradio", "space": "gradio"}
