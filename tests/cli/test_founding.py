"""A real office is founded by commands alone: a service certifies its seal, and everyone accepts what it issues."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from tests.cli.support import Shell
from tests.support.accredited import Service, subject
from tests.support.clock import NOW
from tests.support.keys import Key
from tests.support.office import DATA
from tests.support.tokens import PIN, Token
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


def certified(shell: Shell, service: Service, tmp_path: Path, *signer: str) -> None:
    """Ask for the document certificate, have it made, and take it in."""
    request, returned, root = tmp_path / "sf.csr", tmp_path / "sf.pem", tmp_path / "root.pem"
    shell.json(*REQUEST, *NAMED, *signer, "--out", str(request))
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
        "authority", "grant", "sf-hrss", "--region", "990000", "--legal-basis", "示范省职称评审办法", "--series", "5",
        "--levels", "1,2", "--ways", "1,5,6", "--acts", "issue,suspend,withdraw", "--until", "2030-12-31",
    )  # fmt: skip
    committee, filing = facts["committees"][0], facts["filings"][-1]
    shell.json("committee", "add", committee["id"], committee["name"], "--authority", "sf-hrss")
    shell.json(
        "committee", "file", filing["number"], "--committee", committee["id"], "--authority", "sf-hrss",
        "--series", "5", "--levels", ",".join(map(str, filing["levels"])), "--region", "990000",
        "--from", filing["from"], "--until", filing["until"],
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
    assert verdict["outcome"] == "valid", verdict
    assert verdict["demonstration"] is False
    text = printed(document)
    assert NAME in text
    assert "演" not in text
    assert "无法律效力" not in text
    assert "Certificate is Trusted" in pdfsig(document, service, tmp_path)
    assert openssl_verifies(document, service, tmp_path)


@pytest.mark.slow
def test_a_seal_whose_key_is_in_a_token(real: Shell, service: Service, softhsm: Token, tmp_path: Path) -> None:
    uri = softhsm.uri("seal-of-sf-hrss")
    certified(real, service, tmp_path, "--signer", uri)
    set_up(real)
    document = issued(real)
    [key] = [each for each in real.json("keys", "list")["keys"] if each["use"] == "document"]
    assert key["signer"].startswith("pkcs11:token=office;object=seal-of-sf-hrss?")
    assert PIN not in key["signer"].replace(str(softhsm.pin_file), "")
    assert "Certificate is Trusted" in pdfsig(document, service, tmp_path)
    again = real.json("certificate", "list")["certificates"][1]["number"]
    assert Path(real.json("document", "make", again)["document"]).is_file()


def printed(document: Path) -> str:
    """The lines of a page, without blanks."""
    done = subprocess.run([require_tool("pdftotext"), document, "-"], capture_output=True, text=True, check=True)
    return "\n".join("".join(line.split()) for line in done.stdout.splitlines())


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


def test_init_says_what_it_cannot_do_before_it_makes_anything(shell: Shell, tmp_path: Path) -> None:
    shell.home = tmp_path / "office"
    ended = shell("init", "--deployment", "shifan", "--origin", "https://zc.example", "--lang", "en")
    assert ended.code == 1, "there is no terminal to ask on"
    assert "keys request" in ended.err
    assert not shell.home.exists()


@pytest.mark.parametrize(
    "words",
    [("--origin", "http://127.0.0.1:8787"), ("--origin", "https://zc.example", "--publication", "http://127.0.0.1/p/")],
)
def test_a_real_office_is_reached_over_https_only(words: tuple[str, ...], shell: Shell, tmp_path: Path) -> None:
    shell.home = tmp_path / "office"
    ended = shell("init", "--deployment", "shifan", *words, "--make-passphrases", "--json")
    assert (ended.code, ended.data["error"]["code"]) == (2, "bad_setting")
    assert not shell.home.exists()


def test_a_home_is_a_demonstration_or_for_training(shell: Shell, tmp_path: Path) -> None:
    shell.home = tmp_path / "office"
    ended = shell(*INIT, "--demonstration", "--training", "--json")
    assert (ended.code, ended.data["error"]["code"]) == (2, "which_mark")


@pytest.mark.slow
def test_what_does_not_do_is_told_with_the_next_step(real: Shell, service: Service, tmp_path: Path) -> None:
    ended = real(*ADD, "--json")
    assert (ended.code, ended.data["error"]["code"]) == (1, "no_document_certificate")
    assert "keys request" in ended.data["error"]["next"]
    ended = real(*REQUEST, "--name", NAME, "--out", str(tmp_path / "x"), "--json")
    assert (ended.code, ended.data["error"]["code"]) == (2, "name_and_code")
    request = tmp_path / "sf.csr"
    real.json(*REQUEST, *NAMED, "--out", str(request))
    first = request.read_bytes()
    real.json(*REQUEST, "--out", str(tmp_path / "again.csr"))
    assert (tmp_path / "again.csr").read_bytes() == first
    (tmp_path / "returned.pem").write_bytes(service.returned(service.certify(first)))
    ended = real("keys", "import-certificate", str(tmp_path / "returned.pem"), "--authority", "sf-hrss")
    assert ended.code == 1
    assert "--trust-anchor" in ended.err


@pytest.mark.slow
def test_a_pkcs12_file_is_taken_in_and_its_owner_told_to_destroy_it(
    real: Shell, service: Service, tmp_path: Path
) -> None:
    key = Key("made by the service")
    leaf = service.certificate(subject=subject(NAME, CODE), key=key.private.public_key())
    file, root, password = tmp_path / "sf.p12", tmp_path / "root.pem", tmp_path / "password"
    file.write_bytes(service.container(key.private, leaf, b"123456"))
    root.write_bytes(service.anchor)
    words = ("keys", "import-certificate", str(file), "--authority", "sf-hrss", *NAMED, "--trust-anchor", str(root))
    real.ask = lambda _: "654321"
    refused = real(*words, "--json")
    assert refused.data["error"]["code"] == "pkcs12_password"
    password.write_text("123456\n", encoding="utf-8")
    password.chmod(0o600)
    before = file.read_bytes()
    ended = real(*words, "--pkcs12-password-file", str(password), "--lang", "en")
    assert ended.code == 0, ended.err
    assert "destroy" in ended.err
    assert file.read_bytes() == before
    real.json(*ADD)
    assert {each["id"] for each in real.json("keys", "list")["keys"]} >= {key.key_id.hex()}


@pytest.mark.slow
def test_a_training_office_says_so_on_every_document(shell: Shell, tmp_path: Path) -> None:
    shell.home = tmp_path / "office"
    shell.json(*INIT, "--training")
    shell.json("region", "add", "990000", "示范省")
    set_up(shell)
    text = printed(issued(shell))
    assert "演练样本，无法律效力" in text
    assert "演示" not in text
