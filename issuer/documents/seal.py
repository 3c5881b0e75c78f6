"""Seals a document: a PAdES baseline B-B signature (ETSI EN 319 142-1) over the whole file, by the document key.

Rules:

- The signature certifies the document and allows no changes (DocMDP level 1): every reader reports a later change.
- The signature field lies over the drawn seal and draws nothing itself: a click on the seal shows the signature, and
  the sealed page looks exactly as it was set.
- The update leaves the file's metadata alone. pyHanko would write its own name and the machine's clock into the XMP
  packet; the PDF/A claims of the unsigned file stay byte for byte.
- The signing time is an argument. The file identifier is derived, not random: with a deterministic signer, sealing
  twice gives the same bytes.
- The signature names the certificates above the signer's too (RFC 5035 section 3): they stand outside what it covers,
  and one that is not named could be exchanged for its twin with a negated s.
- The private key is only ever asked to sign (`credential.signing.Signer`); it may live in a token.

Example::

    sealer = Sealer(certificate=leaf, chain=(root,), signer=signer)
    sealed = sealer.seal(renderer.render(fields, credential=credential, now=now), now=now)
"""

from __future__ import annotations

import asyncio
import hashlib
import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from asn1crypto import algos, cms, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign import signers
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter, append_signature_field
from pyhanko.sign.general import SigningError, as_signing_certificate_v2
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes
from pyhanko.stamp.noop import NoOpStampStyle
from pyhanko_certvalidator.registry import SimpleCertificateStore

from credential.algorithms import ES256
from credential.signing import Signer, VerifyKey, normalise_low_s
from issuer.documents.errors import SealError

FIELD_NAME = "Seal"
SEAL_RECTANGLE = (576, 86, 694, 205)
"""The drawn seal of the standard design in PDF units (1/72 inch) from the lower left corner of the page."""

_SIGNED_ATTRIBUTES_BYTES = 1024
"""What the CMS object holds beside the certificates: attributes, digests, one signature, DER framing (about 500)."""

_NAMED_CERTIFICATE_BYTES = 80
"""What the signed attributes say of one more certificate beside the name of its issuer."""

_MAX_DER_SIGNATURE = 72
"""A signature of suite 1 in DER: two integers of at most 33 bytes."""


class SealSigner(signers.Signer):
    """Lets pyHanko sign through a `credential.signing.Signer`.

    The seam gives r and s as 64 bytes; CMS wants them in DER (RFC 5753 section 7.2).
    """

    def __init__(self, *, certificate: x509.Certificate, chain: Sequence[x509.Certificate], signer: Signer) -> None:
        registry = SimpleCertificateStore()  # type: ignore[no-untyped-call]
        registry.register_multiple([_asn1(link) for link in chain])
        super().__init__(
            signing_cert=_asn1(certificate),
            cert_registry=registry,
            signature_mechanism=algos.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"}),
        )
        self._signer = signer
        self._named = [_asn1(link) for link in (certificate, *chain)]

    async def signed_attrs(self, *args: Any, **options: Any) -> cms.CMSAttributes:
        """The signed attributes, with every certificate of the chain named; called by pyHanko."""
        attributes = await super().signed_attrs(*args, **options)
        named = [as_signing_certificate_v2(each)["certs"][0] for each in self._named]
        for attribute in attributes:
            if attribute["type"].native == "signing_certificate_v2":
                attribute["values"] = [tsp.SigningCertificateV2({"certs": named})]
        return attributes

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        """DER signature over `data`; called by pyHanko with the signed attributes."""
        if digest_algorithm != "sha256":
            raise SealError(f"the document key signs with SHA-256, not {digest_algorithm}", digest=digest_algorithm)
        if dry_run:
            return bytes(_MAX_DER_SIGNATURE)
        raw = self._signer.sign(data)
        return encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))


class _PlainWriter(IncrementalPdfFileWriter):
    """An incremental update that touches nothing but what the signature needs.

    The base class rewrites /Info and the XMP packet with its own name and the machine's clock, and draws the second
    half of the file identifier at random.
    """

    def __init__(self, pdf: bytes, identifier: bytes) -> None:
        super().__init__(io.BytesIO(pdf))
        first, _ = self._document_id
        self._document_id = generic.ArrayObject([first, generic.ByteStringObject(identifier)])

    def _update_meta(self) -> None:
        return None


def _asn1(certificate: x509.Certificate) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(certificate.public_bytes(serialization.Encoding.DER))


