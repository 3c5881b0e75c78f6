"""Processes that are killed while they approve, issue, publish and make documents: nothing is lost, doubled or changed.

Rules: real processes, ended by SIGKILL in front of or behind a chosen commit, or after some time; up to four issue at
once, on one batch or on four. After each kill what is stored is compared with what was stored before, and the register
is counted by its rows, not by its own counters. At the end others finish, and a stranger reads every certificate.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from collections import Counter
from dataclasses import dataclass, field

import pytest

from issuer import audit
from issuer.services import work
from tests.issuing.test_whole_path import assert_no_gaps
from tests.support.loaded import loaded_python
from tests.support.office import ACTOR, DemoOffice, batch_drafts, drafts
from tests.support.tools import ROOT

pytestmark = [pytest.mark.postgres, pytest.mark.slow, pytest.mark.timeout(900)]

ROWS = 24
IN_CI = 10
"""Kills on each database."""
IN_SOAK = 500
LONGEST = 0.4
"""Seconds after which a process is killed at the latest, where it is killed by time."""
MOMENTS = 40
"""More than one process has, for the smallest of these batches."""


def start(demo: DemoOffice, role: str, *objects: str, moment: int = 0) -> subprocess.Popen[str]:
    words = [str(demo.home.directory), demo.clock().isoformat(), str(moment), role, *objects]
    return subprocess.Popen(
        [*loaded_python(), "-m", "tests.worker.killed", *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def end(processes: list[subprocess.Popen[str]]) -> list[tuple[int, list[str]]]:
    """Wait for all; how each ended, and what it said. None of them ends by itself with an error."""
    found = []
    for process in processes:
        out, err = process.communicate(timeout=120)
        assert process.returncode in {0, -signal.SIGKILL}, err
        found.append((process.returncode, out.split()))
    return found


@dataclass
class Watch:
    """What was stored once, and stays."""

    demo: DemoOffice
    to_sign: dict[str, bytes] = field(default_factory=dict)
    credentials: dict[str, bytes] = field(default_factory=dict)

    def look(self) -> None:
        """Compare what is stored with what was, and count."""
        demo = self.demo
        certificates = demo.raw(
            "SELECT c.number, c.award, c.stage, c.to_sign, c.credential, c.cti, c.status_list, c.status_index, a.state"
            " FROM certificates c JOIN awards a ON a.id = c.award ORDER BY c.number"
        )
        for number, _, stage, to_sign, credential, *_ in certificates:
            assert self.to_sign.setdefault(number, to_sign) == to_sign, f"{number} was laid out anew"
            if credential is not None:
                assert self.credentials.setdefault(number, credential) == credential, f"{number} was signed again"
            assert (stage == "signed") == (credential is not None)
        assert self.to_sign.keys() == {row[0] for row in certificates}, "a certificate is gone"
        for name, column in (("number", 0), ("award", 1), ("cti", 5)):
            assert max(Counter(row[column] for row in certificates).values(), default=1) == 1, f"a {name} is doubled"
        assert max(Counter(row[6:8] for row in certificates).values(), default=1) == 1, "a place is doubled"
        assert {(row[2], row[8]) for row in certificates} <= {("reserved", "reserved"), ("signed", "issued")}
        self._count()
        assert_no_gaps(demo)

    def _count(self) -> None:
        """Rows = issued + reserved + rejected + waiting, by the rows and by the counters of their batch."""
        demo = self.demo
        states: dict[str, Counter[str]] = {}
        for batch, state, count in demo.raw("SELECT batch, state, count(*) FROM awards GROUP BY batch, state"):
            states.setdefault(batch, Counter())[state] = count
        counters = demo.raw(
            "SELECT id, rows_total, rows_waiting, rows_reserved, rows_issued, rows_rejected FROM batches"
        )
        for batch, total, *parts in counters:
            found = states[batch]
            assert [found[each] for each in ("waiting", "reserved", "issued", "rejected")] == parts
            assert found.total() == total == sum(parts)
        issued = sum(found["issued"] for found in states.values())
        reserved = sum(found["reserved"] for found in states.values())
        assert demo.raw("SELECT count(*) FROM certificates") == [(issued + reserved,)]
        assert demo.raw("SELECT count(*) FROM events WHERE kind = 'issued'") == [(issued,)]
        assert demo.raw("SELECT count(*) FROM audit WHERE act = 'certificate.issue'") == [(issued,)]


def batches(demo: DemoOffice, count: int) -> list[str]:
    """Lists that are submitted: one of all rows, or several of parts of them."""
    template = batch_drafts(demo, demo.store())[0]
    rows = drafts(ROWS, template)
    size = ROWS // count
    made = []
    for start_at in range(0, ROWS, size):
        batch = demo.stored_drafts(rows[start_at : start_at + size])
        demo.submit(batch)
        made.append(batch)
    return made


def approved_by_two(demo: DemoOffice, made: list[str], rng: random.Random) -> None:
    """Two approve the same lists at once, and one of them may be killed: each list is approved once."""
    pair = [start(demo, "approve", *made, moment=rng.choice([0, rng.randint(1, 8)])), start(demo, "approve", *made)]
    said = [word for _, words in end(pair) for word in words if word not in {"ready", "done"}]
    assert set(said) <= {"approved", "wrong_state", "moved_on", "already_accepted"}, said
    for batch in made:
        assert demo.raw("SELECT state FROM batches WHERE id = ?", batch) == [("approved",)]
        assert demo.raw("SELECT count(*) FROM statements WHERE batch = ? AND act = 'approve'", batch) == [(1,)]


def kill_some(demo: DemoOffice, watch: Watch, rng: random.Random) -> int:
    """Start some processes at once and kill them, each at a moment of its own; how many were killed."""
    count = rng.choice([1, 4])
    moments = [rng.randint(1, MOMENTS) if rng.random() < 0.7 else 0 for _ in range(count)]
    roles = [rng.choice(["issue", "issue", "publish"]) if count == 1 else "issue" for _ in range(count)]
    processes = [start(demo, role, moment=moment) for role, moment in zip(roles, moments, strict=True)]
    if 0 in moments:
        time.sleep(rng.random() * LONGEST)
        for process, moment in zip(processes, moments, strict=True):
            if moment == 0 and process.poll() is None:
                os.kill(process.pid, signal.SIGKILL)
    killed = sum(code != 0 for code, _ in end(processes))
    demo.clock.move(seconds=1)
    watch.look()
    return killed


def run(demo: DemoOffice, seed: int, kills: int) -> None:
    rng = random.Random(seed)  # noqa: S311 - the same moments at each run
    made = batches(demo, rng.choice([1, 4]))
    approved_by_two(demo, made, rng)
    for batch in made:
        work.request_issue(demo.opened, ACTOR, batch, documents=True)
    watch = Watch(demo)
    killed = 0
    for _ in range(kills):
        killed += kill_some(demo, watch, rng)
    assert killed, "nobody was killed"
    finish(demo, watch)


def finish(demo: DemoOffice, watch: Watch) -> None:
    """Others do what is left, and a stranger reads what came of it."""
    demo.publish()
    demo.publish()
    watch.look()
    assert len(watch.credentials) == ROWS
    assert demo.raw("SELECT count(*) FROM outbox WHERE done_at IS NULL") == [(0,)]
    assert demo.outcomes() == {"valid": ROWS}
    files = {path.name for path in demo.home.documents.rglob("*.pdf")}
    assert files == {f"{number}.pdf" for number in watch.credentials}
    assert not list(demo.home.documents.rglob(".*.tmp"))
    with demo.opened.register.read() as session:
        audit.verify_chain(session)


@pytest.mark.parametrize("seed", [20261130, 20261201])
def test_whoever_is_killed_wherever_nothing_is_lost_doubled_or_changed(founded: DemoOffice, seed: int) -> None:
    run(founded, seed, IN_CI // 2)


@pytest.mark.soak
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("seed", range(IN_SOAK // 10))
def test_many_that_are_killed_lose_double_and_change_nothing(founded: DemoOffice, seed: int) -> None:
    run(founded, seed, 10)


@pytest.mark.soak
@pytest.mark.timeout(7200)
def test_one_killed_at_every_commit_point_is_gone_on_with_by_others(founded: DemoOffice) -> None:
    """In front of and behind each commit and each file, until one gets through."""
    made = batches(founded, 1)
    founded.approve(made[0])
    work.request_issue(founded.opened, ACTOR, made[0], documents=True)
    watch = Watch(founded)
    for moment in range(1, 200):
        [(code, _)] = end([start(founded, "publish", moment=moment)])
        watch.look()
        if code == 0:
            break
    assert moment > 10
    finish(founded, watch)


def test_the_kills_happen(founded: DemoOffice) -> None:
    """A process that is to be killed at its third moment has not done its work."""
    [batch] = batches(founded, 1)
    founded.approve(batch)
    work.request_issue(founded.opened, ACTOR, batch)
    [(code, words)] = end([start(founded, "issue", moment=9)])
    assert (code, words) == (-signal.SIGKILL, ["ready"])
    assert founded.raw("SELECT count(*) FROM leases WHERE topic = 'issue' AND owner IS NOT NULL") == [(1,)]
    [(code, words)] = end([start(founded, "issue")])
    assert (code, words) == (0, ["ready", "done"])
    assert founded.raw("SELECT rows_issued FROM batches WHERE id = ?", batch) == [(ROWS,)]
