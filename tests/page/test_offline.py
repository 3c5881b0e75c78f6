"""The page after the first visit, without a network; and how that is switched off."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

from credential.history import EventKind, Reason
from tests.page.conftest import NAME, Stand
from tests.support.world import NOW

pytestmark = pytest.mark.browser

READY = "navigator.serviceWorker.getRegistration().then((found) => Boolean(found && found.active))"
KEPT = "caches.open('titlecert-1').then((cache) => cache.keys()).then((all) => all.map((each) => each.url).join(' '))"


def until(stand: Stand, promise: str) -> None:
    """Wait for a promise that gives true; the browser's own waiting takes no promises."""
    for _ in range(200):
        if stand.page.evaluate(promise):
            return
        time.sleep(0.05)
    pytest.fail(f"still not true: {promise}")


def visit(stand: Stand) -> None:
    """A first visit, until the browser has what the next one needs: the worker sees the second."""
    stand.site.offline = True
    certificate = stand.world.issue(name=NAME)
    stand.publish()
    stand.check(certificate)
    until(stand, READY)
    stand.check(certificate)
    until(stand, f"{KEPT}.then((urls) => urls.includes('/p/shards/') && urls.split(' ').includes('{stand.origin}/v/'))")
    stand.site.away = True
    stand.check(certificate)


def leave(stand: Stand) -> None:
    stand.page.evaluate("navigator.serviceWorker.getRegistration().then((found) => found && found.unregister())")
    stand.page.evaluate("caches.keys().then((names) => Promise.all(names.map((name) => caches.delete(name))))")


def test_the_next_visit_needs_no_network_and_says_how_old_its_data_are(stand: Stand) -> None:
    visit(stand)
    try:
        assert stand.outcome() == "valid/in_force"
        assert NAME in stand.text_of(".certificate")
        assert "（2小时前）" in stand.text_of(".status-card")
        kept = stand.page.evaluate(KEPT)
        assert all(url.startswith((f"{stand.origin}/v/", f"{stand.origin}/p/")) for url in kept.split())
        assert "#" not in kept
    finally:
        leave(stand)


def test_data_that_are_too_old_give_no_answer_but_what_the_code_says(stand: Stand) -> None:
    visit(stand)
    try:
        stand.clock(NOW + timedelta(days=3))
        stand.page._call("Page.reload")
        stand.page.wait_for("document.querySelector('#claimed')")
        assert stand.outcome() == "indeterminate/publication_expired"
        assert NAME in stand.text_of("#claimed")
        assert "签名没有核对" in stand.text_of("#claimed")
        assert "是" not in stand.text_of("[data-statement=genuine] strong")
    finally:
        leave(stand)


def test_what_changes_is_asked_of_the_network_first(stand: Stand) -> None:
    visit(stand)
    try:
        stand.site.away = False
        (certificate,) = stand.world.certificates
        stand.world.append(certificate, EventKind.SUSPENDED, reason=Reason.UNDER_REVIEW)
        stand.publish()
        stand.check(certificate)
        assert stand.outcome().startswith("suspended/")
    finally:
        leave(stand)


def test_one_file_switches_it_off(stand: Stand) -> None:
    visit(stand)
    try:
        stand.site.away = stand.site.offline = False
        stand.page.evaluate("navigator.serviceWorker.getRegistration().then((found) => found.update())")
        until(stand, "navigator.serviceWorker.getRegistration().then((found) => found === undefined)")
        assert stand.page.evaluate("caches.keys()") == []
    finally:
        leave(stand)
