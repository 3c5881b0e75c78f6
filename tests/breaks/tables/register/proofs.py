"""What the worker asks of a certificate before its first history is signed, and how one takes another's place."""

from __future__ import annotations

from typing import Final

from tests.breaks.model import Break

FIRST: Final = "issuer/issuing/first.py"
RESERVE: Final = "issuer/issuing/reserve.py"
PROOF: Final = "issuer/issuing/proof.py"
ISSUER: Final = "issuer/issuing/issuer.py"
REPLACING: Final = "issuer/status/replacing.py"
CONTEXT: Final = "issuer/batches/context.py"
STATEMENTS: Final = "issuer/statements.py"
TAMPERED: Final = "issuing/test_tampered_certificates.py::"
ALTERED: Final = TAMPERED + "test_a_certificate_that_was_altered_before_it_was_published_is_not_registered"
INVENTED: Final = TAMPERED + "test_an_invented_certificate_is_not_registered"
REPLACED: Final = "services/test_replacements.py::"
NEITHER: Final = REPLACED + "test_neither_goes_without_the_other"
REFUSED: Final = REPLACED + "test_what_cannot_be_replaced_is_refused_when_it_is_prepared"
ROWS: Final = "issuer/batches/rows.py"
NEWS: Final = "issuer/issuing/news.py"
FACES: Final = "issuer/faces.py"
STORING: Final = "issuer/issuing/storing.py"
ASKING: Final = "issuer/batches/asking.py"

SEEN: Final = "issuing/test_news.py::"

