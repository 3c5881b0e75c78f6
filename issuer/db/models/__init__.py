"""All tables of the register. Importing this package fills ``Row.metadata``."""

from __future__ import annotations

from issuer.db.models.base import Instant, Row
from issuer.db.models.certificates import (
    CertificateRow,
    CertificateState,
    EventKind,
    EventRow,
    IntegrityRecordRow,
    NumberCounterRow,
    SignedHistoryRow,
    Stage,
)
from issuer.db.models.holders import AwardRow, AwardState, BatchRow, BatchState, HolderRow, StatementRow
from issuer.db.models.office import (
    AuthorityRow,
    AuthorityState,
    CatalogueVersionRow,
    CommitteeRow,
    DeploymentRow,
    FilingRow,
    GrantRow,
    OperatorRole,
    OperatorRow,
    Over,
    RegionRow,
    SpecialtyRow,
)
from issuer.db.models.publishing import AuditRow, OutboxRow, PublicationRow
from issuer.db.models.trust import DocumentCertificateRow, KeyState, SealedCertificateRow, TrustKeyRow

__all__ = [
    "AuditRow",
    "AuthorityRow",
    "AuthorityState",
    "AwardRow",
    "AwardState",
    "BatchRow",
    "BatchState",
    "CatalogueVersionRow",
    "CertificateRow",
    "CertificateState",
    "CommitteeRow",
    "DeploymentRow",
    "DocumentCertificateRow",
    "EventKind",
    "EventRow",
    "FilingRow",
    "GrantRow",
    "HolderRow",
    "Instant",
    "IntegrityRecordRow",
    "KeyState",
    "NumberCounterRow",
    "OperatorRole",
    "OperatorRow",
    "OutboxRow",
    "Over",
    "PublicationRow",
    "RegionRow",
    "Row",
    "SealedCertificateRow",
    "SignedHistoryRow",
    "SpecialtyRow",
    "Stage",
    "StatementRow",
    "TrustKeyRow",
]
