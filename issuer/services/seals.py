"""Document certificates of a real office: asked for, taken in, and in use when the authority is.

Rules: a demonstration and a training home certify themselves, a real one never does. The key is made before the request
and stays where it is. What came back is checked whole before anything is kept, and once more when the authority is
added. For an authority that is there already the certificate is the next one, and the trust list names it when it is
signed again.

    order = seals.request(opened, actor, "sf-hrss", owner=owner, uri="file:")
    taken = seals.import_certificate(opened, actor, "sf-hrss", data, anchor=None)
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from credential.signing import KeyId, KeyUse, VerifyKey
from issuer import audit
from issuer.db.locks import Lock
from issuer.db.models import TrustKeyRow
from issuer.errors import ConflictError, InputError, NotFoundError
from issuer.home.opened import IN_STORE, Actor, Opened
from issuer.office import lists
from issuer.trust.accredited import Owner, check_certificate, read_certificates, read_root
from issuer.trust.entries import SealCertificate, add_certificate, add_key
from issuer.trust.ordered import Order, Orders
from issuer.trust.requests import certificate_request

__all__ = ["Imported", "Order", "Owner", "import_certificate", "import_pkcs12", "ready", "request", "used"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """A certificate that was taken in."""

    order: Order
    in_register: bool
    """Whether the authority was there: then the certificate is named in the next trust list."""


def request(opened: Opened, actor: Actor, authority: str, *, owner: Owner | None, uri: str = IN_STORE) -> Order:
    """Return the request for an authority's document certificate; the same again is the same key and request.

    Args:
        opened: the home.
        actor: who asks.
        authority: the id of the authority, which may be added later.
        owner: whom the certificate is to name; None takes what the register or the order that waits says.
        uri: where the key is made, or is already.

    Raises:
        ConflictError: ``certifies_itself``: a demonstration or training home; ``request_differs``: an order with
            another name, code or key waits.
        InputError: ``owner_missing``: an authority that is not there needs name and code.
        KeyUriError, TokenError, PassphraseError: the key cannot be made or opened there.
    """
    _require_real(opened)
    with Orders(opened.home.certificates).alone():
        return _requested(opened, actor, authority, owner, uri)


def _requested(opened: Opened, actor: Actor, authority: str, owner: Owner | None, uri: str) -> Order:
    orders, waiting = _waiting(opened, authority)
    owner = _owner(opened, authority, owner, waiting)
    if waiting is not None:
        _check_same(waiting, owner, uri)
        return waiting
    key = _left_behind(opened, authority, uri)
    if key is None:
        key = opened.custody.make(KeyUse.DOCUMENT, label=f"document {authority}", uri=uri)
    signer = opened.custody.signer(KeyUse.DOCUMENT, key.key_id)
    order = Order(
        authority=authority,
        owner=owner,
        key=key,
        uri=_uri_of(opened, key),
        request=certificate_request(signer, key, name=owner.name, credit_code=owner.credit_code),
        made=opened.clock(),
    )
    with opened.register.write() as session:
        details = {"kid": key.key_id.hex(), "uri": order.uri}
        audit.append(session, actor=actor, act="seal.request", subject=authority, details=details, now=order.made)
    orders.keep(order)
    return order


def import_certificate(
    opened: Opened, actor: Actor, authority: str, data: bytes, *, anchor: bytes | None = None
) -> Imported:
    """Take in what a certification service returned for an order.

    Args:
        opened: the home.
        actor: who takes it in.
        authority: whose order it is.
        data: certificates in PEM, DER or PKCS #7.
        anchor: the service's root, which this home trusts from now on; None where it does already.

    Raises:
        ConflictError: ``certifies_itself``.
        NotFoundError: ``no_seal_request``: nothing was asked for.
        InputError: ``no_trust_anchor``, and as ``issuer.trust.accredited``; nothing was kept.
    """
    _require_real(opened)
    orders, waiting = _waiting(opened, authority)
    if waiting is None:
        raise NotFoundError(
            "no_seal_request", f"no document certificate was asked for {authority}", authority=authority
        )
    named = None if anchor is None else read_root(anchor)
    seal = _checked(orders, waiting, read_certificates(data), opened, named)
    if named is not None:
        orders.pin(named)
    return _take_in(opened, actor, waiting, seal)


def import_pkcs12(
    opened: Opened,
    actor: Actor,
    authority: str,
    data: bytes,
    password: bytes,
    *,
    owner: Owner | None,
    anchor: bytes | None = None,
) -> Imported:
    """Take in a key with its certificate from a PKCS #12 file; the key is stored encrypted in this home.

    Raises:
        ConflictError: ``certifies_itself``; ``request_differs``: an order for another key waits.
        ContainerError: ``pkcs12_form``, ``pkcs12_password``, ``pkcs12_key``.
        InputError: ``owner_missing``, and as ``import_certificate``; the key is not kept then.
    """
    _require_real(opened)
    orders, waiting = _waiting(opened, authority)
    if waiting is not None and waiting.request:
        message = f"a request for {authority} waits for its certificate; take that in, or cancel it with the service"
        raise ConflictError("request_differs", message, authority=authority)
    owner = _owner(opened, authority, owner, None)
    named = None if anchor is None else read_root(anchor)
    key, certificates = opened.custody.take(KeyUse.DOCUMENT, data, password, label=f"document {authority}")
    order = Order(authority=authority, owner=owner, key=key, uri=_uri_of(opened, key), request=b"", made=opened.clock())
    try:
        seal = _checked(orders, order, certificates, opened, named)
    except BaseException:
        opened.custody.discard(key.key_id)
        raise
    if named is not None:
        orders.pin(named)
    return _take_in(opened, actor, order, seal)


def pem_of_root(data: bytes) -> str:
    """Return a root certificate as PEM. Raises InputError ``certificate_form``, ``anchor_form``."""
    return read_root(data).public_bytes(Encoding.PEM).decode("ascii")


def ready(opened: Opened, authority: str, owner: Owner) -> tuple[VerifyKey, SealCertificate]:
    """Return the document key and certificate that an authority is added with, checked once more.

    Raises:
        NotFoundError: ``no_document_certificate``: nothing came back yet, or nothing was asked for.
        InputError: as ``issuer.trust.accredited``: the authority is another than was certified, or time has passed.
    """
    orders, waiting = _waiting(opened, authority)
    if waiting is None or not waiting.chain:
        message = f"no document certificate of {authority} is in this home; ask an accredited service for one first"
        raise NotFoundError("no_document_certificate", message, authority=authority, asked=waiting is not None)
    return waiting.key, _checked(orders, replace(waiting, owner=owner), waiting.chain, opened)


def used(opened: Opened, authority: str) -> None:
    """Forget the order of an authority: the register has what came of it."""
    Orders(opened.home.certificates).drop(authority)


def _require_real(opened: Opened) -> None:
    if opened.home.settings.demonstration:
        message = "a demonstration or training home makes its own document certificates when an authority is added"
        raise ConflictError("certifies_itself", message)


def _waiting(opened: Opened, authority: str) -> tuple[Orders, Order | None]:
    """The order that waits; one whose key the register has is done, whatever was interrupted."""
    orders = Orders(opened.home.certificates)
    found = orders.find(authority)
    if found is not None:
        with opened.register.read() as session:
            if session.get(TrustKeyRow, found.key.key_id) is not None:
                return orders, None
    return orders, found


def _owner(opened: Opened, authority: str, stated: Owner | None, waiting: Order | None) -> Owner:
    """Whom a certificate is to name: what the register says comes first."""
    with opened.register.read() as session:
        known = next((each for each in lists.authorities(session) if each.id == authority), None)
    if known is not None:
        registered = Owner(name=known.name, credit_code=known.credit_code)
        if stated is not None and stated != registered:
            message = f"{authority} is {registered.name}, {registered.credit_code}, in the register"
            raise ConflictError("request_differs", message, authority=authority)
        return registered
    owner = stated or (waiting.owner if waiting is not None else None)
    if owner is None:
        message = f"{authority} is not in the register; say its full name and its credit code"
        raise InputError("owner_missing", message, authority=authority)
    return owner


def _left_behind(opened: Opened, authority: str, uri: str) -> VerifyKey | None:
    """The key of a run that died before it wrote its request: it serves nobody yet, and is the one that was meant."""
    with opened.register.read() as session:
        for held in opened.custody.held():
            named = held.uri.startswith(IN_STORE) if uri == IN_STORE else held.uri == uri
            meant = (held.use, held.label) == (KeyUse.DOCUMENT, f"document {authority}") and named
            if meant and held.public is not None and session.get(TrustKeyRow, held.key_id) is None:
                return held.public
    return None


def _check_same(waiting: Order, owner: Owner, uri: str) -> None:
    if not waiting.request:
        message = (
            f"a certificate of {waiting.authority} with a key of the service is taken in; add the authority with it"
        )
        raise ConflictError("request_differs", message, authority=waiting.authority)
    if waiting.owner != owner or uri not in {IN_STORE, waiting.uri}:
        message = (
            f"a request for {waiting.authority} with another name, code or key waits: "
            f"{waiting.owner.name}, {waiting.owner.credit_code}, {waiting.uri}"
        )
        raise ConflictError("request_differs", message, authority=waiting.authority)


def _take_in(opened: Opened, actor: Actor, order: Order, seal: SealCertificate) -> Imported:
    """Keep what was checked: beside the order, or in the register where the authority is there already."""
    orders = Orders(opened.home.certificates)
    kept, now = replace(order, chain=(seal.certificate, *seal.chain)), opened.clock()
    orders.keep(kept)
    with opened.register.write(Lock.OFFICE) as session:
        known = any(each.id == order.authority for each in lists.authorities(session))
        if known:
            add_key(session, order.key, use=KeyUse.DOCUMENT, authority=order.authority, actor=actor, now=now)
            add_certificate(session, seal, actor=actor, now=now)
        else:
            details = {"kid": order.key.key_id.hex()}
            audit.append(session, actor=actor, act="seal.import", subject=order.authority, details=details, now=now)
    if known:
        orders.drop(order.authority)
    return Imported(order=kept, in_register=known)


def _checked(
    orders: Orders,
    order: Order,
    certificates: tuple[x509.Certificate, ...],
    opened: Opened,
    named: x509.Certificate | None = None,
) -> SealCertificate:
    roots = (*orders.roots(), *([named] if named is not None else []))
    if not roots:
        message = "no root of a certification service is trusted in this home yet; name the service's root certificate"
        raise InputError("no_trust_anchor", message)
    leaf, *chain = check_certificate(certificates, order.owner, key=order.key, roots=roots, now=opened.clock())
    return SealCertificate(authority=order.authority, kid=KeyId(order.key.key_id), certificate=leaf, chain=tuple(chain))


def _uri_of(opened: Opened, key: VerifyKey) -> str:
    return next(held.uri for held in opened.custody.held() if held.key_id == key.key_id)
