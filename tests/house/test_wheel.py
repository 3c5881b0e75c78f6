"""The wheel is whole: installed far from the checkout, its base with the extra `verifier` checks, and all of it issues.

One environment is filled twice, because to install takes most of the time: first with what a public verifier needs,
then with the rest. So the tests of the first stand before those of the second.
"""

from __future__ import annotations

import json
import subprocess
import time
import urllib.error
import urllib.request
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.environments import FreshEnvironment, add_packages, make_environment, needed_by
from tests.support.ports import free_port
from tests.support.tools import ROOT, require_tool
from tests.support.world import World

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

PACKAGES = ("credential", "keys", "templates", "issuer", "verifier", "cli")
SAMPLE_AWARDS = 24


@pytest.fixture(scope="module")
def public(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> FreshEnvironment:
    """An environment of a public verifier."""
    return make_environment(
        tmp_path_factory.mktemp("installed") / "env", lock="requirements-verifier.lock", wheel=wheel
    )


@pytest.fixture(scope="module")
def full(public: FreshEnvironment, wheel: Path) -> FreshEnvironment:
    """The same with everything that the wheel needs, of the lock; the rest of that is for developers."""
    add_packages(public, lock="requirements.lock", only=needed_by(wheel, "all"))
    return public


def test_the_wheel_holds_every_tracked_file_of_the_six_packages_and_nothing_else(wheel: Path) -> None:
    git = require_tool("git")
    listed = subprocess.run([git, "ls-files", "-z", *PACKAGES], cwd=ROOT, check=True, capture_output=True).stdout
    tracked = {name for name in listed.decode().split("\0") if name and (ROOT / name).exists()}
    with zipfile.ZipFile(wheel) as archive:
        packed = set(archive.namelist())
    assert tracked - packed == set()
    tops = {name.partition("/")[0] for name in packed}
    assert {top for top in tops if not top.endswith(".dist-info")} == set(PACKAGES)


# What the base install and the extra `verifier` give: checking and serving, without anything of the issuer's side.


def test_the_verifiers_process_starts_without_sqlalchemy(public: FreshEnvironment, tmp_path: Path) -> None:
    code = "import importlib.util, verifier.app; assert importlib.util.find_spec('sqlalchemy') is None"
    done = public.run(["python", "-W", "error", "-c", code], cwd=tmp_path)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("words", [(), ("verify",), ("serve",), ("demo",), ("withdraw",)], ids=" ".join)
def test_help_needs_no_extra(public: FreshEnvironment, tmp_path: Path, words: tuple[str, ...]) -> None:
    done = public.run(["titlecert", *words, "--help"], cwd=tmp_path)
    assert done.returncode == 0, done.stderr


def test_a_command_that_lacks_its_extra_names_it(public: FreshEnvironment, tmp_path: Path) -> None:
    command = ["titlecert", "init", "--deployment", "shifan-test", "--origin", "https://zc.example"]
    done = public.run([*command, "--home", str(tmp_path / "home")], cwd=tmp_path)
    assert done.returncode != 0
    assert "titlecert[issuer]" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_public_verifier_answers(public: FreshEnvironment, tmp_path: Path) -> None:
    """A publication in a folder, a pinned root, nothing of the issuer's side installed: the API gives the verdict."""
    world = World(now=datetime.now(UTC).replace(microsecond=0))
    certificate = world.issue()
    world.publish()
    world.write(tmp_path / "publication")
    (tmp_path / "trust-root").write_bytes(world.pinned_root)
    port = free_port()
    command = [public.program("titlecert"), "serve", "verifier", "--publication", str(tmp_path / "publication")]
    command += ["--trust-root", str(tmp_path / "trust-root"), "--bind", f"127.0.0.1:{port}"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        try:
            answer = ask(port, {"qr_text": certificate.qr_text})
            assert (answer["outcome"], answer["reason"]) == ("valid", "in_force")
            assert ask(port, {"check_code": certificate.grouped_code})["outcome"] == "valid"
        finally:
            process.terminate()


def ask(port: int, question: dict[str, str], *, seconds: float = 60) -> dict[str, object]:
    """Ask the API, waiting until it is up."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/v1/verify",
        data=json.dumps(question).encode(),
        headers={"Content-Type": "application/json"},
    )
    deadline = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(request, timeout=10) as response:
                answer: dict[str, object] = json.load(response)
                return answer
        except urllib.error.URLError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


# Everything


@pytest.mark.soak
def test_the_demonstration_runs_from_the_wheel(full: FreshEnvironment, tmp_path: Path) -> None:
    home = tmp_path / "demonstration"
    done = full.run(["titlecert", "demo", "--no-serve", "--dir", str(home), "--json"], cwd=tmp_path, timeout=300)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert len(report["certificates"]) == SAMPLE_AWARDS
    states = [certificate["status"] for certificate in report["certificates"]]
    assert (states.count("valid"), states.count("withdrawn")) == (SAMPLE_AWARDS - 1, 1)
    documents = [tmp_path / certificate["document"] for certificate in report["certificates"]]
    assert all(document.read_bytes().startswith(b"%PDF-") for document in documents)
    assert (tmp_path / report["publication"] / "snapshot.jwt").is_file()
    assert_verdicts(full, report, tmp_path)


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


def test_nothing_comes_from_the_checkout(full: FreshEnvironment, tmp_path: Path) -> None:
    code = f"import {', '.join(PACKAGES)}; print(*({', '.join(f'{name}.__file__' for name in PACKAGES)},), sep='\\n')"
    done = full.run(["python", "-c", code], cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert all(line.startswith(str(full.directory)) for line in done.stdout.split())
