"""The normal form of a batch: canonical JSON, one award a line, whose SHA-256 two operators sign.

Rules. The order is that of the rows in the sheet. Every field of :class:`AwardDraft` is there, absent ones as null.
Each line ends with a line feed. A line is canonical JSON (FORMAT 1.4), so equal awards give equal bytes on every
machine. It holds personal data: only the digest leaves the register.

    lines = [draft_to_json(draft) for draft in drafts]      # what is stored, sealed, and never written a second time
    rows_digest(lines)                                      # what submit and approve sign
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import date
from typing import Any

from credential import jsonform
from credential.regions import parse_region
from issuer.identifiers import IdType, Sex
from issuer.intake.model import AwardDraft, BasisKind, Scope


def rows_digest(lines: Iterable[bytes]) -> bytes:
    """Return SHA-256 over the normal form of a batch: its lines in the order of the sheet, each with a line feed."""
    return hashlib.sha256(b"".join(line + b"\n" for line in lines)).digest()


def draft_to_json(draft: AwardDraft) -> bytes:
    """One award as canonical JSON, without the line feed."""
    scope = None if draft.scope is None else {"name": draft.scope.name, "region": draft.scope.region}
    plain: dict[str, Any] = {name: getattr(draft, name) for name in AwardDraft.__slots__}
    plain |= {
        "sex": draft.sex.value,
        "id_type": int(draft.id_type),
        "award_date": draft.award_date.isoformat(),
        "basis_kind": int(draft.basis_kind),
        "scope": scope,
    }
    return jsonform.encode(plain)


def draft_from_json(data: bytes) -> AwardDraft:
    """The award that :func:`draft_to_json` wrote.

    Raises:
        ValueError: the bytes are not what draft_to_json writes.
    """
    try:
        plain = json.loads(data)
        scope = plain["scope"]
        plain |= {
            "sex": Sex(plain["sex"]),
            "id_type": IdType(plain["id_type"]),
            "award_date": date.fromisoformat(plain["award_date"]),
            "basis_kind": BasisKind(plain["basis_kind"]),
            "scope": scope and Scope(region=parse_region(scope["region"]), name=scope["name"]),
        }
        draft = AwardDraft(**plain)
        _require_types(draft)
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError("not an award in normal form") from error
    if draft_to_json(draft) != data:
        raise ValueError("not the canonical form of an award")
    return draft


_NUMBERS = ("sheet_row", "series", "title", "level", "way")
_TEXTS = ("name", "id_number", "specialty", "basis_reference", "decision_document")
_TEXTS_OR_NONE = ("seq", "employer", "filing_number", "note")


def _require_types(draft: AwardDraft) -> None:
    """Exact types: 2.0 and True are equal to numbers but write other bytes."""
    kinds = [(_NUMBERS, (int,)), (_TEXTS, (str,)), (_TEXTS_OR_NONE, (str, type(None)))]
    for names, allowed in kinds:
        if any(type(getattr(draft, name)) not in allowed for name in names):
            raise TypeError("a member has the wrong type")
