"""Operators' statements and the file of operators' keys (FORMAT 11): who did what, provable without the database.

The worker that signs certificates believes no database column that says ``approved``; it checks these.

    token = sign(Statement(act=Act.APPROVE, ...), operator_signer)
    statement = verify(token, {key.key_id: key})
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from credential import days, jose, jsonform
from credential.errors import MalformedError
from credential.history import Act
from credential.signing import Signer, VerifyKey

TYP: Final = "titlecert-statement+jwt"
OPERATORS_TYP: Final = "titlecert-operators+jwt"
VERSION: Final = 1
MAX_BYTES: Final = 256 << 10
"""A withdrawal of a whole session names some thousand certificates."""
NONCE_LENGTH: Final = 16
"""Random bytes of a statement: no two statements are the same."""
_NONCE = re.compile(r"[A-Za-z0-9_-]{22}", re.ASCII)
_ACTS: Final = frozenset(Act) - {Act.ISSUE}
"""Issuing is nobody's statement: the worker issues what was submitted and approved."""


class OperatorRole(StrEnum):
    """What an operator may do: a clerk submits, an approver approves, an administrator manages."""

    CLERK = "clerk"
    APPROVER = "approver"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One act of one operator."""

    act: Act
    deployment: str
    operator: str
    """Operator id."""
    object: Mapping[str, jsonform.Value]
    """What it is about: a batch, or certificates by number, with everything that the act changes."""
    previous: str
    """The state that the operator saw: an act on something that has moved on is refused."""
    counts: Mapping[str, int]
    digests: Mapping[str, str]
    """Name to lower-case hex SHA-256, for instance ``file`` and ``rows``."""
    issued_at: datetime
    nonce: str
    """16 random bytes in base64url: no statement counts twice."""

    def encode(self) -> bytes:
        """Return the canonical payload."""
        return jsonform.encode(
            {
                "v": VERSION,
                "act": self.act.value,
                "deployment": self.deployment,
                "operator": self.operator,
                "object": dict(self.object),
                "previous": self.previous,
                "counts": dict(self.counts),
                "digests": dict(self.digests),
                "iat": days.to_seconds(self.issued_at),
                "nonce": self.nonce,
            }
        )


def sign(statement: Statement, signer: Signer) -> str:
    """Return the statement as a JWS by an operator's key."""
    return jose.sign(statement.encode(), signer, typ=TYP)


def verify(token: str, keys: Mapping[bytes, VerifyKey]) -> Statement:
    """Return the statement of a token signed by one of ``keys``.

    Raises:
        MalformedError: form, or ``bad_statement``.
        NotTrustedError: ``unknown_key``, or the signature does not hold.
    """
    return _decode(jose.verify(token, keys, typ=TYP, max_bytes=MAX_BYTES))


def _decode(payload: bytes) -> Statement:
    match jsonform.decode_object(payload, max_bytes=MAX_BYTES):
        case {
            "v": int(version),
            "act": str(act),
            "deployment": str(deployment),
            "operator": str(operator),
            "object": dict(target),
            "previous": str(previous),
            "counts": dict(counts),
            "digests": dict(digests),
            "iat": int(iat),
            "nonce": str(nonce),
            **more,
        } if not more and act in _ACTS and _NONCE.fullmatch(nonce):
            if isinstance(version, bool) or version != VERSION or isinstance(iat, bool):
                raise MalformedError("bad_statement", "statement: v is 1 and iat an instant")
        case _:
            raise MalformedError("bad_statement", "statement: not the members of FORMAT 11")
    return Statement(
        act=Act(act),
        deployment=deployment,
        operator=operator,
        object=target,
        previous=previous,
        counts={name: _count(value) for name, value in counts.items()},
        digests={name: _digest(value) for name, value in digests.items()},
        issued_at=days.from_seconds(iat),
        nonce=nonce,
    )


def _count(value: jsonform.Value) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise MalformedError("bad_statement", "statement: a count is a whole number")
    return value


def _digest(value: jsonform.Value) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[0-9a-f]{64}", value, re.ASCII):
        raise MalformedError("bad_statement", "statement: a digest is 64 lower-case hexadecimal digits")
    return value
