"""Taking in what a home published before its register kept it: once, and only what verifies.

Rules: roots follow from the pinned one, a trust list is signed by one of the root sets, filings have the digest that a
list names, a catalogue is signed by the root. One transaction takes in all of it or nothing.

    with store.lock():
        make_whole(register, store, home.trust_root, now=now)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from credential import durable, jose, publication
from credential.catalogue import CATALOGUE_TYP, Catalogue
from credential.ceremony import MAX_PAYLOAD_BYTES
from credential.errors import CredentialError
from credential.filings import verify_filings
from credential.roots import VerifiedRoot, verify_root
from credential.trustlist import VerifiedTrustList, verify_trust_list
from issuer.db.sessions import Register
from issuer.errors import NotFoundError, TamperedError
from issuer.publishing.kept import content, digests, keep, lay_out
from issuer.publishing.store import PublicationStore, Readable, versions

Verified = TypeVar("Verified")


def make_whole(
    register: Register, store: PublicationStore, trust_root: Path, *, now: datetime, anew: bool = False
) -> int:
    """Take in what is not kept yet, then write what the publication lacks; returns how many files were written.

    The caller holds the store's lock. ``anew`` as in ``lay_out``, over every version. Raises as ``pinned_root``,
    ``take_in`` and ``lay_out``.
    """
    take_in(register, store, pinned_root(register, trust_root), now=now)
    return lay_out(register, store, compare_all=anew, anew=anew)


def pinned_root(register: Register, trust_root: Path) -> bytes:
    """Return the root that readers pin; where the home lost the file, it is written again from the register.

    Raises:
        NotFoundError: ``no_root_file``: neither has it.
    """
    if trust_root.exists():
        return trust_root.read_bytes()
    with register.read() as session:
        kept = content(session, publication.root(1))
    if kept is None:
        raise NotFoundError("no_root_file", f"{trust_root}, the root that readers pin, is gone")
    durable.replace(trust_root, kept, mode=0o644)
    return kept


def take_in(register: Register, store: Readable, pinned: bytes, *, now: datetime) -> int:
    """Keep what is published in a register that keeps nothing yet.

    Args:
        register: nothing happens where it keeps files already.
        store: the publication.
        pinned: the root file that readers pin.
        now: aware UTC.

    Returns:
        How many files were taken in.

    Raises:
        TamperedError: ``publication_altered``: the first root is not the pinned one.
        NotFoundError: ``not_published``: the newest trust list names filings that are not there.
        CredentialError: a file does not verify; nothing was taken in.
    """
    with register.read() as session:
        if digests(session):
            return 0
    files = dict(_verified_files(store, pinned, now))
    with register.write() as session:
        for path, data in files.items():
            keep(session, path, data, now=now)
    return len(files)


def take_newer(register: Register, store: Readable, pinned: bytes, *, now: datetime) -> int:
    """Keep what the root signed after the register's state, from a publication that knows more; returns how many files.

    Raises:
        ConflictError: ``kept_differs``: it has another content for a file that is kept.
        As ``take_in``.
    """
    files = dict(_verified_files(store, pinned, now))
    with register.write() as session:
        return sum(keep(session, path, data, now=now) for path, data in files.items())


def _verified_files(store: Readable, pinned: bytes, now: datetime) -> Iterator[tuple[str, bytes]]:
    roots = list(_roots(store, pinned))
    for root in roots:
        yield publication.root(root.root.version), root.container
    for version in versions(store, "catalogue"):
        yield _catalogue(store, version, roots)
    lists = versions(store, "trust/list")
    for version in lists:
        trust = _trust(store, version, roots, now)
        path = publication.filings(trust.content.filings_digest.hex())
        if version == lists[-1] or store.has(path):
            filings = store.read(path)
            verify_filings(filings, trust)
            yield path, filings
        yield publication.trust_list(version), trust.container


def _roots(store: Readable, pinned: bytes) -> Iterator[VerifiedRoot]:
    root: VerifiedRoot | None = None
    for version in versions(store, "trust/roots"):
        data = store.read(publication.root(version))
        if root is None and data != pinned:
            message = f"{publication.root(version)} in {store.where} is not the root that readers pin; restore a backup"
            raise TamperedError("publication_altered", message, path=publication.root(version))
        root = verify_root(data, root)
        yield root


def _trust(store: Readable, version: int, roots: Sequence[VerifiedRoot], now: datetime) -> VerifiedTrustList:
    path = publication.trust_list(version)
    container = store.read(path)
    trust = _by_any(roots, path, lambda root: verify_trust_list(container, root, now=now))
    _check_version(path, trust.content.version, version)
    return trust


def _catalogue(store: Readable, version: int, roots: Sequence[VerifiedRoot]) -> tuple[str, bytes]:
    path = publication.catalogue(version)
    container = store.read(path)
    messages = jose.parse_container(container, typ=CATALOGUE_TYP, max_bytes=MAX_PAYLOAD_BYTES)
    payload = _by_any(roots, path, lambda root: jose.verify_threshold(messages, root.keys, root.root.threshold))
    _check_version(path, Catalogue.from_json(payload).version, version)
    return path, container


def _check_version(path: str, found: int, version: int) -> None:
    if found != version:
        message = f"{path} says that it is version {found}; restore the publication from a backup"
        raise TamperedError("publication_altered", message, path=path)


def _by_any(roots: Sequence[VerifiedRoot], path: str, verify: Callable[[VerifiedRoot], Verified]) -> Verified:
    """What verifies under one of the root sets, the newest first. Raises what the newest one says."""
    refused: CredentialError | None = None
    for root in reversed(roots):
        try:
            return verify(root)
        except CredentialError as error:
            refused = refused or error
    if refused is None:
        raise TamperedError("publication_altered", f"{path} is there without a root; restore a backup", path=path)
    raise refused
