"""How the home stands: what is bad is found and never counts as good, and nothing that watches names anybody."""

from __future__ import annotations

from typing import Final

from tests.breaks.model import Break

GROUND: Final = "issuer/standing/ground.py"
PUBLIC: Final = "issuer/standing/public.py"
FILES: Final = "issuer/standing/files.py"
HOLDING: Final = "issuer/standing/holding.py"
DATABASE: Final = "issuer/db/standing.py"
COMMANDS: Final = "cli/commands/standing.py"
LOGS: Final = "cli/logs.py"
NOTIFYING: Final = "cli/notifying.py"
WATCHING: Final = "cli/watching.py"

DESK: Final = "issuer/desk/metrics.py"
CHECKS: Final = "standing/test_checks.py"
AROUND: Final = "cli/test_overseeing.py"

BREAKS: Final = (
    Break(
        "standing: what could not be looked at does not count as good",
        GROUND,
        "    if check.need is Need.KEYS and not ground.has_keys:\n",
        "    if False:\n",
        f"{CHECKS}::test_without_a_passphrase_what_needs_keys_is_not_looked_at_and_does_not_count_as_good",
    ),
    Break(
        "standing: a register that is away is told, and what needs it is not looked at",
        GROUND,
        "    if check.need in _EVERYTHING and ground.opened is None:\n",
        "    if check.need is Need.KEYS and ground.opened is None:\n",
        f"{CHECKS}::test_a_register_that_is_away_is_one_finding_and_the_rest_is_looked_at",
    ),
    Break(
        "standing: a snapshot that has ended is critical",
        PUBLIC,
        '        yield critical("snapshot_ended"',
        '        yield warning("snapshot_ended"',
        f"{CHECKS}::test_a_snapshot_that_was_not_renewed_is_told_before_it_ends",
    ),
    Break(
        "standing: what a stranger finds is held against the register",
        PUBLIC,
        "    if found.outcome == state.word:\n",
        "    if found.outcome:\n",
        f"{CHECKS}::test_a_stranger_who_finds_something_else_than_the_register_says_is_told",
    ),
    Break(
        "standing: work that waits too long is told",
        PUBLIC,
        "        if waited > soon:\n",
        "        if waited > now:\n",
        f"{CHECKS}::test_work_that_waits_too_long_is_told_with_what_was_noted",
    ),
    Break(
        "standing: a lease that is over is no worker",
        PUBLIC,
        "(each for each in held if each.topic == Topic.PUBLISH and each.until > ground.now)",
        "(each for each in held if each.topic == Topic.PUBLISH)",
        f"{CHECKS}::test_a_worker_that_runs_is_seen_by_its_lease_and_one_that_is_silent_too",
    ),
    Break(
        "standing: a file that others can read is found, also by their group alone",
        FILES,
        "OTHERS: Final = 0o077",
        "OTHERS: Final = 0o007",
        f"{CHECKS}::test_a_key_file_that_others_can_read_is_told_with_its_mode",
    ),
    Break(
        "standing: a key of the trust list that is not here is found",
        HOLDING,
        "        if each.key.key_id not in here:\n",
        "        if False:\n",
        f"{CHECKS}::test_a_key_that_ends_soon_and_one_that_is_away_are_told",
    ),
    Break(
        "standing: a note of the worker is told by its code and never by its sentence",
        DATABASE,
        '    return code if is_code else "unexpected"\n',
        "    return code\n",
        f"{CHECKS}::test_a_note_without_a_code_is_not_repeated",
    ),
    Break(
        "standing: the exit code says the worst",
        COMMANDS,
        "Level.CRITICAL: exits.CRITICAL}",
        "Level.CRITICAL: exits.WARNING}",
        "cli/test_standing.py::test_a_register_that_is_away_is_told_and_the_rest_is_looked_at",
    ),
    Break(
        "standing: what a library says by a handler of its own is written as a line",
        LOGS,
        "        each.handlers[:], each.propagate = [], True\n",
        "",
        f"{AROUND}::test_a_library_with_a_handler_of_its_own_is_written_as_lines_too",
    ),
    Break(
        "standing: a line of a log says only what is listed",
        LOGS,
        "if name in MAY_BE_SAID and (said",
        "if (said",
        f"{AROUND}::test_a_line_says_what_it_may_and_drops_everything_else",
    ),
    Break(
        "standing: a text in a log has no digits, so it is no number of anybody",
        LOGS,
        '_WORD: Final = re.compile(r"[a-z][a-z_.]{0,60}", re.ASCII)',
        '_WORD: Final = re.compile(r"[a-z0-9][a-z0-9_.]{0,60}", re.ASCII)',
        f"{AROUND}::test_a_line_says_what_it_may_and_drops_everything_else",
    ),
    Break(
        "standing: a watchdog is fed only while the service answers",
        NOTIFYING,
        "        if alive():\n",
        "        if True:\n",
        f"{AROUND}::test_systemd_hears_ready_when_it_answers_then_the_watchdog_then_the_end",
    ),
    Break(
        "standing: the port for those who watch is on loopback unless a host is named",
        WATCHING,
        'LOOPBACK: Final = "127.0.0.1"',
        'LOOPBACK: Final = "0.0.0.0"',
        f"{AROUND}::test_it_is_on_loopback_unless_a_host_is_named",
    ),
    Break(
        "standing: no label of the desk takes what a holder chose",
        DESK,
        'area = first if first in DESK_AREAS else "other" if first else "first"',
        "area = first",
        "desk/test_health.py::test_answers_are_counted_by_areas_of_this_desk",
    ),
)
