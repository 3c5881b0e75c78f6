"""New certificates are proven together; whatever is not plainly new and whole is left to the proof of one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from credential import checkcode, jsonform
from credential.cose import UnverifiedSign1
from credential.history import Act
from credential.sealed import NONCE_BYTES, Kind, open_record, seal
from credential.signing import AnyKey, KeyUse
from credential.statuslist import Status
from credential.trustlist import VerifiedTrustList
from issuer.batches.rows import opened_row, stored_rows
from issuer.db.certificates import by_id
from issuer.issuing.first import Anchors
from issuer.issuing.news import Answer, Kit, News, prove_parts
from issuer.issuing.seen import recall, remember
from issuer.issuing.stored import stored_new
from issuer.publishing.chain import published_trust
from issuer.publishing.history import read_history
from issuer.publishing.registered import Registered
from issuer.publishing.signing import Kit as SigningKit
from issuer.publishing.signing import Part, sign_parts
from issuer.services import keyends
from issuer.worker.issuing import IssuingJob
from issuer.worker.publishing import PublishingJob
from issuer.worker.turns import Turns
from tests.services.test_keyends import active
from tests.services.test_replacements import Correction, approved
from tests.support.office import ACTOR, DemoOffice

pytestmark = pytest.mark.slow


@contextmanager
def proving(demo: DemoOffice, ids: list[str], *, signs: bool = False) -> Iterator[list[Answer]]:
    """What the proof of many says of certificates, by what the publication has now, and what it signs of them."""
    job = PublishingJob.open(demo.opened, Turns(demo.opened.register, demo.clock))
    ground = job._publisher.stand(now=demo.clock())
    with demo.opened.register.read() as session:
        anchors: Anchors = job._anchors(session, ground, compare=True)
        assert isinstance(anchors.registered, Registered)
        parts = News(session, anchors, ids).parts(ids)
        signing = SigningKit(signer=job._status, trust=anchors.trust) if signs else None
        yield prove_parts(Kit(vault=demo.opened.vault, anchors=anchors, signing=signing), parts)


def trust_of(demo: DemoOffice) -> VerifiedTrustList:
    """The published trust list."""
    with demo.opened.register.read() as session:
        return published_trust(session, demo.home.publication, now=demo.clock())


def signed(demo: DemoOffice, batch: str) -> list[str]:
    """Issue a batch and publish nothing."""
    return list(IssuingJob(demo.opened).run(batch, between=lambda _: None).issued)


def test_new_certificates_are_proven_with_what_is_to_be_signed_of_their_faces(founded: DemoOffice) -> None:
    ids = signed(founded, founded.approved())
    with proving(founded, ids) as answers:
        assert sorted(each.certificate for each in answers) == sorted(ids)
        assert all(each.is_proven and isinstance(each.face, bytes) for each in answers)


def test_what_is_proven_is_signed_at_once_and_published_as_it_was_signed(
    founded: DemoOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With its face; the publisher reads and signs none of it again. What is not proven is not signed."""
    ids = signed(founded, founded.approved())
    founded.raw("UPDATE events SET document = 'other' WHERE certificate = ?", ids[0])
    with proving(founded, ids, signs=True) as answers:
        assert [each.certificate for each in answers if each.made is None] == [ids[0]]
        for each in answers:
            if each.made is not None:
                history = read_history(each.made.history.content, each.made.cti, trust_of(founded))
                assert (history.status, each.made.face is not None, len(each.made.records)) == (Status.VALID, True, 3)
    monkeypatch.setattr("issuer.publishing.publisher.sign_parts", lambda *_: pytest.fail("signed again"))
    with founded.worker() as worker:
        outcome = worker.publish_changes()
    assert [each.object for each in outcome.held_back] == [ids[0]]
    assert sorted(founded.outcomes_by_qr().items()) == [("not_authentic", 1), ("valid", 23)]


def test_what_stands_at_a_place_already_is_not_signed_as_new(issued: DemoOffice) -> None:
    """Whatever it says: the publisher, which builds on it, tells what is wrong with it."""
    old = issued.certificates()[0]
    with proving(issued, [old.id], signs=True) as answers:
        assert answers == []


