"""tools/environment.py makes an environment once, starts over when it must, and says what a machine lacks."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from tools import environment


class Programs:
    """Records what would be run; venv leaves an interpreter behind."""

    def __init__(self) -> None:
        self.commands: list[list[str]] = []
        self.failing = ""

    def run(self, command: list[str]) -> None:
        self.commands.append(command)
        if self.failing and self.failing in command:
            raise subprocess.CalledProcessError(1, command)
        if "venv" in command:
            python = environment.python_of(Path(command[-1]))
            python.parent.mkdir(parents=True, exist_ok=True)
            python.touch()

    def installs(self) -> int:
        return sum("--require-hashes" in command for command in self.commands)


@pytest.fixture
def programs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Programs:
    recorder = Programs()
    monkeypatch.setattr(environment, "run", recorder.run)
    monkeypatch.chdir(tmp_path)
    Path("pyproject.toml").write_text("[project]\n", encoding="utf-8")
    Path("requirements.lock").write_text("cbor2==6\n", encoding="utf-8")
    return recorder


PREPARE = [".venv", "requirements.lock", "--project"]


def test_the_second_time_runs_nothing(programs: Programs) -> None:
    assert environment.main(PREPARE) == 0
    first = len(programs.commands)
    assert environment.main(PREPARE) == 0
    assert len(programs.commands) == first == 3


def test_hashes_are_required_and_the_project_itself_needs_no_network(programs: Programs) -> None:
    environment.main(PREPARE)
    _, packages, project = programs.commands
    assert "--require-hashes" in packages
    assert {"--no-index", "--no-build-isolation", "--no-deps"} <= set(project)


def test_another_lock_starts_over(programs: Programs) -> None:
    environment.main(PREPARE)
    Path("requirements.lock").write_text("cbor2==7\n", encoding="utf-8")
    environment.main(PREPARE)
    assert programs.installs() == 2


def test_several_locks_are_installed_together_and_each_can_start_over(programs: Programs) -> None:
    Path("requirements-fuzz.lock").write_text("atheris==3.0.0\n", encoding="utf-8")
    both = [".venv", "requirements.lock", "requirements-fuzz.lock", "--project"]
    environment.main(both)
    _, packages, _ = programs.commands
    assert packages[-2:] == ["--requirement=requirements.lock", "--requirement=requirements-fuzz.lock"]
    Path("requirements-fuzz.lock").write_text("atheris==3.0.1\n", encoding="utf-8")
    environment.main(both)
    assert programs.installs() == 2
    environment.main(both)
    environment.main(PREPARE)
    assert programs.installs() == 3


def test_a_change_of_pyproject_installs_the_project_only(programs: Programs) -> None:
    environment.main(PREPARE)
    Path("pyproject.toml").write_text("[project]\nname = 'titlecert'\n", encoding="utf-8")
    environment.main(PREPARE)
    assert (programs.installs(), len(programs.commands)) == (1, 4)


def test_an_interrupted_run_starts_over(programs: Programs) -> None:
    programs.failing = "--require-hashes"
    assert environment.main(PREPARE) == 1
    programs.failing = ""
    assert environment.main(PREPARE) == 0
    assert programs.installs() == 2


def test_an_environment_whose_interpreter_is_gone_starts_over(programs: Programs) -> None:
    environment.main(PREPARE)
    environment.python_of(Path(".venv")).unlink()
    environment.main(PREPARE)
    assert programs.installs() == 2


def test_a_missing_ensurepip_is_named_with_its_package(
    programs: Programs, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    assert environment.main(PREPARE) == 1
    assert "apt-get install python3-venv" in capsys.readouterr().err
    assert programs.commands == []


def test_an_old_python_is_named_with_its_version(
    programs: Programs, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(environment, "OLDEST_PYTHON", (sys.version_info.major, sys.version_info.minor + 1))
    assert environment.main(PREPARE) == 1
    assert sys.version.split()[0] in capsys.readouterr().err
    assert programs.commands == []


def test_a_run_from_elsewhere_says_so(programs: Programs, capsys: pytest.CaptureFixture[str]) -> None:
    Path("requirements.lock").unlink()
    assert environment.main(PREPARE) == 1
    assert "top of the checkout" in capsys.readouterr().err
    assert programs.commands == []
