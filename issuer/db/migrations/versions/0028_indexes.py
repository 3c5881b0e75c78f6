"""Indexes for what would otherwise read the whole register: pages of a list, later events, work on a list of awards."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028_indexes"
down_revision = "0027_leases"
branch_labels = None
depends_on = None

_NEW = {
    "certificates": ("ix_certificates_state_number", "ix_certificates_basis_number", "ix_certificates_issued_on"),
    "events": ("ix_events_later",),
    "outbox": ("ix_outbox_lists",),
    "publications": ("ix_publications_kept",),
}
_LATER = sa.text("ordinal > 1")
_KEPT = sa.text("(lists IS NOT NULL OR sizes IS NOT NULL)")
_LISTS = sa.text("topic <> 'publish'")


def upgrade() -> None:
    """Make the indexes; the one by state and number takes the place of the one by state."""
    op.create_index("ix_certificates_state_number", "certificates", ["state", "number"])
    op.drop_index(op.f("ix_certificates_state"), table_name="certificates")
    op.create_index("ix_certificates_basis_number", "certificates", ["basis_reference", "number"])
    op.create_index(op.f("ix_certificates_issued_on"), "certificates", ["issued_on"])
    later, lists = ["certificate", "ordinal"], ["object", "id"]
    op.create_index("ix_events_later", "events", later, sqlite_where=_LATER, postgresql_where=_LATER)
    op.create_index("ix_outbox_lists", "outbox", lists, sqlite_where=_LISTS, postgresql_where=_LISTS)
    for column in ("trust_version", "walked_at"):
        op.create_index(op.f(f"ix_publications_{column}"), "publications", [column])
    op.create_index("ix_publications_kept", "publications", ["sequence"], sqlite_where=_KEPT, postgresql_where=_KEPT)


def downgrade() -> None:
    """Make the indexes of before."""
    op.create_index(op.f("ix_certificates_state"), "certificates", ["state"])
    for column in ("trust_version", "walked_at"):
        op.drop_index(op.f(f"ix_publications_{column}"), table_name="publications")
    for table, names in _NEW.items():
        for name in names:
            op.drop_index(name, table_name=table)
