"""Compound files: the container of old office documents ([MS-CFB]), read for one stream.

Rules. Every chain of sectors is followed as far as there are sectors and no further, so that a loop ends. The whole
file is in memory already and no stream is longer than it.

    >>> stream(data, "Workbook")   # doctest: +SKIP
"""

from __future__ import annotations

import struct

from issuer.sheets.errors import UnreadableError, unreadable

_END = 0xFFFFFFFA  # this and what is above it names no sector
_ENTRY = 128
_STREAM = 2


def stream(data: bytes, name: str) -> bytes | None:
    """The stream of this name; None when there is none.

    Raises:
        UnreadableError: the container is damaged.
    """
    try:
        return _Container(data).stream(name)
    except (struct.error, IndexError) as error:
        raise _damaged() from error


def stream_names(data: bytes) -> frozenset[str]:
    """The streams that stand in no folder, in small letters. Raises as ``stream``."""
    try:
        return frozenset(_Container(data).top_level())
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

    def top_level(self) -> dict[str, tuple[int, int]]:
        """The streams that stand in no folder, where they start and how long they are, by name in small letters.

        A document that is embedded in another one has a folder of its own.
        """
        found: dict[str, tuple[int, int]] = {}
        waiting = [self._entry(0)[2][2]] if self._entries else []
        seen: set[int] = set()
        while waiting:
            number = waiting.pop()
            if number >= len(self._entries) // _ENTRY or number in seen:
                continue
            seen.add(number)
            name, kind, (left, right, _), place = self._entry(number)
            waiting += [left, right]
            if kind == _STREAM:
                found.setdefault(name.lower(), place)
        return found

    def _entry(self, number: int) -> tuple[str, int, tuple[int, int, int], tuple[int, int]]:
        """Name, kind, neighbours and child, start and size."""
        place = number * _ENTRY
        length, kind = struct.unpack_from("<HB", self._entries, place + 64)
        name = self._entries[place : place + max(min(length, 64) - 2, 0)].decode("utf-16-le", "replace")
        around: tuple[int, int, int] = struct.unpack_from("<III", self._entries, place + 68)
        where: tuple[int, int] = struct.unpack_from("<II", self._entries, place + 116)
        return name, kind, around, where

    def stream(self, name: str) -> bytes | None:
        found = self.top_level().get(name.lower())
        return None if found is None else self._content(*found, root=self._entry(0)[3][0])

    def _content(self, start: int, size: int, *, root: int) -> bytes:
        if size >= self._cutoff:
            return self._chain(start)[:size]
        small = self._chain(root)
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
