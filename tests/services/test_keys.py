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
from issuer.errors import ConflictError, NotFoundError
from issuer.services import keys
from issuer.trust.entries import active_key, end_key
from tests.services.elsewhere import audited
from tests.support.office import ACTOR, DemoOffice


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
    second = keys.add_status(founded.opened, ACTOR)
    founded.clock.move(seconds=1)
    third = keys.add_status(founded.opened, ACTOR)
    assert (second.succeeds, third.succeeds) == (first, second.key_id)
    assert Counter(each.use for each in keys.listed(founded.opened))[KeyUse.STATUS] == 3
    founded.publish_trust()
    listed = {each.key.key_id: each.succeeds for each in founded.trust().content.keys if each.use == "status"}
    assert listed == {first: None, second.key_id: first, third.key_id: second.key_id}
    assert audited(founded, "key.add")[-1] == (ACTOR, third.key_id.hex())


def test_it_may_be_told_whose_place_it_takes(founded: DemoOffice) -> None:
    first = active(founded)
    founded.clock.move(seconds=1)
    keys.add_status(founded.opened, ACTOR)
    founded.clock.move(seconds=1)
    third = keys.add_status(founded.opened, ACTOR, succeeds=first)
    assert third.succeeds == first
    founded.clock.move(seconds=1)
    assert keys.add_status(founded.opened, ACTOR).succeeds == third.key_id


def test_a_refused_key_is_not_made(founded: DemoOffice) -> None:
    with founded.opened.register.read() as session:
        publisher = active_key(session, use="publisher", authority=None).key.key_id
    founded.clock.move(seconds=1)
    added = keys.add_status(founded.opened, ACTOR)
    before = keys.listed(founded.opened)
    for stranger in (publisher, KeyId(b"stranger")):
        with pytest.raises(NotFoundError) as caught:
            keys.add_status(founded.opened, ACTOR, succeeds=stranger)
        assert caught.value.code == "no_key"
    with pytest.raises(ConflictError) as same:
        keys.add_status(founded.opened, ACTOR, succeeds=added.key_id)
    assert same.value.code == "same_second"
    assert keys.listed(founded.opened) == before


@pytest.mark.slow
def test_until_the_root_has_named_it_the_one_before_signs(issued: DemoOffice) -> None:
    first = active(issued)
    [one, other, *_] = issued.certificates()
    issued.clock.move(days=1)
    added = keys.add_status(issued.opened, ACTOR)
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
    added = keys.add_status(issued.opened, ACTOR)
    certificate = issued.certificates()[0]
    with issued.opened.register.write() as session:
        end_key(session, stolen, actor=ACTOR, now=issued.clock(), compromised_since=issued.clock())
        outbox.put(session, topic=Topic.PUBLISH, object=certificate.id, now=issued.clock())
    issued.publish_trust()
    issued.publish()
    assert signed_by(issued, certificate) == added.key_id
    assert issued.verdict(certificate).reason == "in_force"
