"""Certificates: numbers without gaps, one certificate an award, the first signature wins, events in order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError

from credential.history import EventKind, Reason, Replaced
from credential.statuslist import Status
from issuer.batches.rows import open_rows
from issuer.db import certificates, events, outbox, publications, reaching
from issuer.db.events import Event, SignedHistory, append_event, events_of, history_of, store_histories
from issuer.db.models import HolderRow, Stage
from issuer.db.reaching import Reach
from issuer.errors import ConflictError, InputError, NotFoundError, TamperedError
from issuer.publishing.signing import Part
from issuer.publishing.signing import history_of as history_to_sign
from issuer.vault import DataKey, Vault
from tests.register.conftest import Laid, Office, copied, laid
from tests.support.clock import NOW
from tests.support.databases import Place, made_once, say
from tests.support.registered import store_signed
from tests.support.work import pending

pytestmark = pytest.mark.postgres

TODAY = date(2026, 11, 21)
ISSUED = Event(
    kind=EventKind.ISSUED, effective=TODAY, recorded=NOW, authority="sf-rst", basis="", document="", reason=Reason.NONE
)
WITHDRAWN = replace(
    ISSUED, kind=EventKind.WITHDRAWN, basis="弄虚作假", document="示人社〔2026〕30号", reason=Reason.FRAUD
)


def key_of(office: Office, holder: str) -> DataKey:
    with office.register.read() as session:
        wrapped = session.get_one(HolderRow, holder).wrapped_key
    return office.vault.unwrap(wrapped, table="holders", row=holder)


def reservations(office: Office) -> list[Laid]:
    batch = office.store()
    with office.register.read() as session:
        rows = open_rows(session, office.vault, batch)
    return [
        laid(
            row,
            number,
            cti=bytes([number]) * 16,
            to_sign=b"to be signed %d" % number,
            check_code=f"2ABCDEFGHJKLMNPQRST{number + 2}",
        )
        for number, row in enumerate(rows, start=1)
    ]


def reserve(office: Office, made: Laid) -> DataKey:
    key = key_of(office, made.holder)
    with office.register.write() as session:
        made.reserve(session, key)
    return key


def sign(office: Office, made: Laid, key: DataKey, credential: bytes = b"credential", now: datetime = NOW) -> bool:
    with office.register.write() as session:
        stored = credential + made.claims.cti
        return store_signed(session, key, made.id, credential=stored, issued_on=TODAY, now=now)


@pytest.fixture(scope="module")
def signed_before(
    founded: Place, vault: Vault, tmp_path_factory: pytest.TempPathFactory, dialect: str
) -> tuple[Place, list[Laid]]:
    """A register with signed certificates, to copy, and what was laid out for them."""

    def make(folder: Path) -> tuple[Place, list[Laid]]:
        with copied(founded, vault, folder) as office:
            made = reservations(office)
            for each in made:
                sign(office, each, reserve(office, each))
            return office.place, made

    return made_once("signed", dialect, tmp_path_factory, make)


@pytest.fixture
def signed(office: Office, signed_before: tuple[Place, list[Laid]]) -> list[Laid]:
    place, made = signed_before
    office.become(place)
    return list(made)


def test_a_serial_is_taken_only_by_a_transaction_that_commits(office: Office) -> None:
    def take_and_fail() -> None:
        with office.register.write() as session:
            certificates.next_serials(session, 1, authority="sf-rst", scope="2026")
            raise ArithmeticError

    with pytest.raises(ArithmeticError):
        take_and_fail()
    with office.register.write() as session:
        assert list(certificates.next_serials(session, 3, authority="sf-rst", scope="2026")) == [1, 2, 3]
        assert list(certificates.next_serials(session, 1, authority="sf-rst", scope="2027")) == [1]


@pytest.mark.slow
def test_a_taken_status_index_is_not_given_again(office: Office) -> None:
    made = reservations(office)[0]
    reserve(office, made)
    taken = made.claims.status.index
    answers = iter([taken, taken, 5])
    with office.register.read() as session:
        assert certificates.free_status_indexes(session, [0], size=8, randbelow=lambda _: next(answers)) == [5]
        assert certificates.free_status_indexes(session, [1], size=8, randbelow=lambda _: 1) == [1]
        with pytest.raises(ConflictError) as caught:
            certificates.free_status_indexes(session, [0], size=8, randbelow=lambda _: taken)
    assert caught.value.code == "status_list_full"


def test_an_award_has_one_certificate(office: Office) -> None:
    made = reservations(office)
    key = reserve(office, made[0])
    again = replace(made[1], award=made[0].award)
    with pytest.raises(IntegrityError), office.register.write() as session:
        again.reserve(session, key)


@pytest.mark.parametrize("shared", ["number", "cti", "status"])
def test_nothing_that_names_a_certificate_occurs_twice(office: Office, shared: str) -> None:
    first, second, _ = reservations(office)
    reserve(office, first)
    claims = replace(second.claims, **{shared: getattr(first.claims, shared)})
    with pytest.raises(IntegrityError):
        reserve(office, replace(second, claims=claims))


def test_no_two_certificates_have_one_check_code(office: Office) -> None:
    first, second, _ = reservations(office)
    reserve(office, first)
    with pytest.raises(IntegrityError):
        reserve(office, replace(second, check_code=first.check_code))


def test_the_first_signature_wins_and_a_repeat_changes_nothing(office: Office) -> None:
    made = reservations(office)[0]
    key = reserve(office, made)
    assert sign(office, made, key) is True
    assert sign(office, made, key, now=NOW + timedelta(days=1)) is False
    assert sign(office, made, key, credential=b"another") is False
    with office.register.read() as session:
        found = certificates.by_number(session, made.claims.number)
        assert certificates.content(session, office.vault, made.id).credential == b"credential" + made.claims.cti
    assert (found.stage, found.issued_at, found.issued_on) == (Stage.SIGNED, NOW, TODAY)


def test_a_void_certificate_keeps_its_number_and_reason_and_is_not_signed(office: Office) -> None:
    made = reservations(office)[0]
    key = reserve(office, made)
    with office.register.write() as session:
        certificates.void(session, made.id, reason="the name has a character without glyph")
    assert sign(office, made, key) is False
    with office.register.read() as session:
        assert certificates.by_number(session, made.claims.number).stage is Stage.VOID
        assert list(certificates.for_publication(session)) == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE certificates SET number = 'X-0001'",
        "UPDATE certificates SET cti = zeroblob(16)",
        "UPDATE certificates SET status_index = 99",
        "UPDATE certificates SET credential = zeroblob(60)",
        "UPDATE certificates SET to_sign = zeroblob(60)",
        "DELETE FROM certificates",
        "UPDATE events SET reason = 'fraud'",
        "DELETE FROM events",
    ],
)
def test_the_database_refuses_to_rewrite_what_was_issued(office: Office, signed: list[Laid], statement: str) -> None:
    with office.register.write() as session:
        append_event(session, signed[0].id, ISSUED)
    refusals = "appended only|not changed|not rewritten|never deleted"
    with pytest.raises(DBAPIError, match=refusals), office.register.write() as session:
        say(session.connection(), f"{statement} WHERE {'certificate' if 'events' in statement else 'id'} = 'c1'")


def test_lists_for_publication_and_for_a_committee_session(office: Office, signed: list[Laid]) -> None:
    with office.register.read() as session:
        numbers = [each.claims.number for each in signed]
        assert [each.number for each in certificates.for_publication(session)] == numbers
        assert list(certificates.for_publication(session, status_list=1)) == []
        one = signed[0].claims
        found = reaching.reached(session, Reach(filing=one.basis_reference, session=one.award_date))
        assert len(list(found)) == 3
        with pytest.raises(NotFoundError):
            certificates.by_number(session, "99000020262999999")
        with pytest.raises(NotFoundError):
            certificates.content(session, office.vault, "none")


def test_documents_and_first_publication_are_noted(office: Office, signed: list[Laid]) -> None:
    for number in (1, 2):
        office.raw(
            "INSERT INTO publications (sequence, trust_version, snapshot_digest, made_at, expires, records,"
            f" prefix_length) VALUES ({number}, 1, zeroblob({number}), '2026-11-21', '2026-11-22', 3, 0)"
        )
    with office.register.write() as session:
        certificates.store_document(session, signed[0].id, path="documents/a.pdf", digest=bytes(32), design="plain/1")
        publications.mark_published(session, 1, {signed[0].id: 1})
        publications.mark_published(session, 2, {each.id: 1 for each in signed})
        session.expire_all()
        assert [each.first_published for each in certificates.for_publication(session)] == [1, 2, 2]
        assert certificates.by_number(session, signed[0].claims.number).document_path == "documents/a.pdf"


def append(office: Office, certificate: str, *events: Event) -> Status:
    with office.register.write() as session:
        return [append_event(session, certificate, event) for event in events][-1]


def event(kind: EventKind, **more: object) -> Event:
    return replace(WITHDRAWN, kind=kind, **more)  # type: ignore[arg-type]


SUSPENDED, REINSTATED, CANCELLED = (
    event(kind) for kind in (EventKind.SUSPENDED, EventKind.REINSTATED, EventKind.CANCELLED)
)
ANNOTATED = event(EventKind.ANNOTATED, note="法院撤销原处理决定")
SUPERSEDED = event(EventKind.SUPERSEDED, successor="99000020262000002")
SET_ASIDE = event(EventKind.SET_ASIDE, successor="99000020262000002")
ERASED = event(EventKind.ERASED)


@pytest.mark.parametrize(
    ("events", "state"),
    [
        ([], "valid"),
        ([SUSPENDED], "suspended"),
        ([SUSPENDED, REINSTATED], "valid"),
        ([SUSPENDED, REINSTATED, WITHDRAWN], "withdrawn"),
        ([CANCELLED, WITHDRAWN], "withdrawn"),
        ([SUPERSEDED], "superseded"),
        ([SUPERSEDED, WITHDRAWN], "withdrawn"),
        ([WITHDRAWN, ANNOTATED], "withdrawn"),
        ([SUSPENDED, CANCELLED], "cancelled"),
        ([WITHDRAWN, SET_ASIDE, ERASED], "withdrawn"),
        ([CANCELLED, ERASED], "cancelled"),
        ([SUPERSEDED, ERASED, WITHDRAWN], "withdrawn"),
    ],
)
def test_events_follow_the_table(office: Office, signed: list[Laid], events: list[Event], state: str) -> None:
    assert append(office, signed[0].id, ISSUED, *events).word == state
    with office.register.read() as session:
        assert events_of(session, signed[0].id) == [ISSUED, *events]
        assert certificates.by_number(session, signed[0].claims.number).state.word == state
        assert certificates.by_number(session, signed[1].claims.number).state is Status.VALID


@pytest.mark.parametrize(
    "events",
    [
        [WITHDRAWN],
        [ISSUED, ISSUED],
        [ISSUED, REINSTATED],
        [ISSUED, SUSPENDED, SUSPENDED],
        [ISSUED, WITHDRAWN, REINSTATED],
        [ISSUED, WITHDRAWN, SUSPENDED],
        [ISSUED, WITHDRAWN, WITHDRAWN],
        [ISSUED, WITHDRAWN, CANCELLED],
        [ISSUED, CANCELLED, REINSTATED],
        [ISSUED, CANCELLED, SUPERSEDED],
        [ISSUED, SET_ASIDE],
        [ISSUED, CANCELLED, SET_ASIDE],
        [ISSUED, ERASED],
        [ISSUED, SUSPENDED, ERASED],
    ],
)
def test_what_does_not_follow_is_refused(office: Office, signed: list[Laid], events: list[Event]) -> None:
    with pytest.raises(ConflictError) as caught:
        append(office, signed[0].id, *events)
    assert caught.value.code == "wrong_state"
    with office.register.read() as session:
        assert events_of(session, signed[0].id) == []


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (event(EventKind.SUPERSEDED), "successor"),
        (event(EventKind.SUSPENDED, successor="99000020262000002"), "successor"),
        (event(EventKind.ANNOTATED), "note"),
        (event(EventKind.SUSPENDED, replaces="99000020262000002", counted_from=date(2026, 1, 1)), "replaces"),
        (event(EventKind.SUSPENDED, note="x"), "note"),
        (event(EventKind.SUSPENDED, recorded=NOW - timedelta(seconds=1)), "out_of_order"),
    ],
)
def test_members_belong_to_their_kind(office: Office, signed: list[Laid], bad: Event, code: str) -> None:
    with pytest.raises((InputError, ConflictError)) as caught:
        append(office, signed[0].id, ISSUED, bad)
    assert caught.value.code == code


@pytest.mark.parametrize(
    "half", [{"replaces": "99000020262000002"}, {"counted_from": date(2026, 1, 1)}], ids=["no day", "no number"]
)
def test_what_is_replaced_has_a_number_and_a_day(office: Office, signed: list[Laid], half: dict[str, Any]) -> None:
    with pytest.raises(InputError) as caught:
        append(office, signed[0].id, replace(ISSUED, **half))
    assert caught.value.code == "replaces"


def test_an_issued_event_keeps_what_it_replaces(office: Office, signed: list[Laid]) -> None:
    replacing = replace(ISSUED, replaces=signed[1].claims.number, counted_from=date(2024, 1, 1))
    append(office, signed[0].id, replacing)
    with office.register.read() as session:
        kept = events_of(session, signed[0].id)
    assert kept == [replacing]
    assert kept[0].replaced == Replaced(number=signed[1].claims.number, counted_from=date(2024, 1, 1))
    assert ISSUED.replaced is None


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("approved", [True, False])
def test_a_history_names_what_was_approved_to_be_replaced_and_nothing_else(
    office: Office, signed: list[Laid], named: bool, approved: bool
) -> None:
    """A day to count from lets a late award through, so the register's word for it is not enough."""
    former = Replaced(number=signed[1].claims.number, counted_from=date(2024, 1, 1))
    stored = replace(ISSUED, replaces=former.number, counted_from=former.counted_from) if named else ISSUED
    append(office, signed[0].id, stored)
    with office.register.read() as session:
        part = Part(
            certificate=certificates.by_id(session, signed[0].id),
            events=tuple(events_of(session, signed[0].id)),
            stored=None,
            published=None,
            replaces=former if approved else None,
            face=None,
            face_payload=None,
            record=None,
        )
    if named is not approved:
        with pytest.raises(TamperedError) as caught:
            history_to_sign(part)
        assert caught.value.code == "other_replaced"
    else:
        assert history_to_sign(part).registration.replaces == part.replaces


