"""The commands that take a trained adapter to a server: merged, for vLLM, for Ollama, as GGUF."""

import re
import shlex
from pathlib import Path
from typing import Annotated

import typer

from roleinstruct.cli.options import Folder
from roleinstruct.cli.talk import say
from roleinstruct.errors import ConfigError
from roleinstruct.pipeline.chat_formats import CHAT_FORMATS, export_chat
from roleinstruct.pipeline.exporting import export_for_vllm, named_adapters, persona_for
from roleinstruct.training.export.gguf import OUTTYPES, export_gguf, find_converter
from roleinstruct.training.export.merging import export_merged
from roleinstruct.training.export.ollama import export_ollama
from roleinstruct.training.export.opening import open_adapter
from roleinstruct.training.export.parity import Parity

__all__ = ["register"]

_group = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Take a trained adapter to a server, or chat rows to another trainer; what would answer otherwise than it was "
    "trained is not exported.",
)

Adapter = Annotated[Path, typer.Argument(metavar="ADAPTER", help="The adapter's folder, as train writes it.")]
Out = Annotated[Path, typer.Option("--out", metavar="DIR", help="A new folder.")]
Base = Annotated[str, typer.Option("--base", metavar="DIR|NAME", help="The base; else the one it was trained on.")]
Data = Annotated[Path | None, typer.Option("--data", metavar="DIR", help="The data set folder with the profiles.")]
Character = Annotated[str | None, typer.Option("--character", metavar="NAME", help="Whose persona answers.")]
LlamaCpp = Annotated[Path | None, typer.Option("--llama-cpp", metavar="DIR", help="A copy of llama.cpp's repository.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(_group, name="export")


@_group.command("merged")
def _merged(adapter: Adapter, out: Out, base: Base = "") -> None:
    """Write base and adapter as one model in safetensors."""
    _say(export_merged(open_adapter(adapter, base), out), out)


@_group.command("vllm")
def _vllm(
    adapters: Annotated[
        list[str], typer.Argument(metavar="[NAME=]ADAPTER…", help="Folders of adapters on one base, each with a name.")
    ],
    out: Out,
    base: Base = "",
    data: Data = None,
    character: Character = None,
) -> None:
    """Write what vLLM needs: the adapters, the chat template, the command that serves them, and a request."""
    first = next(iter(named_adapters(adapters).values()))
    parity = export_for_vllm(adapters, out, base=base, system=persona_for(first, data, character))
    _say(parity, out, f"start the server with {out / 'serve.sh'}, and ask it with {out / 'request.sh'}")


@_group.command("ollama")
def _ollama(
    adapter: Adapter,
    out: Out,
    base: Base = "",
    data: Data = None,
    character: Character = None,
    llama_cpp: LlamaCpp = None,
    ollama_base: Annotated[
        str, typer.Option("--ollama-base", metavar="NAME", help="The base in Ollama's library, to add the adapter to.")
    ] = "",
) -> None:
    """Write a Modelfile with the chat template, stop tokens and persona, and the weights that it names."""
    system = persona_for(adapter, data, character)
    parity = export_ollama(
        open_adapter(adapter, base), out, system=system, converter=find_converter(llama_cpp), ollama_base=ollama_base
    )
    name = re.sub(r"[^a-z0-9_.-]+", "-", adapter.resolve().name.lower()).strip("-.") or "character"
    _say(parity, out, f"make the model with: cd {shlex.quote(str(out))} && ollama create {name}")


@_group.command("gguf")
def _gguf(
    adapter: Adapter,
    out: Out,
    base: Base = "",
    llama_cpp: LlamaCpp = None,
    outtype: Annotated[str, typer.Option("--outtype", help=f"Of the weights: {', '.join(OUTTYPES)}.")] = "auto",
) -> None:
    """Write a GGUF file by llama.cpp's own converter."""
    if outtype not in OUTTYPES:
        raise ConfigError(f"--outtype is {outtype!r}, expected one of {', '.join(OUTTYPES)}.")
    _say(export_gguf(open_adapter(adapter, base), out, llama_cpp, outtype), out)


@_group.command("chat")
def _chat(
    folder: Folder,
    out: Out,
    shape: Annotated[
        str, typer.Option("--format", metavar="FORMAT", help=f"For another program: {', '.join(CHAT_FORMATS)}.")
    ],
) -> None:
    """Write a data set folder's chat rows as other training programs read them."""
    counts = export_chat(folder, out, shape)
    say(f"{out}: {', '.join(f'{split} {count:,}' for split, count in counts.items())} rows as {shape}.")
    if shape == "llama-factory":
        say(f"train with dataset_dir: {out} and mask_history: true, since only the last answer of a row is meant.")


def _say(parity: Parity, out: Path, next_step: str = "") -> None:
    say(f"{out}: {parity.told()}")
    if next_step:
        say(next_step)
