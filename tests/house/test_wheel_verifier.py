"""What the base install and the extra `verifier` give: checking and serving, without anything of the issuer's side."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.environments import FreshEnvironment, make_environment

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
