"""The proof of many certificates with one event: what ``issuer.issuing.first`` proves of each, with few statements.

Rules: nothing that the register says is believed, as there. The leaves of a batch are proven once, all together, by
computing the root that two persons signed; then a row is proven by its own hash. Whatever is not proven here, for
whatever reason, is left to the proof of one, which says why. What is proven is signed in the same piece of work, from
the same bytes. What a stolen status key signed of a certificate with its first event alone is proven as if it was new,
and signed anew. What takes the processor is done by a crew: a member reads no register.

    news = News(session, anchors, ids)
    parts = news.parts(chunk)                  # of those with one event
    prove_parts(kit, parts)                    # an Answer for each
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from sqlalchemy import select

from credential.errors import CodedError, CredentialError
from credential.face import Design
from credential.history import History
from credential.merkle import Frontier
from credential.sealed import Kind, open_record
from credential.text import digest_from_hex
from credential.trustform import KeyState
from credential.trustlist import VerifiedTrustList
from issuer import faces
from issuer.batches.approval import Approval, proven_approval
from issuer.batches.rows import AwardContent, leaf_hashes, opened_row
from issuer.batches.taken import Taken, taken_of
from issuer.db.certificates import Certificate, opened_content
from issuer.db.events import Event, SignedHistory
from issuer.db.faces import SealedFace
from issuer.db.models import AwardRow, CertificateRow
from issuer.db.sessions import ReadSession, chunked
from issuer.errors import ConflictError, IssuerError, TamperedError
from issuer.intake.model import AwardDraft
from issuer.issuing.first import Anchors, Approved, Written, check_first, check_seen
from issuer.issuing.seen import Kept, mark_of, recall
from issuer.issuing.stored import StoredNew, stored_new
from issuer.publishing import signing as publishing
from issuer.publishing.history import read_history
from issuer.vault import Vault

_WHOLE: Final = 64
"""A batch is proven whole where at least one row in so many is asked about."""


class Part(NamedTuple):
    """A certificate with its first event alone, and all that proves it. Nothing of it is believed but the leaf."""

    stored: StoredNew
    leaf: bytes
    """What stands at the row's place under the root that was signed."""
    authority: str
    """Whose batch it is, by both statements."""
    mark: bytes | None
    """Of what this process stored when it issued it (``issuer.issuing.seen``)."""
    published: bytes | None = None
    """The sealed history that the public has of it, under a stolen key; None: it has none."""


