"""Integrity records: what bars follows from the withdrawal, and a record is what its statement says."""

from __future__ import annotations

from typing import Final

from tests.breaks.model import Break

APPLY: Final = "issuer/status/apply.py"
BARRING: Final = "issuer/integrity/barring.py"
CHECKING: Final = "issuer/integrity/checking.py"
CONTEXT: Final = "issuer/batches/context.py"
MIGRATION: Final = "issuer/db/migrations/versions/0017_audit.py"
ROUNDS: Final = "issuer/worker/rounds.py"

_GONE: Final = "status/test_integrity.py::test_a_record_taken_away_is_reported_and_bars_all_the_same"
_BY_HAND: Final = "status/test_integrity.py::test_a_record_put_in_by_hand_bars_nobody_quietly"

BREAKS: Final = (
    Break(
        "status: a withdrawal for fraud bars though its record is gone",
        BARRING,
        "        backed = withdrawals(session, chunk)\n",
        "        backed: dict[bytes, list[IntegrityRecord]] = {}\n",
        _GONE,
    ),
    Break(
        "status: what bars many people is what bars each",
        BARRING,
        "        backed = withdrawals(session, chunk)\n",
        "        backed = withdrawals(session, chunk[:1])\n",
        "register/test_asking.py::test_what_bars_many_people_is_what_bars_each",
    ),
    Break(
        "status: a record that no withdrawal backs bars",
        BARRING,
        "return (*backed, *others)",
        "return (*backed,)",
        _BY_HAND,
    ),
    Break(
        "status: a record that no withdrawal backs is named as unproven",
        CONTEXT,
        "        if record.statement is None:\n",
        "        if False:\n",
        _BY_HAND,
    ),
    Break(
        "status: what a record claims of its statement is not believed",
        BARRING,
        "[unbacked(each) for each in",
        "[each for each in",
        "status/test_integrity.py::test_a_record_that_claims_a_statement_is_unproven_all_the_same",
    ),
    Break(
        "status: a missing record is reported",
        CHECKING,
        "        if expected is not None and not any(_same(each, expected) for each in stored):\n",
        "        if False:\n",
        _GONE,
    ),
    Break(
        "status: a record that differs from its withdrawal is reported",
        CHECKING,
        "        if expected is None or not _same(record_of_row(row), expected):\n",
        "        if False:\n",
        "status/test_integrity.py::test_a_record_that_was_changed_is_reported_and_bars_all_the_same",
    ),
    Break(
        "status: a record without a withdrawal is reported",
        CHECKING,
        "        if certificate is None:\n",
        "        if certificate is None:\n            return\n        if False:\n",
        _BY_HAND,
    ),
    Break(
        "status: whether it was fraud the statement says",
        CHECKING,
        '            reason=next(reason for reason in Reason if reason.word == said["reason"]),\n',
        "",
        "status/test_integrity.py::test_the_reason_of_an_event_is_the_statements",
    ),
    Break(
        "status: whose record it is the sealed row says",
        CHECKING,
        "        return vault.blind_index(draft.id_type.word, draft.id_number)\n",
        "        str(draft)\n        holder = self._session.get_one(HolderRow, certificate.holder)\n"
        "        return holder.blind_index or bytes(1)\n",
        "status/test_integrity.py::test_whose_record_it_is_the_sealed_row_says",
    ),
    Break(
        "status: an unproven withdrawal for fraud is reported",
        CHECKING,
        "            if stored or self._says_fraud(certificate_id):\n",
        "            if False:\n",
        "status/test_integrity.py::test_a_withdrawal_whose_statement_proves_nothing_is_reported_and_bars",
    ),
    Break(
        "status: integrity records are looked at with each publication",
        ROUNDS,
        "            self._troubles += [each for each in found if each not in known]\n",
        "",
        _GONE,
    ),
    Break(
        "status: integrity records are appended only",
        MIGRATION,
        "    append_only(_TABLE)\n",
        "",
        "status/test_integrity.py::test_the_database_refuses_both",
    ),
)
