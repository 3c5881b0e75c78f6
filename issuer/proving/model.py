"""What proving finds: a row, what is wrong with it, and which tables nothing proves.

Finding(table="certificates", object="99000020262000017", code="credential_altered", message="...")
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from credential.errors import CodedError, CredentialError
from issuer.errors import IssuerError

UNPROVEN: Final = (IssuerError, CredentialError)
"""What is raised where something is not as it was signed."""
FALLEN: Final = "fallen"
"""The code of a certificate that readers refuse because its key is said to be stolen since before it was registered."""
_TABLE_OF: Final[Mapping[str, str]] = {
    "first_event_altered": "events",
    "record_altered": "sealed_certificates",
    "rows_altered": "awards",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that is not as it was signed."""

    table: str
    object: str
    """Which row: a certificate's number, an id, a name of the office's lists."""
    code: str
    message: str
    fields: Mapping[str, Any] = field(default_factory=dict, compare=False)

    @classmethod
    def of(cls, table: str, object: str, error: CodedError) -> Finding:
        """Return what an error says of a row; some codes name the table that is meant."""
        table = _TABLE_OF.get(error.code, table)
        return cls(table=table, object=object, code=error.code, message=str(error), fields=error.fields)


PROVEN: Final = frozenset(
    {
        "audit",
        "audit_chain",
        "audit_pending",
        "authorities",
        "awards",
        "batches",
        "case_certificates",
        "case_steps",
        "cases",
        "catalogue_versions",
        "certificates",
        "committees",
        "deployment",
        "document_certificates",
        "events",
        "faces",
        "filings",
        "grants",
        "holder_merges",
        "holders",
        "integrity_persons",
        "integrity_records",
        "integrity_stated",
        "number_counters",
        "operators",
        "photos",
        "publications",
        "published_files",
        "regions",
        "sealed_certificates",
        "signed_histories",
        "stated_certificates",
        "statements",
        "trust_keys",
    }
)
"""Each table that is proven; by what stands in the words of the faces."""

NOT_PROVEN: Final = frozenset(
    {
        "backups",
        "claim_codes",
        "claim_collections",
        "claim_deliveries",
        "code_tries",
        "ended_entries",
        "ended_sessions",
        "found_events",
        "holder_requests",
        "id_tries",
        "integrity_exported",
        "integrity_exports",
        "integrity_receipts",
        "journal",
        "journal_marks",
        "leases",
        "notices",
        "orders",
        "outbox",
        "restorations",
        "retired_files",
        "sign_ins",
        "specialties",
    }
)
"""Each table that nothing signed stands behind. Nothing rests on it; why stands in the words of the faces."""
