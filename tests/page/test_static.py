"""The page's files as text: what may stand in them, whatever a browser does with it."""

from __future__ import annotations

import json
import re
import subprocess
from importlib.resources import files
from pathlib import Path

import pytest

from credential.characters import REFUSED
from tests.support.bundle import BUILT, STATIC
from tests.support.tools import require_tool

SCRIPTS = sorted(path for path in STATIC.rglob("*.js") if path.parent != BUILT)
TEXTS = sorted(path for path in STATIC.rglob("*") if path.suffix in {".js", ".css", ".html", ".svg"})
NAMES = [path.relative_to(STATIC).as_posix() for path in SCRIPTS]
MAX_LINES = 400
DATA = Path(str(files("credential").joinpath("data")))
PACKAGES = {"scan.js": ("qr/decode.js",), "print.js": ("qr",), "look.js": ("zxing-wasm/reader",)}
"""What is the work of others, by the script that it is built into."""
FORBIDDEN = (
    "innerHTML",
    "outerHTML",
    "insertAdjacentHTML",
    "document.write",
    "document.cookie",
    "eval(",
    "new Function",
    "sendBeacon",
    "XMLHttpRequest",
    "WebSocket",
    "EventSource",
    "indexedDB",
    "location.href =",
)
"""Ways in which text becomes markup or code, or a fact leaves the page."""


def test_there_is_a_page() -> None:
    assert "app.js" in NAMES
    assert len(NAMES) > 20


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.relative_to(STATIC).as_posix())
def test_nothing_is_loaded_from_elsewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
    loads = re.findall(r"(?:src|href|url|import|from|fetch)\b\W{0,4}(?:https?:)?//[^\s'\"`]+", text)
    assert loads == []


@pytest.mark.parametrize("path", SCRIPTS, ids=NAMES)
def test_scripts_keep_to_what_the_page_may_do(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert [word for word in FORBIDDEN if word in text] == []
    assert len(text.splitlines()) <= MAX_LINES


@pytest.mark.parametrize("path", SCRIPTS, ids=NAMES)
def test_imports_are_relative_and_exist(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for name in re.findall(r"^(?:import|export)\b[^;]*?\bfrom '([^']+)';", text, re.MULTILINE):
        if name in PACKAGES.get(path.name, ()):
            continue
        assert name.startswith("."), name
        assert (path.parent / name).is_file(), name
    assert "import(" not in text


def test_the_library_knows_no_page() -> None:
    for path in (STATIC / "lib").glob("*.js"):
        text = path.read_text(encoding="utf-8")
        assert "document." not in text or path.name == "history.js", path.name
        assert "'../" not in text, path.name


def test_storage_and_requests_stand_in_two_places_each() -> None:
    def having(pattern: str) -> set[str]:
        texts = {name: path.read_text(encoding="utf-8") for name, path in zip(NAMES, SCRIPTS, strict=True)}
        return {name for name, text in texts.items() if re.search(pattern, text)}

    assert having("localStorage") == {"app.js", "lib/memory.js"}
    assert having("sessionStorage") == having("pushState|replaceState") == {"ui/visits.js"}
    assert having(r"document\.title") == having("serviceWorker") == {"app.js"}
    assert having(r"(?<![\w.])fetch\(") == {"app.js", "lib/source.js", "offline.js", "ui/closer.js"}, (
        "and a PDF whose seal is asked for, and what looks closer at a picture"
    )


def test_nobody_is_told_to_install_a_package() -> None:
    words = (DATA / "words.json").read_text(encoding="utf-8")
    texts = [words, *(path.read_text(encoding="utf-8") for path in (*TEXTS, STATIC / "ui" / "labels.json"))]
    assert [found for text in texts for found in re.findall(r"pip install|npm install|titlecert verify", text)] == []


def test_the_document_holds_no_code_and_no_style() -> None:
    text = (STATIC / "index.html").read_text(encoding="utf-8")
    assert re.findall(r"\sstyle=|\son[a-z]+=|<style|javascript:", text) == []
    assert re.findall(r"<script(?![^>]*\ssrc=)[^>]*>", text) == ['<script type="application/json" id="config">'], "data"


def test_every_label_is_in_two_languages() -> None:
    labels = json.loads((STATIC / "ui" / "labels.json").read_text(encoding="utf-8"))
    assert all(len(texts) == 2 and all(texts) for texts in labels.values())
    used = {
        key for path in SCRIPTS for key in re.findall(r"\b(?:say|label)\('(\w+)'", path.read_text(encoding="utf-8"))
    }
    assert used <= set(labels)
    assert len(labels) > 60


@pytest.mark.slow
def test_refused_characters_are_those_of_the_format() -> None:
    """Compare every code point, so that no range is forgotten on either side."""
    script = (
        "import { isPlain } from 'file://%s'; const out = [];"
        "for (let p = 0; p < 0x110000; p += 1) if (!isPlain(String.fromCodePoint(p))) out.push(p);"
        "console.log(JSON.stringify(out));"
    ) % (STATIC / "lib" / "characters.js")
    done = subprocess.run(
        [require_tool("node"), "--input-type=module", "-e", script],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    expected = {point for low, high in REFUSED for point in range(low, high + 1)}
    expected |= {plane + last for plane in range(0, 0x110000, 0x10000) for last in (0xFFFE, 0xFFFF)}
    assert set(json.loads(done.stdout)) == expected
