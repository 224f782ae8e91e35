"""The command that publishes: data sets, adapters, metrics and Spaces."""

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Annotated, Any

import typer

from roleinstruct.cli.options import Json
from roleinstruct.cli.talk import listening, out, print_json, say
from roleinstruct.errors import ConfigError
from roleinstruct.publish.card_changes import LICENCE_OF_CARD
from roleinstruct.publish.gates.gate import LINT_SCORE
from roleinstruct.publish.hub import Pushed
from roleinstruct.publish.limits import limit_waiting, quiet_bars
from roleinstruct.publish.opening import opened_bundle
from roleinstruct.publish.prepared import Prepared
from roleinstruct.publish.pushing import (
    PushOptions,
    prepare_adapter,
    prepare_dataset,
    prepare_metrics,
    prepare_space,
    push_prepared,
)
from roleinstruct.publish.remote import visibility_of
from roleinstruct.publish.staging import CARD, REPO_TYPES

__all__ = ["register"]


What = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="dataset|adapter|metrics|space PATH REPO_ID",
        help="What, where it lies (a metric's name for metrics), and owner/name on the hub.",
    ),
]
Public = Annotated[
    bool, typer.Option("--public/--private", help="Who sees the repository; one that is there must be so already.")
]
Tag = Annotated[str | None, typer.Option("--tag", metavar="NAME", help="A name for this version.")]
Pull = Annotated[bool, typer.Option("--pr", help="Into a pull request; never opens a second one.")]
Text = Annotated[str, typer.Option("--message", help="Of the commit.")]
Base = Annotated[
    str, typer.Option("--base-model", metavar="REPO_ID", help="Of an adapter: the public name of its base model.")
]
Rejected = Annotated[bool, typer.Option("--with-rejected", help="Of a data set: publish the rejected rows too.")]
Least = Annotated[
    float, typer.Option("--lint-score", min=0, max=100, help="Of a data set: the least score of the linter.")
]
Allow = Annotated[
    list[str] | None, typer.Option("--allow", metavar="NAME", help="Let a finding through; needs --because.")
]
Because = Annotated[
    list[str] | None, typer.Option("--because", metavar="TEXT", help="Why, for the card; one for each --allow.")
]
Dry = Annotated[bool, typer.Option("--dry-run", help="Show what would be sent, and send nothing.")]
Bundle = Annotated[
    Path | None, typer.Option("--bundle", metavar="FILE", help="Write an archive instead, to be pushed elsewhere.")
]
Packed = Annotated[
    Path | None, typer.Option("--from-bundle", metavar="FILE", help="Push such an archive; [REPO_ID] may follow.")
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("push")(_push)


def _push(
    words: What = None,
    public: Public = False,
    tag: Tag = None,
    as_pull_request: Pull = False,
    message: Text = "",
    base_model: Base = "",
    with_rejected: Rejected = False,
    lint_score: Least = LINT_SCORE,
    allow: Allow = None,
    because: Because = None,
    dry_run: Dry = False,
    bundle: Bundle = None,
    from_bundle: Packed = None,
    as_json: Json = False,
) -> None:
    """Publish on a hub: one commit, after everything was looked at for secrets, private data and licences."""
    limit_waiting()
    quiet_bars()
    allowed = _pairs(allow or [], because or [])
    with listening() as listener:
        options: PushOptions = {"private": not public, "tag": tag, "pull_request": as_pull_request}
        options |= {"message": message, "say": listener.say}
        ready: AbstractContextManager[Prepared]
        if from_bundle is not None:
            _expect_none(base_model=base_model, with_rejected=with_rejected, bundle=bundle)
            repo_id = _one(words or [])
            ready = opened_bundle(from_bundle, repo_id, allow=allowed, lint_score=lint_score, say=listener.say)
        else:
            kind, path, repo_id = _three(words or [])
            listener.say(f"looking at everything in {path}")
            ready = nullcontext(_prepare(kind, path, repo_id, allowed, base_model, lint_score, with_rejected))
        with ready as prepared:
            for name in (
                one for one in prepared.report.unused if one not in LICENCE_OF_CARD
            ):  # those may be for the card there
                listener.say(f"--allow {name} lets nothing through: what it was for is mended, or has another name")
            if dry_run:
                _show(prepared, "public" if public else "private", as_json)
            elif bundle is not None:
                prepared.write_bundle(bundle)
                say(f"{bundle} is ready; on a machine with internet: roleinstruct push --from-bundle {bundle}")
            else:
                _tell(push_prepared(prepared, **options), as_json, prepared.staged.kind)


def _expect_none(**options: object) -> None:
    """Refuse what was settled when an archive was packed."""
    if said := [name for name, value in options.items() if value]:
        raise typer.BadParameter(f"--{said[0].replace('_', '-')} has no place beside --from-bundle: pack it anew.")


def _prepare(
    kind: str, path: str, repo_id: str, allow: dict[str, str], base: str, lint_score: float, with_rejected: bool
) -> Prepared:
    if kind == "dataset":
        return prepare_dataset(Path(path), repo_id, allow=allow, lint_score=lint_score, with_rejected=with_rejected)
    if kind == "adapter":
        return prepare_adapter(Path(path), repo_id, allow=allow, base_model=base)
    if kind == "metrics":
        return prepare_metrics(path, repo_id, allow=allow)
    return prepare_space(Path(path), repo_id, allow=allow)


def _show(prepared: Prepared, wanted: str, as_json: bool) -> None:
    """What a push would do."""
    staged = prepared.staged
    files = {name: len(c) if isinstance(c, bytes) else c.stat().st_size for name, c in staged.files.items()}
    found = visibility_of(prepared.repo_id, REPO_TYPES[staged.kind])
    if as_json:
        shown: dict[str, Any] = {"repo_id": prepared.repo_id, "visibility": wanted, "now": found, "files": files}
        print_json(shown | {"card": staged.text(CARD), "gates": prepared.report.as_json()})
        return
    console = out()
    for name, size in files.items():
        console.print(f"{size:>14,}  {name}", markup=False)
    console.print(f"{sum(files.values()):>14,}  bytes in {len(files)} files", markup=False)
    console.print(f"\n{staged.text(CARD)}", markup=False)
    for finding in prepared.report.findings:
        say(f"{finding.name}: {finding.where}: {finding.what} – {finding.mend}")
    say(f"{prepared.repo_id} would be {wanted}; {_met(found, wanted)}; nothing was sent")


def _met(found: str, wanted: str) -> str:
    """What a push would meet."""
    if found == "unknown":
        return "what it is now is unknown, since the hub does not answer"
    if found in ("public", "private") and found != wanted:
        return (
            f"now it is {found}, so that the push would be refused: change it in its settings, or push with --{found}"
        )
    return f"now it is {found}"


def _tell(done: Pushed, as_json: bool, kind: str) -> None:
    if as_json:
        print_json(done.as_json())
        return
    if done.changed or done.deleted:
        gone = f"; {len(done.deleted)} that are no longer part of it deleted there" if done.deleted else ""
        say(f"{len(done.changed)} files, {done.size:,} bytes, sent in one commit {done.commit[:12]}{gone}")
    else:
        say(f"nothing to do: {done.commit[:12]} holds all of it already")
    out().print(done.url + (f"/discussions/{done.pull_request}" if done.pull_request else ""), markup=False)
    out().print(done.snippet("metrics" if kind == "metric" else kind), markup=False)


def _three(words: list[str]) -> tuple[str, str, str]:
    if len(words) != 3 or words[0] not in _KINDS:
        raise typer.BadParameter(f"say what, where it lies, and where it goes: {'|'.join(_KINDS)} PATH owner/name.")
    return words[0], words[1], words[2]


def _one(words: list[str]) -> str:
    if len(words) > 1:
        raise typer.BadParameter("an archive knows what it holds: with --from-bundle say owner/name at the most.")
    return words[0] if words else ""


def _pairs(allow: list[str], because: list[str]) -> dict[str, str]:
    if len(allow) != len(because):
        raise ConfigError(
            f"{len(allow)} times --allow and {len(because)} times --because: give each exception its reason."
        )
    return dict(zip(allow, because, strict=True))


_KINDS = ("dataset", "adapter", "metrics", "space")
