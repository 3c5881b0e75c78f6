"""Bringing the register's tables to the version of this program, with Alembic, from inside the program.

Rules: migrations lie in this package and travel with it; no configuration file is needed. An upgrade is one
transaction: a crash leaves the old tables or the new ones. A register newer than the program is refused.

    upgrade(engine)
    check_current(engine)     # raises ConflictError instead of changing anything
"""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from issuer.db.engine import for_writing
from issuer.errors import ConflictError


def upgrade(engine: Engine) -> None:
    """Bring the tables to the newest version. Raises ConflictError when they are newer than this program."""
    config = _config()
    with for_writing(engine).begin() as connection:
        _refuse_newer(connection, ScriptDirectory.from_config(config))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def check_current(engine: Engine) -> None:
    """Raise ConflictError unless the tables are of this program's version."""
    scripts = ScriptDirectory.from_config(_config())
    with engine.connect() as connection:
        _refuse_newer(connection, scripts)
        found = MigrationContext.configure(connection).get_current_revision()
    if found != scripts.get_current_head():
        message = f"the register is at version {found}, this program needs {scripts.get_current_head()}; upgrade it"
        raise ConflictError("old_register", message, found=found)


def _refuse_newer(connection: Connection, scripts: ScriptDirectory) -> None:
    found = MigrationContext.configure(connection).get_current_revision()
    known = {script.revision for script in scripts.walk_revisions()}
    if found is not None and found not in known:
        message = f"the register is at version {found}, which this program does not know; use the newer program"
        raise ConflictError("newer_register", message, found=found)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "issuer.db:migrations")
    config.set_main_option("path_separator", "os")
    return config
