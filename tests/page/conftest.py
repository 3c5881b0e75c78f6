"""The page in Chromium: a browser before a site before a world, and what no request may carry.

The clock inside the page stands at the tests' instant. All that a browser would tell a server is recorded by the
browser itself.
"""

from __future__ import annotations

import base64
import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import quote

import pytest

from tests.page.site import Site, serve
from tests.support.browser import Page, open_browser
from tests.support.world import NOW, ORIGIN, Certificate, World

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

    def languages(self, *tags: str) -> None:
        """What the browser says that its user reads, the first first."""
        self.page.open("about:blank")
        agent = self.page.evaluate("navigator.userAgent")
        self.page._call("Emulation.setUserAgentOverride", userAgent=agent, acceptLanguage=",".join(tags))

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
    with standing(browser) as made:
        yield made


@contextlib.contextmanager
def standing(page: Page) -> Iterator[Stand]:
    """A stand with a world of its own; what it changed of the browser is undone."""
    world = World()
    site = Site(publication={}, root=world.pinned_root)
    with serve(site) as origin:
        world.change_trust(hosts=(origin, ORIGIN))
        made = Stand(page=page, site=site, world=world, origin=origin)
        made.clock(NOW + timedelta(hours=2))
        made.languages("zh-CN")
        yield made
        for identifier in made.scripts:
            page._call("Page.removeScriptToEvaluateOnNewDocument", identifier=identifier)
        page._call("Emulation.clearDeviceMetricsOverride")
        page._call("Emulation.setScriptExecutionDisabled", value=False)


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
        stand.page.evaluate("JSON.stringify({...localStorage}) + document.cookie + document.title + location.href")
    )
    assert not [trace for trace in traces(certificate) if trace in kept.lower()], "with the tab alone"


def assert_no_faults(stand: Stand) -> None:
    """Nothing red in the console, the policy included, but the root that does not exist yet."""
    unexpected = [error for error in stand.page.errors if "/p/trust/roots/" not in error]
    assert unexpected == []
