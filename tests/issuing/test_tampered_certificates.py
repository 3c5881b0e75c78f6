"""Somebody who owns the database, the key-encryption key and a credential key writes certificates: none is registered.

Nothing of what they write reaches a status key: what is not proven by two operators' statements is held back and told,
and the others go on.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest

from credential import statements
from credential.sealed import NONCE_BYTES, Kind, seal
from credential.signing import AnyKey, KeyUse
from issuer.batches.rows import open_row
from issuer.db.certificates import Certificate
from issuer.intake.model import AwardDraft
from issuer.trust.entries import active_key
from tests.issuing.test_faces import published, put_draft, signed_draft, with_employer
from tests.support.databases import copy_home
from tests.support.forms import each_kind_quick, first_quick
from tests.support.founding import copied
from tests.support.insider import (
    holder_key,
    issue,
    issue_unproven,
    put_record,
    sign_again,
    stolen_key,
    store,
)
from tests.support.keys import Key
from tests.support.office import APPROVED, DISTRICT, DemoOffice, drafts
from tests.support.work import codes_of_publishing, nudge


@pytest.fixture(scope="module")
def signed_home(approved_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose first batch is issued and not published; copy it, do not change it."""
    demo = DemoOffice.open(copy_home(approved_home, tmp_path_factory.mktemp("signed") / "home"))
    assert len(issue(demo, APPROVED)) == 24
    demo.close()
    return demo.home.directory


@pytest.fixture
def signed(signed_home: Path, tmp_path: Path) -> Iterator[DemoOffice]:
    """An office that has issued its first batch a minute ago, and published nothing of it."""
    for demo in copied(signed_home, tmp_path):
        demo.clock.move(minutes=1)
        yield demo


def first_of(demo: DemoOffice) -> Certificate:
    return demo.certificates()[0]


@pytest.mark.slow
def test_what_was_approved_is_registered(signed: DemoOffice) -> None:
    """The forgeries of these tests are held back for what is wrong with them, and for nothing else."""
    assert codes_of_publishing(signed) == []
    assert signed.outcomes_by_qr() == {"valid": 24}


# An invented certificate, complete with everything that issuing writes


def _nothing(_demo: DemoOffice, _batch: str) -> None:
    """Nobody stated anything."""


def _forged_state(demo: DemoOffice, batch: str) -> None:
    demo.raw("UPDATE batches SET state = 'issued' WHERE id = ?", batch)


def _submitted(demo: DemoOffice, batch: str) -> None:
    demo.raw("UPDATE batches SET state = 'checked', rows_issued = 0, rows_waiting = rows_total WHERE id = ?", batch)
    demo.submit(batch)


def _others_statements(demo: DemoOffice, batch: str) -> None:
    """The statements on another batch, as if they were on this one."""
    demo.raw("UPDATE statements SET batch = ? WHERE batch = ?", batch, APPROVED)


def _no_batch(demo: DemoOffice, batch: str) -> None:
    demo.raw("DELETE FROM batches WHERE id = ?", batch)


def _in_another_batch(demo: DemoOffice, batch: str) -> None:
    demo.raw("UPDATE awards SET batch = ?, seq = seq + 100, position = position + 100 WHERE batch = ?", APPROVED, batch)


def _no_award(demo: DemoOffice, batch: str) -> None:
    demo.raw("DELETE FROM awards WHERE batch = ?", batch)


