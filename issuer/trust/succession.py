"""Whether a drafted trust list goes on from the one that is published (FORMAT 9): entries are ended, never removed.

A certificate is judged for thirty years by the grants, keys and filings of its day. A register from which a row is gone
(a restored older copy, a row deleted behind the services' back) would draft a list under which certificates that were
issued rightly are refused, and nobody would see why. So a draft is held against what is published before it is signed.

    check_goes_on(store, draft.content, draft.filings, now=now)     # raises TamperedError entries_removed
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Final, TypeVar

from credential import publication
from credential.errors import MalformedError
from credential.filings import Filings, parse_filings, verify_filings
from credential.grants import Grant
from credential.members import unknown_kind
from credential.trustform import KeyEntry, TrustList, check_known
from issuer.errors import ConflictError, TamperedError
from issuer.publishing.chain import newest_trust
from issuer.publishing.store import Readable, versions

Entry = TypeVar("Entry")

ENTRIES_TOLD: Final = 10
"""Breaches named in the message."""


def check_goes_on(store: Readable, content: TrustList, filings: bytes, *, now: datetime) -> None:
    """Hold a drafted list and its filings against the newest published ones, if there are any.

    Raises:
        TamperedError: as ``check_continues``.
        ConflictError: ``newer_publication``: it holds what this program does not know, and would drop or change.
        CredentialError: what is published does not verify.
    """
    if not versions(store, "trust/list"):
        return
    older = newest_trust(store, now=now)
    published = verify_filings(store.read(publication.filings(older.content.filings_digest.hex())), older)
    _check_known(older.content, published.content)
    check_continues(content, parse_filings(filings), older.content, published.content)


def _check_known(older: TrustList, filings: Filings) -> None:
    """Whoever makes a file refuses what it does not know itself (FORMAT 1.1), also where it stands already."""
    try:
        check_known(older)
        for name in filings.ext:
            raise unknown_kind("filings.ext", f"it says {name}")
    except MalformedError as error:
        message = (
            f"trust list {older.version} was made by a newer program ({error}); "
            "make the next one with that program, this one would lose what it does not know"
        )
        raise ConflictError("newer_publication", message, version=older.version) from error


def check_continues(newer: TrustList, filings: Filings, older: TrustList, older_filings: Filings) -> None:
    """Refuse a draft in which something that was published is gone or became something else.

    Raises:
        TamperedError: ``entries_removed``; field ``entries`` names each.
    """
    gone = [*_trust(newer, older), *_filings(filings, older_filings)]
    if gone:
        more = f" and {len(gone) - ENTRIES_TOLD} more" if len(gone) > ENTRIES_TOLD else ""
        message = (
            f"trust list {older.version} says more than the register does now: {'; '.join(gone[:ENTRIES_TOLD])}{more}. "
            "Nothing published is ever removed, only ended: "
            "restore the register from a backup of after that list was signed"
        )
        raise TamperedError("entries_removed", message, entries=tuple(gone), version=older.version, count=len(gone))


def _trust(newer: TrustList, older: TrustList) -> Iterator[str]:
    if (newer.deployment, newer.demonstration) != (older.deployment, older.demonstration):
        yield "the deployment"
    if [(each.id, each.cwt, each.jwt) for each in newer.status] != [(s.id, s.cwt, s.jwt) for s in older.status]:
        yield "the status lists and their addresses"
    yield from _lost("authority", older.authorities, newer.authorities, lambda each: each.id, lambda _old, _new: True)
    grants = {each.id: each.grants for each in newer.authorities}
    for authority in older.authorities:
        what = f"grant of {authority.id} by"
        yield from _lost(what, authority.grants, grants.get(authority.id, ()), _grant, lambda _old, _new: True)
    yield from _lost("key", older.keys, newer.keys, lambda each: each.key.key_id.hex(), _same_key)
    certificates = (older.document_certificates, newer.document_certificates)
    yield from _lost(
        "document certificate of",
        *certificates,
        lambda each: (each.authority, each.certificate.hex(), each.begins),
        lambda old, new: old.state.may_become(new.state),
    )


def _filings(newer: Filings, older: Filings) -> Iterator[str]:
    yield from _lost("committee", older.committees, newer.committees, lambda each: each.id, lambda _old, _new: True)
    yield from _lost(
        "filing",
        older.filings,
        newer.filings,
        lambda each: each.number,
        lambda old, new: replace(new, last=old.last) == old,
    )


def _lost(
    what: str,
    before: Iterable[Entry],
    after: Iterable[Entry],
    name: Callable[[Entry], Hashable],
    continues: Callable[[Entry, Entry], bool],
) -> Iterator[str]:
    """Say which entries are not there any more, and which have become something else."""
    left = {name(each): each for each in after}
    for each in before:
        found = left.get(name(each))
        if found is None:
            yield f"{what} {_told(name(each))} is gone"
        elif not continues(each, found):
            yield f"{what} {_told(name(each))} is another"


def _told(name: Hashable) -> str:
    """The part of a name that a person knows."""
    if isinstance(name, Grant):
        return f"{name.legal_basis} from {name.first}"
    return str(name[0]) if isinstance(name, tuple) else str(name)


def _grant(grant: Grant) -> Grant:
    """What a grant is, whenever it ends."""
    return replace(grant, last=None)


def _same_key(old: KeyEntry, new: KeyEntry) -> bool:
    same = (new.use, new.authority, new.begins) == (old.use, old.authority, old.begins)
    # Histories that the key signed stand on the windows of those that it succeeds.
    still = old.succeeds is None or new.succeeds == old.succeeds
    return same and still and old.state.may_become(new.state)
