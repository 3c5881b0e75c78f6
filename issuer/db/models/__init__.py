"""All tables of the register. Importing this package fills ``Row.metadata``."""

from __future__ import annotations

from issuer.db.models.base import Instant, Row
from issuer.db.models.certificates import (
    CertificateRow,
    EventRow,
    FaceRow,
    IntegrityRecordRow,
    NumberCounterRow,
    SignedHistoryRow,
    Stage,
)
from issuer.db.models.holders import (
    AwardRow,
    AwardState,
    BatchRow,
    BatchState,
    HolderRow,
    PhotoRow,
    StatedCertificateRow,
    StatementRow,
)
from issuer.db.models.office import (
    AuthorityRow,
    CatalogueVersionRow,
    CommitteeRow,
    DeploymentRow,
    EntryState,
    FilingRow,
    GrantRow,
    OperatorRow,
    RegionRow,
    SpecialtyRow,
)
from issuer.db.models.publishing import (
    AuditChainRow,
    AuditPendingRow,
    AuditRow,
    OutboxRow,
    PublicationRow,
    PublishedFileRow,
    RetiredFileRow,
)
from issuer.db.models.trust import DocumentCertificateRow, SealedCertificateRow, TrustKeyRow

__all__ = [
    "AuditChainRow",
    "AuditPendingRow",
    "AuditRow",
    "AuthorityRow",
    "AwardRow",
    "AwardState",
    "BatchRow",
    "BatchState",
    "CatalogueVersionRow",
    "CertificateRow",
    "CommitteeRow",
    "DeploymentRow",
    "DocumentCertificateRow",
    "EntryState",
    "EventRow",
    "FaceRow",
    "FilingRow",
    "GrantRow",
    "HolderRow",
    "Instant",
    "IntegrityRecordRow",
    "NumberCounterRow",
    "OperatorRow",
    "OutboxRow",
    "PhotoRow",
    "PublicationRow",
    "PublishedFileRow",
    "RegionRow",
    "RetiredFileRow",
    "Row",
    "SealedCertificateRow",
    "SignedHistoryRow",
    "SpecialtyRow",
    "Stage",
    "StatedCertificateRow",
    "StatementRow",
    "TrustKeyRow",
]
