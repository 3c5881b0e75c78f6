"""The end of a key: retired when the next one is in use, or stolen.

Rules. A key that is retired ends now, and what it signed stays good. A key that may be stolen is compromised from now:
nothing that is registered later by it is believed, and nothing at all that it signs alone. The next key is made with
it, so that nothing stops. That its theft began earlier is said last (``compromise_since``): every certificate that was
registered by it since then falls, so those that are right are replaced before. Only the worker's place may do any of
this: a running worker holds the key opened. Nothing is effective outside before the root has signed.

    plan = keyends.plan_end(opened, key_id)
    keyends.end(opened, actor, key_id, basis="轮换")
    made = keyends.compromise(opened, actor, key_id, basis="密钥文件被复制")
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, select

from credential.signing import KeyId, KeyUse
from credential.statuslist import Status
from credential.trustform import KeyState
from issuer.batches.falling import NUMBERS_TOLD
from issuer.db.locks import Lock
from issuer.db.models import CertificateRow, EventRow, Stage
from issuer.db.sessions import ReadSession, WriteSession
from issuer.errors import ConflictError, InputError, NotAllowedError, NotFoundError
from issuer.home.opened import Actor, Opened
from issuer.publishing.chain import newest_root, published_trust
from issuer.publishing.kept import Kept
from issuer.services.keys import KeyAdded
from issuer.trust.entries import TrustKey, add_certificate, add_key, check_predecessor, end_key, keys
from issuer.trust.making import certified, make_key, public_ids

_NEVER_WITHOUT: Final = frozenset({KeyUse.STATUS.value, KeyUse.PUBLISHER.value})
"""Without a key of these uses nothing can be published any more."""
_TWO: Final = 2
"""Persons who decide that registered certificates fall."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyEnding:
    """What the end of a key would mean."""

    key: TrustKey
    successor: KeyId | None
    """The newest other active key of its use and authority."""
    certificates: int
    """Certificates that it signed and that are registered.

    All stay good when it is retired. When it is stolen, those registered in the second of the theft fall too.
    """
    reserved: int
    """Numbers that were reserved for it and not signed: their batch must be issued to the end first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fall:
    """What would fall when the theft of a credential key is said to have begun at an instant."""

    key: TrustKey
    since: datetime
    count: int
    """Registered certificates that a reader would refuse from then on."""
    replaced: int
    """Those of them in whose place another stands already."""
    numbers: tuple[str, ...]
    """The first of those that nothing stands in the place of."""


def plan_end(opened: Opened, key_id: bytes) -> KeyEnding:
    """Return what the end of a key would mean; nothing is changed.

    Raises:
        NotFoundError: ``no_key``.
        ConflictError: ``ended``.
    """
    with opened.register.read() as session:
        key = _key(session, key_id)
        if key.state is not KeyState.ACTIVE:
            raise ConflictError("ended", f"key {key_id.hex()} is {key.state.value} already", kid=key_id.hex())
        return _ending(session, key)


def end(opened: Opened, actor: Actor, key_id: bytes, *, basis: str) -> KeyEnding:
    """End a key now and put its file out of use; what it signed stays good.

    Raises:
        NotFoundError, ConflictError: as ``plan_end``; ``no_successor``: nothing could be published without it;
            ``successor_not_public``: the next key is not in the published trust list yet; ``rows_reserved``.
    """
    planned = plan_end(opened, key_id)
    with opened.register.write(Lock.OFFICE) as session:
        _check_may_end(session, opened, planned)
        end_key(session, key_id, actor=actor, now=opened.clock(), basis=basis)
    _put_away(opened, key_id)
    return planned


def plan_compromise(opened: Opened, key_id: bytes) -> KeyEnding:
    """Return what the theft of a key would mean; nothing is changed.

    Raises:
        NotFoundError: ``no_key``.
        ConflictError: ``since_later``: it is compromised already.
    """
    with opened.register.read() as session:
        key = _key(session, key_id)
        _check_not_known(key)
        return _ending(session, key)


def compromise(opened: Opened, actor: Actor, key_id: bytes, *, basis: str) -> KeyAdded | None:
    """Say that a key is compromised from now, and make the next one where no other is there.

    Returns:
        The next key, which the trust list must name before it signs; None where another was there, or where a
        certification service has to give the next one.

    Raises:
        NotFoundError: ``no_key``.
        ConflictError: ``since_later``: it is compromised already; ``same_second``: it began in this second.
    """
    with opened.register.read() as session:
        key = _key(session, key_id)
        _check_not_known(key)
        use, authority = KeyUse(key.use), key.authority
        check_predecessor(session, KeyId(key_id), use=use, authority=authority, now=opened.clock())
        alone = _successor(session, key) is None
    makes = alone and (use is not KeyUse.DOCUMENT or opened.home.settings.demonstration)
    new = make_key(opened, use, authority) if makes else None
    seal = certified(opened, new, authority) if new is not None and authority and use is KeyUse.DOCUMENT else None
    with opened.register.write(Lock.OFFICE) as session:
        now = opened.clock()
        end_key(session, key_id, actor=actor, now=now, compromised_since=now, basis=basis)
        if new is not None:
            add_key(session, new, use=use, authority=authority, actor=actor, now=now, succeeds=KeyId(key_id))
        if seal is not None:
            add_certificate(session, seal, actor=actor, now=now)
    _put_away(opened, key_id)
    return None if new is None else KeyAdded(use=use, authority=authority, key_id=new.key_id, succeeds=KeyId(key_id))


def plan_since(opened: Opened, key_id: bytes, since: datetime) -> Fall:
    """Return what falls when a key's theft is said to have begun at ``since``; nothing is changed.

    Raises:
        NotFoundError: ``no_key``.
        InputError: ``since_use``: only of a credential key it matters since when; ``since_before``: the key began
            later; ``since_ahead``: the instant is not over.
        ConflictError: ``end_first``: the published trust list does not say yet that it is compromised;
            ``since_later``: it is compromised since an earlier instant already.
    """
    with opened.register.read() as session:
        key = _key(session, key_id)
        _check_since(session, opened, key, since)
        return _fall(session, key, since.replace(microsecond=0))


def compromise_since(opened: Opened, actor: Actor, key_id: bytes, since: datetime, *, basis: str, falls: int) -> Fall:
    """Say that a credential key was stolen earlier than was said: what it signed since then falls with the next list.

    Two persons decide it: the root set signs by a threshold of two or more, and each holder sees every change.

    Args:
        opened: the home.
        actor: who does it.
        key_id: the key, which the published trust list calls compromised.
        since: aware; from then on nothing that was registered by it counts.
        basis: why.
        falls: how many registered certificates fall, as ``plan_since`` said.

    Raises:
        As ``plan_since``.
        ConflictError: ``other_falls``: another number falls.
        NotAllowedError: ``one_root_key``: one person alone could sign the trust list that says so.
    """
    threshold = newest_root(Kept(opened.register.read, opened.home.publication)).root.threshold
    if threshold < _TWO:
        message = "one root key signs the trust list alone; an earlier theft is decided by two holders"
        raise NotAllowedError("one_root_key", message, threshold=threshold)
    with opened.register.write(Lock.OFFICE) as session:
        key = _key(session, key_id)
        _check_since(session, opened, key, since)
        fall = _fall(session, key, since.replace(microsecond=0))
        if fall.count != falls:
            message = f"{fall.count} registered certificates would fall, {falls} were stated"
            raise ConflictError("other_falls", f"{message}; nothing was changed", count=fall.count, stated=falls)
        end_key(session, key_id, actor=actor, now=opened.clock(), compromised_since=since, basis=basis)
    return fall


def stolen(opened: Opened, key_id: bytes) -> TrustKey:
    """Return a credential key of which the public knows that it is stolen, and which key is in its place.

    Raises:
        NotFoundError: ``no_key``.
        InputError: ``since_use``: it is no credential key.
        ConflictError: ``end_first``: the published trust list does not say yet that it is compromised;
            ``successor_not_public``: it names no key in its place yet.
    """
    kid = key_id.hex()
    with opened.register.read() as session:
        key = _key(session, key_id)
        if key.use != KeyUse.CREDENTIAL:
            message = f"key {kid} is a {key.use} key: only what a credential key signed is issued anew"
            raise InputError("since_use", message, kid=kid, use=key.use)
        if _published(session, opened, key.key.key_id) is not KeyState.COMPROMISED:
            message = f"the published trust list does not say yet that key {kid} is compromised; say that first"
            raise ConflictError("end_first", message, kid=kid)
        successor = _successor(session, key)
        if successor is None or successor not in public_ids(session, opened):
            named = kid if successor is None else successor.hex()
            raise ConflictError("successor_not_public", f"the trust list names no key in the place of {kid}", kid=named)
        return key


def _check_not_known(key: TrustKey) -> None:
    if key.compromised_since is not None:
        kid, said = key.key.key_id.hex(), key.compromised_since.isoformat()
        message = f"key {kid} is compromised since {said} already"
        raise ConflictError("since_later", message, kid=kid, since=key.compromised_since)


def _check_since(session: ReadSession, opened: Opened, key: TrustKey, since: datetime) -> None:
    kid = key.key.key_id.hex()
    if key.use != KeyUse.CREDENTIAL:
        message = f"key {kid} is a {key.use} key: once it is compromised, nothing that it signed alone counts"
        raise InputError("since_use", message, kid=kid, use=key.use)
    if since < key.valid_from:
        raise InputError("since_before", f"key {kid} began at {key.valid_from.isoformat()}", kid=kid)
    if since > opened.clock():
        raise InputError("since_ahead", f"{since.isoformat()} is not over yet", kid=kid)
    if key.compromised_since is not None and since >= key.compromised_since:
        message = f"key {kid} is compromised since {key.compromised_since.isoformat()} already"
        raise ConflictError("since_later", message, kid=kid, since=key.compromised_since)
    found = _published(session, opened, key.key.key_id)
    if found is not KeyState.COMPROMISED:
        message = f"the published trust list does not say yet that key {kid} is compromised; say that first"
        raise ConflictError("end_first", message, kid=kid)


def _published(session: ReadSession, opened: Opened, key_id: bytes) -> KeyState | None:
    found = published_trust(session, opened.home.publication, now=opened.clock()).find_key(key_id)
    return None if found is None else found.state


def _fall(session: ReadSession, key: TrustKey, since: datetime) -> Fall:
    """What a reader's step 5 asks: when the first event was recorded, and by which key the credential is signed."""
    signed = (
        select(CertificateRow.number, CertificateRow.state)
        .join(EventRow, EventRow.certificate == CertificateRow.id)
        .where(EventRow.ordinal == 1, EventRow.recorded >= since)
        .where(CertificateRow.credential_kid == key.key.key_id)
        .order_by(CertificateRow.number)
    )
    found = [(number, state) for number, state in session.execute(signed)]
    left = [number for number, state in found if state is not Status.SUPERSEDED]
    return Fall(
        key=key, since=since, count=len(found), replaced=len(found) - len(left), numbers=tuple(left[:NUMBERS_TOLD])
    )


