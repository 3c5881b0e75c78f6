"""By what right a status is changed, as a table of sentences; and how long a bar lasts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any, cast

import pytest

from credential.claims import Scope
from credential.errors import NotTrustedError
from credential.grants import Grant
from credential.history import EventKind
from credential.trustlist import VerifiedTrustList
from issuer.db.certificates import Certificate
from issuer.errors import NotAllowedError
from issuer.integrity.terms import years_after
from issuer.status.plan import find_right
from tests.support.world import NOW, World, wide_grant

TODAY, WITHDRAWN = date(2026, 11, 21), EventKind.WITHDRAWN
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


ALLOWED: list[tuple[str, dict[str, Any], str]] = [
    ("over all of its region", {}, "province"),
    ("over its own, and it is", {"over": "own"}, "city"),
    ("over its own, wherever the grant is for", {"over": "own", "region": "980000"}, "city"),
]
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("over its own only, and it is another's", {"over": "own"}, "province"),
    ("over another region", {"region": "990200"}, "province"),
    ("for another series", {"series": frozenset({6})}, "province"),
    ("for another level", {"levels": frozenset({1})}, "province"),
    ("to suspend only", {"acts": frozenset({"suspend"})}, "province"),
    ("from tomorrow", {"first": date(2026, 11, 22), "last": None}, "province"),
    ("until yesterday", {"first": date(2020, 1, 1), "last": date(2026, 11, 20)}, "province"),
    ("of an authority that nobody knows", {}, "nobody"),
]


def right(grant: Grant, deciding: str = "province", kind: EventKind = WITHDRAWN, scope: int | None = None) -> str:
    """The legal basis under which a certificate of the city is changed. Raises NotAllowedError."""
    claims = replace(CLAIMS, scope=None if scope is None else Scope(region=scope, name="示范市示范区"))
    trust = cast("VerifiedTrustList", Trust(Authority("990000", (grant,))))
    return find_right(trust, cast("Certificate", Issued()), claims, kind, deciding, on=TODAY)


@pytest.mark.parametrize(("sentence", "grant", "deciding"), ALLOWED)
def test_a_status_is_changed_by_right(sentence: str, grant: dict[str, Any], deciding: str) -> None:
    assert right(replace(GRANT, **grant), deciding) == GRANT.legal_basis, sentence


@pytest.mark.parametrize(("sentence", "grant", "deciding"), REFUSED)
def test_no_status_is_changed_without_a_right(sentence: str, grant: dict[str, Any], deciding: str) -> None:
    with pytest.raises(NotAllowedError) as caught:
        right(replace(GRANT, **grant), deciding)
    assert caught.value.code == "no_right", sentence


def test_who_may_suspend_may_reinstate_and_who_may_withdraw_may_not() -> None:
    assert right(replace(GRANT, acts=frozenset({"suspend"})), kind=EventKind.REINSTATED) == GRANT.legal_basis
    with pytest.raises(NotAllowedError):
        right(replace(GRANT, acts=frozenset({"withdraw"})), kind=EventKind.REINSTATED)


def test_where_a_title_has_a_scope_the_scope_is_where_it_is() -> None:
    assert right(GRANT, scope=990102) == GRANT.legal_basis
    with pytest.raises(NotAllowedError):
        right(GRANT, scope=990201)


@pytest.mark.parametrize(
    ("begins", "ends"), [(date(2026, 11, 21), date(2029, 11, 21)), (date(2028, 2, 29), date(2031, 2, 28))]
)
def test_a_term_of_years_ends_on_the_same_day(begins: date, ends: date) -> None:
    assert years_after(begins, 3) == ends
