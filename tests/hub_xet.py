"""The Xet store of a hub: xorbs (runs of compressed chunks), and files as ranges of them, by the published formats."""

import secrets
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Plan", "XetStore"]

_ROW = 48
_END = b"\xff" * 32


@dataclass(frozen=True, slots=True)
class Term:
    """A run of chunks, first to last without the last, of a xorb, and how many bytes they are unpacked."""

    xorb: str
    first: int
    end: int
    length: int


@dataclass(frozen=True, slots=True)
class Plan:
    """How a client puts a file together."""

    status: int
    body: Any


@dataclass(slots=True)
class XetStore:
    """Xorbs and files by their hashes."""

    xorbs: dict[str, bytes] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=set)
    _files: dict[str, list[Term]] = field(default_factory=dict)
    _by_sha256: dict[str, str] = field(default_factory=dict)

    def token(self) -> str:
        token = f"xet_{secrets.token_hex(8)}"
        self.tokens.add(token)
        return token

    def hash_of(self, sha256: str) -> str:
        """The file of these bytes; "" if there is none."""
        return self._by_sha256.get(sha256, "")

    def add_xorb(self, key: str, content: bytes) -> bool:
        is_new = key not in self.xorbs
        self.xorbs.setdefault(key, content)
        return is_new

    def add_shard(self, content: bytes) -> None:
        """Read the files of a shard: a header, then for each file its terms, checks and its sha256, in rows of 48."""
        at = _ROW
        while content[at : at + 32] != _END:
            file, flags, count = _hash(content[at : at + 32]), *struct.unpack_from("<II", content, at + 32)
            at += _ROW
            terms = []
            for _ in range(count):
                _, length, first, end = struct.unpack_from("<IIII", content, at + 32)
                terms.append(Term(_hash(content[at : at + 32]), first, end, length))
                at += _ROW
            at += _ROW * count if flags & 1 << 31 else 0
            if flags & 1 << 30:
                self._by_sha256[_hash(content[at : at + 32])] = file
                at += _ROW
            self._files[file] = terms

    def file(self, key: str) -> bytes:
        """A whole file."""
        return b"".join(
            b"".join(_unpacked(content) for content in list(_chunks(self.xorbs[term.xorb]))[term.first : term.end])
            for term in self._files[key]
        )

    def plan(self, key: str, headers: Mapping[str, str], base: str) -> Plan | None:
        """Where the bytes of a file, or of a range of it, are to be had."""
        if key not in self._files:
            return None
        terms, skip = self._wanted(self._files[key], headers.get("range", ""))
        if not terms:
            return Plan(416, {"error": "range"})
        rows, fetch = [], {}
        for term in terms:
            places = [0]
            for chunk in _chunks(self.xorbs[term.xorb]):
                places.append(places[-1] + len(chunk))
            span = {"start": term.first, "end": term.end}
            rows.append({"hash": term.xorb, "unpacked_length": term.length, "range": span})
            part = {"start": places[term.first], "end": places[term.end] - 1}
            found = {"range": span, "url": f"{base}/{term.xorb}", "url_range": part}
            if found not in fetch.setdefault(term.xorb, []):
                fetch[term.xorb].append(found)
        return Plan(200, {"offset_into_first_range": skip, "terms": rows, "fetch_info": fetch})

    @staticmethod
    def _wanted(terms: list[Term], wanted: str) -> tuple[list[Term], int]:
        """The terms that a range of bytes touches, and how many bytes of the first come before it."""
        if not wanted.startswith("bytes="):
            return terms, 0
        first, _, last = wanted.removeprefix("bytes=").partition("-")
        begin, end = int(first), int(last or 1 << 62) + 1
        found, skip, at = [], 0, 0
        for term in terms:
            if at < end and at + term.length > begin:
                skip = begin - at if not found else skip
                found.append(term)
            at += term.length
        return found, max(0, skip)


def _hash(raw: bytes) -> str:
    """A hash as its clients write it: four little-endian numbers."""
    return "".join(f"{number:016x}" for number in struct.unpack("<4Q", raw))


def _chunks(xorb: bytes) -> Iterator[bytes]:
    """The chunks of a xorb, with their headers; a footer behind them is left out."""
    at = 0
    while at + 8 <= len(xorb) and xorb[at] == 0:
        size = 8 + int.from_bytes(xorb[at + 1 : at + 4], "little")
        yield xorb[at : at + size]
        at += size


def _unpacked(chunk: bytes) -> bytes:
    kind, length, content = chunk[4], int.from_bytes(chunk[5:8], "little"), chunk[8:]
    if kind == 0:
        return content
    found = _lz4(content)
    if kind == 2:  # the bytes of each place in a word of four stand together
        grouped, found = found, bytearray(length)
        at = 0
        for place in range(4):
            size = len(range(place, length, 4))
            found[place::4] = grouped[at : at + size]
            at += size
    assert len(found) == length
    return bytes(found)


def _lz4(frame: bytes) -> bytearray:
    """Unpack a frame of LZ4."""
    flags, at = frame[4], 6
    at += 8 * bool(flags & 8) + 4 * bool(flags & 1) + 1
    found = bytearray()
    while size := int.from_bytes(frame[at : at + 4], "little"):
        at, length = at + 4, size & 0x7FFFFFFF
        block = frame[at : at + length]
        if size >> 31:
            found += block
        else:
            _unpack_block(block, found)
        at += length + 4 * bool(flags & 16)
    return found


def _unpack_block(block: bytes, found: bytearray) -> None:
    at = 0
    while at < len(block):
        token = block[at]
        at, literals = _length(block, at + 1, token >> 4)
        found += block[at : at + literals]
        at += literals
        if at >= len(block):
            return
        back = block[at] | block[at + 1] << 8
        at, size = _length(block, at + 2, token & 15)
        size += 4
        begin = len(found) - back
        if back >= size:
            found += found[begin : begin + size]
        else:  # the match runs into what it writes
            seed = bytes(found[begin:])
            found += (seed * (size // back + 1))[:size]


def _length(block: bytes, at: int, length: int) -> tuple[int, int]:
    if length < 15:
        return at, length
    while True:
        length += block[at]
        at += 1
        if block[at - 1] != 255:
            return at, length
