"""Signing in by a claim code, through the socket and without it."""

from __future__ import annotations

import io
from datetime import date

import pytest
from PIL import Image

from issuer import tickets
from issuer.errors import InputError, IssuerError, MachineError, NotAllowedError, NotFoundError
from issuer.home.ticketkey import ticket_key
from issuer.services import auditing, claims
from issuer.services.claims import Wanted
from issuer.unlock.client import Unlock
from issuer.vault import DataKey
from tests.support.office import ACTOR, APPROVED, DemoOffice
from tests.unlock.conftest import with_codes

pytestmark = pytest.mark.postgres


def code_of(error: pytest.ExceptionInfo[IssuerError]) -> str:
    return error.value.code


def test_a_holder_signs_in_and_sees_what_is_theirs(issued: DemoOffice, unlock: Unlock) -> None:
    mine, other = with_codes(issued)[:2]
    signed_in = unlock.with_code(**mine.said)
    assert len(signed_in.data_key) == 32
    assert len(signed_in.session) == 22
    ticket = tickets.read(ticket_key(issued.home), signed_in.ticket, issued.clock())
    assert (ticket.session, ticket.expires) == (signed_in.session, signed_in.expires)
    view = unlock.view(signed_in.ticket)
    assert view.name == mine.draft.name
    (certificate,) = view.certificates
    assert (certificate.name, certificate.number) == (mine.draft.name, mine.slip.number)
    assert certificate.state == "valid"
    assert certificate.award_date == mine.draft.award_date
    assert certificate.history[0].kind == "issued"
    assert certificate.url.startswith(issued.home.settings.origin)
    assert certificate.published
    assert ("id_number", mine.draft.id_number) in view.held
    assert other.draft.id_number not in str([*view.held])
    assert isinstance(certificate.issued_on, date)


def test_the_data_key_opens_this_holder_and_nobody_else(issued: DemoOffice, unlock: Unlock) -> None:
    mine, other = with_codes(issued)[:2]
    key = DataKey(unlock.with_code(**mine.said).data_key)
    rows = issued.raw("SELECT id, personal FROM holders")
    opened = []
    for holder, personal in rows:
        try:
            opened.append(key.open(bytes(personal), table="holders", column="personal", row=holder).decode())
        except IssuerError:
            continue
    (only,) = opened
    assert mine.draft.name in only
    assert other.draft.id_number not in only


def test_a_code_works_once(issued: DemoOffice, unlock: Unlock) -> None:
    mine = with_codes(issued)[0]
    unlock.with_code(**mine.said)
    with pytest.raises(NotAllowedError) as again:
        unlock.with_code(**mine.said)
    assert code_of(again) == "not_recognised"


def test_a_code_is_typed_as_people_type(issued: DemoOffice, unlock: Unlock) -> None:
    mine = with_codes(issued)[0]
    number = mine.draft.id_number
    typed = mine.said | {
        "code": mine.slip.code.lower().replace("-", " "),
        "id_number": f" {number[:6]} {number[6:].lower()}",
    }
    assert unlock.view(unlock.with_code(**typed).ticket).name == mine.draft.name


def test_a_slip_of_the_hand_is_told_and_counts_for_nothing(issued: DemoOffice, unlock: Unlock) -> None:
    mine = with_codes(issued)[0]
    code = mine.slip.code
    wrong = code[:-1] + ("2" if code[-1] != "2" else "3")
    for _ in range(12):
        with pytest.raises(InputError) as told:
            unlock.with_code(**mine.said | {"code": wrong})
        assert code_of(told) == "claim_mistyped"
    assert issued.raw("SELECT count(*) FROM id_tries") == [(0,)]
    assert unlock.view(unlock.with_code(**mine.said).ticket).name == mine.draft.name


@pytest.mark.parametrize("what", ["used", "ended", "expired", "of another", "unknown number", "unknown type", "empty"])
def test_whatever_is_wrong_the_answer_is_one(issued: DemoOffice, unlock: Unlock, what: str) -> None:
    mine, other = with_codes(issued)[:2]
    said = dict(mine.said)
    if what == "used":
        unlock.with_code(**said)
    elif what == "ended":
        claims.end(issued.opened, ACTOR, mine.slip.number)
    elif what == "expired":
        issued.clock.move(days=30)
    elif what == "of another":
        said["code"] = other.slip.code
    elif what == "unknown number":
        said["id_number"] = "110105194912310029"
    elif what == "unknown type":
        said["id_type"] = "library_card"
    else:
        said["id_number"] = "   "
    with pytest.raises(NotAllowedError) as told:
        unlock.with_code(**said)
    assert (code_of(told), str(told.value)) == (
        "not_recognised",
        "these do not belong together, or do not hold any more; nobody was signed in",
    )


def test_a_session_ends_by_itself_and_when_it_is_ended(issued: DemoOffice, unlock: Unlock) -> None:
    mine, other = with_codes(issued)[:2]
    first, second = unlock.with_code(**mine.said), unlock.with_code(**other.said)
    unlock.end(first.ticket)
    unlock.end(first.ticket)
    with pytest.raises(NotAllowedError) as ended:
        unlock.view(first.ticket)
    assert code_of(ended) == "ticket_refused"
    assert unlock.view(second.ticket).name == other.draft.name
    issued.clock.move(minutes=120)
    for ask in (unlock.view, unlock.end):
        with pytest.raises(NotAllowedError) as over:
            ask(second.ticket)
        assert code_of(over) == "ticket_refused"


