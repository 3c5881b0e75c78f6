"""The seal: what outsiders' tools say about it, and what the sealer refuses to seal."""

from __future__ import annotations

import io
import re
import subprocess
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pyhanko.pdf_utils.reader import PdfFileReader

from issuer.documents.errors import SealError
from issuer.documents.seal import PrivateKeySigner, Sealer
from tests.documents.samples import (
    CREDENTIAL,
    DOCUMENT_KEY,
    FIELDS,
    NOW,
    ROOT_KEY,
    SIX_RARE_NAMES,
    chain,
    renderer,
    sealed,
    sealer,
    unsigned,
    write,
)
from tests.support.tools import require_tool


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An NSS database that trusts our root and nothing else."""
    certutil = require_tool("certutil")
    directory = tmp_path_factory.mktemp("nss")
    root, _ = chain()
    pem = directory / "root.pem"
    pem.write_bytes(root.public_bytes(serialization.Encoding.PEM))
    name = f"sql:{directory}"
    subprocess.run([certutil, "-N", "-d", name, "--empty-password"], check=True)
    subprocess.run([certutil, "-A", "-d", name, "-n", "root", "-t", "C,C,C", "-i", pem], check=True)
    return name


def _pdfsig(database: str, path: Path) -> str:
    command = [require_tool("pdfsig"), "-nssdir", database, path]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


@pytest.mark.parametrize("name", SIX_RARE_NAMES[:3])
def test_pdfsig_says_valid_trusted_and_total(name: str, database: str, tmp_path: Path) -> None:
    pdf = renderer().render(replace(FIELDS, holder_name=name), credential=CREDENTIAL, now=NOW)
    report = _pdfsig(database, write(tmp_path, sealer().seal(pdf, now=NOW)))
    assert report.count("Signature #") == 1
    assert "Signature Validation: Signature is Valid." in report
    assert "Certificate Validation: Certificate is Trusted." in report
    assert "Total document signed" in report
    assert "Not total document signed" not in report
    assert "Signature Type: ETSI.CAdES.detached" in report
    assert "演示" in report


def test_pdfsig_sees_a_changed_byte(database: str, tmp_path: Path) -> None:
    changed = bytearray(sealed())
    changed[5000] ^= 1
    assert "Signature is Valid" not in _pdfsig(database, write(tmp_path, bytes(changed)))


def test_the_unsigned_document_stays_the_beginning() -> None:
    assert sealed().startswith(unsigned() + b"\n")
    assert len(sealed()) - len(unsigned()) < 10_000


def test_the_claims_of_pdf_a_survive() -> None:
    packet = PdfFileReader(io.BytesIO(sealed())).root["/Metadata"].data
    assert packet.count(b"<pdfaid:part>3</pdfaid:part>") == 1
    assert packet.count(b"<pdfaid:conformance>B</pdfaid:conformance>") == 1
    assert packet == PdfFileReader(io.BytesIO(unsigned())).root["/Metadata"].data
    assert sealed().count(b"pdfaid:part>3") == 1


def test_it_certifies_and_allows_no_change() -> None:
    root = PdfFileReader(io.BytesIO(sealed())).root
    signature = root["/Perms"]["/DocMDP"].get_object()
    assert signature["/SubFilter"] == "/ETSI.CAdES.detached"
    (reference,) = signature["/Reference"]
    assert reference.get_object()["/TransformParams"]["/P"] == 1
    assert signature["/M"].startswith("D:20261121020000")


def test_the_field_lies_over_the_drawn_seal_and_has_an_appearance() -> None:
    (field,) = PdfFileReader(io.BytesIO(sealed())).root["/AcroForm"]["/Fields"]
    left, low, right, high = (float(number) for number in field.get_object()["/Rect"])
    centre = ((left + right) / 2 / 72 * 25.4, 210 - (low + high) / 2 / 72 * 25.4)
    assert centre == pytest.approx((203 + 21, 137.5 + 21), abs=1)
    assert "/N" in field.get_object()["/AP"]


def test_sealing_twice_gives_the_same_bytes() -> None:
    assert sealer().seal(unsigned(), now=NOW) == sealed()
    assert sealer().seal(unsigned(), now=NOW + timedelta(seconds=1)) != sealed()


def test_a_chain_leads_to_its_root() -> None:
    root, leaf = chain()
    for given in ((), (leaf,), (root, leaf)):
        with pytest.raises(SealError):
            Sealer(certificate=leaf, chain=given, signer=DOCUMENT_KEY)
    Sealer(certificate=leaf, chain=(root,), signer=DOCUMENT_KEY)
    Sealer(certificate=root, chain=(), signer=ROOT_KEY)


def test_a_signer_from_outside_is_asked_for_64_bytes() -> None:
    class Token:
        def __init__(self) -> None:
            self.inner = PrivateKeySigner(DOCUMENT_KEY)
            self.asked = 0

        @property
        def key_id(self) -> bytes:
            return self.inner.key_id

        def sign(self, message: bytes) -> bytes:
            self.asked += 1
            return self.inner.sign(message)

    token = Token()
    root, leaf = chain()
    assert Sealer(certificate=leaf, chain=(root,), signer=token).seal(unsigned(), now=NOW) == sealed()
    assert token.asked == 1


def test_a_certificate_for_another_key_is_refused() -> None:
    root, leaf = chain()
    with pytest.raises(SealError, match="another key"):
        Sealer(certificate=leaf, chain=(root,), signer=ec.derive_private_key(7, ec.SECP256R1()))


@pytest.mark.parametrize("days", [-1, 1200])
def test_an_expired_certificate_seals_nothing(days: int) -> None:
    with pytest.raises(SealError, match="is good from"):
        sealer().seal(unsigned(), now=NOW + timedelta(days=days))


@pytest.mark.parametrize("pdf", [b"", b"%PDF-1.7\n", b"no pdf at all", unsigned()[:3000]])
def test_what_is_no_pdf_is_not_sealed(pdf: bytes) -> None:
    with pytest.raises(SealError) as caught:
        sealer().seal(pdf, now=NOW)
    assert caught.value.code == "seal"


def test_a_sealed_document_is_not_sealed_again() -> None:
    with pytest.raises(SealError, match="already has"):
        sealer().seal(sealed(), now=NOW)


def test_no_clock_of_the_machine_gets_into_the_file() -> None:
    assert set(re.findall(rb"D:(\d{8})", sealed())) == {b"20261121"}
    assert b"pyHanko" not in sealed()
