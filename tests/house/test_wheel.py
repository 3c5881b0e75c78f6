"""The wheel is whole: installed far from the checkout, it issues and verifies."""

from __future__ import annotations

import json
import subprocess
import zipfile
from pathlib import Path

import pytest

from tests.support.environments import FreshEnvironment, make_environment
from tests.support.tools import ROOT, require_tool

PACKAGES = ("credential", "keys", "templates", "issuer", "verifier", "cli")
SAMPLE_AWARDS = 24


@pytest.fixture(scope="module")
def full_environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> FreshEnvironment:
    return make_environment(tmp_path_factory.mktemp("full") / "env", lock="requirements.lock", wheel=wheel)


def test_the_wheel_holds_every_tracked_file_of_the_six_packages_and_nothing_else(wheel: Path) -> None:
    git = require_tool("git")
    listed = subprocess.run([git, "ls-files", "-z", *PACKAGES], cwd=ROOT, check=True, capture_output=True).stdout
    tracked = {name for name in listed.decode().split("\0") if name and (ROOT / name).exists()}
    with zipfile.ZipFile(wheel) as archive:
        packed = set(archive.namelist())
    assert tracked - packed == set()
    tops = {name.partition("/")[0] for name in packed}
    assert {top for top in tops if not top.endswith(".dist-info")} == set(PACKAGES)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_demonstration_runs_from_the_wheel(full_environment: FreshEnvironment, tmp_path: Path) -> None:
    home = tmp_path / "demonstration"
    done = full_environment.run(
        ["titlecert", "demo", "--no-serve", "--dir", str(home), "--json"], cwd=tmp_path, timeout=300
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert len(report["certificates"]) == SAMPLE_AWARDS
    states = [certificate["status"] for certificate in report["certificates"]]
    assert (states.count("valid"), states.count("withdrawn")) == (SAMPLE_AWARDS - 1, 1)
    documents = [tmp_path / certificate["document"] for certificate in report["certificates"]]
    assert all(document.read_bytes().startswith(b"%PDF-") for document in documents)
    assert (tmp_path / report["publication"] / "snapshot.jwt").is_file()
    assert_verdicts(full_environment, report, tmp_path)


def assert_verdicts(environment: FreshEnvironment, report: dict[str, list[dict[str, str]]], cwd: Path) -> None:
    """`titlecert verify` exits with 0 for the first valid certificate and with something else for the withdrawn one."""
    by_status = {certificate["status"]: certificate["qr_text"] for certificate in report["certificates"]}
    exits = {}
    for status, qr_text in by_status.items():
        command = ["titlecert", "verify", qr_text, "--publication", str(report["publication"])]
        command += ["--trust-root", str(report["trust_root"])]
        exits[status] = environment.run(command, cwd=cwd).returncode
    assert exits["valid"] == 0
    assert exits["withdrawn"] not in {0, 1, 2}


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_nothing_comes_from_the_checkout(full_environment: FreshEnvironment, tmp_path: Path) -> None:
    code = f"import {', '.join(PACKAGES)}; print(*({', '.join(f'{name}.__file__' for name in PACKAGES)},), sep='\\n')"
    done = full_environment.run(["python", "-c", code], cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert all(line.startswith(str(full_environment.directory)) for line in done.stdout.split())
