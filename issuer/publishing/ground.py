"""The ground that a publisher builds on: what the register published last, found in the store byte for byte.

Rules: the store is right when its snapshot is the register's last confirmed one, or the one after it that a killed run
left, which is finished first. Every file that it names is there with its size; the manifests, the status lists and
whatever is touched have their digests. Anything else is a difference that somebody made: nothing is built on it and
nothing is laid out over it without being asked. A store that knows more than the register means an older register.

    ground = stand(register, store, now=now)          # None before the first snapshot
    ground.history_of(cti, trust)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Final

from credential import history as histories
from credential import publication
from credential import snapshot as snapshots
from credential.errors import CredentialError
from credential.sealed import Kind, Record, open_record
from credential.signing import AnyKey
from credential.statuslist import StatusArray, verify_cwt
from credential.trustlist import StatusAssignment, VerifiedTrustList
from issuer import audit
from issuer.db import publications
from issuer.db.publications import Made
from issuer.db.sessions import Register
from issuer.errors import IssuerError, NotFoundError, TamperedError
from issuer.publishing import records as layouts
from issuer.publishing.chain import trust_list
from issuer.publishing.history import read_history
from issuer.publishing.store import PublicationStore

_KEPT: Final = 1000
"""Histories that are kept: what an urgent act changes is proven, and then signed, upon the same ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """A snapshot that stands in the store, with what a change builds on."""

    content: snapshots.Snapshot
    shards: layouts.PublishedShards
    statuses: tuple[StatusArray, ...]
    sizes: Mapping[str, int] = field(repr=False)
    """By path, of every file that it names."""
    read: dict[tuple[bytes, bytes], tuple[Record, histories.History]] = field(
        default_factory=dict, repr=False, compare=False
    )
    """Histories that were verified, by ``cti`` and trust list, each with its record: the last ``_KEPT``."""

    def history_of(self, cti: bytes, trust: VerifiedTrustList) -> histories.History | None:
        """Return what is published of a certificate, or None; the same record is verified once."""
        record = self.shards.peek(Kind.HISTORY, cti)
        if record is None:
            return None
        place = (cti, trust.digest)
        if place not in self.read or self.read[place][0] != record:
            if len(self.read) == _KEPT:
                del self.read[next(iter(self.read))]
            self.read[place] = record, read_history(open_record(Kind.HISTORY, cti, record), cti, trust)
        return self.read[place][1]

    @property
    def named(self) -> set[str]:
        """The paths of the files that it names."""
        return set(self.sizes)


def stand(register: Register, store: PublicationStore, *, now: datetime) -> Ground | None:
    """Return what stands in the store, or None when nothing was ever published.

    Raises:
        TamperedError: ``publication_altered``, with the path of the first difference; ``register_behind``: what stands
            there is ours, and the register does not know it; ``audit_altered``.
    """
    with register.read() as session:
        made = publications.newest(session)
    if made is None:
        if store.has(publication.SNAPSHOT):
            raise _behind(store, 0)
        return None
    content, trust = _snapshot(store, made, now)
    with register.read() as session:
        audit.verify_chain(session, after=audit.ChainHead(length=content.audit_length, head=content.audit_head))
    for each in content.status:
        _check_list(store, publication.status_cwt(str(each.id)), {each.cwt})
        _check_list(store, publication.status_jwt(str(each.id)), {each.jwt})
    published = layouts.PublishedShards.read(content.prefix, content.manifests, lambda path: digested(store, path))
    sizes = check_sizes(store, named(content, published.layout), made.sizes)
    statuses = tuple(_status_array(store, content, trust, place) for place in trust.content.status)
    return Ground(content=content, shards=published, statuses=statuses, sizes=sizes)


def check_whole(store: PublicationStore, ground: Ground) -> None:
    """Compare every file that a snapshot names with its digest. Raises TamperedError ``publication_altered``."""
    for path in ground.sizes:
        digested(store, path)


def present(store: PublicationStore, made: Made) -> bool:
    """Whether a snapshot of the register is the one in the store, whatever else is there."""
    return store.has(publication.SNAPSHOT) and sha256(store.read(publication.SNAPSHOT)).digest() == made.digest


def check_unfinished(
    store: PublicationStore, waiting: Made, before: Made | None, *, now: datetime
) -> snapshots.Snapshot:
    """Return the snapshot that a killed run was about to place, when nobody touched the store since.

    Args:
        store: where it was to be placed.
        waiting: the snapshot, not confirmed.
        before: the last confirmed one, None before the first.
        now: aware instant.

    Raises:
        TamperedError: as ``stand``.
    """
    content, _ = _verified(store, waiting.token or b"", waiting, now)
    _check_before(store, waiting, before)
    if not waiting.is_anew:
        _check_lists_before(store, content, before)
    if [sha256(each).digest() for each in waiting.lists] != [each.jwt for each in content.status]:
        raise altered(store, publication.SNAPSHOT, "waits with other status lists than it names")
    check_sizes(store, named(content, layout_of(store, content)), waiting.sizes)
    return content


def _check_before(store: PublicationStore, waiting: Made, before: Made | None) -> None:
    """What lies there is what was published last, or what waits; any other only where somebody asked for all anew."""
    if not store.has(publication.SNAPSHOT):
        if before is not None and not waiting.is_anew:
            raise altered(store, publication.SNAPSHOT, "is gone")
        return
    found = _read(store, publication.SNAPSHOT)
    if sha256(found).digest() in {waiting.digest, *(() if before is None else (before.digest,))}:
        return
    error = _not_ours(store, waiting, found)
    if not waiting.is_anew or error.code == "register_behind":
        raise error


