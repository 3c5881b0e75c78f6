"""What an act costs in a register of few certificates and of many: the same statements, and the same amount read."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import insert, text

from credential.history import Act, Reason
from credential.statuslist import Status
from issuer.db.certificates import Wanted
from issuer.db.models import PublicationRow
from issuer.home.opened import Actor
from issuer.services import auditing, batches, certificates, pacing, status
from issuer.services.status import Whom
from issuer.worker.urgent import Urgent
from tests.growth.conftest import Pair
from tests.support.counted import Work, counted
from tests.support.office import APPROVER, DemoOffice, batch_drafts, drafts

pytestmark = [pytest.mark.slow, pytest.mark.postgres]

LOOKS = Actor("os:night")
FEW = 60
"""Steps that depend on where in a tree of an index something is found, for each statement."""
LONGEST_STATEMENTS = 30
"""Of a transaction that writes."""
LONGEST_READ = 400_000
"""Steps of SQLite's machine: those of a chunk of 500 rows, or of marking 1,000 certificates as published."""
WHOLE = {
    "count(*)": "how many histories there are is counted for each snapshot: nothing is published from a register that "
    "lost some (certificates_gone)"
}
"""What reads a whole table, by a part of the statement, with the reason."""
SMALL = ("ix_events_later", "ix_events_unpublished", "ix_outbox_lists", "ix_publications_kept")
"""Indexes of a small part of a table."""
BUSIEST = APPROVER
"""In whose name certificates are issued: an entry of the audit for each."""
GROWING = ("audit", "awards", "certificates", "events", "holders", "outbox", "publications", "signed_histories")


def change(office: DemoOffice, ordinal: int) -> Work:
    """Withdraw a certificate and publish it, by a worker that looked at its home just now."""
    with office.worker() as worker:
        worker.publish_changes(even_without=True)
        office.clock.move(seconds=5)
        number = office.certificates()[ordinal].number
        worker.publishing.urgent = Urgent(office.opened.register)  # one look, which is counted
        with counted(office.opened.register) as work:
            office.apply(office.plan(office.order(number)))
            worker.publish_changes()
    assert office.verdict(office.certificates()[ordinal]).outcome == "withdrawn"
    return work


def shape(work: Work) -> Counter[str]:
    """The statements, whatever they are asked of."""
    return Counter(re.sub(r" IN \(.*?\)(?= |$)| VALUES .*", "(?)", each, flags=re.DOTALL) for each in work.asked)


def read(work: Work, office: DemoOffice, histories: int) -> int:
    """What was read, but for what ``WHOLE`` allows: on SQLite the machine counts a table in one step."""
    wholes = sum(any(part in each for part in WHOLE) and "signed_histories" in each for each in work.asked)
    return work.read - (wholes * histories if office.opened.register.engine.dialect.name == "postgresql" else 0)


def test_a_change_of_status_and_its_publication_cost_the_same(pair: Pair) -> None:
    few, many = change(pair.small, 5), change(pair.large, 5)
    assert shape(few) == shape(many)
    assert read(many, pair.large, pair.sizes.large) <= read(few, pair.small, pair.sizes.small) + FEW * few.statements
    for work in (few, many):
        assert max(each.statements for each in work.writes) <= LONGEST_STATEMENTS
        assert max(each.read for each in work.writes) <= LONGEST_READ


