"""A missing tool is skipped on a laptop and a failure in CI; the clock and the network are what the rules say."""

from __future__ import annotations

import socket
import subprocess
from datetime import datetime
from pathlib import Path

import pytest
from pytest_socket import SocketConnectBlockedError

from tests.support.tools import OUTSIDERS, require_npm_packages, require_outsiders, require_tool

MISSING = "a-program-that-nobody-has"


def test_a_missing_tool_is_skipped_on_a_laptop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match=MISSING):
        require_tool(MISSING)


def test_a_missing_tool_fails_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match=MISSING):
        require_tool(MISSING)


def test_a_tool_that_is_there_is_found() -> None:
    assert Path(require_tool("sh")).is_file()


def test_a_missing_outsiders_environment_fails_in_ci(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CI", "true")
    monkeypatch.setenv(OUTSIDERS, str(tmp_path / "python"))
    with pytest.raises(pytest.fail.Exception, match="make test"):
        require_outsiders()


def test_missing_javascript_packages_fail_in_ci(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CI", "true")
    (tmp_path / "node_modules").mkdir()
    with pytest.raises(pytest.fail.Exception, match="make test"):
        require_npm_packages(tmp_path)


def test_missing_javascript_packages_are_skipped_on_a_laptop(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="node_modules is not there"):
        require_npm_packages(tmp_path)


@pytest.mark.outsider
def test_the_outsiders_can_be_imported(outsiders_python: str) -> None:
    subprocess.run([outsiders_python, "-W", "ignore", "-c", "import cwt, token_status_list, sd_jwt"], check=True)


def test_the_clock_stands_still(now: datetime) -> None:
    assert now.isoformat() == "2026-11-21T02:00:00+00:00"


def test_the_samples_are_there(samples_dir: Path) -> None:
    assert len([*samples_dir.glob("*.xlsx"), *samples_dir.glob("*.csv")]) == 6


@pytest.mark.filterwarnings("ignore:A test tried to use socket")
def test_sockets_reach_nobody_else() -> None:
    # 192.0.2.1 is reserved for documentation (RFC 5737).
    with socket.socket() as stranger, pytest.raises(SocketConnectBlockedError):
        stranger.connect(("192.0.2.1", 443))


def test_sockets_reach_loopback() -> None:
    with socket.socket() as server, socket.socket() as client:
        server.bind(("127.0.0.1", 0))
        server.listen()
        client.connect(server.getsockname())
