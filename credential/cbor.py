"""Strict CBOR: only the core deterministic encoding of RFC 8949 section 4.2.1, only what the formats use.

The rule (FORMAT 1.3) is: what is read, encoded again, gives the same bytes. The decoder does not encode again; it
refuses, head by head, whatever the encoder would not have written. That is several times faster, and it lets no
library see unchecked input. Property tests hold the two against each other, and the encoder against the ``cbor2``
library, whose canonical order is that of RFC 7049 and so not ours.

    >>> encode({1: -7, 4: b"kid"}).hex()
    'a2012604436b6964'
    >>> decode(bytes.fromhex("1800"), max_bytes=16)
    Traceback (most recent call last):
    ...
    credential.errors.MalformedError: CBOR: not in the only encoding allowed (deterministic, RFC 8949 section 4.2.1)
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence, Sized
from operator import itemgetter
from typing import Any, Final, TypeAlias

import cbor2

from credential.errors import MalformedError

Item: TypeAlias = "int | bytes | str | bool | Sequence[Item] | Mapping[int | str, Item] | Tag | None"

MAX_DEPTH: Final = 8
"""Our deepest format (the day from which a history's ``issued`` counts) has depth 5; room for growth, none for stack
exhaustion."""
MAX_ITEMS: Final = 4096
"""The widest signed object has some hundred items. Shards and manifests name their own bound."""
MAX_INTEGER: Final = 2**53 - 1
"""What JavaScript's numbers hold exactly, so that both languages read the same value."""
TAG_SIGN1: Final = 18
"""COSE_Sign1 (RFC 9052 section 2): the one tag of any format, and only in front."""

Tag = cbor2.CBORTag

_UNSIGNED, _NEGATIVE, _BYTES, _TEXT, _ARRAY, _MAP, _TAG = range(7)
BYTES: Final = _BYTES
ARRAY: Final = _ARRAY
MAP: Final = _MAP
"""Major types (RFC 8949 section 3.1)."""
_SIMPLE: Final[Mapping[int, bool | None]] = {20: False, 21: True, 22: None}
_LEAST: Final = {24: 24, 25: 1 << 8, 26: 1 << 16, 27: 1 << 32}
"""The smallest argument that needs 1, 2, 4 or 8 bytes behind the first one, by what the first one says."""
_UNPACK: Final = {
    short: struct.Struct(form).unpack_from for short, form in zip(_LEAST, (">B", ">H", ">I", ">Q"), strict=True)
}
"""Reads such an argument, as a tuple of one."""
_PACK: Final = tuple(
    (short, struct.Struct(form).pack) for short, form in zip((25, 26, 27), (">H", ">I", ">Q"), strict=True)
)
_HEADS: Final = tuple(bytes([first]) for first in range(256))
_SHORT: Final = 256
_SHORT_HEADS: Final = tuple(
    [_HEADS[major << 5 | few] if few < 24 else _HEADS[major << 5 | 24] + _HEADS[few] for few in range(_SHORT)]
    for major in range(7)
)
"""By major type, the heads with arguments of less than two bytes."""
_INTEGERS: Final = _SHORT_HEADS[_UNSIGNED]
_TEXTS: Final = _SHORT_HEADS[_TEXT]
_SIMPLE_HEADS: Final = {value: bytes([0xE0 | number]) for number, value in _SIMPLE.items()}


def encode(value: object) -> bytes:
    """Return the deterministic encoding of ``value``.

    Raises:
        MalformedError: code ``not_encodable``: the value holds a float, a large integer or a type no format has.
    """
    parts: list[bytes] = []
    _write(value, 0, parts)
    return b"".join(parts)


def encode_behind(pairs: Iterable[tuple[bytes, object]]) -> bytes:
    """Return the encodings of values one behind the other, each behind bytes that are encoded already.

    For formats whose keys never change: a map is its head, and then each key with its value.

    Raises:
        MalformedError: as ``encode``.
    """
    parts: list[bytes] = []
    for ready, value in pairs:
        parts.append(ready)
        _write(value, 0, parts)
    return b"".join(parts)


def encode_bytes(value: bytes) -> bytes:
    """Return the encoding of a byte string."""
    return encode_head(_BYTES, len(value)) + value


def encode_head(major: int, argument: int) -> bytes:
    """Return the shortest head (RFC 8949 section 3) of an item: its major type with a number, length or count.

    For formats that put large parts together without going through each.
    """
    if argument < _SHORT:
        return _SHORT_HEADS[major][argument]
    for short, pack in _PACK:
        if argument < 1 << (8 << (short - 24)):
            return _HEADS[major << 5 | short] + pack(argument)
    raise _not_encodable("a length beyond 64 bits")


def read_head(data: bytes, place: int) -> tuple[int, int, int] | None:
    """Read a head: major type, argument, and where it ends; None where there is none in its shortest form."""
    if place >= len(data):
        return None
    major, argument = data[place] >> 5, data[place] & 0x1F
    place += 1
    if argument < 24:
        return major, argument, place
    if argument not in _LEAST or place + (1 << (argument - 24)) > len(data):
        return None
    found: int = _UNPACK[argument](data, place)[0]
    return (major, found, place + (1 << (argument - 24))) if found >= _LEAST[argument] else None


def decode(data: bytes, *, max_bytes: int, max_items: int = MAX_ITEMS) -> Item:
    """Return the one item that ``data`` is the deterministic encoding of.

    Args:
        data: the whole input; a byte behind the item is refused.
        max_bytes: refuse longer input before looking at it.
        max_items: the largest number of items, counting every map key and value.

    Raises:
        MalformedError: ``too_large``, ``not_cbor`` (ends inside an item, or text that is not UTF-8),
            ``not_recognised`` (another tag) or ``not_canonical``.
    """
    if len(data) > max_bytes:
        raise MalformedError("too_large", f"CBOR: {len(data)} bytes, at most {max_bytes} are read", length=len(data))
    # An item takes a byte at least: where there are no more bytes than items allowed, nothing needs counting.
    reader = (_Reader if len(data) <= max_items else _CountingReader)(data, max_items)
    item = reader.item(0)
    if reader.position != len(data):
        raise MalformedError("not_canonical", "CBOR: bytes behind the item")
    if reader.fault is not None:
        raise reader.fault
    return item


class _Reader:
    """Reads items one behind the other.

    A second form of an item is noted and read on, so that input which is no CBOR at all is always refused as that:
    the page's decoder does the same, and both give the same code.
    """

    __slots__ = ("data", "fault", "left", "position", "size")

    def __init__(self, data: bytes, max_items: int) -> None:
        self.data = data
        self.size = len(data)
        self.left = max_items
        self.position = 0
        self.fault: MalformedError | None = None

    def item(self, depth: int) -> Item:  # noqa: PLR0911, PLR0912 - one a major type
        data, start = self.data, self.position
        try:
            first = data[start]
        except IndexError:
            raise _ends() from None
        start = self.position = start + 1
        if first < 24:  # a small number, the most frequent item
            return first
        major, argument = first >> 5, first & 0x1F
        if argument > 23:
            if argument == 24 and major <= _TAG and start < self.size and data[start] > 23:  # most of them
                argument = data[start]
                start = self.position = start + 1
            else:
                argument = self.argument(major, argument)
                start = self.position
        if major == _TEXT:  # the most frequent item after small numbers: read here, without a call
            end = self.position = start + argument
            if end > self.size:
                raise _ends()
            try:
                return data[start:end].decode()
            except UnicodeDecodeError:
                self.note(MalformedError("not_cbor", "CBOR: text that is not UTF-8"))
                return ""
        if major == _BYTES:
            end = self.position = start + argument
            if end > self.size:
                raise _ends()
            return data[start:end]
        if major == _UNSIGNED:
            return argument if argument <= MAX_INTEGER else self.large(argument)
        if major == _ARRAY:
            return self.array(argument, depth + 1)
        if major == _MAP:
            return self.map(argument, depth + 1)
        if major == _NEGATIVE:
            return -1 - argument if argument < MAX_INTEGER else self.large(-1 - argument)
        if major == _TAG:
            return self.tag(argument, depth)
        return self.simple(argument)

    def argument(self, major: int, short: int) -> int:
        """Read an argument of 1, 2, 4 or 8 bytes behind the first one (RFC 8949 section 3)."""
        if short > 27 or major > _TAG:
            # 28-30 are reserved, 31 is indefinite length; simple values behind 24 and floats are in no format.
            raise _not_canonical()
        start = self.position
        end = self.position = start + (1 << (short - 24))
        if end > self.size:
            raise _ends()
        argument: int = self.data[start] if short == 24 else _UNPACK[short](self.data, start)[0]
        if argument < _LEAST[short]:
            self.note(_not_canonical())
        return argument

    def large(self, value: int) -> int:
        self.note(MalformedError("not_canonical", "CBOR: an integer beyond 2^53 - 1"))
        return value

    def array(self, length: int, depth: int) -> list[Item]:
        """Read elements; each takes a byte, so a length beyond the input ends inside before memory is spent on it.

        Its own method: a comprehension inside ``item`` would make cells of that method's variables at every call.
        """
        if length and depth > MAX_DEPTH:
            raise _too_much()
        return [self.item(depth) for _ in range(length)]

    def map(self, length: int, depth: int) -> dict[int | str, Item]:
        """Read pairs; keys that rise bytewise are sorted, and none is there twice."""
        if length and depth > MAX_DEPTH:
            raise _too_much()
        found: dict[int | str, Item] = {}
        previous = b""
        data, size = self.data, self.size
        for _ in range(length):
            start = self.position
            if start < size and (first := data[start]) < 24:  # nearly every key: read here, without a call
                key: Item = first
                self.position = start + 1
                self.left -= 1
            else:
                key = self.item(depth)
            encoded = data[start : self.position]
            if encoded <= previous:
                self.note(_not_canonical())
            previous = encoded
            value = self.item(depth)
            if type(key) is int or type(key) is str:  # not isinstance: true is an int there
                found[key] = value
            else:
                # Python takes true for 1 and has no arrays as keys: readers in two languages would differ.
                self.note(MalformedError("not_canonical", "CBOR: a map key that is neither integer nor text"))
        return found

    def tag(self, number: int, depth: int) -> Tag:
        if number != TAG_SIGN1 or depth != 0:
            raise MalformedError("not_recognised", "CBOR: tag 18 in front is the only tag of any format")
        return Tag(number, self.item(1))

    def simple(self, number: int) -> bool | None:
        if number not in _SIMPLE:
            raise _not_canonical()
        return _SIMPLE[number]

    def note(self, fault: MalformedError) -> None:
        if self.fault is None or fault.code == "not_cbor":
            self.fault = fault


class _CountingReader(_Reader):
    """Reads input that may hold too many items."""

    __slots__ = ()

    def item(self, depth: int) -> Item:
        self.left -= 1
        if self.left < 0:
            raise _too_much()
        return super().item(depth)


def _too_much() -> MalformedError:
    return MalformedError("not_canonical", f"CBOR: too many items, or more than {MAX_DEPTH} levels")


def _ends() -> MalformedError:
    return MalformedError("not_cbor", "CBOR: the input ends inside an item")


def _not_canonical() -> MalformedError:
    return MalformedError(
        "not_canonical", "CBOR: not in the only encoding allowed (deterministic, RFC 8949 section 4.2.1)"
    )


def _write(value: Any, depth: int, parts: list[bytes]) -> None:
    """Add the parts of an item's encoding. Nearly every item is of one of the exact types asked about here."""
    kind = type(value)
    if kind is str:
        text = value.encode()
        parts += (encode_head(_TEXT, len(text)), text)
    elif kind is int:
        parts.append(_INTEGERS[value] if 0 <= value < _SHORT else _integer(value))
    elif kind is bytes:
        parts += (encode_head(_BYTES, len(value)), value)
    elif kind is list or kind is tuple:
        _write_array(value, depth, parts)
    elif kind is dict:
        _write_map(value, depth, parts)
    elif value is None or kind is bool:
        parts.append(_SIMPLE_HEADS[value])
    else:
        _write_other(value, depth, parts)


def _integer(value: int) -> bytes:
    if abs(value) > MAX_INTEGER:
        raise _not_encodable("an integer beyond 2^53 - 1")
    return encode_head(_UNSIGNED, value) if value >= 0 else encode_head(_NEGATIVE, -1 - value)


def _write_array(value: Sequence[Any], depth: int, parts: list[bytes]) -> None:
    parts.append(encode_head(_ARRAY, len(value)))
    _check_depth(value, depth)
    for element in value:
        kind = type(element)
        if kind is str:  # the two most frequent kinds are written here, without a call
            text = element.encode()
            parts.append(_TEXTS[len(text)] if len(text) < _SHORT else encode_head(_TEXT, len(text)))
            parts.append(text)
        elif kind is int and 0 <= element < _SHORT:
            parts.append(_INTEGERS[element])
        else:
            _write(element, depth + 1, parts)


def _write_map(value: Mapping[object, object], depth: int, parts: list[bytes]) -> None:
    """Pairs sorted bytewise by their encoded keys."""
    parts.append(encode_head(_MAP, len(value)))
    _check_depth(value, depth)
    pairs = [(_key(key), element) for key, element in value.items()]
    for key, element in sorted(pairs, key=itemgetter(0)):
        parts.append(key)
        _write(element, depth + 1, parts)


def _key(value: object) -> bytes:
    if type(value) is int and 0 <= value < _SHORT:
        return _INTEGERS[value]
    if isinstance(value, str):
        text = value.encode()
        return encode_head(_TEXT, len(text)) + text
    if isinstance(value, bool) or not isinstance(value, int):
        raise _not_encodable("a map key that is neither integer nor text")
    return _integer(value)


def _check_depth(inside: Sized, depth: int) -> None:
    if inside and depth >= MAX_DEPTH:
        raise _not_encodable(f"more than {MAX_DEPTH} levels")


def _write_other(value: object, depth: int, parts: list[bytes]) -> None:
    """Add what is of a type derived from one of a format (enums, named tuples), and tags."""
    if isinstance(value, str):
        _write(str.__str__(value), depth, parts)
    elif isinstance(value, bytes):
        parts += (encode_head(_BYTES, len(value)), value)
    elif isinstance(value, int):
        parts.append(_integer(value))
    elif isinstance(value, list | tuple):
        _write_array(value, depth, parts)
    elif isinstance(value, Mapping):
        _write_map(value, depth, parts)
    elif isinstance(value, Tag):
        parts.append(encode_head(_TAG, value.tag))
        _check_depth((value.value,), depth)
        _write(value.value, depth + 1, parts)
    else:
        raise _not_encodable(f"{type(value).__name__} is in no format")


def _not_encodable(what: str) -> MalformedError:
    return MalformedError("not_encodable", f"CBOR: {what}")
