"""What was decided about awards of a list: most rows ask the same question of the same grants and filings.

Rules. A question is asked once for all rows that ask it with the same words; whatever changes the answer is among them.
What was decided lives as long as one check, which has one register and one day.

    decided = Decided(context, today)
    decided.grants(award, counted_from=None)        # as credential.authorisation.decide_grants
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from credential.authorisation import Award, Basis, IssuingAuthority, Settled, decide_grants, may_be_issued
from credential.filings import Filing


@dataclass(frozen=True, slots=True)
class Decided:
    """The decisions of one check."""

    authority: IssuingAuthority
    today: date
    _grants: dict[tuple[Award, date | None], Settled] = field(default_factory=dict, init=False, repr=False)
    _issues: dict[tuple[Award, Basis, Filing | None, date | None], Settled] = field(
        default_factory=dict, init=False, repr=False
    )

    def grants(self, award: Award, *, counted_from: date | None) -> Settled:
        """Whether grants cover an award, as ``decide_grants`` says it."""
        key = (award, counted_from)
        if key not in self._grants:
            found = decide_grants(award, self.authority, issued_on=self.today, counted_from=counted_from)
            self._grants[key] = found
        return self._grants[key]

    def issue(self, award: Award, basis: Basis, filing: Filing | None, *, counted_from: date | None) -> Settled:
        """Whether an award may be issued, as ``may_be_issued`` says it; ``filing`` is the one it rests on."""
        key = (award, basis, filing, counted_from)
        if key not in self._issues:
            filed = {} if filing is None else {filing.number: filing}
            self._issues[key] = may_be_issued(
                award, basis, self.authority, issued_on=self.today, counted_from=counted_from, find=filed.get
            )
        return self._issues[key]
