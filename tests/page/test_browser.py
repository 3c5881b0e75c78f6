"""The page in Chromium: from the QR's address to the verdict, and every request that it makes on the way.

The clock inside the page stands at the tests' instant. All that a browser would tell a server is recorded by the
browser itself.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from credential import cbor
from credential.face import Design, Members
from credential.history import EventKind, Reason, Replaced
from tests.page.site import Site, serve
from tests.support.browser import Page, open_browser
from tests.support.keys import Key
from tests.support.world import NOW, ORIGIN, PROVINCE, Certificate, World

pytestmark = pytest.mark.browser

NAME = "司徒㛃䶮"
SET_CLOCK = """
{ const Real = Date; let now = %d;
  globalThis.Date = class extends Real {
    constructor(...parts) { if (parts.length) super(...parts); else super(now); }
    static now() { return now; }
  };
  globalThis.setClock = (instant) => { now = instant; };
}
"""
NO_CRYPTOGRAPHY = """
Object.defineProperty(Crypto.prototype, 'subtle', { value: undefined });
Object.defineProperty(globalThis, 'isSecureContext', { value: false });
"""


@dataclass(slots=True)
class Stand:
    """A browser before a site before a world."""

    page: Page
    site: Site
    world: World
    origin: str
    scripts: list[str] = field(default_factory=list)

    def publish(self) -> None:
        """Make what the world says visible."""
        self.world.publish()
        self.site.publication = dict(self.world.files)

    def address(self, certificate: Certificate) -> str:
        """What the QR code holds, on this site."""
        return f"{self.origin}/v/#{digits_of(certificate)}"

    def check(self, certificate: Certificate) -> None:
        """Open the QR's address and wait for the answer."""
        self.open(self.address(certificate))
        self.page.wait_for("document.querySelector('#answer')")

    def open(self, address: str) -> None:
        """Open an address as a new visit."""
        self.page.open("about:blank")
        self.page.requests.clear()
        self.page.errors.clear()
        self.page.open(address)

    def script(self, source: str) -> None:
        """Run a script before the page's own, until the test ends."""
        answer = self.page._call("Page.addScriptToEvaluateOnNewDocument", source=source)
        self.scripts.append(answer["identifier"])

    def clock(self, now: datetime) -> None:
        """Set the clock of this visitor's device."""
        self.script(SET_CLOCK % int(now.timestamp() * 1000))

    def size(self, width: int, height: int) -> None:
        """The size of the window; narrow ones are telephones."""
        self.page._call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )

    def type(self, text: str) -> None:
        """Type into the check code's field as a keyboard would."""
        self.page.evaluate("document.querySelector('#code').focus()")
        for character in text:
            self.page._call("Input.insertText", text=character)

    def press_enter(self) -> None:
        """Press the enter key."""
        key = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13, "text": "\r"}
        self.page._call("Input.dispatchKeyEvent", type="keyDown", **key)
        self.page._call("Input.dispatchKeyEvent", type="keyUp", **key)

    def outcome(self) -> str:
        """``outcome/reason`` as the page shows it."""
        return str(
            self.page.evaluate("(({dataset: d}) => `${d.outcome}/${d.reason}`)(document.querySelector('.answer'))")
        )

    def text_of(self, selector: str) -> str:
        """The text of the first element that matches."""
        return str(self.page.evaluate(f"document.querySelector({json.dumps(selector)})?.innerText ?? ''"))


def digits_of(certificate: Certificate) -> str:
    return certificate.qr_text.partition("#")[2]


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with open_browser(tmp_path_factory.mktemp("browser")) as page:
        yield page


@pytest.fixture
def stand(browser: Page) -> Iterator[Stand]:
    world = World()
    site = Site(publication={}, root=world.pinned_root)
    with serve(site) as origin:
        world.change_trust(hosts=(origin, ORIGIN))
        made = Stand(page=browser, site=site, world=world, origin=origin)
        made.clock(NOW + timedelta(hours=2))
        yield made
        for identifier in made.scripts:
            browser._call("Page.removeScriptToEvaluateOnNewDocument", identifier=identifier)
        browser._call("Emulation.clearDeviceMetricsOverride")
        browser._call("Emulation.setScriptExecutionDisabled", value=False)


def traces(certificate: Certificate) -> list[str]:
    """Every form in which a request could carry something about the certificate."""
    data, code = certificate.credential, certificate.check_code
    texts = [
        digits_of(certificate),
        digits_of(certificate)[:40],
        data.hex(),
        base64.b64encode(data).decode()[:40],
        base64.urlsafe_b64encode(data).decode()[:40],
        certificate.claims.cti.hex(),
        certificate.claims.number,
        certificate.claims.name,
        certificate.claims.id_last4,
        code,
        code[4:],
        certificate.grouped_code,
        certificate.grouped_code[5:],
    ]
    return [form for text in texts for form in (text.lower(), quote(text).lower())]


