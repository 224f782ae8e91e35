"""The commands around the data: demo, assets, doctor."""

import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated

import typer

from roleinstruct import __version__, assets
from roleinstruct.cli.data import show
from roleinstruct.cli.options import Json
from roleinstruct.cli.table_2 import systems_tables
from roleinstruct.cli.talk import listening, out, print_json, say
from roleinstruct.errors import MissingExtraError, needs_extra
from roleinstruct.pipeline.build import build
from roleinstruct.pipeline.config import BuildConfig
from roleinstruct.pipeline.demo import tune_and_score

__all__ = ["register"]

_EXTRAS = {
    "core": ("datasets", "huggingface_hub", "pydantic", "openai", "tiktoken", "rensa", "rapidfuzz"),
    "train": ("torch", "transformers", "peft", "trl", "accelerate"),
    "retrieval": ("FlagEmbedding", "sentence-transformers"),
    "metrics": ("evaluate", "jieba"),
    "figures": ("matplotlib", "jieba", "fonttools"),
    "names": ("jieba",),
    "fit": ("scikit-learn",),
}


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("demo")(_demo)
    app.command("doctor")(_doctor)
    app.add_typer(_assets, name="assets")


def _demo(
    target: Annotated[Path, typer.Option("--out", help="The data set folder to write.")] = Path("out/demo"),
    train: Annotated[bool, typer.Option("--train/--no-train", help="Go on behind the build.")] = True,
    seed: Annotated[int, typer.Option("--seed", help="Of the training and the answers.")] = 0,
) -> None:
    """Build the bundled sample corpus, make a tiny base model, tune it, and score both: offline, in minutes."""
    with listening() as listener:
        build(BuildConfig.load("sample"), target, listener=listener)
    show(target)
    if train and _can_train():
        with listening() as listener:
            made = tune_and_score(target, seed=seed, listener=listener)
        for table in systems_tables(made.scored):
            out().print(table)
        say(
            f"{target} is the data set, {made.base} the tiny base model, {made.adapter} the adapter, and\n"
            f"{made.answers} holds what both answered; none of the questions was trained on"
        )
    say(
        "next: look into "
        f"{target}/README.md; copy a builder for your own scripts with\n"
        "  roleinstruct assets copy builders/screenplay.yaml my.yaml\n"
        "  roleinstruct build my.yaml --source YOUR_SCRIPTS --out my-characters"
    )


def _can_train() -> bool:
    """Whether the libraries of training are there; if not, it is said how to get them."""
    try:
        needs_extra("train", *_EXTRAS["train"])
    except MissingExtraError as error:
        say(f"nothing is trained: {error}")
        return False
    return True


def _doctor(as_json: Json = False) -> None:
    """Say what is installed, and what is missing for what."""
    found = {extra: {name: _version(name) for name in names} for extra, names in _EXTRAS.items()}
    if as_json:
        print_json({"roleinstruct": __version__, "python": platform.python_version(), "packages": found})
        return
    console = out()
    console.print(f"roleinstruct {__version__}, Python {platform.python_version()}, assets in {assets.root()}")
    for extra, packages in found.items():
        missing = [name for name, number in packages.items() if number is None]
        have = ", ".join(f"{name} {number}" for name, number in packages.items() if number)
        console.print(f"{extra}: {have or 'nothing'}")
        if missing:
            hint = "pip install roleinstruct" if extra == "core" else f"pip install 'roleinstruct[{extra}]'"
            console.print(f"  missing: {', '.join(missing)} ({hint})", markup=False)


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


_assets = typer.Typer(help="The builders, recipes and card templates that come with the package.", no_args_is_help=True)


@_assets.command("list")
def _list() -> None:
    """List them."""
    for kind in assets.KINDS:
        for name in assets.listing(kind):
            sys.stdout.write(f"{kind}/{name}\n")


@_assets.command("show")
def _show(name: Annotated[str, typer.Argument(help="Such as builders/sample.yaml.")]) -> None:
    """Print one."""
    path = assets.find(name)
    if path.is_dir():
        sys.stdout.writelines(f"{p.relative_to(path)}\n" for p in sorted(path.rglob("*")) if p.is_file())
    else:
        sys.stdout.write(path.read_text(encoding="utf-8"))


@_assets.command("copy")
def _copy(
    name: Annotated[str, typer.Argument(help="Such as builders/screenplay.yaml.")],
    target: Annotated[Path, typer.Argument(help="A new file, or a folder.")] = Path(),
) -> None:
    """Copy one to where you can edit it."""
    say(f"copied to {assets.copy(name, target)}")
