"""New certificates are proven together; whatever is not plainly new and whole is left to the proof of one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from credential import jsonform
from issuer.batches.rows import opened_row, stored_rows
from issuer.db.certificates import by_id
from issuer.issuing.first import Anchors
from issuer.issuing.news import Answer, Kit, News, prove_parts
from issuer.publishing.registered import Registered
from issuer.worker.issuing import IssuingJob
from issuer.worker.publishing import PublishingJob
from issuer.worker.turns import Turns
from tests.services.test_replacements import Correction, approved
from tests.support.office import DemoOffice

pytestmark = pytest.mark.slow


@contextmanager
def proving(demo: DemoOffice, ids: list[str]) -> Iterator[list[Answer]]:
    """What the proof of many says of certificates, by what the publication has now."""
    job = PublishingJob.open(demo.opened, Turns(demo.opened.register, demo.clock))
    ground = job._publisher.stand(now=demo.clock())
    with demo.opened.register.read() as session:
        anchors: Anchors = job._anchors(session, ground, compare=True)
        assert isinstance(anchors.registered, Registered)
        parts = News(session, anchors, ids).parts(ids)
        yield prove_parts(Kit(vault=demo.opened.vault, anchors=anchors), parts)


def signed(demo: DemoOffice, batch: str) -> list[str]:
    """Issue a batch and publish nothing."""
    return list(IssuingJob(demo.opened).run(batch, between=lambda _: None).issued)


def test_new_certificates_are_proven_with_what_is_to_be_signed_of_their_faces(founded: DemoOffice) -> None:
    ids = signed(founded, founded.approved())
    with proving(founded, ids) as answers:
        assert sorted(each.certificate for each in answers) == sorted(ids)
        assert all(each.is_proven and isinstance(each.face, bytes) for each in answers)


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
