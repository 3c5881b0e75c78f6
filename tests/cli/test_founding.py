"""A real office is founded by commands alone: its seal is certified by a service, and everyone accepts what it issues."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from tests.cli.support import Shell
from tests.support.accredited import Service
from tests.support.clock import NOW
from tests.support.office import DATA
from tests.support.tools import require_tool

NAME, CODE = "示范省人力资源和社会保障厅", "11990000000010014J"
INIT = ("init", "--deployment", "shifan", "--origin", "https://zc.example", "--make-passphrases")
REQUEST = ("keys", "request", "--use", "document", "--authority", "sf-hrss")
NAMED = ("--name", NAME, "--code", CODE)
ADD = ("authority", "add", "sf-hrss", *NAMED, "--name-en", "Shifan HRSS", "--region", "990000")
LIST = "engineering-senior-2026.xlsx"


@pytest.fixture
def service() -> Service:
    return Service(NOW)


@pytest.fixture
def real(shell: Shell, tmp_path: Path) -> Shell:
    """An office with legal effect that has its region and nothing else."""
    shell.home = tmp_path / "office"
    shell.json(*INIT)
    shell.json("region", "add", "990000", "示范省")
    return shell


def certified(shell: Shell, service: Service, tmp_path: Path) -> None:
    """Ask for the document certificate, have it made, and take it in."""
    request, returned, root = tmp_path / "sf.csr", tmp_path / "sf.pem", tmp_path / "root.pem"
    shell.json(*REQUEST, *NAMED, "--out", str(request))
    returned.write_bytes(service.returned(service.certify(request.read_bytes())))
    root.write_bytes(service.anchor)
    taken = shell.json(
        "keys", "import-certificate", str(returned), "--authority", "sf-hrss", "--trust-anchor", str(root)
    )
    assert (taken["name"], taken["code"], taken["chain"], taken["in_register"]) == (NAME, CODE, 3, False)


def set_up(shell: Shell) -> None:
    """Add what a list of engineers needs, two operators, and sign the trust list."""
    facts = json.loads((DATA / "demo.json").read_bytes())
    shell.json(*ADD)
    shell.json(
        "authority", "grant", "sf-hrss", "--region", "990000", "--legal-basis", "示范省职称评审管理办法", "--series", "5",
        "--levels", "1,2", "--ways", "1,5,6", "--acts", "issue,suspend,withdraw", "--until", "2030-12-31",
    )  # fmt: skip
    committee, filing = facts["committees"][0], facts["filings"][-1]
    shell.json("committee", "add", committee["id"], committee["name"], "--authority", "sf-hrss")
    shell.json(
        "committee", "file", filing["number"], "--committee", committee["id"], "--authority", "sf-hrss", "--series", "5",
        "--levels", ",".join(map(str, filing["levels"])), "--region", "990000", "--from", filing["from"], "--until",
        filing["until"],
    )  # fmt: skip
    names = [each["name"] for each in facts["specialties"] if each["series"] == 5]
    shell.json("specialty", "add", *names, "--authority", "sf-hrss", "--series", "5")
    for operator, role in (("clerk1", "clerk"), ("chief1", "approver")):
        shell.json("operator", "add", operator, "--name", operator, "--role", role, "--make-passphrase")
    shell.json("publish", "--trust", "--yes")


def issued(shell: Shell) -> Path:
    """Issue the sample list and return the document of its first certificate."""
    batch = shell.json("batch", "check", str(DATA / LIST), "--authority", "sf-hrss")["batch"]
    shell.json("batch", "submit", batch, "--as", "clerk1")
    shell.json("batch", "approve", batch, "--as", "chief1")
    assert shell.json("batch", "issue", batch)["new"] == 24
    number = shell.json("certificate", "list")["certificates"][0]["number"]
    return Path(shell.json("document", "make", number)["document"])


@pytest.mark.slow
def test_a_real_office_issues_and_everyone_accepts_it(real: Shell, service: Service, tmp_path: Path) -> None:
    certified(real, service, tmp_path)
    set_up(real)
    document = issued(real)
    assert real.home is not None
    reader = ("--publication", str(real.home / "publication"), "--trust-root", str(real.home / "trust-root"))
    home, real.home = real.home, None
    verdict = real.json("verify", str(document), *reader)
    real.home = home
    assert verdict["items"][0]["verdict"]["outcome"] == "valid", verdict
    assert verdict["items"][0]["verdict"]["demonstration"] is False
    text = printed(document)
    assert NAME in text
    assert not {"演示", "演练"} & {text[at : at + 2] for at in range(len(text))}
    assert "Certificate is Trusted" in pdfsig(document, service, tmp_path)
    assert openssl_verifies(document, service, tmp_path)


def printed(document: Path) -> str:
    """The words of a page, without blanks."""
    done = subprocess.run([require_tool("pdftotext"), document, "-"], capture_output=True, text=True, check=True)
    return "".join(done.stdout.split())


def pdfsig(document: Path, service: Service, tmp_path: Path) -> str:
    """What Poppler says of a document to somebody who trusts the service's root and nothing else."""
    database, root = tmp_path / "nss", tmp_path / "service-root.pem"
    database.mkdir()
    root.write_bytes(service.anchor)
    certutil, name = require_tool("certutil"), f"sql:{database}"
    subprocess.run([certutil, "-N", "-d", name, "--empty-password"], check=True)
    subprocess.run([certutil, "-A", "-d", name, "-n", "root", "-t", "C,C,C", "-i", root], check=True)
    command = [require_tool("pdfsig"), "-nssdir", name, document]
    said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    assert "Signature is Valid." in said, said
    assert "Total document signed" in said
    assert "Not total document signed" not in said
    return said


def openssl_verifies(document: Path, service: Service, tmp_path: Path) -> bool:
    """Whether openssl accepts the signature over the two ranges, up to the service's root."""
    data = document.read_bytes()
    at = data.rindex(b"/ByteRange")
    begin, first, second, length = (int(each) for each in data[data.index(b"[", at) + 1 : data.index(b"]", at)].split())
    (tmp_path / "signed").write_bytes(data[begin : begin + first] + data[second : second + length])
    container = bytes.fromhex(data[first + 1 : second - 1].decode("ascii"))
    (tmp_path / "cms").write_bytes(container)
    (tmp_path / "ca.pem").write_bytes(service.anchor)
    command = [
        require_tool("openssl"), "cms", "-verify", "-inform", "DER", "-in", tmp_path / "cms", "-content",
        tmp_path / "signed", "-binary", "-CAfile", tmp_path / "ca.pem", "-purpose", "any", "-attime",
        str(int(NOW.timestamp())), "-out", "/dev/null",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert service.root.public_bytes(Encoding.PEM)
    return "successful" in done.stderr
