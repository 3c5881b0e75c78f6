"""Signing what is published of a certificate: its history (FORMAT 6) and its face (FORMAT 6.1), and sealing both.

Rules: a history only grows. What was published of a certificate is the beginning of what is signed next, so a row that
vanished from the register, or was altered in it, takes nothing back that the public saw. The certificate's ``state`` is
a copy of where its events end; where the two differ, nothing is signed. A face is signed when somebody proved what it
says. What is stored already is not signed again.
Nothing here reads or writes the register, so any process of a crew does it.

    done = sign_parts(kit, [part, ...])          # Made or Unpublished, for each part
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, Self

from credential import face as faces
from credential import history as histories
from credential.errors import CodedError, CredentialError
from credential.history import Replaced
from credential.kdf import Extracted, extract
from credential.sealed import NONCE_BYTES, Kind, Record, keys_from, locator_from, open_record, seal, seal_with
from credential.signing import Signer
from credential.statuslist import Status
from credential.trustlist import VerifiedTrustList
from issuer.db.certificates import Certificate
from issuer.db.events import Event, SignedHistory
from issuer.db.faces import SealedFace, SignedFace, sealed_face
from issuer.errors import IssuerError, TamperedError
from issuer.publishing.history import read_history, to_history


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A certificate as the register has it, and what the public has of it."""

    certificate: Certificate
    events: tuple[Event, ...]
    stored: SignedHistory | None = field(repr=False)
    """The newest history that was signed of it."""
    published: histories.History | None
    replaces: Replaced | None
    """The certificate that the approved row says it replaces. A day in its place from which the gap is counted lets a
    late award through, so the register's word alone is not enough."""
    face: SealedFace | None = field(repr=False)
    face_payload: bytes | None = field(repr=False)
    """What is to be signed of its face: proven. None: there is none, what is stored stands, or it is not proven."""
    record: bytes | None = field(repr=False)
    """The credential, sealed under the check code; None once erased."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What is stored of a certificate, to be published."""

    certificate: Certificate
    history: SignedHistory = field(repr=False)
    face: SealedFace | SignedFace | None = field(repr=False)
    record: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpublished:
    """A certificate whose change was not published, and why; what the public has of it stays."""

    certificate: str
    code: str
    message: str
    fields: Mapping[str, object] = field(default_factory=dict, compare=False)

    @classmethod
    def of(cls, certificate: str, error: CodedError) -> Unpublished:
        """Return what is told of a certificate that an error stands against."""
        return cls(certificate=certificate, code=error.code, message=str(error), fields=error.fields)


class Made(NamedTuple):
    """What is to be published of a certificate, and stored of it."""

    certificate: str
    cti: bytes
    place: tuple[int, int]
    """Status list and index."""
    status: Status
    history: SignedHistory
    records: tuple[Record, ...]
    gone: frozenset[bytes]
    """Locators of what may be published of it and is not to be any more."""
    is_new: bool = False
    """Whether the history is to be stored."""
    is_erased: bool = False
    """Whether the record of its credential was deleted."""
    face: SignedFace | None = None
    """What was signed of the face just now, to be stored; None where nothing was."""

    def to_plain(self) -> tuple[Any, ...]:
        """Return it as plain values, which another process is given at a fraction of the cost."""
        history = self.history
        face = None if self.face is None else tuple(self.face)
        return (*self[:4], (history.events, history.content, history.kid), *self[5:9], face)

    @classmethod
    def of_plain(cls, plain: tuple[Any, ...]) -> Self:
        """Return what ``to_plain`` gave."""
        certificate, cti, place, status, (events, content, kid), records, gone, is_new, is_erased, face = plain
        return cls(
            certificate=certificate,
            cti=cti,
            place=place,
            status=status,
            history=SignedHistory(events=events, content=content, kid=kid),
            records=records,
            gone=gone,
            is_new=is_new,
            is_erased=is_erased,
            face=None if face is None else SignedFace(*face),
        )

    def __repr__(self) -> str:
        return f"Made({self.certificate})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kit:
    """What signing takes beside the certificates. It stays in its process, and in those that are forked from it."""

    signer: Signer
    """A status key."""
    trust: VerifiedTrustList


def sign_parts(kit: Kit, parts: Sequence[Part]) -> list[Made | Unpublished]:
    """Sign what grew; a certificate that cannot be signed is told, and holds up no other."""
    done: list[Made | Unpublished] = []
    for part in parts:
        try:
            done.append(_sign(kit, part))
        except (IssuerError, CredentialError) as error:
            done.append(Unpublished.of(part.certificate.id, error))
    return done


