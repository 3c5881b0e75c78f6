"""Authorities: added with their keys, given grants, listed.

The trust list names what is added when it is next signed (``services.trust``).

    authorities.add(opened, actor, authority)
    authorities.grant(opened, actor, "sf-hrss", grant)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.serialization import Encoding

from credential import durable
from credential.contacts import Contacts
from credential.grants import Grant
from credential.signing import KeyUse, VerifyKey
from issuer.db.locks import Lock
from issuer.errors import InputError
from issuer.home.opened import Actor, Opened
from issuer.office import adding, lists
from issuer.office.values import Authority
from issuer.services import seals
from issuer.services.seals import Owner
from issuer.trust.accredited import MARKS
from issuer.trust.entries import SealCertificate, add_certificate, add_key
from issuer.trust.making import LABELS, certified_for
from issuer.trust.marks import marked_contacts

__all__ = ["Authority", "AuthorityAdded", "AuthorityListing", "add", "change_contact", "grant", "listed"]

DOCUMENT_ROOTS: Final = "document-roots"
"""Where the X.509 roots lie that PDF readers may be told to trust."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorityAdded:
    """An authority with the keys that it got."""

    authority: Authority
    credential_key: bytes
    document_key: bytes
    document_root: Path
    """The X.509 root that PDF readers may be told to trust, as PEM."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorityListing:
    """An authority with its grants."""

    authority: Authority
    grants: tuple[Grant, ...]


def add(opened: Opened, actor: Actor, authority: Authority) -> AuthorityAdded:
    """Add an authority with a credential key, a document key and its document certificate.

    A demonstration and a training home make the certificate; a real one takes what an accredited service returned
    (``services.seals``; 商用密码管理条例, article 30).

    Raises:
        NotFoundError: ``no_document_certificate``; ``no_region``; ``no_authority``: the parent.
        InputError: ``too_many_parents``; ``marked_name``: a real authority whose words say 演示 or 演练;
            ``contact_marked``: no room for the mark of a training home; as ``seals.ready``.
        ConflictError: ``duplicate``, ``same_numbers``.
    """
    real = not opened.home.settings.demonstration
    _check_words(opened, authority)
    with opened.register.read() as session:
        adding.check_authority(session, authority)
    # Keys are made outside the transaction: making one may ask a person, and nobody else should wait for that.
    document, seal = _certified(opened, authority) if real else _self_certified(opened, authority)
    credential = opened.custody.make(KeyUse.CREDENTIAL, label=f"{LABELS[KeyUse.CREDENTIAL]} {authority.id}")
    now = opened.clock()
    with opened.register.write(Lock.OFFICE) as session:
        adding.add_authority(session, authority, actor=actor, now=now)
        for use, key in ((KeyUse.CREDENTIAL, credential), (KeyUse.DOCUMENT, document)):
            add_key(session, key, use=use, authority=authority.id, actor=actor, now=now)
        add_certificate(session, seal, actor=actor, now=now)
    seals.used(opened, authority.id)
    return AuthorityAdded(
        authority=authority,
        credential_key=credential.key_id,
        document_key=document.key_id,
        document_root=_write_root(opened, seal),
    )


def _certified(opened: Opened, authority: Authority) -> tuple[VerifyKey, SealCertificate]:
    return seals.ready(opened, authority.id, Owner(name=authority.name, credit_code=authority.credit_code))


def _self_certified(opened: Opened, authority: Authority) -> tuple[VerifyKey, SealCertificate]:
    document = opened.custody.make(KeyUse.DOCUMENT, label=f"{LABELS[KeyUse.DOCUMENT]} {authority.id}")
    return document, certified_for(opened, document, authority)


def _check_words(opened: Opened, authority: Authority) -> None:
    """A real authority's words say neither mark; those of a training home leave room for theirs."""
    if not opened.home.settings.demonstration:
        for mark in MARKS:
            if mark in f"{authority.name}{authority.seal_text}":
                message = f"{authority.id} says {mark}, which only demonstrations and training homes say"
                raise InputError("marked_name", message, authority=authority.id, mark=mark)
    elif opened.home.settings.training:
        marked_contacts(authority.contact, authority.id)


def change_contact(opened: Opened, actor: Actor, authority_id: str, change: Callable[[Contacts], Contacts]) -> Contacts:
    """Say anew how an authority is reached; ``change`` makes the new contacts from those that are there.

    Raises:
        InputError: not in the form; ``plain_http``: only a demonstration is reached without https;
            ``contact_marked``: no room for the mark of a training home.
        NotFoundError: ``no_authority``.
    """
    with opened.register.write(Lock.OFFICE) as session:
        contacts = change(lists.authority(session, authority_id).contact)
        if not opened.home.settings.demonstration and any(web.startswith("http:") for web in contacts.webs):
            message = f"{authority_id} is reached over https only; correct the address"
            raise InputError("plain_http", message, authority=authority_id)
        if opened.home.settings.training:
            marked_contacts(contacts, authority_id)
        adding.change_contact(session, authority_id, contacts, actor=actor, now=opened.clock())
    return contacts


def grant(opened: Opened, actor: Actor, authority_id: str, granted: Grant) -> Grant:
    """Give an authority a grant. Raises InputError, NotFoundError, ConflictError (the same again)."""
    with opened.register.write(Lock.OFFICE) as session:
        adding.add_grant(session, authority_id, granted, actor=actor, now=opened.clock())
    return granted


def listed(opened: Opened) -> tuple[AuthorityListing, ...]:
    """Return all authorities by id, with their grants in the order in which they were added."""
    with opened.register.read() as session:
        return tuple(
            AuthorityListing(authority=each, grants=tuple(lists.grants(session, each.id)))
            for each in lists.authorities(session)
        )


def _write_root(opened: Opened, seal: SealCertificate) -> Path:
    path = opened.home.directory / DOCUMENT_ROOTS / f"{seal.authority}.pem"
    path.parent.mkdir(mode=0o755, exist_ok=True)
    durable.replace(path, seal.chain[-1].public_bytes(Encoding.PEM), mode=0o644)
    return path