def _anothers_award(demo: DemoOffice, batch: str) -> None:
    """A row that was approved and issued to somebody else."""
    demo.raw(
        "UPDATE certificates SET award = (SELECT id FROM awards WHERE batch = ? LIMIT 1)"
        " WHERE award IN (SELECT id FROM awards WHERE batch = ?)",
        APPROVED,
        batch,
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("then", "code"),
    first_quick(
        [
            (_nothing, "no_statement"),
            (_forged_state, "no_statement"),
            (_submitted, "no_statement"),
            (_others_statements, "other_statement"),
            (_no_batch, "no_batch"),
            (_in_another_batch, "rows_altered"),
            (_no_award, "no_award"),
        ],
        2,
    ),
)
def test_an_invented_certificate_is_not_registered(
    issued: DemoOffice,
    senior_engineer: AwardDraft,
    monkeypatch: pytest.MonkeyPatch,
    then: Callable[[DemoOffice, str], None],
    code: str,
) -> None:
    batch = store(issued, drafts(1, senior_engineer))
    [invented] = issue_unproven(issued, batch, monkeypatch)
    then(issued, batch)
    issued.apply(issued.plan(issued.order(first_of(issued).number)))
    with issued.worker() as worker:
        held = worker.publish_changes().held_back
    codes = {each.object: each.code for each in held}
    assert codes[invented] == code
    assert issued.outcomes_by_qr()["not_authentic"] == 1
    if then is not _others_statements:  # without its own statements the first batch proves nothing any more
        assert issued.outcomes_by_qr() == {"valid": 23, "withdrawn": 1, "not_authentic": 1}


@pytest.mark.slow
@pytest.mark.parametrize("mark", first_quick(["a copied history", "an invented history", "published"], 1))
def test_nothing_is_believed_because_a_row_says_that_it_was_published(
    issued: DemoOffice, senior_engineer: AwardDraft, monkeypatch: pytest.MonkeyPatch, mark: str
) -> None:
    other = first_of(issued)
    [invented] = issue_unproven(issued, store(issued, drafts(1, senior_engineer)), monkeypatch)
    issued.raw("UPDATE certificates SET first_published = 1 WHERE id = ?", invented)
    [(content, kid)] = issued.raw("SELECT content, kid FROM signed_histories WHERE certificate = ?", other.id)
    history = {"a copied history": content, "an invented history": b"no history"}.get(mark)
    if history is not None:
        issued.raw("INSERT INTO signed_histories VALUES (?, 1, ?, ?)", invented, history, kid)
    issued.apply(issued.plan(issued.order(other.number)))
    assert codes_of_publishing(issued) == ["no_statement"]
    assert issued.outcomes_by_qr() == {"valid": 23, "withdrawn": 1, "not_authentic": 1}
    issued.raw("UPDATE outbox SET taken_at = NULL WHERE object = ?", invented)
    assert codes_of_publishing(issued) == ["no_statement"], "and so whenever it is tried"


# A certificate that was approved, and altered before it was published


def _name(demo: DemoOffice, certificate: Certificate) -> None:
    sign_again(demo, certificate, name="冒名")


def _level(demo: DemoOffice, certificate: Certificate) -> None:
    sign_again(demo, certificate, level=2)


def _another_index(demo: DemoOffice, certificate: Certificate) -> None:
    demo.raw("UPDATE certificates SET status_index = status_index + 1 WHERE id = ?", certificate.id)


def _stranger(demo: DemoOffice, certificate: Certificate) -> None:
    sign_again(demo, certificate, signer=Key("stranger"))


def _another_authority(demo: DemoOffice, certificate: Certificate) -> None:
    with demo.opened.register.read() as session:
        key_id = active_key(session, use=KeyUse.CREDENTIAL, authority=DISTRICT).key.key_id
    sign_again(demo, certificate, signer=demo.opened.custody.signer(KeyUse.CREDENTIAL, key_id))


def _digest(demo: DemoOffice, certificate: Certificate) -> None:
    demo.raw("UPDATE certificates SET credential_digest = ? WHERE id = ?", bytes(32), certificate.id)


def _another_record(demo: DemoOffice, certificate: Certificate) -> None:
    other = demo.certificates()[1]
    [(record,)] = demo.raw("SELECT record FROM sealed_certificates WHERE certificate = ?", other.id)
    put_record(demo, certificate, record)


