"""A register as an older program left it, with as many certificates as are wanted. Every person in it is made up.

Rules: tables are read as they are at that version, never from today's models. Everything is sealed in a real register,
so what stands for it here is bytes that nobody opens; what is unique there is unique here.

    old_register(place, "0016_confirmed", certificates=1_000)
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from alembic import command
from sqlalchemy import Connection, Engine, MetaData, Table, column, insert, inspect, select, table

from credential.claims import LIST_SIZE
from issuer.db.engine import for_writing
from issuer.db.migrate import _config

LIST: Final = 1_000
"""Rows of a batch."""
_AT_ONCE: Final = 2_000
_DAY: Final = date(2025, 6, 1)
_AT: Final = datetime(2025, 6, 1, 2, tzinfo=UTC)
_TOPICS: Final = ("publish", "issue", "documents")


def migrate(engine: Engine, revision: str) -> None:
    """Bring an empty database to a version, as the program of that version did."""
    config = _config()
    with for_writing(engine).begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def fill(engine: Engine, *, certificates: int) -> None:
    """Fill a register of version ``0016_confirmed`` with an office, batches, and certificates that are published."""
    with for_writing(engine).begin() as connection:
        metadata = MetaData()
        metadata.reflect(connection)
        for name, rows in _office(certificates):
            connection.execute(insert(metadata.tables[name]), rows)
        for name, row in _PER_CERTIFICATE.items():
            _insert(connection, metadata.tables[name], map(row, range(certificates)))


def digests(engine: Engine, columns: dict[str, list[str]]) -> dict[str, tuple[int, str]]:
    """Return for each table how many rows it has, and a digest over these columns of all of them.

    The digests of the rows are added up: the order of texts is another before the newest versions, on PostgreSQL.
    """
    found = {}
    with engine.connect() as connection:
        for name, names in columns.items():
            query = select(*map(column, names)).select_from(table(name))
            count, total = 0, 0
            for row in connection.execute(query.execution_options(yield_per=_AT_ONCE)):
                line = repr([_plain(value) for value in row]).encode()
                count, total = count + 1, total + int.from_bytes(hashlib.sha256(line).digest())
            found[name] = (count, f"{total % (1 << 256):064x}")
    return found


def columns(engine: Engine) -> dict[str, list[str]]:
    """Return the columns of every table as they are now, but for Alembic's own."""
    return {
        str(name): sorted(each["name"] for each in found)
        for (_, name), found in inspect(engine).get_multi_columns().items()
        if name != "alembic_version"
    }


def _plain(value: Any) -> Any:
    if isinstance(value, memoryview):
        return bytes(value)
    return value.astimezone(UTC) if isinstance(value, datetime) and value.tzinfo is not None else value


def _insert(connection: Connection, table: Table, rows: Iterator[dict[str, Any]]) -> None:
    waiting: list[dict[str, Any]] = []
    for row in rows:
        waiting.append(row)
        if len(waiting) == _AT_ONCE:
            connection.execute(insert(table), waiting)
            waiting = []
    if waiting:
        connection.execute(insert(table), waiting)


def _bytes(what: str, number: int, size: int = 32) -> bytes:
    return hashlib.shake_128(f"{what} {number}".encode()).digest(size)


def _id(what: str, number: int) -> str:
    return _bytes(what, number, 16).hex()


