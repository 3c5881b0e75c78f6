"""Section 13 of docs/FORMAT.md is what the code gives, and what it shows is true."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from credential import claims, qrtext
from tests.credential.made import CLAIMS, signer
from tests.format_examples import in_document, main, section

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "FORMAT.md"


def test_the_document_holds_exactly_these_examples() -> None:
    assert in_document(DOCUMENT.read_text("utf-8")) == section()


def test_check_refuses_a_document_that_says_something_else(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = tmp_path / "FORMAT.md"
    other.write_text(DOCUMENT.read_text("utf-8").replace("d2  # tag 18", "d3  # tag 18", 1), "utf-8")
    assert main(["--check", str(DOCUMENT)]) == 0
    assert main(["--check", str(other)]) == 1
    assert "--write" in capsys.readouterr().err
    assert main(["--write", str(other)]) == 0
    assert other.read_text("utf-8") == DOCUMENT.read_text("utf-8")


def test_the_annotated_bytes_and_the_qr_text_are_the_same_credential() -> None:
    text = DOCUMENT.read_text("utf-8")
    annotated = text.partition("### 13.1")[2].partition("The signature is over")[0]
    data = bytes.fromhex("".join(re.findall(r"^ {4} *([0-9a-f]+)  #", annotated, re.MULTILINE)))
    assert claims.parse(data).verify(signer("credential").key) == CLAIMS
    shown = text.partition("### 13.2")[2].partition("### 13.3")[0].partition("https")
    assert qrtext.parse("https" + "".join(shown[2].split())).data == data
