"""On PostgreSQL, one process at a time publishes a register, from whatever machine: a lock of the server.

Rules: the lock is of a connection of its own. It is free when that connection ends: at once when its process ends, and
also when the network or the server ended it while the process lives. Who holds it asks again before each use. On SQLite
there is one machine, and a file of the home is the lock (``issuer.worker.lock``).

    single = Single(engine)
    single.take()           # False: another process has it
"""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

_PUBLISHER_LOCK: Final = 0x7469746C65707562
"""Another number than other locks of the register."""


class Single:
    """The lock of one process; it has it, or another has."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None

    @property
    def is_needed(self) -> bool:
        """Whether other machines can have the register open."""
        return self._engine.dialect.name == "postgresql"

    def is_held(self) -> bool:
        """Whether this process still has the lock; True where it is not needed."""
        if not self.is_needed:
            return True
        if self._connection is None:
            return False
        try:
            self._connection.execute(select(1))
        except DBAPIError:
            self.release()
            return False
        return True

    def take(self) -> bool:
        """Take the lock; False when another process has it."""
        if self.is_held():
            return True
        connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        if connection.scalar(select(func.pg_try_advisory_lock(_PUBLISHER_LOCK))):
            self._connection = connection
            return True
        connection.close()
        return False

    def release(self) -> None:
        """Give the lock back, and end its connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(SQLAlchemyError):
                connection.execute(select(func.pg_advisory_unlock(_PUBLISHER_LOCK)))
            with suppress(SQLAlchemyError):
                connection.invalidate()
            connection.close()
