"""What readers get: the files in ``verifier/static/built``, made of the sources by ``make page``."""

from __future__ import annotations

import gzip
import re
import shutil
import subprocess
from hashlib import sha256
from pathlib import Path
from typing import Final

import pytest

from tests.page.conftest import Stand, assert_no_faults
from tests.support.bundle import BUILDER, BUILT, STATIC, TOOLS
from tests.support.tools import ROOT, require_npm_packages, require_tool
from tests.support.world import World
from verifier.errors import UsageError
from verifier.site import PageFile, page_files

BUDGET: Final = 55 * 1024
"""Bytes of all files of the page, packed (scripts, style, page, words of both languages, catalogue)."""
LATER: Final = ("scan-", "print-", "look-")
"""What reads pictures, and what draws the code of a printed answer: fetched when wanted, no part of a check."""
LICENCES: Final = ("scan-licence.txt", "look-licence.txt")
REQUESTS: Final = 13
"""For one check, the publication's files among them."""
CONFIG: Final = {"publication": "/p/", "root": World().pinned_root.decode(), "demonstration": True}


def build(folder: Path) -> None:
    """Build the page into a folder. Raises CalledProcessError."""
    node = require_npm_packages(TOOLS)
    subprocess.run([node, str(BUILDER), str(folder)], check=True, capture_output=True, timeout=60)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.slow
def test_the_sources_make_the_files_of_the_repository(tmp_path: Path) -> None:
    """Without Node on a laptop this is skipped and says so; in CI it fails."""
    build(tmp_path)
    made, kept = contents(tmp_path), contents(BUILT)
    assert made.keys() == kept.keys(), "run make page"
    assert [name for name in made if made[name] != kept[name]] == [], "run make page"


def test_a_file_is_named_by_its_digest() -> None:
    names = [name for name in contents(BUILT) if not name.endswith(".br")]
    assert len(names) == 11
    for name in set(names) - {"index.html", "offline.js", *LICENCES}:
        digest = re.fullmatch(r"[a-z]+-([0-9a-f]{16})\.(?:js|css|svg|wasm)", name)
        assert digest is not None
        assert sha256((BUILT / name).read_bytes()).hexdigest().startswith(digest[1])
        (main,) = BUILT.glob("main-*.js")
        named_in = main if name.startswith(LATER) else BUILT / "index.html"
        assert f'"{name}"' in named_in.read_text("utf-8")


@pytest.mark.parametrize("path", [path.name for path in BUILT.glob("*.br")])
def test_a_packed_file_is_the_file(path: str) -> None:
    script = "process.stdout.write(require('zlib').brotliDecompressSync(require('fs').readFileSync(process.argv[1])))"
    done = subprocess.run(
        [require_tool("node"), "-e", script, str(BUILT / path)], check=True, capture_output=True, timeout=30
    )
    assert done.stdout == (BUILT / path.removesuffix(".br")).read_bytes()


def test_the_licence_of_what_others_wrote_stands_beside_it() -> None:
    for name in LICENCES:
        assert "Permission is hereby granted" in (BUILT / name).read_text("utf-8")
    assert "zxing-cpp\n\n" in (BUILT / "look-licence.txt").read_text("utf-8")
    assert "Apache License" in (BUILT / "look-licence.txt").read_text("utf-8")


def smallest(file: PageFile) -> int:
    return min(len(form) for form in file.forms.values())


def test_the_page_is_light() -> None:
    files = page_files(CONFIG)
    asked = [file for name, file in files.items() if not name.startswith(LATER)]
    assert sum(smallest(file) for file in asked) <= BUDGET
    unpacked = {name: file.forms["identity"] for name, file in files.items()}
    packed = {name: file.forms["gzip"] for name, file in files.items() if "gzip" in file.forms}
    assert packed.keys() == files.keys()
    assert all(gzip.decompress(data) == unpacked[name] for name, data in packed.items())


def test_the_same_page_has_the_same_bytes_in_every_process() -> None:
    assert page_files(CONFIG) == page_files(CONFIG)


def test_what_a_configuration_holds_ends_no_element() -> None:
    page = page_files({**CONFIG, "publication": "</script><b>&"})[""].forms["identity"].decode()
    assert "</script><b>" not in page
    assert '"\\u003c/script>\\u003cb>&"' in page


def test_a_folder_without_a_page_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        page_files(CONFIG, tmp_path)
    assert caught.value.code == "no_page"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("place", "old", "new"),
    [
        ("main.js", "import { App } from './app.js';", "import * as app from './app.js';\n\nconst App = app.Absent;"),
        ("lib/qrtext.js", "const LIMB = ", "const LATER = 2n;\nconst LIMB = LATER && "),
        ("lib/days.js", "Number.isInteger(value) && value >= 0 && value <= MAX_DAY", "typeof value === 'nothing'"),
    ],
    ids=["a name that nothing has", "later syntax", "a comparison that never holds"],
)
def test_a_warning_ends_the_build(tmp_path: Path, place: str, old: str, new: str) -> None:
    node = require_npm_packages(TOOLS)
    root = tmp_path / "checkout"
    copy, tools = root / "verifier" / "static", root / "tools" / "page"
    shutil.copytree(STATIC, copy)
    shutil.copytree(ROOT / "credential" / "data", root / "credential" / "data")
    tools.mkdir(parents=True)
    shutil.copy(BUILDER, tools)
    shutil.copy(ROOT / "LICENSE", root)
    (tools / "node_modules").symlink_to(TOOLS / "node_modules")
    command = [node, str(tools / BUILDER.name), str(tmp_path / "out")]
    assert subprocess.run(command, capture_output=True, check=False, timeout=60).returncode == 0
    text = (copy / place).read_text("utf-8")
    assert text.count(old) == 1
    (copy / place).write_text(text.replace(old, new), "utf-8")
    done = subprocess.run(command, capture_output=True, check=False, timeout=60, text=True)
    assert done.returncode != 0
    assert place.rpartition("/")[2] in done.stderr


@pytest.mark.browser
def test_a_check_takes_few_requests_and_none_to_others(stand: Stand) -> None:
    certificate = stand.world.issue()
    stand.publish()
    stand.check(certificate)
    assert len(stand.page.requests) <= REQUESTS
    # Chromium draws its own controls from data URLs, which are no requests.
    asked = [request.url for request in stand.page.requests if not request.url.startswith("data:image/svg+xml;")]
    assert [url for url in asked if not url.startswith(stand.origin + "/")] == []
    assert_no_faults(stand)
