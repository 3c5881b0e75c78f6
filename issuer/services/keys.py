"""Keys and secrets that a home holds, as they are known without opening any, and the next key of a use.

Rules: a key is published before it is used. The next one is made and added to the register; the key before it signs on
until the published trust list names the new one, and is ended then (``services.keyends``). What it signed stays good.
A key that a killed run made and told nobody of is the one that the next run takes.

    for held in keys.listed(opened): print(held.use, held.key_id.hex())
    added = keys.rotate(opened, actor, KeyUse.STATUS)                              # in the place of the one before
    added = keys.rotate(opened, actor, KeyUse.CREDENTIAL, authority="sf-hrss")
"""

from __future__ import annotations

from dataclasses import dataclass

from credential.signing import KeyId, KeyUse
from credential.trustform import OWNED_USES, KeyState
from issuer.db.locks import Lock
from issuer.db.sessions import ReadSession
from issuer.errors import ConflictError, InputError
from issuer.home.opened import Actor, HeldKey, Opened
from issuer.office import lists
from issuer.trust.entries import TrustKey, add_certificate, add_key, check_predecessor, keys, newest_not_succeeded
from issuer.trust.making import LABELS, certified, make_key, public_ids


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyAdded:
    """A key that was made, and the one in whose place it came."""

    use: KeyUse
    authority: str | None
    key_id: KeyId
    succeeds: KeyId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyStanding:
    """A key of the register, and where it stands."""

    key: TrustKey
    is_public: bool
    """Whether the published trust list names it."""


def listed(opened: Opened) -> tuple[HeldKey, ...]:
    """Return what is in custody. Raises KeyFileError for a file that is not in order."""
    return tuple(opened.custody.held())


def standing(opened: Opened) -> tuple[KeyStanding, ...]:
    """Return all keys that the register ever named, oldest first, ended ones too."""
    with opened.register.read() as session:
        public = public_ids(session, opened)
        return tuple(KeyStanding(key=each, is_public=each.key.key_id in public) for each in keys(session))


def rotate(
    opened: Opened, actor: Actor, use: KeyUse, *, authority: str | None = None, succeeds: KeyId | None = None
) -> KeyAdded:
    """Make the next key of a use. It signs as soon as a trust list names it.

    Args:
        opened: the home.
        actor: who adds it.
        use: credential, document, publisher or status.
        authority: whose it is; None for publisher and status.
        succeeds: the key in whose place it comes, so that a status key may sign the histories anew that the other
            signed (FORMAT 9); None: the newest that no other succeeds.

    Raises:
        InputError: ``key_owner``: an authority is named where none belongs, or none where one does; ``use``: keys of
            this use are made elsewhere.
        NotFoundError: ``no_key``: ``succeeds`` is no key of this use; ``no_authority``.
        ConflictError: ``next_waits``: one that is not public yet waits already; ``same_second``: the one before began
            no second earlier; ``certified_elsewhere``: a document key of a real home comes with a certificate.
        PassphraseError: it does not open the service keys.
    """
    with opened.register.read() as session:
        _check_wanted(session, opened, use, authority)
        before = succeeds or newest_not_succeeded(session, use=use, authority=authority)
        if succeeds is None:
            _check_none_waits(session, opened, use, authority)
        if before is not None:
            check_predecessor(session, before, use=use, authority=authority, now=opened.clock())
    key = make_key(opened, use, authority)
    seal = certified(opened, key, authority) if use is KeyUse.DOCUMENT and authority is not None else None
    with opened.register.write(Lock.OFFICE) as session:
        now = opened.clock()
        add_key(session, key, use=use, authority=authority, actor=actor, now=now, succeeds=before)
        if seal is not None:
            add_certificate(session, seal, actor=actor, now=now)
    return KeyAdded(use=use, authority=authority, key_id=key.key_id, succeeds=before)


def _check_wanted(session: ReadSession, opened: Opened, use: KeyUse, authority: str | None) -> None:
    if use not in LABELS:
        message = f"a next {use.value} key is not made by this command"
        raise InputError("use", message, use=use.value)
    if (authority is not None) != (use.value in OWNED_USES):
        whose = "an authority; name it" if use.value in OWNED_USES else "no authority; name none"
        raise InputError("key_owner", f"a {use.value} key belongs to {whose}", use=use.value)
    if authority is not None:
        lists.authority(session, authority)
    if use is KeyUse.DOCUMENT and not opened.home.settings.demonstration:
        message = "the next document key of a real home comes with a certificate of an accredited service; ask for it"
        raise ConflictError("certified_elsewhere", message, authority=authority)


def _check_none_waits(session: ReadSession, opened: Opened, use: KeyUse, authority: str | None) -> None:
    """Two next keys at once: nobody would know which of them is to be used."""
    public = public_ids(session, opened)
    found = [key for key in keys(session, use=use) if key.authority == authority]
    for key in found:
        if public and key.state is KeyState.ACTIVE and key.key.key_id not in public:
            kid = key.key.key_id.hex()
            message = f"key {kid} was made and waits for the trust list; have it signed before another is made"
            raise ConflictError("next_waits", message, kid=kid)
