"""Every try is counted, and an ID document that nobody knows costs what a known one costs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from issuer.claims import codes
from issuer.db import tries
from issuer.errors import IssuerError
from issuer.unlock.service import Service
from issuer.vault import Vault
from tests.support.office import DemoOffice
from tests.unlock.conftest import Holder, with_codes

pytestmark = pytest.mark.postgres

UNKNOWN = {"id_type": "citizen", "id_number": "110105194912310029", "code": codes.group(codes.make(bytes(11)))}


def wrong(holder: Holder) -> dict[str, str]:
    """What somebody types who knows the ID document and guesses the code."""
    return holder.said | {"code": UNKNOWN["code"]}


def asked(service: Service, said: dict[str, str]) -> str:
    try:
        service.asked("code", said)
    except IssuerError as error:
        return error.code
    return "in"


@pytest.mark.slow
def test_all_of_160_tries_at_once_are_counted(issued: DemoOffice, service: Service) -> None:
    mine = with_codes(issued)[0]
    with ThreadPoolExecutor(160) as threads:
        known = Counter(threads.map(lambda _: asked(service, wrong(mine)), range(160)))
        unknown = Counter(threads.map(lambda _: asked(service, UNKNOWN), range(160)))
    assert known == unknown == {"not_recognised": 10, "too_many_tries": 150}
    assert sorted(issued.raw("SELECT hour FROM id_tries")) == [(160,), (160,)]
    assert issued.raw("SELECT life, hour FROM code_tries WHERE life > 0 ORDER BY code") == [(160, 160), (160, 160)]


@pytest.mark.slow
def test_160_at_once_with_the_right_code_let_one_in(issued: DemoOffice, service: Service) -> None:
    mine = with_codes(issued)[0]
    with ThreadPoolExecutor(160) as threads:
        found = Counter(threads.map(lambda _: asked(service, mine.said), range(160)))
    assert found == {"in": 1, "not_recognised": 9, "too_many_tries": 150}


@pytest.mark.slow
def test_ten_tries_an_hour_and_then_the_right_code_waits_too(issued: DemoOffice, service: Service) -> None:
    mine, other = with_codes(issued)[:2]
    assert {asked(service, wrong(mine)) for _ in range(10)} == {"not_recognised"}
    assert asked(service, mine.said) == "too_many_tries"
    assert asked(service, other.said) == "in", "nobody else waits"
    issued.clock.move(minutes=59)
    assert asked(service, mine.said) == "too_many_tries"
    issued.clock.move(minutes=1)
    assert asked(service, mine.said) == "in"


def test_a_new_code_waits_for_the_hour_of_its_document_and_is_not_used_up(issued: DemoOffice, service: Service) -> None:
    from issuer.services import claims
    from tests.support.office import ACTOR

    mine = with_codes(issued)[0]
    for _ in range(10):
        asked(service, wrong(mine))
    (slip,) = claims.replace(issued.opened, ACTOR, mine.slip.number, send=False, slips=True).slips
    said = mine.said | {"code": slip.code}
    assert asked(service, said) == "too_many_tries"
    issued.clock.move(hours=1)
    assert asked(service, said) == "in"


@pytest.mark.slow
def test_after_200_tries_a_code_opens_nothing_any_more(issued: DemoOffice, service: Service) -> None:
    from issuer.services import claims

    mine, other = with_codes(issued)[:2]
    for _ in range(20):
        for _ in range(10):
            assert asked(service, wrong(mine)) == "not_recognised"
            assert asked(service, wrong(other)) == "not_recognised"
        issued.clock.move(hours=1)
    issued.raw("UPDATE code_tries SET life = life - 1 WHERE code = ?", claim_of(issued, other))
    assert asked(service, mine.said) == "not_recognised"
    assert asked(service, other.said) == "in", "the 200th try counts still"
    found = {each.number: each.state.value for each in claims.listed(issued.opened)}
    assert (found[mine.slip.number], found[other.slip.number]) == ("burnt", "used")


def claim_of(office: DemoOffice, holder: Holder) -> str:
    query = "SELECT claim_codes.id FROM claim_codes JOIN certificates ON certificates.id = certificate WHERE number = ?"
    return str(office.raw(query, holder.slip.number)[0][0])


def test_who_owns_a_place_of_the_table_does_not_free_a_code(issued: DemoOffice, service: Service) -> None:
    """A document whose place another one took over begins anew there; the count of its code does not."""
    mine = with_codes(issued)[0]
    for _ in range(10):
        asked(service, wrong(mine))
    issued.raw("UPDATE id_tries SET who = ?", bytes(16))
    assert asked(service, mine.said) == "not_recognised"


@pytest.mark.slow
def test_places_are_bounded(issued: DemoOffice, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tries, "PLACES", 4)
    for number in range(30):
        asked(service, UNKNOWN | {"id_number": f"E{number:08}"})
    assert issued.raw("SELECT count(*) FROM id_tries")[0][0] <= 4
    assert issued.raw("SELECT code, life FROM code_tries") == [(tries.NOBODY, 30)]


@contextmanager
def work(service: Service, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Every statement, and every keyed hash of the vault, in their order."""
    done: list[str] = []

    def executed(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        done.append(statement)

    def noted(name: str) -> None:
        method = getattr(Vault, name)

        def call(self: Vault, *given: str) -> bytes:
            done.append(name)
            return bytes(method(self, *given))

        monkeypatch.setattr(Vault, name, call)

    with monkeypatch.context():
        noted("blind_index")
        noted("claim_digest")
        event.listen(service.register.engine, "before_cursor_execute", executed)
        yield done
        event.remove(service.register.engine, "before_cursor_execute", executed)
        monkeypatch.undo()


@pytest.mark.slow
def test_what_is_wrong_makes_no_difference_to_the_work(
    issued: DemoOffice, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    from issuer.services import claims
    from tests.support.office import ACTOR

    known, ended, used = with_codes(issued)[:3]
    claims.end(issued.opened, ACTOR, ended.slip.number)
    assert asked(service, used.said) == "in"
    tried = {
        "a wrong code": wrong(known),
        "an unknown number": UNKNOWN,
        "an unknown type": UNKNOWN | {"id_type": "library_card"},
        "no number": UNKNOWN | {"id_number": " "},
        "no code any more": ended.said,
        "a used code": used.said,
        "a long number": UNKNOWN | {"id_number": "1" * 5000},
    }
    for said in tried.values():
        asked(service, said)  # rows that are made at the first try are there
    for _ in range(2):
        done = {}
        for what, said in tried.items():
            with work(service, monkeypatch) as noted:
                assert asked(service, said) == "not_recognised"
            done[what] = noted
        assert len(done["a wrong code"]) >= 5
        assert {what for what, found in done.items() if found != done["a wrong code"]} == set()
        issued.clock.move(hours=2)


def test_a_try_is_counted_before_it_is_looked_at(
    issued: DemoOffice, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = with_codes(issued)[0]
    with work(service, monkeypatch) as done:
        assert asked(service, mine.said) == "in"
    places = [place for place, each in enumerate(done) if "code_tries" in each]
    assert places
    assert max(places) < done.index("claim_digest")


def alone(_session: object, holder: str) -> list[str]:
    return [holder]


def test_an_hour_begins_with_its_first_try(issued: DemoOffice, service: Service) -> None:
    mine = with_codes(issued)[0]
    asked(service, wrong(mine))
    began = issued.clock.now
    issued.clock.move(minutes=30)
    asked(service, wrong(mine))
    index = issued.opened.vault.blind_index(mine.said["id_type"], mine.said["id_number"])
    with issued.opened.register.write() as session:
        assert tries.count(session, index, persons=alone, now=began + timedelta(minutes=59)).id_hour == 3
        assert tries.count(session, index, persons=alone, now=began + timedelta(hours=1)).id_hour == 1
