"""Faces on their way from issuing to publishing: whose words are signed, how often, and what they hold up."""

from __future__ import annotations

from typing import Final

from tests.breaks.model import Break

DRAFTS: Final = "issuer/faces.py"
SIGNED: Final = "issuer/publishing/face.py"
PUBLISHER: Final = "issuer/publishing/publisher.py"
LAYING: Final = "issuer/publishing/laying.py"
ISSUING: Final = "issuing/test_faces.py::"
NEWS: Final = "issuer/issuing/news.py"
PROOF: Final = "issuer/issuing/proof.py"
SIGNING: Final = "issuer/publishing/signing.py"
RECORDS: Final = "issuer/publishing/records.py"

BREAKS: Final = (
    Break(
        "worker: a face is signed once",
        PROOF,
        "        return not faces.stands(stored.kid, written.events[0].recorded, self._anchors.trust)\n",
        "        return True\n",
        "issuing/test_faces.py::test_a_face_is_signed_once",
    ),
    Break(
        "worker: a face by a stolen key is signed anew",
        DRAFTS,
        "        trust.check_record_key(entry, recorded)\n",
        "        pass\n",
        "issuing/test_faces.py::test_a_face_by_a_key_that_was_stolen_is_signed_anew",
    ),
    Break(
        "worker: a face that cannot be signed holds up nothing",
        PROOF,
        "            found.faceless[each] = error\n            continue\n",
        "            raise\n",
        "issuing/test_faces.py::test_a_face_that_was_not_issued_is_not_signed",
    ),
    Break(
        "worker: an erased face leaves the publication",
        SIGNING,
        "        gone=frozenset() if has_face else frozenset({locator_from(Kind.FACE, extracted)}),\n",
        "        gone=frozenset(),\n",
        "issuing/test_faces.py::test_erasing_removes_the_face_and_leaves_the_history",
    ),
    Break(
        "worker: a history is what was signed, checked before it is published",
        SIGNING,
        "    if not unverified.check_signed(key, payload):\n",
        "    if False:\n",
        "publishing/test_publisher.py::test_a_history_that_says_something_else_is_not_published",
    ),
    Break(
        "worker: under a longer prefix nothing is lost",
        RECORDS,
        "            locators = (owner.locator, *(",
        "            locators = (None, *(",
        "publishing/test_records.py::test_under_a_longer_prefix_lies_what_was_published_and_what_is_new",
    ),
    Break(
        "worker: what is gone does not come along under a longer prefix",
        RECORDS,
        "    return [record for locator, record in merged.items() if locator not in gone]\n",
        "    return list(merged.values())\n",
        "publishing/test_records.py::test_what_is_gone_does_not_come_along",
    ),
    Break(
        "worker: history and face get new nonces together",
        LAYING,
        "            yield face_again(cti, face)\n",
        "            yield face\n",
        "issuing/test_faces.py::test_a_change_and_cover_give_history_and_face_new_nonces_alike",
    ),
)
