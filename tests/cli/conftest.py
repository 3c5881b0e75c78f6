"""An office that has issued the sample, made once; tests that change it get a copy."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from cli.commands import verifying
from tests.cli.support import Shell
from tests.support.demonstrated import demonstration_report
from tests.support.files import CHILDREN
from tests.support.registers import registers_share
from tests.support.tokens import softhsm, token_store, tokens

__all__ = ["demonstration_report", "registers_share", "softhsm", "token_store", "tokens"]


@pytest.fixture(autouse=True)
def _quiet_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of the machine reaches the tests, and readers remember nothing between them."""
    for name in ("TITLECERT_HOME", "TITLECERT_PUBLICATION", "TITLECERT_TRUST_ROOT", "TITLECERT_DEBUG", "LC_ALL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TITLECERT_LANG", "zh")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture(scope="session", autouse=True)
def _commands_share_children() -> Iterator[None]:
    """Each command would start processes of its own to read files, which takes half a second."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(verifying, "Children", lambda: nullcontext(CHILDREN))
        yield


@pytest.fixture(scope="session")
def demonstration(demonstration_report: dict[str, Any]) -> Path:
    """The directory of a finished demonstration. Nobody writes into it but the audit, of who looks."""
    return Path(demonstration_report["home"])


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str]) -> Shell:
    """A shell without home."""
    return Shell(capsys=capsys)


@pytest.fixture
def reader(demonstration: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    """A shell in the demonstration, for commands that read."""
    return Shell(capsys=capsys, home=demonstration)


@pytest.fixture
def office(demonstration: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    """A shell in a copy of the demonstration, for commands that write."""
    return Shell(capsys=capsys, home=shutil.copytree(demonstration, tmp_path / "home"))
