"""Laying out what is published: the sealed records of certificates in shards, and the status lists that go with them.

Rules: a status is that of the history beside it, so that no status list knows more than the histories. A change costs
the shards that it touches, and some records of others are sealed anew with it. When the prefix grows, what is published
is copied. Only when somebody asks for it is everything laid out anew, from one state of the register; then no status
may differ from what was published that is not in the run's work.

    laid = Layer(store, token_bytes).change(session, ground, made, count, trust)
    laid.built.manifests, laid.statuses, laid.covered, laid.sizes
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import func, select

from credential import shards
from credential.sealed import NONCE_BYTES, Kind, Record, open_record, seal
from credential.statuslist import StatusArray
from credential.trustlist import VerifiedTrustList
from issuer.db import certificates
from issuer.db.certificates import records_of
from issuer.db.events import histories_of
from issuer.db.faces import faces_of
from issuer.db.models import CertificateRow, SealedCertificateRow, SignedHistoryRow, Stage
from issuer.db.sessions import ReadSession, chunked
from issuer.errors import TamperedError
from issuer.publishing import records as layouts
from issuer.publishing.footing import Footing
from issuer.publishing.signing import Made, Stored, face_again, made_of
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


class Layer:
    """Lays out one publication; made for one run."""

    def __init__(self, store: PublicationStore, token_bytes: Callable[[int], bytes]) -> None:
        self._store = store
        self._token_bytes = token_bytes
        self._covered: dict[str, int] = {}
        self._sizes: dict[str, int] = {}

    def change(self, session: ReadSession, footing: Footing, made: Sequence[Made], count: int) -> Laid:
        """Lay out what changed upon what stands there; when the prefix grows, in new shards.

        Args:
            session: one state of the register.
            footing: what stands there; others may go first between two shards.
            made: what is to be published of the certificates that changed.
            count: how many certificates there are.

        Raises:
            TamperedError: ``publication_altered``.
            What ``Footing.look`` raises.
        """
        ground = footing.ground
        assert ground is not None
        made = [each for each in made if each.certificate not in footing.passed]
        records = {each.cti: each.records for each in made}
        gone = frozenset(locator for each in made for locator in each.gone)
        gone |= _erased(session, [each.certificate for each in made if each.is_erased])
        self._covered |= {each.certificate: each.history.events for each in made}
        length = ground.content.prefix
        if shards.longest_prefix(count) > length:
            length = max(length, layouts.choose_prefix(ctis_of(session), count))
        if length > ground.content.prefix:
            built = layouts.lengthen(ground.shards, length, _owners(session), records, self.put, gone=gone)
            return self._laid(built, _with_entries(ground.statuses, made))
        cover = set(_random_ctis(session, COVER, count, self._token_bytes)) - records.keys()
        built = self._upon(footing, made, cover, gone)
        newest, left = footing.ground, [each for each in made if each.certificate not in footing.passed]
        assert newest is not None
        return self._laid(built, _with_entries(newest.statuses, left))

    def _upon(
        self, footing: Footing, made: Sequence[Made], cover: Collection[bytes], gone: Collection[bytes]
    ) -> layouts.Built:
        """Lay out shard by shard; one that changed in between is laid again, upon what is there since."""
        assert footing.ground is not None
        owners: dict[bytes, Made | None] = {**dict.fromkeys(cover), **{each.cti: each for each in made}}
        touched = layouts.group(((cti, cti) for cti in owners), footing.ground.content.prefix)
        laid: dict[int, tuple[bytes, bytes]] = {}
        waiting, written = [number for number, inside in enumerate(touched) if inside], 0
        while waiting:
            for number in waiting:
                footing.look()
                published = footing.ground.shards
                changes = dict(self._changes(published, {cti: owners[cti] for cti in touched[number]}, footing.passed))
                digest, new = layouts.merge(published, number, changes, self.put, gone=gone)
                laid[number] = published.layout.digests[number], digest
                written += new
            newest = footing.ground.shards.layout.digests
            waiting = [number for number, (upon, _) in laid.items() if upon != newest[number]]
        digests = {number: digest for number, (_, digest) in laid.items()}
        return layouts.replace(footing.ground.shards, digests, self.put, written)

    def _changes(
        self, published: layouts.PublishedShards, owners: Mapping[bytes, Made | None], passed: Collection[str]
    ) -> Iterator[tuple[bytes, Sequence[Record]]]:
        """What is to stand in a shard of these certificates: what was made of one, or what stands there sealed anew."""
        for cti, made in owners.items():
            if made is None:
                yield cti, tuple(self._sealed_again(published, cti))
            elif made.certificate not in passed:
                yield cti, made.records

    def anew(
        self,
        session: ReadSession,
        known: Sequence[StatusArray] | None,
        made: Sequence[Made],
        count: int,
        trust: VerifiedTrustList,
    ) -> Laid:
        """Lay out everything.

        Args:
            session: one state of the register.
            known: the status lists that were published last; None when nobody knows any.
            made: what is to be published of the certificates whose status may differ from them.
            count: how many certificates there are.
            trust: the trust list that readers will use.

        Raises:
            TamperedError: ``history_shortened``: a status that nothing in the register caused.
        """
        signed = select(CertificateRow.id, CertificateRow.cti).join(
            SignedHistoryRow, SignedHistoryRow.certificate == CertificateRow.id
        )
        length = layouts.choose_prefix(ctis_of(session), count)
        groups = layouts.group(((each.id, each.cti) for each in session.execute(signed).yield_per(1000)), length)
        changes: list[dict[int, int]] = [{} for _ in trust.content.status]
        new = {each.certificate: each for each in made}

        def records(ids: Sequence[str]) -> Iterator[Record]:
            for each in self._all(session, ids, new, trust):
                changes[each.place[0]][each.place[1]] = each.status
                yield from each.records

        built = layouts.build(groups, records, self.put)
        statuses = [StatusArray.zeros().with_changes(each) for each in changes]
        if known is not None:
            _check_only_changed(statuses, _with_entries(known, made))
        return self._laid(built, statuses)

    def put(self, path: str, data: bytes) -> bool:
        """Write a file that never changes, and remember its size."""
        self._sizes[path] = len(data)
        return self._store.put(path, data)

    def _laid(self, built: layouts.Built, statuses: Sequence[StatusArray]) -> Laid:
        return Laid(built=built, statuses=statuses, covered=self._covered, sizes=self._sizes)

    def _all(
        self, session: ReadSession, ids: Sequence[str], made: Mapping[str, Made], trust: VerifiedTrustList
    ) -> Iterator[Made]:
        for each in ids:
            if each in made:
                self._covered[each] = made[each].history.events
                yield made[each]
        yield from self._entries(session, [each for each in ids if each not in made], trust)

    def _entries(self, session: ReadSession, ids: Sequence[str], trust: VerifiedTrustList) -> Iterator[Made]:
        """What is stored of certificates, to be published as it is."""
        for chunk in chunked(ids):
            stored, faces, records = histories_of(session, chunk), faces_of(session, chunk), records_of(session, chunk)
            for certificate in certificates.by_ids(session, chunk).values():
                if certificate.stage is Stage.SIGNED and certificate.id in stored:
                    part = Stored(
                        certificate=certificate,
                        history=stored[certificate.id],
                        face=faces.get(certificate.id),
                        record=records.get(certificate.id),
                    )
                    made = made_of(part, trust)
                    self._covered[certificate.id] = made.history.events
                    yield made

    def _sealed_again(self, published: layouts.PublishedShards, cti: bytes) -> Iterator[Record]:
        """The same history and face under new nonces. They come from what is published: cover changes no word."""
        history, face = (published.find(kind, cti, cti) for kind in (Kind.HISTORY, Kind.FACE))
        if history is not None:
            plaintext = open_record(Kind.HISTORY, cti, history)
            yield seal(Kind.HISTORY, cti, plaintext, nonce=self._token_bytes(NONCE_BYTES))
        if face is not None:
            yield face_again(cti, face)


def ctis_of(session: ReadSession) -> Iterator[bytes]:
    """The cti of every certificate that has a history."""
    query = select(CertificateRow.cti).join(SignedHistoryRow, SignedHistoryRow.certificate == CertificateRow.id)
    yield from session.scalars(query).yield_per(1000)


def ctis_of_each(session: ReadSession, ids: Sequence[str]) -> dict[str, bytes]:
    """The cti of those of these certificates that there are, by id."""
    query = select(CertificateRow.id, CertificateRow.cti)
    found: dict[str, bytes] = {}
    for chunk in chunked(ids):
        found |= dict(session.execute(query.where(CertificateRow.id.in_(chunk))).all())
    return found


def count_published(session: ReadSession) -> int:
    """How many certificates are published or are about to be: those that have a history."""
    return session.scalar(select(func.count()).select_from(SignedHistoryRow)) or 0


def _erased(session: ReadSession, ids: Sequence[str]) -> frozenset[bytes]:
    """The places of credentials' records that were deleted: what was published of them goes too."""
    query = select(CertificateRow.check_code_locator).where(CertificateRow.check_code_locator.is_not(None))
    return frozenset(
        locator
        for chunk in chunked(ids)
        for locator in session.scalars(query.where(CertificateRow.id.in_(chunk)))
        if locator is not None
    )


