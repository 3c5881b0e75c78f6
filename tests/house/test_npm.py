"""tools/npm.py installs JavaScript packages once, and a machine that cannot is told and goes on."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tools import npm

PACKAGES = {"": {"name": "outsiders"}, "node_modules/pako": {"version": "2.2.0", "integrity": "sha512-AA"}}


class Npm:
    """Records how it was called, and leaves the record that npm would."""

    def __init__(self) -> None:
        self.calls: list[list[str]] = []
        self.status = 0

    def run(self, command: list[str], **_options: object) -> subprocess.CompletedProcess[str]:
        self.calls.append(command)
        record = Path("node_modules/.package-lock.json")
        if self.status == 0:
            record.parent.mkdir(exist_ok=True)
            installed = {place: {**entry, "resolved": "somewhere"} for place, entry in PACKAGES.items() if place}
            record.write_text(json.dumps({"packages": installed}), encoding="utf-8")
        return subprocess.CompletedProcess(command, self.status)


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Npm:
    recorder = Npm()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr("subprocess.run", recorder.run)
    Path("package-lock.json").write_text(json.dumps({"packages": PACKAGES}), encoding="utf-8")
    return recorder


def test_the_second_time_runs_nothing(program: Npm) -> None:
    assert [npm.main(["."]), npm.main(["."])] == [0, 0]
    (call,) = program.calls
    assert call[:4] == ["/usr/bin/npm", "ci", "--prefix", "."]
    assert "--ignore-scripts" in call


@pytest.mark.parametrize("member", ["version", "integrity"])
def test_another_lock_installs_anew(program: Npm, member: str) -> None:
    npm.main(["."])
    changed = {**PACKAGES, "node_modules/pako": {**PACKAGES["node_modules/pako"], member: "other"}}
    Path("package-lock.json").write_text(json.dumps({"packages": changed}), encoding="utf-8")
    assert npm.main(["."]) == 0
    assert len(program.calls) == 2


def test_an_interrupted_run_starts_over(program: Npm) -> None:
    npm.main(["."])
    Path("node_modules/.package-lock.json").write_text("{", encoding="utf-8")
    npm.main(["."])
    assert len(program.calls) == 2


def test_a_machine_without_npm_is_told_and_goes_on(
    program: Npm, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("shutil.which", lambda _name: None)
    assert npm.main(["."]) == 0
    assert "npm is not installed" in capsys.readouterr().err
    assert program.calls == []


def test_a_machine_whose_npm_fails_is_told_and_goes_on(program: Npm, capsys: pytest.CaptureFixture[str]) -> None:
    program.status = 1
    assert npm.main(["."]) == 0
    assert "npm ci --prefix . " in capsys.readouterr().err


def test_a_run_from_elsewhere_says_so(program: Npm, capsys: pytest.CaptureFixture[str]) -> None:
    assert npm.main(["elsewhere"]) == 1
    assert "top of the checkout" in capsys.readouterr().err
    assert program.calls == []
