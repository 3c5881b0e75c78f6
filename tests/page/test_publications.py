"""The publication that the page finds: none, an expired one, an older one than before, or another deployment's."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.page.conftest import Stand
from tests.support.keys import Key
from tests.support.world import NOW, World

pytestmark = pytest.mark.browser


def test_an_unreachable_publication_is_told_apart_and_can_be_tried_again(stand: Stand) -> None:
    certificate = stand.world.issue()
    stand.publish()
    stand.site.broken.add("/p/snapshot.jwt")
    stand.check(certificate)
    assert stand.outcome() == "indeterminate/publication_unreachable"
    stand.site.broken.clear()
    stand.page.evaluate("document.querySelector('#retry').click()")
    stand.page.wait_for("document.querySelector('[data-outcome=valid]')")


def test_an_expired_publication_is_neither_valid_nor_withdrawn(stand: Stand) -> None:
    certificate = stand.world.issue()
    stand.publish()
    stand.clock(NOW + timedelta(hours=25))
    stand.check(certificate)
    assert stand.outcome() == "indeterminate/publication_expired"


def test_a_clock_that_is_wrong_is_named(stand: Stand) -> None:
    certificate = stand.world.issue()
    stand.publish()
    stand.clock(NOW - timedelta(days=2))
    stand.check(certificate)
    assert stand.outcome() == "indeterminate/publication_untrusted"
    assert "校准本机的日期和时间" in stand.text_of(".next")


def test_an_older_publication_than_the_one_seen_is_refused(stand: Stand) -> None:
    certificate = stand.world.issue()
    stand.publish()
    older = stand.site.publication
    stand.publish()
    stand.check(certificate)
    assert stand.outcome() == "valid/in_force"
    stand.site.publication = older
    stand.check(certificate)
    assert stand.outcome() == "indeterminate/rollback"


def test_another_deployment_at_the_same_address_is_no_rollback(stand: Stand) -> None:
    certificate = stand.world.issue()
    stand.publish()
    stand.publish()
    stand.check(certificate)
    assert stand.outcome() == "valid/in_force"
    stand.world = World(root_signers=[Key("another root")])
    stand.site.root = stand.world.pinned_root
    again = stand.world.issue()
    stand.publish()
    stand.check(again)
    assert stand.outcome() == "valid/in_force"
