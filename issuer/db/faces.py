"""The repository of faces (FORMAT 6.1): what is to be published of a document, and what a status key signed of it.

Rules: the draft is made once, with the credential, and signed by the key that issued it, so that whoever owns the
database cannot put words into a face. Both are sealed under the certificate's ``cti``, as the published record is. A
row that is gone is a face that was erased: the history stays.

    add_draft(session, certificate_id, cti=cti, draft=draft)
    store_signed(session, certificate_id, cti=cti, signed=signed, kid=signer.key_id)
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from credential.sealed import NONCE_BYTES, Kind, open_record, seal
from issuer.db.models import FaceRow
from issuer.db.sessions import ReadSession, WriteSession, insert_all


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFace:
    """A face as far as it is made."""

    draft: bytes
    """Signed by the credential key."""
    kid: bytes | None
    """The status key that signed what is published; None before the first publication."""


def add_draft(session: WriteSession, certificate_id: str, *, cti: bytes, draft: bytes) -> None:
    """Store the draft of a new certificate's face."""
    session.add(FaceRow(certificate=certificate_id, draft=sealed_draft(cti, draft)))


def sealed_draft(cti: bytes, draft: bytes) -> bytes:
    """Return the draft of a face as it is stored."""
    return _sealed(cti, draft)


def add_drafts(session: WriteSession, drafts: Mapping[str, bytes]) -> None:
    """Store drafts, by the id of their certificate, as ``sealed_draft`` gives them."""
    rows = [{"certificate": certificate, "draft": draft} for certificate, draft in drafts.items()]
    insert_all(session, FaceRow, rows)


def face_of(session: ReadSession, certificate_id: str, cti: bytes) -> StoredFace | None:
    """Return what is stored of a face, None when there is none or it was erased.

    Raises:
        CredentialError: the draft does not open: it was altered or is another certificate's.
    """
    row = session.get(FaceRow, certificate_id)
    return None if row is None else StoredFace(draft=open_record(Kind.FACE, cti, row.draft), kid=row.kid)


def store_signed(session: WriteSession, certificate_id: str, *, cti: bytes, signed: bytes, kid: bytes) -> None:
    """Keep the face as a status key signed it; the publisher seals it anew each time that it publishes it."""
    row = session.get_one(FaceRow, certificate_id)
    row.record, row.kid = _sealed(cti, signed), kid
    session.flush()


def erase_face(session: WriteSession, certificate_id: str) -> None:
    """Delete a face; it leaves the publication with the certificate's next change. Erasing twice changes nothing."""
    row = session.get(FaceRow, certificate_id)
    if row is not None:
        session.delete(row)
        session.flush()


def _sealed(cti: bytes, plaintext: bytes) -> bytes:
    return seal(Kind.FACE, cti, plaintext, nonce=secrets.token_bytes(NONCE_BYTES))
