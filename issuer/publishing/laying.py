"""Laying out what is published: the sealed records of certificates in shards, and the status lists that go with them.

Rules: everything is read in one state of the register, so that no status list knows more than the histories. A change
costs the shards that it touches, and some records of others are sealed anew with it; only when the prefix grows, or
when somebody asks for it, is everything laid out anew. Then no status may differ from what was published that is not
in the run's work.

    laid = Layer(store, token_bytes).change(session, ground, changed, count, trust)
    laid.built.manifests, laid.statuses, laid.covered, laid.sizes
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import func, select

from credential import history as histories
from credential import shards
from credential.errors import CredentialError
from credential.sealed import NONCE_BYTES, Kind, Record, open_record, record_keys, seal
from credential.statuslist import StatusArray
from credential.trustlist import VerifiedTrustList
from issuer.db.models import CertificateRow, FaceRow, SealedCertificateRow, SignedHistoryRow, Stage
from issuer.db.sessions import ReadSession, chunked
from issuer.errors import TamperedError
from issuer.publishing import records as layouts
from issuer.publishing.ground import Ground
from issuer.publishing.history import read_history
from issuer.publishing.store import PublicationStore

COVER: Final = 8
"""How many other certificates' records are sealed anew each time, so that a change of bytes tells little."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Laid:
    """What was laid out; its files are written."""

    built: layouts.Built
    statuses: Sequence[StatusArray] = field(repr=False)
    covered: Mapping[str, int] = field(repr=False)
    """How many events are in the published history of each certificate (by id) that was laid out."""
    sizes: Mapping[str, int] = field(repr=False)
    """By path, of the files that were written, new or not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """What is published of one certificate."""

    certificate: str
    cti: bytes
    place: tuple[int, int]
    """Status list and index."""
    history: histories.History
    records: tuple[Record, ...]
    gone: frozenset[bytes]
    """Locators of what may be published of it and is not to be any more."""


class Layer:
    """Lays out one publication; made for one run."""

    def __init__(self, store: PublicationStore, token_bytes: Callable[[int], bytes]) -> None:
        self._store = store
        self._token_bytes = token_bytes
        self._covered: dict[str, int] = {}
        self._sizes: dict[str, int] = {}

    def change(
        self, session: ReadSession, ground: Ground, changed: Sequence[str], count: int, trust: VerifiedTrustList
    ) -> Laid:
        """Lay out what changed upon what stands there, and everything when the prefix grows.

        Args:
            session: one state of the register.
            ground: what stands there.
            changed: ids of certificates.
            count: how many certificates there are.
            trust: the trust list that readers will use.

        Raises:
            TamperedError: ``publication_altered``; ``history_shortened``.
        """
        if shards.longest_prefix(count) > ground.content.prefix:
            length = layouts.choose_prefix(ctis_of(session), count)
            if length != ground.content.prefix:
                return self.anew(session, ground.statuses, changed, length, trust)
        entries = list(self._entries(session, changed, trust))
        records = {each.cti: each.records for each in entries}
        cover = set(_random_ctis(session, COVER, count, self._token_bytes)) - records.keys()
        records |= {cti: tuple(self._sealed_again(ground.shards, cti)) for cti in cover}
        gone = frozenset(locator for each in entries for locator in each.gone)
        built = layouts.update(ground.shards, records, gone=gone).put(self.put)
        return self._laid(built, _with_entries(ground.statuses, entries))

    def anew(
        self,
        session: ReadSession,
        known: Sequence[StatusArray] | None,
        changed: Sequence[str],
        length: int,
        trust: VerifiedTrustList,
    ) -> Laid:
        """Lay out everything.

        Args:
            session: one state of the register.
            known: the status lists that were published last; None when nobody knows any.
            changed: ids of certificates whose status may differ from them.
            length: of the prefix.
            trust: the trust list that readers will use.

        Raises:
            TamperedError: ``history_shortened``: a status that nothing in the register caused.
        """
        signed = select(CertificateRow.id, CertificateRow.cti).join(
            SignedHistoryRow, SignedHistoryRow.certificate == CertificateRow.id
        )
        groups = layouts.group(((each.id, each.cti) for each in session.execute(signed).yield_per(1000)), length)
        changes: list[dict[int, int]] = [{} for _ in trust.content.status]

        def records(ids: Sequence[str]) -> Iterator[Record]:
            for each in self._entries(session, ids, trust):
                changes[each.place[0]][each.place[1]] = each.history.status
                yield from each.records

        built = layouts.build(groups, records, self.put)
        statuses = [StatusArray.zeros().with_changes(each) for each in changes]
        if known is not None:
            _check_only_changed(statuses, _with_entries(known, list(self._entries(session, changed, trust))))
        return self._laid(built, statuses)

    def put(self, path: str, data: bytes) -> bool:
        """Write a file that never changes, and remember its size."""
        self._sizes[path] = len(data)
        return self._store.put(path, data)

    def _laid(self, built: layouts.Built, statuses: Sequence[StatusArray]) -> Laid:
        return Laid(built=built, statuses=statuses, covered=self._covered, sizes=self._sizes)

    def _entries(self, session: ReadSession, ids: Sequence[str], trust: VerifiedTrustList) -> Iterator[_Entry]:
        for chunk in chunked(ids):
            query = (
                select(CertificateRow, SealedCertificateRow.record, FaceRow.record, SignedHistoryRow.content)
                .join(SignedHistoryRow, SignedHistoryRow.certificate == CertificateRow.id)
                .outerjoin(SealedCertificateRow, SealedCertificateRow.certificate == CertificateRow.id)
                .outerjoin(FaceRow, FaceRow.certificate == CertificateRow.id)
                .where(CertificateRow.id.in_(chunk), CertificateRow.stage == Stage.SIGNED)
            )
            for row, record, face_record, content in session.execute(query):
                certificate: bytes | None = record  # the outer joins leave them out
                face: bytes | None = face_record
                history = read_history(content, row.cti, trust)
                self._covered[row.id] = len(history.events)
                yield _Entry(
                    certificate=row.id,
                    cti=row.cti,
                    place=(row.status_list, row.status_index),
                    history=history,
                    # An erased holder's certificate record and face are gone; the history without personal data stays.
                    records=(
                        *(() if certificate is None else (Record(certificate),)),
                        *(() if face is None else (self._face_again(row.cti, face),)),
                        seal(Kind.HISTORY, row.cti, content, nonce=self._token_bytes(NONCE_BYTES)),
                    ),
                    gone=frozenset(() if face is not None else (record_keys(Kind.FACE, row.cti).locator,)),
                )

    def _face_again(self, cti: bytes, record: bytes) -> Record:
        """A face under a new nonce, as the history beside it; one that was altered here goes out as it is, and proves
        nothing to a reader: it must not hold up the others."""
        try:
            plaintext = open_record(Kind.FACE, cti, record)
        except CredentialError:
            return Record(record)
        return seal(Kind.FACE, cti, plaintext, nonce=self._token_bytes(NONCE_BYTES))

    def _sealed_again(self, published: layouts.PublishedShards, cti: bytes) -> Iterator[Record]:
        """The same history and face under new nonces. They come from what is published: cover changes no word."""
        history, face = (published.find(kind, cti, cti) for kind in (Kind.HISTORY, Kind.FACE))
        if history is not None:
            plaintext = open_record(Kind.HISTORY, cti, history)
            yield seal(Kind.HISTORY, cti, plaintext, nonce=self._token_bytes(NONCE_BYTES))
        if face is not None:
            yield self._face_again(cti, face)


def ctis_of(session: ReadSession, ids: Sequence[str] | None = None) -> Iterator[bytes]:
    """The cti of these certificates, or of all that have a history."""
    query = select(CertificateRow.cti).join(SignedHistoryRow, SignedHistoryRow.certificate == CertificateRow.id)
    if ids is None:
        yield from session.scalars(query).yield_per(1000)
        return
    for chunk in chunked(ids):
        yield from session.scalars(select(CertificateRow.cti).where(CertificateRow.id.in_(chunk)))


def count_published(session: ReadSession) -> int:
    """How many certificates are published or are about to be: those that have a history."""
    return session.scalar(select(func.count()).select_from(SignedHistoryRow)) or 0


def _random_ctis(session: ReadSession, wanted: int, count: int, token_bytes: Callable[[int], bytes]) -> list[bytes]:
    """Some certificates at random: those whose random id comes next after a random point."""
    signed = select(CertificateRow.cti).where(CertificateRow.stage == Stage.SIGNED)
    if count <= wanted:
        return list(session.scalars(signed))
    found: list[bytes] = []
    for _ in range(wanted):
        point = token_bytes(16).hex()
        after = session.scalar(signed.where(CertificateRow.id >= point).order_by(CertificateRow.id).limit(1))
        found.append(after or session.scalars(signed.order_by(CertificateRow.id).limit(1)).one())
    return found


def _with_entries(statuses: Sequence[StatusArray], entries: Iterable[_Entry]) -> Sequence[StatusArray]:
    changes: list[dict[int, int]] = [{} for _ in statuses]
    for each in entries:
        changes[each.place[0]][each.place[1]] = each.history.status
    return [array.with_changes(change) for array, change in zip(statuses, changes, strict=True)]


def _check_only_changed(found: Sequence[StatusArray], expected: Sequence[StatusArray]) -> None:
    """When everything is laid out anew, no status may differ that is not in the run's work."""
    if [array.data for array in found] != [array.data for array in expected]:
        message = "a stored history says another status than what is published, and no work ordered it; stop"
        raise TamperedError("history_shortened", message)