BREAKS: Final = (
    Break(
        "worker: no history begins of a certificate that is not proven",
        PROOF,
        "            if signed is None:\n                raise\n",
        "            if signed is None:\n                return _Beginning(known=0)\n",
        INVENTED,
    ),
    Break(
        "worker: what is registered says what was approved",
        RESERVE,
        "    check_reserved(draft, claims, certificate, authority=authority, status_uris=status_uris)\n",
        "    str(draft)\n",
        "issuing/test_tampered_certificates.py::test_a_certificate_that_was_altered_before_it_was_published_is_not_registered",
    ),
    Break(
        "worker: what is registered is the credential that is stored, of its authority and holder",
        FIRST,
        "    if stored != (unverified.digest, unverified.key_id, entry.authority, holder):\n",
        "    if not stored:\n",
        ALTERED,
    ),
    Break(
        "worker: nothing is registered by a key that a reader refuses",
        FIRST,
        "    entry.check_good_at(certificate.issued_at)\n",
        "",
        TAMPERED + "test_a_key_that_was_stolen_before_it_signed_registers_nothing",
    ),
    Break(
        "worker: nothing is registered that a reader finds not authorised",
        FIRST,
        "    anchors.rights(claims.issuer).check_claims(claims, issued_on=issued_on, counted_from=counted_from)\n",
        "    str(issued_on)\n",
        "issuing/test_tampered_certificates.py::test_what_no_grant_covers_is_not_registered",
    ),
    Break(
        "worker: a row that is proven with others has the hash that was signed",
        ROWS,
        "    if leaf is not None and leaf_hash(normal) != leaf:\n",
        "    if False:\n",
        "issuing/test_news.py::test_a_row_that_was_sealed_anew_is_not_proven",
    ),
    Break(
        "worker: leaves are believed under the root that two persons signed only",
        NEWS,
        'if len(leaves) == size and tree.root() == digest_from_hex(by.approval.digests["rows_root"])',
        "if len(leaves) == size",
        "issuing/test_news.py::test_leaves_are_believed_under_the_root_that_was_signed",
    ),
    Break(
        "worker: what differs from what this process stored is proven from the beginning",
        NEWS,
        "    return part.mark == mark_of(",
        "    return part.mark is not None or part.mark == mark_of(",
        f"{SEEN}test_what_is_as_this_process_stored_it_is_not_opened_again_and_anything_else_is_proven",
    ),
    Break(
        "worker: a mark names what is sealed of a certificate",
        "issuer/issuing/seen.py",
        "        *(sealed.to_sign, sealed.check_code, sealed.wrapped_key),\n",
        "        *(b'', b'', sealed.wrapped_key),\n",
        f"{SEEN}test_what_is_as_this_process_stored_it_is_not_opened_again_and_anything_else_is_proven",
    ),
    Break(
        "worker: a mark names the row",
        "issuer/issuing/seen.py",
        "        *(row.payload, row.hashes, row.wrapped_key),\n",
        "        *(b'', row.hashes, row.wrapped_key),\n",
        f"{SEEN}test_what_is_as_this_process_stored_it_is_not_opened_again_and_anything_else_is_proven",
    ),
    Break(
        "worker: the first event of what this process issued is what issuing writes",
        FIRST,
        "    _check_event(certificate, [event], event.document, None, anchors.now)\n",
        "    str(event)\n",
        f"{SEEN}test_what_is_as_this_process_stored_it_is_not_opened_again_and_anything_else_is_proven",
    ),
    Break(
        "worker: a check code that leads elsewhere has no mark",
        "issuer/issuing/signing.py",
        "    if draft.replaces is not None or not _is_in_place(content.check_code, certificate.cti):\n",
        "    if draft.replaces is not None:\n",
        f"{SEEN}test_a_check_code_that_leads_elsewhere_has_no_mark",
    ),
    Break(
        "worker: what was seen counts once",
        "issuer/issuing/seen.py",
        "_known(session).pop(certificate_id, None)",
        "_known(session).get(certificate_id)",
        f"{SEEN}test_what_was_seen_is_kept_up_to_a_number_and_once",
    ),
    Break(
        "worker: certificates are read in the order of their shards",
        "issuer/issuing/stored.py",
        "        for events in found.values():\n",
        "        for events in sorted(found.values()):\n",
        f"{SEEN}test_certificates_are_read_in_the_order_in_which_they_are_asked_for",
    ),
    Break(
        "worker: a face is signed as it was proven, checked before it is published",
        "issuer/publishing/signing.py",
        '    if not unverified.check_signed(kit.trust.key(unverified.key_id, use="status").key, payload):\n',
        "    if False:\n",
        "publishing/test_publisher.py::test_a_face_whose_signature_does_not_hold_is_not_published",
    ),
    Break(
        "worker: a certificate that replaces another is proven alone",
        NEWS,
        "    if row.draft.replaces is not None:\n",
        "    if False:\n",
        "issuing/test_news.py::test_what_is_more_than_new_is_proven_alone",
    ),
    Break(
        "worker: what is published already is not proven as new",
        NEWS,
        "        return not registered.has(stored.cti) or registered.sealed_by(stored.cti, self._stolen) is not None\n",
        "        return True\n",
        "issuing/test_news.py::test_what_is_more_than_new_is_proven_alone",
    ),
    Break(
        "worker: what a stolen status key signed is signed anew by the crew",
        NEWS,
        " and each.state == KeyState.COMPROMISED\n",
        " and False\n",
        "issuing/test_news.py::test_what_a_stolen_status_key_signed_is_proven_and_signed_anew_together",
    ),
    Break(
        "worker: a history under a stolen key is verified before another is signed upon it",
        NEWS,
        "        published = _published(part, certificate, kit.anchors.trust)\n",
        "        published = None\n",
        "issuing/test_news.py::test_a_history_that_a_stolen_key_is_said_to_have_signed_is_verified",
    ),
    Break(
        "worker: what members of register verify find is counted in the order of the certificates",
        "issuer/services/proving.py",
        "waiting.pop(chunks, None)",
        "waiting.pop(done.place, None)",
        "backup/test_proving.py::test_chunks_count_in_their_order_whichever_ends_first",
    ),
    Break(
        "worker: a first event is what issuing writes",
        FIRST,
        "    if first != expected or first.effective",
        "    if first is None or first.effective",
        ALTERED,
    ),
    Break(
        "worker: a first event is not still to come",
        FIRST,
        " or not in_time:\n",
        ":\n",
        ALTERED,
    ),
    Break(
        "worker: a check code opens the certificate whose it is",
        FIRST,
        " or found != content.credential:",
        ":",
        "issuing/test_tampered_certificates.py::test_a_certificate_that_was_altered_before_it_was_published_is_not_registered",
    ),
    Break(
        "worker: a check code leads to the shard of its certificate",
        FIRST,
        "    if not in_place or found",
        "    if found",
        ALTERED,
    ),
    Break(
        "worker: a face says what was approved, whoever signed its draft",
        FACES,
        "    if design is None or payload != _expected(certificate, row, design):\n",
        "    if design is None:\n",
        "issuing/test_faces.py::test_a_face_that_was_not_issued_is_not_signed",
    ),
    Break(
        "worker: a stored history that nobody signed holds up no other",
        PROOF,
        "        self._check_stored(written)\n",
        "",
        TAMPERED + "test_a_stored_history_that_nobody_signed_holds_up_no_other",
    ),
    Break(
        "worker: a statement is verified once in a session",
        STATEMENTS,
        "    if said not in known:\n",
        "    if True:\n",
        TAMPERED + "test_statements_are_verified_once_for_all_that_rests_on_them",
    ),
    Break(
        "status: a certificate is superseded when the one in its place is registered",
        PROOF,
        "                self._check_successor(written, event.successor)\n",
        "                str(written)\n",
        NEITHER,
    ),
    Break(
        "status: a certificate is registered in place of one whose events name it",
        FIRST,
        "    if event is None or (event.kind, event.successor) != (kind, certificate.number):\n",
        "    if event is None:\n",
        "status/test_status.py::test_a_successor_is_what_two_operators_approved_as_such",
    ),
    Break(
        "status: the certificate replaced learns of it in the same transaction",
        STORING,
        "            self._tell_replaced(session, found, issued, now)\n",
        "            pass\n",
        "services/test_replacements.py::test_a_corrected_name_stands_in_the_old_ones_place",
    ),
    Break(
        "status: the first event names the certificate replaced",
        STORING,
        "None if found is None else found.replaced, now)",
        "None, now)",
        "services/test_replacements.py::test_a_corrected_name_stands_in_the_old_ones_place",
    ),
    Break(
        "status: a certificate is replaced once",
        REPLACING,
        "    if event is not None:\n",
        "    if False:\n",
        REFUSED,
    ),
    Break(
        "status: what is replaced is in a state from which that leads",
        REPLACING,
        "    if not may_follow(certificate.state, kind):\n",
        "    if False:\n",
        REFUSED,
    ),
    Break(
        "status: a replacement keeps the person",
        REPLACING,
        "    if not same_document and claims.name != draft.name:\n",
        "    if False:\n",
        REFUSED,
    ),
    Break(
        "status: who is barred is not issued under a corrected number",
        REPLACING,
        "    if same_document or holder.blind_index is None:\n",
        "    if True:\n",
        REPLACED + "test_who_is_barred_is_not_issued_under_a_corrected_number",
    ),
    Break(
        "status: only what is published is replaced",
        REPLACING,
        "    if history is None:\n",
        "    if history is None:\n        return None\n    if False:\n",
        REPLACED + "test_what_is_not_issued_or_erased_or_not_published_is_not_replaced",
    ),
    Break(
        "status: an authority replaces what it has the right to",
        REPLACING,
        "    find_right(trust, certificate, claims, kind, authority, on=today)\n",
        "",
        REPLACED + "test_an_authority_without_the_right_replaces_nothing",
    ),
    Break(
        "status: a withdrawal that is set aside bars nobody",
        "issuer/integrity/barring.py",
        "[each for each in records if each.certificate not in ended] for index",
        "records for index",
        REPLACED + "test_a_restored_title_sets_the_withdrawal_aside_and_bars_nobody",
    ),
    Break(
        "status: a title is restored where its own withdrawal barred, and no other",
        ASKING,
        "    return [each for each in records if each.certificate not in gone]\n",
        "    return []\n",
        "services/test_replacements.py::test_another_withdrawal_bars_still",
    ),
    Break(
        "status: a row replaces one certificate, and another for the same award hinders it",
        "issuer/batches/asking.py",
        "            if each.state in _ENDED or each.number == replaced:\n",
        "            if each.state in _ENDED or replaced:\n",
        REPLACED + "test_the_exception_is_for_the_certificate_that_is_named",
    ),
)
