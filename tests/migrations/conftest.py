"""An empty database, and the migrations as pytest-alembic runs them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_alembic.config import Config
from sqlalchemy import Connection, Engine

from issuer.db.engine import for_writing, open_engine
from tests.support.databases import databases_go, new_place

__all__ = ["databases_go"]

FIRST_WITH_A_WAY_BACK = "0012_roots"
"""The oldest version that a register can be brought back to."""
_NO_FURTHER = "0011_replaced"


@pytest.fixture
def engine(dialect: str, tmp_path: Path) -> Iterator[Engine]:
    """An empty database."""
    engine = open_engine(new_place(dialect, tmp_path))
    yield engine
    engine.dispose()


@pytest.fixture
def alembic_config() -> Config:
    """Where the migrations are, and how far back they go."""
    options = {"script_location": "issuer.db:migrations", "path_separator": "os"}
    return Config(config_options=options, minimum_downgrade_revision=_NO_FURTHER)


@pytest.fixture
def alembic_engine(engine: Engine) -> Iterator[Connection]:
    """One transaction for all of a test: as an upgrade of ours has one."""
    with for_writing(engine).connect() as connection:
        yield connection
