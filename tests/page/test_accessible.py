"""Every state of the page by the rules of axe-core: light and dark, narrow, by keyboard, in forced colours."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Final

import pytest

from credential.history import EventKind, Reason
from tests.page.conftest import NAME, Stand
from tests.page.test_ways import document, hand_over
from tests.support.tools import NPM, require_npm_packages

pytestmark = [pytest.mark.browser, pytest.mark.slow]

RULES: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
"""All that axe-core has, `region` among them."""
CONTRAST: Final = """
(() => {
  const channel = (value) => (value /= 255) <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  const light = (colour) => {
    const [red, green, blue] = colour.match(/[0-9.]+/g).map(Number);
    return 0.2126 * channel(red) + 0.7152 * channel(green) + 0.0722 * channel(blue);
  };
  const ground = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const colour = getComputedStyle(each).backgroundColor;
      if (!/, 0\\)|transparent/.test(colour)) return colour;
    }
    return 'rgb(255, 255, 255)';
  };
  const ratio = (one, other) => {
    const [dark, bright] = [light(one), light(other)].sort((first, second) => first - second);
    return (bright + 0.05) / (dark + 0.05);
  };
  const input = document.querySelector('#code');
  const edged = [...document.querySelectorAll('.button, input[type=text]')];
  const edge = (each) => ratio(getComputedStyle(each).borderTopColor, ground(each.parentElement));
  const buttons = [...document.querySelectorAll('.button:not(.quiet)')];
  return {
    placeholder: ratio(getComputedStyle(input, '::placeholder').color, ground(input)),
    buttons: buttons.map((each) => ratio(getComputedStyle(each).backgroundColor, ground(each.parentElement))),
    edges: edged.map(edge),
  };
})()
"""
"""What axe-core does not look at: the placeholder, and where a button ends (WCAG 1.4.3, 1.4.11)."""


@pytest.fixture(scope="module")
def axe() -> str:
    require_npm_packages()
    return (NPM / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")


def violations(stand: Stand, axe: str) -> list[str]:
    """What axe-core finds wrong with the page that is open."""
    stand.page.evaluate(f"{axe}; undefined")
    found = stand.page.evaluate(f"axe.run(document, {{runOnly: {json.dumps(RULES)}}}).then((done) => done.violations)")
    return [f"{each['id']}: {', '.join(str(node['target']) for node in each['nodes'])}" for each in found]


def media(stand: Stand, **features: str) -> None:
    """What the person prefers: ``prefers_color_scheme="dark"``."""
    given = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
    stand.page._call("Emulation.setEmulatedMedia", media="", features=given)


def _state(kind: EventKind | None, reason: Reason = Reason.NONE, detail: str | None = None) -> Callable[[Stand], None]:
    def show(stand: Stand) -> None:
        certificate = stand.world.issue(name=NAME)
        if kind is not None:
            stand.world.append(certificate, kind, reason=reason, detail=detail)
        stand.publish()
        stand.check(certificate)

    return show


def _empty(stand: Stand) -> None:
    stand.open(f"{stand.origin}/v/")
    stand.page.wait_for("document.querySelector('#code')")


def _fault(stand: Stand) -> None:
    _empty(stand)
    stand.type("AAAA-AAAA")
    stand.press_enter()
    stand.page.wait_for("document.querySelector('#code-fault').textContent")


def _forged(stand: Stand) -> None:
    certificate = stand.world.issue()
    certificate.registered = False
    stand.publish()
    stand.check(certificate)


def _unreachable(stand: Stand) -> None:
    certificate = stand.world.issue()
    stand.check(certificate)


def _past(stand: Stand) -> None:
    _state(None)(stand)
    stand.page.evaluate("document.querySelector('#at').value = '2026-07-16'")
    stand.page.evaluate("document.querySelector('.at-form').requestSubmit()")
    stand.page.wait_for("document.querySelector('.kicker')")


def _pdf(stand: Stand) -> None:
    certificate = stand.world.issue()
    stand.publish()
    hand_over(stand, document(certificate), name="证书.pdf", kind="application/pdf")
    stand.page.wait_for("document.querySelector('#seal')")


def _scan(stand: Stand) -> None:
    stand.publish()
    hand_over(stand, b"%PDF-1.7\nnothing", name="扫描.pdf", kind="application/pdf")
    stand.page.wait_for("document.querySelector('#scan')")


STATES: Final[dict[str, Callable[[Stand], None]]] = {
    "empty": _empty,
    "fault": _fault,
    "valid": _state(None),
    "suspended": _state(EventKind.SUSPENDED, Reason.UNDER_REVIEW),
    "withdrawn": _state(EventKind.WITHDRAWN, Reason.FRAUD),
    "cancelled": _state(EventKind.CANCELLED, Reason.SURRENDERED),
    "superseded": _state(EventKind.SUPERSEDED, Reason.REISSUED, "SF2026-90001"),
    "forged": _forged,
    "unreachable": _unreachable,
    "past": _past,
    "pdf": _pdf,
    "scan": _scan,
}


IN_EACH_RUN: Final = {
    ("light", "empty"),
    ("light", "valid"),
    ("light", "scan"),
    ("dark", "fault"),
    ("dark", "withdrawn"),
}


@pytest.mark.parametrize(
    ("scheme", "state"),
    [
        pytest.param(scheme, state, marks=() if (scheme, state) in IN_EACH_RUN else pytest.mark.soak)
        for scheme in ("light", "dark")
        for state in STATES
    ],
)
def test_every_state_holds_to_wcag(stand: Stand, axe: str, state: str, scheme: str) -> None:
    stand.size(390, 844)
    media(stand, prefers_color_scheme=scheme)
    try:
        STATES[state](stand)
        stand.page.evaluate("document.querySelectorAll('details').forEach((fold) => { fold.open = true; })")
        assert violations(stand, axe) == []
        seen = stand.page.evaluate(CONTRAST)
        assert seen["placeholder"] >= 4.5
        assert min([*seen["buttons"], *seen["edges"]]) >= 3
    finally:
        media(stand)


@pytest.mark.parametrize(("width", "height"), [(320, 640), (256, 500)], ids=["320 pixels", "400 percent of 1024"])
def test_nothing_runs_out_of_a_narrow_window(stand: Stand, width: int, height: int) -> None:
    stand.size(width, height)
    for state in ("empty", "withdrawn", "pdf"):
        STATES[state](stand)
        assert stand.page.evaluate("document.documentElement.scrollWidth") <= width, state


def focus_order(stand: Stand) -> Iterator[str]:
    """What takes the focus with each press of the tab key."""
    seen = {""}
    for _ in range(30):
        key = {"key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9}
        stand.page._call("Input.dispatchKeyEvent", type="keyDown", **key)
        stand.page._call("Input.dispatchKeyEvent", type="keyUp", **key)
        found = stand.page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()")
        if found in seen:
            return
        seen.add(found)
        yield str(found)


def test_everything_is_reached_by_keyboard_in_the_order_of_reading(stand: Stand) -> None:
    _empty(stand)
    order = list(focus_order(stand))
    wanted = ["language", "code", "查验", "file", "帮助与说明"]
    assert [each for each in order if each in wanted] == wanted


def test_forced_colours_keep_every_mark_and_edge(stand: Stand) -> None:
    media(stand, forced_colors="active")
    try:
        STATES["withdrawn"](stand)
        assert stand.page.evaluate("getComputedStyle(document.querySelector('.answer')).borderTopStyle") == "solid"
        assert stand.page.evaluate("getComputedStyle(document.querySelector('.mark-no'), '::before').content") == '"✕"'
        assert stand.page.evaluate("document.querySelector('.answer-icon').getBoundingClientRect().width") > 40
    finally:
        media(stand)


def test_one_live_region_speaks_once(stand: Stand) -> None:
    stand.script(
        "window.said = []; addEventListener('DOMContentLoaded', () => new MutationObserver(() =>"
        " said.push(document.querySelector('#announce').textContent)).observe(document.querySelector('#announce'),"
        " { childList: true, characterData: true, subtree: true }));"
    )
    STATES["withdrawn"](stand)
    said = stand.page.evaluate("said")
    assert [each for each in said if "已撤销" in each] == [said[-1]]
    live = "document.querySelectorAll('[aria-live], [role=alert], [role=status]')"
    filled = stand.page.evaluate(f"[...{live}].filter((each) => each.textContent.trim()).map((each) => each.id)")
    assert filled == ["announce"]
