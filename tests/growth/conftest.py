"""Two offices that differ in nothing but how many certificates they have issued."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import text

from issuer.publishing.looking import random_ids
from issuer.worker import urgent
from tests.support.databases import copy_home, databases_go, made_once
from tests.support.founding import founded, founded_home, senior_engineer
from tests.support.office import DemoOffice, batch_drafts, drafts
from tests.support.registers import registers_share

__all__ = ["databases_go", "founded", "founded_home", "registers_share", "senior_engineer"]

USUAL = (150, 750)
"""Certificates of the small office and of the large one."""
SOAKED = (1_000, 100_000)
LIST = 20_000
"""Rows of a list at most."""


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """How many certificates each of the two has."""

    small: int
    large: int


@dataclass(frozen=True, kw_only=True)
class Pair:
    """The two offices, open."""

    small: DemoOffice
    large: DemoOffice
    sizes: Sizes


@pytest.fixture(scope="session")
def sizes(request: pytest.FixtureRequest) -> Sizes:
    """The usual pair, or the one of the long run."""
    small, large = SOAKED if request.config.getoption("--soak") else USUAL
    return Sizes(small=small, large=large)


@pytest.fixture(scope="session")
def grown(
    founded_home: Path, tmp_path_factory: pytest.TempPathFactory, dialect: str, sizes: Sizes
) -> tuple[Path, Path]:
    """The homes of both, to copy."""

    def small(folder: Path) -> Path:
        return _grow(copy_home(founded_home, folder / "home"), 0, sizes.small)

    def large(folder: Path) -> Path:
        one = made_once("home grown small", dialect, tmp_path_factory, small)
        return _grow(copy_home(one, folder / "home"), sizes.small, sizes.large)

    return (
        made_once("home grown small", dialect, tmp_path_factory, small),
        made_once("home grown large", dialect, tmp_path_factory, large),
    )


@pytest.fixture
def pair(grown: tuple[Path, Path], tmp_path: Path, sizes: Sizes, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pair]:
    """Copies of both, an hour later, with everything published. What is looked at at random begins at one place."""
    monkeypatch.setattr(
        "issuer.worker.publishing.random_ids",
        lambda session, wanted, _: random_ids(session, wanted, lambda count: b"\x40" * count),
    )
    offices = []
    for name, home in zip(("small", "large"), grown, strict=True):
        office = DemoOffice.open(copy_home(home, tmp_path / name))
        office.clock.move(hours=1)
        _plan_as_if_large(office)
        offices.append(office)
    yield Pair(small=offices[0], large=offices[1], sizes=sizes)
    for office in offices:
        office.close()


def _plan_as_if_large(office: DemoOffice) -> None:
    """PostgreSQL reads a table of a thousand rows whole, which costs nothing; here it shall show that it need not."""
    engine = office.opened.register.engine
    if engine.dialect.name != "postgresql":
        return
    with engine.begin() as connection:
        for way in ("seqscan", "hashjoin", "mergejoin"):
            connection.execute(text(f'ALTER DATABASE "{engine.url.database}" SET enable_{way} = off'))
        connection.execute(text("ANALYZE"))
    engine.dispose()


def _grow(home: Path, done: int, wanted: int) -> Path:
    """Issue certificates until there are so many, in lists of usual length."""
    office = DemoOffice.open(home)
    template = batch_drafts(office, "sf-hrss-0001" if done else office.store())[0]
    made = drafts(wanted, template)
    for start in range(done, wanted, LIST):
        office.issue(office.approved_drafts(made[start : min(start + LIST, wanted)]))
    office.close()
    return home


@pytest.fixture(autouse=True)
def looked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether a change waits is asked by the clock, so how often must not depend on how fast the machine is."""
    monkeypatch.setattr(urgent, "BETWEEN_LOOKS", 3600.0)
