"""The CMS object that we put together: byte for byte what pyHanko writes, and taken by those who did not write it."""

from __future__ import annotations

import asyncio
import io
import re
import subprocess
from functools import cache
from hashlib import sha256
from pathlib import Path

import pytest
from asn1crypto import cms
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from issuer.documents.cms import CmsForm, der
from issuer.documents.errors import SealError
from issuer.documents.seal import PrivateKeySigner, Sealer
from tests.documents.samples import DOCUMENT_KEY, NOW, PyHankoSigner, chain, sealed, sealer, unsigned, write
from tests.support.tools import require_tool

HIGH, MIDDLE = 1 << 255, 1 << 200
"""A number of 33 bytes in DER, and one of 26."""


class _Raw(PyHankoSigner):
    """Gives this signature, whatever it is asked to sign."""

    def __init__(self, r: int, s: int) -> None:
        super().__init__()
        self._given = encode_dss_signature(r, s)

    async def async_sign_raw(self, *_: object, **__: object) -> bytes:
        return self._given


def by_pyhanko(digest: bytes, signer: PyHankoSigner | None = None) -> cms.ContentInfo:
    """The object as pyHanko makes it, whole, as it did for every document before."""
    settings = PdfCMSSignedAttributes(signing_time=NOW)
    return asyncio.run(
        (signer or PyHankoSigner()).async_sign(digest, "sha256", use_pades=True, signed_attr_settings=settings)
    )


@cache
def form() -> CmsForm:
    return CmsForm.of(by_pyhanko(sha256(b"any").digest()))


@pytest.mark.slow
def test_a_document_is_sealed_as_pyhanko_seals_it() -> None:
    class Stock(Sealer):
        def _signed(self, digest: bytes) -> bytes:
            return by_pyhanko(digest).dump()

    root, leaf = chain()
    assert Stock(certificate=leaf, chain=(root,), signer=DOCUMENT_KEY).seal(unsigned(), now=NOW) == sealed()


@pytest.mark.parametrize("number", range(3))
def test_what_is_signed_and_what_is_written_are_pyhankos(number: int) -> None:
    digest = sha256(b"%d" % number).digest()
    signature = PrivateKeySigner(DOCUMENT_KEY).sign(form().signed_attributes(digest))
    encoded = encode_dss_signature(int.from_bytes(signature[:32]), int.from_bytes(signature[32:]))
    assert form().written(digest, encoded) == by_pyhanko(digest).dump()


@pytest.mark.parametrize(("r", "s"), [(1, 1), (HIGH, 1), (HIGH, HIGH - 1), (MIDDLE, HIGH)])
def test_signatures_of_every_length_are_written_as_pyhanko_writes_them(r: int, s: int) -> None:
    digest = sha256(b"lengths").digest()
    assert form().written(digest, encode_dss_signature(r, s)) == by_pyhanko(digest, _Raw(r, s)).dump()


@pytest.mark.parametrize("length", [0, 1, 127, 128, 255, 256, 65535, 65536])
def test_lengths_are_written_as_der_has_them(length: int) -> None:
    assert cms.OctetString(bytes(length)).dump() == der(4, bytes(length))


def test_another_form_is_refused_before_anything_is_signed() -> None:
    made = by_pyhanko(sha256(b"any").digest())
    loose = cms.CMSAttribute({"type": "1.2.3.4", "values": []})
    made["content"]["signer_infos"][0]["unsigned_attrs"] = cms.CMSAttributes([loose])
    with pytest.raises(SealError, match="another form"):
        CmsForm.of(made)


def test_a_digest_that_stands_twice_is_refused() -> None:
    """The signed attributes name the certificate by its digest too: it must not be taken for the document's."""
    _, leaf = chain()
    certificate = leaf.public_bytes(serialization.Encoding.DER)
    with pytest.raises(SealError, match="once"):
        CmsForm.of(by_pyhanko(sha256(certificate).digest()))


def test_openssl_takes_the_signature_under_our_root_alone(tmp_path: Path) -> None:
    openssl = require_tool("openssl")
    begin, end, _ = (int(number) for number in re.findall(rb"/ByteRange \[0 (\d+) (\d+) (\d+)", sealed())[0])
    pdf, root = sealed(), tmp_path / "root.pem"
    root.write_bytes(chain()[0].public_bytes(serialization.Encoding.PEM))
    signature = write(
        tmp_path, cms.ContentInfo.load(bytes.fromhex(pdf[begin + 1 : end - 1].decode())).dump(), "seal.der"
    )
    ranges = pdf[:begin] + pdf[end:]

    def verified(content: bytes) -> subprocess.CompletedProcess[bytes]:
        names = ["-in", signature, "-content", write(tmp_path, content, "ranges"), "-CAfile", root]
        ways = ["-inform", "DER", "-binary", "-purpose", "any", "-attime", str(int(NOW.timestamp()))]
        return subprocess.run([openssl, "cms", "-verify", *ways, *names], capture_output=True, check=False)

    assert verified(ranges).returncode == 0
    assert verified(ranges[:-1] + b"\r").returncode != 0


def test_pyhankos_validator_trusts_it_under_our_root() -> None:
    root, _ = chain()
    trusted = asn1_x509.Certificate.load(root.public_bytes(serialization.Encoding.DER))
    context = ValidationContext(trust_roots=[trusted], moment=NOW, allow_fetching=False, revocation_mode="soft-fail")
    (found,) = PdfFileReader(io.BytesIO(sealed())).embedded_signatures
    status = validate_pdf_signature(found, context, key_usage_settings=KeyUsageConstraints(key_usage=set()))
    assert (status.intact, status.valid, status.trusted, status.bottom_line) == (True, True, True, True)
    assert status.coverage is SignatureCoverageLevel.ENTIRE_FILE


def test_the_key_is_asked_nothing_before_there_is_a_document() -> None:
    class Silent(PrivateKeySigner):
        def sign(self, _: bytes) -> bytes:  # type: ignore[override]
            raise AssertionError("nothing was to be signed")

    root, leaf = chain()
    Sealer(certificate=leaf, chain=(root,), signer=Silent(DOCUMENT_KEY))
    assert sealer().seal(unsigned(), now=NOW) == sealed()
