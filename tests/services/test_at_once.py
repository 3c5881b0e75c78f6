"""Two processes at once on one home, and one that is killed: each statement counts once, and nothing is half done."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Sequence

import pytest

from credential.history import Act, Reason
from issuer.intake.model import AwardDraft
from issuer.services import batches, orders, status
from tests.issuing.test_whole_path import contents
from tests.services.elsewhere import waiting
from tests.support.loaded import loaded_python
from tests.support.office import APPROVER, CLERK, SECOND, DemoOffice, drafts
from tests.support.sidebyside import codes, together
from tests.support.tools import ROOT
from tests.worker.test_crashes import assert_complete

pytestmark = pytest.mark.slow

ACCEPT = """
import sys
from datetime import datetime
from pathlib import Path
from credential.errors import CodedError
from credential.statements import SeenCertificate
from credential.statuslist import Status
from issuer.services import batches, orders, status
from tests.support.office import DemoOffice
demo = DemoOffice.open(Path(sys.argv[1]), datetime.fromisoformat(sys.argv[2]))
demo.opened.vault                                   # what is slow is done before the start
print("ready", flush=True)
for word in sys.stdin.readline().split():
    token, _, number = word.partition(":")
    try:
        if number:
            status.accept(demo.opened, token, [SeenCertificate(number=number, state=Status.VALID, events=1)])
        else:
            batches.accept(demo.opened, token)
        print("done", flush=True)
    except CodedError as error:
        print(error.code, flush=True)
"""
WORK = """
import os, signal, sys
from datetime import datetime
from pathlib import Path
from issuer.db.outbox import Topic
from issuer.worker.turns import Turns
from tests.support.office import DemoOffice
acknowledge = Turns.acknowledge
def killed(self, works):
    is_last = any(work.topic is Topic.ISSUE for work in works)
    if not is_last or sys.argv[3] == "behind":
        acknowledge(self, works)
    if is_last:
        os.kill(os.getpid(), signal.SIGKILL)
Turns.acknowledge = killed
demo = DemoOffice.open(Path(sys.argv[1]), datetime.fromisoformat(sys.argv[2]))
with demo.worker() as worker:
    worker.issue("sf-hrss-0001", with_documents=True)
