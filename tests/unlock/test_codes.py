"""What a holder is told of claim codes: of their own, and who collected the slip."""

from __future__ import annotations

import pytest

from issuer.services import claims, requests
from issuer.unlock.client import Unlock
from tests.support.office import ACTOR, DemoOffice
from tests.unlock.conftest import queued, with_codes

pytestmark = [pytest.mark.postgres, pytest.mark.slow]


def test_a_holder_is_told_of_every_code_and_of_who_collected_its_slip(issued: DemoOffice, unlock: Unlock) -> None:
    mine, other = with_codes(issued)[:2]
    claims.collected(issued.opened, ACTOR, other.slip.number, by="示范丁", relation="本人")
    issued.clock.move(minutes=1)
    [slip] = claims.replace(issued.opened, ACTOR, mine.slip.number, send=False, slips=True).slips
    claims.collected(issued.opened, ACTOR, mine.slip.number, by="示范乙", relation="配偶")
    issued.clock.move(minutes=1)
    claims.collected(issued.opened, ACTOR, mine.slip.number, by="示范丙", relation="子女")
    view = unlock.view(unlock.with_code(**mine.said | {"code": slip.code}).ticket)
    newest, first = view.codes
    assert [(each.by, each.relation, each.recorded_by) for each in newest.collected] == [
        ("示范乙", "配偶", str(ACTOR)),
        ("示范丙", "子女", str(ACTOR)),
    ]
    assert (newest.certificate, newest.used, newest.ended, newest.tries) == (mine.slip.number, issued.clock(), None, 1)
    assert (first.ended, first.used, first.collected) == (newest.made, None, ())
    assert (newest.handing, first.handing) == ("slip", "slip")
    acts = [each.act for each in view.looked]
    assert acts == ["claim.collect", "claim.collect", "claim.replace", "claim.make"]
    assert "示范乙" not in repr(view)


def test_who_opened_a_request_is_told_to_its_holder(issued: DemoOffice, unlock: Unlock) -> None:
    mine, other = with_codes(issued)[:2]
    requests.shown(issued.opened, ACTOR, queued(issued, mine.slip.number, "M" * 22))
    requests.shown(issued.opened, ACTOR, queued(issued, other.slip.number, "O" * 22))
    view = unlock.view(unlock.with_code(**mine.said).ticket)
    assert [(each.who, each.act, each.certificate) for each in view.looked][:2] == [
        (str(ACTOR), "request.open", None),
        (str(ACTOR), "claim.make", mine.slip.number),
    ]
