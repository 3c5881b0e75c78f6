"""The decision whether an authority may issue an award, asked of the published trust list by the reader's own rule.

What a reader would refuse is not signed: steps 6 and 7 of the verdict (FORMAT 12) are asked before a key is touched.

    check_authorised(trust, filings, claims, issued_on=today)
"""

from __future__ import annotations

from datetime import date

from credential.authorisation import Refused, award_of, basis_of, may_be_issued
from credential.claims import Claims
from credential.filings import VerifiedFilings
from credential.trustlist import VerifiedTrustList
from issuer.errors import NotAllowedError


def check_authorised(
    trust: VerifiedTrustList,
    filings: VerifiedFilings,
    claims: Claims,
    *,
    issued_on: date,
    counted_from: date | None = None,
) -> None:
    """Check that the award may be issued on ``issued_on``.

    Args:
        trust: the published trust list.
        filings: the published filings.
        claims: what is to be signed.
        issued_on: today's civil day.
        counted_from: the day to which the gap is counted, when it is to replace another certificate.

    Raises:
        NotAllowedError: with the code of the reason that a reader's verdict would have.
        NotTrustedError: ``unknown_authority``.
    """
    authority = trust.authority(claims.issuer)
    award, basis = award_of(claims), basis_of(claims)
    decision = may_be_issued(award, basis, authority, issued_on=issued_on, counted_from=counted_from, find=filings.find)
    if isinstance(decision, Refused):
        message = f"certificate {claims.number}: {decision.fault.sentence} (awarded {award.award_date})"
        raise NotAllowedError(decision.reason.value, message, number=claims.number)
