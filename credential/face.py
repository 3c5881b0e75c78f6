"""The face of one certificate (FORMAT 6.1): what its document prints and the credential does not say.

Rules: a face decides nothing. Every member is optional. Keys that this program does not know are counted and not kept,
so that a reader can say aloud that there is more. It is signed as a history is, and belongs to one credential.

    face = Face(cti=cti, credential_digest=digest, members=Members(employer="示范建设有限公司"))
    data = sign(face, status_signer)
    face = parse(data).verify(key)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from credential import cbor, cose
from credential.characters import is_text
from credential.claims import CTI_BYTES
from credential.errors import CannotKnowError, MalformedError
from credential.history import DIGEST_BYTES
from credential.signing import AnyKey, Signer

VERSION: Final = 1
TYP: Final = "application/titlecert-face+cbor"
MAX_BYTES: Final = 4_000
"""Sixteen long pairs in Chinese do not all fit; what a page has room for does."""
MAX_EMPLOYER: Final = 100
MAX_PAIRS: Final = 16
MAX_PAIR_LABEL: Final = 40
MAX_PRINTED: Final = 200
_BIRTH_MONTH: Final = re.compile(r"(?!0000)[0-9]{4}-(?:0[1-9]|1[0-2])")
_DESIGN_ID: Final = re.compile(r"[a-z][a-z0-9-]{0,39}")
_LICENCE: Final = re.compile(r"[0-9A-Za-z.-]{1,100}")


class Sex(IntEnum):
    """GB/T 2261.1."""

    UNKNOWN = 0
    MALE = 1
    FEMALE = 2
    NOT_STATED = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """The design that a document was set with. Making one checks its rules: MalformedError ``bad_face``."""

    id: str
    version: int
    digest: bytes
    """Over the design's files (FORMAT 6.1)."""

    def __post_init__(self) -> None:
        holds = _DESIGN_ID.fullmatch(self.id) and 1 <= self.version <= 65535 and len(self.digest) == DIGEST_BYTES
        if not holds:
            raise _bad("design")


