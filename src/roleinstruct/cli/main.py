"""`roleinstruct`: data on stdout, talk on stderr, one sentence for an error."""

import signal
import sys
from typing import Annotated

import typer

from roleinstruct import __version__
from roleinstruct.cli import (
    ablate,
    answer,
    card,
    data,
    evaluate,
    export,
    humans,
    journal,
    judge,
    lint,
    overlay,
    people,
    prefer,
    publish,
    report,
    tools,
    train,
)
from roleinstruct.errors import RoleInstructError, StoppedError

__all__ = ["app", "main"]

app = typer.Typer(
    name="roleinstruct",
    help="Turn raw dialogue into a role-play data set.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
data.register(app)
people.register(app)
answer.register(app)
lint.register(app)
journal.register(app)
evaluate.register(app)
humans.register(app)
judge.register(app)
report.register(app)
publish.register(app)
export.register(app)
card.register(app)
overlay.register(app)
tools.register(app)
train.register(app)
prefer.register(app)
ablate.register(app)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"roleinstruct {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Turn raw dialogue into a role-play data set."""


_STOPPED = "stopped; nothing half-made is left behind, and the same command goes on: what a model has answered is kept."
_INTERRUPTED = 128 + signal.SIGINT
"""The exit code after Ctrl-C or SIGTERM, by which typer tells us of it."""


def main() -> None:
    """Run the command line; exit with 0 when done, 1 for a stated failure, 2 for wrong usage, 130 for Ctrl-C."""
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        app(standalone_mode=True)
    except StoppedError as error:
        _fail(str(error), _INTERRUPTED)
    except RoleInstructError as error:
        _fail(str(error), 1)
    except KeyboardInterrupt:  # where typer does not hear it, and would not tell of it by an exit code
        _fail(_STOPPED, _INTERRUPTED)
    except SystemExit as stop:
        if stop.code == _INTERRUPTED:
            _fail(_STOPPED, _INTERRUPTED)
        raise
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        _fail(f"{error.strerror or error}{where}: check the path, its rights and the free space.", 1)


def _fail(message: str, code: int) -> None:
    sys.stderr.write(f"roleinstruct: {message}\n")
    sys.exit(code)
