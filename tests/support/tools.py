"""Programs and environments that some tests need and not every machine has.

Rules: on a laptop a test without its tool is skipped and says what to install; in CI, where `CI=true`, it fails, so
that no check disappears unseen.

    pdfsig = require_tool("pdfsig")
    subprocess.run([pdfsig, "-nssdir", store, document], check=True)
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

from tests.support import deflate

ROOT = Path(__file__).resolve().parents[2]
"""The top of the checkout."""

DEBIAN_PACKAGES = {
    "certutil": "libnss3-tools",
    "chromium": "chromium",
    "git": "git",
    "make": "make",
    "node": "nodejs",
    "openssl": "openssl",
    "pdfsig": "poppler-utils",
    "pdftoppm": "poppler-utils",
    "pdftotext": "poppler-utils",
    "softhsm2-util": "softhsm2",
}
OUTSIDERS = "TITLECERT_OUTSIDERS_PYTHON"
"""Names the interpreter of the outsiders' environment, if it is not in .venv-outsiders."""
NPM = ROOT / "tests" / "outsiders" / "npm"
"""Where JavaScript implementations of other people are installed, and the programs that use them."""


def in_ci() -> bool:
    """Whether nothing may be skipped."""
    return os.environ.get("CI", "").lower() in {"1", "true"}


def unavailable(reason: str) -> NoReturn:
    """Skip the running test with `reason`; in CI, fail it."""
    if in_ci():
        pytest.fail(f"{reason} (in CI this is a failure)", pytrace=False)
    pytest.skip(reason)


def require_tool(name: str) -> str:
    """The path of the program `name`; without it the running test is skipped, in CI it fails."""
    path = shutil.which(name)
    if path is None:
        package = DEBIAN_PACKAGES.get(name, name)
        unavailable(f"{name} is not installed; on Debian it comes with the package {package} (make system)")
    return path


def require_usual_deflate() -> None:
    """Where packed bytes cannot come out as they are stored the running test is skipped, in CI it fails."""
    if not deflate.is_usual():
        unavailable(deflate.REASON)


def require_outsiders() -> str:
    """The interpreter of the environment that holds other people's implementations."""
    python = Path(os.environ.get(OUTSIDERS) or ROOT / ".venv-outsiders" / "bin" / "python")
    if not python.exists():
        unavailable(f"{python} is not there; make test prepares it, or {OUTSIDERS} names another")
    return str(python)


def require_npm_packages(place: Path = NPM) -> str:
    """The path of node; without it, or without the packages in ``place``, the test is skipped, in CI it fails."""
    node = require_tool("node")
    # npm writes this file last.
    if not (place / "node_modules" / ".package-lock.json").exists():
        unavailable(f"{place / 'node_modules'} is not there; make test prepares it with npm (make system)")
    return node
