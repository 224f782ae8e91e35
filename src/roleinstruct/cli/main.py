"""`roleinstruct`: data on stdout, talk on stderr, one sentence for an error."""

import os
import signal
import sys
from typing import Annotated

import typer

from roleinstruct import __version__
from roleinstruct.cli import data, tools
from roleinstruct.errors import RoleInstructError

__all__ = ["app", "main"]

app = typer.Typer(
    name="roleinstruct",
    help="Turn raw dialogue into a role-play data set.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
data.register(app)
tools.register(app)


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


def main() -> None:
    """Run the command line; exit with 0 when done, 1 for a stated failure, 2 for wrong usage, 130 for Ctrl-C."""
    try:
        app(standalone_mode=True)
    except RoleInstructError as error:
        _fail(str(error), 1)
    except BrokenPipeError:
        # Whoever read our output has gone (`| head`): that is no failure, and nothing more can be said to them.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except KeyboardInterrupt:
        _fail("stopped; the data set folder is as it was before. The same command starts again.", 128 + signal.SIGINT)
    except OSError as error:
        what = error.strerror or str(error)
        _fail(f"{what}: {error.filename or 'the system gave no file'}. Check the path, its rights and free space.", 1)


def _fail(message: str, code: int) -> None:
    sys.stderr.write(f"roleinstruct: {message}\n")
    sys.exit(code)
