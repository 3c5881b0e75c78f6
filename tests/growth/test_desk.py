"""What a holder's journey costs in a register of few certificates and of many: the same."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest

from issuer.home.holders import read_settings
from issuer.services import claims
from issuer.services.claims import Wanted
from issuer.unlock import wire
from issuer.unlock.running import service_of
from issuer.unlock.service import Service
from tests.growth.conftest import Pair
from tests.support.counted import Work, counted
from tests.support.office import ACTOR, DemoOffice, batch_drafts

pytestmark = [pytest.mark.slow, pytest.mark.postgres]

BATCH = "sf-hrss-0002"
FEW = 60
"""Steps that depend on where in a tree of an index something is found, for each statement."""
OTHER_BYTES = 64
"""By which two answers about two people differ: names and numbers have other lengths."""


def journey(office: DemoOffice) -> tuple[Work, int]:
    """Sign in, look, ask twice whether something changed, ask for a document; the work, and the bytes of the view."""
    number = office.certificates()[3].number
    claims.make(office.opened, ACTOR, Wanted(batch=BATCH), send=False, slips=True)
    [slip] = claims.replace(office.opened, ACTOR, number, send=False, slips=True).slips
    draft = next(each for each in batch_drafts(office, BATCH) if each.name == slip.name)
    service = service_of(office.opened, read_settings(office.home))
    said = {"id_type": draft.id_type.word, "id_number": draft.id_number, "code": slip.code}
    with counted(office.opened.register) as work:
        ticket = {"ticket": plain(service, "code", said)["ticket"]}
        view = plain(service, "view", ticket)
        changed = [plain(service, "view_since", ticket | {"mark": view["mark"]}) for _ in range(2)]
        document = plain(service, "document", ticket | {"number": number})
    assert [each["number"] for each in view["certificates"]] == [number]
    assert [*changed, document] == [{}, {}, {}]
    return work, len(wire.encode(view))


def plain(service: Service, act: str, members: Mapping[str, str]) -> Mapping[str, Any]:
    """What the service answers, which is no file."""
    answer = service.asked(act, members)
    assert not isinstance(answer, bytes)
    return answer


def shape(work: Work) -> Counter[str]:
    """The statements, whatever they are asked of."""
    return Counter(re.sub(r" IN \(.*?\)(?= |$)| VALUES .*", "(?)", each, flags=re.DOTALL) for each in work.asked)


def test_a_holders_journey_costs_the_same(pair: Pair) -> None:
    (few, bytes_of_few), (many, bytes_of_many) = journey(pair.small), journey(pair.large)
    assert shape(few) == shape(many)
    assert many.read <= few.read + FEW * few.statements
    assert abs(bytes_of_many - bytes_of_few) <= OTHER_BYTES
