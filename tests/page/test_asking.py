"""How a reader asks: by the address of the QR or a typed check code, for today or a past day; and what is fetched."""

from __future__ import annotations

from datetime import date

import pytest

from credential.history import EventKind, Reason
from tests.page.conftest import NAME, Stand, assert_no_faults, assert_private, digits_of

pytestmark = pytest.mark.browser


def test_from_the_address_of_the_qr_to_the_verdict(stand: Stand) -> None:
    certificate = stand.world.issue(name=NAME)
    stand.publish()
    stand.check(certificate)
    assert stand.outcome() == "valid/in_force"
    assert "有效" in stand.text_of("#answer")
    assert NAME in stand.text_of(".certificate")
    assert "002X" in stand.text_of(".certificate")
    assert "高级工程师" in stand.text_of(".certificate")
    assert "示范省工程系列高级职称评审委员会" in stand.text_of(".certificate")
    assert stand.page.evaluate("location.href") == f"{stand.origin}/v/", "no credential stays in the address"
    assert stand.page.evaluate("document.title") == "有效 · 职称证书查验"
    assert_private(stand, certificate)
    assert_no_faults(stand)


def test_a_recorded_session_asks_for_public_files_only(stand: Stand) -> None:
    certificate = stand.world.issue(name=NAME)
    stand.publish()
    stand.check(certificate)
    asked = [request.url.removeprefix(stand.origin) for request in stand.page.requests]
    data = [path for path in asked if path.startswith("/p/")]
    assert {path.rsplit("/", 1)[0] for path in data} == {
        "/p",
        "/p/trust/roots",
        "/p/trust/list",
        "/p/trust/filings",
        "/p/catalogue",
        "/p/shards",
        "/p/status/at",
    }
    assert len(data) == 8, "snapshot, next root, trust list, filings, catalogue, manifest, shard, status list"
    other = [path for path in asked if path not in data]
    assert all(path.startswith("/v/") for path in other)


def test_a_changed_digit_is_no_certificate(stand: Stand) -> None:
    certificate = stand.world.issue()
    stand.publish()
    stand.open(stand.address(certificate)[:-1])
    stand.page.wait_for("document.querySelector('#answer')")
    assert stand.outcome().startswith("malformed/")
    assert not any("/p/" in request.url for request in stand.page.requests), "nothing is fetched for what has no form"


@pytest.mark.parametrize("typed", ["as printed", "small, without hyphens", "full width with blanks"])
def test_a_typed_check_code_leads_to_the_verdict(stand: Stand, typed: str) -> None:
    certificate = stand.world.issue(name=NAME)
    stand.publish()
    code = {
        "as printed": certificate.grouped_code,
        "small, without hyphens": certificate.check_code.lower(),
        "full width with blanks": " ".join(chr(ord(c) + 0xFEE0) for c in certificate.check_code),
    }[typed]
    stand.open(f"{stand.origin}/v/")
    stand.page.wait_for("document.querySelector('#code')")
    stand.type(code)
    assert stand.page.evaluate("document.querySelector('#code').value") == certificate.grouped_code
    stand.press_enter()
    stand.page.wait_for("document.querySelector('#answer')")
    assert stand.outcome() == "valid/in_force"
    assert NAME in stand.text_of(".certificate")
    assert_private(stand, certificate)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda code: "O" + code[1:], "“O”"),
        (lambda code: "1" + code[1:], "“1”"),
        (lambda code: code[:-1], "19 个"),
        (lambda code: code[:-1] + ("3" if code[-1] == "2" else "2"), "有一个字符不对"),
    ],
)
def test_a_wrong_check_code_is_told_before_anything_is_fetched(stand: Stand, change: object, expected: str) -> None:
    certificate = stand.world.issue()
    stand.publish()
    stand.open(f"{stand.origin}/v/")
    stand.page.wait_for("document.querySelector('#code')")
    assert callable(change)
    stand.type(change(certificate.check_code))
    stand.press_enter()
    assert expected in stand.text_of("#code-fault")
    assert stand.page.evaluate("document.activeElement.id") == "code"
    assert stand.page.evaluate("document.querySelector('#code').getAttribute('aria-invalid')") == "true"
    assert not any("/p/" in request.url for request in stand.page.requests)


def test_a_code_that_nobody_was_given_is_not_called_a_forgery(stand: Stand) -> None:
    certificate = stand.world.issue()
    certificate.coded = False
    stand.publish()
    stand.open(f"{stand.origin}/v/")
    stand.page.wait_for("document.querySelector('#code')")
    stand.type(certificate.check_code)
    stand.press_enter()
    stand.page.wait_for("document.querySelector('#answer')")
    assert stand.outcome() == "indeterminate/unknown_code"
    assert "无法确定" in stand.text_of("[data-statement=genuine]")


def test_what_a_messenger_appended_is_left_out_and_told(stand: Stand) -> None:
    certificate = stand.world.issue(name=NAME)
    stand.publish()
    stand.open(f"{stand.origin}/v/?from=chat#{digits_of(certificate)}&scene=1")
    stand.page.wait_for("document.querySelector('#answer')")
    assert stand.outcome() == "valid/in_force"
    assert stand.text_of(".read").endswith("读取自 二维码；链接中“?”后的参数已略去；数字之后的内容已略去")