def test_an_ended_session_hears_of_no_change(issued: DemoOffice, unlock: Unlock) -> None:
    mine = with_codes(issued)[0]
    ticket = unlock.with_code(**mine.said).ticket
    mark = unlock.view(ticket).mark
    unlock.end(ticket)
    with pytest.raises(NotAllowedError) as refused:
        unlock.view_since(ticket, mark)
    assert refused.value.code == "ticket_refused"


def test_a_ticket_that_was_changed_is_refused(issued: DemoOffice, unlock: Unlock) -> None:
    mine = with_codes(issued)[0]
    ticket = unlock.with_code(**mine.said).ticket
    for changed in (ticket[:-1], ticket + "A", "", "v1.x", ticket.replace("v1", "v2")):
        with pytest.raises(NotAllowedError) as refused:
            unlock.view(changed)
        assert code_of(refused) == "ticket_refused"


@pytest.mark.slow
def test_documents_are_the_holders_alone(issued: DemoOffice, unlock: Unlock) -> None:
    mine, other = with_codes(issued)[:2]
    ticket = unlock.with_code(**mine.said).ticket
    assert unlock.document(ticket, mine.slip.number) is None
    with issued.worker() as worker:
        path = worker.make_document(mine.slip.number)
        worker.make_document(other.slip.number)
    assert unlock.document(ticket, mine.slip.number) == path.read_bytes()
    assert unlock.view(ticket).certificates[0].has_document
    told = []
    for number in (other.slip.number, "99000020262999999"):
        with pytest.raises(NotFoundError) as none:
            unlock.document(ticket, number)
        told.append((code_of(none), str(none.value).replace(number, "N")))
    assert told[0] == told[1]
    assert told[0][0] == "no_certificate"


@pytest.mark.slow
def test_a_picture_of_the_document_is_made_for_its_holder(issued: DemoOffice, unlock: Unlock) -> None:
    mine, other = with_codes(issued)[:2]
    ticket = unlock.with_code(**mine.said).ticket
    picture = unlock.face(ticket, mine.slip.number)
    assert picture is not None
    with Image.open(io.BytesIO(picture)) as image:
        assert (image.format, image.width > image.height > 800) == ("PNG", True)
    with pytest.raises(NotFoundError):
        unlock.face(ticket, other.slip.number)
    issued.raw("DELETE FROM statements WHERE act = 'approve'")
    assert unlock.face(ticket, mine.slip.number) is None, "nobody approved what would be drawn"


def test_what_holders_do_is_noted_without_their_names(issued: DemoOffice, unlock: Unlock) -> None:
    mine = with_codes(issued)[0]
    ticket = unlock.with_code(**mine.said).ticket
    for _ in range(3):
        unlock.view(ticket)
    entries = [each.entry for each in auditing.listed(issued.opened, of="holder")]
    assert [(each.act, each.subject == mine.slip.number) for each in entries] == [
        ("holder.view", True),
        ("holder.sign_in", False),
    ]
    assert mine.draft.name not in str(entries)


def test_a_holder_sees_who_of_the_office_looked(issued: DemoOffice, unlock: Unlock) -> None:
    from issuer.services import certificates

    mine, other = with_codes(issued)[:2]
    certificates.shown(issued.opened, ACTOR, mine.slip.number)
    certificates.shown(issued.opened, ACTOR, other.slip.number)
    view = unlock.view(unlock.with_code(**mine.said).ticket)
    assert [(each.who, each.act, each.certificate) for each in view.looked][:1] == [
        (str(ACTOR), "certificate.open", mine.slip.number)
    ]


def test_a_new_code_ends_the_one_before(issued: DemoOffice, unlock: Unlock) -> None:
    mine = with_codes(issued)[0]
    assert claims.make(issued.opened, ACTOR, Wanted(batch=APPROVED), send=False, slips=True).slips == ()
    issued.clock.move(minutes=1)
    (slip,) = claims.replace(issued.opened, ACTOR, mine.slip.number, send=False, slips=True).slips
    with pytest.raises(NotAllowedError):
        unlock.with_code(**mine.said)
    assert unlock.view(unlock.with_code(**mine.said | {"code": slip.code}).ticket).name == mine.draft.name
    with pytest.raises(NotAllowedError):
        unlock.with_code(**mine.said)


def test_where_nobody_listens_it_is_told(tmp_path_factory: pytest.TempPathFactory) -> None:
    with pytest.raises(MachineError) as gone:
        Unlock(tmp_path_factory.mktemp("none") / "u.sock").view("x")
    assert code_of(gone) == "unlock_gone"


def test_without_a_provider_nobody_begins(unlock: Unlock) -> None:
    with pytest.raises(NotFoundError) as none:
        unlock.begin_oidc()
    assert code_of(none) == "oidc_not_configured"
