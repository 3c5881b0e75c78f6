"""A batch that is paused or issued up to a limit: it stops where it should, goes on where it stopped, and is told."""

from __future__ import annotations

from typing import Final

from tests.breaks.model import Break, Edit

PACING: Final = "issuer/batches/pacing.py"
STANDING: Final = "issuer/batches/standing.py"
ISSUING: Final = "issuer/worker/issuing.py"
DOCUMENTS: Final = "issuer/worker/documents.py"
PIECEWORK: Final = "issuer/worker/piecework.py"
TURNS: Final = "issuer/worker/turns.py"
OUTBOX: Final = "issuer/db/outbox.py"
BY: Final = "worker/test_pacing.py::"

BREAKS: Final = (
    Break(
        "worker: a run asks before each chunk whether its batch is paused",
        ISSUING,
        "while room and pace.goes_on() and self._is_wanted(request):",
        "while room and self._is_wanted(request):",
        BY + "test_a_pause_ends_a_run_after_its_chunk_and_resuming_goes_on",
    ),
    Break(
        "worker: what was paused stays in the outbox",
        PIECEWORK,
        "        if pace is not None and pace.is_paused:\n            self.turns.put_off(works)\n",
        "        if pace is not None and pace.is_paused:\n            self.turns.acknowledge(works)\n",
        BY + "test_a_pause_ends_a_run_after_its_chunk_and_resuming_goes_on",
    ),
    Break(
        "worker: nobody takes what is asked of a paused batch",
        OUTBOX,
        "    query = query.where(OutboxRow.object.not_in(_PAUSED))\n",
        "",
        BY + "test_documents_stop_when_their_batch_is_paused",
        also=(
            Edit(
                DOCUMENTS,
                "        while pace is None or pace.goes_on():\n",
                "        while not pace or pace.goes_on() or pace.is_paused:\n",
            ),
        ),
    ),
    Break(
        "worker: documents stop when their batch is paused",
        DOCUMENTS,
        "        while pace is None or pace.goes_on():\n",
        "        while pace is None or pace:\n",
        BY + "test_documents_stop_when_their_batch_is_paused",
    ),
    Break(
        "worker: who waits for a paused batch waits no longer",
        OUTBOX,
        "            or_(OutboxRow.object.not_in(_PAUSED), OutboxRow.taken_at.is_not(None)),\n",
        "",
        BY + "test_whoever_waits_for_a_batch_that_is_paused_waits_no_longer",
    ),
    Break(
        "worker: a paused batch is not asked for",
        PACING,
        "    if found.paused_at is not None:\n        message",
        "    if False:\n        message",
        BY + "test_a_batch_that_is_paused_is_not_asked_for",
    ),
    Break(
        "worker: pausing and resuming stand in the audit, once each",
        PACING,
        "        return False\n    row.paused_at",
        "        pass\n    row.paused_at",
        BY + "test_pausing_twice_is_noted_once",
    ),
    Break(
        "worker: no more rows are begun than a limit leaves",
        PACING,
        "min(rows, max(0, found.issue_up_to - found.rows_issued))",
        "rows if found.issue_up_to > found.rows_issued else 0",
        BY + "test_a_limit_issues_so_many_rows_and_the_rest_later",
    ),
    Break(
        "worker: rows that are refused do not count for a limit",
        ISSUING,
        "        while room := pace.room(len(approved.rows)):\n",
        "        if room := pace.room(len(approved.rows)):\n",
        BY + "test_rows_that_are_refused_do_not_count_for_a_limit",
    ),
    Break(
        "worker: a limit is kept, so that a run that was killed stops at the same place",
        PACING,
        "    row.issue_up_to = None if rows is None else row.rows_issued + rows\n",
        "    row.issue_up_to = None\n",
        BY + "test_a_run_that_was_killed_stops_at_the_same_limit",
    ),
    Break(
        "worker: who is at work is noted, also where a command is the worker",
        TURNS,
        "outbox.mark(session, new, worker=str(os.getpid()), now=self._clock())",
        "str(session)",
        BY + "test_where_the_work_stands_is_told",
    ),
    Break(
        "worker: what failed is told until the next try succeeds",
        OUTBOX,
        "    return session.scalar(query.order_by(OutboxRow.id.desc()).limit(1))\n\n\ndef publishing_error",
        "    return session.scalar(query.order_by(OutboxRow.id).limit(1))\n\n\ndef publishing_error",
        BY + "test_what_failed_last_is_told_until_a_try_succeeds",
    ),
    Break(
        "shown: a command that was told to end names what is left of its limit",
        "cli/commands/issuing.py",
        '    return Left(zh=zh, en=en, words=["--limit", str(left)] if left is not None and left > 0 else ())\n',
        "    return Left(zh=zh, en=en)\n",
        "cli/test_progress.py::test_issuing_that_is_ended_says_what_is_done_and_how_to_go_on",
    ),
    Break(
        "shown: a log gets few lines, whatever the work takes",
        "cli/progress.py",
        "        if self._last - self._said_at < self._every:\n            return False\n",
        "",
        "cli/test_progress.py::test_a_log_gets_a_line_every_few_seconds_with_rate_and_end",
    ),
    Break(
        "shown: the last event of a step says how it ended",
        "cli/progress.py",
        '        outcome = "interrupted" if interrupted else "failed"\n',
        "",
        "cli/test_progress.py::test_the_last_event_says_how_it_ended",
    ),
)
