"""Leases: one process at a time has a piece of work, and whoever comes too late writes nothing."""

from __future__ import annotations

from typing import Final

from tests.breaks.model import Break

LEASES: Final = "issuer/db/leases.py"
LEASING: Final = "issuer/worker/leasing.py"
ISSUING: Final = "issuer/worker/issuing.py"
ISSUER: Final = "issuer/issuing/issuer.py"
PIECEWORK: Final = "issuer/worker/piecework.py"
PRESENCE: Final = "issuer/worker/presence.py"
WORKER: Final = "issuer/worker/worker.py"
PUBLISHING: Final = "issuer/worker/publishing.py"
OUTBOX: Final = "issuer/db/outbox.py"
WORKERS: Final = "issuer/worker/workers.py"
BY_BESIDE: Final = "worker/test_beside.py::"
BY_SINGLE: Final = "worker/test_single.py::"
BY_TABLE: Final = "register/test_leases.py::"
BY_WORK: Final = "worker/test_leasing.py::"

BREAKS: Final = (
    Break(
        "worker: every transaction of a piece asks whose the piece is",
        LEASES,
        "            keep(session, self.lease, now=self._clock())\n",
        "            str(session)\n",
        BY_WORK + "test_a_late_worker_writes_nothing_while_another_has_the_piece",
    ),
    Break(
        "worker: issuing writes through the register that asks whose the piece is",
        ISSUER,
        "            done = yield from self.on(piece.register).chunk(piece.rows)\n",
        "            done = yield from self.chunk(piece.rows)\n",
        BY_WORK + "test_a_late_worker_writes_nothing_while_another_has_the_piece",
    ),
    Break(
        "worker: whoever lost a piece is told",
        LEASES,
        "    if _rows(session, change) == 1:\n",
        "    if _rows(session, change) <= 1:\n",
        BY_TABLE + "test_a_lease_is_somebodys_until_its_time_is_over",
    ),
    Break(
        "worker: the fence grows each time a piece is taken",
        LEASES,
        '"fence": row.fence + 1}',
        '"fence": row.fence}',
        BY_TABLE + "test_who_took_a_piece_again_is_not_who_held_it_before",
    ),
    Break(
        "worker: a lease is compared by its fence",
        LEASES,
        "_T.c.owner == lease.owner, _T.c.fence == lease.fence",
        "_T.c.owner == lease.owner, _T.c.fence >= lease.fence",
        BY_TABLE + "test_who_took_a_piece_again_is_not_who_held_it_before",
    ),
    Break(
        "worker: a piece that was let go is its owner's no more",
        LEASES,
        "_T.c.owner == lease.owner, _T.c.fence == lease.fence",
        "_T.c.fence == lease.fence",
        BY_TABLE + "test_what_is_given_back_is_free_and_its_owner_writes_no_more",
    ),
    Break(
        "worker: a piece that is somebody's is not taken",
        LEASES,
        "or_(_T.c.owner.is_(None), _T.c.until <= now)",
        "or_(_T.c.owner.is_(None), _T.c.until.is_not(None))",
        BY_TABLE + "test_a_lease_is_somebodys_until_its_time_is_over",
    ),
    Break(
        "worker: a piece whose time is over is taken",
        LEASES,
        "or_(_T.c.owner.is_(None), _T.c.until <= now)",
        "_T.c.owner.is_(None)",
        BY_TABLE + "test_a_lease_is_somebodys_until_its_time_is_over",
    ),
    Break(
        "worker: each write says that the work goes on",
        LEASES,
        "values(until=now + LEASE), lease)",
        "values(until=lease.until), lease)",
        BY_TABLE + "test_who_holds_it_may_write_after_its_time_while_nobody_took_it",
    ),
    Break(
        "worker: a lease is renewed before half of its time is over",
        LEASING,
        "            if now < lease.until - LEASE / 2:\n",
        "            if now:\n",
        BY_WORK + "test_a_lease_is_renewed_while_the_work_goes_on",
    ),
    Break(
        "worker: a piece that is done is not taken for the same request",
        LEASES,
        "values(owner=None, until=None, done_for=request), lease)",
        "values(owner=None, until=None), lease)",
        BY_TABLE + "test_what_is_done_is_not_taken_again_for_the_same_request",
    ),
    Break(
        "worker: pieces that two lay out at once are laid out once",
        LEASES,
        "    except IntegrityError:\n        return  # somebody",
        "    except ZeroDivisionError:\n        return  # somebody",
        BY_TABLE + "test_what_is_laid_out_by_two_at_once_is_laid_out_once",
    ),
    Break(
        "worker: what somebody has is not passed over",
        LEASES,
        "_T.c.piece.in_(chunk), _T.c.owner.is_(None))",
        "_T.c.piece.in_(chunk))",
        BY_TABLE + "test_only_what_nobody_has_is_passed_over",
    ),
    Break(
        "worker: what had been taken by a process that ended is free at once",
        LEASING,
        "                leases.free(session, owners)\n",
        "                str(session)\n",
        BY_WORK + "test_what_a_worker_had_that_ended_is_free_at_once",
    ),
    Break(
        "worker: a process that lives is not taken for one that ended",
        PRESENCE,
        "        except BlockingIOError:\n            return False\n",
        "        except BlockingIOError:\n            return True\n",
        BY_WORK + "test_a_process_that_lives_is_not_taken_for_ended",
    ),
    Break(
        "worker: a batch is asked for until all of its pieces are done",
        PIECEWORK,
        "pace.is_reached) or self.leasing.is_done(topic, object, request):\n",
        "pace.is_reached) or object:\n",
        BY_WORK + "test_what_waits_for_the_pieces_of_others_is_not_done",
    ),
    Break(
        "worker: a row that another issued meanwhile is not refused",
        ISSUER,
        "                if each.content.state is not AwardState.ISSUED\n",
        "                if each.content.state is not None\n",
        BY_WORK + "test_a_row_that_another_issued_before_it_ended_is_not_refused",
    ),
    Break(
        "worker: an error gives back what was taken",
        ISSUING,
        "                self._leasing.give_back(Topic.ISSUE, batch_id)\n",
        "                str(batch_id)\n",
        BY_WORK + "test_an_error_gives_back_what_was_taken",
    ),
    Break(
        "worker: nobody works while a home is kept still",
        WORKER,
        "        held = presence.still(home)\n",
        "        held = os.open(home.directory, os.O_RDONLY)\n",
        BY_WORK + "test_a_home_is_kept_still_while_nobody_works",
    ),
    Break(
        "worker: what stops a batch stops everybody who works on it",
        ISSUING,
        "while room and pace.goes_on() and self._is_wanted(request):",
        "while room and pace.goes_on():",
        BY_WORK + "test_what_stops_a_batch_stops_everybody_who_works_on_it",
    ),
    Break(
        "worker: a change of what is public waits for no batch",
        OUTBOX,
        "or_(AwardRow.batch.not_in(besides), _IS_PUBLIC)",
        "AwardRow.batch.not_in(besides)",
        "register/test_outbox.py::test_a_change_waits_until_it_is_taken_and_a_batch_does_not_wait_for_itself",
    ),
    Break(
        "worker: what is urgent is taken alone",
        OUTBOX,
        "    if urgent:\n        query = query.where(OutboxRow",
        "    if False:\n        query = query.where(OutboxRow",
        "register/test_outbox.py::test_a_change_waits_until_it_is_taken_and_a_batch_does_not_wait_for_itself",
    ),
    Break(
        "worker: a snapshot that was made and not placed is placed though nothing changed",
        PUBLISHING,
        "            if not (changed or even_without or self._is_unfinished()):\n",
        "            if not (changed or even_without):\n",
        "worker/test_leasing.py::test_a_snapshot_that_was_not_placed_is_placed_though_nothing_changed",
    ),
    Break(
        "worker: of a batch with a limit one process at a time begins rows",
        LEASES,
        "    if alone and _others(session, topic, object, owner, now):\n",
        "    if False:\n",
        BY_TABLE + "test_alone_is_taken_only_while_no_other_has_a_piece",
    ),
    Break(
        "worker: one process publishes a register, from whatever machine",
        WORKER,
        "    while not single.take():\n",
        "    while single is None:\n",
        BY_SINGLE + "test_a_second_machine_is_not_the_worker_meanwhile",
    ),
    Break(
        "worker: a publisher that lost its place writes nothing",
        WORKER,
        "            publishing = PublishingJob.open(leased, turns)\n",
        "            publishing = PublishingJob.open(opened, Turns(opened.register, opened.clock))\n",
        BY_SINGLE + "test_one_that_lost_its_place_publishes_nothing",
    ),
    Break(
        "worker: a publisher that has its place again takes over",
        WORKER,
        "            self.pieces.leasing.take_over_again(self.leased)\n",
        "",
        BY_SINGLE + "test_one_that_lost_its_place_publishes_nothing",
    ),
    Break(
        "worker: a publisher whose connection was cut has no place until it takes it again",
        "issuer/db/single.py",
        "        except DBAPIError:\n            self.release()\n            return False\n",
        "        except DBAPIError:\n            return True\n",
        BY_SINGLE + "test_one_that_lost_its_place_publishes_nothing",
    ),
    Break(
        "worker: new certificates wait while processes issue",
        "issuer/worker/beside.py",
        "            is_due = not under_way or",
        "            is_due = True or",
        BY_BESIDE + "test_a_change_of_status_goes_out_while_the_others_issue",
    ),
    Break(
        "worker: a process that goes on ending is started later each time",
        WORKERS,
        "            if place.process is None and self._clock() >= place.again:\n",
        "            if place.process is None:\n",
        BY_BESIDE + "test_one_that_ended_is_told_and_started_anew_each_time_a_little_later",
    ),
    Break(
        "worker: what a process said last is heard",
        WORKERS,
        "                told += _heard(place)\n                told.append",
        "                told.append",
        BY_BESIDE + "test_what_one_said_in_its_last_moment_is_heard",
    ),
    Break(
        "worker: who issues beside another publishes nothing, and documents wait for that",
        PIECEWORK,
        "            return not is_issuing and not outbox.publishing_of(session, object)\n",
        "            return False\n",
        BY_BESIDE + "test_two_processes_issue_and_this_one_publishes",
    ),
    Break(
        "worker: what the machine did is tried again, and not held back",
        PIECEWORK,
        "        except MachineError as error:\n            self.faults.append(error)\n",
        "",
        "worker/test_machine.py::test_what_the_machine_did_is_tried_again_and_not_held_back",
    ),
)
