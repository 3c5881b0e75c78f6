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
from credential.signing import KeyUse
from issuer.db.locks import Lock
from issuer.errors import InputError
from issuer.home.opened import Actor, Opened
from issuer.office import adding, lists
from issuer.office.values import Authority
from issuer.trust.entries import SealCertificate, add_certificate, add_key

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
    """Add an authority with a credential key, a document key and, in a demonstration, a document certificate.

    Raises:
        InputError: ``not_a_demonstration``: a real document certificate comes from an accredited service
            (商用密码管理条例, article 30) and is imported, not made here; ``too_many_parents``.
        ConflictError: ``duplicate``, ``same_numbers``.
        NotFoundError: ``no_region``; ``no_authority``: the parent.
    """
    if not opened.home.settings.demonstration:
        message = (
            "the document certificate of a real authority comes from an accredited certification service "
            "(商用密码管理条例, article 30); this version makes demonstration certificates only"
        )
        raise InputError("not_a_demonstration", message)
    with opened.register.read() as session:
        adding.check_authority(session, authority)
    # Keys are made outside the transaction: making one may ask a person, and nobody else should wait for that.
    credential = opened.custody.make(KeyUse.CREDENTIAL, label=f"credential {authority.id}")
    document = opened.custody.make(KeyUse.DOCUMENT, label=f"document {authority.id}")
    leaf, chain = opened.custody.certify_demonstration(
        document, authority_name=authority.name, credit_code=authority.credit_code
    )
    seal = SealCertificate(authority=authority.id, kid=document.key_id, certificate=leaf, chain=chain)
    now = opened.clock()
    with opened.register.write(Lock.OFFICE) as session:
        adding.add_authority(session, authority, actor=actor, now=now)
        for use, key in ((KeyUse.CREDENTIAL, credential), (KeyUse.DOCUMENT, document)):
            add_key(session, key, use=use, authority=authority.id, actor=actor, now=now)
        add_certificate(session, seal, actor=actor, now=now)
    return AuthorityAdded(
        authority=authority,
        credential_key=credential.key_id,
        document_key=document.key_id,
        document_root=_write_root(opened, seal),
    )


def change_contact(opened: Opened, actor: Actor, authority_id: str, change: Callable[[Contacts], Contacts]) -> Contacts:
    """Say anew how an authority is reached; ``change`` makes the new contacts from those that are there.

    Raises:
        InputError: not in the form; ``plain_http``: only a demonstration is reached without https.
        NotFoundError: ``no_authority``.
    """
    with opened.register.write(Lock.OFFICE) as session:
        contacts = change(lists.authority(session, authority_id).contact)
        if not opened.home.settings.demonstration and any(web.startswith("http:") for web in contacts.webs):
            message = f"{authority_id} is reached over https only; correct the address"
            raise InputError("plain_http", message, authority=authority_id)
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
