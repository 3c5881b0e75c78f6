"""The oldest browsers that run the page: Chrome 67, Firefox 68, iOS 12.2, and the kernels of messengers of their time.

Rules: what the bundle takes from its platform stands in ``floor.json`` with the versions that brought it, in this
order; a name that a platform has too and that is our own there stands under ``ours``. The table is asked
twice: the bundle's text is held against it, and Chromium runs the page with everything else taken away.
"""

from __future__ import annotations

import base64
import json
import re
import subprocess
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import pytest
from PIL import Image

from tests.page.conftest import NAME, Stand, assert_no_faults
from tests.page.test_ways import document, hand_over, picture
from tests.support.bundle import TOOLS, built_page, scripts
from tests.support.tools import require_npm_packages

HERE = Path(__file__).parent
FLOOR: Final = (67, 68, 12.2)
"""Chrome, Firefox, Safari on iOS."""
TABLE: Final[dict[str, Any]] = json.loads((HERE / "floor.json").read_text("utf-8"))
NEEDED_BY_THE_LANGUAGE: Final = (
    "Promise.prototype.then",
    "RegExp.prototype.exec",
    "RegExp.prototype.flags",
    "RegExp.prototype.global",
    "RegExp.prototype.unicode",
    "Set.prototype.add",
)
"""What ECMAScript itself calls by name, such as ``new Set(list)``; each is of 2015."""
NEEDED_BY_TESTS: Final = (
    *("HTMLElement.prototype.dataset", "HTMLElement.prototype.click", "File", "DataTransfer", "Event"),
    *("DataTransfer.prototype.items", "DataTransfer.prototype.files", "DataTransferItemList.prototype.add"),
    *("HTMLInputElement.prototype.files", "EventTarget.prototype.dispatchEvent"),
)


@cache
def used() -> dict[str, set[str]]:
    """What the bundles take from its platform; it is read as ES2018, and would not be read with any later syntax."""
    node = require_npm_packages(TOOLS)
    found: dict[str, set[str]] = {"globals": set(), "members": set(), "patterns": set()}
    for path in scripts():
        command = [node, str(HERE / "used.mjs"), str(path)]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
        for kind, names in json.loads(done.stdout).items():
            found[kind] |= set(names)
    return found


@pytest.mark.slow
def test_every_global_stands_in_the_table() -> None:
    assert used()["globals"] == {*TABLE["globals"], *(name for name in TABLE["where_it_is"] if "." not in name)}


@pytest.mark.parametrize("name", [*TABLE["globals"], *TABLE["members"]])
def test_what_is_in_the_table_is_as_old_as_the_floor(name: str) -> None:
    versions = {**TABLE["globals"], **TABLE["members"]}[name]
    assert len(versions) == len(FLOOR)
    assert all(version <= oldest for version, oldest in zip(versions, FLOOR, strict=True))


@pytest.mark.slow
def test_nothing_in_the_table_is_unused() -> None:
    named = {name.rpartition(".")[2] for name in (*TABLE["members"], *TABLE["where_it_is"]) if "." in name}
    assert named | set(TABLE["ours"]) <= used()["members"]


@pytest.mark.slow
def test_no_pattern_is_later_than_the_floor() -> None:
    """Firefox before 78 and Safari throw at them, when the script is loaded or, behind ``RegExp``, when it runs."""
    later = re.compile(r"\\[pP]\{|\(\?<")
    assert used()["patterns"]
    assert [each for each in used()["patterns"] if later.search(each) or "s" in each.rpartition("/")[2]] == []
    assert [path for path in scripts() if later.search(path.read_text("utf-8"))] == [], (
        "in a text that becomes a pattern"
    )


TAKE_AWAY: Final = """
(() => {
  const kept = new Set(%s);
  const { getOwnPropertyDescriptor, getOwnPropertyNames } = Object;
  const typed = Object.getPrototypeOf(Uint8Array);
  const untouched = new Set(['constructor', 'prototype', 'length', 'name', '__proto__']);
  const tables = new Set(['Math', 'JSON', 'Reflect', 'Atomics', 'Intl', 'console']);
  const [has, push] = [Set.prototype.has, Array.prototype.push].map((each) => Function.prototype.call.bind(each));
  const names = [...getOwnPropertyNames(window).map((name) => [name, window[name]]), ['TypedArray', typed]];
  window.taken = [];
  const take = (owner, path) => {
    for (const name of getOwnPropertyNames(owner)) {
      const full = `${path}.${name}`;
      if (has(kept, full) || has(untouched, name) || !getOwnPropertyDescriptor(owner, name).configurable) continue;
      delete owner[name];
      push(window.taken, full);
    }
  };
  for (const [name, value] of names) {
    const isSecondName = typeof value === 'function' && value.name !== name; // such as webkitURL
    if (isSecondName || !(typeof value === 'function' || has(tables, name))) continue;
    take(value, name);
    if (value.prototype) take(value.prototype, `${name}.prototype`);
  }
  for (const [name, value] of names) {
    if (typeof value === 'function' && !has(kept, name) && !has(kept, `Window.prototype.${name}`)) delete window[name];
  }
  delete window.globalThis;
})();
"""
LATER: Final = (
    "Array.prototype.at",
    "Array.prototype.flat",
    "Array.prototype.flatMap",
    "Element.prototype.replaceChildren",
    "Object.fromEntries",
    "Object.hasOwn",
    "Promise.allSettled",
    "String.prototype.matchAll",
    "String.prototype.replaceAll",
    "AbortSignal.timeout",
)


