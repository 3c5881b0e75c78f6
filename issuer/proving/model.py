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


PROVEN: Final[Mapping[str, str]] = {
    "audit": "hashes of the chain, against every kept head",
    "audit_chain": "hashes of the chain, against every kept head",
    "audit_pending": "every entry has a place or waits for one",
    "authorities": "the published trust list",
    "awards": "the root of the batch, which two operators signed",
    "batches": "the statements of two operators, and its rows counted",
    "catalogue_versions": "its digest, and the published catalogue",
    "certificates": "the credential's signature, and the row that was approved",
    "committees": "the published file of filings",
    "deployment": "the settings of the home, and the file of operators",
    "document_certificates": "the published trust list",
    "events": "an operator's statement for each, and the published history",
    "faces": "the row that was approved, and the status key's signature",
    "filings": "the published file of filings",
    "grants": "the published trust list",
    "holder_merges": "an operator's statement for each",
    "holders": "the sealed ID document, and the keyed index of it",
    "integrity_records": "the statement of each withdrawal for fraud",
    "integrity_stated": "the root of the list that an operator signed",
    "number_counters": "no number is above its counter",
    "operators": "the administrator's file of operators",
    "photos": "the digest in the row that was approved",
    "publications": "the publisher key's signature",
    "published_files": "its digest, and the root's signature",
    "regions": "the published trust list",
    "sealed_certificates": "it opens to the credential",
    "signed_histories": "the status key's signature, over the events",
    "stated_certificates": "the root that an operator signed",
    "statements": "the operator's signature",
    "trust_keys": "the published trust list",
}
"""Each table that is proven, and by what."""

NOT_PROVEN: Final[Mapping[str, str]] = {
    "backups": "what was copied is proven by the copies",
    "case_certificates": "which certificates a case is about; a change of one asks for its own statement",
    "case_steps": "when each act was recorded; the statement that it names is proven",
    "cases": "an id and a sealed key; each act has a statement",
    "claim_codes": "keyed digests of codes that nobody signs; a code opens its holder's rows and no others",
    "claim_collections": "who fetched a slip, as the counter noted it",
    "claim_deliveries": "letters that wait",
    "code_tries": "counters of tries",
    "ended_entries": "why and from which day an entry ended; the root signs the lists, and the audit says who",
    "ended_sessions": "sessions that ended",
    "found_events": "what a restoration found; each is ordered anew by a signed act",
    "holder_requests": "what holders asked and the office answered, sealed and not signed",
    "id_tries": "counters of tries",
    "integrity_exported": "which records a file for the credit platform had; the audit says how many",
    "integrity_exports": "files that were made for the credit platform; the audit names each",
    "integrity_receipts": "what the credit platform answered, which nobody signed",
    "integrity_persons": "a name and an ID document, sealed; the keyed index of the person is what is signed for",
    "journal": "where the journal is",
    "journal_marks": "what the journal is to write",
    "leases": "who works on what just now",
    "notices": "letters that wait; what they tell is taken from events, which are proven",
    "orders": "which statement answers which; each is proven, and an event asks for both",
    "outbox": "work that waits; what changed is found from events",
    "restorations": "what was skipped; the audit's entry says it too",
    "retired_files": "files of the publication that may go",
    "sign_ins": "sign-ins that have begun",
    "specialties": "an authority's own list; the row that was approved names the specialty",
}
"""Each table that nothing signed stands behind, and why nothing rests on it."""
