"""A register with one authority, two operators and an administrator, on a file of its own; and acts on its batches."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from credential import jose, jsonform
from credential.claims import Claims, StatusReference
from credential.history import Act
from credential.signing import KeyUse, Signer
from credential.statements import OPERATORS_TYP, OperatorRole, Statement
from credential.text import from_base64url
from issuer.audit import ChainHead
from issuer.batches import approval
from issuer.batches.rows import AwardContent
from issuer.batches.store import store_checked
from issuer.db.certificates import Reserved, add_all_reserved
from issuer.db.integrity import IntegrityRecord
from issuer.db.models import EntryState
from issuer.db.sessions import Register, WriteSession
from issuer.errors import IssuerError
from issuer.identifiers import IdType, Sex
from issuer.intake.findings import Finding, Severity
from issuer.intake.model import AwardDraft, BasisKind, CheckedBatch, ListFile, RawRow
from issuer.office import adding
from issuer.office import operators as operators_file
from issuer.office.operators import OperatorEntry, Operators
from issuer.office.values import Authority, Operator, Region
from issuer.photos.model import CleanPhoto
from issuer.sequencer import chain_all
from issuer.vault import DataKey, Vault
from keys.signers import FileSigner
from tests.support.clock import NOW
from tests.support.databases import Place, copy_place, databases_go, empty_place, made_once, tamper, write_over
from tests.support.registers import registers_share
from tests.support.worldparts import wide_grant

__all__ = ["databases_go", "registers_share"]

DEPLOYMENT = "shifan"
NAMES = ("赵䶮", "欧阳·示范", "钱乙丙")
NUMBERS = ("11010519491231002X", "440524188001010014", "990101198001010016")


def fixed_signer(number: int, use: KeyUse) -> FileSigner:
    return FileSigner(ec.derive_private_key(number, ec.SECP256R1()), use=use)


CLERK = fixed_signer(101, KeyUse.OPERATOR)
APPROVER = fixed_signer(102, KeyUse.OPERATOR)
OTHER_CLERK = fixed_signer(103, KeyUse.OPERATOR)
STRANGER = fixed_signer(104, KeyUse.OPERATOR)
ADMINISTRATOR = fixed_signer(105, KeyUse.ADMINISTRATOR)

REGION = Region(code="990000", name="示范省")
DISTRICT = Region(code="990101", name="示范市示范区")
AUTHORITY = Authority(
    id="sf-rst",
    name="示范省人力资源和社会保障厅",
    name_en="Department of Human Resources and Social Security of Shifan Province",
    credit_code="11100000000013338W",
    region_code="990000",
    number_template="{region}{year}{level}{serial:06}",
    seal_text="示范省职称专用章",
    valid_from=date(2020, 1, 1),
)
GRANT = wide_grant(committee_ways=frozenset({1, 5, 6}), max_gap_days=730, legal_basis="示人社发〔2020〕1号")


def operator(name: str, signer: FileSigner, role: OperatorRole, authority: str | None = "sf-rst") -> Operator:
    return Operator(
        id=name, person=f"工号 {name}", name=f"操作员 {name}", role=role, authority=authority, key=signer.public
    )


PEOPLE = (
    operator("clerk1", CLERK, OperatorRole.CLERK),
    operator("approver1", APPROVER, OperatorRole.APPROVER, None),
    operator("clerk2", OTHER_CLERK, OperatorRole.CLERK),
)
ENTRIES = tuple(OperatorEntry(operator=person, valid_from=NOW.replace(year=2020)) for person in PEOPLE)


def signed_file(
    entries: tuple[OperatorEntry, ...] = ENTRIES,
    *,
    deployment: str = DEPLOYMENT,
    version: int = 1,
    signer: FileSigner = ADMINISTRATOR,
) -> str:
    payload = operators_file.edition(entries, deployment=deployment, version=version)
    return jose.sign(payload, signer, typ=OPERATORS_TYP)


def operators_of(entries: tuple[OperatorEntry, ...] = ENTRIES, version: int = 1) -> Operators:
    token = signed_file(entries, version=version)
    return operators_file.verify(token, administrator=ADMINISTRATOR.public, deployment=DEPLOYMENT)


def verified(entries: tuple[OperatorEntry, ...], version: int = 1, **members: object) -> Operators:
    """A file that a later program made: the administrator signed also what this one does not know."""
    payload = operators_file.edition(ENTRIES, deployment=DEPLOYMENT, version=version)
    value = jsonform.decode_object(payload, max_bytes=1 << 20)
    listed = sorted(entries, key=lambda entry: entry.operator.id)
    changed = value | {"operators": [operators_file._to_json(each) for each in listed]} | members
    token = jose.sign(jsonform.encode(changed), ADMINISTRATOR, typ=OPERATORS_TYP)
    return operators_file.verify(token, administrator=ADMINISTRATOR.public, deployment=DEPLOYMENT)


def ended(entry: OperatorEntry) -> OperatorEntry:
    """An entry whose operator has ended, at a head under which nothing lies."""
    return replace(entry, state=EntryState.ENDED, audit=ChainHead(length=0, head=bytes(32)))


OPERATORS = operators_of()
WITHDRAWAL: dict[str, Any] = {
    "act": Act.WITHDRAW,
    "object": {"authority": "sf-rst", "basis": "", "document": "", "effective": "2026-11-21", "reason": "fraud"},
    "counts": {"certificates": 1},
    "digests": {"certificates_root": "0" * 64},
}
"""What makes a statement one on certificates."""


def good_row(place: int, *, level: int = 2) -> AwardDraft:
    return AwardDraft(
        seq=str(place + 1),
        sheet_row=place + 4,
        name=NAMES[place],
        sex=Sex.MALE,
        id_type=IdType.CITIZEN,
        id_number=NUMBERS[place],
        employer=None,
        series=5,
        title=5002,
        specialty="机械工程",
        level=level,
        way=1,
        award_date=date(2026, 6, 30),
        filing_number="示评备〔2025〕012号",
        basis_kind=BasisKind.COMMITTEE,
        basis_reference="示评备〔2025〕012号",
        decision_document="示人社〔2026〕12号",
        scope=None,
        note=None,
    )


GOOD = tuple(good_row(place) for place in range(3))
REJECTED = (RawRow(sheet_row=7, cells={"name": "孙某某"}),)
FINDING = Finding(
    severity=Severity.ERROR,
    code="id_check_character",
    field="id_number",
    sheet_row=7,
    seq=None,
    value=None,
    message_zh="证件号码校验位错误: 孙某某",
    message_en="ID number: wrong check character: 孙某某",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Laid:
    """A certificate as it is laid out before it is signed."""

    id: str
    claims: Claims
    holder: str
    award: str
    to_sign: bytes
    check_code: str

    def reserve(self, session: WriteSession, key: DataKey) -> None:
        reserved = Reserved(
            id=self.id,
            claims=self.claims,
            holder=self.holder,
            award=self.award,
            status_list=0,
            signer_kid=bytes(8),
            to_sign=self.to_sign,
            check_code=self.check_code,
        )
        add_all_reserved(session, [reserved.sealed(key)])


def laid(row: AwardContent, number: int, *, cti: bytes, to_sign: bytes, check_code: str) -> Laid:
    """The certificate of a row, as the running number ``number``."""
    draft = row.draft
    claims = Claims(
        issuer="sf-rst",
        issued_at=NOW,
        cti=cti,
        status=StatusReference(index=number, uri="https://example.cn/status/0"),
        name=draft.name,
        id_last4=draft.id_number[-4:],
        number=f"9900002026200000{number}",
        series=draft.series,
        title=draft.title,
        specialty=draft.specialty,
        level=draft.level,
        way=draft.way,
        award_date=draft.award_date,
        basis_kind=int(draft.basis_kind),
        basis_reference=draft.basis_reference,
        scope=None,
    )
    return Laid(
        id=f"c{number}", claims=claims, holder=row.holder, award=row.award, to_sign=to_sign, check_code=check_code
    )


@dataclass(frozen=True)
class Office:
    """A founded register and the vault that opens it."""

    register: Register
    vault: Vault
    place: Place

    def record_by_hand(self, id_number: str, *, until: date | None = None) -> IntegrityRecord:
        """An entry that no statement is behind, of a citizen, from today on."""
        return IntegrityRecord(
            blind_index=self.vault.blind_index(IdType.CITIZEN.word, id_number),
            authority="sf-rst",
            certificate=None,
            basis="申报材料弄虚作假",
            document="示人社〔2026〕30号",
            term_from=NOW.date(),
            term_until=until,
            recorded=NOW,
        )

    def store(
        self,
        *,
        good: tuple[AwardDraft, ...] = GOOD,
        rejected: tuple[RawRow, ...] = REJECTED,
        findings: tuple[Finding, ...] = (FINDING,),
        data: bytes = b"the file",
        photos: Mapping[int, CleanPhoto] | None = None,
    ) -> str:
        with self.register.write() as session:
            return store_checked(
                session,
                self.vault,
                CheckedBatch(good=good, rejected=rejected, findings=findings),
                file=ListFile(name="赵䶮等三人.xlsx", data=data),
                authority="sf-rst",
                decision_document="示人社〔2026〕12号",
                actor="clerk1",
                now=NOW,
                photo_of=(photos or {}).__getitem__,
            )

    def become(self, made: Place) -> None:
        """Go on with a copy of a register that was made before."""
        self.register.close()
        write_over(self.place, made)

    def raw(self, statement: str, /, **values: object) -> list[tuple[Any, ...]]:
        """Do what somebody does who owns the database: triggers stop nobody who can drop them."""
        return tamper(self.place, statement, **values)


@pytest.fixture(scope="session")
def vault() -> Vault:
    return Vault(kek=b"\x01" * 32, index_key=b"\x02" * 32)


@pytest.fixture(scope="session")
def founded(empty: Place, tmp_path_factory: pytest.TempPathFactory, dialect: str) -> Place:
    """A founded register to copy: migrating is the slow part."""

    def make(folder: Path) -> Place:
        place = copy_place(empty, folder)
        register = Register.open(place)
        found_office(register)
        chain_all(register)
        register.close()
        return place

    return made_once("founded", dialect, tmp_path_factory, make)


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory, dialect: str) -> Place:
    """A register without rows, to copy."""
    return empty_place(dialect, tmp_path_factory)


@pytest.fixture
def register(empty: Place, tmp_path: Path) -> Iterator[Register]:
    """An empty register."""
    made = Register.open(copy_place(empty, tmp_path))
    yield made
    made.close()


@pytest.fixture
def office(founded: Place, vault: Vault, tmp_path: Path) -> Iterator[Office]:
    with copied(founded, vault, tmp_path) as made:
        yield made


@contextmanager
def copied(founded: Place, vault: Vault, folder: Path) -> Iterator[Office]:
    """An office with a copy of a register."""
    place = copy_place(founded, folder)
    register = Register.open(place)
    yield Office(register=register, vault=vault, place=place)
    register.close()


@pytest.fixture(scope="session")
def approved_before(
    founded: Place, vault: Vault, tmp_path_factory: pytest.TempPathFactory, dialect: str
) -> tuple[Place, str]:
    """A register with an approved batch, to copy, and the batch."""

    def make(folder: Path) -> tuple[Place, str]:
        with copied(founded, vault, folder) as office:
            batch = office.store()
            submit(office, batch)
            approve(office, batch)
            return office.place, batch

    return made_once("approved", dialect, tmp_path_factory, make)


@pytest.fixture
def approved(office: Office, approved_before: tuple[Place, str]) -> str:
    place, batch = approved_before
    office.become(place)
    return batch


def found_office(register: Register) -> None:
    with register.write() as session:
        adding.found_deployment(
            session, deployment=DEPLOYMENT, status_lists=1, administrator=ADMINISTRATOR.public, now=NOW
        )
        for region in (REGION, DISTRICT):
            adding.add_region(session, region, actor="setup", now=NOW)
        adding.add_authority(session, AUTHORITY, actor="setup", now=NOW)
        adding.add_grant(session, "sf-rst", GRANT, actor="setup", now=NOW)
        for person in PEOPLE:
            adding.add_operator(session, person, actor="setup", now=NOW)


def act(office: Office, batch: str, what: Act, signer: Signer, operators: Operators = OPERATORS) -> Statement:
    """Draft, sign, accept."""
    with office.register.read() as session:
        entry = operators.by_key(signer.key_id)
        made = approval.draft(session, office.vault, batch, what, entry, operators=operators, now=NOW)
    token = made.signed_by(signer)
    accept(office, token, operators)
    return made.statement


def accept(office: Office, token: str, operators: Operators = OPERATORS, now: datetime = NOW) -> None:
    with office.register.write() as session:
        approval.move(session, office.vault, token, operators=operators, now=now)


def submit(office: Office, batch: str, signer: Signer = CLERK, operators: Operators = OPERATORS) -> Statement:
    return act(office, batch, Act.SUBMIT, signer, operators)


def approve(office: Office, batch: str, signer: Signer = APPROVER, operators: Operators = OPERATORS) -> Statement:
    return act(office, batch, Act.APPROVE, signer, operators)


def evidence(office: Office, what: str = "approve") -> str:
    """The stored token of an act."""
    [(stored,)] = office.raw("SELECT evidence FROM statements WHERE act = :act", act=what)
    return bytes(stored).decode()


def put_evidence(
    office: Office, token: str, signer: Signer, operator: str = "approver1", what: str = "approve"
) -> None:
    """Write a token over the stored one, with a row that agrees with it."""
    nonce = json.loads(from_base64url(token.split(".")[1]))["nonce"]
    office.raw(
        "UPDATE statements SET evidence = :evidence, key_id = :key_id, operator = :operator, nonce = :nonce"
        " WHERE act = :act",
        evidence=token.encode(),
        key_id=bytes(signer.key_id),
        operator=operator,
        nonce=from_base64url(nonce),
        act=what,
    )


def prove(office: Office, batch: str, operators: Operators = OPERATORS) -> approval.ApprovedBatch:
    with office.register.read() as session:
        return approval.verify_approved(session, office.vault, batch, operators=operators, now=NOW)


def refusal(office: Office, batch: str, operators: Operators = OPERATORS) -> IssuerError:
    with pytest.raises(IssuerError) as caught:
        prove(office, batch, operators)
    return caught.value
