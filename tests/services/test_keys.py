"""The next status key: it comes in the place of the one before, and signs once the root has named it."""

from __future__ import annotations

from collections import Counter

import pytest

from credential import history
from credential.kdf import PREFIX_BITS, prefix
from credential.sealed import Kind
from credential.signing import KeyId, KeyUse
from issuer.db import outbox
from issuer.db.certificates import Certificate
from issuer.db.outbox import Topic
from issuer.errors import IssuerError
from issuer.services import keys
from issuer.trust.entries import active_key, end_key
from tests.services.elsewhere import audited
from tests.support.office import ACTOR, PROVINCE, DemoOffice


def active(demo: DemoOffice) -> KeyId:
    with demo.opened.register.read() as session:
        return active_key(session, use="status", authority=None).key.key_id


def signed_by(demo: DemoOffice, certificate: Certificate) -> KeyId:
    """Whose signature the published history of a certificate has."""
    plain = demo.reader().view(demo.clock()).record(Kind.HISTORY, certificate.cti, prefix(certificate.cti, PREFIX_BITS))
    assert plain is not None
    return KeyId(history.parse(plain).key_id)


def test_it_comes_in_the_place_of_the_newest_that_no_other_succeeds(founded: DemoOffice) -> None:
    first = active(founded)
    founded.clock.move(seconds=1)
    second = keys.rotate(founded.opened, ACTOR, KeyUse.STATUS)
    founded.clock.move(seconds=1)
    founded.publish_trust()
    third = keys.rotate(founded.opened, ACTOR, KeyUse.STATUS)
    assert (second.succeeds, third.succeeds) == (first, second.key_id)
    assert Counter(each.use for each in keys.listed(founded.opened))[KeyUse.STATUS] == 3
    founded.publish_trust()
    listed = {each.key.key_id: each.succeeds for each in founded.trust().content.keys if each.use == "status"}
    assert listed == {first: None, second.key_id: first, third.key_id: second.key_id}
    assert audited(founded, "key.add")[-1] == (ACTOR, third.key_id.hex())


def test_it_may_be_told_whose_place_it_takes(founded: DemoOffice) -> None:
    first = active(founded)
    founded.clock.move(seconds=1)
    keys.rotate(founded.opened, ACTOR, KeyUse.STATUS)
    founded.clock.move(seconds=1)
    founded.publish_trust()
    third = keys.rotate(founded.opened, ACTOR, KeyUse.STATUS, succeeds=first)
    assert third.succeeds == first
    founded.clock.move(seconds=1)
    founded.publish_trust()
    assert keys.rotate(founded.opened, ACTOR, KeyUse.STATUS).succeeds == third.key_id


@pytest.mark.parametrize(
    ("use", "authority", "code"),
    [
        (KeyUse.CREDENTIAL, None, "key_owner"),
        (KeyUse.DOCUMENT, None, "key_owner"),
        (KeyUse.STATUS, PROVINCE, "key_owner"),
        (KeyUse.OPERATOR, None, "use"),
        (KeyUse.ROOT, None, "use"),
        (KeyUse.CREDENTIAL, "nobody", "no_authority"),
    ],
)
def test_what_is_not_made_here_is_said(founded: DemoOffice, use: KeyUse, authority: str | None, code: str) -> None:
    before = keys.listed(founded.opened)
    with pytest.raises(IssuerError) as caught:
        keys.rotate(founded.opened, ACTOR, use, authority=authority)
    assert caught.value.code == code
    assert keys.listed(founded.opened) == before


def test_a_refused_key_is_not_made_and_two_do_not_wait_at_once(founded: DemoOffice) -> None:
    with founded.opened.register.read() as session:
        publisher = active_key(session, use="publisher", authority=None).key.key_id
    founded.clock.move(seconds=1)
    added = keys.rotate(founded.opened, ACTOR, KeyUse.STATUS)
    before = keys.listed(founded.opened)
    for succeeds, code in (
        (None, "next_waits"),
        (publisher, "no_key"),
        (KeyId(b"stranger"), "no_key"),
        (added.key_id, "same_second"),
    ):
        with pytest.raises(IssuerError) as caught:
            keys.rotate(founded.opened, ACTOR, KeyUse.STATUS, succeeds=succeeds)
        assert caught.value.code == code
    assert keys.listed(founded.opened) == before


def test_a_key_that_a_killed_run_left_behind_is_the_one_that_the_next_run_takes(founded: DemoOffice) -> None:
    founded.clock.move(seconds=1)
    left = founded.opened.custody.make(KeyUse.CREDENTIAL, label=f"credential {PROVINCE}")
    made = keys.rotate(founded.opened, ACTOR, KeyUse.CREDENTIAL, authority=PROVINCE)
    assert made.key_id == left.key_id


@pytest.mark.slow
def test_until_the_root_has_named_it_the_one_before_signs(issued: DemoOffice) -> None:
    first = active(issued)
    [one, other, *_] = issued.certificates()
    issued.clock.move(days=1)
    added = keys.rotate(issued.opened, ACTOR, KeyUse.STATUS)
    issued.change(one.number)
    assert signed_by(issued, one) == first
    assert issued.verdict(one).outcome == "withdrawn"
    issued.clock.move(hours=1)
    issued.publish_trust()
    issued.change(other.number)
    assert signed_by(issued, other) == added.key_id
    assert issued.verdict(other).outcome == "withdrawn"


@pytest.mark.slow
def test_it_signs_anew_what_was_recorded_before_its_time_also_when_the_one_before_is_stolen(issued: DemoOffice) -> None:
    stolen = active(issued)
    issued.clock.move(days=1)
    added = keys.rotate(issued.opened, ACTOR, KeyUse.STATUS)
    certificate = issued.certificates()[0]
    with issued.opened.register.write() as session:
        end_key(session, stolen, actor=ACTOR, now=issued.clock(), compromised_since=issued.clock())
        outbox.put(session, topic=Topic.PUBLISH, object=certificate.id, now=issued.clock())
    issued.publish_trust()
    issued.publish()
    assert signed_by(issued, certificate) == added.key_id
    assert issued.verdict(certificate).reason == "in_force"
