"""The page of keys is a script: run section by section in an office, and what it shows is what the commands say."""

from __future__ import annotations

import re
import shlex
from datetime import timedelta

import pytest

from tests.cli.support import Shell
from tests.support.tools import ROOT

PAGES = {"zh": ROOT / "docs" / "zh" / "密钥.md", "en": ROOT / "docs" / "en" / "keys.md"}
BLOCK = re.compile(r"^```(sh|text)\n(.*?)^```", re.MULTILINE | re.DOTALL)
KEY_ID = re.compile(r"\b[0-9a-f]{16}\b")
USES = ("credential", "status", "publisher", "document", "", "", "", "", "", "")
"""Of the sections of the page, in order: whose key is meant by KEY."""


def sections(language: str) -> list[list[tuple[str, str]]]:
    """The blocks of each section, with their kinds."""
    parts = re.split(r"^## .+$", PAGES[language].read_text("utf-8"), flags=re.MULTILINE)[1:]
    return [BLOCK.findall(part) for part in parts]


def outcome(office: Shell, code: str) -> str:
    """What a stranger finds."""
    assert office.home is not None
    alone = Shell(capsys=office.capsys, now=office.now)
    place = ("--publication", str(office.home / "publication"), "--trust-root", str(office.home / "trust-root"))
    return str(alone("verify", code, *place, "--json").data["outcome"])


def key_of(office: Shell, use: str) -> str:
    """The active key of the section's use, the province's where it belongs to somebody."""
    found = [each for each in office.json("keys", "list")["register"] if each["use"] == use]
    mine = [each for each in found if each["state"] == "active" and each["authority"] in {None, "sf-hrss"}]
    return str(mine[0]["id"])


@pytest.mark.slow
@pytest.mark.parametrize("language", ["zh", pytest.param("en", marks=pytest.mark.soak)])
def test_the_page_is_run_and_old_certificates_stay_good(office: Shell, language: str) -> None:
    listed = office.json("certificate", "list", "--full", "--state", "valid")["certificates"]
    code, found = listed[0]["check_code"], sections(language)
    assert len(found) == len(USES)
    for use, blocks in zip(USES, found, strict=True):
        for kind, text in blocks:
            if kind == "sh":
                office.now += timedelta(minutes=10)
                said = run(office, text, use, language)
            else:
                assert text.splitlines() == [line for line in said if line in text.splitlines()], said
        assert outcome(office, code) == "valid", use


def run(office: Shell, text: str, use: str, language: str) -> list[str]:
    """Run a block and return what its commands wrote, ids of keys as ``KEY``."""
    said: list[str] = []
    key = key_of(office, use) if "KEY" in text else ""
    for line in text.splitlines():
        words = [key if word == "KEY" else word for word in shlex.split(line)[1:]]
        ended = office(*words, "--lang", language)
        assert ended.code == 0, (line, ended.err)
        said += KEY_ID.sub("KEY", ended.out).splitlines()
    return said
