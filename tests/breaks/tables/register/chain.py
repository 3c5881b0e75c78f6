"""The chain of the audit: what is committed comes into it once, nothing is published before, nothing is left out."""

from __future__ import annotations

from typing import Final

from tests.breaks.model import Break, Edit

SEQUENCER: Final = "issuer/sequencer.py"
AUDIT: Final = "issuer/audit.py"
MIGRATION: Final = "issuer/db/migrations/versions/0025_chain.py"
WALK: Final = "issuer/auditing/walk.py"
LOOKING: Final = "issuer/auditing/looking.py"
PUBLISHER: Final = "issuer/publishing/publisher.py"
ROUNDS: Final = "issuer/worker/rounds.py"
TAKEN: Final = "issuer/batches/taken.py"
OPERATORS: Final = "issuer/services/operators.py"
BATCHES: Final = "issuer/services/batches.py"
MOVING: Final = "issuer/db/moving.py"

_LEFT_OUT: Final = "register/test_sequencer.py::test_an_entry_that_never_comes_into_the_chain_is_found"

BREAKS: Final = (
    Break(
        "audit: the sequencer goes on until nothing waits",
        SEQUENCER,
        "        if many < PLACED_AT_ONCE:\n",
        "        if many:\n",
        "register/test_sequencer.py::test_many_entries_are_chained_piece_by_piece",
    ),
    Break(
        "audit: entries are chained in the order of their ids",
        SEQUENCER,
        ".order_by(entry.c.id)",
        ".order_by(entry.c.id.desc())",
        "register/test_sequencer.py::test_an_entry_waits_until_it_is_chained",
    ),
    Break(
        "audit: an entry comes into the chain once",
        SEQUENCER,
        "if entry.ordinal is None:",
        "if True:",
        "register/test_sequencer.py::test_an_entry_that_is_put_among_the_waiting_again_keeps_its_place",
    ),
    Break(
        "audit: what has its place waits no more",
        SEQUENCER,
        "    for chunk in chunked(settled):\n",
        "    for chunk in chunked(settled[:0]):\n",
        "register/test_sequencer.py::test_an_entry_waits_until_it_is_chained",
    ),
    Break(
        "audit: an act is chained before it is published",
        PUBLISHER,
        "head = chain_all(self._register)",
        "head = audit.head(self._register.read().__enter__())",
        "issuing/test_chained.py::test_an_act_is_chained_before_it_is_published",
    ),
    Break(
        "audit: the head of a snapshot is taken behind what was read for it",
        PUBLISHER,
        "        with self._register.read() as session:\n            count = count_published(session)\n",
        "        early = chain_all(self._register)\n"
        "        with self._register.read() as session:\n            count = count_published(session)\n",
        "issuing/test_chained.py::test_the_head_is_taken_behind_everything_that_was_read",
        also=(Edit(PUBLISHER, "head = chain_all(self._register)\n        lists", "head = early\n        lists"),),
    ),
    Break(
        "audit: who ends, ends behind every act that is committed",
        OPERATORS,
        "    head = chain_all(opened.register)\n",
        "    head = audit.head(opened.register.read().__enter__())\n",
        "issuing/test_chained.py::test_who_ends_ends_behind_what_waits",
    ),
    Break(
        "audit: an act without a place yet stands against an end",
        AUDIT,
        "place.is_(None) | (place > length)",
        "place > length",
        "issuing/test_chained.py::test_an_act_that_waits_stops_an_end_that_was_drafted_before_it",
    ),
    Break(
        "audit: a taking-back without a place yet counts",
        TAKEN,
        "    found = _entries_of(session, batch)\n",
        "    found: set[_Entry] = set()\n",
        "issuing/test_chained.py::test_a_taking_back_that_waits_counts",
    ),
    Break(
        "audit: a signed act is chained as soon as it is done",
        BATCHES,
        "    chain_soon(opened.register)\n    return taken\n",
        "    return taken\n",
        "issuing/test_chained.py::test_an_act_is_chained_as_soon_as_it_is_done",
    ),
    Break(
        "audit: a running worker chains what waits",
        ROUNDS,
        "            chain_all(self._opened.register)\n",
        "",
        "worker/test_rounds.py::test_a_running_worker_chains_what_waits",
    ),
    Break(
        "audit: an entry that is in no place and does not wait is found",
        WALK,
        "beside = left_out(session) if whole else None",
        "beside: Difference | None = None",
        _LEFT_OUT,
    ),
    Break(
        "audit: an entry that was gone before it was chained is found",
        WALK,
        "((unchained, entry, Fault.UNCHAINED), (removed, waiting, Fault.REMOVED))",
        "((unchained, entry, Fault.UNCHAINED),)",
        _LEFT_OUT,
    ),
    Break(
        "audit: what is left out is looked for within a day",
        LOOKING,
        "    if not found:  #",
        "    if False:  #",
        "worker/test_rounds.py::test_an_entry_that_is_left_out_of_the_chain_is_reported_within_a_day",
    ),
    Break(
        "audit: a place whose entry is gone is missed at the end too",
        AUDIT,
        "    if length < last:\n",
        "    if False:\n",
        "register/test_audit.py::test_tampering_is_found_at_the_first_entry_that_does_not_follow",
    ),
    Break(
        "audit: no place of the chain is altered",
        MIGRATION,
        '    for table in ("audit", "audit_chain"):\n',
        '    for table in ("audit",):\n',
        "register/test_sequencer.py::test_what_is_chained_is_not_altered",
    ),
    Break(
        "audit: the way back chains what waits",
        MIGRATION,
        "    _chain_rest()\n    _put_aside()\n",
        "    _put_aside()\n",
        "register/test_sequencer.py::test_the_tables_of_before_become_these_and_these_become_those",
    ),
    Break(
        "audit: what waits is moved as it is",
        MOVING,
        "            target.execute(delete(table))",
        "            pass",
        "services/test_moving.py::test_every_row_arrives_and_work_goes_on_there",
    ),
)