def test_what_is_written_follows_the_change(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its shard, its manifest, lists and snapshot; the shards that hide which one it was are left out here."""
    monkeypatch.setattr("issuer.publishing.laying.COVER", 0)
    written = []
    for office in (pair.small, pair.large):
        office.publish()
        before = office.files()
        office.change(office.certificates()[5].number)
        written.append({path: len(data) for path, data in office.files().items() if before.get(path) != data})
    shards = [[size for path, size in files.items() if path.startswith("shards/")] for files in written]
    assert [len(each) for each in shards] == [2, 2]
    small, large = (sum(files.values()) for files in written)
    assert large < 2 * small < pair.sizes.large / pair.sizes.small * small


def test_the_number_of_snapshots_does_not_matter(pair: Pair) -> None:
    few = change(pair.small, 5)
    older = [_snapshot(-number) for number in range(1, 2_001)]
    with pair.small.opened.register.write() as session:
        session.execute(insert(PublicationRow), older)
    if pair.small.opened.register.engine.dialect.name == "postgresql":
        with pair.small.opened.register.write() as session:
            session.execute(text("ANALYZE publications"))
    many = change(pair.small, 6)
    size = pair.sizes.small
    assert read(many, pair.small, size) <= read(few, pair.small, size) + FEW * few.statements


def test_the_sizes_of_the_newest_snapshot_are_kept(pair: Pair) -> None:
    """And nothing else of the older ones than their files: by the sizes the next one is laid out."""
    change(pair.small, 5)
    change(pair.small, 6)
    query = "SELECT sequence, sizes IS NOT NULL, lists IS NOT NULL FROM publications ORDER BY sequence DESC LIMIT 2"
    kept = [bool(sizes) and bool(lists) for _, sizes, lists in pair.small.raw(query)]
    assert kept == [True, False]


def _snapshot(sequence: int) -> dict[str, object]:
    made = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=sequence)
    return {
        "sequence": sequence,
        "trust_version": 1,
        "snapshot_digest": f"{sequence:032}".encode(),
        "made_at": made,
        "expires": made + timedelta(days=1),
        "records": 1,
        "prefix_length": 0,
        "confirmed_at": made,
    }


def _page(which: Wanted) -> Callable[[DemoOffice], object]:
    return lambda office: certificates.listed(office.opened, LOOKS, which, limit=20)


def _last_number(office: DemoOffice) -> str:
    return office.certificates()[100].number


def _listed(office: DemoOffice) -> object:
    order = office.order(act=Act.SUSPEND, reason=Reason.UNDER_REVIEW)
    numbers = [each.number for each in office.certificates()[3:13]]
    return status.sorted_out(office.opened, LOOKS, Whom.of_numbers(numbers), order)


def _entries(office: DemoOffice, of: str, *, before: int | None = None) -> object:
    found = auditing.listed(office.opened, of=of, before=before, limit=20)
    assert found
    return found


LOOKING: dict[str, Callable[[DemoOffice], object]] = {
    "certificate list": _page(Wanted()),
    "certificate list --after": lambda office: _page(Wanted(after=_last_number(office)))(office),
    "certificate list --state": _page(Wanted(state=Status.WITHDRAWN)),
    "certificate list --state valid": _page(Wanted(state=Status.VALID)),
    "certificate list --filing": _page(Wanted(filing="示评备〔2025〕012号")),
    "certificate list --filing of none": _page(Wanted(filing="示评备〔1999〕001号")),
    "certificate list --from, with none": _page(Wanted(issued_from=date(2030, 1, 1))),
    "certificate list --batch": _page(Wanted(batch="sf-hrss-0002")),
    "certificate show": lambda office: certificates.shown(office.opened, LOOKS, office.certificates()[3].number),
    "batch show": lambda office: pacing.standing(office.opened, "sf-hrss-0002"),
    "batch approve, the summary": lambda office: batches.overviewed(office.opened, "sf-hrss-0001"),
    "batch list": lambda office: batches.listed(office.opened),
    "withdraw, the dry run": lambda office: office.plan(office.order(office.certificates()[3].number)),
    "suspend --list, the dry run": _listed,
    "audit list": lambda office: auditing.listed(office.opened, limit=20),
    "audit list --of a certificate": lambda office: _entries(office, office.certificates()[3].number),
    "audit list --of who issues": lambda office: _entries(office, BUSIEST),
    "audit list --of who issues --before": lambda office: _entries(office, BUSIEST, before=60),
}
"""What a person looks at, by the command; the numbers are fetched before anything is counted."""


@pytest.mark.parametrize("name", LOOKING)
def test_looking_costs_the_same(pair: Pair, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("issuer.services.certificates.MOST_COUNTED", 50)
    few, many = looked(pair.small, LOOKING[name]), looked(pair.large, LOOKING[name])
    assert shape(few) == shape(many)
    assert many.read <= few.read + FEW * few.statements


def looked(office: DemoOffice, look: Callable[[DemoOffice], object]) -> Work:
    made = office.certificates()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DemoOffice, "certificates", lambda _: made)
        with counted(office.opened.register) as work:
            look(office)
    return work


@pytest.mark.sqlite
def test_no_statement_of_these_reads_a_whole_table(pair: Pair) -> None:
    """What SQLite plans, for every statement of a change, its publication, and all that a person looks at."""
    works = [change(pair.large, 7), *(looked(pair.large, look) for look in LOOKING.values())]
    wrong = []
    with pair.large.opened.register.engine.connect() as connection:
        for statement, values in {each: value for work in works for each, value in asked(work)}.items():
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
            wrong += [(step, statement) for *_, step in plan if _is_whole(step, statement)]
    assert not wrong


def asked(work: Work) -> list[tuple[str, object]]:
    return [
        (statement, value)
        for statement, value in zip(work.asked, work.values, strict=True)
        if not isinstance(value, list)
    ]


def _is_whole(step: str, statement: str) -> bool:
    """Whether a step of a plan goes through a table, or an index of all of it, and no limit ends that."""
    found = re.fullmatch(r"SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?", step)
    if found is None or found[1] not in GROWING or any(part in statement for part in WHOLE):
        return False
    return found[2] not in SMALL and "LIMIT" not in statement


def test_no_transaction_that_writes_grows_with_a_list(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    """However long the list and the piece that is published: others who write wait for a chunk."""
    monkeypatch.setattr("issuer.issuing.issuer.CHUNK", 50)
    monkeypatch.setattr("issuer.db.sessions._CHUNK", 50)
    monkeypatch.setattr("issuer.publishing.publisher.MARKED", 100)
    monkeypatch.setattr("issuer.worker.turns.TAKE", 100)
    few, many = issued(pair.small, 100), issued(pair.large, 400)
    assert len(many.writes) > len(few.writes)
    for kind in ("statements", "read"):
        longest = [max(getattr(each, kind) for each in work.writes) for work in (few, many)]
        assert longest[1] <= longest[0] * 1.1, kind


def issued(office: DemoOffice, rows: int) -> Work:
    template = batch_drafts(office, "sf-hrss-0001")[0]
    batch = office.approved_drafts(
        [replace(each, id_number=f"F{each.id_number[1:]}") for each in drafts(rows, template)]
    )
    with office.worker() as worker, counted(office.opened.register) as work:
        assert len(worker.issue(batch).issued) == rows
    return work
