"""A trained adapter made ready for a server, with the persona of a data set's character."""

from collections.abc import Sequence
from pathlib import Path

from roleinstruct.dataset.folder import DataFolder
from roleinstruct.dataset.persona import PERSONAS, read_personas
from roleinstruct.errors import ConfigError
from roleinstruct.evaluation.responses import personas_of
from roleinstruct.language import language_of
from roleinstruct.records import Message
from roleinstruct.training.export.opening import open_adapter
from roleinstruct.training.export.parity import Parity
from roleinstruct.training.export.vllm import export_vllm

__all__ = ["export_for_vllm", "named_adapters", "persona_for"]


def persona_for(adapter: Path, data: Path | None, character: str | None) -> str:
    """The system prompt that a character was trained with; "" where nobody is named.

    Args:
        adapter: The adapter's folder, which may hold the prompts of its training.
        data: The data set folder; None to go by the adapter's folder alone.
        character: Whose; None for the only one of the data set.

    Raises:
        ConfigError: There is no such character, or more than one to choose from.
        FolderError: The data set folder has no profiles.
    """
    if data is None and character is None:
        return ""
    file = adapter / PERSONAS
    trained = file if file.is_file() else None
    known = personas_of(DataFolder(data), trained) if data else read_personas(trained) if trained else {}
    if character is None and len(known) == 1:
        return next(iter(known.values()))
    if character is None or character not in known:
        names = ", ".join(sorted(known)) or "nobody"
        asked = f"{character} is not among the characters" if character else "it is not said which character answers"
        raise ConfigError(f"{asked} of {data or adapter}: name one with --character, of {names}.")
    return known[character]


def named_adapters(given: Sequence[str]) -> dict[str, Path]:
    """Adapters by the names that a server knows them by: each NAME=FOLDER, or a folder that gives its own name.

    Raises:
        ConfigError: Two of one name.
    """
    found: dict[str, Path] = {}
    for word in given:
        name, equals, folder = word.partition("=")
        path = Path(folder if equals else word)
        name = name if equals else path.resolve().name
        if name in found:
            raise ConfigError(f"{found[name]} and {path} would both be called {name}: give one as NAME={path}.")
        found[name] = path
    return found


def export_for_vllm(adapters: Sequence[str], out: Path, *, base: str = "", system: str = "") -> Parity:
    """Write a folder from which vLLM serves adapters; see `training.export.vllm`.

    Args:
        adapters: See `named_adapters`.
        out: A folder that does not exist yet, or is empty.
        base: A folder or a name on the Hub; "" for the one that the adapters name.
        system: The system prompt of the example; "" for none.

    Raises:
        ConfigError: An adapter cannot be read, or does not fit its base, or `out` is not free.
        ExportError: vLLM would not serve it, or would ask otherwise than was trained.
    """
    opened = {name: open_adapter(folder, base) for name, folder in named_adapters(adapters).items()}
    greeting = "Hello! Who are you?" if language_of(system) == "en" else "你好，你是谁？"
    request = [*([Message("system", system)] if system else []), Message("user", greeting)]
    return export_vllm(opened, out, request)
