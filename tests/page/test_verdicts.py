"""What the page shows of a verdict, in either language."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any

import pytest

from credential import cbor
from credential.history import EventKind, Reason, Replaced
from tests.page.conftest import NAME, Stand, assert_private
from tests.support.keys import Key
from tests.support.world import ORIGIN, PROVINCE

pytestmark = pytest.mark.browser


def test_the_english_page_says_the_same_and_is_remembered(stand: Stand) -> None:
    certificate = stand.world.issue()
    stand.publish()
    stand.check(certificate)
    stand.page.evaluate("document.querySelector('#language').click()")
    assert "Valid" in stand.text_of("#answer")
    assert "Is the certificate genuine?" in stand.page.text()
    assert "有效" not in stand.text_of(".answer")
    stand.check(certificate)
    assert stand.page.evaluate("document.documentElement.lang") == "en"
    assert "Valid" in stand.text_of("#answer")


def test_the_answer_takes_the_focus_and_is_announced(stand: Stand) -> None:
    certificate = stand.world.issue()
    stand.publish()
    stand.check(certificate)
    assert stand.page.evaluate("document.activeElement.id") == "answer"
    assert stand.page.evaluate("document.querySelector('#announce').getAttribute('role')") == "status"
    assert "这份证书确由发证机关签发，目前有效" in str(
        stand.page.evaluate("document.querySelector('#announce').textContent")
    )
    assert stand.page.evaluate("document.querySelectorAll('h1').length") == 1
    assert stand.page.evaluate("[...document.querySelectorAll('svg')].every((svg) => svg.getAttribute('aria-hidden'))")


def test_a_withdrawn_certificate_is_genuine_and_not_in_force(stand: Stand) -> None:
    certificate = stand.world.issue()
    stand.world.append(certificate, EventKind.WITHDRAWN, reason=Reason.FRAUD)
    stand.publish()
    stand.check(certificate)
    assert stand.outcome() == "withdrawn/withdrawn"
    assert "已撤销" in stand.text_of("#answer")
    assert "是" in stand.text_of("[data-statement=genuine] strong")
    assert "否" in stand.text_of("[data-statement=in-force] strong")
    status = stand.text_of("[data-state=withdrawn]")
    for expected in ("2026年11月21日", "申报材料弄虚作假", "示人社撤〔2026〕3号", "2小时前"):
        assert expected in status


def test_a_withdrawal_that_was_set_aside_leads_to_the_new_certificate(stand: Stand) -> None:
    certificate = stand.world.issue(replaces=Replaced(number="SF2023-00007", counted_from=date(2026, 7, 1)))
    stand.world.append(certificate, EventKind.WITHDRAWN, reason=Reason.FRAUD)
    stand.world.append(certificate, EventKind.SET_ASIDE, reason=Reason.DECISION, detail="SF2026-90001")
    stand.publish()
    stand.check(certificate)
    assert "SF2026-90001" in stand.text_of(".status-card [data-anew]")
    assert "SF2023-00007" in stand.text_of(".certificate [data-fact=replaces]")


def test_a_replaced_certificate_names_its_successor(stand: Stand) -> None:
    certificate = stand.world.issue()
    stand.world.append(certificate, EventKind.SUPERSEDED, reason=Reason.REISSUED, detail="SF2026-90001")
    stand.publish()
    stand.check(certificate)
    assert "已更正换发" in stand.text_of("#answer")
    assert "SF2026-90001" in stand.text_of("[data-fact=successor]")


def test_a_face_is_shown_as_of_the_award_date(stand: Stand) -> None:
    certificate, plain = stand.world.issue(), stand.world.issue()
    digest = sha256(certificate.credential).digest()
    members = {1: 2, 2: "示范省建筑设计研究院有限公司", 3: digest, 7: [["批准文号", "示人社〔2026〕55号"]], 8: "later"}
    payload = cbor.encode([1, certificate.claims.cti, digest, members])
    stand.world.put_face_payload(certificate, payload)
    stand.publish()
    stand.check(certificate)
    shown = stand.text_of("#face")
    for expected in (
        "以评定时为准",
        "女",
        "示范省建筑设计研究院有限公司",
        "批准文号",
        "示人社〔2026〕55号",
    ):
        assert expected in shown
    assert digest.hex() in stand.page.evaluate("document.querySelector('#details').textContent")
    assert "只有查验带签章的 PDF 文件时才会比对照片" in shown
    assert "另有 1 项本程序不认识的内容" in shown
    assert stand.text_of("[data-unchecked='photo other']")
    assert_private(stand, certificate)
    stand.check(plain)
    assert stand.text_of("#face") == ""
    assert "工作单位" in stand.text_of("[data-unchecked]")


def test_the_facts_of_a_forgery_are_not_shown_as_proven(stand: Stand) -> None:
    certificate = stand.world.issue(name=NAME)
    certificate.registered = False
    stand.world.put_face(certificate)
    stand.publish()
    stand.check(certificate)
    assert stand.text_of("#face") == ""
    assert stand.outcome() == "not_authentic/unregistered"
    assert "否" in stand.text_of("[data-statement=genuine] strong")
    assert "没有得到证实" in stand.text_of(".certificate h2")
    assert_private(stand, certificate)


def test_an_unofficial_host_is_warned_of_above_the_answer(stand: Stand) -> None:
    certificate = stand.world.issue()
    stand.world.change_trust(hosts=(ORIGIN,))
    stand.publish()
    stand.check(certificate)
    assert stand.outcome() == "valid/in_force"
    assert stand.origin.removeprefix("http://") in stand.text_of(".warning")
    above = "document.querySelector('.warning').compareDocumentPosition(document.querySelector('.answer')) & 4"
    assert stand.page.evaluate(above)


def test_what_was_not_checked_is_named(stand: Stand) -> None:
    certificate = stand.world.issue()
    stand.publish()
    stand.check(certificate)
    shown = stand.text_of(".certificate [data-unchecked]")
    assert "没有核对：性别、工作单位、照片、出生年月、证书版式、电子证照标识、其他打印内容。" in shown
    stand.page.evaluate("document.querySelector('#details').open = true")
    assert f"{stand.origin.removeprefix('http://')}（官方网址）" in stand.text_of("#details [data-fact=host]")


@pytest.mark.parametrize("replaced", [True, False])
def test_a_stolen_key_is_told_with_its_day_and_what_to_ask_for(stand: Stand, replaced: bool) -> None:
    key = Key("compromised")
    since = datetime(2026, 7, 1, tzinfo=UTC)
    stand.world.add_key(key, "credential", PROVINCE, state="compromised", compromised_since=since)
    certificate = stand.world.issue(signer=key, issued_at=since)
    if replaced:
        stand.world.append(certificate, EventKind.SUPERSEDED, detail="SF2026-90001")
    stand.publish()
    stand.check(certificate)
    assert stand.outcome() == "not_authentic/key_not_good"
    assert "自2026年7月1日起被公布为失密" in stand.text_of(".answer")
    assert "签发并登记的" not in stand.text_of(".answer"), "it is registered"
    assert ("SF2026-90001" in stand.text_of(".next")) is replaced
    assert ("SF2026-90001" in stand.text_of(".answer")) is replaced


SHOW_CONTACT = """
(async () => {
  const { VerdictView, Words } = titlecert;
  const verdict = { outcome: 'withdrawn', reason: 'withdrawn', at: null, status: {}, contact: %s,
    successor: null, key_compromised_on: null };
  const view = new VerdictView({ verdict, evidence: { clock: false }, words: new Words({}, {}, '%s'), actions: {} });
  document.querySelector('#result').replaceChildren(view.next());
  document.querySelector('#result').hidden = false;
})()
"""
CONTACT: dict[str, Any] = {
    "authority": "demo-hrss",
    "authority_name": "示范省人力资源和社会保障厅",
    "authority_name_en": "Shifan Human Resources",
    "zh": {"address": "示范市人民路1号", "hours": "", "telephone": "0000-1234567", "web": "https://hrss.example/"},
    "en": {"address": "", "hours": "", "telephone": "+86 0000 1234567", "web": ""},
}


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        ("zh", ["示范省人力资源和社会保障厅", "0000-1234567", "https://hrss.example/", "示范市人民路1号"]),
        ("en", ["Shifan Human Resources", "+86 0000 1234567", "https://hrss.example/", "示范市人民路1号"]),
    ],
)
def test_whom_to_ask_is_told_in_either_language(stand: Stand, language: str, shown: list[str]) -> None:
    stand.publish()
    stand.open(f"{stand.origin}/v/")
    stand.page.wait_for("document.querySelector('#code')")
    stand.page.evaluate(SHOW_CONTACT % (json.dumps(CONTACT), language))
    told = stand.text_of(".next")
    assert [each for each in shown if each not in told] == []
    assert stand.page.evaluate("document.querySelector('[data-fact=hours]')") is None
    assert stand.page.evaluate("document.querySelector('.next a').href") == "https://hrss.example/"


@pytest.mark.parametrize(
    "web", ["javascript:alert(1)", "ftp://hrss.example/", " https://hrss.example/", "hrss.example"]
)
def test_only_an_address_of_the_web_is_a_link(stand: Stand, web: str) -> None:
    stand.publish()
    stand.open(f"{stand.origin}/v/")
    stand.page.wait_for("document.querySelector('#code')")
    contact = {**CONTACT, "zh": {**CONTACT["zh"], "web": web}}
    stand.page.evaluate(SHOW_CONTACT % (json.dumps(contact), "zh"))
    assert web.strip() in stand.text_of(".next")
    assert stand.page.evaluate("document.querySelector('.next a')") is None


def test_a_demonstration_says_so_always(stand: Stand) -> None:
    certificate = stand.world.issue()
    stand.publish()
    stand.open(f"{stand.origin}/v/")
    stand.page.wait_for("document.querySelector('.demonstration')")
    assert "演示" in stand.text_of(".demonstration")
    stand.check(certificate)
    assert "演示" in stand.text_of(".demonstration")