def _another_credential_in_its_record(demo: DemoOffice, certificate: Certificate) -> None:
    """Whoever types this one's check code is to find another certificate."""
    code, other = demo.content(certificate).check_code, demo.credential(demo.certificates()[1])
    put_record(demo, certificate, seal(Kind.CERTIFICATE, code.encode(), other, nonce=bytes(NONCE_BYTES)))


def _no_record(demo: DemoOffice, certificate: Certificate) -> None:
    demo.raw("DELETE FROM sealed_certificates WHERE certificate = ?", certificate.id)


def _another_check_code(demo: DemoOffice, certificate: Certificate) -> None:
    """One that readers look for in another shard."""
    from credential import checkcode

    code = checkcode.make(bytes(byte ^ 255 for byte in certificate.cti), bytes(15))
    key = holder_key(demo, certificate.holder)
    sealed = key.seal(code.encode(), table="certificates", column="check_code", row=certificate.id)
    demo.raw("UPDATE certificates SET check_code = ? WHERE id = ?", sealed, certificate.id)
    record = seal(Kind.CERTIFICATE, code.encode(), demo.credential(certificate), nonce=bytes(NONCE_BYTES))
    put_record(demo, certificate, record)


def _another_holder(demo: DemoOffice, certificate: Certificate) -> None:
    """The certificate's content sealed anew for somebody else."""
    old, new = holder_key(demo, certificate.holder), holder_key(demo, demo.certificates()[1].holder)
    for column in ("to_sign", "credential", "check_code"):
        [(sealed,)] = demo.raw(f"SELECT {column} FROM certificates WHERE id = ?", certificate.id)
        place = {"table": "certificates", "column": column, "row": certificate.id}
        again = new.seal(old.open(sealed, **place), **place)
        demo.raw(f"UPDATE certificates SET {column} = ? WHERE id = ?", again, certificate.id)
    demo.raw("UPDATE certificates SET holder = ? WHERE id = ?", demo.certificates()[1].holder, certificate.id)


def _row(field: str, value: object) -> Callable[[DemoOffice, Certificate], None]:
    def alter(demo: DemoOffice, certificate: Certificate) -> None:
        with demo.opened.register.read() as session:
            row = open_row(session, demo.opened.vault, certificate.award)
        plain = json.loads(row.normal) | {field: value}
        normal = json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
        key = holder_key(demo, row.holder)
        sealed = key.seal(normal, table="awards", column="payload", row=row.award)
        demo.raw("UPDATE awards SET payload = ? WHERE id = ?", sealed, row.award)

    return alter


def _event(column: str, value: object) -> Callable[[DemoOffice, Certificate], None]:
    def alter(demo: DemoOffice, certificate: Certificate) -> None:
        demo.raw(f"UPDATE events SET {column} = ? WHERE certificate = ?", value, certificate.id)

    return alter


def _backdated(demo: DemoOffice, certificate: Certificate) -> None:
    """Issued before it was approved, in all places alike."""
    _event("recorded", "2026-11-20 02:00:00.000000")(demo, certificate)
    _event("effective", "2026-11-20")(demo, certificate)
    demo.raw(
        "UPDATE certificates SET issued_on = '2026-11-20', issued_at = '2026-11-20 02:00:00.000000' WHERE id = ?",
        certificate.id,
    )


def _still_to_come(demo: DemoOffice, certificate: Certificate) -> None:
    """So that no withdrawal could ever follow on it."""
    _event("recorded", "2036-11-20 02:00:00.000000")(demo, certificate)
    _event("effective", "2036-11-20")(demo, certificate)
    demo.raw(
        "UPDATE certificates SET issued_on = '2036-11-20', issued_at = '2036-11-20 02:00:00.000000' WHERE id = ?",
        certificate.id,
    )


