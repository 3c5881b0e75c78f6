"""tools/system.sh installs what is missing, nothing else, and says what it would need where it cannot."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.tools import ROOT, require_tool

COMMON = ("sh", "grep", "sort", "tr", "mkdir")
PROGRAMS = ("chromium", "node", "npm", "pdfsig", "pdftoppm", "certutil", "openssl", "softhsm2-util")
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs the script on a machine that has the named programs; apt-get only notes what it is asked for."""
    programs = tmp_path / "bin"
    programs.mkdir()

    def write(name: str, body: str) -> None:
        (programs / name).write_text(f"#!{require_tool('sh')}\n{body}\n", encoding="utf-8")
        (programs / name).chmod(0o755)

    def start(*present: str, user: int = 0, debian: bool = True) -> subprocess.CompletedProcess[str]:
        for name in COMMON:
            (programs / name).symlink_to(str(shutil.which(name)))
        write("id", f"echo {user}")
        if debian:
            write("apt-get", f'echo "$*" >> {tmp_path}/apt')
            write("dpkg-query", "echo " + ("installed" if present else "not-installed"))
        for name in present:
            write(name, ":")
        script = [str(programs / "sh"), str(ROOT / "tools" / "system.sh")]
        environment = {"PATH": str(programs), "CREATECLUSTER_D": str(tmp_path / "clusters")}
        return subprocess.run(script, env=environment, check=False, capture_output=True, text=True)

    return start


def test_nothing_happens_when_all_is_there(run: Run, tmp_path: Path) -> None:
    done = run(*PROGRAMS, user=1000)
    assert (done.returncode, done.stdout) == (0, "make system: nothing to install\n")
    assert not (tmp_path / "apt").exists()


def test_root_on_debian_gets_what_is_missing(run: Run, tmp_path: Path) -> None:
    assert run().returncode == 0
    update, install = (tmp_path / "apt").read_text(encoding="utf-8").splitlines()
    assert update.startswith("update")
    packages = {"chromium", "nodejs", "npm", "poppler-utils", "libnss3-tools", "fonts-hanazono", "postgresql"}
    assert packages <= set(install.split())


def test_the_server_that_tests_start_brings_no_server_for_everyone(run: Run, tmp_path: Path) -> None:
    assert run().returncode == 0
    [file] = (tmp_path / "clusters").iterdir()
    assert file.read_text(encoding="utf-8") == "create_main_cluster = false\n"


def test_nothing_is_said_of_servers_where_none_is_installed(run: Run, tmp_path: Path) -> None:
    assert run(*(name for name in PROGRAMS if name != "certutil")).returncode == 0
    assert not (tmp_path / "clusters").exists()


def test_what_is_there_is_not_asked_for(run: Run, tmp_path: Path) -> None:
    assert run(*(name for name in PROGRAMS if name != "certutil")).returncode == 0
    assert (tmp_path / "apt").read_text(encoding="utf-8").splitlines()[1].endswith("recommends libnss3-tools")


def test_others_are_told_what_to_run(run: Run, tmp_path: Path) -> None:
    done = run(user=1000)
    assert done.returncode == 1
    assert "sudo apt-get install --no-install-recommends chromium" in done.stderr
    assert not (tmp_path / "apt").exists()


def test_other_systems_are_told_what_is_missing(run: Run) -> None:
    done = run(debian=False)
    assert done.returncode == 1
    assert "poppler-utils" in done.stderr