def test_what_a_stolen_status_key_signed_is_proven_and_signed_anew_together(
    issued: DemoOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those with their first event alone; a row that was altered is not, nor what has a second event."""
    ids = [each.id for each in issued.certificates()]
    issued.change(issued.certificates()[0].number, act=Act.SUSPEND)
    issued.clock.move(hours=1)
    keyends.compromise(issued.opened, ACTOR, active(issued, KeyUse.STATUS), basis="密钥文件被复制")
    issued.publish_trust()
    issued.raw("UPDATE awards SET payload = zeroblob(300) WHERE id = ?", issued.certificates()[1].award)
    with proving(issued, ids, signs=True) as answers:
        assert {each.certificate for each in answers} == set(ids[1:])
        assert [each.certificate for each in answers if each.made is None] == [ids[1]]
    monkeypatch.setattr("issuer.publishing.publisher.sign_parts", one_at_most(sign_parts))
    issued.publish()
    assert issued.outcomes()["suspended"] == 1


def test_a_history_that_a_stolen_key_is_said_to_have_signed_is_verified(issued: DemoOffice) -> None:
    """Whoever writes into the folder could name that key."""
    certificate = issued.certificates()[0]
    issued.clock.move(hours=1)
    keyends.compromise(issued.opened, ACTOR, active(issued, KeyUse.STATUS), basis="密钥文件被复制")
    issued.publish_trust()
    job = PublishingJob.open(issued.opened, Turns(issued.opened.register, issued.clock))
    with issued.opened.register.read() as session:
        anchors = job._anchors(session, job._publisher.stand(now=issued.clock()), compare=True)
        [part] = News(session, anchors, [certificate.id]).parts([certificate.id])
        kit = Kit(vault=issued.opened.vault, anchors=anchors)
        assert part.published is not None
        opened = bytearray(open_record(Kind.HISTORY, certificate.cti, part.published))
        opened[-1] ^= 1
        forged = seal(Kind.HISTORY, certificate.cti, bytes(opened), nonce=bytes(NONCE_BYTES))
        [answer] = prove_parts(kit, [part._replace(published=forged)])
        assert not answer.is_proven


def one_at_most(sign: Callable[..., Any]) -> Callable[..., Any]:
    """Sign one certificate in a call, no more: the others were signed as they were proven."""

    def signs(kit: SigningKit, parts: Sequence[Part]) -> Any:
        assert len(parts) <= 2
        return sign(kit, parts)

    return signs


def test_a_signature_that_was_checked_is_not_checked_again_and_any_other_is(
    founded: DemoOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[bytes] = []
    verify = UnverifiedSign1.verify

    def counted(self: UnverifiedSign1, key: AnyKey) -> bytes:
        checked.append(self.signature)
        return verify(self, key)

    ids = signed(founded, founded.approved())
    monkeypatch.setattr("credential.cose.UnverifiedSign1.verify", counted)
    with proving(founded, ids) as answers:
        assert all(each.is_proven for each in answers)
    assert checked == []
    with proving(founded, ids) as answers:  # as a process that begins: it knows nothing
        assert all(each.is_proven for each in answers)
    assert len(checked) == 24


MARKED: list[tuple[str, str]] = [
    ("certificates", "credential = x'00'"),
    ("certificates", "to_sign = x'00'"),
    ("certificates", "check_code = x'00'"),
    ("certificates", "credential_digest = zeroblob(32)"),
    ("certificates", "credential_kid = zeroblob(8)"),
    ("certificates", "cti = zeroblob(16)"),
    ("certificates", "number = '99000020262999999'"),
    ("certificates", "status_list = 1 - status_list"),
    ("certificates", "status_index = 1 - (status_index > 0)"),
    ("certificates", "issued_on = '2026-11-20'"),
    ("certificates", "stage = 'void', void_reason = 'x'"),
    ("awards", "payload = x'00'"),
    ("holders", "wrapped_key = x'00'"),
    ("sealed_certificates", "record = x'00'"),
    ("events", "document = 'other'"),
    ("events", "recorded = '2026-11-21 01:00:00'"),
]
"""Each value that is proven, altered by somebody behind the back of the process that issued the certificate."""
_OF: dict[str, str] = {
    "certificates": "id = ?1",
    "awards": "id = (SELECT award FROM certificates WHERE id = ?1)",
    "holders": "id = (SELECT holder FROM certificates WHERE id = ?1)",
    "sealed_certificates": "certificate = ?1",
    "events": "certificate = ?1",
}


@pytest.mark.sqlite
def test_what_is_as_this_process_stored_it_is_not_opened_again_and_anything_else_is_proven(
    founded: DemoOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every value alone: what differs by one of them is opened again, and not proven."""
    ids = signed(founded, founded.approved())
    altered = dict(zip(ids, MARKED, strict=False))
    assert len(altered) == len(MARKED)
    for each, (table, change) in altered.items():
        founded.raw(f"UPDATE {table} SET {change} WHERE {_OF[table]}", each)
    opened: list[str] = []
    monkeypatch.setattr(
        "issuer.issuing.news.opened_row",
        lambda vault, row, leaf: opened.append(row.id) or opened_row(vault, row, leaf=leaf),
    )
    with proving(founded, ids) as answers:
        proven = {each.certificate for each in answers if each.is_proven}
    assert proven == set(ids) - set(altered)
    assert len(opened) < len(ids)


def test_a_check_code_that_leads_elsewhere_has_no_mark(founded: DemoOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody who has the keys of the register put it there before the credential was signed."""
    usual = checkcode.make
    with monkeypatch.context() as patch:
        patch.setattr("credential.checkcode.make", lambda cti, drawn: usual(bytes(each ^ 255 for each in cti), drawn))
        ids = signed(founded, founded.approved())
    with founded.opened.register.read() as session:
        assert {recall(session, each) for each in ids} == {None}
    with proving(founded, ids) as answers:
        assert not any(each.is_proven for each in answers)


def test_a_mark_is_of_one_trust_list(founded: DemoOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was asked by another one is asked again, from the beginning."""
    ids = signed(founded, founded.approved())
    opened: list[str] = []
    monkeypatch.setattr(
        "issuer.issuing.news.opened_row",
        lambda vault, row, leaf: opened.append(row.id) or opened_row(vault, row, leaf=leaf),
    )
    with founded.opened.register.read() as session:
        remember(session, {each: bytes(32) for each in ids})
    with proving(founded, ids) as answers:
        assert all(each.is_proven for each in answers)
    assert len(opened) == len(ids)


def test_what_was_seen_is_kept_up_to_a_number_and_once(founded: DemoOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("issuer.issuing.seen.MOST", 2)
    with founded.opened.register.read() as session:
        remember(session, {"one": b"1", "two": b"2", "three": b"3"})
    with founded.opened.register.read() as session:
        found = [recall(session, each) for each in ("one", "two", "three", "three")]
    assert found == [None, b"2", b"3", None]


def test_leaves_are_believed_under_the_root_that_was_signed(founded: DemoOffice) -> None:
    """One hash that was altered, and no leaf of the batch is believed: paths then say which rows it concerns."""
    ids = signed(founded, founded.approved())
    founded.raw("UPDATE awards SET hashes = zeroblob(32) WHERE position = 3")
    with proving(founded, ids) as answers:
        assert answers == []


def test_a_row_that_was_sealed_anew_is_not_proven(founded: DemoOffice) -> None:
    """By somebody who has the keys of the register, too: what two persons signed is another row."""
    ids = signed(founded, founded.approved())
    vault = founded.opened.vault
    with founded.opened.register.read() as session:
        certificate = by_id(session, ids[0])
        stored = stored_rows(session, [certificate.award])[certificate.award]
        plain = json.loads(opened_row(vault, stored).normal)
    assert stored.holder is not None
    key = vault.unwrap(stored.wrapped_key, table="holders", row=stored.holder)
    other = jsonform.encode(plain | {"employer": "示范虚构公司"})
    sealed = key.seal(other, table="awards", column="payload", row=certificate.award)
    founded.raw("UPDATE awards SET payload = ? WHERE id = ?", sealed, certificate.award)
    with proving(founded, ids) as answers:
        assert [each.certificate for each in answers if not each.is_proven] == [ids[0]]


def test_what_is_more_than_new_is_proven_alone(issued: DemoOffice) -> None:
    """Published already; in another's place, whether its event says so or only its row."""
    old = issued.certificates()[0]
    with proving(issued, [old.id]) as answers:
        assert answers == []
    [new] = signed(issued, approved(issued, Correction(number=old.number, changes={"name": "欧阳示范"})))
    with proving(issued, [new]) as answers:
        assert answers == []
    issued.raw("UPDATE events SET replaces = NULL, counted_from = NULL WHERE certificate = ?", new)
    with proving(issued, [new]) as answers:
        assert [each.is_proven for each in answers] == [False]


def test_certificates_are_read_in_the_order_in_which_they_are_asked_for(founded: DemoOffice) -> None:
    """They are sorted by shard: in another order each shard would be read again for each of them."""
    ids = sorted(signed(founded, founded.approved()), key=lambda each: each[::-1])
    with founded.opened.register.read() as session:
        assert [each.id for each in stored_new(session, ids)] == ids
