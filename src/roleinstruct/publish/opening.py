"""An archive that somebody packed, made ready to be pushed: what it says is told, and not all of it is believed."""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from roleinstruct.errors import PublishError
from roleinstruct.publish.bundles import read_bundle
from roleinstruct.publish.gates.gate import LINT_SCORE
from roleinstruct.publish.prepared import Prepared
from roleinstruct.publish.staging import expect_whole

__all__ = ["opened_bundle"]


@contextmanager
def opened_bundle(
    path: Path,
    repo_id: str = "",
    *,
    allow: Mapping[str, str] | None = None,
    lint_score: float = LINT_SCORE,
    say: Callable[[str], None],
) -> Iterator[Prepared]:
    """Unpack an archive for as long as it is looked at or pushed.

    Args:
        path: The archive.
        repo_id: "owner/name"; "" for the one that it was packed for.
        allow: Exceptions of the one who pushes, and their reasons. Those of the archive hold too, but for secrets and
            files that should not travel.
        lint_score: The least score of a data set, 0 to 100.
        say: Hears of what is let through on the archive's word.

    Raises:
        PublishError: It is damaged, or holds a metric that is called otherwise.
        FolderError: It lacks what everything of its kind has.
    """
    ours = allow or {}
    with tempfile.TemporaryDirectory(prefix="roleinstruct-") as temporary:
        bundle = read_bundle(path, Path(temporary))
        expect_whole(bundle.staged)
        wanted = repo_id or bundle.repo_id
        if bundle.staged.kind == "metric" and wanted.rpartition("/")[2] != bundle.repo_id.rpartition("/")[2]:
            raise PublishError(
                f"{path} holds the metric {bundle.repo_id}, whose script bears that name: keep the name, or pack it "
                f"anew for {wanted} with push metrics … --bundle."
            )
        theirs = {
            name: why
            for name, why in bundle.allow.items()
            if name not in ours and name.partition(":")[0] not in _OWN_WORD
        }
        prepared = Prepared.of(bundle.staged, wanted, {**theirs, **ours}, lint_score)
        for name, why in theirs.items():
            if name not in prepared.report.unused:
                say(f"{path} lets {name} through: {' '.join(why.split())}")
        yield prepared


_OWN_WORD = ("secret", "file")
"""The gates that open on the word of the one who pushes alone."""
