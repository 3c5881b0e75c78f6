"""Writers side by side on PostgreSQL: what is decided on stays so until it is done, and a conflict is tried again."""

from __future__ import annotations

from typing import Final

from tests.breaks.model import Break

SESSIONS: Final = "issuer/db/sessions.py"
AGAIN: Final = "issuer/db/again.py"
OUTBOX: Final = "issuer/db/outbox.py"
SEQUENCER: Final = "issuer/sequencer.py"
STORE: Final = "issuer/batches/store.py"
HOLDERS: Final = "issuer/batches/holders.py"
APPROVAL: Final = "issuer/batches/approval.py"
READING: Final = "issuer/office/reading.py"
RESERVE: Final = "issuer/issuing/reserve.py"
APPLY: Final = "issuer/status/apply.py"
STATUS: Final = "issuer/services/status.py"

_OURS: Final = "register/test_side_by_side.py::"
_OFFICES: Final = "issuing/test_side_by_side.py::"

BREAKS: Final = (
    Break(
        "database: who was merged until both were held is looked at again",
        "issuer/claims/merging.py",
        '    if pair_of(session, statement.object["holder"], statement.object["into"]) != pair:\n',
        "    if False:\n",
        "unlock/test_merging.py::test_whoever_was_merged_until_both_were_held_is_looked_at_again",
    ),
    Break(
        "founding: two responses of a root meeting that come at once are both kept",
        "issuer/trust/alone.py",
        "        fcntl.flock(descriptor, fcntl.LOCK_EX)\n",
        "",
        "simulation/test_list_ceremony.py::test_two_responses_that_come_at_once_are_both_kept",
    ),
    Break(
        "founding: two who ask for a seal at once get one key",
        "issuer/services/seals.py",
        "    with Orders(opened.home.certificates).alone():\n",
        "    if True:\n",
        "services/test_seals.py::test_two_who_ask_at_once_get_one_key_and_one_request",
    ),
    Break(
        "worker: a worker that took nothing is slow, however long it lives",
        "issuer/services/work.py",
        "    return leases.newest(session) if outbox.is_begun(session) else None\n",
        "    return leases.newest(session)\n",
        "services/test_work.py::test_only_a_worker_that_does_nothing_is_slow",
    ),
    Break(
        "worker: a worker that is at something else is waited for",
        "issuer/services/work.py",
        "found, now = left(session), (moved(session), _at_work(session))",
        "found, now = left(session), moved(session)",
        "services/test_work.py::test_only_a_worker_that_does_nothing_is_slow",
    ),
    Break(
        "audit: a page begins behind the one before",
        "issuer/audit.py",
        "    older = [] if before is None else [AuditRow.id < _entry_at(before)]\n",
        "    older = [] if before is None else [AuditRow.id <= _entry_at(before)]\n",
        "register/test_audit.py::test_pages_follow_each_other_and_have_each_entry_once",
    ),
    Break(
        "database: one sequencer at a time",
        SEQUENCER,
        "register.write(Lock.AUDIT)",
        "register.write()",
        f"{_OURS}test_every_entry_comes_into_the_chain_once_while_all_write",
    ),
    Break(
        "database: who moves the register has it alone",
        SESSIONS,
        "                take(session, Lock.REGISTER, shared=True)\n",
        "                pass\n",
        f"{_OURS}test_who_has_the_register_alone_waits_for_writers_and_lets_none_in",
    ),
    Break(
        "database: nobody waits for a writer who does something else",
        SESSIONS,
        "take(session, Lock.REGISTER, shared=True)",
        "take(session, Lock.REGISTER)",
        f"{_OURS}test_nobody_waits_for_a_writer_who_does_something_else",
    ),
    Break(
        "database: what met another writer is tried again",
        AGAIN,
        "        for pause in PAUSES:\n",
        "        for pause in PAUSES[:0]:\n",
        f"{_OURS}test_two_that_lock_the_same_in_two_orders_both_come_through",
    ),
    Break(
        "database: what meets another writer every time is told",
        AGAIN,
        "if _state(error) not in _COLLISIONS - {_TAKEN}:",
        "if True:",
        f"{_OURS}test_and_told_when_it_meets_one_every_time",
    ),
    Break(
        "database: new people are tried again when another list made them",
        AGAIN,
        '_COLLISIONS: Final = frozenset({"40001", "40P01", _TAKEN})',
        '_COLLISIONS: Final = frozenset({"40001", "40P01"})',
        f"{_OURS}test_two_lists_that_name_the_same_new_people_make_each_once",
    ),
    Break(
        "database: a file becomes one batch",
        STORE,
        '    take_for(session, "file", file.digest)',
        "    str(take_for)",
        f"{_OURS}test_a_file_becomes_one_batch",
    ),
    Break(
        "database: work that somebody relies on is not taken before they are done",
        OUTBOX,
        "same.order_by(OutboxRow.id).with_for_update()",
        "same.order_by(OutboxRow.id)",
        f"{_OURS}test_work_that_somebody_relies_on_is_not_taken_before_they_are_done",
    ),
    Break(
        "database: a batch is locked before a statement moves it",
        APPROVAL,
        "    row = session.get(BatchRow, batch_id, with_for_update=True, populate_existing=True)\n",
        "    row = session.get(BatchRow, batch_id, populate_existing=True)\n",
        f"{_OFFICES}test_of_two_who_approve_one_batch_one_does",
    ),
    Break(
        "database: what was accepted twice at once is tried again and refused",
        STATUS,
        "@again\ndef accept(",
        "def accept(",
        f"{_OFFICES}test_an_order_counts_once",
    ),
    Break(
        "database: an act is accepted under the file of operators that is in use",
        READING,
        "        take(session, Lock.OPERATORS, shared=True)\n",
        "        str(take)\n",
        f"{_OFFICES}test_an_act_that_is_being_accepted_stands_against_the_end",
    ),
    Break(
        "database: a person is locked before it is asked what stands against a row",
        RESERVE,
        "session.execute(query.with_for_update(key_share=True))",
        "session.execute(query)",
        f"{_OFFICES}test_one_person_in_two_lists_gets_a_title_once",
    ),
    Break(
        "database: a person is locked before a record bars them",
        APPLY,
        "line.certificate.holder, with_for_update=True, populate_existing=True)",
        "line.certificate.holder)",
        f"{_OFFICES}test_who_is_being_barred_gets_nothing_meanwhile",
    ),
    Break(
        "database: certificates are locked before their change is planned again",
        APPLY,
        "    certificates.lock(session, order.numbers)",
        "    str(certificates.lock)",
        f"{_OFFICES}test_of_two_changes_of_one_certificate_one_is_done",
    ),
)
