"""The audit in two tables: entries, written by whoever acts, and the chain, written by one sequencer.

No hash changes: every entry keeps its number, its hash and the one before. The way back first chains what waits.
"""

from __future__ import annotations

import hashlib
from typing import Any, Final

import sqlalchemy as sa
from alembic import op

from credential import jsonform
from issuer.db.migrations.triggers import append_only
from issuer.db.models.base import Instant

revision = "0025_chain"
down_revision = "0024_paced"
branch_labels = None
depends_on = None

_BEFORE: Final = "audit_before"
_FUNCTIONS: Final = ("audit_waits", "audit_chain_no_update", "audit_chain_no_delete")


def upgrade() -> None:
    """Make the three tables, fill them, and let every new entry wait for its place."""
    _put_aside()
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        *_said(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
        sqlite_autoincrement=True,
    )
    op.execute(
        "INSERT INTO audit (id, at, actor, act, object, details) "
        "SELECT ordinal, at, actor, act, object, details FROM audit_before ORDER BY ordinal"
    )
    op.create_table(
        "audit_chain",
        sa.Column("ordinal", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("entry", sa.Integer(), nullable=False),
        *_hashed(),
        sa.CheckConstraint("ordinal > 0", name=op.f("ck_audit_chain_ordinal")),
        sa.ForeignKeyConstraint(["entry"], ["audit.id"], name=op.f("fk_audit_chain_entry_audit")),
        sa.PrimaryKeyConstraint("ordinal", name=op.f("pk_audit_chain")),
        sa.UniqueConstraint("entry", name=op.f("uq_audit_chain_entry")),
        sa.UniqueConstraint("hash", name=op.f("uq_audit_chain_hash")),
    )
    op.execute(
        "INSERT INTO audit_chain (ordinal, entry, previous, hash) "
        "SELECT ordinal, ordinal, previous, hash FROM audit_before ORDER BY ordinal"
    )
    op.create_table(
        "audit_pending",
        sa.Column("entry", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("entry", name=op.f("pk_audit_pending")),
    )
    op.drop_table(_BEFORE)
    op.create_index(op.f("ix_audit_object"), "audit", ["object"])
    for table in ("audit", "audit_chain"):
        append_only(table)
    _let_wait()


def downgrade() -> None:
    """Put entries and chain together again."""
    _chain_rest()
    _put_aside()
    op.create_table(
        "audit",
        sa.Column("ordinal", sa.Integer(), autoincrement=False, nullable=False),
        *_said(),
        *_hashed(),
        sa.CheckConstraint("ordinal > 0", name=op.f("ck_audit_ordinal")),
        sa.PrimaryKeyConstraint("ordinal", name=op.f("pk_audit")),
        sa.UniqueConstraint("hash", name=op.f("uq_audit_hash")),
    )
    op.execute(
        "INSERT INTO audit (ordinal, at, actor, act, object, details, previous, hash) "
        "SELECT ordinal, at, actor, act, object, details, previous, hash "
        "FROM audit_chain JOIN audit_before ON id = entry ORDER BY ordinal"
    )
    for table in ("audit_chain", _BEFORE, "audit_pending"):
        op.drop_table(table)
    op.create_index(op.f("ix_audit_object"), "audit", ["object"])
    append_only("audit")
    if _on_server():
        for name in _FUNCTIONS:
            op.execute(f"DROP FUNCTION {name}()")


def _on_server() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _put_aside() -> None:
    op.drop_index(op.f("ix_audit_object"), "audit")
    op.rename_table("audit", _BEFORE)
    if _on_server():  # where the name of a key is that of its index, and is there once
        op.execute(f"ALTER TABLE {_BEFORE} RENAME CONSTRAINT pk_audit TO pk_{_BEFORE}")


def _said() -> list[sa.Column[Any]]:
    return [
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("act", sa.String(length=64), nullable=False),
        sa.Column("object", sa.String(length=128), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
    ]


def _hashed() -> list[sa.Column[Any]]:
    return [
        sa.Column("previous", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
    ]


def _let_wait() -> None:
    """Note every new entry as one that waits, in the transaction that adds it."""
    if not _on_server():
        op.execute(
            "CREATE TRIGGER audit_waits AFTER INSERT ON audit FOR EACH ROW "
            "BEGIN INSERT INTO audit_pending (entry) VALUES (NEW.id); END"
        )
        return
    op.execute("SELECT setval(pg_get_serial_sequence('audit', 'id'), max(id)) FROM audit HAVING count(*) > 0")
    op.execute(
        "CREATE FUNCTION audit_waits() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN INSERT INTO audit_pending (entry) SELECT id FROM added; RETURN NULL; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_waits AFTER INSERT ON audit REFERENCING NEW TABLE AS added "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_waits()"
    )


def _chain_rest() -> None:
    """Chain what waits, as FORMAT 11.4 says: the older register has no place for an entry without its hash."""
    connection = op.get_bind()
    entry = sa.table("audit", sa.column("id"), sa.column("at", Instant()), *map(sa.column, ("actor", "act", "object")))
    details = sa.column("details", sa.JSON())
    chain = sa.table("audit_chain", *map(sa.column, ("ordinal", "entry", "previous", "hash")))
    waits = sa.select(*entry.c, details).where(entry.c.id.not_in(sa.select(chain.c.entry))).order_by(entry.c.id)
    last = connection.execute(
        sa.select(chain.c.ordinal, chain.c.hash).order_by(chain.c.ordinal.desc()).limit(1)
    ).first()
    ordinal, previous = (0, bytes(32)) if last is None else (last.ordinal, bytes(last.hash))
    for row in connection.execute(waits).all():
        ordinal += 1
        said = {"act": row.act, "actor": row.actor, "at": int(row.at.timestamp()), "details": row.details}
        said |= {"n": ordinal, "object": row.object, "previous": previous.hex(), "v": 1}
        found = hashlib.sha256(jsonform.encode(said)).digest()
        connection.execute(chain.insert().values(ordinal=ordinal, entry=row.id, previous=previous, hash=found))
        previous = found
