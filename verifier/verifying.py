"""From a thing that was recognised to its verdict: what the API and the command line call.

It stands above the sources and the procedure, which know nothing of each other.

    for found in recognise(data):
        verdict = verify_found(found, reader, now=now)
"""

from __future__ import annotations

from datetime import date, datetime

from credential.outcomes import Source
from credential.verdict import Verdict
from verifier.errors import UsageError
from verifier.procedure import verify_check_code, verify_credential, verify_document, verify_qr_text
from verifier.reader.publication import Reader
from verifier.sources.documents import read_sealed
from verifier.sources.recognise import Found, Kind


def verify_found(found: Found, reader: Reader, *, now: datetime, at: date | None = None) -> Verdict:
    """Verify one recognised thing.

    Raises:
        UsageError: as the procedure.
    """
    match found.kind:
        case Kind.QR_TEXT:
            source = Source.PICTURE if found.from_picture else Source.QR_TEXT
            return verify_qr_text(found.text, reader, now=now, at=at, source=source, notes=found.notes)
        case Kind.CHECK_CODE:
            return verify_check_code(found.text, reader, now=now, at=at, notes=found.notes)
        case Kind.CREDENTIAL:
            return verify_credential(found.data, reader, now=now, at=at)
        case Kind.DOCUMENT:
            return verify_document(found.data, reader, now=now, at=at, read_pdf=read_sealed)
    raise UsageError("unknown_kind", f"nobody verifies a {found.kind}")
