"""Certificates as an office looks at them: masked in lists, whole where they are handed out."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from credential import checkcode
from credential.history import Act, EventKind, Reason
from credential.statuslist import Status
from issuer import audit
from issuer.db import certificates as rows
from issuer.db.certificates import CertificateContent
from issuer.db.sessions import ReadSession
from issuer.errors import InputError, NotFoundError
from issuer.services import certificates
from issuer.services.certificates import Wanted
from issuer.vault import Vault
from tests.services.elsewhere import code_of
from tests.support.office import ACTOR, DemoOffice

FIRST_DAY = date(2020, 1, 1)


@pytest.mark.slow
def test_a_list_masks_names_and_holds_no_code(issued: DemoOffice) -> None:
    masked = certificates.listed(issued.opened, ACTOR).certificates
    full = certificates.listed(issued.opened, ACTOR, full=True).certificates
    assert [each.number for each in masked] == sorted(each.number for each in masked)
    assert len(masked) == 24
    assert all("*" in each.name and each.check_code is None and each.qr_text is None for each in masked)
    assert not any("*" in each.name for each in full)
    for listed, certificate in zip(full, issued.certificates(), strict=True):
        assert listed.qr_text == issued.qr_text(certificate)
        assert checkcode.parse(listed.check_code or "") == issued.content(certificate).check_code
        assert listed.name not in repr(listed)
        assert (listed.check_code or "") not in repr(listed)


@pytest.mark.slow
def test_one_is_shown_with_its_history(issued: DemoOffice) -> None:
    number = issued.certificates()[0].number
    issued.change(number, act=Act.SUSPEND, reason=Reason.UNDER_REVIEW)
    shown = certificates.shown(issued.opened, ACTOR, number)
    assert shown.certificate.status == "suspended"
    assert [each.kind for each in shown.events] == [EventKind.ISSUED, EventKind.SUSPENDED]
    for call in (certificates.shown, certificates.document):
        with pytest.raises(NotFoundError) as caught:
            call(issued.opened, ACTOR, "none")
        assert code_of(caught) == "no_certificate"


@pytest.mark.slow
def test_a_document_that_is_gone_is_not_named(issued: DemoOffice) -> None:
    number = issued.certificates()[0].number
    assert certificates.document(issued.opened, ACTOR, number) is None, "nobody asked for it"
    with issued.worker() as worker:
        path = worker.make_document(number)
    assert certificates.document(issued.opened, ACTOR, number) == path
    path.unlink()
    assert certificates.document(issued.opened, ACTOR, number) is None
    assert certificates.shown(issued.opened, ACTOR, number).certificate.document is None


@pytest.mark.parametrize("path", ["../home.json", "{home}/home.json", "../../home/home.json", "sf-hrss-0001", "."])
def test_a_path_that_leads_out_of_the_documents_is_no_document(issued: DemoOffice, path: str) -> None:
    """Somebody who owns the register names another file of this machine."""
    number = issued.certificates()[0].number
    issued.raw("UPDATE certificates SET document_path = ?", path.format(home=issued.home.directory))
    assert certificates.document(issued.opened, ACTOR, number) is None
    assert {each.document for each in certificates.listed(issued.opened, ACTOR).certificates} == {None}


@pytest.mark.slow
def test_before_any_is_issued_the_list_is_empty(founded: DemoOffice) -> None:
    assert certificates.listed(founded.opened, ACTOR).certificates == ()
    founded.issue(founded.approved())
    assert {each.document for each in certificates.listed(founded.opened, ACTOR).certificates} == {None}


def test_a_list_opens_only_what_it_shows(issued: DemoOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    usual = rows.content

    def content(session: ReadSession, vault: Vault, certificate_id: str) -> CertificateContent:
        opened.append(certificate_id)
        return usual(session, vault, certificate_id)

    monkeypatch.setattr(rows, "content", content)
    every = certificates.listed(issued.opened, ACTOR).certificates
    opened.clear()
    page = certificates.listed(issued.opened, ACTOR, limit=5)
    assert ([each.id for each in page.certificates], page.left) == ([each.id for each in every[:5]], 19)
    assert opened == [each.id for each in every[:5]]
    behind = certificates.listed(issued.opened, ACTOR, Wanted(after=every[4].number), limit=100)
    assert ([each.id for each in behind.certificates], behind.left) == ([each.id for each in every[5:]], 0)


def test_a_list_is_chosen_by_batch_state_filing_and_day(issued: DemoOffice) -> None:
    every = certificates.listed(issued.opened, ACTOR).certificates
    day, basis = every[0].issued_on, every[0].basis
    assert day is not None

    def numbers(**wanted: Any) -> list[str]:
        return [each.number for each in certificates.listed(issued.opened, ACTOR, Wanted(**wanted)).certificates]

    of_basis = [each.number for each in every if each.basis == basis]
    assert numbers(filing=basis) == of_basis
    assert numbers(state=Status.WITHDRAWN) == [each.number for each in every if each.status == "withdrawn"]
    assert numbers(issued_from=day, issued_until=day) == [each.number for each in every]
    assert numbers(issued_from=day + timedelta(1)) == numbers(issued_until=day - timedelta(1)) == []
    with pytest.raises(NotFoundError) as refusal:
        numbers(batch="nothing-0001")
    assert refusal.value.code == "no_batch"


def test_a_list_is_chosen_by_a_name_that_only_the_sealed_content_holds(issued: DemoOffice) -> None:
    every = certificates.listed(issued.opened, ACTOR, full=True).certificates
    wanted = every[20]
    same = [each.number for each in every if each.name == wanted.name]

    def named(name: str, **wanted: Any) -> certificates.Page:
        return certificates.listed(
            issued.opened, ACTOR, Wanted(**{"issued_from": FIRST_DAY} | wanted), name=name, limit=1
        )

    found = named(f" {wanted.name} ")
    assert ([each.number for each in found.certificates], found.left) == (same[:1], len(same) - 1)
    assert found.certificates[0].name == f"{wanted.name[0]}{'*' * (len(wanted.name) - 1)}"
    assert named(wanted.name[:1]).certificates == ()
    assert named(wanted.name, after=same[-1]).certificates == ()
    with issued.opened.register.read() as session:
        entry = audit.entries(session, limit=1)[0]
    assert (entry.details["certificates"], entry.details["by_name"]) == (
        len([each for each in every if each.number > same[-1]]),
        True,
    )


@pytest.mark.parametrize("wanted", [Wanted(), Wanted(state=Status.VALID), Wanted(after="1")], ids=repr)
def test_a_name_alone_opens_nothing(issued: DemoOffice, wanted: Wanted) -> None:
    with pytest.raises(InputError) as refusal:
        certificates.listed(issued.opened, ACTOR, wanted, name="王䶮")
    assert refusal.value.code == "name_alone"


def test_a_name_is_looked_for_in_every_part_of_a_long_list(issued: DemoOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    every = certificates.listed(issued.opened, ACTOR, full=True).certificates
    monkeypatch.setattr(certificates, "MAX_LISTED", 5)
    for each in (every[0], every[4], every[5], every[-1]):
        found = certificates.listed(
            issued.opened, ACTOR, Wanted(issued_from=FIRST_DAY), name=each.name, limit=100
        ).certificates
        assert each.number in {one.number for one in found}
