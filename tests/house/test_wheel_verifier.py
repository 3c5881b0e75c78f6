"""What the base install and the extra `verifier` give: checking and serving, without anything of the issuer's side."""

from __future__ import annotations

import json
import subprocess
import time
import urllib.error
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.environments import FreshEnvironment, make_environment
from tests.support.ports import free_port
from tests.support.world import World

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def public(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> FreshEnvironment:
    """An environment of a public verifier."""
    return make_environment(tmp_path_factory.mktemp("public") / "env", lock="requirements-verifier.lock", wheel=wheel)


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
