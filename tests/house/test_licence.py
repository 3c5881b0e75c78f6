"""The licence is the standard text, and stands in what is handed out: checkout, wheel and source distribution."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import tomllib
import zipfile
from email import message_from_bytes
from email.message import Message
from hashlib import sha256
from pathlib import Path

import pytest

from tests.support.tools import ROOT

APACHE_2_0 = "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30"
"""SHA-256 of the Apache License 2.0 as its authors publish it."""
LICENCE = "LICENSE"


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files of the source distribution, without the folder above them."""
    directory = tmp_path_factory.mktemp("source")
    command = [sys.executable, "-m", "build", "--sdist", "--no-isolation", "--outdir", str(directory), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    with tarfile.open(next(directory.glob("*.tar.gz"))) as archive:
        opened = {member.name: archive.extractfile(member) for member in archive.getmembers() if member.isfile()}
        return {name.partition("/")[2]: file.read() for name, file in opened.items() if file is not None}


def says_apache(metadata: Message) -> None:
    """PEP 639: an expression and a file; a classifier beside them would be a second home of the same fact."""
    assert metadata["License-Expression"] == "Apache-2.0"
    assert metadata.get_all("License-File") == [LICENCE]
    assert metadata["License"] is None
    assert [line for line in metadata.get_all("Classifier", []) if line.startswith("License ::")] == []


def test_the_licence_is_the_standard_text() -> None:
    assert sha256((ROOT / LICENCE).read_bytes()).hexdigest() == APACHE_2_0


@pytest.mark.slow
def test_the_wheel_has_the_licence(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        packed = {name.partition(".dist-info/")[2]: name for name in archive.namelist() if ".dist-info/" in name}
        says_apache(message_from_bytes(archive.read(packed["METADATA"])))
        assert archive.read(packed[f"licenses/{LICENCE}"]) == (ROOT / LICENCE).read_bytes()


@pytest.mark.slow
def test_the_source_distribution_has_the_licence_and_says_how_to_report(source: dict[str, bytes]) -> None:
    says_apache(message_from_bytes(source["PKG-INFO"]))
    for name in (LICENCE, "SECURITY.md", "README.md"):
        assert source[name] == (ROOT / name).read_bytes()


def test_no_page_of_a_licence_is_forgotten_in_the_project_file() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["license-files"] == sorted(path.name for path in ROOT.glob("LICEN[CS]E*"))
