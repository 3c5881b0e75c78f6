"""Seals a document: a PAdES baseline signature (ETSI EN 319 142-1) over the whole file, by the document key.

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
- Where a time-stamp service is given, its token over the signature stands beside it (B-T); else there is none (B-B).
- The private key is only ever asked to sign (`credential.signing.Signer`); it may live in a token.
- pyHanko writes the PDF part of every document, and the CMS object of the first: its ASN.1 costs more than the page.
  The objects of the others are made of its parts (`cms`, ADR 0041).

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
from typing import Any, Protocol

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
from issuer.documents.cms import CmsForm
from issuer.documents.errors import SealError

FIELD_NAME = "Seal"
SEAL_RECTANGLE = (576, 86, 694, 205)
"""The drawn seal of the standard design in PDF units (1/72 inch) from the lower left corner of the page."""

_SIGNED_ATTRIBUTES_BYTES = 1024
"""What the CMS object holds beside the certificates: attributes, digests, one signature, DER framing (about 500)."""

_NAMED_CERTIFICATE_BYTES = 80
"""What the signed attributes say of one more certificate beside the name of its issuer."""

STAMP_ROOM = 8 << 10
"""Room for a time-stamp with its certificates, which has 3 to 6 KiB."""

_MAX_DER_SIGNATURE = 72
"""A signature of suite 1 in DER: two integers of at most 33 bytes."""

_SOME_DIGEST = hashlib.sha256(b"a document").digest()
"""Stands in the object of which the parts are taken, in the place of each document's own."""


class Stamps(Protocol):
    """Whatever gives time-stamps; `stamps.Stamper` asks a service."""

    def stamp(self, signature: bytes) -> bytes:
        """The token over a signature, DER (RFC 3161)."""


class SealForm(signers.Signer):
    """Lets pyHanko make the CMS object of a seal, with a placeholder for the signature."""

    def __init__(self, *, certificate: x509.Certificate, chain: Sequence[x509.Certificate]) -> None:
        registry = SimpleCertificateStore()  # type: ignore[no-untyped-call]
        registry.register_multiple([_asn1(link) for link in chain])
        super().__init__(
            signing_cert=_asn1(certificate),
            cert_registry=registry,
            signature_mechanism=algos.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"}),
        )
        self._named = [_asn1(link) for link in (certificate, *chain)]

    async def signed_attrs(self, *args: Any, **options: Any) -> cms.CMSAttributes:
        """The signed attributes, with every certificate of the chain named; called by pyHanko."""
        attributes = await super().signed_attrs(*args, **options)
        named = [as_signing_certificate_v2(each)["certs"][0] for each in self._named]
        for attribute in attributes:
            if attribute["type"].native == "signing_certificate_v2":
                attribute["values"] = [tsp.SigningCertificateV2({"certs": named})]
        return attributes

    async def async_sign_raw(self, *_: object, **__: object) -> bytes:
        """Zeros of the length that a signature has at most; called by pyHanko with the signed attributes."""
        return bytes(_MAX_DER_SIGNATURE)


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


def _check_chain(links: Sequence[x509.Certificate]) -> None:
    """No reader takes a document whose chain has a gap or ends below its root (FORMAT 6.2)."""
    for link, above in zip(links, (*links[1:], links[-1]), strict=True):
        if link.issuer != above.subject:
            raise SealError(
                f"the chain of the document certificate lacks {link.issuer.rfc4514_string()}; "
                "give every certificate above it up to the root, the nearest first"
            )


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
        stamper: Stamps | None = None,
    ) -> None:
        """Take a certificate, the certificates above it, whatever signs with its key, and what time-stamps seals.

        Raises:
            SealError: the signer's key is not the certificate's, the certificate is not for suite 1, or the chain does
                not lead to a certificate that signed itself.
        """
        key = signer if not isinstance(signer, ec.EllipticCurvePrivateKey) else PrivateKeySigner(signer)
        public_key = certificate.public_key()
        if not isinstance(public_key, ec.EllipticCurvePublicKey):
            raise SealError(f"the document certificate must hold an {ES256.kty} key on {ES256.crv}")
        if bytes(VerifyKey.from_public_key(public_key).key_id) != key.key_id:
            raise SealError("the document certificate is for another key than the signer's", key_id=key.key_id.hex())
        _check_chain((certificate, *chain))
        self._certificate = certificate
        self._key = key
        self._form_signer = SealForm(certificate=certificate, chain=chain)
        # The time stands in the dictionary's /M, never in a signed attribute (EN 319 142-1 table 1); /M is signed too.
        made = self._form_signer.async_sign(
            _SOME_DIGEST, "sha256", dry_run=True, use_pades=True, signed_attr_settings=PdfCMSSignedAttributes()
        )
        self._form = CmsForm.of(asyncio.run(made))
        links = (certificate, *chain)
        total = sum(len(link.public_bytes(serialization.Encoding.DER)) for link in links)
        named = sum(len(link.issuer.public_bytes()) + _NAMED_CERTIFICATE_BYTES for link in chain)
        # Hexadecimal digits; fixing the number spares a trial signature for each document.
        self._bytes_reserved = 2 * (total + named + _SIGNED_ATTRIBUTES_BYTES + (0 if stamper is None else STAMP_ROOM))
        self._stamper = stamper

    def seal(self, pdf: bytes, *, now: datetime) -> bytes:
        """The document with its signature appended; the given bytes stay its beginning.

        Raises:
            SealError: `now` is outside the certificate's validity, `pdf` is not an unsigned PDF, or the time-stamp is
                too large.
            ServiceError: ``timestamp_unanswered``, ``timestamp_refused``: nothing was sealed.
        """
        if now.tzinfo is None:
            raise ValueError("now must be an aware datetime")
        self._check_validity(now)
        try:
            return self._sign(pdf, now)
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

    def _sign(self, pdf: bytes, now: datetime) -> bytes:
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
        digest.fill_with_cms(out, self._signed(digest.document_digest))
        return out.getvalue()

    def _signed(self, digest: bytes) -> bytes:
        """The CMS object over a document; the seam gives r and s as 64 bytes, CMS has them in DER."""
        raw = self._key.sign(self._form.signed_attributes(digest))
        signature = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
        if self._stamper is None:
            return self._form.written(digest, signature)
        token = self._stamper.stamp(signature)
        if len(token) > STAMP_ROOM:
            raise SealError(f"the time-stamp has {len(token)} bytes; there is room for {STAMP_ROOM}")
        return self._form.written(digest, signature, token)

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
            signer=self._form_signer,
            stamp_style=NoOpStampStyle(),
        )
