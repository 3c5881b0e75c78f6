"""The claim codes that were made for a person: when, by whom, what became of each, and who collected its slip.

Rules: no code is known here. Who collected a slip is opened with the holder's own key; what was erased is left out.

    codes = codes_of(session, vault, holders)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from credential import jsonform
from issuer.claims.making import handing_of
from issuer.db import claims
from issuer.db.claims import Claim, CollectedSlip
from issuer.db.models import HolderRow
from issuer.db.sessions import ReadSession
from issuer.unlock.model import Code, Collected
from issuer.vault import DataKey, Vault

MAX_TOLD: Final = 100
"""Codes of one person that are told, the newest."""
_MAX_CODE_BYTES: Final = 1024


def codes_of(session: ReadSession, vault: Vault, holders: Sequence[str]) -> tuple[Code, ...]:
    """Return the codes that were made for a person, newest first.

    Args:
        session: reads.
        vault: opens the holders' keys.
        holders: the ids of all holders who are the person.

    Raises:
        TamperedError: something was altered or moved.
    """
    found = claims.claims_of(session, holders=holders, limit=MAX_TOLD)
    collections = claims.collections_of(session, [each.id for each in found])
    if not collections:
        return tuple(_code(each, ()) for each in found)
    keys = dict(_keys(session, vault, {each.holder for each in found}))
    return tuple(_code(each, tuple(_collected(each, collections, keys))) for each in found)


def _keys(session: ReadSession, vault: Vault, holders: set[str]) -> Iterator[tuple[str, DataKey]]:
    for row in (session.get_one(HolderRow, each) for each in holders):
        if row.wrapped_key is not None:
            yield row.id, vault.unwrap(row.wrapped_key, table="holders", row=row.id)


def _collected(claim: Claim, collections: Sequence[CollectedSlip], keys: Mapping[str, DataKey]) -> Iterator[Collected]:
    for each in collections:
        if each.claim != claim.id or claim.holder not in keys:
            continue
        plain = keys[claim.holder].open(each.who, table="claim_collections", column="who", row=each.id)
        who = jsonform.decode_object(plain, max_bytes=_MAX_CODE_BYTES)
        yield Collected(at=each.at, by=str(who["name"]), relation=str(who["relation"]), recorded_by=each.recorded_by)


def _code(claim: Claim, collected: tuple[Collected, ...]) -> Code:
    return Code(
        made=claim.made,
        made_by=claim.made_by,
        certificate=claim.number,
        expires=claim.expires,
        handing=handing_of(claim).value,
        sent=claim.sent,
        used=claim.used,
        ended=claim.ended,
        tries=claim.tries,
        collected=collected,
    )
