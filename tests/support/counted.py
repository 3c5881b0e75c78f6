"""What a piece of work asks of the register: its statements, how much the database read for them, and each transaction.

Rules: what is counted does not depend on the machine. On SQLite it is the steps of its virtual machine (a row that is
looked at takes several, whatever the size of the table), on PostgreSQL the rows that scans and indexes read. A
transaction that writes is counted by itself, because others wait for it.

    with counted(register) as work:
        batches.listed(opened)
    work.statements, work.read, work.writes
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Connection, Engine, event, text

from issuer.db.engine import WRITES
from issuer.db.sessions import Register

EVERY: Final = 10
"""Steps of SQLite's machine between two calls of our counter."""
_READ: Final = text("SELECT coalesce(sum(seq_tup_read + coalesce(idx_tup_fetch, 0)), 0) FROM pg_stat_user_tables")


@dataclass(slots=True)
class Transaction:
    """One transaction that wrote."""

    statements: int = 0
    read: int = 0
    seconds: float = 0.0


@dataclass(slots=True)
class Work:
    """What was asked of a register."""

    asked: list[str] = field(default_factory=list)
    """Every statement, in order."""
    read: int = 0
    """Steps of SQLite's machine, or rows that PostgreSQL read."""
    by_statement: Counter[str] = field(default_factory=Counter, repr=False)
    """What each statement read, on SQLite."""
    values: list[Any] = field(default_factory=list, repr=False)
    """What each statement was given."""
    writes: list[Transaction] = field(default_factory=list)
    """The transactions that wrote, in order; what they read is counted on SQLite only."""

    @property
    def statements(self) -> int:
        """How many there were."""
        return len(self.asked)


@contextmanager
def counted(register: Register) -> Iterator[Work]:
    """Count what is asked of a register in the block; nobody else has it open."""
    work = Work()
    counter = _OnSqlite(work) if register.engine.dialect.name == "sqlite" else _OnPostgresql(work, register.engine)
    hooks: list[tuple[str, Callable[..., None]]] = [
        ("begin", counter.begin),
        ("commit", counter.end),
        ("rollback", counter.end),
    ]
    hooks.append(("before_cursor_execute", counter.asked))
    counter.start()
    for name, hook in hooks:
        event.listen(register.engine, name, hook)
    try:
        yield work
    finally:
        for name, hook in hooks:
            event.remove(register.engine, name, hook)
        counter.stop()


class _Counter:
    def __init__(self, work: Work) -> None:
        self.work = work
        self.open: Transaction | None = None
        self._begun = 0.0

    def start(self) -> None:
        """Begin to count."""

    def stop(self) -> None:
        """Count no more."""

    def writes(self, connection: Connection) -> bool:
        return bool(connection.get_execution_options().get(WRITES, False))

    def begin(self, connection: Connection) -> None:
        if self.writes(connection):
            self.open, self._begun = Transaction(), time.perf_counter()
            self.work.writes.append(self.open)

    def end(self, _connection: Connection) -> None:
        if self.open is not None:
            self.open.seconds = time.perf_counter() - self._begun
        self.open = None

    def asked(self, _connection: Connection, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        if statement.startswith(("PRAGMA", "BEGIN")):
            return
        self.work.asked.append(statement)
        self.work.values.append(values)
        if self.open is not None:
            self.open.statements += 1


class _OnSqlite(_Counter):
    def __init__(self, work: Work) -> None:
        super().__init__(work)
        self._counts = True

    def stop(self) -> None:
        """The connections that were counted live on."""
        self._counts = False

    def begin(self, connection: Connection) -> None:
        super().begin(connection)
        connection.connection.dbapi_connection.set_progress_handler(self._step, EVERY)  # type: ignore[union-attr]

    def _step(self) -> int:
        if not self._counts:
            return 0
        self.work.read += EVERY
        self.work.by_statement[self.work.asked[-1] if self.work.asked else ""] += EVERY
        if self.open is not None:
            self.open.read += EVERY
        return 0


class _OnPostgresql(_Counter):
    def __init__(self, work: Work, engine: Engine) -> None:
        super().__init__(work)
        self._engine = engine
        self._before = 0

    def start(self) -> None:
        self._before = self._so_far()

    def stop(self) -> None:
        self.work.read = self._so_far() - self._before

    def writes(self, connection: Connection) -> bool:
        return connection.get_execution_options().get("postgresql_readonly") is False

    def _so_far(self) -> int:
        """All connections are closed first: a server's process tells its counts when it ends."""
        self._engine.dispose()
        with self._engine.connect() as connection:
            connection.execute(text("SELECT pg_stat_force_next_flush()"))
            connection.commit()
            connection.execute(text("SELECT pg_stat_clear_snapshot()"))
            return int(connection.scalar(_READ) or 0)
