"""The device that the page runs on: without cryptography, without scripts, small or large."""

from __future__ import annotations

from pathlib import Path

import pytest

from credential.face import Design, Members
from credential.history import EventKind
from tests.page.conftest import NAME, Stand, assert_private

pytestmark = pytest.mark.browser

NO_CRYPTOGRAPHY = """
Object.defineProperty(Crypto.prototype, 'subtle', { value: undefined });
Object.defineProperty(globalThis, 'isSecureContext', { value: false });
"""


def test_without_cryptography_the_page_says_what_to_do(stand: Stand) -> None:
    certificate = stand.world.issue()
    stand.publish()
    stand.script(NO_CRYPTOGRAPHY)
    stand.check(certificate)
    assert "https" in stand.text_of(".answer")
    assert not any("/p/" in request.url for request in stand.page.requests)


def seen(stand: Stand) -> str:
    """What a reader sees; to evaluate needs scripts, to look does not."""
    tree = stand.page._call("DOMSnapshot.captureSnapshot", computedStyles=[])
    return " ".join(tree["strings"][text] for text in tree["documents"][0]["layout"]["text"] if text >= 0)


def test_without_scripts_a_form_asks_the_service_after_saying_so(stand: Stand) -> None:
    stand.publish()
    stand.page._call("Emulation.setScriptExecutionDisabled", value=True)
    stand.open(f"{stand.origin}/v/")
    shown = seen(stand)
    for expected in ("JavaScript", "您填写的内容会发送给服务器", "What you type is sent to the server", "发送并查验"):
        assert expected in shown


BROKEN = "var = ;"


def test_where_the_script_is_not_understood_the_form_appears(stand: Stand) -> None:
    """As in a browser that is older than the page's syntax."""
    stand.publish()
    stand.site.instead[".js"] = BROKEN.encode()
    stand.open(f"{stand.origin}/v/")
    assert stand.page.errors
    stand.page.wait_for("getComputedStyle(document.querySelector('#plain')).visibility === 'visible'")
    assert "您填写的内容会发送给服务器" in stand.page.text()


def test_the_form_has_the_address_and_sends_nothing_by_itself(stand: Stand) -> None:
    certificate = stand.world.issue()
    stand.publish()
    stand.script(NO_CRYPTOGRAPHY)
    stand.check(certificate)
    held = stand.page.evaluate("document.querySelector('#plain [name=asked]').value")
    assert held == stand.address(certificate)
    assert stand.page.evaluate("getComputedStyle(document.querySelector('#plain')).visibility") == "visible"
    assert_private(stand, certificate)


def test_nothing_is_wider_than_a_small_telephone(stand: Stand) -> None:
    longest = "阿卜杜热合曼·买买提阿卜杜热合曼"
    certificate = stand.world.issue(name=longest, specialty="信息系统项目管理", number="SF2026-" + "1" * 17)
    stand.world.append(certificate, EventKind.WITHDRAWN, basis="x" * 200, document="y" * 100)
    design = Design(id="d" * 40, version=65535, digest=bytes(32))
    wide = Members(
        employer="w" * 100, photo=bytes(32), licence="1" * 100, design=design, printed=(("z" * 40, "z" * 200),)
    )
    stand.world.put_face(certificate, wide)
    stand.publish()
    stand.size(320, 640)
    stand.open(f"{stand.origin}/v/")
    for language in ("zh", "en"):
        stand.page.evaluate(f"localStorage.setItem('titlecert.language', '{language}')")
        stand.check(certificate)
        stand.page.evaluate("document.querySelectorAll('details').forEach((fold) => { fold.open = true; })")
        assert stand.page.evaluate("document.documentElement.scrollWidth") <= 320


def test_pictures_for_a_persons_eye(stand: Stand, tmp_path: Path) -> None:
    certificate = stand.world.issue(name=NAME)
    stand.publish()
    for width, height in ((360, 800), (1280, 900)):
        stand.size(width, height)
        stand.check(certificate)
        picture = tmp_path / f"{width}.png"
        stand.page.screenshot(picture)
        assert picture.stat().st_size > 10_000
