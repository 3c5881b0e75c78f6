"""Compound files: the container of old office documents ([MS-CFB]), read for one stream.

Rules. Every chain of sectors is followed as far as there are sectors and no further, so that a loop ends. The whole
file is in memory already and no stream is longer than it.

    >>> stream(data, ("Workbook", "Book"))   # doctest: +SKIP
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

from issuer.intake.errors import UnreadableError, unreadable

_HEADER = 512
_END = 0xFFFFFFFA  # this and what is above it names no sector
_ENTRY = 128
_STREAM, _ROOT = 2, 5


def stream(data: bytes, names: Sequence[str]) -> bytes | None:
    """The first stream of one of these names; None when there is none.

    Raises:
        UnreadableError: the container is damaged.
    """
    try:
        return _Container(data).stream(names)
    except (struct.error, IndexError) as error:
        raise _damaged() from error


class _Container:
    def __init__(self, data: bytes) -> None:
        self._data = data
        shift, self._small_shift = struct.unpack_from("<HH", data, 30)
        if shift not in (9, 12) or self._small_shift != 6:
            raise _damaged()
        self._size = 1 << shift
        directory, _, self._cutoff, small, _, more, _ = struct.unpack_from("<IIIIIII", data, 48)
        self._table = self._read_table(more)
        self._small_table = _numbers(self._chain(small))
        self._entries = self._chain(directory)

    def _sector(self, number: int) -> bytes:
        start = (number + 1) * self._size
        sector = self._data[start : start + self._size]
        if not sector:
            raise _damaged()
        return sector.ljust(self._size, b"\x00")

    def _read_table(self, more: int) -> list[int]:
        """The table that says of each sector which one comes next."""
        places = list(struct.unpack_from("<109I", self._data, 76))
        for _ in range(len(self._data) // self._size):
            if more >= _END:
                break
            numbers = _numbers(self._sector(more))
            places += numbers[:-1]
            more = numbers[-1]
        table: list[int] = []
        for place in dict.fromkeys(places):
            if place < _END:
                table += _numbers(self._sector(place))
        return table

    def _chain(self, number: int) -> bytes:
        parts: list[bytes] = []
        for _ in range(len(self._data) // self._size + 1):
            if number >= _END:
                return b"".join(parts)
            parts.append(self._sector(number))
            number = self._table[number]
        raise _damaged()

    def stream(self, names: Sequence[str]) -> bytes | None:
        found: dict[str, tuple[int, int]] = {}
        root = None
        for place in range(0, len(self._entries) - _ENTRY + 1, _ENTRY):
            length, kind = struct.unpack_from("<HB", self._entries, place + 64)
            start, size = struct.unpack_from("<II", self._entries, place + 116)
            name = self._entries[place : place + max(min(length, 64) - 2, 0)].decode("utf-16-le", "replace")
            if kind == _ROOT:
                root = start
            elif kind == _STREAM:
                found.setdefault(name.lower(), (start, size))
        for name in names:
            if name.lower() in found:
                start, size = found[name.lower()]
                return self._content(start, size, root)
        return None

    def _content(self, start: int, size: int, root: int | None) -> bytes:
        if size >= self._cutoff:
            return self._chain(start)[:size]
        small = self._chain(_END if root is None else root)
        unit = 1 << self._small_shift
        parts: list[bytes] = []
        for _ in range(len(small) // unit + 1):
            if start >= _END:
                return b"".join(parts)[:size]
            parts.append(small[start * unit : (start + 1) * unit])
            start = self._small_table[start]
        raise _damaged()


def _numbers(sectors: bytes) -> list[int]:
    return [number for (number,) in struct.iter_unpack("<I", sectors)]


def _damaged() -> UnreadableError:
    return unreadable("the workbook is damaged or not whole", "工作簿已损坏或不完整：请重新保存或重新下载")
