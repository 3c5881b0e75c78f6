"""The decision whether an authority may issue an award, asked of the published trust list with the reader's own parts.

What a reader would refuse is not signed: steps 6 and 7 of the verdict (FORMAT 12) run here before a key is touched.

    grant = check_authorised(trust, filings, claims, issued_on=today)
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from credential.claims import BASIS_HISTORICAL, WAY_HISTORICAL, Claims
from credential.errors import CredentialError
from credential.filings import VerifiedFilings
from credential.grants import Grant, matching_grants, needs_committee
from credential.trustlist import VerifiedTrustList
from issuer.errors import NotAllowedError

BASIS_FILING: Final = 1


def check_authorised(trust: VerifiedTrustList, filings: VerifiedFilings, claims: Claims, *, issued_on: date) -> Grant:
    """Return a grant under which the award may be issued on ``issued_on``.

    Raises:
        NotAllowedError: with the code that a reader's verdict would have: ``no_grant``, ``scope``,
            ``no_right_to_issue``, ``late``, ``award_after_issue``, ``committee_not_on_file``, ``committee_expired``,
            ``committee_scope``, ``basis_kind``, ``no_recording_grant``.
    """
    if claims.award_date > issued_on:
        raise _refuse("award_after_issue", f"awarded on {claims.award_date}, after today", claims)
    if claims.basis_kind == BASIS_HISTORICAL:
        return _matching(trust, claims, issued_on, way=WAY_HISTORICAL, code="no_recording_grant")[0]
    grants = _matching(trust, claims, claims.award_date, way=claims.way, code=None)
    _matching(trust, claims, issued_on, way=None, code="no_right_to_issue")
    gap = (issued_on - claims.award_date).days
    in_time = [each for each in grants if gap <= each.max_gap_days]
    if not in_time:
        raise _refuse("late", f"{gap} days lie between award and issue; no grant allows that many", claims)
    _check_basis(trust, filings, claims, in_time)
    return in_time[0]


def _check_basis(trust: VerifiedTrustList, filings: VerifiedFilings, claims: Claims, grants: Sequence[Grant]) -> None:
    if claims.basis_kind != BASIS_FILING:
        if needs_committee(grants, claims.way):
            raise _refuse("basis_kind", "this way needs a committee's filing as its basis", claims)
        return
    scope = _scope(claims)
    try:
        filings.decide(
            claims.basis_reference,
            series=claims.series,
            level=claims.level,
            region=trust.authority(claims.issuer).region if scope is None else scope,
            scope=scope,
            on=claims.award_date,
        )
    except CredentialError as error:
        raise _refuse(error.code, str(error), claims) from error


def _matching(
    trust: VerifiedTrustList, claims: Claims, on: date, *, way: int | None, code: str | None
) -> tuple[Grant, ...]:
    try:
        return matching_grants(
            trust.authority(claims.issuer).grants,
            act="issue",
            series=claims.series,
            level=claims.level,
            way=way,
            scope=None if way is None else _scope(claims),
            on=on,
        )
    except CredentialError as error:
        raise _refuse(code or error.code, str(error), claims) from error


def _scope(claims: Claims) -> str | None:
    return None if claims.scope is None else str(claims.scope.region)


def _refuse(code: str, text: str, claims: Claims) -> NotAllowedError:
    return NotAllowedError(code, f"certificate {claims.number}: {text}", number=claims.number)
