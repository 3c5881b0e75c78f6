"""The tables beside certificates: lists of the office, statements and their lists, batches, records, files, numbers.

Rules: what the root, the administrator or an operator signed is compared with the rows that stand for it. What the
register has beyond the published trust list waits for the root and is told apart: it is no finding, but whoever signs
next looks at it.

    for finding in prove_tables(session, opened, operators): ...
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Final

from sqlalchemy import func, select

from credential import snapshot as snapshots
from credential.errors import CredentialError
from credential.merkle import Frontier, leaf_hash
from credential.statements import CERTIFICATE_ACTS, SeenCertificate, Statement
from credential.trustlist import VerifiedTrustList
from issuer import statements
from issuer.auditing.shares import WHOLE
from issuer.auditing.shares import ids as parts_of
from issuer.claims.merging import ProvenMerges
from issuer.db.models import (
    AwardRow,
    BatchRow,
    CatalogueVersionRow,
    CertificateRow,
    HolderMergeRow,
    NumberCounterRow,
    PublicationRow,
    PublishedFileRow,
    StatedCertificateRow,
    StatementRow,
)
from issuer.db.sessions import ReadSession
from issuer.errors import IssuerError
from issuer.home.opened import Opened
from issuer.integrity.checking import check_part
from issuer.office import lists
from issuer.office.operators import Operators
from issuer.office.schemes import schemes_to_json
from issuer.proving.cases import prove_cases, prove_persons
from issuer.proving.model import UNPROVEN, Finding
from issuer.publishing.chain import published_trust, signed_trust_list
from issuer.publishing.kept import Kept, content
from issuer.trust.changes import Change, Step
from issuer.trust.lists import draft_trust_list

_OFFICE: Final = {
    "authority": "authorities",
    "grant": "grants",
    "key": "trust_keys",
    "document_certificate": "document_certificates",
    "status_list": "deployment",
    "committee": "committees",
    "filing": "filings",
    "filings_file": "filings",
    "trust_list": "deployment",
}
"""The table behind each kind of entry of a trust list and of the files that it names."""
_Counter = tuple[str, str]
"""Authority and scope."""
_OF_EACH_LIST: Final = frozenset({"version", "iat", "exp", "filings_digest", "catalogue_digest", "catalogue_version"})


def prove_tables(session: ReadSession, opened: Opened, operators: Operators) -> Iterator[Finding]:
    """Yield what is wrong in the tables beside certificates.

    Args:
        session: reads one state of the register.
        opened: the home.
        operators: the verified file of operators.
    """
    trust = published_trust(session, opened.home.publication, now=opened.clock(), compare=False)
    yield from _office(session, opened)
    yield from _operators(session, operators)
    yield from _deployment(session, opened, operators, trust)
    for row in session.scalars(select(StatementRow).order_by(StatementRow.id).execution_options(yield_per=500)):
        yield from _statement(session, row, operators)
    yield from _counts(session)
    yield from _merges(session, operators)
    yield from _integrity(session, opened, operators)
    yield from prove_persons(session, opened)
    yield from prove_cases(session, opened, operators)
    yield from _lists(session, opened)
    yield from _catalogues(session)
    yield from _snapshots(session, trust)
    yield from _counters(session)


def waiting_for_root(session: ReadSession, opened: Opened) -> int:
    """Return how many entries the register has that no published trust list has yet."""
    return sum(each.step is Step.NEW for each in _changes(session, opened))


def _changes(session: ReadSession, opened: Opened) -> tuple[Change, ...]:
    store = Kept.within(session, opened.home.publication, compare=False)
    return draft_trust_list(session, opened.home.trust_settings, store, now=opened.clock()).changes


def _office(session: ReadSession, opened: Opened) -> Iterator[Finding]:
    for each in _changes(session, opened):
        if each.step is Step.NEW or (each.what in {"trust_list", "filings_file"} and each.member in _OF_EACH_LIST):
            continue
        table = "regions" if each.member == "region_name" else _OFFICE.get(each.what, "catalogue_versions")
        message = f"{each.what} {each.which}: {each.member or 'the entry'} is not what the root signed"
        fields = {"what": each.what, "which": each.which, "member": each.member}
        yield Finding(
            table=table, object=each.which or each.what, code="office_differs", message=message, fields=fields
        )


def _operators(session: ReadSession, operators: Operators) -> Iterator[Finding]:
    signed = {each.operator.id: each.operator for each in operators.entries}
    rows = {each.id: each for each in lists.operators(session)}
    for name in sorted(signed.keys() | rows.keys()):
        one, row = signed.get(name), rows.get(name)
        is_same = (
            one is not None
            and row is not None
            and (one.person, one.name, one.role, one.authority) == (row.person, row.name, row.role, row.authority)
            and one.key.key_id == row.key_id
            and schemes_to_json(one.schemes) == row.schemes
        )
        if not is_same:
            message = f"operator {name} is not what the administrator's file says"
            yield Finding(table="operators", object=name, code="operator_differs", message=message)


def _deployment(
    session: ReadSession, opened: Opened, operators: Operators, trust: VerifiedTrustList
) -> Iterator[Finding]:
    row, settings = lists.deployment(session), opened.home.settings
    said = (row.id, row.status_lists, row.operators_version)
    if said != (settings.deployment, len(trust.content.status), operators.version):
        message = "the register's deployment is not that of the home, its trust list and its file of operators"
        yield Finding(table="deployment", object=row.id, code="deployment_differs", message=message)


def _statement(session: ReadSession, row: StatementRow, operators: Operators) -> Iterator[Finding]:
    try:
        statement, _ = statements.proven(row, operators)
    except IssuerError as error:
        yield Finding.of("statements", row.id, error)
        return
    if row.batch is not None:
        yield from _batch(session, row, statement)
    if statement.act in CERTIFICATE_ACTS:
        yield from _stated(session, row, statement)


def _batch(session: ReadSession, row: StatementRow, statement: Statement) -> Iterator[Finding]:
    batch = session.get(BatchRow, row.batch)
    if batch is None or statement.object.get("batch") != row.batch:
        message = f"statement {row.id} is about another batch than {row.batch}, or that is gone"
        yield Finding(table="batches", object=str(row.batch), code="batch_altered", message=message)
        return
    root = statement.digests.get("rows_root")
    if root is not None and root != batch.rows_root.hex():
        message = f"batch {batch.id} has another root than {statement.operator} signed to {statement.act.value}"
        yield Finding(table="batches", object=batch.id, code="batch_altered", message=message)


def _stated(session: ReadSession, row: StatementRow, statement: Statement) -> Iterator[Finding]:
    tree = Frontier()
    query = select(StatedCertificateRow).where(StatedCertificateRow.statement == row.id)
    for each in session.scalars(query.order_by(StatedCertificateRow.position).execution_options(yield_per=500)):
        seen = SeenCertificate(number=each.number, state=each.state, events=each.events)
        if b"".join(tree.append(leaf_hash(seen.encode()))) != each.hashes:
            yield _list_differs(row)
            return
    if tree.size == 0 or tree.root().hex() != statement.digests.get("certificates_root"):
        yield _list_differs(row)


def _list_differs(row: StatementRow) -> Finding:
    message = f"the list of certificates of statement {row.id} is not the one that {row.operator} signed"
    return Finding(table="stated_certificates", object=row.id, code="list_altered", message=message)


def _counts(session: ReadSession) -> Iterator[Finding]:
    """The rows of a batch are as many as it says, in each state."""
    found: dict[str, dict[str, int]] = {}
    query = select(AwardRow.batch, AwardRow.state, func.count()).group_by(AwardRow.batch, AwardRow.state)
    for batch, state, count in session.execute(query):
        found.setdefault(batch, {})[state.value] = count
    for row in session.scalars(select(BatchRow).order_by(BatchRow.id)):
        said = {
            "waiting": row.rows_waiting,
            "rejected": row.rows_rejected,
            "reserved": row.rows_reserved,
            "issued": row.rows_issued,
        }
        if {state: count for state, count in said.items() if count} != found.get(row.id, {}):
            message = f"batch {row.id} has other rows than it counts"
            yield Finding(table="batches", object=row.id, code="batch_altered", message=message)


def _merges(session: ReadSession, operators: Operators) -> Iterator[Finding]:
    merges = ProvenMerges(lambda _: operators)
    for row in session.scalars(select(HolderMergeRow).order_by(HolderMergeRow.holder)):
        if merges.person_of(session, row.holder) != row.into_holder:
            message = f"that two holders are one person ({row.holder}) is signed by no operator"
            yield Finding(table="holder_merges", object=row.holder, code="merge_unproven", message=message)


def _integrity(session: ReadSession, opened: Opened, operators: Operators) -> Iterator[Finding]:
    for each in check_part(session, lambda: opened.vault, operators, parts_of(WHOLE)):
        yield Finding(table="integrity_records", object=each.object, code=each.code, message=each.message)


def prove_files(session: ReadSession) -> Iterator[Finding]:
    """Yield the files of the root that do not have their digest: where there is one, nothing can be proven by them."""
    for path in session.scalars(select(PublishedFileRow.path).order_by(PublishedFileRow.path)):
        directory, _, name = path.rpartition("/")
        try:
            data = content(session, path)
        except IssuerError as error:
            yield Finding.of("published_files", path, error)
            continue
        if directory == "trust/filings" and data is not None and sha256(data).hexdigest() != name:
            message = f"{path} does not have the digest of its name"
            yield Finding(table="published_files", object=path, code="publication_altered", message=message)


def _lists(session: ReadSession, opened: Opened) -> Iterator[Finding]:
    """Every trust list is signed by a root set."""
    store = Kept.within(session, opened.home.publication, compare=False)
    for path in session.scalars(select(PublishedFileRow.path).where(PublishedFileRow.path.like("trust/list/%"))):
        try:
            signed_trust_list(store, int(path.rpartition("/")[2]), now=opened.clock())
        except UNPROVEN as error:
            yield Finding.of("published_files", path, error)


def _catalogues(session: ReadSession) -> Iterator[Finding]:
    for row in session.scalars(select(CatalogueVersionRow).order_by(CatalogueVersionRow.version)):
        if sha256(row.content).digest() != row.digest:
            message = f"catalogue {row.version} does not have its digest"
            yield Finding(
                table="catalogue_versions", object=str(row.version), code="catalogue_altered", message=message
            )


def _snapshots(session: ReadSession, trust: VerifiedTrustList) -> Iterator[Finding]:
    """Every snapshot that was kept is signed, and is the one of its number."""
    query = select(PublicationRow).order_by(PublicationRow.sequence).execution_options(yield_per=100)
    for row in session.scalars(query):
        if row.token is None:
            continue
        try:
            unverified = snapshots.parse_snapshot(row.token)
            unverified.message.verify(trust.key(unverified.message.key_id, use="publisher").key)
            said = (unverified.content.seq, unverified.content.trust_version, unverified.content.records)
            is_ours = said == (row.sequence, row.trust_version, row.records)
        except CredentialError as error:
            yield Finding.of("publications", str(row.sequence), error)
            continue
        if not is_ours or sha256(row.token).digest() != row.snapshot_digest:
            message = f"snapshot {row.sequence} in the register is not the one that was signed"
            yield Finding(table="publications", object=str(row.sequence), code="snapshot_altered", message=message)


def _counters(session: ReadSession) -> Iterator[Finding]:
    """No number is above its counter: the next one would be given twice."""
    counters = [row for row in session.scalars(select(NumberCounterRow)) if "#" in row.scope]
    highest = dict.fromkeys(((each.authority, each.scope) for each in counters), 0)
    patterns = {
        (each.authority, each.scope): re.compile(
            re.sub("#+", lambda found: f"([0-9]{{{len(found[0])}}})", re.escape(each.scope).replace(r"\#", "#"))
        )
        for each in counters
    }
    query = select(CertificateRow.authority, CertificateRow.number).execution_options(yield_per=1000)
    for authority, number in session.execute(query):
        _count(highest, patterns, authority, number)
    for each in counters:
        if each.last < highest[each.authority, each.scope]:
            message = f"counter {each.scope} of {each.authority} stands behind a number that was given"
            yield Finding(table="number_counters", object=each.scope, code="counter_behind", message=message)


def _count(highest: dict[_Counter, int], patterns: Mapping[_Counter, re.Pattern[str]], who: str, number: str) -> None:
    for scope, pattern in patterns.items():
        if scope[0] == who and (found := pattern.fullmatch(number)) is not None:
            highest[scope] = max(highest[scope], int(found[1]))
