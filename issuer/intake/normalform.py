"""The normal form of an award: canonical JSON, a leaf under the root that two operators sign (FORMAT 11.2).

Rules. Every field of :class:`AwardDraft` is there, absent ones as null, and ``salt``: 16 random bytes, without which
the hash of a row, which is kept and shown to whoever proves another one, would give away an ID number to anybody who
tries them all. It is canonical JSON (FORMAT 1.4), so equal awards of equal salt give equal bytes on every machine. It
holds personal data: only hashes leave the register.

    written = draft_to_json(draft, salt=new_salt())      # what is stored, sealed, and never written a second time
    draft_from_json(written)
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from datetime import date
from operator import attrgetter
from typing import Any, Final

from credential import jsonform
from credential.claims import NUMBER
from credential.errors import MalformedError
from credential.regions import parse_region
from credential.text import digest_from_hex, from_base64url, to_base64url
from issuer.identifiers import IdType, Sex
from issuer.intake.model import AwardDraft, BasisKind, Replacement, ReplacementReason, Scope

SALT_BYTES: Final = 16
DRAFT_MEMBERS: Final = AwardDraft.__slots__
"""The members of an award, in their order; ``draft_members`` gives their values."""
draft_members: Final = attrgetter(*DRAFT_MEMBERS)


def new_salt(token_bytes: Callable[[int], bytes] = secrets.token_bytes) -> str:
    """Return the salt of a row, in base64url."""
    return to_base64url(token_bytes(SALT_BYTES))


def draft_to_json(draft: AwardDraft, *, salt: str) -> bytes:
    """One award as canonical JSON."""
    replaces, scope = draft.replaces, draft.scope
    plain: dict[str, Any] = dict(zip(DRAFT_MEMBERS, draft_members(draft), strict=True))
    plain |= {
        "sex": draft.sex.value,
        "id_type": int(draft.id_type),
        "award_date": draft.award_date.isoformat(),
        "basis_kind": int(draft.basis_kind),
        "scope": None if scope is None else {"name": scope.name, "region": scope.region},
        "replaces": None if replaces is None else {"number": replaces.number, "reason": replaces.reason.value},
        "salt": salt,
    }
    return jsonform.encode(plain)


def draft_from_json(data: bytes) -> AwardDraft:
    """The award that :func:`draft_to_json` wrote; its salt is of no use to anybody but the hash.

    Raises:
        ValueError: the bytes are not what draft_to_json writes.
    """
    draft, salt = _read(data)
    try:
        _require_types(draft)
        if len(from_base64url(salt)) != SALT_BYTES:
            raise ValueError(f"a salt has {SALT_BYTES} bytes")
    except (MalformedError, TypeError, ValueError) as error:
        raise _no_award() from error
    if draft_to_json(draft, salt=salt) != data:
        raise ValueError("not the canonical form of an award")
    return draft


def draft_from_proven(data: bytes) -> AwardDraft:
    """As ``draft_from_json``, of bytes that were read by it once and are proven to be the same, by their hash.

    Raises:
        ValueError: as there, but that types and form are the only ones is not asked again.
    """
    return _read(data)[0]


def _read(data: bytes) -> tuple[AwardDraft, str]:
    try:
        plain = json.loads(data)
        salt, scope, replaces = plain.pop("salt"), plain["scope"], plain["replaces"]
        plain |= {
            "sex": Sex(plain["sex"]),
            "id_type": IdType(plain["id_type"]),
            "award_date": date.fromisoformat(plain["award_date"]),
            "basis_kind": BasisKind(plain["basis_kind"]),
            "scope": None if scope is None else Scope(region=parse_region(scope["region"]), name=scope["name"]),
            "replaces": None if replaces is None else _replacement(**replaces),
        }
        return AwardDraft(**plain), salt
    except (AttributeError, KeyError, MalformedError, TypeError, ValueError) as error:
        raise _no_award() from error


def _no_award() -> ValueError:
    return ValueError("not an award in normal form")


_NUMBERS = ("sheet_row", "series", "title", "level", "way")
_TEXTS = ("name", "id_number", "specialty", "basis_reference", "decision_document")
_TEXTS_OR_NONE = ("seq", "employer", "filing_number", "note", "photo")
_TYPES: Final = (
    (attrgetter(*_NUMBERS), frozenset({int})),
    (attrgetter(*_TEXTS), frozenset({str})),
    (attrgetter(*_TEXTS_OR_NONE), frozenset({str, type(None)})),
)


def _require_types(draft: AwardDraft) -> None:
    """Exact types: 2.0 and True are equal to numbers but write other bytes."""
    for members, allowed in _TYPES:
        if not allowed.issuperset(map(type, members(draft))):
            raise TypeError("a member has the wrong type")
    if draft.photo is not None:
        digest_from_hex(draft.photo)


def _replacement(number: str, reason: str) -> Replacement:
    if not NUMBER.fullmatch(number):
        raise ValueError("no number of a certificate")
    return Replacement(number=number, reason=ReplacementReason(reason))
