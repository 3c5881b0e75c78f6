"""The desk in Chromium: every state by the rules of axe-core, narrow, large, dark, by keyboard and in print."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.browser import Page, open_browser
from tests.support.desks import LI, StandIn
from tests.support.served import served
from tests.support.tools import NPM, ROOT, require_npm_packages

pytestmark = [pytest.mark.browser, pytest.mark.slow]

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
NARROW, PHONE, WIDE = (320, 640), (390, 844), (1280, 900)


@dataclass(slots=True)
class Screen:
    """A browser before a desk."""

    page: Page
    desk: StandIn
    origin: str

    def open(self, path: str) -> None:
        """Open a page of the desk."""
        self.page.open(self.origin + path)

    def size(self, size: tuple[int, int]) -> None:
        """The size of the window."""
        width, height = size
        self.page._call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )

    def language(self, accepted: str) -> None:
        """What the browser says it speaks."""
        self.page._call("Network.setExtraHTTPHeaders", headers={"Accept-Language": accepted})

    def media(self, **features: str) -> None:
        """What the person prefers: ``prefers_color_scheme="dark"``."""
        given = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
        self.page._call("Emulation.setEmulatedMedia", media="", features=given)

    def press(self, script: str) -> None:
        """Do what sends a form or follows a link, and wait for the page behind it."""
        self.page._events.clear()
        self.page.evaluate(script)
        self.page._wait_for_event("Page.loadEventFired")

    def sign_in(self) -> None:
        """Sign in as a person does."""
        self.open("/sign-in")
        self.fill("#id_number", LI.id_number)
        self.fill("#code", LI.code)
        self.press("document.querySelector('form[action=\"/sign-in\"] button').click()")

    def fill(self, selector: str, text: str) -> None:
        """Write into a field."""
        self.page.evaluate(f"document.querySelector({json.dumps(selector)}).value = {json.dumps(text)}")

    def certificate(self, number: str) -> str:
        """The path of a certificate's page."""
        found = self.page.evaluate(
            "[...document.querySelectorAll('article')].map((each) =>"
            " [each.innerText, each.querySelector('h2 a').getAttribute('href')])"
        )
        return str(next(path for text, path in found if number in text))


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with open_browser(tmp_path_factory.mktemp("browser")) as page:
        yield page


@pytest.fixture
def screen(browser: Page, tmp_path: Path) -> Iterator[Screen]:
    desk = StandIn(tmp_path, oidc=True)
    with served(desk.at) as origin:
        browser._call("Network.clearBrowserCookies")
        browser.requests.clear()
        browser.errors.clear()
        made = Screen(page=browser, desk=desk, origin=origin)
        made.size(PHONE)
        made.language("zh-CN")
        yield made
        made.media()
        made.page._call("Emulation.setScriptExecutionDisabled", value=False)
    desk.close()


