"""Bringing the register's tables to the version of this program, with Alembic, from inside the program.

Rules: migrations lie in this package and travel with it; no configuration file is needed. An upgrade is one
transaction: a crash leaves the old tables or the new ones. A register newer than the program is refused, and one that
was moved to another database. A version is named as its file, so whoever only asks for it loads no Alembic.

    upgrade(engine)
    downgrade(engine, "0023_refusals")      # for the program of before
    check_current(engine)     # raises ConflictError instead of changing anything
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, Engine, inspect, text

from issuer.db.engine import for_writing
from issuer.db.migrations.collation import by_code_point
from issuer.db.migrations.roles import grant_roles
from issuer.errors import ConflictError, NotFoundError

if TYPE_CHECKING:
    from alembic.config import Config

MOVED: Final = "moved"
"""What stands in the place of the version of a register that was moved to another database."""
_VERSION_TABLE: Final = "alembic_version"


def upgrade(engine: Engine) -> None:
    """Bring the tables to the newest version.

    Raises:
        ConflictError: ``newer_register``: they are newer than this program; ``register_moved``.
    """
    from alembic import command  # noqa: PLC0415 - most who open a register change no table

    config = _config()
    with for_writing(engine).begin() as connection:
        _refuse_newer(connection)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        by_code_point(connection)
        grant_roles(connection)


def downgrade(engine: Engine, to: str) -> None:
    """Bring the tables back to an older version, for the program of before; nothing is lost, or nothing is done.

    Args:
        engine: of the register.
        to: the version, as the older program names it.

    Raises:
        NotFoundError: ``no_version``: it is none that is older than the register's.
        ConflictError: ``no_way_back``: it has no place for something that the register holds; as ``upgrade``.
    """
    from alembic import command  # noqa: PLC0415

    config = _config()
    with for_writing(engine).begin() as connection:
        found = _refuse_newer(connection)
        older = () if found is None else known()[: known().index(found)]
        if to not in older:
            message = f"version {to} is none that is older than the register's, {found}"
            raise NotFoundError("no_version", message, version=to, found=str(found))
        config.attributes["connection"] = connection
        command.downgrade(config, to)
        by_code_point(connection)
        grant_roles(connection)


def check_current(engine: Engine) -> None:
    """Ask whether the tables are of this program's version.

    Raises:
        NotFoundError: ``no_register``: the database holds no register.
        ConflictError: ``old_register``, ``newer_register``, ``register_moved``.
    """
    found = versions(engine)
    if found.register != found.program:
        message = f"the register is at version {found.register}, this program needs {found.program}; upgrade it"
        raise ConflictError("old_register", message, found=found.register)


@dataclass(frozen=True, slots=True, kw_only=True)
class Versions:
    """The versions of a register and of the program that looks at it."""

    register: str
    program: str


def versions(engine: Engine) -> Versions:
    """Return both versions. Raises as ``check_current``, but for ``old_register``."""
    with engine.connect() as connection:
        found = _refuse_newer(connection)
    if found is None:
        raise NotFoundError("no_register", "this database holds no register")
    return Versions(register=found, program=known()[-1])


@cache
def known() -> tuple[str, ...]:
    """Return the versions that this program knows, the oldest first."""
    files = (resources.files("issuer.db.migrations") / "versions").iterdir()
    return tuple(sorted(each.name.removesuffix(".py") for each in files if each.name[:4].isdigit()))


def _refuse_newer(connection: Connection) -> str | None:
    """Return the version of the tables, None where there are none. Raises as ``upgrade``."""
    if not inspect(connection).has_table(_VERSION_TABLE):
        return None
    found: str | None = connection.scalar(text(f"SELECT version_num FROM {_VERSION_TABLE}"))  # noqa: S608 - a name of ours
    if found == MOVED:
        raise ConflictError("register_moved", "this register was moved to another database; nobody goes on with it")
    if found is not None and found not in known():
        message = f"the register is at version {found}, which this program does not know; use the newer program"
        raise ConflictError("newer_register", message, found=found)
    return found


def _config() -> Config:
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", "issuer.db:migrations")
    config.set_main_option("path_separator", "os")
    return config