class Answer(NamedTuple):
    """What was found of a certificate."""

    certificate: str
    is_proven: bool
    """False: it is left to the proof of one."""
    face: bytes | CodedError | None = None
    """What is to be signed of its face, or why it is not; None where nothing is to be signed, or it is signed."""
    made: publishing.Made | None = None
    """What is to be published of it: signed at once, as it was proven. None: it is left to the publisher."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kit:
    """What the proof takes beside the certificates. It stays in its process, and in those that are forked from it."""

    vault: Vault
    anchors: Anchors
    design: Design | None = None
    """What faces are set with now: most name it."""
    signing: publishing.Kit | None = None
    """What signs at once what was proven; None: nothing is signed here."""


class News:
    """The certificates of one run."""

    def __init__(self, session: ReadSession, anchors: Anchors, ids: Sequence[str]) -> None:
        self._session = session
        self._anchors = anchors
        self._stolen = frozenset(
            each.key.key_id
            for each in anchors.trust.content.keys
            if each.use == "status" and each.state == KeyState.COMPROMISED
        )
        self._leaves: dict[str, Sequence[bytes] | None] = {}
        self._taken: dict[str, Taken] = {}
        self._asked: Counter[str] = Counter()
        query = select(AwardRow.batch).join(CertificateRow, CertificateRow.award == AwardRow.id)
        for chunk in chunked(ids):
            self._asked.update(session.scalars(query.where(CertificateRow.id.in_(chunk))))

    def parts(self, ids: Sequence[str]) -> list[Part]:
        """Read those of some certificates that seem new, or are to be signed anew as they began."""
        parts: list[Part] = []
        place = {each: at for at, each in enumerate(ids)}  # sorted by shard: each is read once
        for stored in sorted(stored_new(self._session, ids), key=lambda each: place[each.id]):
            if not self._is_asked(stored):
                continue
            with suppress(IssuerError, CredentialError):
                parts += self._placed(stored)
        return parts

    def _is_asked(self, stored: StoredNew) -> bool:
        """Whether it is new, or all that is published of it was signed by a stolen key."""
        if not stored.is_first or stored.issued_at is None:
            return False
        registered = self._anchors.registered
        return not registered.has(stored.cti) or registered.sealed_by(stored.cti, self._stolen) is not None

    def _placed(self, stored: StoredNew) -> list[Part]:
        """The certificate with the proven leaf at its row's place; none where the batch is not proven whole.

        Raises:
            NotFoundError, NotAllowedError, TamperedError: as ``proven_approval`` and ``taken_of``.
        """
        assert stored.issued_at is not None
        row = stored.to_row()
        by = proven_approval(self._session, row.batch, operators=self._anchors.operators, now=stored.issued_at)
        leaves = self._leaves_of(row.batch, by)
        if leaves is None or row.position is None or not 0 <= row.position < len(leaves):
            return []
        if self._taken_of(row.batch, by).holds(row.position):
            return []
        return [
            Part(
                stored=stored,
                leaf=leaves[row.position],
                authority=by.approval.object["authority"],
                mark=recall(self._session, stored.id),
                published=self._anchors.registered.sealed_by(stored.cti, self._stolen),
            )
        ]

    def _leaves_of(self, batch: str, by: Approval) -> Sequence[bytes] | None:
        if batch not in self._leaves:
            self._leaves[batch] = None
            size = by.approval.counts["waiting"]
            if self._asked[batch] * _WHOLE >= size:
                leaves, tree = leaf_hashes(self._session, batch), Frontier()
                for leaf in leaves:
                    tree.append(leaf)
                # Where a hash was altered, paths say which rows it does not concern.
                if len(leaves) == size and tree.root() == digest_from_hex(by.approval.digests["rows_root"]):
                    self._leaves[batch] = leaves
        return self._leaves[batch]

    def _taken_of(self, batch: str, by: Approval) -> Taken:
        if batch not in self._taken:
            self._taken[batch] = taken_of(self._session, batch, by.statement)
        return self._taken[batch]


def plain_parts(parts: Sequence[Part]) -> list[tuple[Any, ...]]:
    """Return parts as plain values, which another process is given at a fraction of the cost."""
    return [(tuple(each.stored), *each[1:]) for each in parts]


def prove_plain(kit: Kit, parts: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """As ``prove_parts``, from ``plain_parts`` to what ``answers_of`` reads."""
    answers = prove_parts(kit, [Part(StoredNew(*stored), *rest) for stored, *rest in parts])
    return [(*each[:3], None if each.made is None else each.made.to_plain()) for each in answers]


def answers_of(plain: Sequence[tuple[Any, ...]]) -> list[Answer]:
    """Return the answers of ``prove_plain``."""
    return [
        Answer(certificate, is_proven, face, None if made is None else publishing.Made.of_plain(made))
        for certificate, is_proven, face, made in plain
    ]


def prove_parts(kit: Kit, parts: Sequence[Part]) -> list[Answer]:
    """Prove new certificates, each alone, and sign what is published of them; one that is not proven stops no other."""
    return [_answer(kit, part) for part in parts]


def _answer(kit: Kit, part: Part) -> Answer:
    stored, certificate, event = part.stored, part.stored.to_certificate(), part.stored.to_event()
    history = stored.to_history()
    try:
        if _is_as_issued(kit, part, certificate, event):
            check_seen(certificate, event, part.authority, kit.anchors)
            draft = None
        else:
            draft = _proven_row(kit, part, certificate, event).draft
        check_stored(certificate, history, 1, kit.anchors.trust)
        published = _published(part, certificate, kit.anchors.trust)
    except (IssuerError, CredentialError):
        return Answer(certificate=certificate.id, is_proven=False)
    face = stored.to_face()
    payload = _face_payload(kit, certificate, event, face, draft)
    made = None
    if kit.signing is not None:
        proven = publishing.Part(
            certificate=certificate,
            events=(event,),
            stored=history,
            published=published,
            replaces=None,
            face=face,
            face_payload=payload if isinstance(payload, bytes) else None,
            record=stored.record,
        )
        made = publishing.sign_parts(kit.signing, [proven])[0]
    if not isinstance(made, publishing.Made):
        return Answer(certificate=certificate.id, is_proven=True, face=payload)
    told = None if isinstance(payload, bytes) else payload
    return Answer(certificate=certificate.id, is_proven=True, face=told, made=made)


def _published(part: Part, certificate: Certificate, trust: VerifiedTrustList) -> History | None:
    """What the public has of a certificate; the publisher compares it with what is signed next.

    Raises:
        CredentialError, TamperedError: it cannot be read: as ``read_history``.
    """
    if part.published is None:
        return None
    return read_history(open_record(Kind.HISTORY, certificate.cti, part.published), certificate.cti, trust)


def _is_as_issued(kit: Kit, part: Part, certificate: Certificate, event: Event) -> bool:
    """Whether everything is stored as this process stored it when it issued the certificate."""
    if part.mark is None:
        return False
    stored = part.stored
    kept = Kept(
        trust=kit.anchors.trust.digest,
        leaf=part.leaf,
        digest=certificate.credential_digest,
        kid=certificate.credential_kid,
        credential=stored.to_content().credential,
        record=stored.record,
        draft=stored.face[0],
        document=event.document,
        issued_on=certificate.issued_on,
    )
    return part.mark == mark_of(stored.to_row(), stored.certificate, stored.to_content(), kept)


def _proven_row(kit: Kit, part: Part, certificate: Certificate, event: Event) -> AwardContent:
    """The row of a certificate, which says what was approved, as the certificate does. Raises as ``check_first``."""
    stored = part.stored
    row = opened_row(kit.vault, stored.to_row(), leaf=part.leaf)
    if row.draft.replaces is not None:
        raise ConflictError("proven_alone", f"certificate {certificate.number} replaces another, and is proven alone")
    content = opened_content(kit.vault, certificate, stored.to_content())[1]
    written = Written(certificate=certificate, content=content, events=(event,), record=stored.record)
    approved = Approved(draft=row.draft, holder=row.holder, authority=part.authority)
    check_first(written, approved, kit.anchors, find_replaced=lambda: None)
    return row


def check_stored(certificate: Certificate, stored: SignedHistory | None, events: int, trust: VerifiedTrustList) -> None:
    """A stored history over the same events is published as it is, so it has to be one.

    Raises:
        TamperedError: ``history_altered``.
    """
    if stored is None or stored.events != events:
        return
    with suppress(IssuerError, CredentialError):
        read_history(stored.content, certificate.cti, trust)
        return
    message = f"the stored history of certificate {certificate.number} is none that a status key signed"
    raise TamperedError("history_altered", f"{message}; nothing was signed", number=certificate.number)


def opened_draft(certificate: Certificate, face: SealedFace) -> bytes:
    """Open the draft of a face. Raises TamperedError ``face_altered``."""
    try:
        return open_record(Kind.FACE, certificate.cti, face.draft)
    except CredentialError as error:
        raise faces.altered(certificate) from error


def _face_payload(
    kit: Kit, certificate: Certificate, event: Event, face: SealedFace | None, row: AwardDraft | None
) -> bytes | CodedError | None:
    """What is to be signed of a face; ``row``: what was proven, None where the draft is as this process stored it."""
    if face is None or faces.stands(face.kid, event.recorded, kit.anchors.trust):
        return None
    try:
        draft = opened_draft(certificate, face)
        return faces.payload_of(draft) if row is None else faces.proven(draft, certificate, row, kit.design)
    except (IssuerError, CredentialError) as error:
        return error
