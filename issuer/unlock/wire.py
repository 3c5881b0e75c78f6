"""The values of ``issuer.unlock.model``, and errors, as JSON.

Rules: a member of JSON is a field of the value. Bytes are base64url without padding, days ``YYYY-MM-DD``, instants
ISO 8601 with their offset. Reading takes exactly what writing gives: no member more, none less, and no other type. An
error crosses as its class, code, sentence and fields, and is raised again as the same class.

    data = encode(to_json(view))
    view = from_json(HolderView, decode(data))
"""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, Final, TypeVar

from credential import jsonform
from credential.errors import CodedError, CredentialError
from credential.text import from_base64url, to_base64url
from issuer.errors import (
    ConflictError,
    InputError,
    IssuerError,
    MachineError,
    NotAllowedError,
    NotFoundError,
    TamperedError,
)

MAX_UNLOCKED: Final = 32 << 20
"""A sealed document is the largest answer: a page with a photo and its fonts has a few hundred kilobytes."""
JSON: Final = "application/json"
_T = TypeVar("_T")
_ERRORS: Final[Mapping[str, type[IssuerError]]] = {
    kind.__name__: kind
    for kind in (ConflictError, InputError, MachineError, NotAllowedError, NotFoundError, TamperedError)
}


def encode(plain: object) -> bytes:
    """Return a plain value as canonical JSON."""
    return jsonform.encode(plain)


def decode(data: bytes, *, max_bytes: int = MAX_UNLOCKED) -> dict[str, jsonform.Value]:
    """Return the members of a JSON object.

    Raises:
        MachineError: ``bad_answer``: it is none.
    """
    try:
        return jsonform.decode_object(data, max_bytes=max_bytes)
    except CredentialError as error:
        raise _bad("the object") from error


def to_json(value: object) -> Any:
    """Return a value of the model as plain values of JSON."""
    if is_dataclass(value):
        return {each.name: to_json(getattr(value, each.name)) for each in fields(value)}
    match value:
        case bytes():
            return to_base64url(value)
        case datetime() | date():
            return value.isoformat()
        case tuple():
            return [to_json(each) for each in value]
        case str() | int() | None:
            return value
    raise TypeError(f"{type(value).__name__} is in no value of the model")


def from_json(kind: type[_T], plain: object) -> _T:
    """Return the value of a class of the model that ``to_json`` wrote.

    Raises:
        MachineError: ``bad_answer``: something else stands there.
    """
    found = _read(kind, plain, kind.__name__)
    assert isinstance(found, kind)
    return found


def error_to_json(error: CodedError) -> Any:
    """Return an error as plain values; fields that JSON has no form for are written as text."""
    kind = next((each.__name__ for each in type(error).__mro__ if each.__name__ in _ERRORS), "MachineError")
    told = {name: value if isinstance(value, str | int | None) else str(value) for name, value in error.fields.items()}
    return {"kind": kind, "code": error.code, "message": str(error), "fields": told}


def error_from_json(plain: Mapping[str, jsonform.Value]) -> IssuerError:
    """Return the error that ``error_to_json`` wrote, for raising. Raises MachineError ``bad_answer``."""
    match plain:
        case {"kind": str() as kind, "code": str() as code, "message": str() as message, "fields": dict() as told}:
            if kind in _ERRORS:
                return _ERRORS[kind](code, message, **told)
    raise _bad("the error")


@cache
def _hints(kind: type) -> Mapping[str, Any]:
    return typing.get_type_hints(kind)


def _read(kind: Any, plain: object, where: str) -> object:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in {typing.Union, types.UnionType}:
        (other,) = (each for each in arguments if each is not types.NoneType)
        return None if plain is None else _read(other, plain, where)
    if origin is tuple:
        return _read_tuple(arguments, plain, where)
    if is_dataclass(kind):
        return _read_value(kind, plain, where)
    return _read_plain(kind, plain, where)


def _read_tuple(arguments: tuple[Any, ...], plain: object, where: str) -> tuple[object, ...]:
    if not isinstance(plain, list):
        raise _bad(where)
    if arguments[-1] is Ellipsis:
        return tuple(_read(arguments[0], each, where) for each in plain)
    if len(plain) != len(arguments):
        raise _bad(where)
    return tuple(_read(each, value, where) for each, value in zip(arguments, plain, strict=True))


def _read_value(kind: Any, plain: object, where: str) -> object:
    hints = _hints(kind)
    if not isinstance(plain, dict) or plain.keys() != {each.name for each in fields(kind)}:
        raise _bad(where)
    return kind(**{name: _read(hints[name], value, f"{where}.{name}") for name, value in plain.items()})


def _read_plain(kind: Any, plain: object, where: str) -> object:
    if kind in {str, int, bool}:
        if type(plain) is not kind:
            raise _bad(where)
        return plain
    if not isinstance(plain, str):
        raise _bad(where)
    try:
        return from_base64url(plain) if kind is bytes else kind.fromisoformat(plain)
    except (CredentialError, ValueError) as error:
        raise _bad(where) from error


def _bad(where: str) -> MachineError:
    return MachineError("bad_answer", f"the unlock service answered something else than was agreed: {where}", at=where)
