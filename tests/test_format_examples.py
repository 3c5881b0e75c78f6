"""Section 13 of docs/FORMAT.md is what the code gives, and what it shows is true."""

from __future__ import annotations

import re
import zlib
from pathlib import Path

import pytest

from credential import claims, qrtext
from credential.statuslist import StatusArray
from tests.credential.made import CLAIMS, signer
from tests.format_examples import HEADING, in_document, main, section
from tests.support.tools import require_usual_deflate

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "FORMAT.md"
PACKED = {"13.7 Status list", "13.11 Snapshot"}
"""Chapters with packed bytes in them, or with digests of such."""


def test_the_document_holds_exactly_these_examples() -> None:
    held, made = chapters(in_document(DOCUMENT.read_text("utf-8"))), chapters(section())
    assert list(held) == list(made)
    different = {title for title in held if held[title] != made[title]}
    assert different <= PACKED
    if different:
        require_usual_deflate()
    assert held == made


def chapters(text: str) -> dict[str, str]:
    """The section by the titles of its chapters; what stands in front of the first one is its own title."""
    parts = (chapter.partition("\n") for chapter in text.split("\n### "))
    return {title: content for title, _, content in parts}


def test_the_chapters_with_packed_bytes_are_these(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = chapters(section())
    assert "\n### ".join(f"{title}\n{content}" for title, content in usual.items()) == section()
    monkeypatch.setattr(StatusArray, "pack", lambda array: zlib.compress(array.data, 0))
    assert {title for title, content in chapters(section()).items() if content != usual[title]} == PACKED


def test_check_refuses_a_document_that_says_something_else(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, other = tmp_path / "good.md", tmp_path / "other.md"
    good.write_text(DOCUMENT.read_text("utf-8"), "utf-8")
    assert main(["--write", str(good)]) == 0
    assert main(["--check", str(good)]) == 0
    other.write_text(good.read_text("utf-8").replace("d2  # tag 18", "d3  # tag 18", 1), "utf-8")
    assert main(["--check", str(other)]) == 1
    assert "--write" in capsys.readouterr().err
    assert main(["--write", str(other)]) == 0
    assert other.read_text("utf-8") == good.read_text("utf-8")
    assert in_front(good) == in_front(DOCUMENT)


def in_front(document: Path) -> str:
    return document.read_text("utf-8").partition(HEADING)[0]


def test_the_annotated_bytes_and_the_qr_text_are_the_same_credential() -> None:
    text = DOCUMENT.read_text("utf-8")
    annotated = text.partition("### 13.1")[2].partition("The signature is over")[0]
    data = bytes.fromhex("".join(re.findall(r"^ {4} *([0-9a-f]+)  #", annotated, re.MULTILINE)))
    assert claims.parse(data).verify(signer("credential").key) == CLAIMS
    shown = text.partition("### 13.2")[2].partition("### 13.3")[0].partition("https")
    assert qrtext.parse("https" + "".join(shown[2].split())).data == data
