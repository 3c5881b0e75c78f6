"""The page of a whole office is a script: typed line by line, it founds one, loses a key and a disk, and comes back.

Rules: every line of the page is typed, in order: those of the program in this process with a fixed clock, all others in
a shell. What other people bring is put in place before (``Brought``). Words in capitals stand for what the command
before has shown. Nothing else differs from the page but the address of the time-stamp service.
"""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pkcs11 import lib

from cli import exits
from tests.cli.support import Shell
from tests.support.accredited import Service
from tests.support.clock import NOW
from tests.support.office import DATA
from tests.support.stamping import TimestampService
from tests.support.tokens import Token
from tests.support.tools import ROOT, require_tool

PAGES = {"en": ROOT / "docs" / "en" / "office.md", "zh": ROOT / "docs" / "zh" / "全程.md"}
MODULE = "/usr/lib/softhsm/libsofthsm2.so"
"""As the page names it."""
LIST = "engineering-senior-2026.xlsx"
TIME_STAMP = b"060B2A864886F70D010910020E"
"""The attribute of a signature time-stamp (RFC 3161, appendix A), in the digits of a seal."""
LOOKS = {"status": exits.CRITICAL, "doctor": exits.CRITICAL}
"""Commands whose code says how things stand: nobody serves in this test."""


def lines(language: str) -> list[str]:
    """Every line that is typed."""
    blocks = re.findall(r"^```sh\n(.*?)^```", PAGES[language].read_text("utf-8"), re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


@dataclass(kw_only=True)
class Walk:
    """Somebody who types the page."""

    shell: Shell
    stamps: TimestampService
    language: str
    service: Service = field(default_factory=lambda: Service(NOW))
    values: dict[str, str]
    """What stands for the words in capitals."""

    def type(self, line: str) -> None:
        """Type a line; it must succeed."""
        if line.startswith("export "):
            return  # the fixture has done it
        if not line.startswith("titlecert "):
            subprocess.run(["bash", "-e", "-c", line], check=True, capture_output=True)
            if line.startswith("softhsm2-util"):
                lib(MODULE).reinitialize()  # a module that is loaded does not see a token that is made later
            return
        self.shell.now += timedelta(seconds=20)
        self.stamps.now = self.shell.now
        words = [self.values.get(word, word).replace("$PWD", str(Path.cwd())) for word in shlex.split(line)[1:]]
        ended = self.shell(*words, "--lang", self.language)
        assert ended.code == LOOKS.get(words[0], 0), f"{line}\n{ended.out}\n{ended.err}"
        self.learn(words)

    def learn(self, words: list[str]) -> None:
        """Take what the next lines need from what is shown now."""
        if words[:2] == ["keys", "request"]:
            Path("sf-hrss.pem").write_bytes(
                self.service.returned(self.service.certify(Path("sf-hrss.csr").read_bytes()))
            )
        if words[:2] == ["keys", "list"]:
            [key] = [each for each in self.shell.json("keys", "list")["register"] if each["use"] == "credential"]
            self.values |= {"KEY": key["id"], "SINCE": key["from"]}
        if words[:2] == ["backup", "list"]:
            self.values["BACKUP"] = self.shell.json("backup", "list", "--to", "copies")["backups"][0]["file"]


def verified(shell: Shell, what: str) -> dict[str, Any]:
    """What a reader finds who has the publication and the root that was printed at first."""
    place = ("--publication", "office/publication", "--trust-root", "reader/trust-root")
    return dict(json.loads(shell("verify", what, *place, "--json").out))


@pytest.fixture
def walk(
    shell: Shell,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    tokens: Mapping[str, Token],
    request: pytest.FixtureRequest,
) -> Iterator[Walk]:
    util = require_tool("softhsm2-util")
    assert tokens  # made before the module is loaded, which sees none that is made later
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TITLECERT_HOME", "office")
    shell.ask = lambda _: "correct horse battery staple"
    with TimestampService(NOW) as stamps:
        walk = Walk(shell=shell, stamps=stamps, language=request.param, values={"https://tsa.example/": stamps.url})
        Path("service-root.pem").write_bytes(walk.service.anchor)
        Path("tsa-root.pem").write_bytes(stamps.above.anchor)
        shutil.copy(DATA / LIST, LIST)
        yield walk
    # The page of the other language makes one of the same name.
    subprocess.run([util, "--delete-token", "--token", "hall"], check=True, capture_output=True)
    lib(MODULE).reinitialize()


@pytest.mark.slow
@pytest.mark.parametrize("walk", ["zh", pytest.param("en", marks=pytest.mark.soak)], indirect=True)
def test_a_whole_office_is_founded_works_loses_a_key_and_a_disk_and_comes_back(walk: Walk) -> None:
    for line in lines(walk.language):
        walk.type(line)
    shell = walk.shell
    for file in ("first.pdf", "new.pdf"):
        assert TIME_STAMP in Path(file).read_bytes()
    root = shell.json("root", "show")
    assert (root["threshold"], len(root["keys"])) == (2, 3)
    proven = shell.json("register", "verify")
    assert (proven["certificates"], proven["fallen"], proven["findings"]) == (47, 24, [])
    found = {file: verified(shell, file)["outcome"] for file in ("first.pdf", "new.pdf")}
    assert found == {"first.pdf": "not_authentic", "new.pdf": "valid"}
    for command in LOOKS:
        told = [each for one in shell(command, "--json").data["checks"] for each in one["findings"]]
        bad = {each["code"] for each in told if each["level"] in {"critical", "warning"}}
        assert bad == {"no_worker_and_work"}, command


def test_both_languages_type_the_same_lines() -> None:
    assert lines("zh") == lines("en")
    assert len(lines("en")) > 70
