"""The wheel of this checkout, built once a worker."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.environments import build_wheel


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The path of the built wheel."""
    return build_wheel(tmp_path_factory.mktemp("wheel"))
