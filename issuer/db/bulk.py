"""Many rows at once: PostgreSQL's COPY, which takes rows about ten times as fast as statements do.

Rules: values are bound as a statement's would be, by the types of the columns, so that a row is the same whichever way
it came. Nothing enters a session. SQLite has no COPY; there a statement is executed for many rows.

    insert_many(connection, AuditRow.__table__, ("ordinal", "at", ...), rows)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from operator import itemgetter
from typing import Any, Final

from sqlalchemy import JSON, BindParameter, Connection, Dialect, LargeBinary, Table, Update, insert
from sqlalchemy.exc import DBAPIError

_AT_ONCE: Final = 1000
"""Rows that are given to SQLite's driver together."""


def insert_many(connection: Connection, table: Table, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert rows into a table as they come.

    Args:
        connection: in a transaction that writes.
        table: where.
        names: of the columns that are given.
        rows: the values of these columns, in this order.

    Raises:
        sqlalchemy.exc.IntegrityError: a rule of the database is broken.
        sqlalchemy.exc.DBAPIError: something else went wrong there.
    """
    if connection.dialect.name == "postgresql":
        _copy(connection, table, names, rows)
        return
    _execute(connection, table, names, rows)


def update_many(connection: Connection, statement: Update, rows: Sequence[Mapping[str, Any]]) -> int:
    """Execute an update once for each of some rows, and return how many rows of the table it found.

    Args:
        connection: in a transaction that writes.
        statement: an update; what it binds by name, and each column that it is to set, is a member of every row.
        rows: all with the same members.

    Raises:
        sqlalchemy.exc.DBAPIError: as ``insert_many``.
    """
    if not rows:
        return 0
    if connection.dialect.name == "postgresql":
        return connection.execute(statement, list(rows)).rowcount
    compiled = statement.compile(dialect=connection.dialect, column_keys=list(rows[0]))
    takers = [_taker(connection, compiled.binds[name], rows[0]) for name in compiled.positiontup or ()]
    values = [tuple([take(row) for take in takers]) for row in rows]
    return connection.exec_driver_sql(str(compiled), values).rowcount


def _taker(
    connection: Connection, bound: BindParameter[Any], members: Mapping[str, Any]
) -> Callable[[Mapping[str, Any]], Any]:
    """What takes the value of a parameter out of a row, as the driver takes it; some are the statement's own."""
    bind = bound.type.dialect_impl(connection.dialect).bind_processor(connection.dialect)
    if bound.key not in members:
        value = bound.effective_value if bind is None else bind(bound.effective_value)
        return lambda _: value
    name = bound.key
    if bind is None or isinstance(bound.type, LargeBinary):
        return itemgetter(name)
    kept = _last_kept(bind)
    return lambda row: kept(row[name])


def _execute(connection: Connection, table: Table, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """On SQLite. To work out the parameters of a statement row by row takes longer than the database needs for them."""
    statement, places = _insert(table, connection.dialect, tuple(names))
    in_order = itemgetter(*places) if len(places) > 1 else tuple
    given = map(in_order, _bound(connection, table, names, rows))
    while chunk := list(islice(given, _AT_ONCE)):
        connection.exec_driver_sql(statement, chunk)


@lru_cache(maxsize=64)
def _insert(table: Table, dialect: Dialect, names: tuple[str, ...]) -> tuple[str, tuple[int, ...]]:
    """The text of a statement, and at which place of a row each of its parameters stands."""
    compiled = insert(table).compile(dialect=dialect, column_keys=list(names))
    return str(compiled), tuple([names.index(name) for name in compiled.positiontup or ()])


def _copy(connection: Connection, table: Table, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    from psycopg import sql  # noqa: PLC0415 - a home on SQLite needs no psycopg

    command = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table.name), sql.SQL(", ").join(map(sql.Identifier, names))
    )
    driver: Any = connection.connection.driver_connection
    errors = connection.dialect.loaded_dbapi.Error
    try:
        with driver.cursor() as cursor, cursor.copy(command) as copy:
            for row in _bound(connection, table, names, rows):
                copy.write_row(row)
    except errors as error:  # as of any other statement
        raise DBAPIError.instance(f"COPY {table.name}", None, error, errors, dialect=connection.dialect) from error


def _bound(
    connection: Connection, table: Table, names: Sequence[str], rows: Iterable[Sequence[Any]]
) -> Iterator[list[Any]]:
    """The values as the driver takes them."""
    found = [(place, _binder(connection, table, name)) for place, name in enumerate(names)]
    binders = [(place, bind) for place, bind in found if bind is not None]
    for row in rows:
        values = list(row)
        for place, bind in binders:
            values[place] = bind(values[place])
        yield values


def _binder(connection: Connection, table: Table, name: str) -> Callable[[Any], Any] | None:
    """What turns a value of a column into what the driver takes; None where it takes the value itself."""
    kind = table.c[name].type
    if isinstance(kind, LargeBinary):
        return None
    bind = kind.dialect_impl(connection.dialect).bind_processor(connection.dialect)
    return bind if bind is None or isinstance(kind, JSON) else _last_kept(bind)


def _last_kept(bind: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """As ``bind``, once for rows that follow each other with the very same value: an instant, a state, an authority."""
    last, bound = object(), None

    def again(value: Any) -> Any:
        nonlocal last, bound
        if value is not last:
            last, bound = value, bind(value)
        return bound

    return again
