"""The heads of the audit that are kept outside its table, gathered from every place where one lies.

Rules: a head counts when who keeps it signed it: a published snapshot, the administrator's file of operators, a file
that the publisher key signed. What lies there and is not signed is reported beside them, and stops nothing.

    kept = gather(session, opened)
    kept.heads, kept.unproven
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil, floor
from typing import Final, TypeVar

from credential import publication
from credential.errors import CredentialError
from credential.snapshot import Snapshot, parse_snapshot
from credential.trustlist import VerifiedTrustList
from issuer.audit import ChainHead
from issuer.auditing import headfile
from issuer.auditing.shares import WHOLE, Share
from issuer.auditing.walk import Keeper, KeptHead
from issuer.db import publications
from issuer.db.sessions import ReadSession, chunked
from issuer.errors import InputError, NotFoundError
from issuer.home.opened import Opened
from issuer.office.operators import Operators
from issuer.office.reading import read_operators
from issuer.publishing.chain import published_trust
from issuer.publishing.store import PublicationStore

FILES: Final = "*.jws"
Thing = TypeVar("Thing")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unproven:
    """Something that lies where a head is kept and proves nothing."""

    keeper: Keeper
    name: str
    why: str
    code: str
    """The code of ``why``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """All heads that were found."""

    heads: tuple[KeptHead, ...]
    unproven: tuple[Unproven, ...]


def gather(session: ReadSession, opened: Opened, *, due: Sequence[Share] = WHOLE) -> Kept:
    """Return the heads that the home, its publication and its register hold: all, or of the files those that are due.

    Raises:
        TamperedError: the file of operators or the trust list does not verify.
    """
    found: list[KeptHead | Unproven] = [*_of_operators(session, opened)]
    trust = _trust(session, opened)
    if trust is not None:
        tokens = snapshot_tokens(session, opened.home.publication, due)
        found += [of_snapshot(token, trust) for token in tokens]
        found += _of_files(opened, trust, due)
    return Kept(
        heads=tuple(each for each in found if isinstance(each, KeptHead)),
        unproven=tuple(each for each in found if isinstance(each, Unproven)),
    )


def snapshot_tokens(session: ReadSession, store: PublicationStore, due: Sequence[Share]) -> Iterator[bytes]:
    """The snapshot that is published, and those that the register keeps as they were signed: all, or those due."""
    if store.has(publication.SNAPSHOT):
        yield store.read(publication.SNAPSHOT)
    sequences = publications.kept_sequences(session)
    for chunk in chunked(dict.fromkeys(each for share in due for each in _part(sequences, share))):
        yield from publications.tokens(session, chunk)


def of_snapshot(token: bytes, trust: VerifiedTrustList) -> KeptHead | Unproven:
    """Return the head that a snapshot names."""
    try:
        content = verified_snapshot(token, trust)
    except CredentialError as error:
        return Unproven(keeper=Keeper.SNAPSHOT, name="?", why=str(error), code=error.code)
    if content.deployment != trust.content.deployment:
        why = f"it is of {content.deployment}"
        return Unproven(keeper=Keeper.SNAPSHOT, name=str(content.seq), why=why, code="wrong_deployment")
    head = ChainHead(length=content.audit_length, head=content.audit_head)
    return KeptHead(head=head, keeper=Keeper.SNAPSHOT, name=str(content.seq))


def verified_snapshot(token: bytes, trust: VerifiedTrustList) -> Snapshot:
    """Return what a snapshot of any age says. The newest trust list has every publisher key that there ever was.

    Raises:
        CredentialError: not in the form, or no publisher key signed it.
    """
    unverified = parse_snapshot(token)
    unverified.message.verify(trust.key(unverified.message.key_id, use="publisher").key)
    return unverified.content


def of_operators(operators: Operators) -> list[KeptHead]:
    """Return the heads at which operators ended."""
    return [
        KeptHead(head=each.audit, keeper=Keeper.OPERATORS, name=each.operator.id)
        for each in operators.entries
        if each.audit is not None
    ]


def _of_operators(session: ReadSession, opened: Opened) -> list[KeptHead]:
    try:
        return of_operators(read_operators(session, opened))
    except NotFoundError:
        return []  # nobody was added yet


def _trust(session: ReadSession, opened: Opened) -> VerifiedTrustList | None:
    try:
        return published_trust(session, opened.home.publication, now=opened.clock())
    except NotFoundError:
        return None  # nothing was published yet, and nothing exported


def _of_files(opened: Opened, trust: VerifiedTrustList, due: Sequence[Share]) -> Iterator[KeptHead | Unproven]:
    paths = sorted(opened.home.audit_heads.glob(FILES))
    for path in dict.fromkeys(path for share in due for path in _part(paths, share)):
        try:
            deployment = opened.home.settings.deployment
            yield headfile.verify(path.read_bytes(), trust, deployment=deployment, name=path.name)
        except InputError as error:
            yield Unproven(keeper=Keeper.FILE, name=path.name, why=str(error), code=error.code)


def _part(things: Sequence[Thing], share: Share) -> Sequence[Thing]:
    begin, end = share
    return things[floor(begin * len(things)) : ceil(end * len(things))]
