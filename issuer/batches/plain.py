"""A row in full, as a person reads it: every field that is signed, in the catalogue's words, unmasked.

Rules: the fields are those of a list, by the same names and in the same order, so that a workbook made of them can be
checked again. What a list does not have, the certificate that is replaced and the digest of the photo, stands at the
end.

    texts_of(draft, catalogue)["title"]         # '高级工程师'
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, Protocol

from credential.catalogue import Catalogue, UnknownEntryError
from issuer.identifiers import ID_TYPE_NAMES
from issuer.intake.findings import FIELD_NAMES
from issuer.intake.model import AwardDraft

REPLACES: Final = "replaces"
PHOTO: Final = "photo"
NAMES: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    FIELD_NAMES | {REPLACES: ("换发", "replaces"), PHOTO: ("照片", "photo")}
)
"""Field to its name in Chinese and English."""
HAS_PHOTO: Final[Mapping[bool, tuple[str, str]]] = MappingProxyType({True: ("有", "yes"), False: ("无", "no")})
"""What a person reads for the digest of a photo, or for none."""


class _Named(Protocol):
    @property
    def name(self) -> str: ...


def texts_of(draft: AwardDraft, catalogue: Catalogue) -> dict[str, str]:
    """Return every field of a row by its name; an absent one is the empty text."""
    replaces = draft.replaces
    said = {
        "seq": draft.seq,
        "name": draft.name,
        "sex": draft.sex.value,
        "id_type": ID_TYPE_NAMES[draft.id_type][0],
        "id_number": draft.id_number,
        "employer": draft.employer,
        "series": _name(catalogue.series, draft.series),
        "specialty": draft.specialty,
        "title": _name(catalogue.title, draft.title),
        "level": _name(catalogue.level, draft.level),
        "way": _name(catalogue.way, draft.way),
        "award_date": draft.award_date.isoformat(),
        "filing_number": draft.filing_number,
        "decision_document": draft.decision_document,
        "basis": draft.basis_reference,
        "scope": draft.scope and draft.scope.name,
        "note": draft.note,
        REPLACES: replaces and f"{replaces.number} ({replaces.reason.value})",
        PHOTO: draft.photo,
    }
    return {name: said.get(name) or "" for name in NAMES}


def _name(find: Callable[[int], _Named], number: int) -> str:
    try:
        return find(number).name
    except UnknownEntryError:
        return str(number)
