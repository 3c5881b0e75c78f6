"""Strict CBOR: only the core deterministic encoding of RFC 8949 section 4.2.1, only what the formats use.

The rule (FORMAT 1.3) is enforced by the plainest means there is: decode with a well-kept library, encode the result
again, compare. What differs from the only encoding is refused, whatever the difference is.

    >>> encode({1: -7, 4: b"kid"}).hex()
    'a2012604436b6964'
    >>> decode(bytes.fromhex("1800"), max_bytes=16)
    Traceback (most recent call last):
    ...
    credential.errors.MalformedError: CBOR: not in the only encoding allowed (deterministic, RFC 8949 section 4.2.1)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Final, TypeAlias

import cbor2

from credential.errors import MalformedError

Item: TypeAlias = "int | bytes | str | bool | Sequence[Item] | Mapping[Item, Item] | Tag | None"

MAX_DEPTH: Final = 8
"""Our deepest format (a history event's detail) has depth 4; room for growth, none for stack exhaustion."""
MAX_ITEMS: Final = 4096
"""The widest signed object has some hundred items. Shards and manifests name their own bound."""
MAX_INTEGER: Final = 2**53 - 1
"""What JavaScript's numbers hold exactly, so that both languages read the same value."""

Tag = cbor2.CBORTag


def encode(value: object) -> bytes:
    """Return the deterministic encoding of ``value``.

    Raises:
        MalformedError: code ``not_encodable``: the value holds a float, a large integer or a type no format has.
    """
    _check(value, depth=0, budget=[1 << 22])
    return cbor2.dumps(_ordered(value))


def decode(data: bytes, *, max_bytes: int, max_items: int = MAX_ITEMS) -> Item:
    """Return the one item that ``data`` is the deterministic encoding of.

    Args:
        data: the whole input; a byte behind the item is refused.
        max_bytes: refuse longer input before looking at it.
        max_items: the largest number of items, counting every map key and value.

    Raises:
        MalformedError: ``too_large``, ``not_cbor`` or ``not_canonical``.
    """
    if len(data) > max_bytes:
        raise MalformedError("too_large", f"CBOR: {len(data)} bytes, at most {max_bytes} are read", length=len(data))
    _scan(data, max_items)
    stream = BytesIO(data)
    try:
        item: Item = cbor2.CBORDecoder(stream).decode()
    except (cbor2.CBORError, ValueError, TypeError, RecursionError, OverflowError) as error:
        raise MalformedError("not_cbor", "CBOR: the bytes are no CBOR item") from error
    _check(item, depth=0, budget=[max_items])
    if cbor2.dumps(_ordered(item)) != data:
        raise _not_canonical()
    return item


def _ordered(value: object) -> object:
    """Sort map keys bytewise by their encoding; the library's own canonical mode sorts by length first (RFC 7049)."""
    match value:
        case Mapping():
            return {key: _ordered(value[key]) for key in sorted(value, key=cbor2.dumps)}
        case list() | tuple():
            return [_ordered(element) for element in value]
        case cbor2.CBORTag():
            return cbor2.CBORTag(value.tag, _ordered(value.value))
        case _:
            return value


def _not_canonical() -> MalformedError:
    return MalformedError(
        "not_canonical", "CBOR: not in the only encoding allowed (deterministic, RFC 8949 section 4.2.1)"
    )


TAG_SIGN1: Final = 18
"""COSE_Sign1 (RFC 9052 section 2); the library is never shown another tag, so none of its other decoders runs."""
_ARRAY, _MAP, _TAG, _SIMPLE = 4, 5, 6, 7


def _scan(data: bytes, max_items: int) -> None:
    """Walk the heads before any decoder does: lengths, depth and count are bounded, nothing is allocated for them.

    A head of nine bytes may promise 2^64 elements; a library may believe it.
    """
    position, open_items, items = 0, [1], 0
    while open_items:
        if open_items[-1] == 0:
            open_items.pop()
            continue
        open_items[-1] -= 1
        items += 1
        if items > max_items or len(open_items) > MAX_DEPTH + 1:
            raise MalformedError("not_canonical", f"CBOR: more than {max_items} items or {MAX_DEPTH} levels")
        start = position
        major, argument, position = _head(data, position)
        if major in (2, 3):
            position += argument
        elif major in (_ARRAY, _MAP):
            open_items.append(argument * (2 if major == _MAP else 1))
        elif major == _TAG:
            if argument != TAG_SIGN1 or start != 0:
                raise MalformedError("not_recognised", "CBOR: tag 18 in front is the only tag of any format")
            open_items.append(1)
        if position > len(data):
            raise MalformedError("not_cbor", "CBOR: the input ends inside an item")
    if position != len(data):
        raise MalformedError("not_canonical", "CBOR: bytes behind the item")


def _head(data: bytes, position: int) -> tuple[int, int, int]:
    """Read one head: major type, argument, position behind it (RFC 8949 section 3)."""
    if position >= len(data):
        raise MalformedError("not_cbor", "CBOR: the input ends inside an item")
    first = data[position]
    major, short = first >> 5, first & 0x1F
    if short < 24:
        if major == _SIMPLE and short not in (20, 21, 22):
            raise _not_canonical()
        return major, short, position + 1
    if short > 27 or major == _SIMPLE:
        # 28-30 are reserved, 31 is indefinite length; simple values behind 24 and floats are in no format.
        raise _not_canonical()
    width = 1 << (short - 24)
    if position + 1 + width > len(data):
        raise MalformedError("not_cbor", "CBOR: the input ends inside an item")
    return major, int.from_bytes(data[position + 1 : position + 1 + width]), position + 1 + width


def _check(value: object, *, depth: int, budget: list[int]) -> None:
    budget[0] -= 1
    if depth > MAX_DEPTH or budget[0] < 0:
        raise MalformedError("not_canonical", "CBOR: too deep or too many items")
    match value:
        case bool() | None | bytes() | str():
            return
        case int():
            if abs(value) > MAX_INTEGER:
                raise MalformedError("not_canonical", "CBOR: an integer beyond 2^53 - 1")
        case list() | tuple():
            for element in value:
                _check(element, depth=depth + 1, budget=budget)
        case Mapping():
            for key, element in value.items():
                _check(key, depth=depth + 1, budget=budget)
                _check(element, depth=depth + 1, budget=budget)
        case cbor2.CBORTag():
            _check(value.value, depth=depth + 1, budget=budget)
        case _:
            raise MalformedError("not_canonical", f"CBOR: {type(value).__name__} is in no format")
