"""The demonstration's office, shared by the tests of how it stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from cli.checker import check
from issuer.standing.ground import Check, Ground, look
from issuer.standing.model import Finding, Level
from issuer.standing.table import CHECKS
from tests.support.databases import databases_go
from tests.support.founding import founded, founded_home, issued, issued_home
from tests.support.office import DemoOffice
from tests.support.registers import registers_share

__all__ = ["databases_go", "founded", "founded_home", "issued", "issued_home", "registers_share"]

Find = Callable[..., dict[str, Finding]]


def ground_of(office: DemoOffice, **changes: object) -> Ground:
    """The office as the checks see it, with the passphrase at hand."""
    made = Ground(home=office.home, opened=office.opened, fault=None, now=office.clock(), checker=check, has_keys=True)
    return replace(made, **changes)  # type: ignore[arg-type]


def line(name: str) -> Check:
    """The line of the table with this name."""
    return next(each for each in CHECKS if each.name == name)


@pytest.fixture
def find() -> Find:
    """Makes one check of an office; the findings by their codes, the level under the check's own name."""

    def found(office: DemoOffice, name: str, **changes: object) -> dict[str, Finding]:
        looked = look(line(name), ground_of(office, **changes))
        return {each.code: each for each in looked.findings}

    return found


def levels(found: dict[str, Finding]) -> dict[str, Level]:
    """The level of each code that was found."""
    return {code: each.level for code, each in found.items()}