def _key(session: ReadSession, key_id: bytes) -> TrustKey:
    for key in keys(session):
        if key.key.key_id == key_id:
            return key
    raise NotFoundError("no_key", f"the trust list has no key {key_id.hex()}", kid=key_id.hex())


def _ending(session: ReadSession, key: TrustKey) -> KeyEnding:
    def count(stage: Stage) -> int:
        table = CertificateRow
        query = select(func.count()).select_from(table).where(table.signer_kid == key.key.key_id, table.stage == stage)
        return session.scalar(query) or 0

    return KeyEnding(
        key=key, successor=_successor(session, key), certificates=count(Stage.SIGNED), reserved=count(Stage.RESERVED)
    )


def _successor(session: ReadSession, key: TrustKey) -> KeyId | None:
    others = [
        each.key.key_id
        for each in keys(session, use=key.use)
        if each.authority == key.authority and each.state is KeyState.ACTIVE and each.key.key_id != key.key.key_id
    ]
    return others[-1] if others else None


def _check_may_end(session: WriteSession, opened: Opened, planned: KeyEnding) -> None:
    key, kid = planned.key, planned.key.key.key_id.hex()
    if planned.reserved:
        message = f"{planned.reserved} numbers are reserved for key {kid} and not signed; issue their batch to the end"
        raise ConflictError("rows_reserved", message, kid=kid, count=planned.reserved)
    if planned.successor is None:
        if key.use in _NEVER_WITHOUT:
            message = f"key {kid} is the only {key.use} key; make the next one and publish it first"
            raise ConflictError("no_successor", message, kid=kid, use=key.use)
        return
    if planned.successor not in public_ids(session, opened):
        message = f"the published trust list does not name key {planned.successor.hex()}, which comes in its place"
        raise ConflictError("successor_not_public", message, kid=planned.successor.hex())


def _put_away(opened: Opened, key_id: bytes) -> None:
    """The register says first that the key is over; a run that dies here leaves a file that nothing opens any more."""
    if any(held.key_id == key_id for held in opened.custody.held()):
        opened.custody.end(key_id)
