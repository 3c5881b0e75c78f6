"""What passes between the unlock service and those who ask it: the values of both sides.

Rules: every value is frozen and can be written as JSON (``issuer.unlock.wire``). Instants are aware and UTC. What
opens something, or names a person, is left out of the printed form.

    signed_in = unlock.with_code(id_type="citizen", id_number="…", code="ABCD-EFGH-JKLM")
    view = unlock.view(signed_in.ticket)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A person who proved who they are, for one session."""

    data_key: bytes = field(repr=False)
    """32 bytes: opens what is sealed of this holder, and of nobody else."""
    ticket: str = field(repr=False)
    """What every later request, and every job for the worker, carries."""
    session: str
    """22 characters of base64url, random, made by the service."""
    expires: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A sign-in by OpenID Connect that has begun: what the browser is sent away with."""

    nonce: str = field(repr=False)
    """Good once, until ``expires``; the ID token has to carry it."""
    expires: datetime
    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    client_id: str
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened to a certificate (FORMAT 6)."""

    kind: str
    """The word of a ``credential.history.EventKind``."""
    effective: date
    recorded: datetime
    reason: str | None
    """The word of a ``credential.history.Reason``; None where there is none."""
    successor: str | None
    """The number of the certificate that stands in this one's place."""
    authority: str
    """Name of the authority that decided."""
    document: str
    """Basis and decision document, as the holder may see them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A change that the holder is told of."""

    id: str
    at: datetime
    certificate: str
    kind: str
    text_zh: str
    text_en: str
    said: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """What the notice on paper says (``issuer.notices.model.Facts``): name and text; empty until the worker made it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """One certificate of the holder, whole. Numbers are the catalogue's (FORMAT 3)."""

    number: str
    state: str
    """The word of a ``credential.statuslist.Status``."""
    name: str = field(repr=False)
    id_last4: str = field(repr=False)
    id_type: str
    """The word of a ``issuer.identifiers.IdType``."""
    series: int
    title: int
    specialty: str
    level: int
    way: int
    award_date: date
    issued_on: date
    authority: str
    """Name of the issuing authority."""
    scope: str | None
    check_code: str = field(repr=False)
    """As printed, in groups."""
    credential: bytes = field(repr=False)
    url: str = field(repr=False)
    """What the QR code holds."""
    history: tuple[Event, ...]
    extra: tuple[tuple[str, str], ...] = field(repr=False)
    """What the document prints beyond the credential: name of the field, text."""
    has_photo: bool
    has_document: bool
    """Whether the sealed PDF is made."""
    published: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """That somebody of the office opened what is sealed of the holder."""

    at: datetime
    who: str
    act: str
    """As the audit names it."""
    certificate: str | None
    """The number; None where a whole list was opened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """That somebody collected a slip at the counter."""

    at: datetime
    by: str = field(repr=False)
    """Name of whoever collected it."""
    relation: str = field(repr=False)
    """To the holder, as it was recorded."""
    recorded_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """A claim code that was made for the holder; the code itself is known to nobody."""

    made: datetime
    made_by: str
    certificate: str
    """The number of the one for which it was made; it opens all of the holder's."""
    expires: datetime
    handing: str
    """How it reaches the holder: the word of an ``issuer.claims.model.Handing``."""
    sent: datetime | None
    """When it left as a message."""
    used: datetime | None
    ended: datetime | None
    """When the office ended it, or made another one in its place."""
    tries: int
    """In all."""
    collected: tuple[Collected, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderView:
    """All that the register holds of one person."""

    name: str = field(repr=False)
    certificates: tuple[Certificate, ...]
    notices: tuple[Notice, ...]
    """Newest first."""
    looked: tuple[Looked, ...]
    """Newest first."""
    held: tuple[tuple[str, str], ...] = field(repr=False)
    """What else the register holds: name of the field, text."""
    codes: tuple[Code, ...]
    """Newest first."""
    mark: str
    """Stays the same while nothing of this changes (``issuer.unlock.marks``)."""
