"""Issuing: reserved, linted, signed once, and nothing that a reader would refuse."""

from __future__ import annotations

from typing import Final

from tests.breaks.model import Break, Edit

ISSUER: Final = "issuer/issuing/issuer.py"
RESERVE: Final = "issuer/issuing/reserve.py"
NUMBERS: Final = "issuer/issuing/numbers.py"
CERTIFICATES: Final = "issuer/db/certificates.py"
INTEGRITY: Final = "issuer/db/integrity.py"
SIGNING: Final = "issuer/issuing/signing.py"
STORING: Final = "issuer/issuing/storing.py"

BREAKS: Final = (
    Break(
        "worker: nothing is signed under a trust list that is over",
        ISSUER,
        "            self._trust.check_fresh(now)\n",
        "            str(now)\n",
        "issuing/test_authorisation.py::test_a_trust_list_that_is_over_signs_nothing",
    ),
    Break(
        "worker: a key that is over in the published list signs nothing",
        ISSUER,
        "            entry.check_signs_now(now)\n",
        "            str(now)\n",
        "issuing/test_authorisation.py::test_a_key_that_is_over_in_the_published_list_signs_nothing",
    ),
    Break(
        "worker: the key of another authority signs nothing",
        ISSUER,
        "        if entry.authority != batch.authority:\n",
        "        if False:\n",
        "worker/test_reserved.py::test_the_key_of_another_authority_signs_nothing",
    ),
    Break(
        "worker: a row that may not be issued takes no number",
        RESERVE,
        "        self._rights.check(\n            award_of_row(draft), basis_of_row(draft), today, "
        "counted_from, what=what, sheet_row=draft.sheet_row\n        )\n",
        "        str(counted_from)\n",
        "issuing/test_authorisation.py::test_one_row_that_may_not_be_issued_stops_no_other",
    ),
    Break(
        "worker: a row that may not be issued stops no other, together and one by one",
        RESERVE,
        "                refused.append(Refused.of(row, error))\n        new =",
        "                raise\n        new =",
        "issuing/test_authorisation.py::test_one_row_that_may_not_be_issued_stops_no_other",
        also=(
            Edit(
                RESERVE,
                "                refused.append(Refused.of(row, error))\n        return ready, refused",
                "                raise\n        return ready, refused",
            ),
        ),
    ),
    Break(
        "worker: a reserved row whose holder was barred meanwhile is not issued",
        RESERVE,
        "            refuse_barred(asked.bars(draft, today), draft)\n",
        "            str(today)\n",
        "worker/test_reserved.py::test_who_was_barred_meanwhile_is_not_issued",
    ),
    Break(
        "worker: a bar without an end bars",
        INTEGRITY,
        "(self.term_until is None or on <= self.term_until)",
        "(self.term_until is not None and on <= self.term_until)",
        "register/test_intake_context.py::test_a_bar_without_an_end_holds_until_further_notice",
    ),
    Break(
        "worker: what is laid out for one key is signed with no other",
        SIGNING,
        "    if certificate.signer_kid != kit.signer.key_id:\n",
        "    if False:\n",
        "worker/test_reserved.py::test_what_is_laid_out_for_one_key_is_signed_with_no_other",
    ),
    Break(
        "worker: what is reserved says what was approved before it is signed",
        RESERVE,
        "    check_reserved(draft, claims, certificate, authority=authority, status_uris=status_uris)\n",
        "    str(draft)\n",
        "issuing/test_tampered_batches.py::test_other_bytes_to_be_signed_are_not_signed",
    ),
    Break(
        "worker: bytes that are not those of the row are read before they are signed",
        RESERVE,
        "    if expected is not None and expected.encode() == payload:\n",
        "    if expected is not None:\n",
        "issuing/test_tampered_batches.py::test_other_bytes_to_be_signed_are_not_signed",
    ),
    Break(
        "worker: the number, cti and index that are signed are those of the register",
        RESERVE,
        "    if claims != expected or identity != reserved:\n",
        "    if claims != expected:\n",
        "issuing/test_tampered_batches.py::test_another_cti_is_not_signed",
    ),
    Break(
        "worker: the claims that are signed are those of the row",
        RESERVE,
        "    if claims != expected or identity != reserved:\n",
        "    if identity != reserved:\n",
        "issuing/test_tampered_batches.py::test_two_certificates_that_change_places_are_not_signed",
    ),
    Break(
        "worker: a reserved row that became late is not signed",
        SIGNING,
        "    kit.rights.check_claims(claims, issued_on=part.today, counted_from=part.counted_from)\n",
        "",
        "issuing/test_authorisation.py::test_a_reserved_row_that_became_late_stops_no_other",
    ),
    Break(
        "worker: what a run reserved before it died is signed by the next",
        ISSUER,
        "{AwardState.WAITING, AwardState.RESERVED}",
        "{AwardState.WAITING}",
        "worker/test_reserved.py::test_what_is_reserved_is_signed_by_the_next_run",
    ),
    Break(
        "worker: what was issued is not issued again",
        ISSUER,
        "row.state in {AwardState.WAITING, AwardState.RESERVED}",
        "row.state is not None",
        "worker/test_reserved.py::test_what_is_reserved_is_signed_by_the_next_run",
    ),
    Break(
        "worker: what was issued is left to be published",
        STORING,
        "        outbox.put_first(session, topic=Topic.PUBLISH, objects=certificates, now=now)\n",
        "",
        "issuing/test_together.py::test_what_was_issued_waits_to_be_published",
    ),
    Break(
        "worker: what is signed is checked with the published key before it is stored",
        SIGNING,
        "    if not unverified.check_signed(entry.key, unsigned.payload) or entry.authority != claims.issuer:\n",
        "    if False:\n",
        "issuing/test_together.py::test_a_signature_that_does_not_hold_is_not_stored",
    ),
    Break(
        "worker: the first stored signature wins",
        STORING,
        " and certificate.credential_digest != signed.digest:\n",
        " and False:\n",
        "issuing/test_together.py::test_a_row_that_is_stored_already_is_not_stored_again",
    ),
    Break(
        "worker: what came to nothing is not signed",
        CERTIFICATES,
        'table.c.id == bindparam("certificate"), table.c.stage == Stage.RESERVED',
        'table.c.id == bindparam("certificate")',
        "register/test_certificates.py::test_a_void_certificate_keeps_its_number_and_reason_and_is_not_signed",
    ),
    Break(
        "worker: what came to nothing is not published",
        CERTIFICATES,
        ".where(CertificateRow.stage == Stage.SIGNED).order_by(CertificateRow.number)\n    if status_list",
        ".order_by(CertificateRow.number)\n    if status_list",
        "register/test_certificates.py::test_a_void_certificate_keeps_its_number_and_reason_and_is_not_signed",
    ),
    Break(
        "worker: serials count from one for each scope",
        CERTIFICATES,
        "values(authority=authority, scope=scope, last=count + skipped)",
        "values(authority=authority, scope=scope, last=count + skipped + 1)",
        "register/test_certificates.py::test_a_serial_is_taken_only_by_a_transaction_that_commits",
    ),
    Break(
        "worker: numbers that are taken together follow each other",
        CERTIFICATES,
        "    return range(last - count + 1, last + 1)\n",
        "    return range(last, last + count)\n",
        "issuing/test_together.py::test_serials_follow_each_other",
    ),
    Break(
        "worker: places that are drawn together are different",
        CERTIFICATES,
        "            if place not in taken and place not in places:\n",
        "            if place not in taken:\n",
        "issuing/test_together.py::test_places_are_free_and_different",
    ),
    Break(
        "worker: a place that is taken is not drawn",
        CERTIFICATES,
        "            if place not in taken and place not in places:\n",
        "            if place not in places:\n",
        "issuing/test_together.py::test_places_are_free_and_different",
    ),
    Break(
        "worker: rows of one person are asked about one after the other",
        RESERVE,
        "        if len({row.holder for row in rows}) == len(rows):\n",
        "        if rows:\n",
        "issuing/test_together.py::test_both_ways_give_the_same_of_hostile_rows",
    ),
    Break(
        "worker: what cannot be stored together is stored one by one",
        STORING,
        "        if stored is None:\n",
        "        if False:\n",
        "issuing/test_together.py::test_a_row_that_is_stored_already_is_not_stored_again",
    ),
    Break(
        "worker: the first signature wins where many are stored together",
        CERTIFICATES,
        'table.c.id == bindparam("certificate"), table.c.stage == Stage.RESERVED',
        'table.c.id == bindparam("certificate")',
        "issuing/test_together.py::test_a_row_that_is_stored_already_is_not_stored_again",
    ),
    Break(
        "worker: the first publication of a certificate is noted once",
        "issuer/db/publications.py",
        "CertificateRow.id.in_(chunk) & CertificateRow.first_published.is_(None)",
        "CertificateRow.id.in_(chunk)",
        "register/test_certificates.py::test_documents_and_first_publication_are_noted",
    ),
    Break(
        "worker: a serial that does not fit its template is an error",
        NUMBERS,
        "        if serial > self.capacity:\n",
        "        if False:\n",
        "issuing/test_numbers.py::test_a_full_counter_is_an_error_not_a_longer_number",
    ),
    Break(
        "worker: a serial counts from one",
        NUMBERS,
        "        if serial < 1:\n",
        "        if False:\n",
        "issuing/test_numbers.py::test_serials_count_from_one_and_values_must_fit",
    ),
    Break(
        "worker: a template has one serial",
        NUMBERS,
        "    if already:\n",
        "    if False:\n",
        "issuing/test_numbers.py::test_a_template_that_cannot_be_used_is_refused_at_set_up",
    ),
    Break(
        "worker: a number has 4 to 24 characters",
        NUMBERS,
        "if not MIN_LENGTH <= self.length <= MAX_LENGTH:",
        "if False:",
        "issuing/test_numbers.py::test_a_template_that_cannot_be_used_is_refused_at_set_up",
    ),
    Break(
        "worker: a value fits its field",
        NUMBERS,
        "    if not 0 <= value < 10**width:\n",
        "    if False:\n",
        "issuing/test_numbers.py::test_serials_count_from_one_and_values_must_fit",
    ),
    Break(
        "worker: each counter is named by everything but the serial",
        NUMBERS,
        '"year": _digits("year", facts.year, 4),',
        '"year": "2026",',
        "issuing/test_numbers.py::test_a_counter_is_named_by_everything_but_the_serial",
    ),
)
