"""What a change of status loads when it is really done and published: nothing that makes documents or workbooks."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.cli.support import Shell
from tests.support.tools import ROOT

UNUSED = {
    "PIL",
    "alembic",
    "asn1crypto",
    "fastapi",
    "fontTools",
    "mako",
    "openpyxl",
    "pyhanko",
    "rich",
    "typst",
    "uvicorn",
    "xlsxwriter",
    "zxingcpp",
}
"""What takes a second to load, and no change of status uses."""
PROGRAM = """
import json, sys
from datetime import datetime
from cli.main import main
from cli.tool import Tool
now = datetime.fromisoformat(sys.argv[1])
before = {name.partition(".")[0] for name in sys.modules}
code = main(sys.argv[2:], tool=Tool(clock=lambda: now))
after = {name.partition(".")[0] for name in sys.modules}
print(json.dumps([sorted(before), sorted(after)]), file=sys.stderr)
sys.exit(code)
"""


def loaded_by(office: Shell, *words: str) -> set[str]:
    """The top-level names that a command loaded in an interpreter of its own, beside those of the program around it."""
    command = [sys.executable, "-c", PROGRAM, office.now.isoformat(), *words, "--home", str(office.home)]
    done = subprocess.run(command, cwd=ROOT, env=os.environ, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    before, after = json.loads(done.stderr.splitlines()[-1])
    assert not set(before) & UNUSED
    return set(after)


@pytest.mark.slow
def test_a_suspension_that_is_published_loads_nothing_that_makes_documents(office: Shell) -> None:
    number = str(office.json("certificate", "list")["certificates"][0]["number"])
    words = ("suspend", number, "--basis", "核查", "--document", "示人社核〔2026〕8号", "--as", "chief1", "--yes")
    loaded = loaded_by(office, *words)
    assert {"issuer", "keys", "sqlalchemy", "verifier"} <= loaded
    assert not loaded & UNUSED
    assert office.json("certificate", "show", number)["status"] == "suspended"
