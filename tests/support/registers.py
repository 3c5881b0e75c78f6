"""What the registers of a test run share: a test opens a copy of a made one, and every one would begin with the same.

The migrations are read once, and a statement is compiled once, not once for each register. What is done to a
database is done every time. A folder of tests that opens registers imports ``registers_share`` in its ``conftest.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import pytest
import sqlalchemy
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Engine
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

from issuer.db import engine

STATEMENTS: Final = 2000
"""More than the program has: beyond it the longest unused ones go."""

_migrations: dict[str | None, ScriptDirectory] = {}
"""By their folder; nothing else of their configuration differs."""
_from_config = ScriptDirectory.from_config
_opened: Final[list[Engine]] = []
_compiled: Final[sqlalchemy.util.LRUCache[Any, Any]] = sqlalchemy.util.LRUCache(STATEMENTS)


class _AllAreOne:
    """All dialects of a kind in a process are equal, so that what was compiled for one is found for another."""

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self)

    def __hash__(self) -> int:
        return hash(type(self))


class OneSqlite(_AllAreOne, SQLiteDialect_pysqlite):
    """The usual dialect of SQLite."""

    supports_statement_cache = True


class OnePostgresql(_AllAreOne, PGDialect_psycopg):
    """The usual dialect of PostgreSQL."""

    supports_statement_cache = True


def _read_once(config: Config) -> ScriptDirectory:
    folder = config.get_main_option("script_location")
    if folder not in _migrations:
        _migrations[folder] = _from_config(config)
    return _migrations[folder]


def _compiled_once(url: URL, **usual: Any) -> Engine:
    options = {"compiled_cache": _compiled}
    one = f"{url.get_backend_name()}+one"
    made = sqlalchemy.create_engine(url.set(drivername=one), execution_options=options, **usual)
    if one.startswith("postgresql"):
        _opened.append(made)
    return made


def close_all() -> None:
    """Close what the engines of this process have open: a test may have forgotten one."""
    while _opened:
        _opened.pop().dispose()


@pytest.fixture(scope="session", autouse=True)
def registers_share() -> Iterator[None]:
    """Give every register the same migrations and the same compiled statements."""
    registry.register("sqlite.one", __name__, OneSqlite.__name__)
    registry.register("postgresql.one", __name__, OnePostgresql.__name__)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ScriptDirectory, "from_config", staticmethod(_read_once))
        patch.setattr(engine, "create_engine", _compiled_once)
        yield
