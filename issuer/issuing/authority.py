"""The decision whether an authority may issue an award, asked of the published trust list by the reader's own rule.

What a reader would refuse is not signed: steps 6 and 7 of the verdict (FORMAT 12) are asked before a key is touched.

    Rights(trust, filings, authority).check_claims(claims, issued_on=today)
"""

from __future__ import annotations

from datetime import date

from credential.authorisation import Award, Basis, Decision, Refused, award_of, basis_of, may_be_issued
from credential.claims import Claims
from credential.filings import VerifiedFilings
from credential.trustlist import VerifiedTrustList
from issuer.errors import NotAllowedError
from issuer.intake.model import AwardDraft


class Rights:
    """The rights of one authority: asked once for all awards that are alike, as those of one list are."""

    def __init__(self, trust: VerifiedTrustList, filings: VerifiedFilings, authority: str) -> None:
        """Take the published trust list and filings.

        Raises:
            NotTrustedError: ``unknown_authority``.
        """
        self._authority = trust.authority(authority)
        self._find = filings.find
        self._known: dict[tuple[Award, Basis, date, date | None], Decision] = {}

    def check_claims(self, claims: Claims, *, issued_on: date, counted_from: date | None = None) -> None:
        """Check that the award of a certificate may be issued on ``issued_on``.

        Args:
            claims: what is to be signed.
            issued_on: today's civil day.
            counted_from: the day to which the gap is counted, when it is to replace another certificate.

        Raises:
            NotAllowedError: with the code of the reason that a reader's verdict would have.
        """
        what, number = f"certificate {claims.number}", claims.number
        self.check(award_of(claims), basis_of(claims), issued_on, counted_from, what=what, number=number)

    def check(
        self,
        award: Award,
        basis: Basis,
        issued_on: date,
        counted_from: date | None,
        *,
        what: str,
        **fields: object,
    ) -> None:
        """Check that an award may be issued; ``what`` names it in the error. Raises as ``check_claims``."""
        asked = (award, basis, issued_on, counted_from)
        decision = self._known.get(asked)
        if decision is None:
            decision = self._known[asked] = may_be_issued(
                award, basis, self._authority, issued_on=issued_on, counted_from=counted_from, find=self._find
            )
        if isinstance(decision, Refused):
            message = f"{what}: {decision.fault.sentence} (awarded {award.award_date})"
            raise NotAllowedError(decision.reason.value, message, **fields)


def award_of_row(draft: AwardDraft) -> Award:
    """As ``credential.authorisation.award_of`` of the claims that the row will have."""
    scope = None if draft.scope is None else str(int(draft.scope.region))
    return Award(series=draft.series, level=draft.level, way=draft.way, award_date=draft.award_date, scope=scope)


def basis_of_row(draft: AwardDraft) -> Basis:
    """As ``credential.authorisation.basis_of`` of the claims that the row will have."""
    return Basis(kind=int(draft.basis_kind), reference=draft.basis_reference)
