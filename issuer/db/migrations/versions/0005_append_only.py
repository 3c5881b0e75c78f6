"""What was written once stays: audit, events and statements are appended only, a certificate's identity is fixed.

The database refuses such changes also when a program of ours is wrong. It does not stop whoever owns the database file:
against that stand the operators' signatures, the audit chain and its head in every snapshot.
"""

from __future__ import annotations

from issuer.db.migrations.triggers import append_only, changed, refuse

revision = "0005_append_only"
down_revision = "0004_certificates"
branch_labels = None
depends_on = None

_APPEND_ONLY = ("audit", "events", "statements")
_FIXED = ("number", "cti", "authority", "award", "holder", "status_list", "status_index")
_ONCE = ("credential", "to_sign", "check_code")
"""Written once; erasure may set them to null."""


def upgrade() -> None:
    """Make the triggers."""
    for table in _APPEND_ONLY:
        append_only(table)
    refuse("certificates_no_delete", "certificates", "DELETE", "a certificate is never deleted")
    fixed = changed(_FIXED)
    refuse("certificates_fixed", "certificates", "UPDATE", "a reserved identity is not changed", when=fixed)
    rewritten = " OR ".join(
        f"(OLD.{column} IS NOT NULL AND NEW.{column} IS NOT NULL AND OLD.{column} <> NEW.{column})" for column in _ONCE
    )
    message = "what was signed or reserved is not rewritten"
    refuse("certificates_once", "certificates", "UPDATE", message, when=rewritten)
