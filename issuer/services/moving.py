"""Moving the register of a home to another database, for good.

Rules: nobody is the worker meanwhile, and writers wait. The copy is compared with the register before it counts; the
home's settings change last. A run that was killed is run again: it begins anew, or finishes when only the settings were
left. The old register stays where it is and is marked, so that nobody goes on with it.

    made = moving.plan(opened, "postgresql://titlecert@db.example/register")
    moved = moving.move(opened, actor, made, step)
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import URL, Connection, func, select

from issuer import audit
from issuer.db import address
from issuer.db.address import VARIABLE
from issuer.db.digests import TABLES, TableDigest
from issuer.db.engine import open_engine
from issuer.db.locks import Lock
from issuer.db.moving import Step, copy_all, digests, is_empty, mark_moved, require_unused
from issuer.db.sessions import Register
from issuer.errors import ConflictError
from issuer.home.opened import Actor, Opened
from issuer.home.settings import HomeSettings
from issuer.sequencer import chain_all

__all__ = ["VARIABLE", "MovePlan", "Moved", "move", "plan"]

_ACT: Final = "register.move"


@dataclass(frozen=True, slots=True, kw_only=True)
class MovePlan:
    """What a move would do."""

    source: str
    """Where the register is: a file, or an address without its password."""
    target: str
    """The address, as the home's settings will write it."""
    rows: int
    """In all tables together."""
    tables: int
    is_copied: bool
    """Whether a run of before copied everything and only the settings are left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A move that was made."""

    plan: MovePlan
    digests: tuple[TableDigest, ...]
    """Of each table, the same in the old register and in the new one."""


def plan(opened: Opened, to: str) -> MovePlan:
    """Look whether the register can move to a database, and return what that would do. Nothing is changed.

    Args:
        opened: the home.
        to: the address, without a password; the path of a SQLite file is taken from the home's directory.

    Raises:
        InputError: ``database_address``, ``database_dialect``, ``database_password``.
        NotFoundError: ``database_unreachable``.
        ConflictError: ``same_database``; ``target_not_empty``: another register or another program is there.
    """
    place = _place(opened, to)
    with opened.register.read() as session:
        source = session.connection()
        rows = sum(source.scalar(select(func.count()).select_from(table)) or 0 for table in TABLES)
        is_copied = _is_copied(source, place)
    return MovePlan(
        source=_words(opened.register.engine.url), target=to, rows=rows, tables=len(TABLES), is_copied=is_copied
    )


def move(opened: Opened, actor: Actor, made: MovePlan, step: Step) -> Moved:
    """Move the register as planned. The caller sees to it that nobody is the worker meanwhile.

    Args:
        opened: the home; its register is not to be used any more afterwards.
        actor: who moves it.
        made: the plan.
        step: told of progress.

    Raises:
        ConflictError: as ``plan``.
        TamperedError: ``copy_differs``; nothing was changed.
    """
    place = _place(opened, made.target)
    _note(opened, actor, made)
    chain_all(opened.register)
    target = Register.create(place)
    try:
        with opened.register.write(Lock.REGISTER) as old:
            with target.write() as new:
                found = _copied(old.connection(), new.connection(), step)
            opened.home.with_database(made.target)
            mark_moved(old.connection())
    finally:
        target.close()
    return Moved(plan=made, digests=found)


def _copied(old: Connection, new: Connection, step: Step) -> tuple[TableDigest, ...]:
    if is_empty(new):
        require_unused(new)
        return copy_all(old, new, step)
    found = digests(old, step)
    if digests(new, step) != found:
        require_unused(new)
    return found


def _place(opened: Opened, to: str) -> Path | URL:
    """Where the address leads, after it was found to be one that the settings may hold."""
    home = opened.home
    HomeSettings.model_validate(home.settings.model_dump() | {"database": to})
    place = home.database({VARIABLE: to})
    if _words(opened.register.engine.url) == (str(place) if isinstance(place, Path) else _words(place)):
        raise ConflictError("same_database", "the register is there already; nothing was changed")
    return place


def _words(url: URL) -> str:
    return str(url.database) if url.get_backend_name() == "sqlite" else url.render_as_string(hide_password=True)


def _is_copied(source: Connection, place: Path | URL) -> bool:
    """Whether the register stands in its new place already, as it is. Raises ConflictError ``target_not_empty``."""
    if isinstance(place, Path) and not place.exists():
        return False
    with _looking(place) as target:
        if is_empty(target):
            require_unused(target)
            return False
        if digests(source, _quiet) != digests(target, _quiet):
            require_unused(target)
    return True


@contextmanager
def _looking(place: Path | URL) -> Iterator[Connection]:
    engine = open_engine(place)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def _quiet(*_: object) -> None:
    """Tell nobody."""


def _note(opened: Opened, actor: Actor, made: MovePlan) -> None:
    """Note in the audit that it begins to move, once, whatever became of the run: both registers have the entry."""
    kind = address.parse(made.target).get_backend_name()
    with opened.register.write() as session:
        newest = audit.entries(session, limit=1)
        if not newest or newest[0].act != _ACT:
            subject = opened.home.settings.deployment
            details = {"to": kind}
            audit.append(session, actor=actor, act=_ACT, subject=subject, now=opened.clock(), details=details)
