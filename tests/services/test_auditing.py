"""The audit as an auditor looks it through: verified against kept heads, listed with statements, its head exported."""

from __future__ import annotations

import pytest

from credential.history import Act
from credential.signing import KeyUse
from credential.text import from_base64url, to_base64url
from issuer import audit
from issuer.auditing.walk import Fault, Keeper
from issuer.errors import InputError, NotFoundError
from issuer.services import acting, auditing, operators
from issuer.services.auditing import HeadFile
from tests.services.elsewhere import code_of
from tests.support.audits import Entry, cut, put_between
from tests.support.office import ACTOR, APPROVED, APPROVER, CLERK, SECOND, DemoOffice


def exported(demo: DemoOffice, name: str = "head.jws") -> HeadFile:
    token, _ = auditing.export(demo.opened)
    return HeadFile(name=name, data=f"{token}\n".encode())


def test_a_home_in_order_is_intact(issued: DemoOffice) -> None:
    found = auditing.verify(issued.opened, files=[exported(issued)])
    assert found.is_intact
    with issued.opened.register.read() as session:
        assert found.entries == audit.head(session).length
    assert found.compared[Keeper.SNAPSHOT] >= 1
    assert found.compared[Keeper.FILE] >= 1


def test_before_anything_is_published_the_chain_is_verified_too(founded: DemoOffice) -> None:
    assert auditing.verify(founded.opened).is_intact


def test_an_entry_in_the_middle_contradicts_the_snapshot(issued: DemoOffice) -> None:
    put_between(issued.opened.register, 9, Entry(actor=CLERK, act="test.act", subject="forged"))
    found = auditing.verify(issued.opened).difference
    assert found is not None
    assert found.fault is Fault.OTHER_HEAD
    assert found.kept is not None
    assert found.kept.keeper is Keeper.SNAPSHOT


@pytest.mark.slow
def test_an_exported_head_knows_what_no_snapshot_does(issued: DemoOffice) -> None:
    """Entries behind the last snapshot are cut off and others take their place."""
    issued.submit(issued.store("engineering-other-documents-2026.xlsx"))
    file = exported(issued)
    with issued.opened.register.read() as session:
        length = audit.head(session).length
    cut(issued.opened.register, length - 1)
    with issued.opened.register.write() as session:
        audit.append(session, actor="x", act="test.act", subject="y", now=issued.clock())
    assert auditing.verify(issued.opened).is_intact
    found = auditing.verify(issued.opened, files=[file]).difference
    assert found is not None
    assert found.kept is not None
    assert (found.ordinal, found.kept.keeper, found.kept.name) == (length, Keeper.FILE, "head.jws")


def test_the_head_at_which_an_operator_ended_is_kept_by_the_administrator(issued: DemoOffice) -> None:
    operators.end_here(issued.opened, ACTOR, CLERK)
    assert auditing.verify(issued.opened).compared[Keeper.OPERATORS] == 1
    (issued.home.publication_folder / "snapshot.jwt").unlink()
    put_between(issued.opened.register, 9, Entry(actor=CLERK, act="test.act", subject="forged"))
    found = auditing.verify(issued.opened).difference
    assert found is not None
    assert found.kept is not None
    assert (found.kept.keeper, found.kept.name) == (Keeper.OPERATORS, CLERK)


def test_a_witness_needs_no_signature(issued: DemoOffice) -> None:
    with issued.opened.register.read() as session:
        head = audit.head(session)
    lines = f"{head.length} {head.head.hex()}\n".encode()
    assert auditing.verify(issued.opened, witnesses=[HeadFile(name="w", data=lines)]).is_intact
    other = f"{head.length} {bytes(32).hex()}\n".encode()
    found = auditing.verify(issued.opened, witnesses=[HeadFile(name="w", data=lines + other)]).difference
    assert found is not None
    assert found.kept is not None
    assert (found.ordinal, found.kept.name) == (head.length, "w:2")


@pytest.mark.parametrize("data", [b"", b"12\n", b"12 abc\n", b"12  " + b"0" * 64, b"\xff\n"])
def test_a_witness_that_is_none_is_refused(founded: DemoOffice, data: bytes) -> None:
    with pytest.raises(InputError) as caught:
        auditing.verify(founded.opened, witnesses=[HeadFile(name="w", data=data)])
    assert code_of(caught) == "bad_head_file"


