"""A register with one authority, two operators and an administrator, on a file of its own."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from credential import jose, jsonform
from credential.grants import ACTS, Grant
from credential.signing import KeyUse
from credential.statements import OPERATORS_TYP, OperatorRole
from issuer.batches.store import BatchInput, GoodRow, RejectedRow, store_checked
from issuer.db.sessions import Register
from issuer.office import adding
from issuer.office import operators as operators_file
from issuer.office.operators import OperatorEntry, Operators
from issuer.office.values import Authority, Operator, Region
from issuer.vault import Vault
from keys.signers import FileSigner
from tests.support.clock import NOW

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
GRANT = Grant(
    series=None,
    levels=None,
    ways=None,
    committee_ways=frozenset({1, 5, 6}),
    region="990000",
    scope_required=False,
    first=date(2020, 1, 1),
    last=None,
    max_gap_days=730,
    legal_basis="示人社发〔2020〕1号",
    acts=frozenset(ACTS),
    over="all",
)


def operator(name: str, signer: FileSigner, role: OperatorRole, authority: str | None = "sf-rst") -> Operator:
    return Operator(id=name, name=f"操作员 {name}", role=role, authority=authority, key=signer.public)


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


OPERATORS = operators_of()


def good_row(place: int, **more: object) -> GoodRow:
    normal = jsonform.encode(
        {"name": NAMES[place], "id_number": NUMBERS[place], "sheet_row": place + 4, "level": 2} | more
    )
    return GoodRow(sheet_row=place + 4, id_type="citizen", id_number=NUMBERS[place], name=NAMES[place], normal=normal)


def batch_input(**change: object) -> BatchInput:
    parts: dict[str, object] = {
        "authority": "sf-rst",
        "file_name": "赵䶮等三人.xlsx",
        "file_digest": hashlib.sha256(b"the file").digest(),
        "decision_document": "示人社〔2026〕12号",
        "good": tuple(good_row(place) for place in range(3)),
        "rejected": (RejectedRow(sheet_row=7, findings=("证件号码校验位错误: 孙某某",)),),
    }
    return BatchInput(**parts | change)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Office:
    """A founded register and the vault that opens it."""

    register: Register
    vault: Vault
    path: Path

    def store(self, **change: object) -> str:
        with self.register.write() as session:
            return store_checked(session, self.vault, batch_input(**change), actor="clerk1", now=NOW)

    def raw(self, statement: str, **values: object) -> None:
        """Do what somebody does who owns the database file: triggers stop nobody who can drop them."""
        with self.register.write() as session:
            connection = session.connection()
            found = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars().all()
            for name in found:
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
            connection.exec_driver_sql(statement, values)


@pytest.fixture
def vault() -> Vault:
    return Vault(kek=b"\x01" * 32, index_key=b"\x02" * 32)


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A founded register to copy: migrating is the slow part."""
    path = tmp_path_factory.mktemp("founded") / "register.sqlite3"
    register = Register.create(path)
    found_office(register)
    register.close()
    return path


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Register]:
    """An empty register."""
    made = Register.create(tmp_path / "register.sqlite3")
    yield made
    made.close()


@pytest.fixture
def office(founded: Path, vault: Vault, tmp_path: Path) -> Iterator[Office]:
    path = tmp_path / "register.sqlite3"
    shutil.copy(founded, path)
    register = Register.open(path)
    yield Office(register=register, vault=vault, path=path)
    register.close()


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