"""


def started(demo: DemoOffice, program: str, *more: str) -> subprocess.Popen[str]:
    command = [*loaded_python(), "-c", program, str(demo.home.directory), demo.clock().isoformat(), *more]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def accepted_at_once(demo: DemoOffice, *lists: Sequence[str]) -> list[list[str]]:
    """Let a process for each list accept its tokens, all from one moment on; returns what each said."""
    processes = [started(demo, ACCEPT) for _ in lists]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process, tokens in zip(processes, lists, strict=True):
        assert process.stdin is not None
        process.stdin.write(" ".join(tokens) + "\n")
        process.stdin.flush()
    said = [process.communicate(timeout=60)[0].split() for process in processes]
    assert [process.returncode for process in processes] == [0] * len(lists)
    return said


def statements_of(demo: DemoOffice) -> int:
    [(count,)] = demo.raw("SELECT count(*) FROM statements")
    assert isinstance(count, int)
    return count


@pytest.mark.postgres
def test_two_processes_accept_one_token_and_it_counts_once(founded: DemoOffice) -> None:
    batch = founded.store()
    token = batches.draft(founded.opened, CLERK, Act.SUBMIT, batch).signed_by(founded.signer(CLERK))
    said = accepted_at_once(founded, [token], [token])
    assert sorted(said) == [["done"], ["statement_used"]]
    assert statements_of(founded) == 1
    assert batches.shown(founded.opened, batch).state == "submitted"


def test_two_processes_accept_two_tokens_on_one_batch_and_one_counts(founded: DemoOffice) -> None:
    """One approves what the other rejects."""
    batch = founded.store()
    founded.submit(batch)
    signer = founded.signer(APPROVER)
    tokens = [
        batches.draft(founded.opened, APPROVER, act, batch).signed_by(signer) for act in (Act.APPROVE, Act.REJECT)
    ]
    said = accepted_at_once(founded, tokens[:1], tokens[1:])
    assert sorted(said) == [["done"], ["wrong_state"]]
    assert statements_of(founded) == 2
    done = "approved" if said[0] == ["done"] else "rejected"
    assert batches.shown(founded.opened, batch).state == done


def test_orders_are_accepted_while_the_worker_publishes(issued: DemoOffice) -> None:
    """Nothing waits for long, nothing is lost, and what came late goes out with the next snapshot."""
    numbers = [each.number for each in issued.certificates()[:8]]
    signer = issued.signer(APPROVER)
    tokens = []
    for number in numbers:
        order = issued.order(number, act=Act.SUSPEND, reason=Reason.UNDER_REVIEW)
        token = status.draft(issued.opened, APPROVER, issued.plan(order)).signed_by(signer)
        tokens.append(f"{token}:{number}")
    process = started(issued, ACCEPT)
    assert process.stdout is not None
    assert process.stdin is not None
    with issued.worker() as worker:
        assert process.stdout.readline() == "ready\n"
        process.stdin.write(" ".join(tokens) + "\n")
        process.stdin.flush()
        while process.poll() is None:
            assert worker.publish_changes(even_without=True).held_back == ()
        assert worker.publish_changes().held_back == ()
        assert worker.make_notices() == []
    assert process.stdout.read().split() == ["done"] * len(tokens)
    process.stdin.close()
    process.stdout.close()
    assert issued.outcomes() == {"valid": 16, "suspended": 8}
    assert waiting(issued) == 0


@pytest.mark.parametrize("place", ["in front", "behind"])
def test_a_worker_killed_between_certificates_and_documents_is_followed_by_one_that_makes_them(
    founded: DemoOffice, senior_engineer: AwardDraft, place: str
) -> None:
    """In front of the commit that says that the batch is issued, and behind it."""
    assert founded.approved_drafts(drafts(4, senior_engineer)) == "sf-hrss-0001"
    process = started(founded, WORK, place)
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    signed = contents(founded)
    assert len(signed) == 4
    left = founded.raw("SELECT topic FROM outbox WHERE done_at IS NULL AND topic != 'publish' ORDER BY topic")
    assert [topic for (topic,) in left] == {"in front": ["documents", "issue"], "behind": ["documents"]}[place]
    founded.clock.move(seconds=1)
    with founded.worker() as worker:
        worker.run_pending()
    assert contents(founded) == signed
    assert_complete(founded, 4)
    assert len(list(founded.home.documents.rglob("*.pdf"))) == 4


@pytest.mark.postgres
@pytest.mark.parametrize("first", ["approves", "suspends"])
def test_one_approves_a_withdrawal_while_another_suspends_the_same(issued: DemoOffice, first: str) -> None:
    """All certificates go one way: whoever comes second finds that they moved on, and nothing is half done."""
    opened, numbers = issued.opened, [each.number for each in issued.certificates()[:5]]
    waiting = status.act_here(opened, APPROVER, issued.plan(issued.order(*numbers))).waiting
    assert waiting is not None
    second = orders.draft_answer(opened, SECOND, waiting.number, Act.SECOND).signed_by(issued.signer(SECOND))
    plan = issued.plan(issued.order(*numbers, act=Act.SUSPEND))
    suspending = status.draft(opened, APPROVER, plan).signed_by(issued.signer(APPROVER))
    acts = [
        lambda: orders.approve(opened, second, waiting.number),
        lambda: status.accept(opened, suspending, plan.seen),
    ]
    said = codes(together(*(acts if first == "approves" else reversed(acts))))
    said = said if first == "approves" else said[::-1]
    assert said in ([None, "moved_on"], ["moved_on", None])
    issued.publish()
    withdrawn = said[0] is None
    assert issued.outcomes() == {"valid": 19, "withdrawn" if withdrawn else "suspended": 5}
    assert issued.raw("SELECT count(*) FROM events WHERE ordinal > 1") == [(5,)]
    assert issued.raw("SELECT count(*) FROM integrity_records") == [(5 if withdrawn else 0,)]
    assert [each.number for each in orders.listed(opened)] == ([] if withdrawn else [waiting.number])
