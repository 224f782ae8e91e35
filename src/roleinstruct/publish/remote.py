"""A repository on a hub, seen through calls that are made with patience."""

import tempfile
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from json import JSONDecodeError
from pathlib import Path
from typing import Any

from roleinstruct.errors import ConfigError, PublishError
from roleinstruct.publish.digests import Digest
from roleinstruct.publish.retrying import Patience, patiently
from roleinstruct.publish.staging import Staged

__all__ = ["Remote", "State", "expect_repo_id", "visibility_of"]


@dataclass(frozen=True, slots=True)
class State:
    """A revision of a repository.

    Attributes:
        commit: Its id.
        is_private: Whether the repository is.
        files: By path the git id of a small file, or the SHA-256 of a large one, and whether it is a large one.
    """

    commit: str
    is_private: bool
    files: Mapping[str, tuple[str, bool]]

    def holds(self, path: str, digest: Digest) -> bool:
        """Whether a file lies there with the content of this digest."""
        return self.files.get(path) in ((digest.blob, False), (digest.sha256, True))


class Remote:
    """A repository.

    The token is huggingface_hub's own affair: of the environment or of its login.

    Args:
        repo_id: "owner/name".
        repo_type: "model", "dataset" or "space".
        patience: With the hub.
        say: Hears of waits.

    Raises:
        ConfigError: The name is none that a hub takes.
    """

    def __init__(self, repo_id: str, repo_type: str, patience: Patience, say: Callable[[str], None]) -> None:
        from huggingface_hub import HfApi

        expect_repo_id(repo_id)
        self.repo_id, self.repo_type = repo_id, repo_type
        self.patience, self.say = patience, say
        self.api: HfApi = HfApi()
        self._of: dict[str, Any] = {"repo_id": repo_id, "repo_type": repo_type}

    @property
    def url(self) -> str:
        """The address of its page."""
        prefix = "" if self.repo_type == "model" else f"{self.repo_type}s/"
        return f"{self.api.endpoint}/{prefix}{self.repo_id}"

    def is_there(self) -> bool:
        """Whether it exists, for the one who asks."""
        return bool(self._patiently("looking at", lambda: self.api.repo_exists(**self._of)))

    def create(self, *, is_private: bool, space_sdk: str | None = None) -> None:
        """Make the repository if it is not there; one that is there keeps its visibility."""
        more: dict[str, Any] = {"space_sdk": space_sdk} if space_sdk else {}
        self._patiently("creating", lambda: self.api.create_repo(**self._of, private=is_private, exist_ok=True, **more))

    def state(self, revision: str) -> State:
        """What lies in a revision now."""
        info = self._patiently("looking at", lambda: self.api.repo_info(**self._of, revision=revision))
        commit = str(info.sha)
        rows = self._patiently(
            "listing", lambda: list(self.api.list_repo_tree(**self._of, revision=commit, recursive=True))
        )
        files: dict[str, tuple[str, bool]] = {}
        for row in rows:
            if hasattr(row, "blob_id"):  # a folder has none
                files[row.path] = (row.lfs.sha256, True) if row.lfs else (row.blob_id, False)
        return State(commit, bool(info.private), files)

    def read(self, path: str, state: State) -> str | None:
        """A small text of a revision; None where there is none.

        Raises:
            PublishError: It is no text.
        """
        if path not in state.files:
            return None
        with tempfile.TemporaryDirectory() as folder:
            found = self._patiently(
                "reading",
                lambda: self.api.hf_hub_download(**self._of, filename=path, revision=state.commit, local_dir=folder),
            )
            try:
                return Path(found).read_bytes().decode("utf-8")
            except UnicodeDecodeError as error:
                raise PublishError(
                    f"{path} of {self.url} is no text in UTF-8 ({error.reason}): mend it there."
                ) from error

    def commit(
        self, staged: Staged, add: Sequence[str], delete: Sequence[str], message: str, parent: str, revision: str
    ) -> str:
        """Make one commit on a known parent, once; what may go wrong is one of `hub_errors`.

        Args:
            staged: The files.
            add: The paths of those that are sent.
            delete: The paths of those that go.
            message: Of the commit.
            parent: The id of the commit that it follows.
            revision: The branch, or the ref of a pull request.

        Returns:
            Its id.

        Raises:
            PublishError: The hub refuses the card, or a file is no longer what was staged.
        """
        from huggingface_hub import CommitOperationAdd, CommitOperationDelete

        added = [CommitOperationAdd(path_in_repo=path, path_or_fileobj=staged.sent(path)) for path in add]
        self.api.preupload_lfs_files(**self._of, additions=added, revision=revision, free_memory=False)
        for one in added:  # large ones have their digest from the bytes that went out, and are not in a commit yet
            if one.upload_info.sha256.hex() != staged.digests[one.path_in_repo].sha256:
                raise staged.changed(one.path_in_repo)
        operations: list[Any] = [*added, *(CommitOperationDelete(path_in_repo=path) for path in delete)]
        try:
            with warnings.catch_warnings():  # an adapter's mixture of data is meant to be in the repository of a model
                warnings.filterwarnings("ignore", "It seems that you are about to commit a data file", UserWarning)
                done = self.api.create_commit(
                    **self._of, operations=operations, commit_message=message, parent_commit=parent, revision=revision
                )
        except (
            JSONDecodeError
        ) as error:  # the page of a busy proxy, since the look at the card reads it whatever the status
            raise ConnectionError("a page came instead of an answer") from error
        except ValueError as error:  # so the client tells of a hub's answer to a look at the card alone
            if not str(error).startswith("Invalid metadata"):
                raise
            reason = " ".join(str(error).partition("\n")[2].split())
            raise PublishError(f"{self.url} refuses the card ({reason}): mend the YAML at the head of it.") from error
        return str(done.oid)

    def pull_request(self, title: str) -> int:
        """The number of our open pull request of this title; it is opened if there is none."""
        mine = self._patiently("asking whose token it is, for", lambda: self.api.whoami()["name"])

        def ours() -> int:
            # Looked for before every try, so that one whose answer was lost is not opened a second time.
            found = self.api.get_repo_discussions(**self._of, discussion_type="pull_request")
            open_ones = [d for d in found if d.title == title and d.status in ("open", "draft")]
            known = [int(d.num) for d in open_ones if d.author == mine]  # others may push with the same tool and title
            return known[0] if known else int(self.api.create_pull_request(**self._of, title=title).num)

        number: int = self._patiently("opening a pull request in", ours)
        return number

    def expect_free(self, tag: str) -> None:
        """Refuse a tag that a commit bears, before another is made that is to have it.

        Raises:
            PublishError: One does.
        """
        if tag in (known := self._tags()):
            raise PublishError(
                f"{self.url} has a tag {tag} already, on another commit ({known[tag][:8]}); nothing is sent: choose "
                "another with --tag (in Python tag=)."
            )

    def tag(self, name: str, commit: str) -> None:
        """Give a commit a name.

        Raises:
            PublishError: Another commit bears it.
        """
        known = self._tags()
        if name not in known:
            self._patiently(
                "tagging", lambda: self.api.create_tag(**self._of, tag=name, revision=commit, exist_ok=True)
            )
        elif known[name] != commit:
            raise PublishError(
                f"{self.url} has a tag {name} already, on another commit ({known[name][:8]}): what was pushed is there "
                "without a tag; choose another with --tag (in Python tag=)."
            )

    def _tags(self) -> dict[str, str]:
        refs = self._patiently("reading the tags of", lambda: self.api.list_repo_refs(**self._of))
        return {ref.name: ref.target_commit for ref in refs.tags}

    def _patiently(self, what: str, call: Callable[[], Any]) -> Any:  # noqa: ANN401 - of many clients' calls
        return patiently(f"{what} {self.repo_id}", call, self.patience, self.say)


def expect_repo_id(repo_id: str) -> None:
    """Refuse what no hub takes as the name of a repository.

    Raises:
        ConfigError: It is not "owner/name".
    """
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils import validate_repo_id

    try:
        validate_repo_id(repo_id)
    except HFValidationError as error:
        raise _no_name(repo_id) from error
    if not repo_id.isascii() or repo_id.count("/") != 1 or len(repo_id.partition("/")[2]) > _LONGEST:
        raise _no_name(repo_id)


def _no_name(repo_id: str) -> ConfigError:
    return ConfigError(
        f"{repo_id!r} is no name of a repository; expected owner/name, such as ann/joiner-chats: English letters, "
        f"digits, -, _ and ., no -- or .., and at most {_LONGEST} of them in the name."
    )


def visibility_of(repo_id: str, repo_type: str) -> str:
    """Who sees a repository now: "public", "private", "not there", or "unknown" where the hub cannot be asked."""
    try:
        remote = Remote(repo_id, repo_type, Patience(tries=1), lambda _: None)
        return ("private" if remote.state("main").is_private else "public") if remote.is_there() else "not there"
    except PublishError:
        return "unknown"


_LONGEST = 96
