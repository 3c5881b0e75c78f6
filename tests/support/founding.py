"""The demonstration's office is founded once for a test run; each test gets a copy of its home.

It is founded by the very functions that the command line calls, with the cheapest scrypt numbers, from
``cli/demo/data``. ``founded`` is ready to issue; ``issued`` has the 24 certificates of the first list. A folder of
tests imports the fixtures in its ``conftest.py``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import pytest

from credential.catalogue import Specialty
from credential.contacts import read_contacts
from credential.days import parse_date
from credential.filings import Committee, Filing
from credential.grants import read_grant
from issuer.home.opening import found
from issuer.intake.model import AwardDraft
from issuer.office.values import Authority, Region
from issuer.services import authorities, committees, founding, operators, regions, specialties
from tests.support.clock import NOW
from tests.support.databases import SQLITE, copy_home, empty_place, made_once, move_home
from tests.support.office import (
    ACTOR,
    APPROVED,
    APPROVER,
    CHEAP,
    CLERK,
    DATA,
    DISTRICT,
    DISTRICT_APPROVER,
    DISTRICT_CLERK,
    PROVINCE,
    SECOND,
    DemoOffice,
    MovingClock,
    batch_drafts,
    passphrase,
)
from tests.support.settings import demo_settings


def found_demonstration(directory: Path, now: datetime = NOW) -> None:
    """Set up the office of ``cli/demo/data/demo.json``: two authorities, five operators, a published trust list."""
    settings = demo_settings(created=now)
    with found(directory, settings, passphrase, clock=MovingClock(now), cost=CHEAP) as empty:
        founding.found(empty, ACTOR)
    demo = DemoOffice.open(directory, now)
    data = json.loads((DATA / "demo.json").read_bytes())
    for each in data["regions"]:
        regions.add(demo.opened, ACTOR, Region(code=each["code"], name=each["name"]))
    for each in data["authorities"]:
        _add_authority(demo, each)
    _add_committees(demo, data)
    _add_operators(demo)
    demo.publish_trust()
    demo.close()


def _add_authority(demo: DemoOffice, data: dict[str, Any]) -> None:
    authority = Authority(
        id=data["id"],
        name=data["name"],
        name_en=data["name_en"],
        credit_code=data["code"],
        region_code=data["region"],
        number_template=data["number_template"],
        seal_text=data["seal_text"],
        valid_from=date(2020, 1, 1),
        parent=data["parent"],
        contact=read_contacts(data["contact"]),
    )
    authorities.add(demo.opened, ACTOR, authority)
    for grant in data["grants"]:
        authorities.grant(demo.opened, ACTOR, authority.id, read_grant(grant))


def _add_committees(demo: DemoOffice, data: dict[str, Any]) -> None:
    for each in data["committees"]:
        committee = Committee(id=each["id"], name=each["name"])
        committees.add(demo.opened, ACTOR, committee, authority=each["authority"])
    for each in data["filings"]:
        committees.put_on_file(demo.opened, ACTOR, _filing(each))
    found = [
        Specialty(
            series=each["series"],
            name=each["name"],
            name_en=each["name_en"],
            authority=each["authority"],
            valid_from=parse_date(each["from"]),
            valid_until=None,
        )
        for each in data["specialties"]
    ]
    specialties.add(demo.opened, ACTOR, found)


def _filing(data: dict[str, Any]) -> Filing:
    return Filing(
        number=data["number"],
        committee=data["committee"],
        authority=data["authority"],
        series=frozenset(data["series"]),
        levels=frozenset(data["levels"]),
        region=data["region"],
        scope=data["scope"],
        first=parse_date(data["from"]),
        last=parse_date(data["until"]),
    )


def _add_operators(demo: DemoOffice) -> None:
    for operator, role, authority in (
        (CLERK, "clerk", PROVINCE),
        (APPROVER, "approver", PROVINCE),
        (DISTRICT_CLERK, "clerk", DISTRICT),
        (DISTRICT_APPROVER, "approver", DISTRICT),
        (SECOND, "approver", None),
    ):
        new = operators.NewOperator(
            id=operator, name=f"操作员{operator}", person=operator, role=role, authority=authority
        )
        operators.add_here(demo.opened, ACTOR, new)


def _make_issued(factory: pytest.TempPathFactory, directory: Path) -> None:
    demo = DemoOffice.open(copy_home(_made("founded", SQLITE, factory), directory))
    report = demo.issue(demo.approved())
    assert len(report.issued) == 24
    demo.close()


def _make_approved(factory: pytest.TempPathFactory, directory: Path) -> None:
    demo = DemoOffice.open(copy_home(_made("founded", SQLITE, factory), directory))
    assert demo.approved() == APPROVED
    demo.close()


_MAKERS: Final[dict[str, Callable[[pytest.TempPathFactory, Path], None]]] = {
    "founded": lambda _, directory: found_demonstration(directory),
    "approved": _make_approved,
    "issued": _make_issued,
}


def _made(name: str, dialect: str, factory: pytest.TempPathFactory) -> Path:
    """A home by its name, made once for a process; on a server it is the one in files, moved there."""

    def make(folder: Path) -> Path:
        if dialect == SQLITE:
            _MAKERS[name](factory, folder / "home")
        else:
            move_home(_made(name, SQLITE, factory), folder / "home", empty_place(dialect, factory))
        return folder / "home"

    return made_once(f"home {name}", dialect, factory, make)


@pytest.fixture(scope="session")
def founded_home(tmp_path_factory: pytest.TempPathFactory, dialect: str) -> Path:
    """The home before anything is issued; copy it, do not change it."""
    return _made("founded", dialect, tmp_path_factory)


@pytest.fixture(scope="session")
def issued_home(tmp_path_factory: pytest.TempPathFactory, dialect: str) -> Path:
    """The home with 24 certificates and their documents; copy it, do not change it."""
    return _made("issued", dialect, tmp_path_factory)


@pytest.fixture(scope="session")
def approved_home(tmp_path_factory: pytest.TempPathFactory, dialect: str) -> Path:
    """The home with an approved batch of which nothing is issued; copy it, do not change it."""
    return _made("approved", dialect, tmp_path_factory)


@pytest.fixture(scope="session")
def senior_engineer(founded_home: Path, tmp_path_factory: pytest.TempPathFactory) -> AwardDraft:
    """The first award of the sample list, as it is checked here: a template for others."""
    demo = DemoOffice.open(copy_home(founded_home, tmp_path_factory.mktemp("template") / "home"))
    template = batch_drafts(demo, demo.store())[0]
    demo.close()
    return template


@pytest.fixture
def founded(founded_home: Path, tmp_path: Path) -> Iterator[DemoOffice]:
    """An office that has issued nothing yet."""
    yield from copied(founded_home, tmp_path)


@pytest.fixture
def approved(approved_home: Path, tmp_path: Path) -> Iterator[DemoOffice]:
    """An office that has approved the first list, the batch ``APPROVED``, and issued nothing yet."""
    yield from copied(approved_home, tmp_path)


@pytest.fixture
def issued(issued_home: Path, tmp_path: Path) -> Iterator[DemoOffice]:
    """An office that has issued the 24 certificates of the first list, a minute ago."""
    for demo in copied(issued_home, tmp_path):
        demo.clock.move(minutes=1)
        yield demo


def copied(home: Path, tmp_path: Path) -> Iterator[DemoOffice]:
    """Give an office in a copy of a home, and close it."""
    directory = tmp_path / "home"
    demo = DemoOffice.open(copy_home(home, directory))
    yield demo
    demo.close()
