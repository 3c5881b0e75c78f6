"""The statements that PostgreSQL gets from each migration, read by squawk; what it warns of is accepted with a reason.

The migrations ask which database they are on, so there is no script without one: the statements are taken down while
they are executed on an empty database.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import event

from issuer.db.engine import for_writing, open_engine
from issuer.db.migrate import _config
from tests.support import postgresql

pytestmark = pytest.mark.slow

SQUAWK = Path(sys.executable).with_name("squawk")
TOLD = re.compile(r"\s*(SELECT|(INSERT INTO|UPDATE|DELETE FROM) alembic_version)\b", re.IGNORECASE)
"""Questions, and the note of the version."""

ALWAYS = {
    "prefer-text-field": "lengths are caps of the formats, the same on SQLite; a longer cap is a migration anyway",
    "prefer-bigint-over-int": "what is counted stays below 2^31: rows of a list, places in a status list, snapshots",
    "prefer-identity": "SQLAlchemy's usual key, the same on both databases; ids of the outbox are never chosen by hand",
    "require-lock-timeout": "every connection of ours sets it when it opens (issuer/db/engine.py)",
    "require-statement-timeout": "an upgrade is asked for by a person, with no worker running, and takes what it takes",
    "require-concurrent-index-creation": "an upgrade is one transaction, and nobody works meanwhile (home upgrade)",
    "require-concurrent-index-deletion": "an upgrade is one transaction, and nobody works meanwhile (home upgrade)",
}
"""Accepted in every migration, with the reason."""
ONCE = {
    ("0007_words", "renaming-column"): "no program of before goes on with the newer tables (newer_register)",
    ("0007_words", "changing-column-type"): "numbers become words once; nobody works meanwhile",
    ("0007_words", "constraint-missing-not-valid"): "every row is checked at once: the rows were just written",
    ("0010_authorities", "adding-foreign-key-constraint"): "the columns are new, so there is nothing to check",
    ("0010_authorities", "ban-drop-default"): "the default filled what was there; new rows give the value themselves",
    ("0011_replaced", "adding-foreign-key-constraint"): "the column is new, so there is nothing to check",
    ("0011_replaced", "constraint-missing-not-valid"): "nobody works meanwhile, so rows may be checked at once",
    ("0011_replaced", "ban-drop-constraint"): "the check of kinds is made anew, wider, in the next statement",
    ("0009_evidence", "ban-drop-column"): "the bytes stand in the new column, and the object inside them",
    ("0009_evidence", "ban-drop-default"): "the default filled what was there; new rows give the value themselves",
    ("0012_roots", "ban-drop-column"): "a digest of rows is no proof any more; such batches are checked anew",
    ("0012_roots", "ban-drop-default"): "the default filled what was there; new rows give the value themselves",
    ("0013_persons", "ban-drop-default"): "the default filled what was there; new rows give the value themselves",
    ("0016_confirmed", "ban-drop-function"): "the trigger is made anew in the same migration, with a condition",
    ("0016_confirmed", "adding-foreign-key-constraint"): "the column is new, so there is nothing to check",
    ("0016_confirmed", "constraint-missing-not-valid"): "the column is new, so there is nothing to check",
    ("0017_audit", "adding-foreign-key-constraint"): "the column is new, so there is nothing to check",
    ("0025_chain", "renaming-table"): "entries and chain stand in new tables; nobody works meanwhile",
    ("0025_chain", "renaming-object"): "the new table takes the name of the old one's key",
    ("0025_chain", "ban-drop-table"): "every row of it stands in the two new tables by then",
    ("0031_deceased", "ban-drop-constraint"): "the check of reasons is made anew, wider, in the next statement",
    ("0031_deceased", "constraint-missing-not-valid"): "nobody works meanwhile, so rows may be checked at once",
}
"""Accepted in one migration, with the reason."""


@cache
def scripts() -> dict[str, str]:
    """What PostgreSQL is told by each migration, in order."""
    engine = open_engine(postgresql.running().new_database())
    told: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not TOLD.match(statement):
            told.append(re.sub(r"%\(\w+\)s", "'x'", statement).strip().rstrip(";") + ";\n")

    found = {}
    config = _config()
    revisions = [each.revision for each in ScriptDirectory.from_config(config).walk_revisions()]
    event.listen(engine, "before_cursor_execute", note)
    for revision in reversed(revisions):
        told.clear()
        with for_writing(engine).begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
        found[revision] = "".join(told)
    engine.dispose()
    return found


def warned(script: str, folder: Path) -> Iterator[tuple[str, str]]:
    """The rules that squawk finds broken, with its sentence."""
    file = folder / "migration.sql"
    file.write_text(script, encoding="utf-8")
    words = [SQUAWK, "--assume-in-transaction", "--pg-version", "15", "--reporter", "json", file]
    done = subprocess.run(words, check=False, capture_output=True, text=True)
    assert done.returncode in {0, 1}, done.stderr
    for each in json.loads(done.stdout):
        yield each["rule_name"], f"line {each['line']}: {each['message']}"


def test_squawk_warns_of_nothing_that_is_not_accepted_with_a_reason(tmp_path: Path) -> None:
    wrong = [
        f"{revision}: {rule}, {sentence}"
        for revision, script in scripts().items()
        for rule, sentence in warned(script, tmp_path)
        if rule not in ALWAYS and (revision, rule) not in ONCE
    ]
    assert not wrong, "change the migration, or accept it here with the reason"


def test_nothing_is_accepted_that_squawk_does_not_warn_of(tmp_path: Path) -> None:
    found = {(revision, rule) for revision, script in scripts().items() for rule, _ in warned(script, tmp_path)}
    assert set(ONCE) <= found
    assert set(ALWAYS) <= {rule for _, rule in found}


def test_what_squawk_is_for_is_found(tmp_path: Path) -> None:
    bad = "ALTER TABLE events ADD COLUMN more integer NOT NULL;\nDROP TABLE audit;\nDROP DATABASE register;\n"
    rules = {rule for rule, _ in warned(bad, tmp_path)}
    assert {"adding-required-field", "ban-drop-table", "ban-drop-database"} <= rules
    assert len(scripts()) >= 23
    assert "CREATE TABLE certificates" in scripts()["0004_certificates"]
