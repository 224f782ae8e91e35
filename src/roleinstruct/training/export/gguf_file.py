"""What a GGUF file says of its tokenizer, and single words of it changed in place.

The format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md, versions 2 and 3, little-endian.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from roleinstruct.errors import ExportError

__all__ = ["GgufFile"]


@dataclass(frozen=True, slots=True)
class GgufFile:
    """The metadata of a GGUF file.

    Attributes:
        path: The file.
        words: Its metadata, such as "tokenizer.ggml.tokens".
        places: Where the value of each begins, in bytes, and of what type it is.
    """

    path: Path
    words: Mapping[str, Any]
    places: Mapping[str, tuple[int, int]]

    @classmethod
    def read(cls, path: Path) -> "GgufFile":
        """Read the metadata; the weights behind it are left alone.

        Raises:
            ExportError: It is no GGUF file.
        """
        words, places = {}, {}
        with path.open("rb") as file:
            try:
                magic, found, _, count = struct.unpack("<4sIQQ", file.read(24))
                if magic != b"GGUF" or found not in (2, 3):
                    raise ExportError(f"{path} is no GGUF file of version 2 or 3: convert the model again.")
                for _ in range(count):
                    key, kind = str(_value(file, _STRING)), int(_value(file, _UINT32))
                    places[key] = (file.tell(), kind)
                    words[key] = _value(file, kind)
            except (struct.error, KeyError, UnicodeDecodeError) as error:
                raise ExportError(f"{path} breaks off or is damaged: convert the model again.") from error
        return cls(path, words, places)

    def put(self, key: str, value: float) -> "GgufFile":
        """Change a number or a truth value in place.

        Args:
            key: One that is there.
            value: 0 or 1 for false and true.

        Returns:
            The file as it is now.
        """
        place, kind = self.places[key]
        with self.path.open("r+b") as file:
            file.seek(place)
            file.write(struct.pack(f"<{_NUMBERS[kind]}", value))
        return GgufFile.read(self.path)


_UINT32, _STRING, _ARRAY = 4, 8, 9
_NUMBERS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}


def _value(file: IO[bytes], kind: int) -> Any:  # noqa: ANN401 - of many types
    if kind == _STRING:
        size = struct.unpack("<Q", file.read(8))[0]
        return file.read(size).decode("utf-8")
    if kind == _ARRAY:
        of, count = struct.unpack("<IQ", file.read(12))
        if of in _NUMBERS:
            form = f"<{count}{_NUMBERS[of]}"
            return struct.unpack(form, file.read(struct.calcsize(form)))
        return [_value(file, of) for _ in range(count)]
    form = f"<{_NUMBERS[kind]}"
    return struct.unpack(form, file.read(struct.calcsize(form)))[0]
