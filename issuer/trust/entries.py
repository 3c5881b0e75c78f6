"""Keys and document certificates that the trust list names: adding and ending them.

Rules: an entry begins when it is added and is ended, never removed. A compromised key says since when; what it did
before may still stand, because the history tells when that was registered.

    add_key(session, key, use="credential", authority="sf-hrss", actor="admin", now=now)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import select

from credential.signing import KeyId, VerifyKey
from credential.trustform import OWNED_USES, USES, KeyState
from issuer import audit
from issuer.db.models import DocumentCertificateRow, TrustKeyRow
from issuer.db.sessions import ReadSession, WriteSession
from issuer.errors import ConflictError, InputError, NotAllowedError, NotFoundError


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustKey:
    """A public key as the trust list will name it."""

    key: VerifyKey
    use: str
    authority: str | None
    valid_from: datetime
    valid_until: datetime | None
    state: KeyState
    compromised_since: datetime | None
    succeeds: KeyId | None
    """The key in whose place it came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SealCertificate:
    """The document certificate of an authority with the chain above it."""

    authority: str
    kid: bytes
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]
    """Issuing certificates, root last."""


def check_seal(seal: SealCertificate, now: datetime) -> None:
    """Ask before anything is issued, because a page with a seal that is over helps nobody.

    Raises:
        NotAllowedError: ``seal_over``.
    """
    begin, end = seal.certificate.not_valid_before_utc, seal.certificate.not_valid_after_utc
    if not begin <= now <= end:
        message = (
            f"the document certificate of {seal.authority} is good from {begin:%Y-%m-%d} to {end:%Y-%m-%d}; "
            "add a new one, then issue"
        )
        raise NotAllowedError("seal_over", message, authority=seal.authority)


def add_key(
    session: WriteSession,
    key: VerifyKey,
    *,
    use: str,
    authority: str | None,
    actor: str,
    now: datetime,
    succeeds: KeyId | None = None,
) -> None:
    """Name a key in the next trust list, good from now on.

    Args:
        session: of the register.
        key: its public half.
        use: what it is for, for life.
        authority: whose it is.
        actor: who adds it.
        now: aware UTC.
        succeeds: the key in whose place it comes (FORMAT 9).

    Raises:
        InputError: ``use``, or ``owner``: credential and document keys belong to an authority, others to none.
        NotFoundError: ``no_key``: what it succeeds is no key of this use and authority.
        ConflictError: ``duplicate``, ``same_second``: what it succeeds began no second earlier.
    """
    if use not in USES:
        raise InputError("use", f"{use} is no use of a key; take one of {', '.join(USES)}")
    if (authority is not None) != (use in OWNED_USES):
        raise InputError("owner", f"a {use} key belongs to {'an authority' if use in OWNED_USES else 'no authority'}")
    if session.get(TrustKeyRow, key.key_id) is not None:
        raise ConflictError("duplicate", f"key {key.key_id.hex()} is in the trust list already", kid=key.key_id.hex())
    if succeeds is not None:
        check_predecessor(session, succeeds, use=use, authority=authority, now=now)
    session.add(
        TrustKeyRow(
            kid=key.key_id,
            use=use,
            authority=authority,
            jwk=key.to_jwk(),
            valid_from=now.replace(microsecond=0),
            valid_until=None,
            state=KeyState.ACTIVE,
            compromised_since=None,
            succeeds=succeeds,
        )
    )
    session.flush()
    details = {"use": use} | ({} if authority is None else {"authority": authority})
    details |= {} if succeeds is None else {"succeeds": succeeds.hex()}
    audit.append(session, actor=actor, act="key.add", subject=key.key_id.hex(), details=details, now=now)


def check_predecessor(session: ReadSession, key_id: KeyId, *, use: str, authority: str | None, now: datetime) -> None:
    """Ask whether a key may come in this one's place. Raises NotFoundError, ConflictError as ``add_key``."""
    row = session.get(TrustKeyRow, key_id)
    if row is None or (row.use, row.authority) != (use, authority):
        message = f"{key_id.hex()} is no {use} key that a new one could succeed"
        raise NotFoundError("no_key", message, use=use, kid=key_id.hex())
    if row.valid_from >= now.replace(microsecond=0):
        message = f"key {key_id.hex()} began in this very second; add the next one a second later"
        raise ConflictError("same_second", message, kid=key_id.hex())


def newest_not_succeeded(session: ReadSession, *, use: str, authority: str | None) -> KeyId | None:
    """Return the key in whose place the next one of a use comes, whatever became of it; None before the first."""
    found = [key for key in keys(session, use=use) if key.authority == authority]
    succeeded = {key.succeeds for key in found}
    left = [key.key.key_id for key in found if key.key.key_id not in succeeded]
    return left[-1] if left else None


