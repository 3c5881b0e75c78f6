"""A face on its way from issuing to publishing: drafted with the credential, proven before a status key signs it.

Rules: the draft is signed by the key that issued the certificate. Issuing and publishing meet in the register only, and
the register trusts no column: whoever owns the database cannot put words into what is published.

    draft = drafted(Face(cti=cti, credential_digest=digest, members=members), credential_signer)
    payload = proven(draft, certificate, trust)
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from credential import cose
from credential import face as faces
from credential.errors import CredentialError, MalformedError, NotInForceError
from credential.face import Face
from credential.signing import Signer
from credential.trustlist import VerifiedTrustList
from issuer.db.certificates import Certificate
from issuer.errors import TamperedError

DRAFT_TYP: Final = "application/titlecert-face-draft+cbor"
"""Told apart from all that is published: no reader takes it."""


def drafted(face: Face, signer: Signer) -> bytes:
    """Return the draft of a face. Raises MalformedError ``too_large``: it could not be published."""
    draft = cose.sign(faces.encode(face), signer, typ=DRAFT_TYP)
    if len(draft) > faces.MAX_BYTES:
        raise MalformedError(
            "too_large", f"face: {len(draft)} bytes as a draft, at most {faces.MAX_BYTES} are published"
        )
    return draft


def read(draft: bytes) -> Face:
    """Return what a draft says, whoever signed it. Raises CredentialError: it is none."""
    return faces.decode(cose.parse(draft, max_bytes=faces.MAX_BYTES, typ=DRAFT_TYP).payload)


def proven(draft: bytes, certificate: Certificate, trust: VerifiedTrustList) -> bytes:
    """Return the payload of the face that was issued with a certificate.

    Raises:
        TamperedError: ``face_altered``: the draft is not one, nobody of the authority signed it, or it is another's.
    """
    try:
        message = cose.parse(draft, max_bytes=faces.MAX_BYTES, typ=DRAFT_TYP)
        entry = trust.key(message.key_id, use="credential")
        payload = message.verify(entry.key)
        face = faces.decode(payload)
    except CredentialError as error:
        raise altered(certificate) from error
    said = (entry.authority, face.cti, face.credential_digest)
    if said != (certificate.authority, certificate.cti, certificate.credential_digest):
        raise altered(certificate)
    return payload


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
