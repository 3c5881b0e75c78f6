"""Bad days and clocks: what is recorded and not public, what a machine does, and a clock that jumped."""

from __future__ import annotations

from typing import Final

from tests.breaks.model import Break

LOOP: Final = "issuer/worker/loop.py"
OUTBOX: Final = "issuer/db/outbox.py"
WORKER: Final = "issuer/worker/worker.py"
CLOCK: Final = "issuer/clock.py"
SIGNING: Final = "issuer/services/signing.py"
MACHINE: Final = "issuer/home/machine.py"
PLAN: Final = "issuer/status/plan.py"
OPERATORS: Final = "issuer/services/operators.py"
WORKING: Final = "cli/working.py"
OUTPUT: Final = "cli/output.py"

BREAKS: Final = (
    Break(
        "worker: while it fails the worker waits longer each time",
        LOOP,
        "min(2 * pause, LONGEST_SECONDS)",
        "POLL_SECONDS",
        "worker/test_loop.py::test_while_it_fails_it_waits_longer_and_a_success_ends_that",
    ),
    Break(
        "worker: between two tries the wait has an end",
        LOOP,
        "min(2 * pause, LONGEST_SECONDS)",
        "2 * pause",
        "worker/test_loop.py::test_while_it_fails_it_waits_longer_and_a_success_ends_that",
    ),
    Break(
        "worker: new work is tried at once, however long it failed",
        LOOP,
        "        if worker.newest_work() > begun:\n",
        "        if False:\n",
        "worker/test_loop.py::test_new_work_is_tried_at_once",
    ),
    Break(
        "worker: why a try failed is noted beside the work",
        OUTBOX,
        "row.last_error if error is None else error",
        "row.last_error",
        "worker/test_failing.py",
    ),
    Break(
        "worker: a change that is recorded and not public is told as that",
        WORKING,
        "        raise _not_public(error, count) from error\n\n\n@contextmanager",
        "        raise\n\n\n@contextmanager",
        "cli/test_recorded.py::test_what_could_not_be_published_is_recorded_and_the_next_run_publishes_it",
    ),
    Break(
        "worker: who waits takes the worker's place when it is free",
        WORKING,
        "        self.turn()\n\n",
        "\n",
        "cli/test_recorded.py::test_a_command_that_waits_takes_the_lock_when_it_is_free",
    ),
    Break(
        "worker: who waits is told what the worker noted",
        WORKING,
        "        if reason and reason != self.reason:\n",
        "        if False:\n",
        "cli/test_recorded.py::test_a_command_that_waits_shows_why_the_worker_could_not",
    ),
    Break(
        "worker: a clock that is far ahead signs nothing",
        CLOCK,
        "now <= last + MOST_AHEAD",
        "now <= datetime.max.replace(tzinfo=now.tzinfo)",
        "worker/test_clock.py::test_a_clock_that_jumped_signs_nothing",
    ),
    Break(
        "worker: a clock that stands before what was recorded signs nothing",
        CLOCK,
        "last - MOST_BEHIND <= now",
        "datetime.min.replace(tzinfo=now.tzinfo) <= now",
        "worker/test_clock.py::test_a_clock_that_jumped_signs_nothing",
    ),
    Break(
        "worker: the clock is asked before a worker does anything",
        WORKER,
        "            clock.check(opened)\n",
        "",
        "worker/test_clock.py::test_a_clock_that_jumped_takes_no_work",
    ),
    Break(
        "worker: a confirmation counts for the snapshot before it, also after a kill",
        CLOCK,
        "int(details[_BEFORE]) >= sequence",
        "False",
        "worker/test_clock.py::test_a_register_that_was_written_under_a_wrong_clock_goes_on_after_one_confirmation",
    ),
    Break(
        "worker: a time source that agrees with the clock is believed, another is not",
        CLOCK,
        "abs(now - said) <= MOST_BEHIND",
        "True",
        "worker/test_clock.py::test_a_time_source_is_asked_when_the_clock_is_in_question",
    ),
    Break(
        "worker: a log holds no text of a foreign error",
        MACHINE,
        '        yield f"{type(now).__module__}.{type(now).__qualname__}{code}"\n',
        '        yield f"{type(now).__module__}.{type(now).__qualname__}{code} {now}"\n',
        "worker/test_loop.py::test_what_nobody_foresaw_is_told_by_a_number_and_kept_in_the_home",
    ),
    Break(
        "worker: a number that was given already is no fault of the machine",
        MACHINE,
        "    if rule in {_NUMBER, _NUMBER_CONSTRAINT}:\n",
        "    if False:\n",
        "cli/test_bad_days.py::test_a_counter_that_was_lowered_issues_nothing",
    ),
    Break(
        "worker: a damaged register publishes nothing, also where no damaged page is read",
        MACHINE,
        "    if found:\n",
        "    if False:\n",
        "cli/test_bad_days.py::test_a_damaged_register_is_named_with_its_page_and_publishes_nothing",
    ),
    Break(
        "worker: damage is told with its page",
        MACHINE,
        '_first_damage(home, "integrity_check") or str(error)',
        "str(error)",
        "cli/test_bad_days.py::test_damage_that_is_met_on_the_way_is_named_too",
    ),
    Break(
        "approval: an operator's act is not signed under a clock that jumped",
        SIGNING,
        "    clock.check(opened)\n",
        "",
        "worker/test_clock.py::test_an_operators_act_is_not_signed_under_a_clock_that_jumped",
    ),
    Break(
        "approval: an addition that fails leaves no key",
        OPERATORS,
        "        _take_back(opened, new.id, key)\n",
        "",
        "cli/test_office.py::test_a_failed_addition_leaves_no_key_and_no_passphrase",
    ),
    Break(
        "approval: the key of an addition that was killed is put out of use by the next one",
        OPERATORS,
        "        if (left.use, left.label) == (KeyUse.OPERATOR, label):",
        "        if False:",
        "cli/test_office.py::test_a_killed_addition_is_done_again",
    ),
    Break(
        "status: no change takes effect before the award",
        PLAN,
        "    if day < claims.award_date:\n",
        "    if False:\n",
        "status/test_status.py::test_an_order_that_does_not_hold_is_refused",
    ),
    Break(
        "status: a day before the issue takes a word of its own",
        PLAN,
        "day < issued and not order.before_issue",
        "False",
        "status/test_status.py::test_an_order_that_does_not_hold_is_refused",
    ),
    Break(
        "intake: a marked copy never overwrites the list",
        OUTPUT,
        "    if any(_same(path, each) for each in inputs):\n",
        "    if False:\n",
        "cli/test_outputs.py::test_an_input_by_another_name_is_an_input",
    ),
    Break(
        "intake: an output that is there is refused before a list is stored",
        OUTPUT,
        "    if os.path.lexists(path):\n",
        "    if False:\n",
        "cli/test_outputs.py::test_nothing_that_is_there_is_overwritten",
    ),
)