def test_a_witness_with_a_line_that_is_none_is_refused(founded: DemoOffice) -> None:
    with founded.opened.register.read() as session:
        head = audit.head(session)
    data = f"{head.length} {head.head.hex()}\n# and more\n".encode()
    with pytest.raises(InputError) as caught:
        auditing.verify(founded.opened, witnesses=[HeadFile(name="w", data=data)])
    assert code_of(caught) == "bad_head_file"


def test_a_head_that_nobody_signed_is_refused(issued: DemoOffice) -> None:
    head, payload, signature = exported(issued).data.decode().strip().split(".")
    forged = to_base64url(from_base64url(payload).replace(b'"length":', b'"length":1'))
    for data in (b"", b"x", f"{head}.{forged}.{signature}".encode()):
        with pytest.raises(InputError) as caught:
            auditing.verify(issued.opened, files=[HeadFile(name="f", data=data)])
        assert code_of(caught) == "bad_head_file"


def test_a_head_by_another_key_or_of_another_deployment_is_refused(issued: DemoOffice) -> None:
    from issuer.auditing import headfile

    status = next(each for each in issued.opened.custody.held() if each.use == KeyUse.STATUS)
    publisher = next(each for each in issued.opened.custody.held() if each.use == KeyUse.PUBLISHER)
    with issued.opened.register.read() as session:
        head = audit.head(session)
    for held, use, deployment in ((status, KeyUse.STATUS, "shifan-demo"), (publisher, KeyUse.PUBLISHER, "another")):
        name = issued.home.settings.deployment if deployment == "shifan-demo" else deployment
        dated = headfile.DatedHead(deployment=name, head=head, at=issued.clock())
        token = headfile.sign(dated, issued.opened.custody.signer(use, held.key_id))
        with pytest.raises(InputError) as caught:
            auditing.verify(issued.opened, files=[HeadFile(name="f", data=token.encode())])
        assert code_of(caught) == "bad_head_file"


def test_what_lies_in_a_heads_place_and_proves_nothing_is_reported(issued: DemoOffice) -> None:
    issued.home.audit_heads.mkdir(parents=True, exist_ok=True)
    (issued.home.audit_heads / "2026-11-20.jws").write_bytes(b"x")
    snapshot = issued.home.publication_folder / "snapshot.jwt"
    snapshot.write_bytes(snapshot.read_bytes()[:-8])
    found = auditing.verify(issued.opened)
    assert found.difference is None
    assert not found.is_intact
    assert [each.keeper for each in found.unproven] == [Keeper.SNAPSHOT, Keeper.FILE]


def test_a_snapshot_that_nobody_signed_keeps_no_head(issued: DemoOffice) -> None:
    snapshot = issued.home.publication_folder / "snapshot.jwt"
    head, payload, signature = snapshot.read_text(encoding="ascii").strip().split(".")
    changed = from_base64url(payload).replace(b'"length":', b'"length":1')
    snapshot.write_text(f"{head}.{to_base64url(changed)}.{signature}", encoding="ascii")
    found = auditing.verify(issued.opened)
    assert found.difference is None
    assert [each.keeper for each in found.unproven] == [Keeper.SNAPSHOT]


@pytest.mark.slow
def test_entries_name_their_statements(issued: DemoOffice) -> None:
    number = issued.certificates()[0].number
    issued.change(number, act=Act.SUSPEND)
    newest = auditing.listed(issued.opened, of=number, limit=5)
    assert [each.entry.act for each in newest][:3] == ["certificate.suspend", "certificate.plan", "certificate.issue"]
    assert newest[0].statement is not None
    assert newest[0].entry.statement is not None
    assert [each.statement for each in newest[1:]] == [None, None]
    [stored] = issued.raw("SELECT id FROM statements WHERE act = 'suspend'")
    assert newest[0].statement == stored[0]
    assert {each.entry.actor for each in auditing.listed(issued.opened, of=CLERK)} >= {CLERK}
    assert auditing.listed(issued.opened, of=APPROVED, limit=2)[0].entry.subject == APPROVED
    assert len(auditing.listed(issued.opened, limit=3)) == 3