def _check_lists_before(store: PublicationStore, content: snapshots.Snapshot, before: Made | None) -> None:
    """Lists at stable addresses move before the snapshot: each may be the old one or the new one."""
    older = None if before is None or before.token is None else snapshots.parse_snapshot(before.token).content
    for place, each in enumerate(content.status):
        was = each if older is None else older.status[place]
        for path, digests in (
            (publication.status_cwt(str(each.id)), {each.cwt, was.cwt}),
            (publication.status_jwt(str(each.id)), {each.jwt, was.jwt}),
        ):
            if before is not None or store.has(path):
                _check_list(store, path, digests)


def layout_of(store: PublicationStore, content: snapshots.Snapshot) -> layouts.Layout:
    """Return the layout that a snapshot's manifests give. Raises TamperedError ``publication_altered``."""
    return layouts.PublishedShards.read(content.prefix, content.manifests, lambda path: digested(store, path)).layout


def named(content: snapshots.Snapshot, layout: layouts.Layout) -> list[str]:
    """Return the paths that a snapshot with this layout names, in the order in which the register keeps their sizes."""
    shards = [publication.shard(each.hex()) for each in (*content.manifests, *layout.digests)]
    return shards + [publication.status_at(each.cwt.hex()) for each in content.status]


def digested(store: PublicationStore, path: str) -> bytes:
    """Return a file whose name is its digest. Raises TamperedError ``publication_altered``."""
    data = _read(store, path)
    if sha256(data).hexdigest() != path.rpartition("/")[2]:
        raise altered(store, path, "has other bytes than were published")
    return data


def altered(store: PublicationStore, path: str, what: str) -> TamperedError:
    """Return the error of a store that is not as it was left; for raising."""
    message = (
        f"{store.where}: {path} {what}; nothing was published over it. "
        "Find out who changed the publication; then it can be laid out anew from the register"
    )
    return TamperedError("publication_altered", message, path=path)


def _snapshot(store: PublicationStore, made: Made, now: datetime) -> tuple[snapshots.Snapshot, VerifiedTrustList]:
    if not store.has(publication.SNAPSHOT):
        raise altered(store, publication.SNAPSHOT, "is gone")
    token = _read(store, publication.SNAPSHOT)
    if sha256(token).digest() != made.digest:
        raise _not_ours(store, made, token)
    return _verified(store, token, made, now)


def _verified(
    store: PublicationStore, token: bytes, made: Made, now: datetime
) -> tuple[snapshots.Snapshot, VerifiedTrustList]:
    """Believe what the register calls its snapshot only when a publisher key signed it for that number."""
    try:
        unverified = snapshots.parse_snapshot(token)
        # A clock that was set right may stand before what was signed while it was wrong.
        then = max(now, unverified.content.iat)
        trust = trust_list(store, unverified.content.trust_version, now=then)
        content = snapshots.verify_snapshot(unverified, trust, now=then).content
    except NotFoundError as error:
        raise altered(store, str(error.fields.get("path", "trust")), "is gone") from error
    except CredentialError as error:
        raise altered(store, publication.SNAPSHOT, f"does not verify ({error})") from error
    if content.seq != made.sequence:
        raise altered(store, publication.SNAPSHOT, f"is number {content.seq}; the register calls it {made.sequence}")
    return content, trust


def _not_ours(store: PublicationStore, made: Made, token: bytes) -> TamperedError:
    """What to say of a snapshot in the store that is not the register's last."""
    try:
        sequence = snapshots.parse_snapshot(token).content.seq
    except CredentialError:
        return altered(store, publication.SNAPSHOT, "is no snapshot")
    if sequence > made.sequence:
        return _behind(store, made.sequence)
    return altered(store, publication.SNAPSHOT, f"is number {sequence}, and not number {made.sequence} as published")


def _behind(store: PublicationStore, last: int) -> TamperedError:
    message = (
        f"{store.where} has a snapshot that the register does not know, which knows none after {last}: "
        "the register is an older copy; restore a newer one, or acts are lost"
    )
    return TamperedError("register_behind", message, sequence=last)


def _check_list(store: PublicationStore, path: str, digests: set[bytes]) -> None:
    if not store.has(path):
        raise altered(store, path, "is gone")
    if sha256(_read(store, path)).digest() not in digests:
        raise altered(store, path, "is not the status list that was published")


def check_sizes(store: PublicationStore, paths: Sequence[str], kept: Sequence[int]) -> dict[str, int]:
    """The size of every named file, compared with what the register keeps of it."""
    found: dict[str, int] = {}
    for place, path in enumerate(paths):
        size = store.size(path)
        if size is None:
            raise altered(store, path, "is gone")
        if kept and size != kept[place]:
            raise altered(store, path, f"has {size} bytes instead of {kept[place]}")
        found[path] = size
    return found


def _status_array(
    store: PublicationStore, content: snapshots.Snapshot, trust: VerifiedTrustList, place: StatusAssignment
) -> StatusArray:
    path = publication.status_at(content.status[place.id].cwt.hex())
    keys: dict[bytes, AnyKey] = {kid: trust.key(kid, use="status").key for kid in place.kids}
    try:
        return verify_cwt(digested(store, path), keys, uri=place.cwt, now=content.iat).array
    except CredentialError as error:
        raise altered(store, path, f"does not verify ({error})") from error


def _read(store: PublicationStore, path: str) -> bytes:
    try:
        return store.read(path)
    except NotFoundError as error:
        raise altered(store, path, "is gone") from error
    except IssuerError as error:
        raise altered(store, path, str(error)) from error
