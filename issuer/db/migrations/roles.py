"""On PostgreSQL, what the roles of processes may do, so that a process that was taken over drops no trigger.

Rules: the owner of the database makes the tables and runs upgrades, nothing else. A process connects as a user that is
a member of one of these roles, where the owner made them; each upgrade ends with granting them exactly what follows. A
worker, and a person's command, reads and adds rows, changes those that change, and removes what may be removed; it
alters no table. A reader reads. The unlock service reads, counts tries, uses codes up, ends sessions and notes what it
did: it writes no certificate, event, statement or batch. What triggers refuse, the roles are not granted either.

    CREATE ROLE titlecert_worker NOLOGIN          -- by the owner, once
    grant_roles(connection)
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, text

WORKER: Final = "titlecert_worker"
READER: Final = "titlecert_reader"
UNLOCK: Final = "titlecert_unlock"
UNLOCK_MAY: Final = {
    "audit": "INSERT",
    "audit_pending": "INSERT",
    "claim_codes": "UPDATE (used)",
    "code_tries": "INSERT, UPDATE",
    "ended_sessions": "INSERT, UPDATE, DELETE",
    "id_tries": "INSERT, UPDATE",
    "sign_ins": "INSERT, DELETE",
}
"""By table, what the unlock service may do beside reading."""
APPENDED: Final = (
    "audit",
    "audit_chain",
    "ended_entries",
    "backups",
    "found_events",
    "case_certificates",
    "case_steps",
    "holder_merges",
    "integrity_exported",
    "integrity_exports",
    "integrity_receipts",
    "integrity_records",
    "integrity_stated",
    "published_files",
    "restorations",
    "stated_certificates",
    "statements",
)
"""The tables of which no row ever changes."""
REMOVED_FROM: Final = (
    "audit_pending",
    "claim_deliveries",
    "ended_sessions",
    "faces",
    "journal",
    "journal_marks",
    "photos",
    "retired_files",
    "sealed_certificates",
    "sign_ins",
)
"""The tables from which rows go: what is erased, sent or over, what is no longer published, what no longer waits."""
_THERE: Final = text("SELECT rolname FROM pg_roles WHERE rolname IN (:worker, :reader, :unlock) ORDER BY rolname")
_TABLES: Final = text("SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename")


def grant_roles(connection: Connection) -> None:
    """Grant each role that is there what it may do, and nothing that an earlier version granted it."""
    if connection.dialect.name != "postgresql":
        return
    roles = connection.scalars(_THERE, {"worker": WORKER, "reader": READER, "unlock": UNLOCK}).all()
    if not roles:
        return
    schema = f'"{connection.scalar(text("SELECT current_schema()"))}"'
    tables = connection.scalars(_TABLES).all()
    for role in roles:
        for what in ("TABLES", "SEQUENCES"):
            connection.execute(text(f"REVOKE ALL ON ALL {what} IN SCHEMA {schema} FROM {role}"))
        connection.execute(text(f"GRANT USAGE ON SCHEMA {schema} TO {role}"))
        connection.execute(text(f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {role}"))
    if WORKER in roles:
        _let_work(connection, schema, [table for table in tables if table != "alembic_version"])
    if UNLOCK in roles:
        for table, acts in UNLOCK_MAY.items():
            connection.execute(text(f'GRANT {acts} ON "{table}" TO {UNLOCK}'))


def _let_work(connection: Connection, schema: str, tables: list[str]) -> None:
    connection.execute(text(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {schema} TO {WORKER}"))
    for table in tables:
        acts = ["INSERT"]
        acts += ["UPDATE"] if table not in APPENDED else []
        acts += ["DELETE"] if table in REMOVED_FROM else []
        connection.execute(text(f'GRANT {", ".join(acts)} ON "{table}" TO {WORKER}'))