def _owners(session: ReadSession) -> Iterator[layouts.Owner]:
    """Every certificate that has a history, with the place of its credential's record."""
    query = (
        select(CertificateRow.cti, CertificateRow.check_code_locator)
        .join(SignedHistoryRow, SignedHistoryRow.certificate == CertificateRow.id)
        .join(SealedCertificateRow, SealedCertificateRow.certificate == CertificateRow.id, isouter=True)
        .add_columns(SealedCertificateRow.certificate)
    )
    for cti, locator, sealed in session.execute(query.execution_options(yield_per=1000)):
        yield layouts.Owner(cti, None if sealed is None else locator)


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


def _with_entries(statuses: Sequence[StatusArray], entries: Iterable[Made]) -> Sequence[StatusArray]:
    changes: list[dict[int, int]] = [{} for _ in statuses]
    for each in entries:
        changes[each.place[0]][each.place[1]] = each.status
    return [array.with_changes(change) for array, change in zip(statuses, changes, strict=True)]


def _check_only_changed(found: Sequence[StatusArray], expected: Sequence[StatusArray]) -> None:
    """When everything is laid out anew, no status may differ that is not in the run's work."""
    if [array.data for array in found] != [array.data for array in expected]:
        message = "a stored history says another status than what is published, and no work ordered it; stop"
        raise TamperedError("history_shortened", message)
