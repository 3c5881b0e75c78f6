"""Signing faces: what a document prints beyond its credential, as the public may read it (FORMAT 6.1).

Rules: a face is signed once, with the first history, and again only when the key that signed it is worth nothing any
more. What is signed is what was issued, proven by the draft.

    sign_face(session, certificate, signer, trust)
"""

from __future__ import annotations

from datetime import datetime

from credential import face as faces
from credential.errors import CredentialError, NotInForceError
from credential.signing import Signer
from credential.trustlist import VerifiedTrustList
from issuer.db.certificates import Certificate
from issuer.db.events import events_of
from issuer.db.faces import face_of, store_signed
from issuer.db.sessions import WriteSession
from issuer.faces import altered, proven


def sign_face(session: WriteSession, certificate: Certificate, signer: Signer, trust: VerifiedTrustList) -> None:
    """Sign and store the face of a certificate, unless it has none or what is stored still stands.

    Raises:
        TamperedError: ``face_altered``: nothing was signed.
    """
    try:
        stored = face_of(session, certificate.id, certificate.cti)
    except CredentialError as error:
        raise altered(certificate) from error
    recorded = events_of(session, certificate.id)[0].recorded
    if stored is None or stands(stored.kid, recorded, trust):
        return  # the same bytes again: a second run after a crash signs nothing new
    signed = faces.sign(proven(stored.draft, certificate, trust), signer)
    store_signed(session, certificate.id, cti=certificate.cti, signed=signed, kid=signer.key_id)


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