@pytest.mark.browser
@pytest.mark.parametrize("way", ["address", "check code", "past day", "refused", "PDF"])
def test_the_page_runs_where_nothing_later_exists(stand: Stand, way: str) -> None:
    kept = [*TABLE["globals"], *TABLE["members"], *NEEDED_BY_THE_LANGUAGE, *NEEDED_BY_TESTS]
    certificate = stand.world.issue(name=NAME)
    if way == "refused":
        certificate.registered = False
    stand.publish()
    stand.script(TAKE_AWAY % json.dumps(kept))
    if way == "check code":
        stand.open(f"{stand.origin}/v/")
        stand.page.wait_for("document.querySelector('#code')")
        stand.type(certificate.grouped_code)
        stand.press_enter()
        stand.page.wait_for("document.querySelector('#answer')")
    elif way == "PDF":
        hand_over(stand, document(certificate), name="x", kind="application/pdf")
        stand.page.wait_for("document.querySelector('#answer')")
    else:
        stand.check(certificate)
    taken = stand.page.evaluate("JSON.stringify(taken)")
    assert [name for name in LATER if name not in json.loads(taken)] == []
    assert stand.page.evaluate("typeof BigInt + typeof globalThis + typeof DecompressionStream") == "undefined" * 3
    if way == "past day":
        stand.page.evaluate("document.querySelector('#at').value = '2026-10-31'")
        stand.page.evaluate("document.querySelector('.at-form button').click()")
        stand.page.wait_for("document.querySelector('.kicker')")
    assert stand.outcome() == ("not_authentic/unregistered" if way == "refused" else "valid/in_force")
    assert NAME in stand.text_of(".certificate")
    assert_no_faults(stand)


READ: Final = """
new Promise((resolve) => {
  const script = document.createElement('script');
  script.src = '%s';
  script.addEventListener('load', () => {
    const grey = atob('%s');
    const data = new Uint8ClampedArray(4 * grey.length);
    for (let at = 0; at < data.length; at += 1) data[at] = at %% 4 === 3 ? 255 : grey.charCodeAt(at >> 2);
    resolve(titlecertScan.read({ width: %d, height: %d, data }));
  });
  document.head.appendChild(script);
})
"""


@pytest.mark.browser
def test_pictures_are_read_where_nothing_later_exists(stand: Stand) -> None:
    """The pixels are given: to draw a picture takes no script."""
    certificate = stand.world.issue()
    stand.publish()
    stand.script(TAKE_AWAY % json.dumps([*TABLE["globals"], *TABLE["members"], *NEEDED_BY_THE_LANGUAGE]))
    stand.open(f"{stand.origin}/v/")
    (scan,) = built_page().glob("scan-*.js")
    grey = Image.open(BytesIO(picture(stand.address(certificate)))).convert("L")
    told = stand.page.evaluate(READ % (scan.name, base64.b64encode(grey.tobytes()).decode(), *grey.size))
    assert told == stand.address(certificate)


# The style sheet: what is later than the floor stands behind something older, or does no harm where it is not known.

HARMLESS: Final = {
    "text-wrap",
    "text-size-adjust",
    "text-underline-offset",
    "print-color-adjust",
    "overflow-wrap",
    "outline-offset",
}
"""Properties without which the page looks almost the same; ``word-wrap`` stands beside ``overflow-wrap: anywhere``."""
NOT_BEFORE_2019: Final = re.compile(
    r"(?<![-\w])(inset|margin-inline|margin-block|padding-inline|padding-block|aspect-ratio|place-items|accent-color"
    r"|scrollbar-gutter|translate|rotate|scale)\s*:|:(is|where|has)\(|@(layer|container|supports)|color-mix|&"
)
COMPARING: Final = re.compile(r"(?:clamp|min|max)\(")


def rules() -> list[tuple[str, list[str]]]:
    """Every rule of the built style sheet: selector, and its declarations in order."""
    (sheet,) = built_page().glob("style-*.css")
    found = re.findall(r"([^{}]+)\{([^{}]*)\}", sheet.read_text("utf-8"))
    return [(selector, [each.strip() for each in body.split(";") if each.strip()]) for selector, body in found]


@pytest.mark.slow
def test_the_style_sheet_uses_nothing_that_old_browsers_misread() -> None:
    assert len(rules()) > 100
    assert [
        (selector, each) for selector, body in rules() for each in (selector, *body) if NOT_BEFORE_2019.search(each)
    ] == []


def test_a_later_value_stands_behind_an_older_one_of_the_same_property() -> None:
    found = 0
    for selector, body in rules():
        before: set[str] = set()
        for each in body:
            name, _, value = each.partition(":")
            if COMPARING.search(value) and "minmax(" not in value:
                found += 1
                assert name in before or (name == "font-size" and "font" in before), (selector, each)
            before.add(name)
    assert found > 3


def test_gaps_stand_in_grids_only() -> None:
    """A gap between flexible boxes came with Chrome 84 and Safari 14.1."""
    grids = {part.strip() for selector, body in rules() if "display:grid" in body for part in selector.split(",")}
    gaps = [
        part.strip()
        for selector, body in rules()
        if any(re.match(r"(?:row-|column-)?gap:", each) for each in body)
        for part in selector.split(",")
    ]
    assert len(gaps) > 8
    assert [part for part in gaps if part not in grids] == []
