"""The lock, the outbox, the loop: what is done once, in which order, and again after a crash."""

from __future__ import annotations

from typing import Final

from tests.breaks.model import Break

LOCK: Final = "issuer/worker/lock.py"
WORKER: Final = "issuer/worker/worker.py"
TURNS: Final = "issuer/worker/turns.py"
LOOP: Final = "issuer/worker/loop.py"
PUBLISHING: Final = "issuer/worker/publishing.py"
DOCUMENTS: Final = "issuer/worker/documents.py"
ISSUING: Final = "issuer/worker/issuing.py"
ISSUER: Final = "issuer/issuing/issuer.py"
OUTBOX: Final = "issuer/db/outbox.py"
CREW: Final = "issuer/crew.py"

BREAKS: Final = (
    Break(
        "worker: one process is the worker of a home",
        LOCK,
        "fcntl.LOCK_EX | fcntl.LOCK_NB",
        "fcntl.LOCK_SH | fcntl.LOCK_NB",
        "worker/test_lock.py::test_one_holds_the_lock_until_it_is_closed",
    ),
    Break(
        "worker: a worker that cannot open its keys gives the lock back",
        WORKER,
        "        except BaseException:\n            lock.release(descriptor)\n",
        "        except BaseException:\n",
        "worker/test_precedence.py::test_a_worker_that_cannot_open_its_keys_gives_the_lock_back",
    ),
    Break(
        "worker: a worker that closes gives the lock back",
        WORKER,
        "        lock.release(self.descriptor)\n",
        "        str(self.descriptor)\n",
        "worker/test_turns.py::test_there_is_one_worker",
    ),
    Break(
        "worker: who becomes the worker takes up what another had taken",
        WORKER,
        "                outbox.release_all(session)\n",
        "                str(session)\n",
        "worker/test_precedence.py::test_work_that_another_worker_left_is_done_at_once",
    ),
    Break(
        "worker: half a document that a crash left is swept away",
        DOCUMENTS,
        "        durable.sweep(self._opened.home.documents)\n",
        "",
        "worker/test_crashes.py::test_documents_that_a_crash_left_out_are_made_by_the_next_worker",
    ),
    Break(
        "worker: documents that were asked for stand in the outbox until they are made",
        WORKER,
        "outbox.put(session, topic=Topic.DOCUMENTS, object=batch_id",
        "str((session, batch_id)) if 1 else dict(topic=Topic.DOCUMENTS, object=batch_id",
        "worker/test_precedence.py::test_the_next_worker_makes_the_documents_of_a_batch_that_is_signed",
    ),
    Break(
        "worker: documents that were made are done",
        WORKER,
        "        self._finish(works, pace)\n        return made\n",
        "        return made\n",
        "worker/test_precedence.py::test_the_next_worker_makes_the_documents_of_a_batch_that_is_signed",
    ),
    Break(
        "worker: a batch is published when its last row is signed",
        WORKER,
        "        report = self._issue(batch_id, progress)\n        self.publish_changes()\n",
        "        report = self._issue(batch_id, progress)\n",
        "worker/test_precedence.py::test_a_batch_is_published_once_however_many_chunks_it_has",
    ),
    Break(
        "worker: a change of status overtakes documents",
        DOCUMENTS,
        "            between()\n",
        "",
        "worker/test_precedence.py::test_a_change_of_status_overtakes_documents",
    ),
    Break(
        "worker: a change of status overtakes the rows of a batch",
        ISSUING,
        "            between(done)\n",
        "",
        "worker/test_precedence.py::test_a_change_of_status_overtakes_the_rows_of_a_batch",
    ),
    Break(
        "worker: a long batch is published in pieces",
        WORKER,
        "            if done - published < self.publishing.piece():\n",
        "            if True:\n",
        "worker/test_precedence.py::test_a_long_batch_is_published_in_pieces_while_it_is_issued",
    ),
    Break(
        "worker: a piece grows with the register",
        PUBLISHING,
        "            return max(PIECE, publications.published_records(session) // _PIECES)\n",
        "            return max(PIECE, publications.published_records(session) // (_PIECES + 1))\n",
        "worker/test_precedence.py::test_a_long_batch_is_published_in_pieces_while_it_is_issued",
    ),
    Break(
        "worker: members end with their worker",
        CREW,
        "        end_with_parent(parent)\n",
        "        str(parent)\n",
        "worker/test_crew.py::test_members_end_with_their_worker_also_when_it_is_killed",
    ),
    Break(
        "worker: a member that ended is told",
        CREW,
        "            except (EOFError, OSError) as error:\n"
        "                raise _gone(member) from error\n            member.flow",
        "            except (EOFError, OSError):\n                return\n            member.flow",
        "worker/test_crew.py::test_a_member_that_is_killed_is_told",
    ),
    Break(
        "worker: the rows of a batch are published together",
        OUTBOX,
        "    if besides is not None:\n",
        "    if False:\n",
        "worker/test_precedence.py::test_a_batch_is_published_once_however_many_chunks_it_has",
    ),
    Break(
        "worker: a batch does not wait for its own certificates",
        OUTBOX,
        "            .where(AwardRow.batch != besides)\n",
        "",
        "register/test_outbox.py::test_a_change_waits_until_it_is_taken_and_a_batch_does_not_wait_for_itself",
    ),
    Break(
        "worker: a change that is taken waits no more",
        OUTBOX,
        "OutboxRow.topic == Topic.PUBLISH, OutboxRow.done_at.is_(None), OutboxRow.taken_at.is_(None)",
        "OutboxRow.topic == Topic.PUBLISH, OutboxRow.done_at.is_(None)",
        "register/test_outbox.py::test_a_change_waits_until_it_is_taken_and_a_batch_does_not_wait_for_itself",
    ),
    Break(
        "worker: only a certificate is a change that waits",
        OUTBOX,
        "        OutboxRow.topic == Topic.PUBLISH, OutboxRow.done_at",
        "        OutboxRow.done_at",
        "register/test_outbox.py::test_a_change_waits_until_it_is_taken_and_a_batch_does_not_wait_for_itself",
    ),
    Break(
        "worker: a reader's verdict is looked at after issuing",
        WORKER,
        "held += [_disputed(report) for report in issued if report.is_disputed]",
        "held += []",
        "worker/test_precedence.py::test_what_a_reader_finds_of_a_new_certificate_is_looked_at",
    ),
    Break(
        "worker: a reader is asked for the certificate that was issued",
        WORKER,
        "        if not report.issued:\n",
        "        if report.issued:\n",
        "worker/test_precedence.py::test_what_a_reader_finds_of_a_new_certificate_is_looked_at",
    ),
    Break(
        "worker: a reader who does not take for issued what was issued disputes it",
        ISSUER,
        "self.checked.outcome not in _READS_AS_ISSUED",
        'self.checked.outcome == ""',
        "worker/test_precedence.py::test_what_a_reader_finds_of_a_new_certificate_is_looked_at",
    ),
    Break(
        "worker: a suspended certificate was issued rightly",
        ISSUER,
        '{"valid", "suspended", ',
        '{"valid", ',
        "worker/test_precedence.py::test_what_a_reader_finds_of_a_new_certificate_is_looked_at",
    ),
    Break(
        "worker: a batch that fails holds up no other work",
        WORKER,
        "            except FAULTS as error:\n                held.append(_held(work.object, error))\n        then =",
        "            except ZeroDivisionError as error:\n"
        "                held.append(_held(work.object, error))\n"
        "        then =",
        "worker/test_precedence.py::test_a_batch_that_fails_holds_up_no_other",
    ),
    Break(
        "worker: a batch that failed is not tried again by itself",
        WORKER,
        "            self._hold_back(works, error)\n            raise\n"
        "        self.turns.acknowledge(works)\n        return report\n",
        "            str(error)\n            raise\n        self.turns.acknowledge(works)\n        return report\n",
        "worker/test_precedence.py::test_a_batch_that_fails_holds_up_no_other",
    ),
    Break(
        "worker: the same pending work is not put twice",
        OUTBOX,
        "if each not in pending]",
        "if each]",
        "register/test_certificates.py::test_work_is_taken_once_retaken_when_its_worker_died_and_ends_when_acknowledged",
    ),
    Break(
        "worker: a new cause while the work is under way is new work",
        OUTBOX,
        "            OutboxRow.taken_at.is_(None),\n        )\n        pending",
        "        )\n        pending",
        "register/test_certificates.py::test_work_is_taken_once_retaken_when_its_worker_died_and_ends_when_acknowledged",
    ),
    Break(
        "worker: work that is taken is not taken again at once",
        OUTBOX,
        "or_(OutboxRow.taken_at.is_(None), OutboxRow.taken_at < stale)",
        "or_(OutboxRow.taken_at.is_(None), OutboxRow.taken_at < now)",
        "register/test_certificates.py::test_work_is_taken_once_retaken_when_its_worker_died_and_ends_when_acknowledged",
    ),
    Break(
        "worker: work whose worker died is taken again",
        OUTBOX,
        "or_(OutboxRow.taken_at.is_(None), OutboxRow.taken_at < stale)",
        "OutboxRow.taken_at.is_(None)",
        "register/test_certificates.py::test_work_is_taken_once_retaken_when_its_worker_died_and_ends_when_acknowledged",
    ),
    Break(
        "worker: work that is acknowledged is done",
        OUTBOX,
        ".values(done_at=now, last_error=None)",
        ".values(last_error=None)",
        "register/test_certificates.py::test_work_is_taken_once_retaken_when_its_worker_died_and_ends_when_acknowledged",
    ),
    Break(
        "worker: the oldest work is taken first",
        OUTBOX,
        ".order_by(OutboxRow.id)\n        .limit(limit)",
        ".order_by(OutboxRow.id.desc())\n        .limit(limit)",
        "register/test_certificates.py::test_work_is_taken_once_retaken_when_its_worker_died_and_ends_when_acknowledged",
    ),
    Break(
        "worker: work that is given back can be taken at once",
        OUTBOX,
        "row.taken_at, row.taken_by, row.last_error = None, None, error",
        "row.last_error = error",
        "register/test_certificates.py::test_work_is_taken_once_retaken_when_its_worker_died_and_ends_when_acknowledged",
    ),
    Break(
        "worker: it is counted how often work was taken",
        OUTBOX,
        "row.attempts + 1",
        "row.attempts",
        "register/test_certificates.py::test_work_is_taken_once_retaken_when_its_worker_died_and_ends_when_acknowledged",
    ),
    Break(
        "worker: work is taken by its topic",
        OUTBOX,
        "    if topic is not None:\n        query",
        "    if False:\n        query",
        "register/test_outbox.py::test_work_is_taken_by_its_topic",
    ),
    Break(
        "worker: what is pending on a batch is of the topics asked for",
        OUTBOX,
        "OutboxRow.topic.in_(topics), OutboxRow.object.in_(chunk)",
        "OutboxRow.object.in_(chunk)",
        "register/test_outbox.py::test_what_is_pending_on_an_object_is_of_its_topic_and_not_done",
    ),
    Break(
        "worker: what is done is pending no more",
        OUTBOX,
        "OutboxRow.topic == topic, OutboxRow.object == object, OutboxRow.done_at.is_(None))\n    rows",
        "OutboxRow.topic == topic, OutboxRow.object == object)\n    rows",
        "register/test_outbox.py::test_what_is_pending_on_an_object_is_of_its_topic_and_not_done",
    ),
    Break(
        "worker: work that is done is not released",
        OUTBOX,
        "select(OutboxRow).where(OutboxRow.done_at.is_(None), OutboxRow.taken_at.is_not(None))",
        "select(OutboxRow).where(OutboxRow.taken_at.is_not(None))",
        "register/test_outbox.py::test_who_becomes_the_worker_takes_up_what_another_left",
    ),
    Break(
        "worker: what is over by itself is tried again at once",
        TURNS,
        'frozenset({"publisher_running"})',
        'frozenset({"publisher"})',
        "register/test_outbox.py::test_what_is_over_by_itself_is_tried_again_and_nothing_else",
    ),
    Break(
        "worker: what failed for another reason is done with",
        TURNS,
        "            if error.code in _PASSING:\n",
        "            if error.code:\n",
        "register/test_outbox.py::test_what_is_over_by_itself_is_tried_again_and_nothing_else",
    ),
    Break(
        "worker: why work was not done is kept",
        TURNS,
        "                outbox.note(session, work.id, error=noted(error))\n",
        "",
        "register/test_outbox.py::test_what_is_over_by_itself_is_tried_again_and_nothing_else",
    ),
    Break(
        "worker: work with a note is not tried again at once",
        TURNS,
        '            outbox.note(session, work.id, error=f"{code}: {message}")\n',
        "            outbox.give_back(session, work.id, error=message)\n",
        "register/test_outbox.py::test_work_with_a_note_is_not_tried_again_at_once",
    ),
    Break(
        "worker: all that failed together is pending again",
        TURNS,
        "            for work in works:\n                outbox.give_back",
        "            for work in works[:1]:\n                outbox.give_back",
        "register/test_outbox.py::test_all_that_failed_together_is_pending_again_at_once",
    ),
    Break(
        "worker: all work is taken, however much it is",
        TURNS,
        "            while taken := outbox.take(session, worker=str(os.getpid()), now=self._clock(), "
        "limit=TAKE, topic=topic):\n",
        "            if taken := outbox.take(session, worker=str(os.getpid()), now=self._clock(), "
        "limit=TAKE, topic=topic):\n",
        "register/test_outbox.py::test_all_is_taken_however_much_it_is",
    ),
    Break(
        "worker: one failure does not end the loop",
        LOOP,
        "        except Exception as error:  #",
        "        except ZeroDivisionError as error:  #",
        "worker/test_loop.py::test_one_failure_does_not_end_the_loop",
    ),
    Break(
        "worker: a failure is told once until it is over",
        LOOP,
        "            if fault is None or fault.of != _key(error):\n",
        "            if error:\n",
        "worker/test_loop.py::test_a_failure_is_told_once_until_it_is_over",
    ),
    Break(
        "worker: a failure that comes back is told again",
        LOOP,
        "            fault, pause = None, POLL_SECONDS\n            sleep",
        "            pause = POLL_SECONDS\n            sleep",
        "worker/test_loop.py::test_a_failure_is_told_once_until_it_is_over",
    ),
    Break(
        "worker: the snapshot is renewed in each round",
        LOOP,
        "(worker.renew_if_needed(), worker.walk())",
        "(worker.walk(),)",
        "worker/test_loop.py::test_the_snapshot_is_renewed_in_each_round",
    ),
    Break(
        "worker: what is held back is told",
        LOOP,
        "found = [*done.held_back, ",
        "found = [*done.held_back[:0], ",
        "worker/test_loop.py::test_one_failure_does_not_end_the_loop",
    ),
    Break(
        "worker: a snapshot is renewed when a third of its life is left",
        PUBLISHING,
        "RENEW_WHEN_LEFT: Final = 3",
        "RENEW_WHEN_LEFT: Final = 2",
        "worker/test_turns.py::test_a_snapshot_is_renewed_before_its_end",
    ),
    Break(
        "worker: work whose publication had to wait is pending again",
        PUBLISHING,
        "            self._turns.give_back(works, error)\n            raise\n",
        "            str(error)\n            raise\n",
        "worker/test_turns.py::test_there_is_one_publisher_and_its_work_waits",
    ),
    Break(
        "worker: two do not publish at once",
        PUBLISHING,
        "            with self._opened.home.publication.lock():\n                self._make_whole",
        "            if self._opened.home.publication is not None:\n                self._make_whole",
        "worker/test_turns.py::test_there_is_one_publisher_and_its_work_waits",
    ),
    Break(
        "worker: what is noted beside work begins with its code",
        TURNS,
        'return f"{error.code}: {error}" if isinstance(error, CodedError) else str(error)',
        "return str(error)",
        "register/test_outbox.py::test_what_is_over_by_itself_is_tried_again_and_nothing_else",
    ),
    Break(
        "status: certificates are chosen as was asked for",
        "issuer/db/certificates.py",
        "select(CertificateRow).where(CertificateRow.stage == Stage.SIGNED, *_wanted(which))",
        "select(CertificateRow).where(CertificateRow.stage == Stage.SIGNED)",
        "services/test_certificates.py::test_a_list_is_chosen_by_batch_state_filing_and_day",
    ),
    Break(
        "status: a page of certificates holds no more than was asked for",
        "issuer/db/certificates.py",
        "session.scalars(query.order_by(CertificateRow.number).limit(limit))",
        "session.scalars(query.order_by(CertificateRow.number))",
        "services/test_certificates.py::test_a_list_opens_only_what_it_shows",
    ),
)
