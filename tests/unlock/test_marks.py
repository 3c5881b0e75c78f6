"""The mark of what a holder sees: every act that a holder would see changes it, and nothing else does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import update

from issuer.batches import contacts
from issuer.db.models import CertificateRow, HolderRow
from issuer.intake.model import Contact
from issuer.services import batches, certificates, claims, holders, requests
from issuer.unlock.client import Unlock
from tests.support.office import ACTOR, APPROVED, APPROVER, DemoOffice
from tests.unlock.conftest import Holder, owner, queued, with_codes

pytestmark = [pytest.mark.postgres, pytest.mark.slow]


def acts(office: DemoOffice, one: Holder, other: Holder) -> Iterator[str]:
    """Do one act after another that the holder sees; yields the name of each that was done."""
    number = one.slip.number
    office.apply(office.plan(office.order(number)))
    yield "withdrawn"
    with office.worker() as worker:
        path = worker.make_document(number)
    yield "a document was made"
    with office.opened.register.write() as session:
        session.execute(update(CertificateRow).where(CertificateRow.number == number).values(first_published=None))
    yield "nothing of it is public"
    path.unlink()
    yield "the document is gone"
    certificates.shown(office.opened, ACTOR, number)
    yield "the office opened it"
    batches.shown_rows(office.opened, ACTOR, APPROVED)
    yield "the office opened its list"
    claims.replace(office.opened, ACTOR, number, send=False, slips=True)
    yield "another code was made"
    claims.collected(office.opened, ACTOR, number, by="示范乙", relation="配偶")
    yield "its slip was collected"
    reached(office, number)
    yield "an address was changed"
    queued(office, number)
    requests.shown(office.opened, ACTOR, "R" * 22)
    yield "a request was opened"
    holders.merge_here(office.opened, APPROVER, other.slip.number, number, document="示人社合〔2026〕1号")
    yield "another document was joined"
    erased(office, number)
    yield "it was erased"


def reached(office: DemoOffice, number: str) -> None:
    with office.opened.register.write() as session:
        row = session.get_one(HolderRow, owner(office, number))
        key = office.opened.vault.unwrap(row.wrapped_key, table="holders", row=row.id)
        contacts.keep(key, row, Contact(email="new@example.cn"))


def erased(office: DemoOffice, number: str) -> None:
    """As far as the holder's own key: nothing of it opens any more."""
    with office.opened.register.write() as session:
        wiped = {"wrapped_key": None, "personal": None, "contact": None, "erased": office.clock()}
        session.execute(update(HolderRow).where(HolderRow.id == owner(office, number)).values(wiped))


def test_every_act_that_a_holder_would_see_changes_the_mark(issued: DemoOffice, unlock: Unlock) -> None:
    one, other = with_codes(issued)[:2]
    ticket = unlock.with_code(**one.said).ticket
    before, done = unlock.view(ticket), []
    assert unlock.view_since(ticket, before.mark) is None
    for act in acts(issued, one, other):
        after = unlock.view_since(ticket, before.mark)
        assert after is not None, act
        assert after != before, act
        assert unlock.view_since(ticket, after.mark) is None, act
        before = after
        done.append(act)
        issued.clock.move(seconds=1)
    assert len(done) == 12
    assert [each.number for each in before.certificates] == [other.slip.number]


def test_what_others_do_and_what_the_holder_does_leave_the_mark(issued: DemoOffice, unlock: Unlock) -> None:
    one, other = with_codes(issued)[:2]
    with issued.worker() as worker:
        worker.make_document(one.slip.number)
    ticket = unlock.with_code(**one.said).ticket
    before = unlock.view(ticket)
    unlock.view(unlock.with_code(**other.said).ticket)
    certificates.shown(issued.opened, ACTOR, other.slip.number)
    issued.apply(issued.plan(issued.order(other.slip.number)))
    assert unlock.document(ticket, one.slip.number) is not None
    assert unlock.view_since(ticket, before.mark) is None
