"""What the desk keeps of a session: sealed, asked for changes on every page, gone when the session is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from issuer.desk.kept import KeptViews
from issuer.desk.sessions import Live
from issuer.errors import NotAllowedError, TamperedError
from issuer.unlock.model import HolderView
from tests.support.clock import NOW
from tests.support.desks import LI, WANG, FakeUnlock, Person, StandIn, Visitor
from tests.support.office import MovingClock


def live_of(unlock: FakeUnlock, person: Person) -> Live:
    signed_in = unlock.let_in(person)
    return Live(
        session=signed_in.session, token="", data_key=signed_in.data_key, ticket=signed_in.ticket, begun=NOW, made=NOW,
        seen=NOW, expires=signed_in.expires, replaced=False,
    )  # fmt: skip


@pytest.fixture
def unlock() -> FakeUnlock:
    return FakeUnlock(MovingClock())


def without_mark(view: HolderView) -> HolderView:
    return replace(view, mark="")


def test_a_session_asks_for_everything_once_and_for_changes_afterwards(desk: StandIn, li: Visitor) -> None:
    page = li.page_of("99000020262000001")
    for path in ("/certificates", page, f"{page}/history", "/held", "/notices"):
        assert li.get(path).status_code == 200
    assert desk.unlock.asked.count("view") == 1
    assert desk.unlock.asked.count("view_since") >= 5


def test_what_changed_is_seen_on_the_next_page(unlock: FakeUnlock) -> None:
    kept, live = KeptViews(), live_of(unlock, LI)
    assert not kept.view(unlock, live).certificates[2].has_document
    unlock.documents.add("99000020262000009")
    assert kept.view(unlock, live).certificates[2].has_document
    assert kept.view(unlock, live).certificates[2].has_document
    assert unlock.asked == ["view", "view_since", "view_since"]


def test_a_ticket_that_is_over_opens_nothing_that_is_kept(unlock: FakeUnlock) -> None:
    kept, live = KeptViews(), live_of(unlock, LI)
    kept.view(unlock, live)
    unlock.end(live.ticket)
    with pytest.raises(NotAllowedError, match="the session is over"):
        kept.view(unlock, live)
    assert len(kept._views) == 0


def test_memory_between_two_pages_names_nobody(unlock: FakeUnlock) -> None:
    kept, live = KeptViews(), live_of(unlock, LI)
    kept.view(unlock, live)
    [stored] = kept._views.values()
    for told in (LI.name, LI.id_number, "13900000000", "99000020262000001", live.ticket):
        assert told.encode() not in stored.sealed
    assert LI.name not in repr(stored)


def test_what_is_kept_of_one_holder_opens_with_no_key_of_another(unlock: FakeUnlock) -> None:
    kept, mine = KeptViews(), live_of(unlock, LI)
    kept.view(unlock, mine)
    other = replace(live_of(unlock, WANG), session=mine.session, ticket=mine.ticket)
    with pytest.raises(TamperedError):
        kept.view(unlock, other)


def test_what_is_kept_is_bounded_and_the_longest_unused_goes(unlock: FakeUnlock) -> None:
    first, second, third = (live_of(unlock, WANG) for _ in range(3))
    one = KeptViews()
    one.view(unlock, first)
    kept = KeptViews(most=one._size * 2)
    for live in (first, second, first, third):
        assert without_mark(kept.view(unlock, live)) == WANG.view
        assert kept._size == sum(len(each.sealed) for each in kept._views.values()) <= one._size * 2
    assert set(kept._views) == {first.session, third.session}


def test_what_is_over_is_dropped(unlock: FakeUnlock) -> None:
    kept, live = KeptViews(), live_of(unlock, LI)
    kept.view(unlock, live)
    assert kept.sweep(now=unlock.clock()) == 0
    assert kept.sweep(now=live.expires) == 1
    assert (kept._size, len(kept._views)) == (0, 0)


def test_signing_out_drops_what_was_kept(desk: StandIn, li: Visitor) -> None:
    li.get("/certificates")
    assert len(desk.kept._views) == 1
    li.post("/sign-out")
    assert len(desk.kept._views) == 0
