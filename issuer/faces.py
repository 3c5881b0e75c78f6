"""A face on its way from issuing to publishing: drafted with the credential, proven before a status key signs it.

Rules: the draft is what is to be signed, and nobody believes it. What it says is made again from the row that two
operators approved, which is proven each time; of the draft alone comes the design that the page was set with. So
whoever owns the database cannot put words into what is published.

    draft = drafted(Face(cti=cti, credential_digest=digest, members=members))
    payload = proven(draft, certificate, row.draft)
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from credential import cose
from credential import face as faces
from credential.errors import CredentialError, MalformedError, NotInForceError
from credential.face import Face
from credential.trustlist import VerifiedTrustList
from issuer.db.certificates import Certificate
from issuer.documents.face import members_of
from issuer.errors import TamperedError
from issuer.intake.model import AwardDraft

DRAFT_TYP: Final = "application/titlecert-face-draft+cbor"
"""Of the drafts of earlier versions, which the credential key signed."""
_SIGNED: Final = 128
"""What a signature and its headers add at most, in bytes."""


def drafted(face: Face) -> bytes:
    """Return the draft of a face: its payload. Raises MalformedError ``too_large``: it could not be published."""
    draft = faces.encode(face)
    if len(draft) > faces.MAX_BYTES - _SIGNED:
        most = faces.MAX_BYTES - _SIGNED
        raise MalformedError("too_large", f"face: {len(draft)} bytes as a draft, at most {most} are published")
    return draft


def read(draft: bytes) -> Face:
    """Return what a draft says, whoever wrote it. Raises CredentialError: it is none."""
    return faces.decode(payload_of(draft))


def payload_of(draft: bytes) -> bytes:
    """Return what is to be signed of a draft; an earlier version signed it. Raises CredentialError: it is none."""
    is_signed = draft.startswith(cose.SIGN1)
    return cose.parse(draft, max_bytes=faces.MAX_BYTES, typ=DRAFT_TYP).payload if is_signed else draft


def proven(draft: bytes, certificate: Certificate, row: AwardDraft, usual: faces.Design | None = None) -> bytes:
    """Return the payload of the face that is to be published with a certificate.

    Args:
        draft: as it is stored.
        certificate: its certificate.
        row: what two operators approved, proven just now.
        usual: the design that it probably names: then nothing of the draft is read.

    Raises:
        TamperedError: ``face_altered``: the draft says something else than the row, or is another certificate's.
    """
    try:
        payload = payload_of(draft)
        if usual is not None and payload == _expected(certificate, row, usual):
            return payload
        design = faces.named_design(payload)
    except CredentialError as error:
        raise altered(certificate) from error
    if design is None or payload != _expected(certificate, row, design):
        raise altered(certificate)
    return payload


def _expected(certificate: Certificate, row: AwardDraft, design: faces.Design) -> bytes | None:
    """The payload that a row and a design make; None of a certificate that is not signed."""
    digest = certificate.credential_digest
    if digest is None:
        return None
    return faces.encode(Face(cti=certificate.cti, credential_digest=digest, members=members_of(row, design)))


def altered(certificate: Certificate) -> TamperedError:
    """Return the error of a stored face that is not what was issued; for raising."""
    message = (
        f"the stored face of certificate {certificate.number} is not what was issued with it; it was not signed, "
        "compare the register with a backup"
    )
    return TamperedError("face_altered", message, number=certificate.number)


def stands(kid: bytes | None, recorded: datetime, trust: VerifiedTrustList) -> bool:
    """Whether a reader may still believe what this status key signed; the faces of an ended key stay good."""
    entry = None if kid is None else trust.find_key(kid)
    if entry is None:
        return False
    try:
        trust.check_record_key(entry, recorded)
    except NotInForceError:
        return False
    return True
