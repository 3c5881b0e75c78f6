"""From a thing that was recognised to its verdict: what the API and the command line call.

It stands above the sources and the procedure, which know nothing of each other.

    for found in recognise(data, children):
        verdict = verify_found(found, reader, children, now=now)
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from credential.outcomes import Reason, Source
from credential.verdict import Verdict
from verifier.errors import SourceError, UsageError
from verifier.procedure import (
    verify_check_code,
    verify_credential,
    verify_document,
    verify_odd_link,
    verify_qr_text,
)
from verifier.reader.publication import Reader
from verifier.sources.children import Children
from verifier.sources.recognise import Found, Kind, found_text

_SEAL: Final = b"/ByteRange"
"""Stands in every file with a seal, readable (ISO 32000-2, 12.8.1)."""


def verify_found(found: Found, reader: Reader, children: Children, *, now: datetime, at: date | None = None) -> Verdict:
    """Verify one recognised thing.

    Args:
        found: what was recognised.
        reader: of the publication.
        children: read documents.
        now: an aware UTC instant.
        at: the day that is asked about; None: today.

    Raises:
        UsageError: as the procedure, and ``Children.sealed``.
        SourceError: ``busy``; ``several_codes``: a PDF without a seal shows those of several certificates.
    """
    match found.kind:
        case Kind.QR_TEXT:
            source = Source.PICTURE if found.from_picture else Source.QR_TEXT
            return _verify_text(found, reader, now=now, at=at, source=source)
        case Kind.CHECK_CODE:
            return verify_check_code(found.text, reader, now=now, at=at, notes=found.notes)
        case Kind.CREDENTIAL:
            return verify_credential(found.data, reader, now=now, at=at)
        case Kind.DOCUMENT:
            verdict = verify_document(found.data, reader, now=now, at=at, read_pdf=children.sealed)
            scanned = _on_its_pages(found.data, children) if _is_no_original(verdict, found.data) else None
            if scanned is None:
                return verdict
            return _verify_text(scanned, reader, now=now, at=at, source=Source.UNSEALED_PDF)
    raise UsageError("unknown_kind", f"nobody verifies a {found.kind}")


def _verify_text(found: Found, reader: Reader, *, now: datetime, at: date | None, source: Source) -> Verdict:
    if found.address is not None:
        return verify_odd_link(
            found.text, reader, address=found.address, now=now, at=at, source=source, notes=found.notes
        )
    return verify_qr_text(found.text, reader, now=now, at=at, source=source, notes=found.notes)


def _is_no_original(verdict: Verdict, data: bytes) -> bool:
    """Whether a file was never sealed, whatever else is wrong with it: programs of scanners write odd files."""
    if verdict.reason is Reason.DOCUMENT_NOT_SEALED:
        return True
    return verdict.reason is Reason.BAD_FILE and _SEAL not in data


def _on_its_pages(data: bytes, children: Children) -> Found | None:
    """The code that stands on the pages of a PDF without a seal; None: there is none, or nobody can look."""
    try:
        texts = children.page_texts(data)
    except SourceError as error:
        if error.code == "busy":
            raise
        return None
    if len(texts) > 1:
        say = f"the pages show the codes of {len(texts)} certificates; send each certificate as a file of its own"
        raise SourceError("several_codes", say, count=len(texts))
    return found_text(Kind.QR_TEXT, texts[0])