def _counted_from_long_ago(demo: DemoOffice, certificate: Certificate) -> None:
    other = demo.certificates()[1]
    _event("replaces", other.number)(demo, certificate)
    _event("counted_from", "2020-01-01")(demo, certificate)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("alter", "code"),
    each_kind_quick(
        [
            (_name, "reserved_differs"),
            (_level, "reserved_differs"),
            (_another_index, "reserved_differs"),
            (_stranger, "credential_altered"),
            (_another_authority, "credential_altered"),
            (_digest, "credential_altered"),
            (_another_holder, "credential_altered"),
            (_another_record, "record_altered"),
            (_another_credential_in_its_record, "record_altered"),
            (_no_record, "record_altered"),
            (_another_check_code, "record_altered"),
            (_row("name", "冒名"), "rows_altered"),
            (_event("document", "示人社〔2026〕99号"), "first_event_altered"),
            (_event("authority", DISTRICT), "first_event_altered"),
            (_event("effective", "2026-11-20"), "first_event_altered"),
            (_event("recorded", "2026-11-21 02:00:30.000000"), "first_event_altered"),
            (_event("basis", "依据"), "first_event_altered"),
            (_event("reason", "error"), "first_event_altered"),
            (_backdated, "other_statement"),
            (_still_to_come, "first_event_altered"),
            (_counted_from_long_ago, "first_event_altered"),
        ],
        lambda row: row[1],
    ),
    ids=lambda value: value.__name__.strip("_") if callable(value) else str(value),
)
def test_a_certificate_that_was_altered_before_it_was_published_is_not_registered(
    signed: DemoOffice, alter: Callable[[DemoOffice, Certificate], None], code: str
) -> None:
    certificate = first_of(signed)
    alter(signed, certificate)
    assert codes_of_publishing(signed) == [code]
    assert signed.outcomes_by_qr() == {"valid": 23, "not_authentic": 1}
    assert signed.raw("SELECT count(*) FROM signed_histories WHERE certificate = ?", certificate.id) == [(0,)]