def test_a_successor_must_exist(office: Office, signed: list[Laid]) -> None:
    with pytest.raises(IntegrityError):
        append(office, signed[0].id, ISSUED, replace(SUPERSEDED, successor="99000020262999999"))


def test_what_may_be_done_often_leaves_places_of_a_history_for_its_end(office: Office, signed: list[Laid]) -> None:
    append(office, signed[0].id, ISSUED, *[ANNOTATED] * 57, SUSPENDED)
    for refused in (ANNOTATED, SUSPENDED):
        with pytest.raises(ConflictError) as caught:
            append(office, signed[0].id, REINSTATED, refused)
        assert (caught.value.code, caught.value.fields["most"]) == ("too_many_events", 59)
    append(office, signed[0].id, REINSTATED, WITHDRAWN)


def test_a_history_has_at_most_64_events(office: Office, signed: list[Laid], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "_KEPT_FREE", {})
    append(office, signed[0].id, ISSUED, *[ANNOTATED] * 63)
    with pytest.raises(ConflictError) as caught:
        append(office, signed[0].id, ANNOTATED)
    assert caught.value.code == "too_many_events"


def test_a_reserved_certificate_has_no_events(office: Office) -> None:
    made = reservations(office)[0]
    reserve(office, made)
    with pytest.raises(ConflictError) as caught:
        append(office, made.id, ISSUED)
    assert caught.value.code == "not_signed"


