"""A row of the register as bytes, the same whichever database it came from, and back again.

Rules: a row is a CBOR array of its values in the order of the table's columns: bytes and texts as they are, whole
numbers, days as their ISO text, instants as microseconds since 1970, words of a closed list as they are stored, JSON as
its text. A row of an older register, whose table had other columns, is not taken: its columns are compared by name.

    data = encode(table, row)
    row = decode(table, data)
"""

from __future__ import annotations

import enum
import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import cbor2
from sqlalchemy import JSON, Date, Enum, Integer, LargeBinary, Table

from issuer.db.digests import names_of
from issuer.db.models import Instant
from issuer.desk.db.tables import Moment
from issuer.errors import TamperedError

SEPARATOR: Final = "\x1f"
"""Between the values of a key: no key of ours holds it."""
_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def encode(table: Table, row: Sequence[Any]) -> bytes:
    """Return a row as bytes; its values stand in the order of ``names_of``."""
    return cbor2.dumps([_plain(value, column.type) for value, column in zip(row, table.columns, strict=True)])


def decode(table: Table, data: bytes) -> list[Any]:
    """Return the values of a row, as the register takes them. Raises TamperedError ``backup_damaged``."""
    try:
        found = cbor2.loads(data)
        return [_value(value, column.type) for value, column in zip(found, table.columns, strict=True)]
    except (ValueError, TypeError, KeyError, EOFError, OverflowError) as error:
        message = f"a row of table {table.name} is not in the form of one"
        raise TamperedError("backup_damaged", message, table=table.name) from error


def key_of(table: Table, row: Sequence[Any]) -> str:
    """Return the primary key of a row as the triggers of the journal write it."""
    places = dict(zip(names_of(table), row, strict=True))
    return key_text([places[column.name] for column in table.primary_key.columns])


def key_text(values: Sequence[Any]) -> str:
    """Return the values of a primary key as the triggers write them: bytes in hexadecimal, U+001F between two."""
    return SEPARATOR.join(value.hex() if isinstance(value, bytes) else str(value) for value in values)


def key_values(table: Table, text: str) -> tuple[Any, ...]:
    """Return the values of a primary key from their text."""
    columns = list(table.primary_key.columns)
    return tuple(_key_value(value, column.type) for value, column in zip(text.split(SEPARATOR), columns, strict=True))


def _key_value(text: str, kind: Any) -> Any:
    if isinstance(kind, LargeBinary):
        return bytes.fromhex(text)
    return int(text) if isinstance(kind, Integer) else text


def microseconds(value: datetime) -> int:
    """Return an aware instant as microseconds since 1970."""
    return (value - _BEGINNING) // _MICROSECOND


def instant(value: int) -> datetime:
    """Return the instant of microseconds since 1970."""
    return _BEGINNING + value * _MICROSECOND


def _plain(value: Any, kind: Any) -> Any:
    if isinstance(kind, JSON):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    match value:
        case datetime():
            return microseconds(value)
        case date():
            return value.isoformat()
        case enum.Enum():
            return value.name.lower()
        case bytes():
            return bytes(value)
    return value


def _value(value: Any, kind: Any) -> Any:
    if isinstance(kind, JSON):
        return json.loads(value)
    if value is None:
        return None
    if isinstance(kind, Instant | Moment):
        return instant(value)
    if isinstance(kind, Date):
        return date.fromisoformat(value)
    if isinstance(kind, Enum):
        return kind.enum_class[value.upper()] if kind.enum_class is not None else value
    return value
