"""What somebody tries who owns the database, and sometimes the publication's folder: a table of their acts.

Each act is refused, or it is noticed and named; and what the public is told stays true, whatever they wrote. They hold
the key-encryption key and, where an act says so, a stolen credential key; they hold no operator's key, no status key
and no publisher key. The other files of this folder try each kind of act in many forms.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from credential.errors import CodedError
from issuer.db.certificates import Certificate
from issuer.services import batches
from issuer.worker.worker import Worker
from tests.support.audits import Entry, put_between, rehash
from tests.support.forms import each_kind_quick
from tests.support.insider import issue, issue_unproven, sign_again, store
from tests.support.office import CLERK, OTHER_LIST, DemoOffice, batch_drafts, drafts

WITHDRAWN = Counter({"valid": 23, "withdrawn": 1})
"""The truth in these tests: one of 24 was withdrawn."""


@dataclass(slots=True)
class Insider:
    """Somebody at work in an office in which one certificate of 24 was withdrawn."""

    demo: DemoOffice
    before: dict[str, bytes]
    """The publication as it was before the withdrawal."""
    patch: pytest.MonkeyPatch

    @property
    def withdrawn(self) -> Certificate:
        return next(each for each in self.demo.certificates() if each.number == self.demo.certificates()[0].number)

    @property
    def another(self) -> Certificate:
        return self.demo.certificates()[1]

    @property
    def folder(self) -> Path:
        return self.demo.home.publication_folder

    def put_back(self, *paths: str) -> None:
        """Put files of before the withdrawal in their place again."""
        for path in paths:
            (self.folder / path).write_bytes(self.before[path])


Act = Callable[[Insider], None]


# The database: certificates and events


def invents_a_certificate(insider: Insider) -> None:
    """All rows that issuing writes, signed with a stolen credential key, of a batch that nobody approved."""
    demo = insider.demo
    template = batch_drafts(demo, "sf-hrss-0001")[0]
    issue_unproven(demo, store(demo, drafts(1, template)), insider.patch)


def invents_a_certificate_in_an_approved_state(insider: Insider) -> None:
    invents_a_certificate(insider)
    insider.demo.raw("UPDATE batches SET state = 'issued'")


def goes_on_with_what_was_taken_back(insider: Insider) -> None:
    """All rows that issuing writes, of a batch that two persons approved and one of them took back."""
    demo = insider.demo
    batch = demo.approved(OTHER_LIST)
    batches.take_back_here(demo.opened, CLERK, batch)
    with demo.worker() as worker:
        worker.publish_changes(even_without=True)
    demo.raw("UPDATE batches SET state = 'approved', rows_waiting = 3, rows_rejected = 0 WHERE id = ?", batch)
    demo.raw("UPDATE awards SET state = 'waiting' WHERE batch = ?", batch)
    issue_unproven(demo, batch, insider.patch)


def deletes_the_statement_that_took_back(insider: Insider) -> None:
    goes_on_with_what_was_taken_back(insider)
    insider.demo.raw("DELETE FROM statements WHERE act = 'take_back'")


def deletes_the_taking_back(insider: Insider) -> None:
    deletes_the_statement_that_took_back(insider)
    insider.demo.raw("DELETE FROM audit WHERE act = 'batch.take_back'")


def rewrites_the_audit_without_the_taking_back(insider: Insider) -> None:
    """With every hash behind it: what was published names another head."""
    deletes_the_statement_that_took_back(insider)
    demo = insider.demo
    [(ordinal,)] = demo.raw("SELECT ordinal FROM audit_chain JOIN audit ON id = entry WHERE act = 'batch.take_back'")
    demo.raw("UPDATE audit SET act = 'batch.check' WHERE act = 'batch.take_back'")
    rehash(demo.opened.register, ordinal)


def signs_other_claims(insider: Insider) -> None:
    """Of a certificate that was approved, and is not public yet."""
    demo = insider.demo
    issue(demo, demo.approved(OTHER_LIST))
    sign_again(demo, demo.certificates()[-1], name="冒名")


def suspends_without_a_statement(insider: Insider) -> None:
    insert_event(insider, statement=None)


def suspends_with_anothers_statement(insider: Insider) -> None:
    [(statement,)] = insider.demo.raw("SELECT id FROM statements WHERE act = 'withdraw'")
    insert_event(insider, statement=statement)


def insert_event(insider: Insider, *, statement: str | None) -> None:
    insider.demo.raw(
        "INSERT INTO events (certificate, ordinal, kind, effective, recorded, authority, basis, document, reason,"
        " statement) SELECT certificate, 2, 'withdrawn', effective, recorded, authority, '依据', '文号', 'fraud', ?"
        " FROM events WHERE certificate = ? AND ordinal = 1",
        statement,
        insider.another.id,
    )
    insider.demo.raw("UPDATE certificates SET state = 'withdrawn' WHERE id = ?", insider.another.id)


def dates_an_issue_back(insider: Insider) -> None:
    day = "2026-11-20"
    insider.demo.raw("UPDATE events SET effective = ?, recorded = ? WHERE ordinal = 1", day, f"{day} 02:00:00.000000")


def deletes_the_withdrawal(insider: Insider) -> None:
    insider.demo.raw("DELETE FROM events WHERE kind = 'withdrawn'")
    insider.demo.raw("UPDATE certificates SET state = 'valid'")


def deletes_the_withdrawal_with_its_statement(insider: Insider) -> None:
    deletes_the_withdrawal(insider)
    for table in ("stated_certificates", "integrity_records"):
        insider.demo.raw(f"DELETE FROM {table}")
    insider.demo.raw("DELETE FROM statements WHERE act = 'withdraw'")


def says_valid(insider: Insider) -> None:
    insider.demo.raw("UPDATE certificates SET state = 'valid'")


def exchanges_a_signed_history(insider: Insider) -> None:
    insider.demo.raw(
        "UPDATE signed_histories SET content = (SELECT content FROM signed_histories WHERE certificate = ?)"
        " WHERE certificate = ?",
        insider.another.id,
        insider.withdrawn.id,
    )


def takes_signed_histories_away(insider: Insider) -> None:
    insider.demo.raw("DELETE FROM signed_histories WHERE certificate = ?", insider.withdrawn.id)


# What is published, and when


def hides_a_suspension(insider: Insider) -> None:
    """Its work is marked as done."""
    insider.demo.apply(insider.demo.plan(insider.demo.order(insider.another.number)))
    insider.demo.raw("UPDATE outbox SET done_at = created")


def hides_a_suspension_as_published(insider: Insider) -> None:
    hides_a_suspension(insider)
    insider.demo.raw("UPDATE events SET published = 1")


def puts_the_older_snapshot_back(insider: Insider) -> None:
    insider.put_back("snapshot.jwt")


def puts_the_older_publication_back(insider: Insider) -> None:
    insider.put_back("snapshot.jwt", "status/0.cwt", "status/0.jwt")
    insider.demo.raw("UPDATE publications SET confirmed_at = NULL WHERE sequence = 2")


def forgets_the_last_snapshot(insider: Insider) -> None:
    insider.demo.raw("UPDATE events SET published = 1 WHERE published IS NOT NULL")
    insider.demo.raw("DELETE FROM publications WHERE sequence = 2")


def deletes_the_snapshot(insider: Insider) -> None:
    deletes_the_withdrawal(insider)
    (insider.folder / "snapshot.jwt").unlink()


def deletes_the_shards(insider: Insider) -> None:
    deletes_the_withdrawal(insider)
    for path in (insider.folder / "shards").iterdir():
        path.unlink()


def changes_a_shard(insider: Insider) -> None:
    path = max((insider.folder / "shards").iterdir(), key=lambda each: each.stat().st_mtime_ns)
    path.write_bytes(path.read_bytes()[:-1] + b"x")


def puts_the_older_status_list_back(insider: Insider) -> None:
    insider.put_back("status/0.jwt")


def changes_the_trust_list(insider: Insider) -> None:
    path = insider.folder / "trust" / "list" / "1"
    path.write_bytes(path.read_bytes()[:-10] + b"AAAAAAAAAA")


def changes_the_kept_trust_list(insider: Insider) -> None:
    insider.demo.raw("UPDATE published_files SET content = zeroblob(100) WHERE path = 'trust/list/1'")


# The audit and the integrity records


def deletes_an_entry_of_the_audit(insider: Insider) -> None:
    insider.demo.raw("DELETE FROM audit_chain WHERE ordinal = 9")


def rewrites_an_old_entry_of_the_audit(insider: Insider) -> None:
    insider.demo.raw("UPDATE audit SET actor = 'nobody' WHERE id = 9")


def rewrites_the_audit_with_every_hash(insider: Insider) -> None:
    put_between(insider.demo.opened.register, 9, Entry(actor=CLERK, act="test.act", subject="forged"))


def empties_the_audit(insider: Insider) -> None:
    insider.demo.raw("DELETE FROM audit")


def frees_a_person(insider: Insider) -> None:
    insider.demo.raw("DELETE FROM integrity_records")


def bars_a_person(insider: Insider) -> None:
    insider.demo.raw(
        "INSERT INTO integrity_records (id, blind_index, authority, certificate, basis, document, term_from, recorded)"
        " SELECT 'ab', h.blind_index, 'sf-hrss', NULL, '依据', '文号', '2026-11-01', e.recorded"
        " FROM certificates c JOIN holders h ON h.id = c.holder JOIN events e ON e.certificate = c.id"
        " WHERE c.id = ? LIMIT 1",
        insider.another.id,
    )


ACTS: dict[Act, tuple[set[str], Counter[str]]] = {
    invents_a_certificate: ({"no_statement"}, WITHDRAWN + Counter(not_authentic=1)),
    invents_a_certificate_in_an_approved_state: ({"no_statement"}, WITHDRAWN + Counter(not_authentic=1)),
    goes_on_with_what_was_taken_back: ({"taken_back"}, WITHDRAWN + Counter(not_authentic=3)),
    deletes_the_statement_that_took_back: ({"taken_back"}, WITHDRAWN + Counter(not_authentic=3)),
    deletes_the_taking_back: ({"audit_altered"}, WITHDRAWN + Counter(not_authentic=3)),
    rewrites_the_audit_without_the_taking_back: ({"audit_altered"}, WITHDRAWN + Counter(not_authentic=3)),
    signs_other_claims: ({"reserved_differs"}, Counter(valid=25, withdrawn=1, not_authentic=1)),
    suspends_without_a_statement: ({"unordered_event"}, WITHDRAWN),
    suspends_with_anothers_statement: ({"unordered_event"}, WITHDRAWN),
    dates_an_issue_back: ({"history_shortened"}, WITHDRAWN),
    deletes_the_withdrawal: ({"history_shortened"}, WITHDRAWN),
    deletes_the_withdrawal_with_its_statement: ({"history_shortened"}, WITHDRAWN),
    says_valid: ({"state_differs"}, WITHDRAWN),
    exchanges_a_signed_history: (set(), WITHDRAWN),
    takes_signed_histories_away: ({"certificates_gone"}, WITHDRAWN),
    hides_a_suspension: (set(), Counter(valid=22, withdrawn=2)),
    hides_a_suspension_as_published: ({"hidden_change"}, Counter(valid=22, withdrawn=2)),
    puts_the_older_snapshot_back: ({"publication_altered"}, Counter(valid=24)),
    puts_the_older_publication_back: (set(), WITHDRAWN),
    forgets_the_last_snapshot: ({"register_behind"}, WITHDRAWN),
    deletes_the_snapshot: ({"publication_altered"}, Counter()),
    deletes_the_shards: ({"publication_altered"}, Counter()),
    changes_a_shard: ({"publication_altered"}, Counter()),
    puts_the_older_status_list_back: ({"publication_altered"}, WITHDRAWN),
    changes_the_trust_list: ({"publication_altered"}, Counter()),
    changes_the_kept_trust_list: ({"publication_altered"}, WITHDRAWN),
    deletes_an_entry_of_the_audit: ({"audit_altered"}, WITHDRAWN),
    rewrites_an_old_entry_of_the_audit: ({"audit_altered"}, WITHDRAWN),
    rewrites_the_audit_with_every_hash: ({"audit_altered"}, WITHDRAWN),
    empties_the_audit: ({"audit_altered"}, WITHDRAWN),
    frees_a_person: ({"integrity_missing"}, WITHDRAWN),
    bars_a_person: ({"integrity_unproven"}, WITHDRAWN),
}
"""What an office is told, by its code, and what checkers find of everything that is in the register then.