def assert_private(stand: Stand, certificate: Certificate) -> None:
    """No request left the origin or carried anything about the certificate, and nothing of it was kept."""
    assert stand.page.requests
    for request in stand.page.requests:
        # Chromium draws its own controls from data URLs, which are no requests.
        assert request.url.startswith((stand.origin + "/", "data:image/svg+xml;")), request.url
        assert (request.method, request.body) == ("GET", "")
        assert "referer: http" not in request.headers.lower()
        assert not [trace for trace in traces(certificate) if trace in request.text.lower()], request.text
    kept = str(
        stand.page.evaluate("JSON.stringify({...localStorage, ...sessionStorage}) + document.cookie + document.title")
    )
    assert not [trace for trace in traces(certificate) if trace in kept.lower()]


def assert_no_faults(stand: Stand) -> None:
    """Nothing red in the console, the policy included, but the root that does not exist yet."""
    unexpected = [error for error in stand.page.errors if "/p/trust/roots/" not in error]
    assert unexpected == []


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
    assert stand.page.evaluate("location.hash") == "#" + digits_of(certificate)
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


def test_an_unofficial_host_is_warned_of_above_the_answer(stand: Stand) -> None:
    certificate = stand.world.issue()
    stand.world.change_trust(hosts=(ORIGIN,))
    stand.publish()
    stand.check(certificate)
    assert stand.outcome() == "valid/in_force"
    assert stand.origin.removeprefix("http://") in stand.text_of(".warning")
    above = "document.querySelector('.warning').compareDocumentPosition(document.querySelector('.answer')) & 4"
    assert stand.page.evaluate(above)


def test_what_a_messenger_appended_is_left_out_and_told(stand: Stand) -> None:
    certificate = stand.world.issue(name=NAME)
    stand.publish()
    stand.open(f"{stand.origin}/v/?from=chat#{digits_of(certificate)}&scene=1")
    stand.page.wait_for("document.querySelector('#answer')")
    assert stand.outcome() == "valid/in_force"
    assert stand.text_of(".read").endswith("读取自 二维码；链接中“?”后的参数已略去；数字之后的内容已略去")


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
  const [{ VerdictView }, { Words }] = await Promise.all([import('/v/ui/view.js'), import('/v/ui/words.js')]);
  const words = await (await fetch('/v/words.json')).json();
  const verdict = { outcome: 'withdrawn', reason: 'withdrawn', at: null, status: {}, contact: %s,
    successor: null, key_compromised_on: null };
  const view = new VerdictView({ verdict, evidence: { clock: false }, words: new Words(words, {}, '%s'), actions: {} });
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


def test_without_cryptography_the_page_says_what_to_do(stand: Stand) -> None:
    certificate = stand.world.issue()
    stand.publish()
    stand.script(NO_CRYPTOGRAPHY)
    stand.check(certificate)
    assert "https" in stand.text_of(".answer")
    assert not any("/p/" in request.url for request in stand.page.requests)


def test_without_scripts_the_page_says_what_to_do(stand: Stand) -> None:
    stand.publish()
    stand.page._call("Emulation.setScriptExecutionDisabled", value=True)
    stand.open(f"{stand.origin}/v/")
    # Evaluating needs scripts; seeing does not.
    tree = stand.page._call("DOMSnapshot.captureSnapshot", computedStyles=[])
    shown = " ".join(tree["strings"][text] for text in tree["documents"][0]["layout"]["text"] if text >= 0)
    assert "JavaScript" in shown
    assert "titlecert verify" in shown


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
    for language in ("zh", "en"):
        stand.page.evaluate(f"localStorage.setItem('titlecert.language', '{language}')")
        stand.check(certificate)
        stand.page.evaluate("document.querySelectorAll('details').forEach((fold) => { fold.open = true; })")
        assert stand.page.evaluate("document.documentElement.scrollWidth") <= 320


def test_reloading_checks_again(stand: Stand) -> None:
    certificate = stand.world.issue()
    stand.publish()
    stand.check(certificate)
    stand.world.append(certificate, EventKind.SUSPENDED, reason=Reason.UNDER_REVIEW)
    stand.publish()
    stand.page._call("Page.reload")
    stand.page.wait_for("document.querySelector('[data-outcome=suspended]')")
    assert_private(stand, certificate)


def test_pictures_for_a_persons_eye(stand: Stand, tmp_path: Path) -> None:
    certificate = stand.world.issue(name=NAME)
    stand.publish()
    for width, height in ((360, 800), (1280, 900)):
        stand.size(width, height)
        stand.check(certificate)
        picture = tmp_path / f"{width}.png"
        stand.page.screenshot(picture)
        assert picture.stat().st_size > 10_000
