"""Links as messengers and forgers make them, changed digits and mistaken numbers, as the page tells them."""

from __future__ import annotations

import pytest

from tests.page.conftest import NAME, Stand, assert_private, digits_of

pytestmark = pytest.mark.browser


def ask(stand: Stand, text: str) -> None:
    """Paste a text into the form of the page and send it."""
    stand.open(f"{stand.origin}/v/")
    stand.page.wait_for("document.querySelector('#code')")
    stand.page.evaluate("document.querySelector('#code').focus()")
    stand.page._call("Input.insertText", text=text)
    stand.press_enter()
    stand.page.wait_for("document.querySelector('#answer')")


@pytest.mark.parametrize(
    ("form", "note"),
    [
        ("{origin}/v/?from=groupmessage#{digits}#wechat_redirect", "参数已略去"),
        ("{origin}/v/%23{digits}", "百分号编码"),
        ("{digits}", "只有数字"),
    ],
)
def test_a_link_as_messengers_leave_it_is_found_and_told(stand: Stand, form: str, note: str) -> None:
    certificate = stand.world.issue(name=NAME)
    stand.publish()
    ask(stand, form.format(origin=stand.origin, digits=digits_of(certificate)))
    assert stand.outcome() == "valid/in_force"
    assert note in stand.text_of(".read")
    assert_private(stand, certificate)


def test_another_address_is_told_with_the_official_one_above_the_answer(stand: Stand) -> None:
    certificate = stand.world.issue(name=NAME)
    stand.publish()
    ask(stand, f"https://z\u0441.example/v/#{digits_of(certificate)}")
    assert stand.outcome() == "valid/in_force"
    shown = stand.text_of(".warning")
    assert "z\u0441.example" in shown
    assert stand.origin.removeprefix("http://") in shown
    above = "document.querySelector('.warning').compareDocumentPosition(document.querySelector('.answer')) & 4"
    assert stand.page.evaluate(above)


def test_changed_digits_are_called_what_they_are_in_both_languages(stand: Stand) -> None:
    certificate = stand.world.issue(name=NAME)
    stand.publish()
    stand.open(stand.address(certificate)[:-2])
    stand.page.wait_for("document.querySelector('#answer')")
    assert stand.outcome().startswith("malformed/")
    assert stand.text_of("#answer") == "不是真实证书"
    assert "二维码的内容被改动过" in stand.text_of(".answer")
    assert "否" in stand.text_of("[data-statement=genuine] strong")
    assert "请勿以此证书为依据" in stand.text_of(".next")
    stand.page.evaluate("document.querySelector('#language').click()")
    assert stand.text_of("#answer") == "Not authentic"
    assert "was changed" in stand.text_of(".answer")


def test_the_number_of_a_certificate_is_no_check_code(stand: Stand) -> None:
    certificate = stand.world.issue(name=NAME)
    stand.publish()
    stand.open(f"{stand.origin}/v/")
    stand.page.wait_for("document.querySelector('#code')")
    stand.type(certificate.claims.number)
    stand.press_enter()
    assert "这像是证书编号" in stand.text_of("#code-fault")
    assert not any("/p/" in request.url for request in stand.page.requests)