def test_a_past_day_is_answered_as_one(stand: Stand) -> None:
    certificate = stand.world.issue()
    stand.world.append(certificate, EventKind.WITHDRAWN, reason=Reason.FRAUD, effective=date(2026, 11, 1))
    stand.publish()
    stand.check(certificate)
    stand.page.evaluate("document.querySelector('#at').value = '2026-10-31'")
    stand.page.evaluate("document.querySelector('.at-form').requestSubmit()")
    stand.page.wait_for("document.querySelector('[data-outcome=valid]')")
    assert "2026年10月31日" in stand.text_of(".answer")
    assert "不是今天的状态" in stand.text_of(".answer")
    assert_private(stand, certificate)


@pytest.mark.parametrize(
    ("asked", "reason", "words"),
    [("2026-07-14", "awarded_not_issued", "已取得"), ("2026-06-29", "award_not_made", "还没有这项职称")],
)
def test_a_day_before_the_issue_is_not_issued_yet(stand: Stand, asked: str, reason: str, words: str) -> None:
    """A definite answer, with the award date told apart: genuine, not in force, no doubt."""
    certificate = stand.world.issue()
    stand.publish()
    stand.check(certificate)
    stand.page.evaluate(f"document.querySelector('#at').value = '{asked}'")
    stand.page.evaluate("document.querySelector('.at-form').requestSubmit()")
    stand.page.wait_for("document.querySelector('[data-outcome=not_yet_issued]')")
    assert stand.outcome() == f"not_yet_issued/{reason}"
    assert "尚未签发" in stand.text_of(".answer")
    assert words in stand.text_of("main")
    assert_private(stand, certificate)
    assert_no_faults(stand)


def test_another_fragment_is_another_check(stand: Stand) -> None:
    first, second = stand.world.issue(), stand.world.issue(name=NAME)
    stand.publish()
    stand.check(first)
    stand.page.evaluate(f"location.hash = '{digits_of(second)}'")
    stand.page.wait_for(f"document.querySelector('.certificate')?.innerText.includes('{NAME}')")


def test_reloading_checks_again(stand: Stand) -> None:
    certificate = stand.world.issue()
    stand.publish()
    stand.check(certificate)
    stand.world.append(certificate, EventKind.SUSPENDED, reason=Reason.UNDER_REVIEW)
    stand.publish()
    stand.page._call("Page.reload")
    stand.page.wait_for("document.querySelector('[data-outcome=suspended]')")
    assert_private(stand, certificate)


def test_back_and_forward_lead_through_what_was_checked(stand: Stand) -> None:
    first, second = stand.world.issue(), stand.world.issue(name=NAME)
    stand.publish()
    stand.check(first)
    shown = f"document.querySelector('.certificate')?.innerText.includes('{NAME}')"
    stand.type(second.grouped_code)
    stand.press_enter()
    stand.page.wait_for(shown)
    stand.page.evaluate("history.back()")
    stand.page.wait_for(f"document.querySelector('.certificate') && !{shown}")
    stand.page.evaluate("history.forward()")
    stand.page.wait_for(shown)
    assert stand.page.evaluate("location.hash") == ""
    assert_private(stand, second)


def test_a_browser_that_keeps_nothing_still_checks_and_goes_back(stand: Stand) -> None:
    first, second = stand.world.issue(), stand.world.issue(name=NAME)
    stand.publish()
    stand.script("Object.defineProperty(window, 'sessionStorage', { get() { throw new Error('no'); } });")
    stand.check(first)
    assert stand.page.evaluate("location.hash") == ""
    stand.type(second.grouped_code)
    stand.press_enter()
    shown = f"document.querySelector('.certificate')?.innerText.includes('{NAME}')"
    stand.page.wait_for(shown)
    stand.page.evaluate("history.back()")
    stand.page.wait_for(f"document.querySelector('.certificate') && !{shown}")


def test_the_tab_keeps_the_last_twenty(stand: Stand) -> None:
    stand.publish()
    stand.check(stand.world.issue())
    kept = stand.page.evaluate(
        "(() => { const visits = new titlecert.Visits(); for (let n = 0; n < 25; n += 1)"
        " visits.enter({ checkCode: String(n) }, null, { anew: true });"
        " return Object.keys(sessionStorage).length; })()"
    )
    assert kept == 20


@pytest.mark.parametrize(
    ("languages", "expected"),
    [(["en-GB", "zh"], "en"), (["zh-Hans-CN"], "zh-CN"), (["ug", "en"], "en"), (["ko"], "zh-CN")],
)
def test_the_page_opens_in_the_browsers_language(stand: Stand, languages: list[str], expected: str) -> None:
    stand.languages(*languages)
    stand.open(f"{stand.origin}/v/")
    stand.page.wait_for("document.querySelector('#code')")
    assert stand.page.evaluate("document.documentElement.lang") == expected


def test_the_other_language_takes_nothing_away(stand: Stand) -> None:
    certificate = stand.world.issue()
    stand.publish()
    stand.check(certificate)
    stand.page.evaluate(
        "document.querySelector('#details').open = true; document.querySelector('#at-fold').open = true"
    )
    stand.page.evaluate(
        "document.querySelector('#code').value = 'KM7P-2QRS'; document.querySelector('#at').value = '2026-01-02'"
    )
    stand.page.evaluate("document.querySelector('#language').click()")
    assert stand.page.evaluate("document.documentElement.lang") == "en"
    assert stand.page.evaluate("[code.value, at.value].join(' ')") == "KM7P-2QRS 2026-01-02"
    assert stand.page.evaluate("[...document.querySelectorAll('details[open]')].map((each) => each.id).join(' ')") in {
        "at-fold details",
        "details at-fold",
    }
    assert stand.page.evaluate("document.title") == "Valid · Title certificate check"
