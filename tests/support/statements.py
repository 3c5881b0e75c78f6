"""Two operators' statements in order, one of each kind: on a batch and on certificates.

token = statements.sign(replace(STATEMENT, operator="wang-wu"), signer)
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from credential.history import Act
from credential.statements import Statement
from tests.support.clock import NOW

STATEMENT: Final = Statement(
    act=Act.APPROVE,
    deployment="demo",
    operator="li-si",
    object={"authority": "province", "batch": "2026-001", "decision_document": "示人社〔2026〕12号"},
    previous="submitted",
    counts={"rows": 24, "rejected": 1, "waiting": 23},
    digests={"file": "ab" * 32, "rows_root": "cd" * 32},
    issued_at=NOW,
    nonce="AAECAwQFBgcICQoLDA0ODw",
)
"""On a batch."""
WITHDRAWAL: Final = replace(
    STATEMENT,
    act=Act.WITHDRAW,
    object={
        "authority": "province",
        "basis": "第三十四条",
        "document": "示人社撤〔2026〕1号",
        "effective": "2026-11-21",
        "reason": "fraud",
    },
    previous="valid",
    counts={"certificates": 2},
    digests={"certificates_root": "ef" * 32},
)
"""On certificates."""
