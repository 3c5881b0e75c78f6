"""Sessions and the unit of work: services get a session and never commit; whoever opened the unit of work does.

Rules: reading and writing are different types, so that a signature tells whether a function can change anything. A
unit of work commits once, at its end, and rolls back on any error. Changing a row starts with reading it ``for
update``; what has no row yet has a lock (``issuer.db.locks``). Who met another writer tries again
(``issuer.db.again``).

    register = Register(open_engine(path))
    with register.write() as session:
        add_region(session, Region(code="990000", name="示范省"), actor="admin", now=now)
    with register.read() as session:
        regions(session)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from operator import itemgetter
from pathlib import Path
from typing import Any, Final, NoReturn, Self, TypeVar

from sqlalchemy import URL, Engine, Table
from sqlalchemy.orm import Session

from issuer.db.bulk import insert_many
from issuer.db.engine import for_reading, for_writing, open_engine
from issuer.db.locks import Lock, take
from issuer.db.migrate import check_current, upgrade
from issuer.db.models.base import Row

SHARED: Final = "shared"
"""In ``Session.info``, what all sessions of a register share: only what stays true whatever the register becomes."""
_CHUNK: Final = 500
"""Values in one query: few enough for every database, and enough that queries cost little."""
_T = TypeVar("_T")


def chunked(values: Iterable[_T]) -> Iterator[list[_T]]:
    """Cut values into lists for one query each."""
    listed = list(values)
    for start in range(0, len(listed), _CHUNK):
        yield listed[start : start + _CHUNK]


def table_of(row: type[Row]) -> Table:
    """Return the table of a row's class: statements on it pass the session's objects by."""
    table = row.__table__
    assert isinstance(table, Table)
    return table


def insert_all(session: WriteSession, table: type[Row], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows of one table at once: each gives the same columns. They do not enter the session."""
    if not rows:
        return
    session.flush()  # what waits may be what these rows refer to
    names = list(rows[0])
    values = itemgetter(*names) if len(names) > 1 else lambda row: (row[names[0]],)
    insert_many(session.connection(), table_of(table), names, map(values, rows))


class ReadSession(Session):
    """A session that reads. Functions that only read take this type; a ``WriteSession`` is one too."""

    def commit(self) -> NoReturn:
        """Refuse: only the unit of work commits."""
        raise RuntimeError("services do not commit; the unit of work that opened the session does")


class WriteSession(ReadSession):
    """A session inside a unit of work that commits when it ends without error."""


class Register:
    """The register as a process holds it. ``read()`` and ``write()`` are its units of work."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._reading = for_reading(engine)
        self._writing = for_writing(engine)
        self._info: dict[Any, Any] = {SHARED: {}}

    @classmethod
    def create(cls, register: Path | URL) -> Self:
        """Open a register and bring its tables to the newest version, making them where there are none."""
        return cls(_after(upgrade, open_engine(register)))

    @classmethod
    def open(cls, register: Path | URL) -> Self:
        """Open a register whose tables are of this program's version. Raises ConflictError when they are not."""
        return cls(_after(check_current, open_engine(register)))

    def again(self) -> Self:
        """Return the same register with connections of its own: a fork uses none that its parent opened."""
        address = self.engine.url
        if self.engine.dialect.name == "sqlite":
            return type(self)(open_engine(Path(str(address.database))))
        return type(self)(open_engine(address.set(drivername=self.engine.dialect.name)))

    @contextmanager
    def read(self) -> Iterator[ReadSession]:
        """Yield a session that sees one state of the register and cannot change it."""
        with ReadSession(self._reading, autoflush=False, info=self._info, **_OPTIONS) as session:
            yield session

    @contextmanager
    def write(self, *locks: Lock) -> Iterator[WriteSession]:
        """Yield a session for one transaction: committed at the end of the block, rolled back on any error.

        On SQLite there is one writer at a time, from here on. On PostgreSQL writers go side by side: whoever decides on
        a row reads it ``for update``, in the transaction that changes it.

        Args:
            locks: taken at the beginning, in this order; ``Lock.REGISTER`` lets no other writer in.
        """
        with WriteSession(self._writing, info=self._info, **_OPTIONS) as session:
            session.connection()  # BEGIN IMMEDIATE on SQLite
            if Lock.REGISTER not in locks:
                take(session, Lock.REGISTER, shared=True)
            for lock in locks:
                take(session, lock)
            yield session
            Session.commit(session)

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def _after(step: Callable[[Engine], None], engine: Engine) -> Engine:
    """Return an engine after a step on it; what the step refuses keeps no connection."""
    try:
        step(engine)
    except BaseException:
        engine.dispose()
        raise
    return engine


_OPTIONS: Final[dict[str, Any]] = {"expire_on_commit": False}
