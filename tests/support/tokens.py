"""A token that is a file: SoftHSM2, with its store in a directory of the test.

token = softhsm(tmp_path)              # skips where SoftHSM2 is not installed, fails in CI
token.uri("seal")
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from tests.support.tools import require_tool, unavailable

PIN: Final = "1234"
MODULES: Final = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A token of this test run."""

    label: str
    module: str
    pin_file: Path
    util: str

    def uri(self, key: str, *, pin: bool = True) -> str:
        """The URI of a key in it; with the file of its PIN, or without."""
        asked = f"&pin-source=file:{self.pin_file}" if pin else ""
        return f"pkcs11:token={self.label};object={key}?module-path={self.module}{asked}"


OFFICE, OTHER, LOCKED = "office", "other", "locked"


def new_token(directory: Path, label: str) -> Token:
    """Make a token. A module that is loaded already does not see it."""
    util = require_tool("softhsm2-util")
    module = next((each for each in MODULES if Path(each).exists()), None)
    if module is None:
        unavailable("the module libsofthsm2.so is not installed; on Debian it comes with softhsm2 (make system)")
    command = [util, "--init-token", "--free", "--label", label, "--pin", PIN, "--so-pin", "12345678"]
    subprocess.run(command, check=True, capture_output=True)
    pin_file = directory / f"{label}.pin"
    pin_file.write_text(f"{PIN}\n", encoding="utf-8")
    pin_file.chmod(0o600)
    return Token(label=label, module=module, pin_file=pin_file, util=util)


@pytest.fixture(scope="session")
def token_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The directory of all tokens of this process; it is named in the environment before the module is loaded."""
    directory = tmp_path_factory.mktemp("softhsm")
    (directory / "tokens").mkdir()
    settings = directory / "softhsm2.conf"
    settings.write_text(f"directories.tokendir = {directory}/tokens\nobjectstore.backend = file\n", encoding="utf-8")
    os.environ["SOFTHSM2_CONF"] = str(settings)
    yield directory
    del os.environ["SOFTHSM2_CONF"]


@pytest.fixture(scope="session")
def tokens(token_store: Path) -> Mapping[str, Token]:
    """All tokens of this process: made before the module is loaded. Nobody gives ``LOCKED`` its PIN."""
    return {label: new_token(token_store, label) for label in (OFFICE, OTHER, LOCKED)}


@pytest.fixture
def softhsm(tokens: Mapping[str, Token]) -> Token:
    """A token that tests share; each names its keys by itself."""
    return tokens[OFFICE]
