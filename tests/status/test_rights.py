"""By what right a status is changed, as a table of sentences; and how long a bar lasts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any, cast

import pytest

from credential.claims import Claims, Scope
from credential.errors import NotTrustedError
from credential.grants import Grant
from credential.history import EventKind
from credential.trustlist import VerifiedTrustList
from issuer.db.certificates import Certificate
from issuer.errors import NotAllowedError
from issuer.status.apply import _years_after
from issuer.status.plan import find_right
from tests.support.world import NOW, World, wide_grant

TODAY = date(2026, 11, 21)
CLAIMS = replace(World().claims(b"0123456789abcdef", NOW), issuer="city", series=5, level=2, scope=None)
GRANT = replace(
    wide_grant(), region="990100", over="all", acts=frozenset({"suspend", "withdraw"}), first=TODAY, last=TODAY
)


@dataclass(frozen=True)
class Authority:
    region: str
    grants: tuple[Grant, ...] = ()


@dataclass(frozen=True)
class Trust:
    """As much of a trust list as the question needs: who decides, and where the city that issued it is."""

    deciding: Authority

    def authority(self, name: str) -> Authority:
        if name == "city":
            return Authority("990101", self.deciding.grants)
        if name == "province":
            return self.deciding
        raise NotTrustedError("unknown_authority", name)


@dataclass(frozen=True)
class Issued:
    authority: str = "city"
    number: str = "99000020262000001"


@pytest.mark.parametrize(
    ("sentence", "grant", "claims", "deciding", "kind", "allowed"),
    [
        ("over all of its region", {}, {}, "province", EventKind.WITHDRAWN, True),
        ("over its own only, and it is not", {"over": "own"}, {}, "province", EventKind.WITHDRAWN, False),
        ("over its own, and it is", {"over": "own"}, {}, "city", EventKind.WITHDRAWN, True),
        ("its own, wherever the grant is for", {"over": "own", "region": "980000"}, {}, "city", EventKind.WITHDRAWN, True),
        ("over another region", {"region": "990200"}, {}, "province", EventKind.WITHDRAWN, False),
        ("a title of a district inside", {}, {"scope": 990102}, "province", EventKind.WITHDRAWN, True),
        ("a title of a district outside", {}, {"scope": 990201}, "province", EventKind.WITHDRAWN, False),
        ("of another series", {"series": frozenset({6})}, {}, "province", EventKind.WITHDRAWN, False),
        ("of another level", {"levels": frozenset({1})}, {}, "province", EventKind.WITHDRAWN, False),
        ("to suspend only", {"acts": frozenset({"suspend"})}, {}, "province", EventKind.WITHDRAWN, False),
        ("who may suspend may reinstate", {"acts": frozenset({"suspend"})}, {}, "province", EventKind.REINSTATED, True),
        ("who may withdraw may not", {"acts": frozenset({"withdraw"})}, {}, "province", EventKind.REINSTATED, False),
        ("from tomorrow", {"first": date(2026, 11, 22), "last": None}, {}, "province", EventKind.WITHDRAWN, False),
        ("until yesterday", {"first": date(2020, 1, 1), "last": date(2026, 11, 20)}, {}, "province", EventKind.WITHDRAWN, False),
        ("of an authority that nobody knows", {}, {}, "nobody", EventKind.WITHDRAWN, False),
    ],
)  # fmt: skip
def test_a_status_is_changed_by_right(
    sentence: str, grant: dict[str, Any], claims: dict[str, Any], deciding: str, kind: EventKind, allowed: bool
) -> None:
    scope = Scope(region=claims["scope"], name="示范市示范区") if claims else None
    trust = Trust(Authority("990000", (replace(GRANT, **grant),)))

    def asked() -> str:
        return find_right(
            cast("VerifiedTrustList", trust),
            cast("Certificate", Issued()),
            cast("Claims", replace(CLAIMS, scope=scope)),
            kind,
            deciding,
            on=TODAY,
        )

    if allowed:
        assert asked() == GRANT.legal_basis, sentence
        return
    with pytest.raises(NotAllowedError) as caught:
        asked()
    assert caught.value.code == "no_right", sentence


@pytest.mark.parametrize(
    ("begins", "ends"), [(date(2026, 11, 21), date(2029, 11, 21)), (date(2028, 2, 29), date(2031, 2, 28))]
)
def test_a_term_of_years_ends_on_the_same_day(begins: date, ends: date) -> None:
    assert _years_after(begins, 3) == ends
