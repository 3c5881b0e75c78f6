"""What the public's process really loads, and that no modules import each other in a circle.

The contracts in ``.importlinter`` say which room may import which; inside a room they leave circles open.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.tools import ROOT
from tools.sizes import ROOMS, circles

FORBIDDEN_IN_VERIFIER = {"alembic", "cli", "issuer", "keys", "sqlalchemy", "templates", "typst"}


def modules_after(statement: str) -> set[str]:
    """The top-level names in sys.modules of a fresh interpreter that ran `statement`."""
    code = (
        f"{statement}\nimport json, sys\nprint(json.dumps(sorted({{name.partition('.')[0] for name in sys.modules}})))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout))


@pytest.mark.slow
def test_the_verifiers_process_loads_nothing_of_the_issuers_side() -> None:
    loaded = modules_after("import verifier.app")
    assert {"verifier", "credential", "fastapi"} <= loaded
    assert not loaded & FORBIDDEN_IN_VERIFIER


def test_the_process_that_reads_a_list_loads_no_key_and_no_register() -> None:
    loaded = modules_after("import issuer.sheets.reading")
    assert not loaded & {"alembic", "cli", "cryptography", "jwt", "keys", "sqlalchemy", "xlsxwriter"}


def test_the_process_that_decodes_photos_loads_no_key_and_no_register() -> None:
    loaded = modules_after("import issuer.photos.clean")
    assert "PIL" in loaded
    assert not loaded & {"alembic", "cli", "cryptography", "jwt", "keys", "sqlalchemy", "typst", "xlsxwriter"}


def test_the_look_at_loaded_modules_sees_them() -> None:
    assert "issuer" in modules_after("import issuer")


@pytest.mark.parametrize("package", ["credential", "keys", "templates", "issuer", "verifier", "cli"])
def test_importing_a_package_prints_nothing(package: str) -> None:
    command = [sys.executable, "-W", "error", "-c", f"import {package}"]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.slow
def test_no_modules_import_each_other_in_a_circle() -> None:
    assert circles(*ROOMS) == []


def test_a_circle_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    room = tmp_path / "round_room"
    room.mkdir()
    (room / "__init__.py").touch()
    (room / "first.py").write_text("from round_room import second\n", "utf-8")
    (room / "second.py").write_text("def late():\n    from round_room.first import second\n", "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    assert [set(each) for each in circles("round_room")] == [{"round_room.first", "round_room.second"}]
