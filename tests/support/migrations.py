"""The migrations are read once for a test run: files that do not change, read anew for every home that is opened.

A folder of tests that opens homes imports ``migrations_read_once`` in its ``conftest.py``.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

_read: dict[str | None, ScriptDirectory] = {}
"""By the folder of the migrations; nothing else of their configuration differs."""
_from_config = ScriptDirectory.from_config


def _read_once(config: Config) -> ScriptDirectory:
    location = config.get_main_option("script_location")
    if location not in _read:
        _read[location] = _from_config(config)
    return _read[location]


@pytest.fixture(scope="session", autouse=True)
def migrations_read_once() -> Iterator[None]:
    """Give the same migrations to all who ask Alembic for them; what they do to a database is done every time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ScriptDirectory, "from_config", staticmethod(_read_once))
        yield
