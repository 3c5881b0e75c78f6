"""Canonical JSON (FORMAT 1.4): one text per value, so that a signature covers a value and not a spelling.

Reading is: parse, encode again, compare. One rule refuses duplicate members, blanks, ``1.0``, ``-0``, unneeded
escapes and unsorted members; nothing has to be listed, and the page's JavaScript does the same.

    >>> encode({"b": 1, "a": "职称"}).decode()
    '{"a":"职称","b":1}'
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias

from credential.errors import MalformedError

Value: TypeAlias = "int | str | bool | list[Value] | dict[str, Value] | None"

MAX_DEPTH: Final = 16
"""The deepest format (the trust list's grants) has depth 7."""
MAX_INTEGER: Final = 2**53 - 1
_WRITE_TEXT: Final = json.encoder.encode_basestring
_WRITER: Final = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def encode(value: object) -> bytes:
    """Return the canonical UTF-8 form of ``value``.

    Raises:
        MalformedError: code ``not_encodable``: a float, a large integer, a lone surrogate, a key that is not ASCII.
    """
    _check(value, 0)
    text = _WRITER.encode(value)
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise _surrogate() from error


def encode_text(value: object) -> bytes:
    """As ``encode``, of a text: for those who put large values together without going through each."""
    if type(value) is not str:
        return encode(value)
    try:
        return _WRITE_TEXT(value).encode("utf-8")
    except UnicodeEncodeError as error:
        raise _surrogate() from error


def _surrogate() -> MalformedError:
    return MalformedError("not_encodable", "JSON: a lone surrogate cannot be written in UTF-8")


def decode(data: bytes, *, max_bytes: int) -> Value:
    """Return the value whose canonical form ``data`` is.

    Raises:
        MalformedError: ``too_large``, ``not_json`` or ``not_canonical``.
    """
    if len(data) > max_bytes:
        raise MalformedError("too_large", f"JSON: {len(data)} bytes, at most {max_bytes} are read", length=len(data))
    try:
        value: Value = json.loads(data.decode("utf-8"), parse_float=_refuse_float, parse_constant=_refuse_float)
    except (ValueError, RecursionError) as error:
        raise MalformedError("not_json", "JSON: the bytes are no JSON text in UTF-8 with integers only") from error
    if _encoded(value) != data:
        raise MalformedError("not_canonical", "JSON: not in the only form allowed (FORMAT 1.4)")
    return value


def _encoded(value: Value) -> bytes | None:
    """Return the canonical form, or None when the value has none: too deep, too large, a lone surrogate."""
    try:
        return encode(value)
    except MalformedError:
        return None


def decode_object(data: bytes, *, max_bytes: int) -> dict[str, Value]:
    """Like ``decode``, for formats whose top is an object."""
    value = decode(data, max_bytes=max_bytes)
    if not isinstance(value, dict):
        raise MalformedError("not_json", "JSON: an object was expected")
    return value


def _refuse_float(text: str) -> float:
    raise ValueError(f"{text} is not an integer")


def _check(value: object, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise MalformedError("not_encodable", f"JSON: deeper than {MAX_DEPTH} levels")
    match value:
        case bool() | None | str():
            return
        case int():
            if abs(value) > MAX_INTEGER:
                raise MalformedError("not_encodable", "JSON: an integer beyond 2^53 - 1")
        case list() | tuple():
            _check_each(value, depth + 1)
        case Mapping():
            for key in value:
                if not isinstance(key, str) or not key.isascii():
                    raise MalformedError("not_encodable", "JSON: member names are ASCII text")
            _check_each(value.values(), depth + 1)
        case _:
            raise MalformedError("not_encodable", f"JSON: {type(value).__name__} is in no format")


def _check_each(values: Iterable[object], depth: int) -> None:
    """Most are plain text, small numbers or nothing: a call for each of them took longer than writing the JSON."""
    for each in values:
        kind = type(each)
        is_plain = kind is str or each is None or (kind is int and -MAX_INTEGER <= each <= MAX_INTEGER)  # type: ignore[operator]
        if not is_plain or depth > MAX_DEPTH:
            _check(each, depth)
