"""The page as it is built: from its sources, where Node and the bundler are; else as the repository has it.

Rules: a test that asks the page asks what the sources say now, so that a broken source is seen before ``make page``;
that the repository's files are the same bytes is a test of its own (``tests/page/test_built.py``).

    built_page() / "index.html"
"""

from __future__ import annotations

import atexit
import shutil
import subprocess
import tempfile
from functools import cache
from importlib.resources import files
from pathlib import Path

from tests.support.tools import ROOT

STATIC = Path(str(files("verifier").joinpath("static")))
BUILT = STATIC / "built"
"""What the repository has."""
TOOLS = ROOT / "tools" / "page"
BUILDER = TOOLS / "build.mjs"


@cache
def built_page() -> Path:
    """The folder of a page that was built; from the sources, once in a process, where that can be done."""
    node = shutil.which("node")
    if node is None or not (TOOLS / "node_modules" / "esbuild").is_dir():
        return BUILT
    folder = Path(tempfile.mkdtemp(prefix="page-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    subprocess.run([node, str(BUILDER), str(folder)], check=True, timeout=60)
    return folder


LOOK = "look-"
"""How the worker's name begins that is asked only where there is WebAssembly."""


def scripts() -> list[Path]:
    """Every script that the oldest browsers run: the bundle, and what is fetched for pictures and the camera."""
    return sorted(path for path in built_page().glob("*.js") if not path.name.startswith(LOOK))


def script() -> Path:
    """The bundle."""
    (found,) = built_page().glob("main-*.js")
    return found
