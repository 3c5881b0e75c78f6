"""Who opens personal data stands in the audit, before anything is shown; without the entry nothing is."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

import pytest
from sqlalchemy.exc import OperationalError

from credential.history import Act
from issuer import audit
from issuer.db import engine
from issuer.db.sessions import Register
from issuer.errors import ConflictError, NotFoundError
from issuer.home.opened import Actor
from issuer.services import batches, certificates, status
from tests.services.elsewhere import code_of
from tests.support.databases import held, place_of
from tests.support.office import APPROVED, DATA, FAULTY_LIST, PROVINCE, DemoOffice

WHO = Actor("os:wang")
Reading = Callable[[DemoOffice, str], object]

READINGS: dict[str, tuple[Reading, str]] = {
    "certificate.open": (lambda demo, number: certificates.shown(demo.opened, WHO, number), "number"),
    "certificate.document": (lambda demo, number: certificates.document(demo.opened, WHO, number), "number"),
    "certificate.plan": (lambda demo, number: status.plan(demo.opened, WHO, demo.order(number)), "number"),
    "certificate.list": (lambda demo, _: certificates.listed(demo.opened, WHO), "deployment"),
    "batch.open_rows": (lambda demo, _: batches.shown_rows(demo.opened, WHO, APPROVED), APPROVED),
    "list.check": (lambda demo, _: checked(demo), PROVINCE),
}


def checked(demo: DemoOffice) -> object:
    file = batches.ListFile(name=FAULTY_LIST, data=(DATA / FAULTY_LIST).read_bytes())
    return batches.check(demo.opened, WHO, file, authority=PROVINCE)


def entries(demo: DemoOffice) -> list[audit.AuditEntry]:
    with demo.opened.register.read() as session:
        audit.verify_chain(session)
        return audit.entries(session, of=WHO)


@pytest.mark.parametrize("act", READINGS)
def test_a_reading_is_an_entry_of_who_and_what(issued: DemoOffice, act: str) -> None:
    number = issued.certificates()[2].number
    read, subject = READINGS[act]
    read(issued, number)
    [entry] = entries(issued)
    named = {"number": number, "deployment": issued.home.settings.deployment}.get(subject, subject)
    assert (entry.actor, entry.act, entry.subject, entry.at) == (WHO, act, named, issued.clock())


@pytest.mark.slow
def test_entries_hold_no_personal_data(issued: DemoOffice) -> None:
    number = issued.certificates()[2].number
    for read, _ in READINGS.values():
        read(issued, number)
    said = "".join(f"{each.subject}{dict(each.details)}" for each in entries(issued))
    for listed in certificates.listed(issued.opened, WHO, full=True).certificates:
        assert listed.name not in said
        assert (listed.check_code or "") not in said


def test_how_much_was_read_is_said(issued: DemoOffice) -> None:
    certificates.listed(issued.opened, WHO, full=True)
    batches.shown_rows(issued.opened, WHO, APPROVED)
    listed, rows = reversed(entries(issued))
    assert listed.details == {"certificates": 24, "full": True}
    assert rows.details == {"rows": batches.shown(issued.opened, APPROVED).rows_total}


def test_a_plan_names_every_certificate(issued: DemoOffice) -> None:
    numbers = [each.number for each in issued.certificates()[:3]]
    status.plan(issued.opened, WHO, issued.order(*numbers, act=Act.SUSPEND))
    found = entries(issued)
    assert sorted(each.subject for each in found) == numbers
    assert {each.details["act"] for each in found} == {"suspend"}


def test_what_is_not_there_is_not_read(issued: DemoOffice) -> None:
    for call in (certificates.shown, certificates.document, batches.shown_rows):
        with pytest.raises(NotFoundError):
            call(issued.opened, WHO, "none")
    assert entries(issued) == []


@pytest.mark.parametrize("act", READINGS)
def test_a_register_that_takes_no_entry_shows_nothing(
    issued: DemoOffice, act: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = issued.certificates()[2].number

    def refuse(_: Register) -> None:
        raise OperationalError("BEGIN IMMEDIATE", {}, sqlite3.OperationalError("attempt to write a readonly database"))

    monkeypatch.setattr(Register, "write", refuse)
    with pytest.raises(ConflictError) as caught:
        READINGS[act][0](issued, number)
    assert code_of(caught) == "reading_unrecorded"
    assert "readonly database" in str(caught.value)


@pytest.mark.postgres
def test_a_locked_register_shows_nothing(issued: DemoOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "BUSY_MILLISECONDS", 10)
    number = issued.certificates()[2].number
    home = issued.home.directory
    issued.close()
    with held(place_of(issued.home)):
        again = DemoOffice.open(home)
        with pytest.raises(ConflictError) as caught:
            certificates.shown(again.opened, WHO, number)
        assert code_of(caught) == "reading_unrecorded"
    assert certificates.shown(again.opened, WHO, number).certificate.number == number
    again.close()
