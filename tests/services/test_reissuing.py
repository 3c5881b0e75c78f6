"""What a stolen key signed is issued anew: what is in force and proven, by two operators, under the next key."""

from __future__ import annotations

import pytest

from credential.history import Act
from credential.signing import KeyUse
from issuer.errors import IssuerError
from issuer.services import keyends, reissuing
from issuer.services.reissuing import Reissue
from tests.services.test_keyends import active
from tests.support.clock import NOW
from tests.support.office import ACTOR, CLERK, DemoOffice

DECISION = "示人社换〔2026〕1号"


def code_of(demo: DemoOffice, planned: Reissue | None, key_id: bytes, count: int = 0) -> str:
    """Why nothing is issued anew."""
    if planned is None:
        with pytest.raises(IssuerError) as caught:
            reissuing.plan(demo.opened, key_id, since=None)
        return caught.value.code
    with pytest.raises(IssuerError) as caught:
        reissuing.submit(demo.opened, ACTOR, CLERK, planned, document=DECISION, count=count)
    return caught.value.code


@pytest.fixture
def stolen(issued: DemoOffice) -> bytes:
    """The credential key, said to be stolen and not published as that; one certificate is suspended, one withdrawn."""
    numbers = [each.number for each in issued.certificates()]
    issued.change(numbers[0], act=Act.SUSPEND)
    issued.change(numbers[1])
    key_id = active(issued, KeyUse.CREDENTIAL)
    issued.clock.move(hours=1)
    keyends.compromise(issued.opened, ACTOR, key_id, basis="密钥文件被复制")
    return key_id


@pytest.mark.slow
def test_what_is_in_force_is_issued_anew_and_the_rest_is_counted(issued: DemoOffice, stolen: bytes) -> None:
    assert code_of(issued, None, stolen) == "end_first", "nobody outside knows of the theft yet"
    issued.publish_trust()
    issued.publish()
    assert code_of(issued, None, active(issued, KeyUse.STATUS)) == "since_use"
    planned = reissuing.plan(issued.opened, stolen, since=None)
    assert (planned.count, planned.suspended, planned.over, planned.unproven) == (22, 1, 1, ())
    assert reissuing.plan(issued.opened, stolen, since=issued.clock()).count == 0
    assert code_of(issued, planned, stolen, count=21) == "other_reissue"
    [batch] = reissuing.submit(issued.opened, ACTOR, CLERK, planned, document=DECISION, count=22)
    assert issued.outcomes() == {"valid": 22, "suspended": 1, "withdrawn": 1}, "one operator changes nothing"
    assert code_of(issued, planned, stolen, count=22) == "same_file"
    issued.approve(batch)
    issued.issue(batch)
    assert issued.outcomes() == {"valid": 22, "superseded": 22, "suspended": 1, "withdrawn": 1}
    signed = {each.credential_kid for each in issued.certificates() if each.number not in planned.numbers}
    assert active(issued, KeyUse.CREDENTIAL) in signed
    assert active(issued, KeyUse.CREDENTIAL) != stolen
    left = reissuing.plan(issued.opened, stolen, since=None)
    assert (left.count, left.over) == (0, 23)
    assert code_of(issued, left, stolen) == "none_to_reissue"
    fall = keyends.plan_since(issued.opened, stolen, NOW)
    assert (fall.count, fall.replaced) == (24, 22)


@pytest.mark.slow
def test_a_row_that_nobody_signed_for_is_named_and_left(issued: DemoOffice, stolen: bytes) -> None:
    issued.publish_trust()
    issued.publish()
    forged = issued.certificates()[5]
    issued.raw(
        "UPDATE awards SET payload = (SELECT payload FROM awards WHERE id <> ? LIMIT 1) WHERE id = ?",
        forged.award,
        forged.award,
    )
    planned = reissuing.plan(issued.opened, stolen, since=None)
    assert [each.number for each in planned.unproven] == [forged.number]
    assert planned.count == 21
    assert forged.number not in planned.numbers
