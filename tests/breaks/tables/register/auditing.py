"""The audit held against kept heads, a part at a time; who read, who acted, and the head of each day."""

from __future__ import annotations

from typing import Final

from tests.breaks.model import Break, Edit

ACTING: Final = "issuer/auditing/acting.py"
DAILY: Final = "issuer/auditing/daily.py"
HEADFILE: Final = "issuer/auditing/headfile.py"
HEADS: Final = "issuer/auditing/heads.py"
LOOKING: Final = "issuer/auditing/looking.py"
OPENED: Final = "issuer/auditing/opened.py"
ORDERED: Final = "issuer/status/ordered.py"
ROUNDS: Final = "issuer/worker/rounds.py"
PUBLISHING: Final = "issuer/worker/publishing.py"
SHARES: Final = "issuer/auditing/shares.py"
WALK: Final = "issuer/auditing/walk.py"
BATCHES: Final = "issuer/services/batches.py"
CERTIFICATES: Final = "issuer/services/certificates.py"
STATUS: Final = "issuer/services/status.py"
SERVICE: Final = "issuer/services/auditing.py"

_NAMED: Final = "register/test_walk.py::test_the_first_wrong_entry_and_its_head_are_named"
_READ: Final = "services/test_readings.py::test_a_reading_is_an_entry_of_who_and_what"
_WALKS: Final = (
    Break(
        "audit: a walk misses an entry that is gone",
        WALK,
        "        if row.ordinal != ordinal:\n",
        "        if False:\n",
        _NAMED,
    ),
    Break("audit: a walk computes each hash", WALK, "if row.hash != audit.hash_of(row):", "if False:", _NAMED),
    Break(
        "audit: a walk asks for the entry before",
        WALK,
        "if row.previous != self._at.head:",
        "if False:",
        "register/test_walk.py::test_a_rewritten_entry_with_its_own_hash_breaks_the_next",
    ),
    Break(
        "audit: a walk compares every kept head",
        WALK,
        "            if self._heads[self._met].head != self._at:\n",
        "            if False:\n",
        "register/test_walk.py::test_an_entry_put_between_with_every_later_hash_computed_anew_contradicts_the_next_head",
    ),
    Break(
        "audit: of two heads of one length both are compared",
        WALK,
        "while self._met < len(self._heads) and",
        "if self._met < len(self._heads) and",
        "register/test_walk.py::test_of_two_heads_of_one_length_the_wrong_one_is_named",
    ),
    Break(
        "audit: a chain that ends before a kept head lacks entries",
        WALK,
        "if self._at.length < stop or (whole and self._met < len(self._heads)):",
        "if self._at.length < stop:",
        _NAMED,
    ),
    Break(
        "audit: a part begins at an entry that is there",
        WALK,
        "    if begin is None:\n",
        "    if begin is None:\n        begin = ChainHead(length=after, head=BEFORE_FIRST)\n    if False:\n",
        "register/test_walk.py::test_a_part_begins_at_what_is_stored_and_ends_where_it_was_told",
    ),
)
_KEPT: Final = (
    Break(
        "audit: a snapshot's head counts when a publisher key signed it",
        HEADS,
        '    unverified.message.verify(trust.key(unverified.message.key_id, use="publisher").key)\n',
        "",
        "services/test_auditing.py::test_a_snapshot_that_nobody_signed_keeps_no_head",
    ),
    Break(
        "audit: the heads at which operators ended are kept ones",
        HEADS,
        "        return of_operators(read_operators(session, opened))\n",
        "        return of_operators(read_operators(session, opened))[:0]\n",
        "services/test_auditing.py::test_the_head_at_which_an_operator_ended_is_kept_by_the_administrator",
    ),
    Break(
        "audit: a head's file counts when the publisher key signed it",
        HEADFILE,
        'message.verify(trust.key(message.key_id, use="publisher").key)',
        "message.payload",
        "services/test_auditing.py::test_a_head_that_nobody_signed_is_refused",
    ),
    Break(
        "audit: a head's file is of this deployment",
        HEADFILE,
        "    if dated.deployment != deployment:\n",
        "    if False:\n",
        "services/test_auditing.py::test_a_head_by_another_key_or_of_another_deployment_is_refused",
    ),
    Break(
        "audit: a line of a witness's copy is LENGTH HEAD",
        HEADFILE,
        '            raise _bad(name, f"line {number} is not LENGTH HEAD")\n',
        "            continue\n",
        "services/test_auditing.py::test_a_witness_with_a_line_that_is_none_is_refused",
    ),
    Break(
        "audit: a witness's copy has a line at least",
        HEADFILE,
        "    if not found:\n",
        "    if False:\n",
        "services/test_auditing.py::test_a_witness_that_is_none_is_refused",
    ),
    Break(
        "audit: what proves no head is no whole audit",
        SERVICE,
        "return self.difference is None and not self.unproven",
        "return self.difference is None",
        "services/test_auditing.py::test_what_lies_in_a_heads_place_and_proves_nothing_is_reported",
    ),
    Break(
        "audit: the head of a day is not written over",
        DAILY,
        "        durable.create(path,",
        "        durable.replace(path,",
        "worker/test_rounds.py::test_every_day_has_its_file_and_none_is_written_over",
        also=(Edit(DAILY, "    if path.exists():\n", "    if False:\n"),),
    ),
)
_PARTS: Final = (
    Break(
        "audit: a part begins where the last one ended, of the length then",
        SHARES,
        "after = min(floor(due[0][0] * before.length), now.length)",
        "after = min(floor(due[0][0] * now.length), now.length)",
        "register/test_shares.py::test_where_a_part_begins_is_of_the_length_then",
    ),
    Break(
        "audit: across midnight there are two parts",
        SHARES,
        "return ((begin, end),) if begin <= end else ((begin, 1.0), (0.0, end))",
        "return ((begin, end),) if begin <= end else ((begin, 1.0),)",
        "register/test_shares.py::test_across_midnight_there_are_two",
    ),
    Break(
        "audit: after a day the part is the whole",
        SHARES,
        "    if not since <= until < since + timedelta(days=1) - overlap:\n",
        "    if not since <= until:\n",
        "register/test_shares.py::test_without_a_last_look_after_a_day_and_of_a_short_chain_it_is_the_whole",
    ),
    Break(
        "audit: a part is looked at with each publication",
        PUBLISHING,
        "        held += self.rounds.look(found.good, may_wait=urgent)\n",
        "",
        "worker/test_rounds.py::test_an_old_entry_that_was_altered_is_reported_and_stops_nothing",
    ),
    Break(
        "audit: the last look is the signed snapshot's that the register made last",
        LOOKING,
        "if sha256(token).digest() == newest else None",
        "if newest else None",
        "worker/test_rounds.py::test_the_last_look_is_that_of_the_newest_snapshot_and_no_other",
    ),
    Break(
        "audit: a head is compared wherever its entry lies",
        LOOKING,
        "            if stored.get(length) != each.head.head:\n",
        "            if False:\n",
        "worker/test_rounds.py::test_a_rewritten_chain_contradicts_a_day_that_was_written_down",
        also=(Edit(LOOKING, "heads=kept.heads)", "heads=())"),),
    ),
    Break(
        "audit: what was found is reported until it is right again",
        ROUNDS,
        "[each for each in self._differences if still_wrong(session, each)]",
        "[]",
        "worker/test_rounds.py::test_of_a_long_chain_what_was_found_stays_known",
    ),
    Break(
        "audit: a running worker looks once a minute",
        ROUNDS,
        "return not self._is_within(PAUSE)",
        "return self._tried is None",
        "worker/test_rounds.py::test_a_running_worker_finds_it_without_publishing",
    ),
)
_READINGS: Final = (
    Break(
        "audit: looking at a certificate is an entry",
        CERTIFICATES,
        "        note(opened, actor, OPEN, [number])\n",
        "",
        _READ,
    ),
    Break(
        "audit: fetching a document is an entry",
        CERTIFICATES,
        "    note(opened, actor, HAND_OUT, [number])\n",
        "",
        _READ,
    ),
    Break(
        "audit: listing certificates is an entry",
        CERTIFICATES,
        "        note(opened, actor, LISTING, [opened.home.settings.deployment], details=details)\n",
        "",
        _READ,
    ),
    Break(
        "audit: looking at the rows of a batch is an entry",
        BATCHES,
        '        note(opened, actor, ROWS, [batch_id], details={"rows": found.rows_total})\n',
        "",
        _READ,
    ),
    Break(
        "audit: checking a list that is not stored is an entry",
        BATCHES,
        "        else:\n            note(opened, actor, CHECK, [authority]",
        "        elif False:\n            note(opened, actor, CHECK, [authority]",
        _READ,
    ),
    Break(
        "audit: a dry run of a change of status is an entry for each certificate",
        STATUS,
        "[line.number for line in planned.lines]",
        "[line.number for line in planned.lines[:1]]",
        "services/test_readings.py::test_a_plan_names_every_certificate",
    ),
    Break(
        "audit: a register that takes no entry shows nothing",
        OPENED,
        '        raise ConflictError("reading_unrecorded", message, act=act) from error\n',
        "        str(message)\n",
        "services/test_readings.py::test_a_register_that_takes_no_entry_shows_nothing",
    ),
)
_ACTED: Final = (
    Break(
        "audit: who acted on a batch is told from a statement about that batch",
        ACTING,
        '    _require(said.act in BATCH_ACTS and said.object["batch"] == batch_id)\n',
        "    str(batch_id)\n",
        "services/test_auditing.py::test_a_statement_of_another_batch_proves_nothing",
    ),
    Break(
        "audit: who changed a status is told from a statement to do that",
        ACTING,
        "            _require(orders(said.act, event.kind))\n",
        "",
        "services/test_auditing.py::test_a_statement_to_do_something_else_proves_nothing",
    ),
    Break(
        "audit: who approved a certificate is told when its row is proven",
        ACTING,
        "wrong=each.wrong or error.code",
        "wrong=each.wrong",
        "services/test_auditing.py::test_a_changed_row_proves_nobodys_approval",
    ),
    Break(
        "audit: the statement behind an event names the certificate as it was",
        ORDERED,
        "        stated.prove(session, row.id, statement, seen)\n",
        "        str(row)\n",
        "services/test_auditing.py::test_a_statement_about_another_certificate_proves_nothing",
    ),
)
BREAKS: Final = (*_WALKS, *_KEPT, *_PARTS, *_READINGS, *_ACTED)
