"""Keys end: retired when the next one is public, or stolen; what a stranger finds then."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest

from credential.signing import KeyId, KeyUse
from credential.trustform import KeyState
from issuer.errors import IssuerError
from issuer.publishing.chain import newest_root
from issuer.services import keyends, keys
from issuer.trust.entries import active_key
from tests.services.test_keys import signed_by
from tests.support.office import ACTOR, APPROVED, PROVINCE, DemoOffice


def active(demo: DemoOffice, use: KeyUse) -> KeyId:
    """The newest active key of a use, the province's where it belongs to somebody."""
    owner = PROVINCE if use in {KeyUse.CREDENTIAL, KeyUse.DOCUMENT} else None
    with demo.opened.register.read() as session:
        return active_key(session, use=use, authority=owner).key.key_id


def rotated(demo: DemoOffice, use: KeyUse) -> tuple[KeyId, KeyId]:
    """The key before, and the next one, which the root has named."""
    before = active(demo, use)
    demo.clock.move(hours=1)
    owner = PROVINCE if use in {KeyUse.CREDENTIAL, KeyUse.DOCUMENT} else None
    added = keys.rotate(demo.opened, ACTOR, use, authority=owner)
    demo.publish_trust()
    return before, added.key_id


def refused(demo: DemoOffice, key_id: bytes, code: str) -> None:
    held = keys.listed(demo.opened)
    with pytest.raises(IssuerError) as caught:
        keyends.end(demo.opened, ACTOR, key_id, basis="轮换")
    assert caught.value.code == code
    assert keys.listed(demo.opened) == held


@pytest.mark.parametrize("use", [KeyUse.STATUS, KeyUse.PUBLISHER])
def test_the_only_key_does_not_end_nor_before_the_next_is_public(founded: DemoOffice, use: KeyUse) -> None:
    key_id = active(founded, use)
    refused(founded, key_id, "no_successor")
    founded.clock.move(seconds=1)
    keys.rotate(founded.opened, ACTOR, use)
    refused(founded, key_id, "successor_not_public")
    founded.publish_trust()
    keyends.end(founded.opened, ACTOR, key_id, basis="轮换")
    refused(founded, key_id, "ended")
    refused(founded, b"stranger", "no_key")
    [entry] = [each for each in founded.trust().content.keys if each.key.key_id == key_id]
    assert entry.state is KeyState.ACTIVE  # until the root has signed
    founded.publish_trust()
    assert founded.trust().find_key(key_id).state is KeyState.ENDED  # type: ignore[union-attr]


def test_a_key_does_not_end_while_numbers_wait_for_its_signature(
    approved: DemoOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    approved.reserve_and_die(APPROVED, monkeypatch)
    before, new = rotated(approved, KeyUse.CREDENTIAL)
    assert keyends.plan_end(approved.opened, before).reserved == 24
    refused(approved, before, "rows_reserved")
    report = approved.issue(APPROVED)
    assert len(report.issued) == 24
    with approved.opened.register.read() as session:
        assert active_key(session, use="credential", authority=PROVINCE).key.key_id == new
    planned = keyends.plan_end(approved.opened, before)
    assert (planned.reserved, planned.certificates, planned.successor) == (0, 24, new)
    keyends.end(approved.opened, ACTOR, before, basis="轮换")


@pytest.mark.slow
def test_a_status_key_that_was_stolen_is_succeeded_and_all_is_signed_anew_at_once(issued: DemoOffice) -> None:
    stolen = active(issued, KeyUse.STATUS)
    issued.publish()
    issued.clock.move(hours=1)
    made = keyends.compromise(issued.opened, ACTOR, stolen, basis="密钥文件被复制")
    assert made is not None
    assert made.succeeds == stolen
    with pytest.raises(IssuerError) as caught:  # nobody could believe it yet
        issued.publish()
    assert caught.value.code == "key_not_public"
    issued.publish_trust()
    issued.publish()
    assert {signed_by(issued, each) for each in issued.certificates()} == {made.key_id}
    assert issued.outcomes() == {"valid": 24}
    with issued.worker() as worker:
        assert worker.run_pending().published is None  # once


@pytest.mark.slow
def test_a_theft_that_began_earlier_is_said_last_and_its_falls_are_counted(issued: DemoOffice) -> None:
    stolen, began = active(issued, KeyUse.CREDENTIAL), issued.clock() - timedelta(minutes=1)
    with pytest.raises(IssuerError) as caught:
        keyends.plan_since(issued.opened, stolen, began)
    assert caught.value.code == "end_first"
    issued.clock.move(hours=1)
    assert keyends.compromise(issued.opened, ACTOR, stolen, basis="密钥文件被复制") is not None
    issued.publish_trust()
    issued.publish()
    assert issued.outcomes() == {"valid": 24}
    fall = keyends.plan_since(issued.opened, stolen, began)
    assert (fall.count, fall.replaced, len(fall.numbers)) == (24, 0, 20)
    later = keyends.plan_since(issued.opened, stolen, issued.clock() - timedelta(minutes=30))
    assert later.count == 0
    for since, code in (
        (issued.clock() + timedelta(hours=1), "since_ahead"),
        (issued.clock(), "since_later"),
        (began - timedelta(days=9), "since_before"),
    ):
        with pytest.raises(IssuerError) as caught:
            keyends.plan_since(issued.opened, stolen, since)
        assert caught.value.code == code


@pytest.mark.slow
def test_an_earlier_theft_takes_a_root_set_of_two_and_the_number_that_falls(
    issued: DemoOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    stolen, began = active(issued, KeyUse.CREDENTIAL), issued.clock() - timedelta(minutes=1)
    issued.clock.move(hours=1)
    keyends.compromise(issued.opened, ACTOR, stolen, basis="备份被盗")
    issued.publish_trust()

    def say(falls: int) -> str:
        with pytest.raises(IssuerError) as caught:
            keyends.compromise_since(issued.opened, ACTOR, stolen, began, basis="备份被盗", falls=falls)
        return caught.value.code

    assert say(24) == "one_root_key"
    found = newest_root(issued.home.publication)
    two = SimpleNamespace(root=replace(found.root, threshold=2))
    with monkeypatch.context() as patch:
        patch.setattr(keyends, "newest_root", lambda _: two)  # its keys are elsewhere: tests/cli/test_rooting.py
        assert say(0) == "other_falls"
        assert keyends.compromise_since(issued.opened, ACTOR, stolen, began, basis="备份被盗", falls=24).count == 24
    issued.publish_trust()
    with issued.worker() as worker:
        worker.publish_changes(even_without=True)
    found_outcomes = {(v.outcome, v.reason) for v in map(issued.verdict, issued.certificates())}
    assert found_outcomes == {("not_authentic", "key_not_good")}
