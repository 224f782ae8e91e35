"""Who gets which pseudonym: the names that a source holds, and the file that remembers them."""

import json
import re
from collections.abc import Collection, Iterator
from pathlib import Path

from roleinstruct.cleaning.privacy.names import People, find_mentioned
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.dataset.rows import Row
from roleinstruct.errors import ConfigError
from roleinstruct.files import whole

__all__ = ["known_people", "map_beside", "people_of"]


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
        ConfigError: The file is damaged, or gives somebody the name of somebody else.
    """
    known = _read(names)
    found = dict.fromkeys(name for name in _names(folder) if name and name not in keep)
    people = People.of(list(found), known=known, avoid=keep)
    _expect_nobodys(people, found, names)
    if people.pseudonyms != known:
        _write(names, people.pseudonyms)
    return people


def known_people(names: Path) -> People:
    """The people of a file of names, and nobody else.

    Raises:
        ConfigError: The file is damaged.
    """
    known = _read(names)
    return People.of(known, known=known)


def _expect_nobodys(people: People, found: Collection[str], names: Path) -> None:
    """No pseudonym is the name of somebody: two people would become one, and the second would stay known."""
    for name, pseudonym in people.pseudonyms.items():
        if pseudonym in found:
            raise ConfigError(
                f"{names} gives the pseudonym {pseudonym} to {name}, and somebody in the source is really called so: "
                "choose another pseudonym there."
            )


def _names(folder: DataFolder) -> Iterator[str]:
    """Who speaks, whom the data is about, and who is named where the words prove a name; in order of appearance."""
    for table in ("imported/utterances", "imported/profiles", "imported/instructions"):
        if folder.has(table):
            for row in folder.rows(table):
                for name in (row[column] for column in ("character", "speaker") if column in row):
                    yield from dict.fromkeys((name, _LETTERS.sub("", name).strip()))
                for text in _texts(row):
                    yield from find_mentioned(text)


_LETTERS = re.compile(r"[^\w\s·.'’-]|[\d_]")
"""What is no part of a name: folders are called "郝建国13812345678"."""


def _texts(row: Row) -> Iterator[str]:
    for column in ("text", "title", "instruction", "raw_response"):
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
    with whole(path, private=True) as file:
        file.write((json.dumps(names, ensure_ascii=False, indent=2) + "\n").encode())
