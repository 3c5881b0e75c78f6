"""The database: what the register asks of it, and how a register gets to another one."""

from __future__ import annotations

from typing import Final

from tests.breaks.model import Break

ENGINE: Final = "issuer/db/engine.py"
MIGRATE: Final = "issuer/db/migrate.py"
REFUSALS: Final = "issuer/db/migrations/versions/0023_refusals.py"
COPYING: Final = "issuer/db/moving.py"
MOVING: Final = "issuer/services/moving.py"
MACHINE: Final = "issuer/home/machine.py"
TESTS: Final = "register/test_postgresql.py::"
ROLES: Final = "issuer/db/migrations/roles.py"
HELD: Final = "services/test_roles.py::"
MOVES: Final = "services/test_moving.py::"

BREAKS: Final = (
    Break(
        "database: a writer reads what is committed, whatever the server does else",
        ENGINE,
        'isolation_level="READ COMMITTED", postgresql_readonly=False',
        "postgresql_readonly=False",
        f"{TESTS}test_a_writer_reads_what_is_committed_whatever_the_server_does_else",
    ),
    Break(
        "database: a reader on a server cannot write",
        ENGINE,
        'isolation_level="REPEATABLE READ", postgresql_readonly=True',
        'isolation_level="REPEATABLE READ"',
        f"{TESTS}test_a_reader_sees_one_state_and_cannot_write",
    ),
    Break(
        "database: texts are kept in UTF-8",
        ENGINE,
        "    if encoding != _ENCODING:",
        "    if False:",
        f"{TESTS}test_a_database_that_does_not_keep_utf_8_is_refused",
    ),
    Break(
        "database: texts are compared by code points",
        MIGRATE,
        '"head")\n        by_code_point(connection)\n',
        '"head")\n',
        f"{TESTS}test_texts_are_ordered_by_code_points_whatever_the_database_does",
    ),
    Break(
        "database: no table from which nothing is deleted is emptied at once",
        REFUSALS,
        "    for table in _KEPT:",
        "    for table in ():",
        f"{TESTS}test_a_register_from_before_gets_the_same_refusals",
    ),
    Break(
        "database: what a trigger of before refuses is told as a broken rule",
        REFUSALS,
        "        if found is not None:",
        "        if False:",
        f"{TESTS}test_a_register_from_before_gets_the_same_refusals",
    ),
    Break(
        "database: what a reader may not write has a code",
        MACHINE,
        '    "25006": ("not_writable", "it can only be read"),\n',
        "",
        f"{TESTS}test_a_reader_sees_one_state_and_cannot_write",
    ),
    Break(
        "database: a worker changes no row of what is appended only",
        ROLES,
        'acts += ["UPDATE"] if table not in APPENDED else []',
        'acts += ["UPDATE"]',
        f"{HELD}test_a_worker_alters_no_table_and_undoes_nothing",
    ),
    Break(
        "database: a worker removes no row but what is erased or no longer published",
        ROLES,
        'acts += ["DELETE"] if table in REMOVED_FROM else []',
        'acts += ["DELETE"]',
        f"{HELD}test_a_worker_alters_no_table_and_undoes_nothing",
    ),
    Break(
        "database: a reader writes nothing",
        ROLES,
        """ON "{table}" TO {WORKER}'))""",
        """ON "{table}" TO {WORKER}, {READER}'))""",
        f"{HELD}test_a_reader_reads",
    ),
    Break(
        "database: nobody goes on with a register that was moved",
        MOVING,
        "            mark_moved(old.connection())\n",
        "",
        f"{MOVES}test_nobody_goes_on_with_the_old_register",
    ),
    Break(
        "database: who waits for their turn does not write into a register that was moved",
        COPYING,
        '        refuse("audit_moved", "audit", "INSERT", "the register was moved")',
        "        pass",
        f"{MOVES}test_nobody_goes_on_with_the_old_register",
    ),
    Break(
        "database: what was copied is read back and compared",
        COPYING,
        "        _require_equal(digest_before, digest_of(target, table))\n",
        "",
        f"{MOVES}test_a_copy_that_differs_is_undone",
    ),
    Break(
        "database: new rows are numbered behind those that were copied",
        COPYING,
        "        number_on(target, table)\n",
        "",
        f"{MOVES}test_every_row_arrives_and_work_goes_on_there",
    ),
    Break(
        "database: nothing is copied beside the tables of another program",
        COPYING,
        "    if other:",
        "    if False:",
        f"{MOVES}test_a_database_that_holds_something_is_refused",
    ),
)
