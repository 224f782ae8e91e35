"""`roleinstruct`: data on stdout, talk on stderr, one sentence for an error."""

import signal
import sys
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_group

from roleinstruct import __version__
from roleinstruct.errors import RoleInstructError, StoppedError

__all__ = ["app", "main"]

_COMMANDS = {
    "tools": ("demo", "doctor", "assets"),
    "data": ("build", "import", "clean", "profile", "ask", "mix", "stats", "figures"),
    "people": ("annotate",),
    "answer": ("answer",),
    "journal": ("journal",),
    "lint": ("lint",),
    "train": ("inspect", "train", "tiny-glm"),
    "prefer": ("prefer",),
    "ablate": ("ablate", "forgetting"),
    "export": ("export",),
    "evaluate": ("respond", "score", "harness"),
    "judge": ("judge", "verdicts"),
    "humans": ("humans",),
    "report": ("report",),
    "card": ("card",),
    "overlay": ("overlay",),
    "publish": ("push",),
}
"""What each module of `roleinstruct.cli` registers, in the order in which `--help` shows it."""


class _Commands(TyperGroup):
    """Imports the module of a command when the command is asked for, so that none waits for what the others import."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401 - typer has two classes of that name
        return [name for names in _COMMANDS.values() for name in names]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401 - as above
        wanted = [module for module, names in _COMMANDS.items() if cmd_name in names]
        for module in wanted or _COMMANDS:  # what is no command is compared with all of them: "did you mean"
            self.commands.update(_commands_of(module))
        return self.commands.get(cmd_name)


@cache
def _commands_of(module: str) -> Mapping[str, Any]:
    group = typer.Typer(rich_markup_mode=None)
    import_module(f"roleinstruct.cli.{module}").register(group)
    return get_group(group).commands


app = typer.Typer(
    name="roleinstruct",
    cls=_Commands,
    help="Turn raw dialogue into a role-play data set.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


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
