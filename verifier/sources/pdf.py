"""Reads a sealed document: proves that the file is unaltered since it was sealed, and returns the credential in it.

Rules:

- This proves integrity only: the certificate inside the signature signed every byte of this file. Whether that
  certificate is bound to the credential's authority is the caller's question, by comparing it with the trust list.
- Exactly one signature, of the PAdES kind, whose two ranges and the gap between them are the whole file. A reader that
  accepts "the signed part is unaltered" accepts overlays, so an appended update is refused whatever it changes.
- The gap holds one DER object in capital hexadecimal digits and then zeros, and the object is in the one form that
  ``sealform`` writes. Anything else there is outside the signature, and could be swapped without a trace.
- Exactly one attachment `credential.cwt`, named so in the catalogue's name tree and as an associated file.
- Bounds before work: size of the file, of the gap, of every decoded stream, of the name tree. Encrypted files are
  refused. What the parsers take beyond that is bounded by the process that they run in (``children``).

Example::

    sealed = read_pdf(path.read_bytes())
    sealed.signer_certificate_der in trusted  # the caller's trust decision
    sealed.credential                         # the bytes that the QR code carries
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.decode_limits import DecodeLimits, DocumentDecodeBudget, StreamDecodeLimits
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.generic_cms import validate_sig_integrity
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature

from credential.attachment import ATTACHMENT_NAME, MAX_ATTACHMENT_BYTES
from credential.errors import MalformedError, NotTrustedError
from verifier.sources.sealed import (
    MAX_PDF_BYTES,
    PdfAlteredError,
    PdfMalformedError,
    PdfNoCredentialError,
    PdfNoSignatureError,
    PdfNotWholeFileError,
    PdfTooLargeError,
    SealedDocument,
)
from verifier.sources.sealform import check_form, der_length

MAX_TREE_NODES: Final = 64
"""Nodes of the name tree of attachments; a document has one attachment and one node."""

MAX_GAP: Final = 128 * 1024
"""Hexadecimal digits of the signature; one with its chain and a time-stamp has about 20,000. pyHanko takes 90 bytes
of memory a digit."""

_RANGES: Final = re.compile(rb"/ByteRange\s*\[\s*0\s+(\d{1,9})\s+(\d{1,9})\s+(\d{1,9})\s*\]")
_SUBFILTER: Final = "/ETSI.CAdES.detached"

_LIMITS: Final = DecodeLimits(
    per_stream=StreamDecodeLimits(max_output_size=16 * 1024 * 1024),
    document_budget=DocumentDecodeBudget(base_allowance=64 * 1024 * 1024, max_ratio=10),
)
"""Only cross-reference and object streams and the one attachment are ever decoded."""


def read_pdf(data: bytes, *, max_bytes: int = MAX_PDF_BYTES) -> SealedDocument:
    """The credential and the signer's certificate of a sealed document.

    Raises:
        PdfTooLargeError: more than `max_bytes`.
        PdfMalformedError: not a PDF, damaged, encrypted, or signed in a way that is not PAdES.
        PdfNoSignatureError: not signed.
        PdfNotWholeFileError: something stands behind the signed part.
        PdfAlteredError: the signed bytes or the signature were changed, or there are several signatures.
        PdfNoCredentialError: no attachment `credential.cwt`, or more than one.

    The error of a signature that could not be checked has the field ``certificate``, the DER of the certificate that
    the signature names: it may be of a suite that this program does not know, which only the trust list tells.
    """
    if len(data) > max_bytes:
        raise PdfTooLargeError("pdf_too_large", f"the file has {len(data)} bytes; at most {max_bytes} are read")
    if not data.startswith(b"%PDF-"):
        raise PdfMalformedError("pdf_malformed", "the file is not a PDF: it does not begin with %PDF-")
    _refuse_by_ranges(data)
    with _damage_is_malformed():
        reader = PdfFileReader(io.BytesIO(data), strict=True, decode_limits=_LIMITS)
        _refuse_encryption(reader)
        signature = _only_signature(reader, data)
        container = _check_coverage(signature, data)
        with _naming_the_seal(signature):
            chain = check_form(_without_padding(signature, container), signature.signer_cert)
            _check_signature(signature, data)
        return SealedDocument(
            credential=_credential(reader),
            signer_certificate_der=signature.signer_cert.dump(),
            chain=chain,
            signing_time=_signing_time(signature),
        )


def _refuse_by_ranges(data: bytes) -> None:
    """An early answer with the right name; what stands in the ranges is checked again once the file is parsed.

    Whoever names other ranges here than the parser finds has a second ``/ByteRange`` and is refused for that.
    """
    found = _RANGES.search(data)
    if found is None:
        return
    begin, end, tail = (int(number) for number in found.groups())
    if end - begin > MAX_GAP:
        raise PdfTooLargeError("pdf_too_large", f"the signature has room for {end - begin} digits; at most {MAX_GAP}")
    if len(data) - end - tail > 0:
        raise PdfNotWholeFileError(
            "pdf_not_whole_file", f"{len(data) - end - tail} bytes were appended after the file was sealed"
        )


@contextmanager
def _damage_is_malformed() -> Iterator[None]:
    """Whatever the parsers raise over a damaged file is one answer to the caller: the file is damaged."""
    try:
        yield
    except (MalformedError, NotTrustedError):
        raise
    except SignatureValidationError as error:
        raise PdfAlteredError("pdf_altered", f"the signature does not hold together: {error}") from error
    except PdfError as error:
        raise PdfMalformedError("pdf_malformed", f"the file cannot be read as a PDF: {error}") from error
    except (MemoryError, KeyboardInterrupt):
        raise
    except Exception as error:
        # The parsers below were written for honest files and raise whatever comes (KeyError, RecursionError, ...).
        raise PdfMalformedError(
            "pdf_malformed", f"the file's structure cannot be read ({type(error).__name__})"
        ) from error


@contextmanager
def _naming_the_seal(signature: EmbeddedPdfSignature) -> Iterator[None]:
    """Say beside an error which certificate was to be checked, where the signature names one that can be read."""
    try:
        with _damage_is_malformed():
            yield
    except (MalformedError, NotTrustedError) as error:
        with suppress(Exception):
            error.fields = MappingProxyType({**error.fields, "certificate": signature.signer_cert.dump()})
        raise


def _refuse_encryption(reader: PdfFileReader) -> None:
    if reader.encrypted or "/Encrypt" in reader.trailer:
        raise PdfMalformedError("pdf_malformed", "the file is encrypted; documents never are")


def _only_signature(reader: PdfFileReader, data: bytes) -> EmbeddedPdfSignature:
    signatures = reader.embedded_signatures
    if not signatures:
        raise PdfNoSignatureError("pdf_no_signature", "the file carries no signature; ask for the original file")
    # The raw count also finds a signature dictionary that no form field names.
    if len(signatures) != 1 or data.count(b"/ByteRange") != 1:
        raise PdfAlteredError("pdf_altered", "the file carries more than one signature; a document has one")
    signature: EmbeddedPdfSignature = signatures[0]
    kind = signature.sig_object_type, signature.sig_object.get("/SubFilter")
    if kind != ("/Sig", _SUBFILTER):
        raise PdfMalformedError("pdf_malformed", f"the signature is of kind {kind[1]}, not {_SUBFILTER}")
    return signature


def _check_coverage(signature: EmbeddedPdfSignature, data: bytes) -> bytes:
    """Returns the decoded gap if the two signed ranges and the gap are exactly the file."""
    ranges = [int(number) for number in signature.byte_range]
    if len(ranges) != 4 or ranges[0] != 0 or min(ranges) < 0:
        raise PdfAlteredError("pdf_altered", "the signed ranges are not of the form that a seal has")
    _, gap_begin, gap_end, tail = ranges
    if not gap_begin < gap_end < gap_end + tail == len(data):
        raise PdfAlteredError("pdf_altered", "the signed ranges do not fit the file")
    gap = data[gap_begin:gap_end]
    if gap[:1] != b"<" or gap[-1:] != b">":
        raise PdfAlteredError("pdf_altered", "the gap between the signed ranges is not the signature alone")
    try:
        container = bytes.fromhex(gap[1:-1].decode("ascii"))
    except ValueError as error:
        raise PdfAlteredError("pdf_altered", "the gap between the signed ranges is not hexadecimal") from error
    # `fromhex` also takes lower case and white space, which are as unsigned as all else in the gap.
    if gap[1:-1] != container.hex().upper().encode():
        raise PdfAlteredError("pdf_altered", "the signature is not in capital hexadecimal digits")
    return container


def _without_padding(signature: EmbeddedPdfSignature, container: bytes) -> bytes:
    """The gap is what the signature dictionary says, one DER object, and zeros."""
    if signature.pkcs7_content != container:
        raise PdfAlteredError("pdf_altered", "the signature is not the one that stands between the signed ranges")
    length = der_length(container)
    if any(container[length:]):
        raise PdfAlteredError("pdf_altered", "something is hidden behind the signature")
    return container[:length]


def _check_signature(signature: EmbeddedPdfSignature, data: bytes) -> None:
    info = signature.signer_info
    _, gap_begin, gap_end, tail = (int(number) for number in signature.byte_range)
    view = memoryview(data)
    digest = hashlib.sha256(view[:gap_begin])
    digest.update(view[gap_end : gap_end + tail])
    # `signer_cert` is chosen and bound by the signing-certificate attribute (RFC 5035); a missing one raises.
    intact, valid = validate_sig_integrity(
        info, signature.signer_cert, expected_content_type="data", actual_digest=digest.digest()
    )
    if not valid:
        raise PdfAlteredError("pdf_altered", "the signature was not made by the certificate it names")
    if not intact:
        raise PdfAlteredError("pdf_altered", "the file was changed after it was sealed")


def _signing_time(signature: EmbeddedPdfSignature) -> datetime | None:
    stated = signature.self_reported_timestamp
    if stated is None or stated.tzinfo is None:
        return None
    return stated.astimezone(UTC)


def _credential(reader: PdfFileReader) -> bytes:
    found = [spec for name, spec in _attachments(reader) if ATTACHMENT_NAME in _names(name, spec)]
    if len(found) != 1:
        raise PdfNoCredentialError(
            "pdf_no_credential", f"the file holds {len(found)} attachments {ATTACHMENT_NAME}; a document holds one"
        )
    associated = [spec.get_object() for spec in reader.root.get("/AF", ())]
    if [spec for spec in associated if ATTACHMENT_NAME in _names(None, spec)] != found:
        raise PdfNoCredentialError("pdf_no_credential", f"{ATTACHMENT_NAME} is not the document's associated file")
    stream = found[0]["/EF"]["/F"]
    content: bytes = stream.data
    if not 0 < len(content) <= MAX_ATTACHMENT_BYTES:
        raise PdfNoCredentialError("pdf_no_credential", f"{ATTACHMENT_NAME} has {len(content)} bytes")
    return bytes(content)


def _names(key: str | None, spec: generic.DictionaryObject) -> set[str]:
    return {str(name) for name in (key, spec.get("/F"), spec.get("/UF")) if name is not None}


def _attachments(reader: PdfFileReader) -> list[tuple[str, Any]]:
    """Name and file specification of every entry of the catalogue's name tree of embedded files."""
    tree = reader.root.get("/Names", {}).get("/EmbeddedFiles")
    nodes, entries, seen = [tree] if tree is not None else [], [], 0
    while nodes:
        seen += 1
        if seen > MAX_TREE_NODES:
            raise PdfMalformedError("pdf_malformed", "the file has too many attachments")
        node = nodes.pop()
        nodes.extend(kid.get_object() for kid in list(node.get("/Kids", ()))[: MAX_TREE_NODES + 1])
        pairs = list(node.get("/Names", ()))
        if len(pairs) > 2 * MAX_TREE_NODES:
            raise PdfMalformedError("pdf_malformed", "the file has too many attachments")
        entries += [(str(pairs[i]), pairs[i + 1].get_object()) for i in range(0, len(pairs) - 1, 2)]
    return entries
