"""The repository of faces (FORMAT 6.1): what is to be published of a document, and what a status key signed of it.

Rules: the draft is made once, with the credential, and what it says is proven before it is signed (``issuer.faces``).
Both are sealed under the certificate's ``cti``, as the published record is. A row that is gone is a face that was
erased: the history stays.

    add_drafts(session, {certificate_id: sealed_draft(cti, draft)})
    store_signed(session, {certificate_id: SignedFace(record=sealed_face(cti, signed), kid=kid)})
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy import bindparam, select, update

from credential.kdf import Extracted
from credential.sealed import NONCE_BYTES, Kind, keys_from, open_record, seal, seal_with
from issuer.db.bulk import update_many
from issuer.db.models import FaceRow
from issuer.db.sessions import ReadSession, WriteSession, chunked, insert_all, table_of


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedFace:
    """A face as it is stored: sealed under the certificate's ``cti``."""

    draft: bytes = field(repr=False)
    """As it was made when the certificate was issued; nobody believes it."""
    record: bytes | None = field(repr=False)
    """As a status key signed it; None before the first publication."""
    kid: bytes | None


class SignedFace(NamedTuple):
    """A face as it is published, sealed under the certificate's ``cti``."""

    record: bytes
    kid: bytes

    def __repr__(self) -> str:
        return f"SignedFace(kid={self.kid.hex()})"


def sealed_draft(cti: bytes, draft: bytes) -> bytes:
    """Return the draft of a face as it is stored."""
    return seal(Kind.FACE, cti, draft, nonce=secrets.token_bytes(NONCE_BYTES))


def add_drafts(session: WriteSession, drafts: Mapping[str, bytes]) -> None:
    """Store drafts, by the id of their certificate, as ``sealed_draft`` gives them."""
    rows = [{"certificate": certificate, "draft": draft} for certificate, draft in drafts.items()]
    insert_all(session, FaceRow, rows)


def draft_of(session: ReadSession, certificate_id: str, cti: bytes) -> bytes | None:
    """Return the draft of a face, opened; None when there is none or it was erased.

    Raises:
        CredentialError: it does not open: it was altered or is another certificate's.
    """
    row = session.get(FaceRow, certificate_id)
    return None if row is None else open_record(Kind.FACE, cti, row.draft)


def faces_of(session: ReadSession, certificate_ids: Collection[str]) -> dict[str, SealedFace]:
    """Return what is stored of the faces of certificates, unopened, by id; those that have none are not there."""
    query = select(FaceRow.certificate, FaceRow.draft, FaceRow.record, FaceRow.kid)
    return {
        row.certificate: SealedFace(draft=row.draft, record=row.record, kid=row.kid)
        for chunk in chunked(certificate_ids)
        for row in session.execute(query.where(FaceRow.certificate.in_(chunk)))
    }


def store_signed(session: WriteSession, faces: Mapping[str, SignedFace]) -> None:
    """Keep faces as a status key signed them, by certificate. Later ones are sealed anew when they are published."""
    table = table_of(FaceRow)
    rows = [{"id": each, "record": face.record, "kid": face.kid} for each, face in faces.items()]
    update_many(session.connection(), update(table).where(table.c.certificate == bindparam("id")), rows)


def erase_face(session: WriteSession, certificate_id: str) -> None:
    """Delete a face; it leaves the publication with the certificate's next change. Erasing twice changes nothing."""
    row = session.get(FaceRow, certificate_id)
    if row is not None:
        session.delete(row)
        session.flush()


def sealed_face(extracted: Extracted, signed: bytes) -> bytes:
    """Return a face as it is stored, and as it is published for the first time; ``extracted``: from its ``cti``."""
    return seal_with(keys_from(Kind.FACE, extracted), signed, nonce=secrets.token_bytes(NONCE_BYTES))
