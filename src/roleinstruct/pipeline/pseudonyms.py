"""Who gets which pseudonym: the names that a source holds, and the file that remembers them."""

import json
import os
import tempfile
from collections.abc import Collection, Iterator
from pathlib import Path

from roleinstruct.cleaning.privacy.names import People, find_mentioned
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.dataset.rows import Row
from roleinstruct.errors import ConfigError

__all__ = ["map_beside", "people_of"]


def map_beside(out: Path) -> Path:
    """The file that holds the names of a data set folder: beside the folder, never in it."""
    return out.absolute().with_name(f"{out.absolute().name}.pseudonyms.json")


def people_of(folder: DataFolder, names: Path, keep: Collection[str]) -> People:
    """Find out who is named in what was imported, give each a pseudonym, and remember them.

    Args:
        folder: What was imported.
        names: The file of names and pseudonyms. What stands there stays, so that a further build says the same of the
            same people, and a user can choose. It is readable by its owner alone.
        keep: Names that are not private and are left as they are.

    Raises:
        ConfigError: The file is damaged.
    """
    known = _read(names)
    given = set(known.values()) | set(keep)
    found = dict.fromkeys(name for name in _names(folder) if name and name not in given)
    people = People.of(list(found), known=known, avoid=keep)
    _write(names, people.pseudonyms)
    return people


def _names(folder: DataFolder) -> Iterator[str]:
    """Who speaks, whom the data is about, and who is named where the words prove a name; in order of appearance."""
    for table in ("imported/utterances", "imported/profiles", "imported/instructions"):
        if folder.has(table):
            for row in folder.rows(table):
                yield from (row[name] for name in ("character", "speaker") if name in row)
                for text in _texts(row):
                    yield from find_mentioned(text)


def _texts(row: Row) -> Iterator[str]:
    for column in ("text", "instruction", "raw_response"):
        if row.get(column):
            yield row[column]
    yield from row.get("responses", ())
    yield from (f"{field['key']}：{field['value']}" for field in row.get("fields", ()))


def _read(path: Path) -> dict[str, str]:
    try:
        names = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise ConfigError(f"{path}, which holds the pseudonyms, is no JSON ({error}): mend it or remove it.") from error
    if not isinstance(names, dict) or not all(isinstance(name, str) and name for name in names.values()):
        raise ConfigError(f"{path} holds no table of names; expected {{name: pseudonym}}: mend it or remove it.")
    return names


def _write(path: Path, names: dict[str, str]) -> None:
    """Write them for the owner's eyes alone, whole or not at all."""
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)  # made with mode 0600
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(names, file, ensure_ascii=False, indent=2)
            file.write("\n")
        Path(temporary).replace(path)
    finally:
        Path(temporary).unlink(missing_ok=True)