@pytest.fixture(scope="module")
def axe() -> str:
    require_npm_packages()
    return (NPM / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")


def states(screen: Screen) -> Iterator[tuple[str, str | None]]:
    """Every state of the desk: a name, and the path to open, None for the page that is there."""
    yield "sign-in", "/sign-in"
    screen.press("document.querySelector('form[action=\"/sign-in\"] button').click()")
    yield "faults", None
    screen.fill("#id_number", LI.id_number)
    screen.fill("#code", "AAAA-AAAA-AAAA")
    screen.press("document.querySelector('form[action=\"/sign-in\"] button').click()")
    yield "not recognised", None
    screen.sign_in()
    yield "list", None
    pages = {name: screen.certificate(number) for name, number in NUMBERS.items()}
    for name, path in pages.items():
        for part in ("", "/history", "/content", "/show", "/download"):
            yield f"{name}{part}", f"{path}{part}"
    yield from ((path, path) for path in PATHS)
    screen.open(f"{pages['unmade']}/download")
    screen.press("document.querySelector('main form button').click()")
    yield "being made", None
    screen.open("/requests/new/correction")
    screen.press("document.querySelector('main form button').click()")
    yield "a request with a fault", None
    screen.fill("#text", "应为：李晓吉")
    screen.press("document.querySelector('main form button').click()")
    yield "a request", None
    yield "requests", "/requests"
    screen.press("document.querySelector('.out').click()")
    yield "signed out", None


NUMBERS = {"valid": "99000020262000001", "withdrawn": "99000020232000007", "unmade": "99000020262000009"}
PATHS = (
    "/notices", "/requests", "/requests/new/missing", "/requests/new/erasure", "/held", "/held/erasing", "/sign-ins",
    "/help", "/nothing",
)  # fmt: skip


def violations(screen: Screen, axe: str) -> list[str]:
    """What axe-core finds wrong with the page that is open."""
    screen.page.evaluate(f"{axe}; undefined")
    found = screen.page.evaluate(f"axe.run(document, {{runOnly: {json.dumps(RULES)}}}).then((done) => done.violations)")
    return [f"{each['id']}: {node['html'][:120]}" for each in found for node in each["nodes"]]


@pytest.mark.parametrize(
    ("language", "scheme"),
    [
        ("zh-CN", "light"),
        ("en", "dark"),
        pytest.param("zh-CN", "dark", marks=pytest.mark.soak),
        pytest.param("en", "light", marks=pytest.mark.soak),
    ],
)
def test_every_state_holds_to_wcag(screen: Screen, axe: str, language: str, scheme: str) -> None:
    screen.language(language)
    screen.media(prefers_color_scheme=scheme)
    found = {}
    for name, path in states_of(screen):
        if path is not None:
            screen.open(path)
        found[name] = violations(screen, axe)
    assert {name: faults for name, faults in found.items() if faults} == {}
    assert len(found) > 25


def states_of(screen: Screen) -> Iterator[tuple[str, str | None]]:
    screen.open("/sign-in")
    yield from states(screen)


def test_axe_sees_a_fault_where_there_is_one(screen: Screen, axe: str) -> None:
    screen.open("/sign-in")
    screen.page.evaluate("document.querySelector('label').remove()")
    assert [each for each in violations(screen, axe) if each.startswith("select-name")]


@pytest.mark.parametrize(
    ("language", "large"),
    [
        ("zh-CN", True),
        ("en", False),
        pytest.param("zh-CN", False, marks=pytest.mark.soak),
        pytest.param("en", True, marks=pytest.mark.soak),
    ],
)
def test_nothing_is_wider_than_a_small_telephone(screen: Screen, language: str, large: bool) -> None:
    screen.language(language)
    screen.size(NARROW)
    if large:
        screen.page._call("Network.setCookie", name="text", value="large", url=screen.origin)
    for name, path in states_of(screen):
        if path is not None:
            screen.open(path)
        wide = screen.page.evaluate("document.documentElement.scrollWidth")
        assert (name, wide) == (name, NARROW[0])


def test_everything_works_without_scripts(screen: Screen) -> None:
    """No page has a script, so that switching them off changes nothing; forms and links are the browser's own."""
    for name, path in states_of(screen):
        if path is not None:
            screen.open(path)
        assert (name, screen.page.evaluate("document.scripts.length")) == (name, 0)
        assert not screen.page.evaluate("[...document.querySelectorAll('*')].some((e) => e.getAttributeNames()"
                                        ".some((n) => n.startsWith('on') || n === 'style'))")  # fmt: skip
    assert not [each for each in screen.page.errors if "Content Security" in each or "Refused" in each]


def test_nothing_is_asked_of_another_host(screen: Screen) -> None:
    for _, path in states_of(screen):
        if path is not None:
            screen.open(path)
    foreign = [each.url for each in screen.page.requests if not each.url.startswith((screen.origin, "data:"))]
    assert foreign == []
    told = [LI.id_number, LI.code, "99000020262000001"]
    assert not [each.url for each in screen.page.requests if any(text in each.url for text in told)]


def test_a_person_signs_in_and_out_with_the_keyboard_alone(screen: Screen) -> None:
    screen.open("/sign-in")
    screen.page.evaluate("document.querySelector('#id_number').focus()")
    screen.page._call("Input.insertText", text=LI.id_number)
    tab(screen)
    screen.page._call("Input.insertText", text=LI.code)
    screen.page._events.clear()
    key(screen, "Enter", 13, "\r")
    screen.page._wait_for_event("Page.loadEventFired")
    assert screen.page.evaluate("location.pathname") == "/certificates"
    reached = []
    for _ in range(12):
        tab(screen)
        reached.append(screen.page.evaluate("document.activeElement.innerText.trim()"))
        outline = screen.page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none", reached
    assert reached[0] == "跳到正文"
    assert {"通知", "我的信息", "退出"} <= set(reached)


def tab(screen: Screen) -> None:
    key(screen, "Tab", 9, "")


def key(screen: Screen, name: str, code: int, text: str) -> None:
    given = {"key": name, "code": name, "windowsVirtualKeyCode": code} | ({"text": text} if text else {})
    screen.page._call("Input.dispatchKeyEvent", type="keyDown", **given)
    screen.page._call("Input.dispatchKeyEvent", type="keyUp", **given)


def test_colours_that_a_person_forces_leave_every_state_readable(screen: Screen) -> None:
    screen.sign_in()
    screen.media(forced_colors="active")
    screen.open("/certificates")
    marks = screen.page.evaluate(
        "[...document.querySelectorAll('.state-mark')].map((e) => getComputedStyle(e).borderStyle)"
    )
    assert marks == ["solid"] * 3
    words = screen.page.evaluate("[...document.querySelectorAll('.state')].map((e) => e.innerText.trim())")
    assert sorted(words) == ["已撤销", "有效", "有效"]


def test_in_print_there_is_the_certificate_and_no_menu(screen: Screen) -> None:
    screen.sign_in()
    screen.page._call("Emulation.setEmulatedMedia", media="print", features=[])
    hidden = screen.page.evaluate(
        "['.menu', '.switches', '.foot', '.tools'].map((s) => getComputedStyle(document.querySelector(s)).display)"
    )
    assert set(hidden) == {"none"}
    assert screen.page.evaluate("getComputedStyle(document.querySelector('.facts')).display") != "none"


def test_a_page_is_pictured_for_a_persons_eye(screen: Screen, tmp_path: Path) -> None:
    screen.sign_in()
    for size in (PHONE, WIDE):
        screen.size(size)
        picture = tmp_path / f"{size[0]}.png"
        screen.page.screenshot(picture)
        assert picture.stat().st_size > 10_000


def test_the_look_is_the_pages_own() -> None:
    """Both style sheets have the same names of colours, so that the two sites look alike."""
    ours = (ROOT / "issuer/desk/static/desk.css").read_text("utf-8")
    theirs = (ROOT / "verifier/static/style.css").read_text("utf-8")
    for line in theirs.partition(":root {")[2].partition("}")[0].splitlines():
        if line.strip().startswith(("--yes", "--no", "--hold", "--idle", "--ink", "--soft", "--text", "--display")):
            assert line in ours
