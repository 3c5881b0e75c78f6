"""A register that has many certificates more, without the hours that issuing them takes.

Rules: only for measuring how what is done for one person grows with the register. The rows are copies of the first
certificate's, each of a person of its own, with the code, its tries and the entries of the audit; what is sealed in
them opens nothing. No publication can be made from such a register.

    grow(home / "register.sqlite3", 370_000)
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Final

_SERIES: Final = "WITH RECURSIVE series(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM series WHERE i < ?)"
_ID: Final = "printf('f%031x', series.i)"
_COPIES: Final[Mapping[str, Mapping[str, str]]] = {
    "holders": {"id": _ID, "blind_index": "randomblob(32)"},
    "awards": {
        "id": _ID,
        "holder": _ID,
        "seq": "100000000 + series.i",
        "position": "100000000 + series.i",
    },
    "certificates": {
        "id": _ID,
        "holder": _ID,
        "award": _ID,
        "number": "printf('9900002026%012d', series.i)",
        "cti": "randomblob(16)",
        "status_list": "1000 + series.i / 65536",
        "status_index": "series.i % 65536",
        "credential_digest": "randomblob(32)",
        "check_code_locator": "randomblob(32)",
    },
    "events": {"certificate": _ID},
    "faces": {"certificate": _ID},
    "claim_codes": {"id": _ID, "holder": _ID, "certificate": _ID, "digest": "randomblob(32)"},
    "code_tries": {"code": _ID},
}
"""Tables, in the order in which they name each other, with the columns that differ from row to row."""


def grow(register: Path, many: int) -> None:
    """Add the rows of ``many`` certificates to the register in a file; nobody else has it open."""
    with sqlite3.connect(register) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        for table, differs in _COPIES.items():
            _copy(connection, table, differs, many)
        connection.execute(
            f"{_SERIES} INSERT INTO audit (at, actor, act, object, details) "  # noqa: S608 - no text of anybody's
            f"SELECT (SELECT at FROM audit LIMIT 1), 'os:night', 'certificate.open',"
            f" printf('9900002026%012d', series.i), '{{}}' FROM series",
            [many],
        )
        connection.execute("ANALYZE")
    connection.close()


def _copy(connection: sqlite3.Connection, table: str, differs: Mapping[str, str], many: int) -> None:
    columns = [name for _, name, *_ in connection.execute(f"PRAGMA table_info({table})")]
    values = ", ".join(differs.get(name, f"first.{name}") for name in columns)
    first = f"(SELECT * FROM {table} LIMIT 1) AS first"  # noqa: S608 - tables are named above
    connection.execute(
        f"{_SERIES} INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM series, {first}",  # noqa: S608
        [many],
    )