def test_the_newest_history_is_kept_and_an_older_one_refused(office: Office, signed: list[Laid]) -> None:
    first, second = (SignedHistory(events=count, content=b"h%d" % count, kid=bytes(8)) for count in (1, 2))
    with office.register.write() as session:
        assert history_of(session, signed[0].id) is None
        assert store_histories(session, {signed[0].id: first}) == {}
        assert store_histories(session, {signed[0].id: second}) == {}
        assert history_of(session, signed[0].id) == second
        older = store_histories(session, {signed[0].id: first})
        assert [error.code for error in older.values()] == ["older_history"]
        assert history_of(session, signed[0].id) == second


def test_work_is_taken_once_retaken_when_its_worker_died_and_ends_when_acknowledged(office: Office) -> None:
    def take(after: int) -> list[str]:
        with office.register.write() as session:
            return [work.object for work in outbox.take(session, worker="w", now=NOW + timedelta(seconds=after))]

    with office.register.write() as session:
        for name in ("a", "b", "a"):
            outbox.put(session, topic="publish", object=name, now=NOW)
        assert pending(session) == 2
    assert take(0) == ["a", "b"]
    assert take(1) == []
    assert take(outbox.RETAKE_SECONDS + 1) == ["a", "b"]
    with office.register.write() as session:
        outbox.put(session, topic="publish", object="a", now=NOW)  # a new cause while the old work is under way
        works = outbox.take(session, worker="w", now=NOW + timedelta(seconds=700))
        outbox.acknowledge(session, [works[0].id], now=NOW)
        assert (works[0].object, works[0].attempts, pending(session)) == ("a", 1, 2)
        outbox.give_back(session, 1, error="disk full")
        again = outbox.take(session, worker="w2", now=NOW + timedelta(seconds=701))
        assert [(work.id, work.attempts) for work in again] == [(1, 3)]


def test_work_goes_with_its_transaction(office: Office) -> None:
    def put_and_fail(act: Callable[[], None]) -> None:
        with office.register.write() as session:
            outbox.put(session, topic="publish", object="a", now=NOW)
            act()

    def fail() -> None:
        raise ArithmeticError

    with pytest.raises(ArithmeticError):
        put_and_fail(fail)
    with office.register.read() as session:
        assert pending(session) == 0
