"""The handbook for administrators is a script: run line by line, it founds a real office whose root has three keys."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest

from tests.cli.support import Shell
from tests.support.accredited import Service
from tests.support.clock import NOW
from tests.support.office import DATA
from tests.support.tools import ROOT

BOOK = ROOT / "docs" / "zh" / "管理.md"
SECTIONS = ("建立正式部署", "几把根密钥")
ALONE = ("root", "make-key"), ("root", "sign")
"""Commands of machines without a home."""


def lines(section: str) -> list[list[str]]:
    """The lines of a section that are typed."""
    text = BOOK.read_text("utf-8")
    found = re.search(rf"^## {section}\n(.*?)(?=^## )", text, re.MULTILINE | re.DOTALL)
    assert found is not None
    blocks = re.findall(r"^```sh\n(.*?)^```", found[1], re.MULTILINE | re.DOTALL)
    return [shlex.split(line)[1:] for block in blocks for line in block.splitlines()]


@pytest.mark.slow
def test_the_handbook_founds_an_office(shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    service, home = Service(NOW), tmp_path / "office"
    shell.ask = lambda _: "passphrase of a holder"
    Path("service-root.pem").write_bytes(service.anchor)
    typed = [words for section in SECTIONS for words in lines(section)]
    assert len(typed) > 25
    for words in typed:
        if words[:2] == ["keys", "import-certificate"]:
            Path("sf-hrss.pem").write_bytes(service.returned(service.certify(Path("sf-hrss.csr").read_bytes())))
        shell.home = None if tuple(words[:2]) in ALONE else home
        if "root.key.json" in words:  # carried here from the home; its passphrase is the home's, typed by its holder
            shutil.copy(home / "root" / "root.key.json", "root.key.json")
            kept = (home / "secrets" / "root.passphrase").read_text(encoding="utf-8").strip()
            shell.ask = lambda _, kept=kept: kept  # type: ignore[misc]
        else:
            shell.ask = lambda _: "passphrase of a holder"
        ended = shell(*words)
        assert ended.code == 0, (words, ended.err)
    shell.home = home
    root = shell.json("root", "show")
    assert (root["version"], root["threshold"], len(root["keys"])) == (2, 2, 3)
    batch = shell.json("batch", "check", str(DATA / "engineering-senior-2026.xlsx"), "--authority", "sf-hrss")["batch"]
    shell.json("batch", "submit", batch, "--as", "clerk1")
    shell.json("batch", "approve", batch, "--as", "chief1")
    assert shell.json("batch", "issue", batch)["new"] == 24
