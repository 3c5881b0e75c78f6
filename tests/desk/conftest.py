"""A desk with a stand-in for the unlock service; the demonstration's office with the real one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.databases import SQLITE, databases_go, new_place
from tests.support.desks import LI, StandIn, Visitor
from tests.support.founding import founded, founded_home, issued, issued_home
from tests.support.registers import registers_share
from tests.unlock.conftest import socket_path, unlock

__all__ = [
    "databases_go",
    "founded",
    "founded_home",
    "issued",
    "issued_home",
    "registers_share",
    "socket_path",
    "unlock",
]


@pytest.fixture
def desk(tmp_path: Path, dialect: str) -> Iterator[StandIn]:
    """A desk on an empty database."""
    made = StandIn(tmp_path if dialect == SQLITE else new_place(dialect, tmp_path))
    yield made
    made.close()


@pytest.fixture
def li(desk: StandIn) -> Visitor:
    """A visitor who is signed in and has three certificates."""
    visitor = desk.visitor()
    assert visitor.sign_in(LI).status_code == 303
    return visitor
