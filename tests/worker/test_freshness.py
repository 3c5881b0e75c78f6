"""Status lists say until when they count and how long a reader may keep them, and are signed anew before that ends."""

from __future__ import annotations

from datetime import timedelta

import pytest

from credential import publication
from credential.statuslist import verify_cwt, verify_jwt
from credential.verdict import Outcome
from tests.support.office import LIST, DemoOffice

DAY = timedelta(hours=24)


def lists_of(demo: DemoOffice) -> list[tuple[object, ...]]:
    """What both forms of the first list say: issued, ends, to be kept, and the states."""
    trust, now = demo.trust(), demo.clock()
    place = trust.content.status[0]
    keys = {kid: trust.key(kid, use="status").key for kid in place.kids}
    files = demo.files()
    cwt = verify_cwt(files[publication.status_cwt(str(place.id))], keys, uri=place.cwt, now=now)
    jwt = verify_jwt(files[publication.status_jwt(str(place.id))], keys, uri=place.jwt, now=now)
    return [(each.issued_at, each.expires_at, each.ttl, each.array.data) for each in (cwt, jwt)]


def test_both_forms_say_until_when_they_count_and_how_long_they_may_be_kept(issued: DemoOffice) -> None:
    with issued.worker() as worker:
        worker.publish_changes(even_without=True)
    now = issued.clock()
    for issued_at, expires_at, ttl, _ in lists_of(issued):
        assert (issued_at, expires_at, ttl) == (now, now + DAY, timedelta(seconds=60))


def test_lists_are_signed_anew_in_time_though_nothing_changed(issued: DemoOffice) -> None:
    certificate, begun = issued.certificates()[0], issued.clock()
    before = lists_of(issued)
    with issued.worker() as worker:
        for _ in range(5):  # five days, looked at every eight hours
            for _ in range(3):
                issued.clock.move(hours=8)
                worker.renew_if_needed()
                assert issued.verdict_by_qr(certificate).outcome is Outcome.VALID
    after = lists_of(issued)
    assert [each[3] for each in after] == [each[3] for each in before]
    assert all(each[0] > begun + timedelta(days=4) for each in after)  # type: ignore[operator]


def test_a_list_that_nobody_signs_anew_counts_no_more(issued: DemoOffice) -> None:
    certificate = issued.certificates()[0]
    issued.clock.move(hours=24)
    verdict = issued.verdict_by_qr(certificate)
    assert (verdict.outcome, verdict.reason) == (Outcome.INDETERMINATE, "publication_expired")


@pytest.mark.slow
def test_lists_are_signed_anew_while_a_long_batch_is_issued(
    founded: DemoOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch that takes longer than a snapshot lives keeps no reader from the states of others."""
    monkeypatch.setattr("issuer.issuing.issuer.CHUNK", 6)
    batch = founded.approved(LIST)
    first = founded.approved("engineering-other-documents-2026.xlsx")
    founded.issue(first)
    begun, seen = founded.clock(), set()
    with founded.worker() as worker:
        monkeypatch.setattr(type(worker.publishing), "piece", lambda _: 10_000)

        def signed(_done: int, _of: int) -> None:
            founded.clock.move(hours=7)
            seen.add(lists_of(founded)[0][0])
            assert founded.verdict_by_qr(founded.certificates()[0]).outcome is Outcome.VALID

        worker.issue(batch, signed)
    assert founded.clock() - begun > DAY
    assert len(seen) > 1