# Who acted, from statements


def acted(demo: DemoOffice, number: str) -> list[tuple[str, str, bool]]:
    return [(each.act, each.operator, each.wrong is None) for each in acting.on_certificate(demo.opened, number)]


@pytest.mark.slow
def test_who_acted_on_a_certificate_is_told_from_statements(issued: DemoOffice) -> None:
    number = issued.certificates()[0].number
    issued.change(number)
    found = [each for each in acted(issued, number) if each[0] != "request_issue"]
    assert found == [
        ("submit", CLERK, True),
        ("approve", APPROVER, True),
        ("issue", APPROVER, True),
        ("withdraw", APPROVER, True),
        ("second", SECOND, True),
    ]
    told = {each.act: each for each in acting.on_certificate(issued.opened, number)}
    assert told["withdraw"].name == issued.operators().by_id(APPROVER).operator.name
    assert told["issue"].statement is None
    batch = acting.on_batch(issued.opened, APPROVED)
    assert [each.act for each in batch][:2] == ["submit", "approve"]


@pytest.mark.slow
def test_a_name_put_into_a_column_is_a_claim_only(issued: DemoOffice) -> None:
    number = issued.certificates()[0].number
    issued.change(number)
    issued.raw("UPDATE statements SET operator = 'clerk2' WHERE act IN ('approve', 'withdraw')")
    found = {act: (operator, proven) for act, operator, proven in acted(issued, number)}
    assert (found["approve"], found["withdraw"]) == (("clerk2", False), ("clerk2", False))


@pytest.mark.slow
def test_a_statement_about_something_else_proves_nothing(issued: DemoOffice) -> None:
    one, other = (each.number for each in issued.certificates()[:2])
    issued.change(one)
    issued.change(other, act=Act.SUSPEND)
    issued.raw(
        "UPDATE events SET statement = (SELECT id FROM statements WHERE act = 'withdraw') WHERE kind = 'suspended'"
    )
    assert [each for each in acted(issued, other) if each[0] == "withdraw"] == [("withdraw", APPROVER, False)]


@pytest.mark.slow
def test_a_statement_about_another_certificate_proves_nothing(issued: DemoOffice) -> None:
    one, other = (each.number for each in issued.certificates()[:2])
    issued.change(one)
    issued.change(other)
    issued.raw(
        "UPDATE events SET statement = (SELECT statement FROM events JOIN certificates ON id = certificate"
        " WHERE kind = 'withdrawn' AND number = ?) WHERE kind = 'withdrawn'",
        one,
    )
    assert [each for each in acted(issued, one) if each[0] == "withdraw"] == [("withdraw", APPROVER, True)]
    assert [each for each in acted(issued, other) if each[0] == "withdraw"] == [("withdraw", APPROVER, False)]


@pytest.mark.slow
def test_a_statement_to_do_something_else_proves_nothing(issued: DemoOffice) -> None:
    """Somebody makes a suspension a withdrawal."""
    number = issued.certificates()[0].number
    issued.change(number, act=Act.SUSPEND)
    issued.raw("UPDATE events SET kind = 'withdrawn' WHERE kind = 'suspended'")
    assert [each for each in acted(issued, number) if each[0] == "suspend"] == [("suspend", APPROVER, False)]


@pytest.mark.slow
def test_a_statement_of_another_batch_proves_nothing(issued: DemoOffice) -> None:
    other = issued.store("engineering-other-documents-2026.xlsx")
    issued.raw("UPDATE statements SET batch = ? WHERE batch = ?", other, APPROVED)
    assert {each.wrong for each in acting.on_batch(issued.opened, other)} == {"other_statement"}


def test_a_changed_row_proves_nobodys_approval(issued: DemoOffice) -> None:
    number = issued.certificates()[0].number
    issued.raw("UPDATE batches SET decision_document = 'x' WHERE id = ?", APPROVED)
    assert {proven for act, _, proven in acted(issued, number) if act in {"submit", "approve"}} == {False}


def test_nothing_is_told_of_what_is_not_there(founded: DemoOffice) -> None:
    for call in (acting.on_batch, acting.on_certificate):
        with pytest.raises(NotFoundError):
            call(founded.opened, "none")