@pytest.mark.slow
def test_a_key_that_was_stolen_before_it_signed_registers_nothing(
    signed: DemoOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor does one whose window does not hold the day of issue: what a reader refuses is not registered."""
    from credential.errors import NotInForceError
    from credential.trustform import KeyEntry

    good = KeyEntry.check_good_at

    def ended(self: KeyEntry, at: datetime) -> None:
        if self.use == "credential":
            raise NotInForceError("key_not_good", "not good")
        good(self, at)

    monkeypatch.setattr(KeyEntry, "check_good_at", ended)
    assert codes_of_publishing(signed) == ["key_not_good"] * 24
    assert signed.raw("SELECT count(*) FROM signed_histories") == [(0,)]


@pytest.mark.slow
def test_what_is_published_keeps_its_beginning_without_its_row(issued: DemoOffice) -> None:
    """A beginning that the public has takes no proof: a row that is gone since holds up no withdrawal."""
    certificate = first_of(issued)
    issued.raw("UPDATE awards SET payload = NULL, state = 'rejected' WHERE id = ?", certificate.award)
    issued.change(certificate.number)
    assert issued.outcomes_by_qr() == {"valid": 23, "withdrawn": 1}


@pytest.mark.slow
def test_a_run_that_published_and_did_not_note_so_is_gone_on_with(issued: DemoOffice) -> None:
    certificate = first_of(issued)
    issued.raw("UPDATE certificates SET first_published = NULL WHERE id = ?", certificate.id)
    issued.raw("UPDATE awards SET payload = NULL, state = 'rejected' WHERE id = ?", certificate.award)
    issued.change(certificate.number)
    assert issued.outcomes_by_qr() == {"valid": 23, "withdrawn": 1}


def erase(demo: DemoOffice, certificate: Certificate) -> None:
    demo.raw(
        "UPDATE holders SET wrapped_key = NULL, erased = '2026-11-21 02:00:00.000000' WHERE id = ?", certificate.holder
    )


@pytest.mark.slow
def test_laying_out_anew_proves_every_beginning_again(issued: DemoOffice) -> None:
    """Only of an erased holder does a signed history stand in for what nobody can read any more."""
    first, second = issued.certificates()[:2]
    erase(issued, first)
    with issued.worker() as worker:
        found = worker.publishing.lay_out_anew(act=True)
    assert (found.held_back, found.published is None) == ((), False)
    issued.raw("UPDATE awards SET payload = NULL, state = 'rejected' WHERE id = ?", second.award)
    with issued.worker() as worker:
        found = worker.publishing.lay_out_anew(act=True)
    assert [(each.object, each.code) for each in found.held_back] == [(second.id, "no_award")]
    assert found.published is None


@pytest.mark.slow
def test_who_was_erased_before_the_first_publication_is_not_published(signed: DemoOffice) -> None:
    erase(signed, first_of(signed))
    assert codes_of_publishing(signed) == ["erased"]


@pytest.mark.slow
def test_a_stored_history_that_nobody_signed_holds_up_no_other(issued: DemoOffice) -> None:
    first, second = issued.certificates()[:2]
    issued.raw("UPDATE signed_histories SET content = ? WHERE certificate = ?", b"no history", first.id)
    nudge(issued, first.number)
    issued.apply(issued.plan(issued.order(second.number)))
    assert codes_of_publishing(issued) == ["history_altered"]
    assert issued.outcomes_by_qr() == {"valid": 23, "withdrawn": 1}


@pytest.mark.slow
def test_what_no_grant_covers_is_not_registered(
    founded: DemoOffice, senior_engineer: AwardDraft, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two operators approve it, and somebody with the credential key signs it all the same."""

    good, late = drafts(2, senior_engineer)
    batch = founded.approved_drafts([good, replace(late, award_date=date(2015, 1, 1))])
    with monkeypatch.context() as patch:
        patch.setattr("issuer.issuing.authority.Rights.check", lambda *_, **__: None)
        assert len(issue(founded, batch)) == 2
    another = DemoOffice.open(founded.home.directory, founded.clock())  # who publishes did not sign it
    [code] = codes_of_publishing(another)
    another.close()
    assert code == "no_grant"
    assert founded.outcomes_by_qr() == {"valid": 1, "not_authentic": 1}


@pytest.mark.slow
def test_statements_are_verified_once_for_all_that_rests_on_them(
    signed: DemoOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    verified: list[str] = []
    verify = statements.verify

    def counted(token: str, keys: Mapping[bytes, AnyKey]) -> statements.Statement:
        verified.append(token)
        return verify(token, keys)

    monkeypatch.setattr(statements, "verify", counted)
    assert codes_of_publishing(signed) == []
    assert len(verified) == len(set(verified)) == 2
    verified.clear()
    signed.apply(signed.plan(signed.order(*(each.number for each in signed.certificates()))))
    verified.clear()
    assert codes_of_publishing(signed) == []
    assert len(set(verified)) == 2, "who ordered it, and who approved the order"
    assert set(Counter(verified).values()) == {2}, "for the events, and for the integrity records"


# Faces


@pytest.mark.slow
@pytest.mark.parametrize("before", first_quick(["signed", "issued"], 1))
def test_a_stolen_credential_key_puts_no_word_into_a_face(request: pytest.FixtureRequest, before: str) -> None:
    demo: DemoOffice = request.getfixturevalue(before)
    certificate = first_of(demo)
    put_draft(
        demo, certificate, signed_draft(with_employer(demo, certificate, "冒名大学"), stolen_key(demo, certificate))
    )
    nudge(demo, certificate.number)
    assert codes_of_publishing(demo) == ["face_altered"]
    assert demo.verdict(certificate).outcome == "valid"
    assert published(demo, certificate) is None


def test_a_face_whose_row_is_gone_is_not_signed_anew(issued: DemoOffice) -> None:
    certificate = first_of(issued)
    issued.raw("UPDATE faces SET record = NULL, kid = NULL WHERE certificate = ?", certificate.id)
    issued.raw("UPDATE awards SET payload = NULL, state = 'rejected' WHERE id = ?", certificate.award)
    nudge(issued, certificate.number)
    assert codes_of_publishing(issued) == ["no_award"]
    assert published(issued, certificate) is None
