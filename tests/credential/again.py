"""A second reader of CBOR, of parts that are not ours: the library reads, and what it writes back must be the same.

>>> by_encoding_again(bytes.fromhex("1818"))
24
"""

from __future__ import annotations

from typing import Final

import cbor2

from credential import cbor

_TAG_18: Final = b"\xd2"


def depth(item: object) -> int:
    match item:
        case dict():
            return 1 + max(map(depth, item.values()), default=0)
        case list():
            return 1 + max(map(depth, item), default=0)
    return 0


def by_encoding_again(data: bytes) -> object:
    """The rule in its plainest form: what the library reads and writes back unchanged, of the types that we have.

    Raises:
        Exception: of any kind, for everything else.
    """
    if data[:1] == _TAG_18:
        # Apart, because what the library reads behind a tag is of other types, which cannot be changed.
        return cbor2.CBORTag(18, _plain(data[1:], levels=cbor.MAX_DEPTH - 1))
    return _plain(data, levels=cbor.MAX_DEPTH)


def by_the_library(item: object) -> bytes:
    """What the library writes of an item whose maps are in order."""
    return cbor2.dumps(_ordered(item))


def _plain(data: bytes, *, levels: int) -> object:
    item = cbor2.loads(data)
    if depth(item) > levels:
        raise ValueError("deep")
    if by_the_library(item) != data:
        raise ValueError("another form")
    return item


def _ordered(value: object) -> object:
    match value:
        case dict():
            if not all(type(key) is str or (type(key) is int and abs(key) < 2**53) for key in value):
                raise ValueError("key")
            return {key: _ordered(value[key]) for key in sorted(value, key=cbor2.dumps)}
        case list():
            return [_ordered(element) for element in value]
        case bool() | None | bytes() | str():
            return value
        case int():
            if abs(value) > cbor.MAX_INTEGER:
                raise ValueError("large")
            return value
    raise ValueError(type(value))