def _office(certificates: int) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    words = {"address": "", "hours": "", "telephone": "", "web": ""}
    yield "regions", [{"code": "990000", "name": "示范省"}]
    yield (
        "authorities",
        [
            {
                "id": "sf-hrss",
                "name": "示范省人力资源和社会保障厅",
                "name_en": "Shifan HRSS",
                "credit_code": "11990000000010014J",
                "region_code": "990000",
                "number_template": "{region}",
                "seal_text": "示范",
                "valid_from": _DAY,
                "state": "active",
                "contact": {"zh": words, "en": words},
            }
        ],
    )
    schemes = [{"acts": "*", "scheme": "jws"}]
    yield (
        "operators",
        [
            {"id": name, "name": name, "role": role, "key_id": _bytes(name, 0, 8), "added": _AT, "person": name}
            | {"schemes": schemes, "authority": "sf-hrss"}
            for name, role in (("clerk1", "clerk"), ("chief1", "approver"))
        ],
    )
    yield "batches", [_batch(number) for number in range(-(-certificates // LIST))]
    yield (
        "statements",
        [
            {"id": _id(act, number), "act": act, "operator": who, "batch": f"sf-hrss-{number:04}", "received": _AT}
            | {"nonce": _bytes(act, number, 16), "scheme": "jws", "key_id": _bytes(who, 0, 8)}
            | {"evidence": _bytes(act, number, 300)}
            for number in range(-(-certificates // LIST))
            for act, who in (("submit", "clerk1"), ("approve", "chief1"))
        ],
    )
    yield (
        "publications",
        [
            {"sequence": 1, "trust_version": 1, "snapshot_digest": _bytes("snapshot", 1), "made_at": _AT}
            | {"expires": _AT + timedelta(days=1), "records": certificates, "prefix_length": 0, "confirmed_at": _AT}
        ],
    )


def _batch(number: int) -> dict[str, Any]:
    return {
        "id": f"sf-hrss-{number:04}",
        "authority": "sf-hrss",
        "file_name": _bytes("file", number, 40),
        "file_digest": _bytes("file", number),
        "decision_document": f"示人社〔2025〕{number}号",
        "state": "issued",
        "wrapped_key": _bytes("batch key", number, 60),
        "rows_total": LIST,
        "rows_waiting": 0,
        "rows_rejected": 0,
        "rows_reserved": 0,
        "rows_issued": LIST,
        "created": _AT,
        "rows_root": _bytes("root", number),
    }


def _holder(number: int) -> dict[str, Any]:
    sealed = {"wrapped_key": _bytes("holder key", number, 60), "personal": _bytes("personal", number, 120)}
    return {"id": _id("holder", number), "blind_index": _bytes("index", number), "created": _AT, **sealed}


def _award(number: int) -> dict[str, Any]:
    batch, row = divmod(number, LIST)
    return {
        "id": _id("award", number),
        "batch": f"sf-hrss-{batch:04}",
        "seq": row + 1,
        "sheet_row": row + 4,
        "holder": _id("holder", number),
        "payload": _bytes("payload", number, 500),
        "state": "issued",
        "position": row,
        "hashes": _bytes("hashes", number),
    }


def _certificate(number: int) -> dict[str, Any]:
    return {
        "id": _id("certificate", number),
        "number": f"990000{number:011}",
        "cti": _bytes("cti", number, 16),
        "authority": "sf-hrss",
        "holder": _id("holder", number),
        "award": _id("award", number),
        "stage": "signed",
        "state": "withdrawn" if number % 100 == 0 else "valid",
        "awarded_on": _DAY,
        "basis_reference": f"示评备〔2025〕{number % 40:03}号",
        "status_list": number // LIST_SIZE,
        "status_index": number % LIST_SIZE,
        "reserved_at": _AT,
        "signer_kid": _bytes("kid", 0, 8),
        "to_sign": _bytes("to sign", number, 280),
        "credential": _bytes("credential", number, 350),
        "credential_digest": _bytes("digest", number),
        "credential_kid": _bytes("kid", 0, 8),
        "check_code": _bytes("code", number, 48),
        "check_code_locator": _bytes("locator", number, 16),
        "issued_on": _DAY,
        "issued_at": _AT,
        "first_published": 1,
    }


def _event(number: int) -> dict[str, Any]:
    return {
        "certificate": _id("certificate", number),
        "ordinal": 1,
        "kind": "issued",
        "effective": _DAY,
        "recorded": _AT,
        "authority": "sf-hrss",
        "basis": "",
        "document": "",
        "reason": "none",
        "published": 1,
    }


def _entry(number: int) -> dict[str, Any]:
    return {
        "ordinal": number + 1,
        "at": _AT,
        "actor": "chief1",
        "act": "certificate.issue",
        "object": f"990000{number:011}",
        "details": {},
        "previous": _bytes("entry", number) if number else bytes(32),
        "hash": _bytes("entry", number + 1),
    }


_PER_CERTIFICATE: Final[dict[str, Callable[[int], dict[str, Any]]]] = {
    "holders": _holder,
    "awards": _award,
    "certificates": _certificate,
    "events": _event,
    "signed_histories": lambda number: {
        "certificate": _id("certificate", number),
        "events": 1,
        "content": _bytes("history", number, 300),
        "kid": _bytes("status kid", 0, 8),
    },
    "sealed_certificates": lambda number: {
        "certificate": _id("certificate", number),
        "record": _bytes("record", number, 400),
    },
    "outbox": lambda number: {
        "topic": _TOPICS[0],
        "object": _id("certificate", number),
        "created": _AT,
        "done_at": _AT,
        "attempts": 1,
    },
    "audit": _entry,
}
"""The tables that grow with certificates, each behind those that it refers to."""
