"""Faces on their way from issuing to publishing: whose words are signed, how often, and what they hold up."""

from __future__ import annotations

from typing import Final

from tests.breaks.model import Break

DRAFTS: Final = "issuer/faces.py"
SIGNED: Final = "issuer/publishing/face.py"
PUBLISHER: Final = "issuer/publishing/publisher.py"
LAYING: Final = "issuer/publishing/laying.py"
ISSUING: Final = "issuing/test_faces.py::"

BREAKS: Final = (
    Break(
        "worker: a draft is signed by a key of the authority that issued",
        DRAFTS,
        "said = (entry.authority, face.cti, face.credential_digest)",
        "said = (certificate.authority, face.cti, face.credential_digest)",
        ISSUING + "test_a_face_that_was_not_issued_is_not_signed",
    ),
    Break(
        "worker: a draft is of this certificate",
        DRAFTS,
        "    if said != (certificate.authority, certificate.cti, certificate.credential_digest):",
        "    if not said:",
        ISSUING + "test_a_face_that_was_not_issued_is_not_signed",
    ),
    Break(
        "worker: a face is signed once",
        SIGNED,
        "if stored is None or stands(stored.kid, recorded, trust):",
        "if stored is None:",
        ISSUING + "test_a_face_is_signed_once",
    ),
    Break(
        "worker: a face by a stolen key is signed anew",
        SIGNED,
        "        trust.check_record_key(entry, recorded)\n",
        "        pass\n",
        ISSUING + "test_a_face_by_a_key_that_was_stolen_is_signed_anew",
    ),
    Break(
        "worker: a face that cannot be signed holds up nothing",
        PUBLISHER,
        "                        unsigned.append(",
        "                        raise\n                        unsigned.append(",
        ISSUING + "test_a_face_that_was_not_issued_is_not_signed",
    ),
    Break(
        "worker: an erased face leaves the publication",
        LAYING,
        "gone=frozenset(() if face is not None else (record_keys(Kind.FACE, row.cti).locator,)),",
        "gone=frozenset(),",
        ISSUING + "test_erasing_removes_the_face_and_leaves_the_history",
    ),
    Break(
        "worker: history and face get new nonces together",
        LAYING,
        "            yield self._face_again(cti, face)\n",
        "            yield face\n",
        ISSUING + "test_a_change_and_cover_give_history_and_face_new_nonces_alike",
    ),
)