class PrivateKeySigner:
    """A `Signer` over a key object in this process, for demonstrations and tests; see `keys` for kept keys."""

    def __init__(self, private_key: ec.EllipticCurvePrivateKey) -> None:
        self._private_key = private_key
        self._key_id = bytes(VerifyKey.from_public_key(private_key.public_key()).key_id)

    @property
    def key_id(self) -> bytes:
        """The first 8 bytes of the key's thumbprint."""
        return self._key_id

    def sign(self, message: bytes) -> bytes:
        """64 bytes r and s, deterministic (RFC 6979) and low-s."""
        der = self._private_key.sign(message, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
        r, s = decode_dss_signature(der)
        return normalise_low_s(r.to_bytes(ES256.coordinate_bytes) + s.to_bytes(ES256.coordinate_bytes))


class Sealer:
    """Seals documents with one certificate; reuse one for a whole batch."""

    def __init__(
        self,
        *,
        certificate: x509.Certificate,
        chain: Sequence[x509.Certificate],
        signer: Signer | ec.EllipticCurvePrivateKey,
    ) -> None:
        """Take a certificate, the certificates above it, and whatever signs with its key.

        Raises:
            SealError: the signer's key is not the certificate's, or the certificate is not for suite 1.
        """
        key = signer if not isinstance(signer, ec.EllipticCurvePrivateKey) else PrivateKeySigner(signer)
        public_key = certificate.public_key()
        if not isinstance(public_key, ec.EllipticCurvePublicKey):
            raise SealError(f"the document certificate must hold an {ES256.kty} key on {ES256.crv}")
        if bytes(VerifyKey.from_public_key(public_key).key_id) != key.key_id:
            raise SealError("the document certificate is for another key than the signer's", key_id=key.key_id.hex())
        self._certificate = certificate
        self._pdf_signer = SealSigner(certificate=certificate, chain=chain, signer=key)
        links = (certificate, *chain)
        total = sum(len(link.public_bytes(serialization.Encoding.DER)) for link in links)
        named = sum(len(link.issuer.public_bytes()) + _NAMED_CERTIFICATE_BYTES for link in chain)
        # Hexadecimal digits; fixing the number spares a trial signature for each document.
        self._bytes_reserved = 2 * (total + named + _SIGNED_ATTRIBUTES_BYTES)

    def seal(self, pdf: bytes, *, now: datetime) -> bytes:
        """The document with its signature appended; the given bytes stay its beginning.

        Raises:
            SealError: `now` is outside the certificate's validity, or `pdf` is not an unsigned PDF.
        """
        if now.tzinfo is None:
            raise ValueError("now must be an aware datetime")
        self._check_validity(now)
        try:
            return asyncio.run(self._sign(pdf, now))
        except (PdfError, SigningError) as error:
            raise SealError(f"the document could not be sealed: {error}") from error

    def _check_validity(self, now: datetime) -> None:
        begin, end = self._certificate.not_valid_before_utc, self._certificate.not_valid_after_utc
        if not begin <= now <= end:
            raise SealError(
                f"the document certificate is good from {begin:%Y-%m-%d} to {end:%Y-%m-%d}, not on {now:%Y-%m-%d}",
                begin=begin,
                end=end,
            )

    async def _sign(self, pdf: bytes, now: datetime) -> bytes:
        # Typst ends without a newline; an update must begin on a line of its own or the file is no PDF/A.
        base = pdf if pdf.endswith(b"\n") else pdf + b"\n"
        identifier = hashlib.sha256(base + now.isoformat().encode()).digest()[:16]
        writer = _PlainWriter(base, identifier)
        if "/AcroForm" in writer.root:
            raise SealError("the document already has a form or a signature; only unsigned documents are sealed")
        # Made beforehand, the field gets an empty appearance, without which a visible annotation is no PDF/A.
        append_signature_field(writer, SigFieldSpec(FIELD_NAME, box=SEAL_RECTANGLE, readable_field_name="电子印章"))
        session = self._new_signing().init_signing_session(writer)
        session.system_time = now
        prepared = session.prepare_tbs_document(validation_info=None, bytes_reserved=self._bytes_reserved)
        out = io.BytesIO()
        digest, _ = prepared.digest_tbs_document(output=out)
        # The time stands in the dictionary's /M, never in a signed attribute (EN 319 142-1 table 1); /M is signed too.
        await prepared.perform_signature(digest.document_digest, PdfCMSSignedAttributes(signing_time=now))
        return out.getvalue()

    def _new_signing(self) -> signers.PdfSigner:
        # The style is made anew for each document: a style that is kept grows with every use.
        return signers.PdfSigner(
            signers.PdfSignatureMetadata(
                field_name=FIELD_NAME,
                md_algorithm="sha256",
                subfilter=SigSeedSubFilter.PADES,
                certify=True,
                docmdp_permissions=MDPPerm.NO_CHANGES,
            ),
            signer=self._pdf_signer,
            stamp_style=NoOpStampStyle(),
        )
