"""A head of the audit as a file, signed by the publisher key: for an archive or a time-stamp service (FORMAT 11.4).

Rules: a file holds one token, and is never written over. Only ``verify`` makes the head of a file believed. A witness's
copy is a text of lines, ``LENGTH HEAD``: it lies with whoever wrote it down, so nothing in it is signed.

    token = sign(DatedHead(deployment="shifan", head=head, at=now), publisher)
    kept = verify(token, trust, deployment="shifan", name="2026-11-30.jws")
    lines = read_witness(data, name="witness.txt")
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from credential import days, jose, jsonform
from credential.errors import CredentialError
from credential.members import Members
from credential.signing import Signer
from credential.trustlist import VerifiedTrustList
from issuer.audit import ChainHead
from issuer.auditing.walk import Keeper, KeptHead
from issuer.errors import InputError

TYP: Final = "titlecert-audit-head+jwt"
MAX_BYTES: Final = 2048
"""A token has under 500 bytes."""
MAX_WITNESS_BYTES: Final = 16 << 20
"""A line for every snapshot of thirty years, ten a day."""
_LINE: Final = re.compile(r"([0-9]{1,15}) ([0-9a-f]{64})", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class DatedHead:
    """Where the chain of a deployment stood at an instant."""

    deployment: str
    head: ChainHead
    at: datetime


def sign(dated: DatedHead, publisher: Signer) -> str:
    """Return the token."""
    payload = {
        "v": 1,
        "deployment": dated.deployment,
        "length": dated.head.length,
        "head": dated.head.head.hex(),
        "at": days.to_seconds(dated.at.replace(microsecond=0)),
    }
    return jose.sign(jsonform.encode(payload), publisher, typ=TYP)


def verify(data: bytes, trust: VerifiedTrustList, *, deployment: str, name: str) -> KeptHead:
    """Return the head of a file that a publisher key of the trust list signed, also one that has ended since.

    Raises:
        InputError: ``bad_head_file``: not in the form, of another deployment, or signed by nobody known.
    """
    try:
        message = jose.parse(data.removesuffix(b"\n"), typ=TYP, max_bytes=MAX_BYTES)
        dated = _read(message.verify(trust.key(message.key_id, use="publisher").key))
    except CredentialError as error:
        raise _bad(name, str(error)) from error
    if dated.deployment != deployment:
        raise _bad(name, f"it is of {dated.deployment}, not of {deployment}")
    return KeptHead(head=dated.head, keeper=Keeper.FILE, name=name)


def read_witness(data: bytes, *, name: str) -> tuple[KeptHead, ...]:
    """Return the heads of a witness's copy: lines ``LENGTH HEAD``, the head as 64 small hexadecimal digits.

    Raises:
        InputError: ``bad_head_file``: a line is something else, there is none, or the file is too large.
    """
    if len(data) > MAX_WITNESS_BYTES:
        raise _bad(name, f"it has more than {MAX_WITNESS_BYTES} bytes")
    found = tuple(_lines(data, name))
    if not found:
        raise _bad(name, "it has no line LENGTH HEAD")
    return found


def _lines(data: bytes, name: str) -> Iterator[KeptHead]:
    for number, line in enumerate(data.splitlines(), start=1):
        found = _LINE.fullmatch(line.decode("ascii", "replace"))
        if found is None:
            raise _bad(name, f"line {number} is not LENGTH HEAD")
        head = ChainHead(length=int(found[1]), head=bytes.fromhex(found[2]))
        yield KeptHead(head=head, keeper=Keeper.WITNESS, name=f"{name}:{number}")


def _read(payload: bytes) -> DatedHead:
    members = Members(
        jsonform.decode(payload, max_bytes=MAX_BYTES), "audit head", {"at", "deployment", "head", "length", "v"}
    )
    members.constant("v", 1)
    return DatedHead(
        deployment=members.text("deployment", most=64),
        head=ChainHead(length=members.integer("length"), head=members.digest("head")),
        at=members.instant("at"),
    )


def _bad(name: str, why: str) -> InputError:
    message = f"{name} keeps no head of this deployment's audit: {why}; take another copy of it"
    return InputError("bad_head_file", message, file=name)
