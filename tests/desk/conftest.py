"""A desk on each database, with a stand-in for the unlock service."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.desks import LI, StandIn, Visitor


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[StandIn]:
    made = StandIn(tmp_path)
    yield made
    made.close()


@pytest.fixture
def li(desk: StandIn) -> Visitor:
    """A visitor who is signed in and has three certificates."""
    visitor = desk.visitor()
    assert visitor.sign_in(LI).status_code == 303
    return visitor
