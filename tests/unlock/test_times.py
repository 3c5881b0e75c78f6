"""How long a try takes says nothing of whether an ID document is known: measured, many times, in turns."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import pytest

from issuer.db import tries
from issuer.db.sessions import WriteSession
from issuer.errors import NotAllowedError
from issuer.unlock.service import Service
from tests.support.office import DemoOffice
from tests.unlock.conftest import with_codes
from tests.unlock.test_tries import UNKNOWN

pytestmark = [pytest.mark.postgres, pytest.mark.soak]

ROUNDS = 90
"""A code is burnt after 200 tries, and holds for 30 days of the test's clock."""
AT_ONCE = 20
"""People of each kind in a round: what disturbs one try is a twentieth."""
MOST = 0.03
"""By how much the two may differ, of the time of a try. One statement more is twice as much or more."""
Said = dict[str, str]


def wrong_code(said: Said) -> Said:
    """The same person with the code of nobody."""
    return said | {"code": UNKNOWN["code"]}


def test_known_and_unknown_documents_take_the_same_time(issued: DemoOffice, service: Service) -> None:
    known, unknown = people(issued)
    assert abs(difference(issued, service.asked, known, unknown)) < MOST


def test_the_measurement_sees_one_statement_less(
    issued: DemoOffice, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where tries with documents that nobody knows are not counted in the second place, they are quicker."""
    known, unknown = people(issued)
    counted = tries._count_code

    def counts_known_ones(session: WriteSession, claim: str, now: datetime) -> tuple[int, int]:
        return (1, 1) if claim == tries.NOBODY else counted(session, claim, now)

    monkeypatch.setattr(tries, "_count_code", counts_known_ones)
    assert difference(issued, service.asked, known, unknown) > MOST


def people(office: DemoOffice) -> tuple[list[Said], list[Said]]:
    """As many known ID documents as unknown ones of the same form, each with a code that is nobody's."""
    known = [wrong_code(holder.said) for holder in with_codes(office)[:AT_ONCE]]
    return known, [{**said, "id_type": "passport", "id_number": f"E{each:08}"} for each, said in enumerate(known)]


def difference(
    office: DemoOffice, asked: Callable[[str, Said], object], known: Sequence[Said], unknown: Sequence[Said]
) -> float:
    """By how much longer known documents take, as a part of the time that unknown ones take: the median of rounds."""
    found = []
    for place in range(ROUNDS):
        office.clock.now += timedelta(hours=2)  # an hour of tries is over, so that none is refused early
        first, second = (known, unknown) if place % 2 else (unknown, known)
        taken = {id(each): _taken(asked, each) for each in (first, second)}
        if place:  # in the first round rows of the tries are made
            found.append(taken[id(known)] / taken[id(unknown)] - 1)
    return statistics.median(found)


def _taken(asked: Callable[[str, Said], object], people: Sequence[Said]) -> float:
    begun = time.process_time()
    for said in people:
        with pytest.raises(NotAllowedError) as refused:
            asked("code", said)
        assert refused.value.code == "not_recognised"
    return time.process_time() - begun