def end_key(
    session: WriteSession,
    key_id: bytes,
    *,
    actor: str,
    now: datetime,
    compromised_since: datetime | None = None,
    basis: str = "",
) -> None:
    """End a key now, or say that it is compromised since an instant; its document certificates end with it.

    Args:
        session: of the register.
        key_id: which key.
        actor: who ends it.
        now: aware UTC; the key's window ends here, where it has no end yet.
        compromised_since: from when on nothing that it signs counts; None: it only ends. What was said before may be
            moved to an earlier instant, never to a later one.
        basis: why, for the audit.

    Raises:
        NotFoundError: ``no_key``.
        ConflictError: ``ended``: it is not active; ``since_later``: it is compromised since an earlier instant already.
    """
    row = session.get(TrustKeyRow, key_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFoundError("no_key", f"the trust list has no key {key_id.hex()}", kid=key_id.hex())
    if row.state is not KeyState.ACTIVE and compromised_since is None:
        raise ConflictError("ended", f"key {key_id.hex()} is {row.state.value} already", kid=key_id.hex())
    if row.compromised_since is not None and compromised_since is not None:
        _check_earlier(key_id, row.compromised_since, compromised_since)
    row.valid_until = row.valid_until or now.replace(microsecond=0)
    row.state = KeyState.ENDED if compromised_since is None else KeyState.COMPROMISED
    row.compromised_since = None if compromised_since is None else compromised_since.replace(microsecond=0)
    _end_certificates(session, key_id, row.state, row.valid_until)
    session.flush()
    details = {"state": row.state.value} | ({"basis": basis} if basis else {})
    details |= {} if row.compromised_since is None else {"since": row.compromised_since.isoformat()}
    audit.append(session, actor=actor, act="key.end", subject=key_id.hex(), details=details, now=now)


def _check_earlier(key_id: bytes, said: datetime, since: datetime) -> None:
    if since.replace(microsecond=0) >= said:
        message = f"key {key_id.hex()} is compromised since {said.isoformat()} already"
        raise ConflictError("since_later", message, kid=key_id.hex(), since=said)


def _end_certificates(session: WriteSession, key_id: bytes, state: KeyState, until: datetime) -> None:
    """The document certificates of a key go with it: what is ended still counts, what is compromised does not."""
    for row in session.scalars(select(DocumentCertificateRow).where(DocumentCertificateRow.kid == key_id)):
        if row.state is not state and row.state.may_become(state):
            row.valid_until = max(min(row.valid_until, until), row.valid_from + timedelta(seconds=1))
            row.state = state


def keys(session: ReadSession, *, use: str | None = None, authority: str | None = None) -> list[TrustKey]:
    """Return the keys in the order in which they were added, of one use or authority, or all."""
    query = select(TrustKeyRow).order_by(TrustKeyRow.valid_from, TrustKeyRow.kid)
    if use is not None:
        query = query.where(TrustKeyRow.use == use)
    if authority is not None:
        query = query.where(TrustKeyRow.authority == authority)
    return [_to_key(row) for row in session.scalars(query)]


def active_key(session: ReadSession, *, use: str, authority: str | None) -> TrustKey:
    """Return the newest active key of a use. Raises NotFoundError ``no_key``."""
    found = [key for key in keys(session, use=use) if key.authority == authority and key.state is KeyState.ACTIVE]
    if not found:
        whose = "the deployment" if authority is None else authority
        raise NotFoundError("no_key", f"{whose} has no active {use} key", use=use, authority=authority)
    return found[-1]


def add_certificate(session: WriteSession, seal: SealCertificate, *, actor: str, now: datetime) -> None:
    """Bind a document certificate to its authority. Raises ConflictError ``duplicate``."""
    der = seal.certificate.public_bytes(Encoding.DER)
    fingerprint = sha256(der).digest()
    if session.get(DocumentCertificateRow, fingerprint) is not None:
        raise ConflictError("duplicate", "this document certificate is in the trust list already")
    session.add(
        DocumentCertificateRow(
            fingerprint=fingerprint,
            authority=seal.authority,
            kid=seal.kid,
            certificate=der,
            chain=b"".join(each.public_bytes(Encoding.PEM) for each in seal.chain),
            valid_from=seal.certificate.not_valid_before_utc,
            valid_until=seal.certificate.not_valid_after_utc,
            state=KeyState.ACTIVE,
        )
    )
    session.flush()
    details = {"authority": seal.authority}
    audit.append(session, actor=actor, act="seal.add", subject=fingerprint.hex(), details=details, now=now)


def active_certificate(session: ReadSession, *, authority: str) -> SealCertificate:
    """Return the newest active document certificate of an authority. Raises NotFoundError ``no_seal``."""
    return active_certificates(session, authority=authority)[-1]


def active_certificates(session: ReadSession, *, authority: str) -> list[SealCertificate]:
    """Return the active document certificates of an authority, oldest first, at least one. Raises as above."""
    rows = session.scalars(
        select(DocumentCertificateRow)
        .where(DocumentCertificateRow.authority == authority, DocumentCertificateRow.state == KeyState.ACTIVE)
        .order_by(DocumentCertificateRow.valid_from, DocumentCertificateRow.fingerprint)
    ).all()
    if not rows:
        raise NotFoundError(
            "no_seal", f"{authority} has no document certificate; add the authority's keys first", authority=authority
        )
    return [
        SealCertificate(
            authority=authority,
            kid=row.kid,
            certificate=x509.load_der_x509_certificate(row.certificate),
            chain=tuple(x509.load_pem_x509_certificates(row.chain)),
        )
        for row in rows
    ]


def certificate_rows(session: ReadSession) -> Sequence[DocumentCertificateRow]:
    """Return all document certificates for the trust list, oldest first."""
    order = (DocumentCertificateRow.valid_from, DocumentCertificateRow.fingerprint)
    return session.scalars(select(DocumentCertificateRow).order_by(*order)).all()


def _to_key(row: TrustKeyRow) -> TrustKey:
    return TrustKey(
        key=VerifyKey.from_jwk(row.jwk),
        use=row.use,
        authority=row.authority,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        state=row.state,
        compromised_since=row.compromised_since,
        succeeds=None if row.succeeds is None else KeyId(row.succeeds),
    )
