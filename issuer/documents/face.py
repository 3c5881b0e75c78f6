"""What a document prints beyond its credential, made once from the approved row and the design (FORMAT 6.1).

Rules: the published face and the printed page take it from here, and from nowhere else, so they cannot differ. The
photo's digest is the row's: two operators signed it, and the page embeds those bytes and no others. The design's digest
is over its files as they are installed.

    members = members_of(draft, design_of(load_design()))
"""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from credential import cbor, face
from credential.face import Members
from credential.text import digest_from_hex
from issuer.identifiers import ID_TYPE_NAMES, Sex, mask_id
from issuer.intake.model import AwardDraft

if TYPE_CHECKING:
    from templates.loader import Design  # whoever has a design hands it in: what a face says needs no files

DECISION: Final = "批准文号"
"""Label of the decision document. The identity document has its own name for label."""
_SEX: Final = {Sex.MALE: face.Sex.MALE, Sex.FEMALE: face.Sex.FEMALE}


def members_of(draft: AwardDraft, design: face.Design, *, licence: str | None = None) -> Members:
    """Return what the document of an award prints beyond its credential.

    Args:
        draft: the row that two operators approved.
        design: what the page is set with.
        licence: 电子证照标识.

    Raises:
        MalformedError: ``bad_face``: a text breaks a rule of the format.
    """
    return Members(
        sex=_SEX[draft.sex],
        employer=draft.employer,
        photo=None if draft.photo is None else digest_from_hex(draft.photo),
        design=design,
        licence=licence,
        printed=(
            (ID_TYPE_NAMES[draft.id_type][0], mask_id(draft.id_number)),
            (DECISION, draft.decision_document),
        ),
    )


@cache
def design_of(design: Design) -> face.Design:
    """Return a design as a face names it. An installed design does not change, so its files are read once."""
    files = [[name, sha256(content).digest()] for name, content in design.files()]
    digest = sha256(cbor.encode(files)).digest()
    return face.Design(id=design.name, version=int(design.version.removeprefix("v")), digest=digest)