@dataclass(frozen=True, slots=True, kw_only=True)
class Members:
    """What is printed; making one checks its rules: MalformedError ``bad_face``. None or empty: it is not printed."""

    sex: Sex | None = None
    employer: str | None = None
    """As on the award date."""
    photo: bytes | None = None
    """SHA-256 of the JPEG that is embedded in the document."""
    birth_month: str | None = None
    """``YYYY-MM``."""
    design: Design | None = None
    licence: str | None = None
    """电子证照标识."""
    printed: tuple[tuple[str, str], ...] = ()
    """Whatever else is printed, as label and text."""

    def __post_init__(self) -> None:
        if self.employer is not None and not is_text(self.employer, MAX_EMPLOYER):
            raise _bad("employer")
        if self.photo is not None and len(self.photo) != DIGEST_BYTES:
            raise _bad("photo")
        if self.birth_month is not None and not _BIRTH_MONTH.fullmatch(self.birth_month):
            raise _bad("birth_month")
        if self.licence is not None and not _LICENCE.fullmatch(self.licence):
            raise _bad("licence")
        texts = all(is_text(label, MAX_PAIR_LABEL) and is_text(text, MAX_PRINTED) for label, text in self.printed)
        if len(self.printed) > MAX_PAIRS or not texts:
            raise _bad("printed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """The face of one certificate. Making one checks its form: MalformedError ``bad_face``."""

    cti: bytes
    credential_digest: bytes
    """SHA-256 of the credential that it belongs to."""
    members: Members
    unknown: int = 0
    """How many keys it had that this program does not know."""

    def __post_init__(self) -> None:
        if len(self.cti) != CTI_BYTES or len(self.credential_digest) != DIGEST_BYTES:
            raise _bad("cti")


@dataclass(frozen=True, slots=True, kw_only=True)
class UnverifiedFace:
    """A face whose signature nobody has checked."""

    message: cose.UnverifiedSign1

    @property
    def key_id(self) -> bytes:
        """Which status key the sender says it was."""
        return self.message.key_id

    def check_signed(self, key: AnyKey, payload: bytes) -> bool:
        """Check the signature with ``key``; whether it is over this payload, from ``encode``.

        Raises:
            SignatureError: the signature does not hold.
        """
        return self.message.verify(key) == payload

    def verify(self, key: AnyKey) -> Face:
        """Return the face after checking the signature.

        Raises:
            SignatureError: the signature does not hold.
            CannotKnowError: ``newer_format``.
            MalformedError: ``bad_face`` or one of CBOR's codes.
        """
        return decode(self.message.verify(key))


def sign(face: Face, signer: Signer) -> bytes:
    """Return the face signed by a status key. Raises MalformedError ``too_large``."""
    return sign_payload(encode(face), signer)


def sign_payload(payload: bytes, signer: Signer) -> bytes:
    """As ``sign``, of a payload that ``decode`` took."""
    data = cose.sign(payload, signer, typ=TYP)
    if len(data) > MAX_BYTES:
        raise MalformedError("too_large", f"face: {len(data)} bytes, at most {MAX_BYTES} are published")
    return data


def parse(data: bytes) -> UnverifiedFace:
    """Check size and form.

    Raises:
        MalformedError: one of COSE's codes.
    """
    return UnverifiedFace(message=cose.parse(data, max_bytes=MAX_BYTES, typ=TYP))


def encode(face: Face) -> bytes:
    """Return the payload. A face that was read with unknown keys cannot be written: ValueError."""
    if face.unknown:
        raise ValueError("a face with keys that this program does not know is not written by it")
    items: dict[int, object] = {}
    for key, member in _MEMBERS.items():
        value = getattr(face.members, member.name)
        if value is not None and value != ():
            items[key] = member.write(value)
    return cbor.encode([VERSION, face.cti, face.credential_digest, items])


def decode(payload: bytes) -> Face:
    """Read a payload.

    Raises:
        CannotKnowError: ``newer_format``.
        MalformedError: ``bad_face`` or one of CBOR's codes.
    """
    item = cbor.decode(payload, max_bytes=MAX_BYTES)
    # The version first: a later one may hold anything behind it. ``type`` and not ``isinstance``: true is an int there.
    if not isinstance(item, list) or not item or type(item[0]) is not int:
        raise _bad("version")
    if item[0] > VERSION:
        raise CannotKnowError("newer_format", f"face: format version {item[0]}, this program knows {VERSION}")
    match item:
        case [version, bytes(cti), bytes(digest), dict(items)] if version == VERSION:
            return _face(cti, digest, items)
    raise _bad("payload")


def named_design(payload: bytes) -> Design | None:
    """Return the design that a payload names; nothing else of it is read.

    Raises:
        MalformedError: as ``decode``.
    """
    match cbor.decode(payload, max_bytes=MAX_BYTES):
        case [_, _, _, dict(items)]:
            design = items.get(_DESIGN)
            return None if design is None else _design(design)
    raise _bad("payload")


def _face(cti: bytes, digest: bytes, items: Mapping[int | str, Any]) -> Face:
    if any(type(key) is not int for key in items):
        raise _bad("key")
    known: dict[str, Any] = {each.name: each.read(items[key]) for key, each in _MEMBERS.items() if key in items}
    return Face(cti=cti, credential_digest=digest, members=Members(**known), unknown=len(items) - len(known))


class _Member(NamedTuple):
    """How one member is read from CBOR's types and written in them."""

    name: str
    read: Callable[[Any], object]
    write: Callable[[Any], object]


def _typed(name: str, kind: type) -> Callable[[Any], object]:
    def read(value: Any) -> object:
        if type(value) is not kind:
            raise _bad(name)
        return value

    return read


def _sex(value: Any) -> Sex:
    if type(value) is not int or value not in set(Sex):
        raise _bad("sex")
    return Sex(value)


def _design(value: Any) -> Design:
    if not isinstance(value, list) or list(map(type, value)) != [str, int, bytes]:
        raise _bad("design")
    return Design(id=value[0], version=value[1], digest=value[2])


def _printed(value: Any) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, list) or not value:
        raise _bad("printed")
    if any(not isinstance(pair, list) or list(map(type, pair)) != [str, str] for pair in value):
        raise _bad("printed")
    return tuple((label, text) for label, text in value)


def _same(value: Any) -> Any:
    return value


_DESIGN: Final = 5
_MEMBERS: Final[Mapping[int, _Member]] = MappingProxyType(
    {
        1: _Member("sex", _sex, int),
        2: _Member("employer", _typed("employer", str), _same),
        3: _Member("photo", _typed("photo", bytes), _same),
        4: _Member("birth_month", _typed("birth_month", str), _same),
        _DESIGN: _Member("design", _design, lambda design: [design.id, design.version, design.digest]),
        6: _Member("licence", _typed("licence", str), _same),
        7: _Member("printed", _printed, lambda pairs: [list(pair) for pair in pairs]),
    }
)
"""Numbers are never used again for something else."""


def _bad(member: str) -> MalformedError:
    return MalformedError("bad_face", f"face: {member} breaks its rule (FORMAT 6.1)", member=member)