Where nothing is told, the act came to nothing. Where files are gone checkers cannot know, which is no outcome here.
"""


def told(demo: DemoOffice) -> set[str]:
    """Everything that an office is told when it publishes, walks on and looks around, a minute later."""
    demo.clock.move(minutes=2)
    codes: set[str] = set()
    looks: tuple[Callable[[Worker], object], ...] = (
        lambda worker: worker.publish_changes(even_without=True).held_back,
        lambda worker: worker.walk().held_back,
        lambda worker: worker.look_around(),
    )
    for look in looks:
        try:
            with demo.worker() as worker:
                codes |= {each.code for each in look(worker)}  # type: ignore[attr-defined]
        except CodedError as error:
            codes.add(error.code)
    return codes


@pytest.mark.slow
@pytest.mark.parametrize(
    ("act", "expected"),
    each_kind_quick(ACTS.items(), lambda row: frozenset(row[1][1])),
    ids=[each.__name__ for each in ACTS],
)
def test_an_act_is_refused_or_named_and_the_public_is_told_the_truth(
    issued: DemoOffice, monkeypatch: pytest.MonkeyPatch, act: Act, expected: tuple[set[str], Counter[str]]
) -> None:
    before = issued.files()
    issued.clock.move(minutes=1)
    issued.change(issued.certificates()[0].number)
    act(Insider(demo=issued, before=before, patch=monkeypatch))
    codes, outcomes = expected
    found = told(issued)
    assert codes <= found if codes else not found, found
    seen = issued.outcomes_by_qr()
    seen.pop("indeterminate", None)
    assert seen == outcomes
