"""Services, worker and readers know the protocol of a custody and nothing of how keys are kept."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from credential.signing import KeyUse
from issuer.home.opened import Custody
from issuer.home.opening import FileCustody
from issuer.home.paths import Home
from keys.errors import KeysError
from tests.support.clock import NOW
from tests.support.custody import MemoryCustody, NoSuchKeyError
from tests.support.office import CHEAP, passphrase
from tests.support.settings import demo_settings
from tests.support.tools import ROOT

pytestmark = pytest.mark.slow

WITHOUT_KEYS = """
import sys
from pathlib import Path
sys.modules["keys"] = None  # an import of it, or of anything in it, fails
from tests.home.in_memory import main
main(Path(sys.argv[1]))
"""
VERIFIER = """
import asyncio, json, sys
from datetime import datetime
from pathlib import Path
from verifier.app import create_app
from verifier.settings import Settings
home, qr, now = Path(sys.argv[1]), sys.argv[2], datetime.fromisoformat(sys.argv[3])
settings = Settings(publication=str(home / "publication"), trust_root=(home / "trust-root").read_bytes(),
                    origin="http://127.0.0.1:8787", serve_publication=True)
app = create_app(settings, clock=lambda: now)
from tests.support.web import Client
answer = Client(app).post("/v1/verify", json={"qr_text": qr})
loaded = sorted({name.partition(".")[0] for name in sys.modules})
print(json.dumps({"answer": answer.json(), "status": answer.status_code, "loaded": loaded}))
"""


def run(*command: str) -> dict[str, object]:
    done = subprocess.run([sys.executable, *command], cwd=ROOT, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    said: dict[str, object] = json.loads(done.stdout)
    return said


def test_an_office_runs_from_founding_to_withdrawal_without_the_key_store(tmp_path: Path) -> None:
    """And a verifier, in a process of its own, reads what it published and loads nothing of the issuer's side."""
    home = tmp_path / "home"
    did = run("-c", WITHOUT_KEYS, str(home))
    assert (did["issued"], did["withdrawn"]) == ("valid", "withdrawn")
    assert not set(did["loaded"]) & {"fastapi", "typer", "uvicorn"}  # type: ignore[call-overload]
    assert list((home / "keys").iterdir()) == list((home / "root").iterdir()) == []
    later = NOW.replace(minute=2).isoformat()
    read = run("-c", VERIFIER, str(home), str(did["qr"]), later)
    assert read["status"] == 200, read["answer"]
    assert read["answer"]["outcome"] == "withdrawn"  # type: ignore[index]
    assert not set(read["loaded"]) & {"alembic", "cli", "issuer", "keys", "sqlalchemy", "templates", "typer"}  # type: ignore[call-overload]


# One contract, two custodies


def in_files(directory: Path) -> FileCustody:
    made = FileCustody(Home.create(directory / "home", demo_settings()), passphrase, clock=lambda: NOW, cost=CHEAP)
    made.make_secrets("shifan-demo")
    return made


def in_memory(_: Path) -> MemoryCustody:
    return MemoryCustody(clock=lambda: NOW)


REFUSALS = (KeysError, NoSuchKeyError)
custodies = pytest.mark.parametrize("make", [in_files, in_memory])


@custodies
def test_a_key_signs_for_its_use_until_it_is_ended(make: Callable[[Path], Custody], tmp_path: Path) -> None:
    custody = make(tmp_path)
    for use in (KeyUse.ADMINISTRATOR, KeyUse.CREDENTIAL, KeyUse.DOCUMENT, KeyUse.PUBLISHER, KeyUse.STATUS):
        key = custody.make(use, label=use.value)
        signer = custody.signer(use, key.key_id)
        assert signer.key_id == key.key_id
        key.verify(signer.sign(b"message"), b"message")
        other = KeyUse.STATUS if use is not KeyUse.STATUS else KeyUse.PUBLISHER
        with pytest.raises(REFUSALS):
            custody.signer(other, key.key_id)
        custody.end(key.key_id)
        with pytest.raises(REFUSALS):
            custody.signer(use, key.key_id)
        with pytest.raises(REFUSALS):
            custody.end(key.key_id)
        assert key.key_id not in {held.key_id for held in custody.held()}


@custodies
def test_an_operators_key_is_that_operators(make: Callable[[Path], Custody], tmp_path: Path) -> None:
    custody = make(tmp_path)
    key = custody.make(KeyUse.OPERATOR, label="operator clerk1", owner="clerk1")
    assert custody.signer(KeyUse.OPERATOR, key.key_id, owner="clerk1").key_id == key.key_id
    with pytest.raises(REFUSALS):
        custody.signer(KeyUse.OPERATOR, key.key_id, owner="boss1")


@custodies
def test_what_is_held_is_known_without_opening_it(make: Callable[[Path], Custody], tmp_path: Path) -> None:
    custody = make(tmp_path)
    status = custody.make(KeyUse.STATUS, label="status lists")
    root = custody.make(KeyUse.ROOT, label="root")
    held = [each for each in custody.held() if each.public is not None]
    assert [(each.use, each.key_id, each.label) for each in held] == [
        ("root", root.key_id, "root"),
        ("status", status.key_id, "status lists"),
    ]
    assert [each.public for each in held] == [root, status]


@custodies
def test_a_demonstrations_certificate_says_so_and_is_for_the_key(
    make: Callable[[Path], Custody], tmp_path: Path
) -> None:
    custody = make(tmp_path)
    key = custody.make(KeyUse.DOCUMENT, label="document")
    leaf, chain = custody.certify_demonstration(key, authority_name="示范局", credit_code="11990101000020028B")
    assert leaf.public_key() == key.public_key
    leaf.verify_directly_issued_by(chain[0])
    assert all("演示" in each.subject.rfc4514_string() for each in (leaf, *chain))
