"""A fitted classifier as one file: arrays, and a header that says what they are. Nothing in it is code."""

import json
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from roleinstruct.emotions import Emotion
from roleinstruct.errors import SourceError
from roleinstruct.files import whole
from roleinstruct.generate.signals import NUMBERS

__all__ = ["FORMAT", "VERSION", "read_arrays", "write_arrays"]

FORMAT = "roleinstruct emotion classifier"
VERSION = 1
"""Goes up when what a turn is read as, or what an array means, changes."""

_LABELS = [str(emotion) for emotion in Emotion]
_SHAPES = {
    "grams": ("grams",),
    "rarity": ("grams",),
    "gram_weights": ("grams", 3 * len(_LABELS)),
    "number_weights": (NUMBERS, len(_LABELS)),
    "bias": (len(_LABELS),),
    "favour": (len(_LABELS),),
}


def write_arrays(path: Path, about: Mapping[str, object], arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write a header and arrays as an `.npz` file, at once or not at all.

    Args:
        path: The file; what was there is replaced.
        about: JSON-able.
        arrays: By name.
    """
    header = {"format": FORMAT, "version": VERSION, "labels": _LABELS, "about": about}
    encoded = json.dumps(header, ensure_ascii=False, sort_keys=True).encode("utf-8")
    with whole(path) as out:
        np.savez_compressed(out, header=np.frombuffer(encoded, np.uint8), **arrays)  # type: ignore[arg-type]


def read_arrays(path: Path, names: Sequence[str]) -> tuple[dict[str, object], dict[str, Any]]:
    """Read what `write_arrays` wrote.

    Args:
        path: The file.
        names: The arrays that it must hold.

    Returns:
        What the header says about the fit, and the arrays by name.

    Raises:
        SourceError: The file is missing, damaged, no classifier, or one of another version.
    """
    try:
        # numpy leaves a file of its own open where the archive is broken, so it is given one.
        with path.open("rb") as file:
            stored = np.load(file, allow_pickle=False)
            found = {name: stored[name] for name in stored.files} if isinstance(stored, np.lib.npyio.NpzFile) else {}
    except FileNotFoundError as error:
        raise SourceError(f"{path} does not exist; {_ADVICE}") from error
    except _DAMAGE as error:
        raise SourceError(f"{path} is no emotion classifier or is damaged; {_ADVICE}") from error
    header = _header(path, found)
    missing = [name for name in names if name not in found]
    if missing:
        raise SourceError(f"{path} is damaged: it lacks {', '.join(missing)}; {_ADVICE}")
    arrays = {name: found[name] for name in names}
    _check(path, arrays)
    return header["about"], arrays


_ADVICE = "fit one on labelled dialogues and save it."
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, KeyError, OSError, ValueError, NotImplementedError)


def _header(path: Path, found: Mapping[str, NDArray[Any]]) -> dict[str, Any]:
    try:
        header = json.loads(found["header"].tobytes())
    except (KeyError, ValueError) as error:
        raise SourceError(f"{path} holds arrays, but no header of an emotion classifier; {_ADVICE}") from error
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise SourceError(f"{path} is an archive of arrays, but no emotion classifier; {_ADVICE}")
    if header.get("version") != VERSION or header.get("labels") != _LABELS:
        raise SourceError(
            f"{path} is an emotion classifier of version {header.get('version')} for {header.get('labels')}, "
            f"and this reads version {VERSION} for {_LABELS}; fit it again."
        )
    if not isinstance(header.get("about"), dict):
        raise SourceError(f"{path} is damaged: its header does not say what it was fitted on; {_ADVICE}")
    return header


def _check(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """That arrays fit each other, for a wrong one would give wrong labels without a word."""
    known = arrays["grams"].shape[0] if arrays["grams"].ndim else 0
    for name, array in arrays.items():
        expected = tuple(known if size == "grams" else size for size in _SHAPES[name])
        kind = np.uint64 if name == "grams" else np.float32
        if array.shape != expected or array.dtype != kind or not np.isfinite(array).all():
            raise SourceError(
                f"{path} is damaged: its {name} are {array.dtype} of shape {array.shape}, "
                f"and finite {np.dtype(kind)} of shape {expected} were expected; {_ADVICE}"
            )
    if (np.diff(arrays["grams"].astype(np.float64)) < 0).any():
        raise SourceError(f"{path} is damaged: its n-grams are not in order; {_ADVICE}")
