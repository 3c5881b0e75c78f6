"""From a thing that was recognised to its verdict: what the API and the command line call.

It stands above the sources and the procedure, which know nothing of each other.

    for found in recognise(data, children):
        verdict = verify_found(found, reader, children, now=now)
"""

from __future__ import annotations

from datetime import date, datetime

from credential.outcomes import Source
from credential.verdict import Verdict
from verifier.errors import UsageError
from verifier.procedure import (
    verify_check_code,
    verify_credential,
    verify_document,
    verify_odd_link,
    verify_qr_text,
)
from verifier.reader.publication import Reader
from verifier.sources.children import Children
from verifier.sources.recognise import Found, Kind


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
        SourceError: ``busy``.
    """
    match found.kind:
        case Kind.QR_TEXT:
            source = Source.PICTURE if found.from_picture else Source.QR_TEXT
            if found.address is not None:
                return verify_odd_link(
                    found.text, reader, address=found.address, now=now, at=at, source=source, notes=found.notes
                )
            return verify_qr_text(found.text, reader, now=now, at=at, source=source, notes=found.notes)
        case Kind.CHECK_CODE:
            return verify_check_code(found.text, reader, now=now, at=at, notes=found.notes)
        case Kind.CREDENTIAL:
            return verify_credential(found.data, reader, now=now, at=at)
        case Kind.DOCUMENT:
            return verify_document(found.data, reader, now=now, at=at, read_pdf=children.sealed)
    raise UsageError("unknown_kind", f"nobody verifies a {found.kind}")