def history_of(part: Part) -> histories.History:
    """Return the history that is to be signed of a certificate.

    Raises:
        TamperedError: ``history_shortened``, ``state_differs``, ``other_replaced``.
        As ``issuer.publishing.history.to_history``.
    """
    certificate, published = part.certificate, part.published
    number = certificate.number
    history = to_history(certificate, part.events)
    if published is not None and history.events[: len(published.events)] != published.events:
        message = (
            f"the register's events of certificate {number} do not continue what is published of it; "
            "nothing was signed, compare the register with a backup"
        )
        raise TamperedError("history_shortened", message, number=number)
    if published is None and history.registration.replaces != part.replaces:
        message = f"certificate {number} is not approved to replace what its first event names; nothing was signed"
        raise TamperedError("other_replaced", message, number=number)
    if certificate.state is not history.status:
        message = f"certificate {number} is {certificate.state.word}, but its events end at {history.status.word}"
        raise TamperedError("state_differs", f"{message}; its published status stays", number=number)
    return history


def _sign(kit: Kit, part: Part) -> Made:
    history = history_of(part)
    extracted = extract(part.certificate.cti)
    stored = _signed_history(kit, part, histories.encode(history), len(history.events))
    face = _signed_face(kit, part, extracted)
    kept = Stored(certificate=part.certificate, history=stored, face=face or part.face, record=part.record)
    made = _made(kept, history.status, extracted, is_fresh=face is not None)
    return made._replace(is_new=stored is not part.stored, face=face)


def _signed_history(kit: Kit, part: Part, payload: bytes, events: int) -> SignedHistory:
    """The history over these events, signed and checked; what is stored of the same events is not signed again."""
    stored, kid = part.stored, kit.signer.key_id
    if stored is None or stored.events != events or stored.kid != kid:
        stored = SignedHistory(events=events, content=histories.sign_payload(payload, kit.signer), kid=kid)
    _check_signed(kit, part.certificate, stored, payload)
    return stored


def _signed_face(kit: Kit, part: Part, extracted: Extracted) -> SignedFace | None:
    """The face, signed, checked and sealed; None where none is to be signed. Raises as ``_check_signed``."""
    payload = part.face_payload
    if part.face is None or payload is None:
        return None
    signed = faces.sign_payload(payload, kit.signer)
    unverified = faces.parse(signed)
    if not unverified.check_signed(kit.trust.key(unverified.key_id, use="status").key, payload):
        message = f"the signed face of certificate {part.certificate.number} says something else than was proven"
        raise TamperedError("face_altered", message, number=part.certificate.number)
    return SignedFace(record=sealed_face(extracted, signed), kid=kit.signer.key_id)


def _check_signed(kit: Kit, certificate: Certificate, stored: SignedHistory, payload: bytes) -> None:
    """What is published is what a reader can verify, and says what was to be said.

    Raises:
        CredentialError: no status key of the trust list signed it.
        TamperedError: ``history_altered``.
    """
    unverified = histories.parse(stored.content)
    key = kit.trust.key(unverified.key_id, use="status").key
    if not unverified.check_signed(key, payload):
        message = f"the signed history of certificate {certificate.number} says something else than its events"
        raise TamperedError("history_altered", message, number=certificate.number)


def made_of(stored: Stored, trust: VerifiedTrustList) -> Made:
    """Return what is to be published of what is stored, after verifying it as a reader would.

    Raises:
        CredentialError, TamperedError: as ``read_history``.
    """
    history = read_history(stored.history.content, stored.certificate.cti, trust)
    counted = replace(stored.history, events=len(history.events))
    return _made(replace(stored, history=counted), history.status, extract(stored.certificate.cti))


def _made(stored: Stored, status: Status, extracted: Extracted, *, is_fresh: bool = False) -> Made:
    """What is to be published; ``is_fresh``: the face was sealed just now, and is published for the first time."""
    certificate, face = stored.certificate, stored.face
    cti = certificate.cti
    # An erased holder's credential and face are gone; the history without personal data stays.
    records = [] if stored.record is None else [Record(stored.record)]
    has_face = face is not None and face.record is not None
    if face is not None and face.record is not None:
        records.append(Record(face.record) if is_fresh else face_again(cti, face.record))
    keys = keys_from(Kind.HISTORY, extracted)
    records.append(seal_with(keys, stored.history.content, nonce=os.urandom(NONCE_BYTES)))
    return Made(
        certificate=certificate.id,
        cti=cti,
        place=(certificate.status_list, certificate.status_index),
        status=status,
        history=stored.history,
        records=tuple(records),
        gone=frozenset() if has_face else frozenset({locator_from(Kind.FACE, extracted)}),
        is_erased=stored.record is None,
    )


def face_again(cti: bytes, record: bytes) -> Record:
    """Return a face under a new nonce, as the history beside it.

    One that was altered here goes out as it is, and proves nothing to a reader: it must not hold up the others.
    """
    try:
        plaintext = open_record(Kind.FACE, cti, record)
    except CredentialError:
        return Record(record)
    return seal(Kind.FACE, cti, plaintext, nonce=os.urandom(NONCE_BYTES))
