"""How large the credential of an award will be, asked when a list is checked and not after a number was taken.

Rules. The largest number, the largest index and the longest address of a status list are assumed: a row that fits here
fits at issue, whatever is drawn there.

    room = Room(authority="sf-hrss", region="990000", template=template, status_uri=uri, now=now)
    room.excess(draft)      # 0, or how many bytes too many
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from credential import cose
from credential.claims import CTI_BYTES, LIST_SIZE, MAX_BYTES, Claims, StatusReference, prepare
from credential.days import day_of
from credential.signing import KEY_ID_BYTES
from issuer.intake.model import AwardDraft
from issuer.issuing.numbers import NumberFacts, NumberTemplate
from issuer.issuing.reserve import to_claims

_MEMBERS = tuple(name for name in Claims.__dataclass_fields__ if name != "scope")
_SIGNATURE_BYTES = 64  # ES256, the one algorithm of a credential (FORMAT 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What all credentials of one authority's list have in common."""

    authority: str
    region: str
    template: NumberTemplate
    status_uri: str
    """The longest address of a status list."""
    now: datetime
    _sizes: dict[tuple[object, ...], int] = field(default_factory=dict, init=False, repr=False, compare=False)
    """By the shape of claims: rows of a list have few shapes."""

    def excess(self, draft: AwardDraft) -> int:
        """By how many bytes the credential of an award would be too large; 0 when it fits."""
        facts = NumberFacts(
            region=self.region, year=day_of(self.now).year, level=draft.level, series=draft.series, way=draft.way
        )
        claims = to_claims(
            draft,
            self.authority,
            number=self.template.format(facts, serial=self.template.capacity),
            cti=bytes(CTI_BYTES),
            status=StatusReference(index=LIST_SIZE - 1, uri=self.status_uri),
            issued_at=self.now.replace(microsecond=0),
        )
        shape = _shape(claims)
        if shape not in self._sizes:
            unsigned = prepare(claims, bytes(KEY_ID_BYTES))
            self._sizes[shape] = len(cose.assemble(unsigned.protected, unsigned.payload, bytes(_SIGNATURE_BYTES)))
        return max(0, self._sizes[shape] - MAX_BYTES)


def _shape(claims: Claims) -> tuple[object, ...]:
    """What decides how many bytes claims take: of a text its length in UTF-8, everything else as it is."""
    scope = claims.scope
    members = [getattr(claims, name) for name in _MEMBERS]
    members += [] if scope is None else [scope.region, scope.name]
    return tuple([len(each.encode()) if isinstance(each, str) else each for each in members])
